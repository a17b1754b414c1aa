"""What a poll costs that knows its key, counts against a limit and reads a job, beside a bare hello-world.

    python -m benchmarks.poll_latency [--seconds 5] [--postgres postgres://…]

One api process of the product on SQLite and on PostgreSQL, and the same server and framework with one empty handler,
asked by the same client over connections that stay open: first as fast as they answer, then at half of that rate.
Required: at least a tenth of the bare one's requests for each second of processor time, and a p99 of at most 25 ms at
half load. PostgreSQL's own processes are not counted; it is measured where one answers.
"""

import argparse
import asyncio
import contextlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from app.db.engine import sql
from app.services import accounts, keys, limits
from app.settings import Settings, environment
from benchmarks.list_latency import database, fill, opened
from tests.private_services import free_port

REQUIRED_SHARE, REQUIRED_P99_MS = 0.10, 25.0
CONNECTIONS = 32
TICKS = os.sysconf("SC_CLK_TCK")
BARE = """
import sys, uvicorn
from litestar import Litestar, get
@get("/", status_code=200)
async def hello() -> dict[str, str]:
    return {"hello": "world"}
uvicorn.run(Litestar([hello], openapi_config=None, logging_config=None), port=int(sys.argv[1]), log_config=None)
"""


class Load(NamedTuple):
    """`rate`: requests a second; `per_core`: for each second of the server's processor time; latencies in ms."""

    rate: float
    per_core: float
    p50: float
    p99: float


class Server(NamedTuple):
    port: int
    pid: int
    path: str
    headers: str = ""


async def ask(server: Server, seconds: float, rate: float = 0.0) -> Load:
    """As fast as it answers, or so many a second, spread evenly over the connections."""
    took: list[float] = []
    begun, spent = time.perf_counter(), _processor(server.pid)
    gap = CONNECTIONS / rate if rate else 0.0
    await asyncio.gather(*(_one(server, begun, seconds, n / CONNECTIONS * gap, gap, took) for n in range(CONNECTIONS)))
    passed = time.perf_counter() - begun
    cuts = statistics.quantiles(took, n=100)
    return Load(len(took) / passed, len(took) / (_processor(server.pid) - spent), cuts[49] * 1000, cuts[98] * 1000)


async def _one(server: Server, begun: float, seconds: float, first: float, gap: float, took: list[float]) -> None:
    """A latency counts from when the request was due: a queue before the server is part of it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    request = f"GET {server.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{server.headers}\r\n".encode()
    due = begun + first
    while due < begun + seconds:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        started = due if gap else time.perf_counter()
        writer.write(request)
        await _answered(reader)
        took.append(time.perf_counter() - started)
        due = due + gap if gap else time.perf_counter()
    writer.close()


async def _answered(reader: asyncio.StreamReader) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    assert head.startswith(b"http/1.1 200"), head
    await reader.readexactly(int(head.partition(b"content-length:")[2].partition(b"\r\n")[0]))


def _processor(pid: int) -> float:
    """Seconds of processor time that the process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


@contextlib.contextmanager
def running(command: list[str], port: int, path: str, headers: str = "", **variables: str) -> Iterator[Server]:
    """A server process that listens, until the block ends."""
    process = subprocess.Popen(command, env={**os.environ, **variables}, stderr=subprocess.DEVNULL)
    try:
        while not _listens(port):
            if process.poll() is not None:
                raise SystemExit(f"{command[1:3]} did not start")
            time.sleep(0.05)
        yield Server(port, process.pid, path, headers)
    finally:
        process.terminate()
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def bare() -> contextlib.AbstractContextManager[Server]:
    port = free_port()
    return running([sys.executable, "-c", BARE, str(port)], port, "/")


@contextlib.contextmanager
def product(data: Path, database_url: str) -> Iterator[Server]:
    """With a render to ask for, and a key whose limit is counted and never reached."""
    settings = Settings(port=free_port(), data_dir=str(data), database_url=database_url, secret="of this benchmark")
    key = asyncio.run(_prepared(settings))
    command = [sys.executable, "-m", "app.cli", "api"]
    headers = f"X-Api-Key: {key}\r\n"
    with running(command, settings.port, f"/v1/renders/{1:018}", headers, **environment(settings)) as server:
        yield server


async def _prepared(settings: Settings) -> str:
    async with opened(settings):
        await fill(settings, 100)
        owner = await accounts.create_account("benchmark")
        for table in ("renders", "jobs"):
            await sql(f"UPDATE {table} SET account = {{}}", owner)
        return (await keys.create(owner, "benchmark", limits={"clipcat": limits.MOST})).key


def measured(name: str, server: Server, seconds: float) -> tuple[Load, Load]:
    """At full load and at half of it."""
    asyncio.run(ask(server, 1.0))
    full = asyncio.run(ask(server, seconds))
    half = asyncio.run(ask(server, seconds, full.rate / 2))
    rates = f"{full.rate:7.0f} requests/s {full.per_core:7.0f} per core"
    print(f"{name:12} {rates}, {_told(full)}; at half load {_told(half)}")
    return full, half


def _told(load: Load) -> str:
    return f"p50 {load.p50:.1f} p99 {load.p99:.1f} ms"


def main() -> int:
    parser = argparse.ArgumentParser(description="Requests a second of an authenticated, limited poll.")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--postgres", default="postgres://postgres@127.0.0.1:5432/postgres")
    given = parser.parse_args()
    kept = []
    with tempfile.TemporaryDirectory(prefix="clipyard-bench-") as folder:
        with bare() as server:
            plain, _ = measured("bare", server, given.seconds)
        for engine in ("SQLite", "PostgreSQL"):
            with contextlib.ExitStack() as stack:
                try:
                    url = stack.enter_context(database(given.postgres)) if engine == "PostgreSQL" else ""
                except OSError:
                    print("PostgreSQL does not answer and is left out")
                    continue
                server = stack.enter_context(product(Path(folder) / engine, url))
                full, half = measured(engine, server, given.seconds)
                share = full.per_core / plain.per_core
                kept.append(share >= REQUIRED_SHARE and half.p99 <= REQUIRED_P99_MS)
                print(f"{engine:12} {share:.2f} of the bare one's requests per core")
    reached = "reached" if all(kept) else "MISSED"
    print(f"required: {REQUIRED_SHARE} of it, p99 at half load {REQUIRED_P99_MS:.0f} ms: {reached}")
    return 0 if all(kept) else 1


if __name__ == "__main__":
    raise SystemExit(main())
