"""Bringing a database up to date: whoever does takes as long as it needs, and the others wait."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from app.db import engine as db
from app.db.migrate import _ADVISORY_LOCK, migrate


@contextlib.asynccontextmanager
async def another_migrates(database_url: str, data_dir: Path) -> AsyncIterator[None]:
    """Another process that holds what whoever migrates has to have."""
    if database_url:
        connection = await asyncpg.connect(database_url)
        try:
            await connection.execute(f"SELECT pg_advisory_lock({_ADVISORY_LOCK})")
            yield
        finally:
            await connection.close()
    else:
        with contextlib.closing(sqlite3.connect(data_dir / "clipyard.sqlite", isolation_level=None)) as local:
            local.execute("BEGIN IMMEDIATE")
            yield


async def test_a_migration_may_take_longer_than_any_statement_and_others_wait_for_it(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "STATEMENT_S", 0.05)
    monkeypatch.setattr(db, "PRAGMAS", ("busy_timeout = 50", "foreign_keys = 1"))
    async with db.connected(db.choose(database_url, tmp_path)):
        await migrate()
        async with another_migrates(database_url, tmp_path):
            waiting = asyncio.create_task(migrate())
            await asyncio.sleep(0.3)
            assert not waiting.done()
        assert await waiting == []
