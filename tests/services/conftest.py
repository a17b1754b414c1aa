"""The object stores: a local directory, a bucket, and a bucket behind a gate that can disturb its requests."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from app.storage import Storage
from app.storage.local import LocalStorage
from app.storage.s3 import S3Storage
from tests.s3_server import Gate, gate, s3_server
from tests.services.stores import bucket, emptied, storing


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    with s3_server() as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
async def bucket_of_all(s3_endpoint: str) -> AsyncIterator[S3Storage]:
    """boto needs half a second to make a client, so one serves all tests."""
    async with bucket(s3_endpoint) as store:
        yield store


@pytest.fixture(scope="module")
async def gate_of_all(s3_endpoint: str) -> AsyncIterator[tuple[S3Storage, Gate]]:
    async with gate(s3_endpoint) as (between, endpoint), bucket(endpoint) as store:
        yield store, between


@pytest.fixture
async def there(bucket_of_all: S3Storage) -> S3Storage:
    return await emptied(bucket_of_all)


@pytest.fixture
def here(tmp_path: Path) -> LocalStorage:
    store = storing("", tmp_path / "data")
    assert isinstance(store, LocalStorage)
    return store


@pytest.fixture(params=["here", "there"])
def store(request: pytest.FixtureRequest) -> Storage:
    return request.getfixturevalue(request.param)


@pytest.fixture
async def disturbed(gate_of_all: tuple[S3Storage, Gate]) -> tuple[S3Storage, Gate]:
    """A store whose requests pass a gate that can disturb them."""
    store, between = gate_of_all
    between.disturb = lambda request: None
    await emptied(store)
    between.requests.clear()
    return store, between
