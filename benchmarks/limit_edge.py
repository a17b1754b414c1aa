"""Four processes at a limit's edge: they are let in exactly as often as it says, and this is how fast it is decided.

python -m benchmarks.limit_edge [--calls 2000] [--postgres postgres://…]

Each of the four asks so often, 25 calls at once; the limit is half of all calls. PostgreSQL is measured where one
answers.
"""

import argparse
import asyncio
import contextlib
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from app.settings import Settings
from benchmarks.list_latency import database, prepared

PROCESSES = 4


def accepted(database_url: str, data: Path, calls: int) -> tuple[int, float]:
    """How many of all calls, and the seconds they took."""
    asyncio.run(prepared(Settings(data_dir=str(data), database_url=database_url), 0))
    limit = PROCESSES * calls // 2
    command = [sys.executable, "-m", "tests.services.limit_takers", database_url, str(data), str(limit), str(calls)]
    begun = time.perf_counter()
    asking = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(PROCESSES)]
    return sum(int(process.communicate()[0]) for process in asking), time.perf_counter() - begun


def main() -> int:
    parser = argparse.ArgumentParser(description="A request limit under pressure from four processes.")
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--postgres", default="postgres://postgres@127.0.0.1:5432/postgres")
    given = parser.parse_args()
    exact = []
    for engine in ("SQLite", "PostgreSQL"):
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="clipyard-bench-"))
            try:
                url = stack.enter_context(database(given.postgres)) if engine == "PostgreSQL" else ""
            except OSError:
                print("PostgreSQL does not answer and is left out")
                continue
            found, took = accepted(url, Path(folder), given.calls)
            asked, limit = PROCESSES * given.calls, PROCESSES * given.calls // 2
            exact.append(found == limit)
            rate = f"{asked / took:.0f} decisions a second"
            print(f"{engine:10} {found} of {asked} accepted, the limit is {limit}; {rate}")
    return 0 if all(exact) else 1


if __name__ == "__main__":
    raise SystemExit(main())
