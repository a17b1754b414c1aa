"""How soon an event arrives at a quick receiver while others are slow or dead.

    python -m benchmarks.webhook_delivery [--deliveries 1000] [--per-second 20] [--postgres postgres://…]

Three endpoints of one account subscribe to the same events: one answers at once, one says nothing for longer than
anybody waits, one takes no connection. Events are recorded at a steady rate and sent by a worker process, on SQLite
and, where one answers, on PostgreSQL. Required: 95 of 100 reach the quick one within 2 s of their event, and none is
missing.
"""

import argparse
import asyncio
import contextlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

from app import secret
from app.db import engine as db
from app.db.engine import sql
from app.db.migrate import migrate
from app.services import accounts, events
from app.services.webhooks import endpoints
from app.settings import Settings, environment
from benchmarks.list_latency import database
from tests import private_services

REQUIRED_P95_S = 2.0
EVENT = "upload.ready"
OVER_S = 60.0
"""How long the last one is waited for."""


class Quick:
    """Answers at once, and keeps when it was first told of each number; `all_told` once there are `count` of them."""

    def __init__(self, count: int) -> None:
        self.told: dict[int, float] = {}
        self.all_told = asyncio.Event()
        self._count = count

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        body = await reader.readexactly(int(head.partition("content-length: ")[2].partition("\r\n")[0]))
        number = int(body.partition(b'"file_id":"upl_')[2].partition(b'"')[0])
        self.told.setdefault(number, time.perf_counter())
        if len(self.told) == self._count:
            self.all_told.set()
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        writer.close()


async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Reads, and says nothing for longer than anybody waits."""
    with contextlib.suppress(ConnectionError):
        await reader.read()
    writer.close()


@contextlib.asynccontextmanager
async def listening(serve: object) -> AsyncIterator[str]:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)  # type: ignore[arg-type]
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    finally:
        server.close()


@contextlib.asynccontextmanager
async def worker(settings: Settings) -> AsyncIterator[None]:
    """A worker process of its own, as in production, once it is at work; it renders nothing here."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "workers"),
        env={**os.environ, **environment(settings)},
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        while not await sql("SELECT id FROM workers"):  # noqa: ASYNC110 - it is another process's row
            await asyncio.sleep(0.1)
        yield
    finally:
        process.terminate()
        await process.wait()


async def delays_s(settings: Settings, count: int, per_second: float) -> list[float]:
    """From the event's transaction to its receipt, of every event; OVER_S stands for one that did not arrive."""
    quick, happened = Quick(count), dict[int, float]()
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(db.connected(db.choose(settings.database_url, settings.data_path)))
        await migrate()
        await accounts.bootstrap(settings)
        addresses = [await stack.enter_async_context(listening(serve)) for serve in (quick.serve, slow)]
        for url in (*addresses, f"http://127.0.0.1:{private_services.free_port()}/dead"):
            wanted = endpoints.Wanted(url=url, events=[EVENT])
            await endpoints.create(wanted, accounts.BOOTSTRAP, secret.load(settings))
        await stack.enter_async_context(worker(settings))
        started = time.perf_counter()
        for number in range(count):
            await asyncio.sleep(max(0.0, started + number / per_second - time.perf_counter()))
            happened[number] = time.perf_counter()
            await events.record(accounts.BOOTSTRAP, EVENT, f"upl_{number}", {"file_id": f"upl_{number}"})
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(quick.all_told.wait(), OVER_S)
    return [quick.told.get(number, at + OVER_S) - at for number, at in happened.items()]


def reported(engine: str, settings: Settings, count: int, per_second: float) -> bool:
    took = asyncio.run(delays_s(settings, count, per_second))
    p50, p95 = statistics.median(took), statistics.quantiles(took, n=20)[-1]
    arrived = sum(delay < OVER_S for delay in took)
    print(f"{engine:10} {arrived} of {count} arrived   p50 {p50:.2f} s   p95 {p95:.2f} s   max {max(took):.2f} s")
    return arrived == count and p95 <= REQUIRED_P95_S


def main() -> int:
    parser = argparse.ArgumentParser(description="Delay of webhooks beside a slow and a dead receiver.")
    parser.add_argument("--deliveries", type=int, default=1000)
    parser.add_argument("--per-second", type=float, default=20)
    parser.add_argument("--postgres", default="postgres://postgres@127.0.0.1:5432/postgres")
    given = parser.parse_args()
    kept = []
    with tempfile.TemporaryDirectory(prefix="clipyard-bench-") as folder:
        for engine in ("SQLite", "PostgreSQL"):
            with contextlib.ExitStack() as stack:
                try:
                    url = stack.enter_context(database(given.postgres)) if engine == "PostgreSQL" else ""
                except OSError:
                    print("PostgreSQL does not answer and is left out")
                    continue
                data = str(Path(folder) / engine)
                settings = Settings(data_dir=data, database_url=url, secret="s" * 64, allow_private_addresses=True)
                kept.append(reported(engine, settings, given.deliveries, given.per_second))
    reached = "reached" if all(kept) else "MISSED"
    print(f"{given.per_second:g} events a second; required: all arrive, p95 at most {REQUIRED_P95_S:g} s: {reached}")
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
