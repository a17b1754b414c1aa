"""Sending a file to S3 in constant memory: whole when it is small, in parts when it is large.

Each part is streamed from the file (64 KiB at a time, at most four parts at once) with its MD5, by which the
store refuses what was damaged on the way. boto repeats requests that fail; a part that stalls is repeated here.
"""

import asyncio
import base64
import hashlib
import io
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from msgspec import Struct

T = TypeVar("T")
PART = 16 << 20
_MAX_PARTS = 10_000
_IN_FLIGHT = 4
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


class FileSlice(io.RawIOBase):
    """Some bytes of an open file as a file of their own; slices of one file can be read side by side."""

    def __init__(self, file: io.FileIO, offset: int, size: int) -> None:
        self.size = size
        self._file, self._offset, self._position = file, offset, 0

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
        count = os.preadv(self._file.fileno(), [memoryview(buffer)[:wanted]], self._offset + self._position)
        self._position += count
        return count


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
        else:
            await _send_in_parts(target, file, size, content_type)


async def _send_whole(target: Target, body: FileSlice, content_type: str) -> None:
    digest = await asyncio.to_thread(_md5, body)

    async def send() -> None:
        body.seek(0)
        await target.client.put_object(**target.names, Body=body, ContentMD5=digest, ContentType=content_type)

    await _repeated(send, body.size)


async def _send_in_parts(target: Target, file: io.FileIO, size: int, content_type: str) -> None:
    started = await target.client.create_multipart_upload(**target.names, ContentType=content_type)
    upload_id = started["UploadId"]
    try:
        etags = await _send_parts(target, upload_id, file, size)
        await _complete(target, upload_id, etags, size)
    except BaseException:
        with suppress(BotoCoreError, ClientError, TimeoutError):
            async with asyncio.timeout(_ABORT_S):
                await target.client.abort_multipart_upload(**target.names, UploadId=upload_id)
        raise


async def _send_parts(target: Target, upload_id: str, file: io.FileIO, size: int) -> dict[int, str]:
    """ETags by part number. Four tasks take the next part each until there are none left."""
    step = part_size(size)
    offsets = iter(range(0, size, step))
    etags: dict[int, str] = {}

    async def work() -> None:
        for offset in offsets:
            body = FileSlice(file, offset, min(step, size - offset))
            number = offset // step + 1
            etags[number] = await _send_part(target, upload_id, number, body)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(_IN_FLIGHT):
                group.create_task(work())
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return etags


async def _send_part(target: Target, upload_id: str, number: int, body: FileSlice) -> str:
    digest = await asyncio.to_thread(_md5, body)

    async def send() -> str:
        body.seek(0)
        answer = await target.client.upload_part(
            **target.names, UploadId=upload_id, PartNumber=number, Body=body, ContentMD5=digest
        )
        return str(answer["ETag"])

    return await _repeated(send, body.size)


async def _complete(target: Target, upload_id: str, etags: dict[int, str], size: int) -> None:
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


def _md5(body: FileSlice) -> str:
    digest = hashlib.file_digest(body, lambda: hashlib.md5(usedforsecurity=False))
    return base64.b64encode(digest.digest()).decode()


def error_code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
