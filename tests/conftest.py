"""What tests share: databases, a broker, and the rule that a missing service skips here and fails in CI."""

import asyncio
import contextlib
import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import NoReturn

import asyncpg
import pika
import pytest
from dramatiq.common import dq_name, xq_name

from app.db import engine as db
from app.db.migrate import migrate
from app.db.tables import TABLES
from app.specs import QUEUES
from tests import private_services
from tests.private_services import Service
from workers import broker as brokers

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")
RABBITMQ = os.environ.get("TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


def missing(service: str) -> NoReturn:
    """Without a service its tests cannot say anything: skipped on a desk, a failure where CI counts on it."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{service} does not answer, and CI must not pass without it")
    pytest.skip(f"{service} does not answer")


@pytest.fixture(scope="session")
def awkward(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of all awkward media, which nobody changes: tests/awkward says what is in it."""
    from tests.awkward import make_all

    return make_all(tmp_path_factory.mktemp("awkward"))


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A database of this run's own, dropped at its end."""
    with _server(POSTGRES, _postgres_answers, private_services.postgres) as server:
        name = f"clipyard_test_{secrets.token_hex(6)}"
        asyncio.run(_administer(server, f"CREATE DATABASE {name}"))
        yield f"{server.rsplit('/', 1)[0]}/{name}"
        asyncio.run(_administer(server, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def rabbitmq_url() -> Iterator[str]:
    """A node that answers. Whoever uses it asks for `queue_prefix`, too."""
    with _server(RABBITMQ, private_services.amqp_answers, private_services.rabbitmq) as url:
        yield url


@pytest.fixture
def queue_prefix(rabbitmq_url: str) -> Iterator[str]:
    """Names for one test's queues, which are deleted after it."""
    prefix = f"test-{secrets.token_hex(6)}"
    yield prefix
    connection = pika.BlockingConnection(pika.URLParameters(rabbitmq_url))
    channel = connection.channel()
    for queue in QUEUES:
        name = brokers.queue_name(prefix, queue)
        for kind in (name, dq_name(name), xq_name(name)):
            channel.queue_delete(kind)
    connection.close()


@contextlib.contextmanager
def _server(
    url: str, answers: Callable[[str], bool], private: Callable[[], contextlib.AbstractContextManager[Service]]
) -> Iterator[str]:
    """The server that is configured or at home here, else one of our own, else `missing`."""
    with contextlib.ExitStack() as started:
        if not answers(url):
            try:
                url = started.enter_context(private()).url
            except private_services.NotInstalled as error:
                missing(str(error))
        yield url


def _postgres_answers(url: str) -> bool:
    try:
        asyncio.run(_administer(url, "SELECT 1"))
    except (OSError, asyncpg.PostgresError):
        return False
    return True


async def _administer(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url, timeout=5)
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


class Clock:
    """The database's, in the hands of the test: `ms` since 1970, until it is let go."""

    def __init__(self, engine: db.Engine) -> None:
        self._engine = engine
        self.ms = 1_800_000_000_000

    @property
    def ms(self) -> int:
        return self._ms

    @ms.setter
    def ms(self, value: int) -> None:
        self._ms = value
        self._engine.now = f"CAST({value} AS BIGINT)"

    def forward(self, seconds: float) -> None:
        self.ms += round(seconds * 1000)


@pytest.fixture
def clock(database: db.Engine) -> Clock:
    """Time stands still and moves when the test says so; for the one process that the test runs in."""
    return Clock(database)
