"""A file that a client sends, as multipart/form-data or as the plain body, on disk in constant memory."""

import asyncio
import hashlib
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Collection
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Annotated, BinaryIO
from urllib.parse import unquote

from litestar.params import QueryParameter
from multipart import MultipartSegment
from yarl import URL

from app.api import multiparts
from app.api.bodies import ApiRequest, chunks
from app.egress import Egress
from app.errors import InvalidInput, TooLarge, Unavailable, Unsupported
from app.services.assets import Upload

Filename = Annotated[str, QueryParameter(description="What a file is called that comes as the plain body.")]

MAX_FILE = 5 << 30
_BLOCK = 1 << 20
_STALE_S = 3600.0
_FETCH_S = 30.0
_FORM = 'as a form field, as in `curl -F "file=@photo.jpg"`.'


@asynccontextmanager
async def received(
    request: ApiRequest,
    folder: Path,
    *,
    filename: str,
    max_bytes: int | None = None,
    keep: Collection[str] = (),
) -> AsyncIterator[Upload]:
    """The request's first file, in `folder` until the end of the block, whatever happens meanwhile.

    `filename` is that of a plain body; `keep` names the form fields that are wanted with it, others are passed over.

    Raises InvalidInput, TooLarge, ClientGone, or Unavailable when the disk is full.
    """
    folder.mkdir(parents=True, exist_ok=True)
    check_room(folder, request.content_length or 0)
    path = folder / secrets.token_hex(16)
    try:
        yield await _written(request, path, filename, MAX_FILE if max_bytes is None else max_bytes, keep)
    finally:
        path.unlink(missing_ok=True)


@asynccontextmanager
async def downloaded(url: str, folder: Path, egress: Egress, *, max_bytes: int) -> AsyncIterator[Upload]:
    """The file at a client's address, in `folder` until the end of the block. Raises AppError."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / secrets.token_hex(16)
    try:
        fetched = await egress.fetch(url, path, max_bytes=max_bytes, total_timeout_s=_FETCH_S)
        name = unquote(URL(url).path).rpartition("/")[2]
        yield Upload(path=path, filename=name, size=fetched.size, sha256=fetched.sha256)
    finally:
        path.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Remove what a killed process left behind; a file that is still growing is young."""
    for found in folder.glob("*"):
        if time.time() - found.stat().st_mtime > _STALE_S:
            if found.is_dir():
                shutil.rmtree(found, ignore_errors=True)
            else:
                found.unlink(missing_ok=True)


async def _written(request: ApiRequest, path: Path, filename: str, max_bytes: int, keep: Collection[str]) -> Upload:
    fields: dict[str, str] = {}
    with path.open("xb") as file:
        sink = _Sink(file, max_bytes)
        if multiparts.is_form(request):
            filename, fields = await _first_file(request, sink, keep)
        else:
            async for chunk in chunks(request, max_bytes=max_bytes):
                await sink.write(chunk)
            if not sink.size:
                raise Unsupported(f"The body is empty, so no file arrived. Send one as the body, or {_FORM}")
        await sink.flush()
    return Upload(path=path, filename=filename, size=sink.size, sha256=sink.digest.hexdigest(), fields=fields)


async def _first_file(request: ApiRequest, sink: "_Sink", keep: Collection[str]) -> tuple[str, dict[str, str]]:
    """Feed the first part that has a file name to `sink`; answer that name, and the text of fields to `keep`."""
    filename: str | None = None
    fields: dict[str, bytes] = {}
    wanted, field = False, ""
    async with aclosing(multiparts.events(request, max_bytes=sink.max_bytes)) as events:
        async for event in events:
            if isinstance(event, MultipartSegment):
                wanted = filename is None and event.filename is not None
                filename = event.filename if wanted else filename
                field = event.name if event.filename is None and event.name in keep else ""
            elif event and wanted:
                await sink.write(event)
            elif event and field:
                fields[field] = multiparts.longer(fields.get(field, b""), event)
    if filename is None:
        raise InvalidInput(f"No file arrived. Send one {_FORM}")
    return filename, {name: text.decode(errors="replace") for name, text in fields.items()}


class _Sink:
    """Collects blocks of about 1 MiB, so that each costs one hop to a thread."""

    def __init__(self, file: BinaryIO, max_bytes: int) -> None:
        self.size = 0
        self.max_bytes = max_bytes
        self.digest = hashlib.sha256()
        self._file = file
        self._waiting = bytearray()

    async def write(self, chunk: bytes) -> None:
        self.size += len(chunk)
        if self.size > self.max_bytes:
            raise TooLarge(f"This file may have at most {self.max_bytes:,} bytes.")
        self._waiting += chunk
        if len(self._waiting) >= _BLOCK:
            await self.flush()

    async def flush(self) -> None:
        block, self._waiting = self._waiting, bytearray()
        await asyncio.to_thread(self._keep, block)

    def _keep(self, block: bytearray) -> None:
        self.digest.update(block)
        self._file.write(block)
        self._file.flush()


def check_room(folder: Path, size: int) -> None:
    """The file is here twice for a moment: as it arrived, and as it is stored."""
    if 2 * min(size, MAX_FILE) > shutil.disk_usage(folder).free:
        message = "There is no room for this file now. Try again later."
        raise Unavailable(message, code="disk_full", retry_after_s=60)
