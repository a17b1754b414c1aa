"""Deployments for fault tests: the embedded column, the production one, or both in turn."""

import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.faults.harness import Services, Yard, yard
from tests.s3_server import s3_server, storage_url


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    with s3_server() as endpoint:
        yield endpoint


@pytest.fixture
def bucket_url(s3: str) -> str:
    return storage_url(s3, f"faults-{secrets.token_hex(6)}")


@pytest.fixture
def production_services(postgres_url: str, rabbitmq_url: str, queue_prefix: str, bucket_url: str) -> Services:
    return Services(
        database_url=postgres_url, broker_url=rabbitmq_url, queue_prefix=queue_prefix, storage_url=bucket_url
    )


@pytest.fixture
async def embedded(tmp_path: Path) -> AsyncIterator[Yard]:
    """SQLite, the broker inside the worker, local files."""
    async with yard(tmp_path, Services()) as made:
        yield made


@pytest.fixture
async def production(tmp_path: Path, production_services: Services) -> AsyncIterator[Yard]:
    """PostgreSQL, RabbitMQ, S3."""
    async with yard(tmp_path, production_services) as made:
        yield made


@pytest.fixture(params=["embedded", "production"])
def services(request: pytest.FixtureRequest) -> Services:
    return request.getfixturevalue("production_services") if request.param == "production" else Services()


@pytest.fixture
async def either(tmp_path: Path, services: Services) -> AsyncIterator[Yard]:
    """A test that asks for it runs on both columns."""
    async with yard(tmp_path, services) as made:
        yield made
