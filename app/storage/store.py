"""What every object store can do."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
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


class Part(Struct, frozen=True, kw_only=True):
    """A part of an upload that has arrived. `etag`: its MD5 in hex, quoted as in HTTP."""

    number: int
    size: int
    etag: str


class Storage(Protocol):
    """Keys are ours (`names.check_key`). An object appears whole or not at all; a put replaces the one before.

    Everything raises StorageFailed when the store does not do its part, InvalidInput for a malformed key.
    `direct`: clients reach what `url` answers without going through us.
    """

    direct: bool

    async def put_file(self, key: str, path: Path, content_type: str) -> None:
        """Store a copy of the file at `path`."""

    async def put_bytes(self, key: str, data: bytes, content_type: str) -> None: ...

    async def put_stream(self, key: str, chunks: AsyncIterator[bytes], content_type: str, *, max_bytes: int) -> int:
        """Store what comes, in constant memory; how many bytes. Raises TooLarge, and whatever `chunks` raises."""

    async def put_url(self, key: str, *, size: int, expires_s: float) -> str:
        """Where a client may PUT the object, of just that size, for so long."""

    async def begin_parts(self, key: str, content_type: str) -> str:
        """An object whose parts come in any order, each more than once if need be; the id of this upload of it."""

    async def part_url(self, key: str, upload: str, number: int, *, size: int, expires_s: float) -> str:
        """Where a client may PUT a part, of just that size, for so long; the answer's ETag is the part's."""

    async def put_part(
        self, key: str, upload: str, number: int, chunks: AsyncIterator[bytes], *, offset: int, size: int
    ) -> Part:
        """Store a part through us, whole or not at all; one that arrived before stays until then.

        Raises NotFound when the upload is over, and InvalidInput unless it is of just that size.
        """

    async def parts(self, key: str, upload: str) -> list[Part]:
        """What has arrived, in order. Raises NotFound when the upload is over."""

    async def complete_parts(self, key: str, upload: str, parts: Sequence[Part]) -> None:
        """Make the object of just these parts, or find that it was made of them before.

        Raises Conflict when they are not what has arrived, NotFound when the upload is over.
        """

    async def abort_parts(self, key: str, upload: str) -> None:
        """Remove the parts. What is not there counts as removed."""

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
