"""What every object store can do."""

from collections.abc import AsyncGenerator, AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Protocol

from msgspec import Struct


class ObjectInfo(Struct, frozen=True, kw_only=True):
    """`etag` is quoted as in HTTP and changes with the content; `modified` is in UTC.

    In listings `content_type` is told from the key.
    """

    key: str
    size: int
    content_type: str
    etag: str
    modified: datetime


class Storage(Protocol):
    """Keys are ours (`names.check_key`). An object appears whole or not at all; a put replaces the one before.

    Everything raises StorageFailed when the store does not do its part, InvalidInput for a malformed key.
    `direct`: clients reach what `url` answers without going through us.
    """

    direct: bool

    async def put_file(self, key: str, path: Path, content_type: str) -> None:
        """Store a copy of the file at `path`."""

    async def put_bytes(self, key: str, data: bytes, content_type: str) -> None: ...

    async def get_to_file(self, key: str, path: Path) -> None:
        """Write the object to `path`, whole or not at all. Raises NotFound."""

    def open(self, key: str, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes, None]:
        """Bytes `start` up to, not including, `end`; past the end of the object there are none.

        Raises NotFound at the first chunk. A reader that stops early closes the generator.
        """

    async def head(self, key: str) -> ObjectInfo | None: ...

    async def delete(self, key: str) -> None:
        """What is not there counts as deleted."""

    def list(self, prefix: str = "") -> AsyncIterator[ObjectInfo]:
        """Everything under `prefix` (empty, or ending in "/") in no promised order."""

    async def url(self, key: str, *, expires_s: float, filename: str | None = None) -> str:
        """Where a client downloads the object for so long; with `filename` it is saved under that name."""

    async def check(self) -> None:
        """Raises StorageFailed with a sentence for the operator when the store is not ready."""

    async def ensure_bucket(self) -> None:
        """Make the place where objects live, unless it is there."""

    async def sweep_partial(self, older_than_s: float) -> int:
        """Remove what interrupted puts left behind; how many."""

    async def aclose(self) -> None: ...
