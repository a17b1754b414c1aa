"""How long a page of renders takes when the account has many: through the real service, on SQLite and PostgreSQL.

    python -m benchmarks.list_latency [--renders 10000] [--requests 60] [--postgres postgres://…]

Required: a median of at most 50 ms for every page and filter. PostgreSQL is measured where one answers.
"""

import argparse
import asyncio
import contextlib
import http.client
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg

from app.db import engine as db
from app.db.engine import sql, tx
from app.db.migrate import migrate
from app.services import accounts
from app.settings import Settings
from benchmarks.still_latency import ask, service

REQUIRED_MS = 50.0
ASKED = {
    "first page": "/v1/renders",
    "page 200": "/v1/renders?page=200",
    "100 a page": "/v1/renders?limit=100",
    "completed": "/v1/renders?completed=true",
    "not completed": "/v1/renders?completed=false",
    "one template": "/v1/renders?template=travel-list",
}


async def fill(settings: Settings, renders: int) -> None:
    """Rows as the service writes them: nine of ten are done, one of ten is of the travel list."""
    from app.services.templates import find

    travel_list = (await find("travel-list", accounts.BOOTSTRAP)).uid
    done = '{"key": "renders/a/b/1/video.mp4", "preview": "renders/a/b/1/preview.jpg", "warnings": []}'
    changes = '[{"scene": "Scene 1", "object": "title", "text": "3 Asia Cities to Visit in 2026"}]'
    async with tx():
        for number in range(renders):
            state = "queued" if number % 10 == 0 else "done"
            await sql(
                "INSERT INTO jobs (id, account, kind, queue, spec, state, stage, progress, priority, attempt, faults, "
                "run_at, cancel_requested, result, created_at, swept) "
                "VALUES ({}, {}, 'render', 'cpu', {}, {}, '', 0, 0, 1, 0, {}, FALSE, {}, {}, TRUE)",
                *(f"job_{number}", accounts.BOOTSTRAP, "{}" * 2000, state, 2**50, done, number),
            )
            await sql(
                "INSERT INTO renders (uid, account, job, template, modifications, credits, warnings, created_at) "
                "VALUES ({}, {}, {}, {}, {}, 9, '[]', {})",
                *(f"{number:018}", accounts.BOOTSTRAP, f"job_{number}"),
                *(travel_list if number % 10 == 1 else "", changes, number),
            )


@contextlib.asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[None]:
    async with db.connected(db.choose(settings.database_url, settings.data_path)):
        await migrate()
        await accounts.bootstrap(settings)
        yield


async def prepared(settings: Settings, renders: int) -> None:
    async with opened(settings):
        await fill(settings, renders)


@contextlib.contextmanager
def database(url: str) -> Iterator[str]:
    """A database of this run's own on that server, removed afterwards."""
    name = f"clipyard_list_{time.time_ns()}"

    async def say(statement: str) -> None:
        connection = await asyncpg.connect(url)
        await connection.execute(statement)
        await connection.close()

    asyncio.run(say(f"CREATE DATABASE {name}"))
    try:
        yield f"{url.rpartition('/')[0]}/{name}"
    finally:
        asyncio.run(say(f"DROP DATABASE {name} WITH (FORCE)"))


def measure(connection: http.client.HTTPConnection, requests: int) -> dict[str, list[float]]:
    """Milliseconds of each request, the first of each kind left out."""
    found: dict[str, list[float]] = {}
    for name, path in ASKED.items():
        ask(connection, "GET", path)
        found[name] = []
        for _ in range(requests):
            started = time.perf_counter()
            ask(connection, "GET", path)
            found[name].append((time.perf_counter() - started) * 1000)
    return found


def reported(engine: str, found: dict[str, list[float]]) -> bool:
    for name, took in found.items():
        p95 = statistics.quantiles(took, n=20)[-1]
        print(f"{engine:10} {name:14} p50 {statistics.median(took):6.1f} ms   p95 {p95:6.1f} ms")
    return all(statistics.median(took) <= REQUIRED_MS for took in found.values())


def main() -> int:
    parser = argparse.ArgumentParser(description="Latency of lists of renders.")
    parser.add_argument("--renders", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=60)
    parser.add_argument("--postgres", default="postgres://postgres@127.0.0.1:5432/postgres")
    given = parser.parse_args()
    kept = []
    with tempfile.TemporaryDirectory(prefix="clipyard-bench-") as folder:
        for engine in ("SQLite", "PostgreSQL"):
            data = Path(folder) / engine
            with contextlib.ExitStack() as stack:
                try:
                    url = stack.enter_context(database(given.postgres)) if engine == "PostgreSQL" else ""
                except OSError:
                    print("PostgreSQL does not answer and is left out")
                    continue
                asyncio.run(prepared(Settings(data_dir=str(data), database_url=url), given.renders))
                connection = stack.enter_context(service(data, CLIPYARD_DATABASE_URL=url))
                kept.append(reported(engine, measure(connection, given.requests)))
    reached = "reached" if all(kept) else "MISSED"
    print(f"{given.renders:,} renders; required: each p50 at most {REQUIRED_MS:.0f} ms: {reached}")
    return 0 if all(kept) else 1


if __name__ == "__main__":
    raise SystemExit(main())
