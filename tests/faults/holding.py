"""Ways to hold a job at one exact point from outside: its commit, and its store."""

import contextlib
import os
import signal
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from tests.faults.harness import Yard
from tests.processes import with_mark


@contextlib.asynccontextmanager
async def commit_held(yard: Yard, job_id: str) -> AsyncIterator[None]:
    """Nobody can change the job's row until the block ends (SQLite: any row)."""
    if yard.settings.database_url:
        connection = await asyncpg.connect(yard.settings.database_url)
        try:
            async with connection.transaction():
                await connection.execute("SELECT id FROM jobs WHERE id = $1 FOR UPDATE", job_id)
                yield
        finally:
            await connection.close()
        return
    with contextlib.closing(sqlite3.connect(yard.data / "clipyard.sqlite", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


@contextlib.contextmanager
def store_held(yard: Yard) -> Iterator[None]:
    """The S3 server stands still: it accepts connections and answers nothing until the block ends."""
    port = f"-p\0{urlsplit(yard.settings.storage_url).port}\0".encode()
    servers = [pid for pid in with_mark("moto.server") if port in Path(f"/proc/{pid}/cmdline").read_bytes()]
    assert servers
    for pid in servers:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in servers:
            os.kill(pid, signal.SIGCONT)
