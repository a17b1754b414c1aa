"""What tests share: both databases, and the rule that a missing service skips here and fails in CI."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from app.db import engine as db
from app.db.migrate import migrate
from app.db.tables import TABLES

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")
RABBITMQ = os.environ.get("TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


def missing(service: str) -> None:
    """Without a service its tests cannot say anything: skipped on a desk, a failure where CI counts on it."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{service} does not answer, and CI must not pass without it")
    pytest.skip(f"{service} does not answer")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A database of this run's own, dropped at its end."""
    name = f"clipyard_test_{secrets.token_hex(6)}"
    try:
        asyncio.run(_administer(f"CREATE DATABASE {name}"))
    except (OSError, asyncpg.PostgresError):
        missing("PostgreSQL")
    base = POSTGRES.rsplit("/", 1)[0]
    yield f"{base}/{name}"
    asyncio.run(_administer(f"DROP DATABASE {name} WITH (FORCE)"))


async def _administer(statement: str) -> None:
    connection = await asyncpg.connect(POSTGRES, timeout=5)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The setting that chooses the engine; a test that asks for it runs on both."""
    return request.getfixturevalue("postgres_url") if request.param == "postgres" else ""


@pytest.fixture
async def database(database_url: str, tmp_path: Path) -> AsyncIterator[db.Engine]:
    """A connected, migrated, empty database."""
    async with db.connected(db.choose(database_url, tmp_path)) as engine:
        await migrate()
        for table in reversed(TABLES):
            await table.delete(force=True)
        yield engine
