"""Bytes that come one after the other, in any number of requests (tus), kept as parts of one size and a tail.

How many have come stands in the row, and grows with each part that is stored. What does not fill a part yet is an
object of its own, named after that number: who lost a race, or was paused, overwrites nothing that another relies on.
"""

import base64
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec

from app.db.engine import sql
from app.errors import Conflict, StorageFailed, TooLarge
from app.services import holding
from app.services.principals import Principal
from app.services.uploads.arrivals import notice, receive_part
from app.services.uploads.records import Upload, check_pending
from app.storage import Storage

TYPE = "application/octet-stream"


class Mismatch(Exception):
    """What came is not what its checksum says; nothing of it was kept."""


class Checksum:
    """`digest` is fed with what comes. Whoever gives one wants all or nothing of a request."""

    def __init__(self, digest: Any, expected: str) -> None:
        self.update: Callable[[bytes], None] = digest.update
        self._digest, self._expected = digest, expected

    def check(self) -> None:
        if base64.b64encode(self._digest.digest()).decode() != self._expected:
            raise Mismatch


async def append(
    upload: Upload,
    chunks: AsyncIterator[bytes],
    *,
    offset: int,
    asking: Principal,
    storage: Storage,
    checksum: Checksum | None = None,
) -> int:
    """How many bytes have come in all. What came before the client went away, or the body was too long, is kept.

    Raises Conflict unless they go on where the last ones ended, TooLarge, Mismatch, and whatever `chunks` raises.
    """
    check_pending(upload)
    if offset != upload.received:
        message = f"{upload.received:,} bytes have arrived, and these begin at {offset:,}. Ask HEAD where to go on."
        raise Conflict(message, code="wrong_offset")
    async with holding.acting(asking):  # before anything is stored
        came = _Came(upload, asking, storage)
    try:
        await came.open()
        async for chunk in chunks:
            if checksum:
                checksum.update(chunk)
            await came.take(chunk, at_once=checksum is None)
    except BaseException:
        if not checksum:
            with contextlib.suppress(StorageFailed):
                await came.keep()
        raise
    if checksum:
        checksum.check()
    return await came.keep()


class _Came:
    """What has come, from the first byte that is in no part yet."""

    def __init__(self, upload: Upload, asking: Principal, storage: Storage) -> None:
        assert upload.part_size
        self._upload, self._asking, self._storage = upload, asking, storage
        self._part, self._tail = upload.part_size, bytearray()
        self._stored = upload.received - upload.received % self._part

    async def open(self) -> None:
        if self._upload.received > self._stored:
            self._tail += b"".join([chunk async for chunk in self._storage.open(self._upload.tail_key)])

    async def take(self, chunk: bytes, *, at_once: bool) -> None:
        whole = self._upload.whole
        if self._stored + len(self._tail) + len(chunk) > whole:
            raise TooLarge(f"This upload has {whole:,} bytes, and these go beyond its end.")
        self._tail += chunk
        while len(self._tail) >= self._part:
            await self._store(bytes(self._tail[: self._part]))
            if at_once:
                await self._advance(self._stored)

    async def keep(self) -> int:
        """Store the rest, whatever its size, and tell of all."""
        upload, storage = self._upload, self._storage
        received = self._stored + len(self._tail)
        if received == upload.whole:
            if self._tail:
                await self._store(bytes(self._tail))
            assert upload.store_id
            await storage.complete_parts(upload.key, upload.store_id, await storage.parts(upload.key, upload.store_id))
            await notice(upload, storage, asking=self._asking)
            await storage.delete(upload.tail_key)
        elif received > upload.received:
            if self._tail:
                tail_key = msgspec.structs.replace(upload, received=received).tail_key
                await storage.put_bytes(tail_key, bytes(self._tail), TYPE)
            await self._advance(received)
        return received

    async def _store(self, part: bytes) -> None:
        number = self._stored // self._part + 1
        await receive_part(self._upload, number, _one(part), self._storage)
        self._stored += len(part)
        del self._tail[: len(part)]

    async def _advance(self, received: int) -> None:
        """Raises Conflict when somebody else has gone on from there, or it is not pending any more."""
        async with holding.acting(self._asking):
            ours = await sql(
                "UPDATE uploads SET received = {} WHERE id = {} AND received = {} AND state = 'pending' RETURNING id",
                *(received, self._upload.id, self._upload.received),
            )
        if not ours:
            message = "Another request goes on with this upload, or it is over. Ask with HEAD where it is."
            raise Conflict(message, code="wrong_offset")
        before = self._upload
        self._upload = msgspec.structs.replace(before, received=received)
        if before.received % self._part:
            await self._storage.delete(before.tail_key)


async def _one(part: bytes) -> AsyncIterator[bytes]:
    yield part
