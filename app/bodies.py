"""Receiving somebody else's response body: bounded in bytes, rate and memory, whole on disk or not at all."""

import asyncio
import hashlib
import secrets
import time
import zlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import aiohttp
from msgspec import Struct

from app.errors import SourceFailed

_BLOCK = 1 << 20


class Limits(Struct, frozen=True, kw_only=True):
    """Bytes on the wire and decoded; seconds in all and of silence; bytes a second, asked after `grace_s`."""

    max_bytes: int
    total_timeout_s: float
    idle_timeout_s: float
    min_rate: float
    grace_s: float


def too_large(host: str, max_bytes: int) -> SourceFailed:
    message = f"The file at {host} is larger than the {max_bytes:,} bytes allowed. Give a smaller file."
    return SourceFailed(message, code="asset_too_large")


async def receive(response: aiohttp.ClientResponse, dest: Path, limits: Limits) -> tuple[int, str]:
    """Stream the decoded body to `dest`; (bytes, SHA-256 in hex).

    Raises SourceFailed, aiohttp's errors while reading, and OSError when the disk refuses.
    """
    host = response.url.raw_host or ""
    if (response.content_length or 0) > limits.max_bytes:
        raise too_large(host, limits.max_bytes)
    temp = dest.with_name(f".{secrets.token_hex(8)}.part")
    digest, size = hashlib.sha256(), 0
    try:
        with temp.open("xb") as file:
            async for block in _blocks(response, host, limits):
                size += len(block)
                await asyncio.to_thread(_write, file, digest.update, block)
        temp.replace(dest)
    finally:
        with suppress(OSError):
            temp.unlink()
    return size, digest.hexdigest()


def _write(file: BinaryIO, update: Callable[[bytes], None], block: bytes) -> None:
    update(block)
    file.write(block)


async def _blocks(response: aiohttp.ClientResponse, host: str, limits: Limits) -> AsyncIterator[bytes]:
    """The decoded body in blocks of about 1 MiB: one hop to a thread each instead of one per packet."""
    decoder = _decoder(response, host)
    waiting, decoded = bytearray(), 0
    async for wire in _paced(response, host, limits):
        for piece in decoder.feed(wire):
            decoded += len(piece)
            if decoded > limits.max_bytes:
                raise too_large(host, limits.max_bytes)
            waiting += piece
            if len(waiting) >= _BLOCK:
                yield bytes(waiting)
                waiting.clear()
    decoder.finish()
    yield bytes(waiting)


async def _paced(response: aiohttp.ClientResponse, host: str, limits: Limits) -> AsyncIterator[bytes]:
    """What comes over the wire, as long as it stays within its size and above its rate."""
    started, received = time.monotonic(), 0
    async for wire in response.content.iter_any():
        received += len(wire)
        if received > limits.max_bytes:
            raise too_large(host, limits.max_bytes)
        elapsed = time.monotonic() - started
        if elapsed > limits.grace_s and received < limits.min_rate * elapsed:
            message = f"{host} sends less than {limits.min_rate:g} bytes a second. Use a faster server."
            raise SourceFailed(message, code="asset_timeout")
        yield wire


class _Plain:
    def feed(self, wire: bytes) -> Iterable[bytes]:
        return (wire,)

    def finish(self) -> None:
        pass


class _Inflate:
    """gzip or zlib, told apart by their headers; at most 1 MiB comes out at a time, whatever the ratio."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)

    def feed(self, wire: bytes) -> Iterator[bytes]:
        if self._stream.eof:
            raise self._broken()
        try:
            while wire and not self._stream.eof:
                yield self._stream.decompress(wire, _BLOCK)
                wire = self._stream.unconsumed_tail
        except zlib.error:
            raise self._broken() from None

    def finish(self) -> None:
        if not self._stream.eof or self._stream.unused_data:
            raise self._broken()

    def _broken(self) -> SourceFailed:
        return SourceFailed(f"{self._host} sent a damaged compressed file. Serve it without Content-Encoding.")


def _decoder(response: aiohttp.ClientResponse, host: str) -> _Plain | _Inflate:
    """We ask for `identity`; stores that keep a file compressed send it compressed all the same."""
    match response.headers.get("Content-Encoding", "").strip().lower():
        case "" | "identity":
            return _Plain()
        case "gzip" | "x-gzip" | "deflate":
            return _Inflate(host)
        case _:
            message = f"{host} sent an encoding nobody asked for. Serve the file without Content-Encoding."
            raise SourceFailed(message)
