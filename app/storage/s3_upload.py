"""Sending a file or a stream to S3 in constant memory: whole when it is small, in parts when it is large.

Each part is streamed from the file (64 KiB at a time, at most four parts at once) with its MD5, by which the
store refuses what was damaged on the way; of a stream at most three parts are held, the one that arrives among them.
boto repeats requests that fail; a part that stalls is repeated here.
"""

import asyncio
import base64
import hashlib
import io
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from msgspec import Struct

T = TypeVar("T")
PART = 16 << 20
_MAX_PARTS = 10_000
_IN_FLIGHT = 4
BLOCK = 5 << 20
_HELD = 3
_TRIES = 3
_PATIENCE_S = 60.0
_SLOWEST = 64 << 10
_ABORT_S = 10.0
_DAMAGED = ("BadDigest", "IncompleteBody", "RequestTimeout")


class Target(Struct, frozen=True, kw_only=True):
    """Where the object goes."""

    client: Any
    bucket: str
    key: str

    @property
    def names(self) -> dict[str, str]:
        return {"Bucket": self.bucket, "Key": self.key}


class Body(io.RawIOBase):
    """Some bytes as a file of their own, which can be sent again from the start."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._position = offset + (0, self._position, self.size)[whence]
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), max(0, self.size - self._position))
        count = self._read(memoryview(buffer)[:wanted])
        self._position += count
        return count

    def _read(self, buffer: memoryview) -> int:
        raise NotImplementedError


class FileSlice(Body):
    """Of an open file; slices of one file can be read side by side."""

    def __init__(self, file: io.FileIO, offset: int, size: int) -> None:
        super().__init__(size)
        self._file, self._offset = file, offset

    def _read(self, buffer: memoryview) -> int:
        return os.preadv(self._file.fileno(), [buffer], self._offset + self._position)


class Held(Body):
    """In memory, once: a BytesIO is copied on its way."""

    def __init__(self, data: bytes) -> None:
        super().__init__(len(data))
        self._data = memoryview(data)

    def _read(self, buffer: memoryview) -> int:
        buffer[:] = self._data[self._position : self._position + len(buffer)]
        return len(buffer)


def part_size(size: int) -> int:
    """16 MiB, or as many whole MiB as 10,000 parts need."""
    needed = -(-size // _MAX_PARTS)
    return max(PART, -(-needed >> 20) << 20)


async def upload(target: Target, path: Path, content_type: str) -> None:
    """Raises boto's errors and TimeoutError; nothing stays behind unless aborting fails as well."""
    with io.FileIO(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size <= PART:
            await _send_whole(target, FileSlice(file, 0, size), content_type)
            return
        async with _in_parts(target, content_type) as (upload_id, sent):
            await _send_slices(target, upload_id, file, size, sent)


async def upload_blocks(target: Target, blocks: AsyncIterator[bytes], content_type: str) -> int:
    """What comes in blocks of BLOCK bytes, the last one shorter; how many bytes. Raises also what `blocks` raises."""
    first = await anext(blocks, b"")
    if len(first) < BLOCK:
        await _send_whole(target, Held(first), content_type)
        return len(first)
    async with _in_parts(target, content_type) as (upload_id, sent):
        await _send_blocks(target, upload_id, _again(first, blocks), sent)
    return sum(size for _, size in sent.values())


async def _send_whole(target: Target, body: Body, content_type: str) -> None:
    digest = await asyncio.to_thread(_md5, body)

    async def send() -> None:
        body.seek(0)
        await target.client.put_object(**target.names, Body=body, ContentMD5=digest, ContentType=content_type)

    await _repeated(send, body.size)


Sent = dict[int, tuple[str, int]]
"""ETags and sizes of parts by their numbers."""


@asynccontextmanager
async def _in_parts(target: Target, content_type: str) -> AsyncIterator[tuple[str, Sent]]:
    """An upload whose parts the block sends and notes. It is completed then, or aborted."""
    started = await target.client.create_multipart_upload(**target.names, ContentType=content_type)
    upload_id, sent = started["UploadId"], Sent()
    try:
        yield upload_id, sent
        etags = {number: etag for number, (etag, _) in sent.items()}
        await complete(target, upload_id, etags, sum(size for _, size in sent.values()))
    except BaseException:
        with suppress(BotoCoreError, ClientError, TimeoutError):
            async with asyncio.timeout(_ABORT_S):
                await target.client.abort_multipart_upload(**target.names, UploadId=upload_id)
        raise


async def _send_slices(target: Target, upload_id: str, file: io.FileIO, size: int, sent: Sent) -> None:
    """Four tasks take the next part each until there are none left."""
    step = part_size(size)
    offsets = iter(range(0, size, step))

    async def work() -> None:
        for offset in offsets:
            body = FileSlice(file, offset, min(step, size - offset))
            number = offset // step + 1
            sent[number] = await send_part(target, upload_id, number, body), body.size

    await _together(work() for _ in range(_IN_FLIGHT))


async def _send_blocks(target: Target, upload_id: str, blocks: AsyncIterator[bytes], sent: Sent) -> None:
    """Each task waits for its turn to take the next block, so that no more are held than there are tasks."""
    turn, numbers = asyncio.Lock(), count(1)

    async def sent_next() -> bool:
        async with turn:
            body, number = Held(await anext(blocks, b"")), next(numbers)
        if body.size:
            sent[number] = await send_part(target, upload_id, number, body), body.size
        return body.size > 0

    async def work() -> None:
        while await sent_next():
            pass

    await _together(work() for _ in range(_HELD))


async def _again(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for block in rest:
        yield block


async def _together(works: Iterable[Coroutine[Any, Any, None]]) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            for work in works:
                group.create_task(work)
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None


async def send_part(target: Target, upload_id: str, number: int, body: Body) -> str:
    """Its ETag."""
    digest = await asyncio.to_thread(_md5, body)

    async def send() -> str:
        body.seek(0)
        answer = await target.client.upload_part(
            **target.names, UploadId=upload_id, PartNumber=number, Body=body, ContentMD5=digest
        )
        return str(answer["ETag"])

    return await _repeated(send, body.size)


async def complete(target: Target, upload_id: str, etags: dict[int, str], size: int) -> None:
    parts = [{"PartNumber": number, "ETag": etags[number]} for number in sorted(etags)]
    try:
        await target.client.complete_multipart_upload(
            **target.names, UploadId=upload_id, MultipartUpload={"Parts": parts}
        )
    except ClientError as error:
        # The answer to the first request was lost and boto asked again: gone may mean done.
        if error_code(error) != "NoSuchUpload" or await _stored_size(target) != size:
            raise


async def _stored_size(target: Target) -> int:
    answer = await target.client.head_object(**target.names)
    return int(answer["ContentLength"])


async def _repeated(send: Callable[[], Awaitable[T]], size: int) -> T:
    for tries_left in reversed(range(_TRIES)):
        try:
            async with asyncio.timeout(_PATIENCE_S + size / _SLOWEST):
                return await send()
        except (ClientError, TimeoutError) as error:
            if not tries_left or (isinstance(error, ClientError) and error_code(error) not in _DAMAGED):
                raise
    raise AssertionError("the last try returns or raises")


def _md5(body: Body) -> str:
    digest = hashlib.file_digest(body, lambda: hashlib.md5(usedforsecurity=False))
    return base64.b64encode(digest.digest()).decode()


def error_code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
