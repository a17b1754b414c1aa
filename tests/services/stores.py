"""Object stores for tests, and short ways to read them."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from app.storage import Storage, open_storage
from app.storage.s3 import S3Storage
from tests.s3_server import storage_url

SECRET = b"the service's secret"
PUBLIC = "https://video.example"
KEY = "renders/acc_1/job_1/1/video.mp4"


def storing(url: str, data_dir: Path, storage_public_url: str = "") -> Storage:
    return open_storage(url, data_dir=data_dir, public_url=PUBLIC, secret=SECRET, storage_public_url=storage_public_url)


@asynccontextmanager
async def bucket(endpoint: str, storage_public_url: str = "") -> AsyncIterator[S3Storage]:
    """A store in a bucket of its own."""
    name = f"test-{secrets.token_hex(6)}"
    store = storing(storage_url(endpoint, name), Path(), storage_public_url)
    assert isinstance(store, S3Storage)
    await store.ensure_bucket()
    yield store
    await store.aclose()


async def emptied(store: S3Storage) -> S3Storage:
    for key in await keys(store):
        await store.delete(key)
    await store.sweep_partial(0)
    return store


def made(directory: Path, size: int) -> Path:
    """A file that differs everywhere, so that no two parts can be mixed up."""
    path = directory / f"source-{size}"
    path.write_bytes(b"".join(number.to_bytes(4) for number in range(-(-size // 4)))[:size])
    return path


async def content(store: Storage, key: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([chunk async for chunk in store.open(key, start, end)])


async def keys(store: Storage, prefix: str = "") -> list[str]:
    return sorted([info.key async for info in store.list(prefix)])
