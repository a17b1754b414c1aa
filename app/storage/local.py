"""Objects as files in a directory, written beside it and renamed into place. File work happens in threads."""

import asyncio
import errno
import hashlib
import os
import re
import secrets
import shutil
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from stat import S_ISREG

from app.errors import NotFound, StorageFailed
from app.storage import local_parts
from app.storage.blocks import blocks, check_size
from app.storage.names import check_key, check_prefix, content_type_of
from app.storage.signing import Place, sign_file_url, sign_upload_url
from app.storage.store import ObjectInfo, Part

_CHUNK = 1 << 18
_BLOCK = 1 << 20
_UPLOAD = re.compile("[0-9a-f]{32}")
_TRIES = 10


class LocalStorage:
    """Under `root`; unfinished files in `root/.partial`, uploads in parts in `root/.parts`.

    Content types are told from the keys' extensions.
    """

    direct = False

    def __init__(self, root: Path, *, public_url: str, secret: bytes) -> None:
        self._root = root
        self._partial = root / ".partial"
        self._parts = root / ".parts"
        self._public_url = public_url
        self._secret = secret

    async def put_file(self, key: str, path: Path, content_type: str) -> None:
        await self._put(key, lambda temp: shutil.copyfile(path, temp))

    async def put_bytes(self, key: str, data: bytes, content_type: str) -> None:
        await self._put(key, lambda temp: temp.write_bytes(data))

    async def _put(self, key: str, write: Callable[[Path], object]) -> None:
        target = self._path(key)
        temp = self._partial / secrets.token_hex(16)
        try:
            with _reported():
                await asyncio.to_thread(_fill, temp, write)
                await asyncio.to_thread(_move_into_place, temp, target)
        finally:
            with suppress(OSError):
                temp.unlink()

    async def put_stream(self, key: str, chunks: AsyncIterator[bytes], content_type: str, *, max_bytes: int) -> int:
        target = self._path(key)
        with self._temp() as temp:
            size = await _received(temp, chunks, max_bytes)
            with _reported():
                await asyncio.to_thread(_flush, temp)
                await asyncio.to_thread(_move_into_place, temp, target)
        return size

    async def put_url(self, key: str, *, size: int, expires_s: float) -> str:
        return self._upload_url(Place(key=check_key(key), size=size, expires=int(time.time() + expires_s)))

    async def begin_parts(self, key: str, content_type: str) -> str:
        check_key(key)
        upload = secrets.token_hex(16)
        with _reported():
            await asyncio.to_thread(_make_directory, self._parts / upload)
            await asyncio.to_thread(local_parts.begin, self._parts / upload)
        return upload

    async def part_url(self, key: str, upload: str, number: int, *, size: int, expires_s: float) -> str:
        expires = int(time.time() + expires_s)
        place = Place(key=check_key(key), size=size, expires=expires, upload=upload, part=number)
        return self._upload_url(place)

    def _upload_url(self, place: Place) -> str:
        return sign_upload_url(self._public_url, place, secret=self._secret)

    async def put_part(
        self, key: str, upload: str, number: int, chunks: AsyncIterator[bytes], *, offset: int, size: int
    ) -> Part:
        folder = self._folder(upload)
        with self._temp() as temp:
            md5 = hashlib.md5(usedforsecurity=False)
            check_size(await _received(temp, chunks, size, md5.update), size)
            part = Part(number=number, size=size, etag=f'"{md5.hexdigest()}"')
            with _reported():
                await asyncio.to_thread(local_parts.settle, folder, temp, part, offset)
        return part

    async def parts(self, key: str, upload: str) -> list[Part]:
        with _reported():
            return await asyncio.to_thread(local_parts.arrived, self._folder(upload))

    async def complete_parts(self, key: str, upload: str, parts: Sequence[Part]) -> None:
        target, folder = self._path(key), self._folder(upload)
        with _reported():
            try:
                await asyncio.to_thread(_in_place, target, lambda: local_parts.complete(folder, target, parts))
            except NotFound:
                made = await asyncio.to_thread(_info, target, key)
                if made is None or made.size != sum(part.size for part in parts):
                    raise
            await asyncio.to_thread(local_parts.remove, folder)

    async def abort_parts(self, key: str, upload: str) -> None:
        with suppress(NotFound), _reported():
            await asyncio.to_thread(local_parts.remove, self._folder(upload))

    def _folder(self, upload: str) -> Path:
        if not _UPLOAD.fullmatch(upload):
            raise NotFound("This upload is over, or never was.")
        return self._parts / upload

    @contextmanager
    def _temp(self) -> Iterator[Path]:
        """A new file for the block; whatever is left of it is removed."""
        temp = self._partial / secrets.token_hex(16)
        try:
            with _reported():
                _make_directory(self._partial)
                temp.touch(0o600, exist_ok=False)
            yield temp
        finally:
            with suppress(OSError):
                temp.unlink()

    async def get_to_file(self, key: str, path: Path) -> None:
        source = self._path(key)
        temp = path.with_name(f".{secrets.token_hex(8)}.part")
        try:
            with _reported():
                with _found():
                    await asyncio.to_thread(_copy, source, temp)
                temp.replace(path)
        finally:
            with suppress(OSError):
                temp.unlink()

    async def open(self, key: str, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes, None]:
        with _reported(), _found(), self._path(key).open("rb") as file:
            file.seek(start)
            left = sys.maxsize if end is None else end - start
            while left > 0 and (chunk := await asyncio.to_thread(file.read, min(_CHUNK, left))):
                left -= len(chunk)
                yield chunk

    async def head(self, key: str) -> ObjectInfo | None:
        with _reported():
            return await asyncio.to_thread(_info, self._path(key), key)

    async def delete(self, key: str) -> None:
        with _reported():
            await asyncio.to_thread(_remove, self._path(key), self._root)

    async def list(self, prefix: str = "") -> AsyncIterator[ObjectInfo]:
        """One directory at a time, so that memory does not grow with the store."""
        waiting = [check_prefix(prefix)]
        while waiting:
            here = waiting.pop()
            with _reported():
                infos, below = await asyncio.to_thread(_entries, self._root / here, here)
            waiting += below
            for info in infos:
                yield info

    async def url(self, key: str, *, expires_s: float, filename: str | None = None) -> str:
        expires = int(time.time() + expires_s)
        return sign_file_url(self._public_url, check_key(key), expires=expires, secret=self._secret, filename=filename)

    async def check(self) -> None:
        """Writes and removes a file: a full or read-only disk is not ready."""
        temp = self._partial / secrets.token_hex(16)
        try:
            with _reported():
                await asyncio.to_thread(_fill, temp, lambda path: path.write_bytes(b"ready?"))
        finally:
            with suppress(OSError):
                temp.unlink()

    async def ensure_bucket(self) -> None:
        with _reported():
            await asyncio.to_thread(_make_directory, self._partial)

    async def sweep_partial(self, older_than_s: float) -> int:
        with _reported():
            before = time.time() - older_than_s
            swept = await asyncio.to_thread(_sweep, self._partial, before)
            return swept + await asyncio.to_thread(local_parts.sweep, self._parts, before)

    async def aclose(self) -> None:
        pass

    def _path(self, key: str) -> Path:
        return self._root / check_key(key)


@contextmanager
def _found() -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise NotFound("The file is not there.") from error


@contextmanager
def _reported() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        message = "The file store is full." if full else "The file store does not work."
        raise StorageFailed(message, code="storage_full" if full else "") from error


def _copy(source: Path, dest: Path) -> None:
    """By another name for the same bytes, where both are on one disk: an object is replaced, and never written to."""
    try:
        os.link(source, dest)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copyfile(source, dest)


def _fill(temp: Path, write: Callable[[Path], object]) -> None:
    _make_directory(temp.parent)
    temp.touch(0o600, exist_ok=False)
    write(temp)
    _flush(temp)


Look = Callable[[bytes], None]


async def _received(temp: Path, chunks: AsyncIterator[bytes], max_bytes: int, look: Look | None = None) -> int:
    """Write what comes, whose own errors are not the disk's; how many bytes. `look` sees them all."""
    size = 0
    with temp.open("wb", buffering=0) as file:
        async for block in blocks(chunks, _BLOCK, max_bytes=max_bytes):
            with _reported():
                await asyncio.to_thread(_write, file, block, look)
            size += len(block)
    return size


def _write(file: FileIO, block: bytes, look: Look | None) -> None:
    if look:
        look(block)
    written = 0
    while written < len(block):
        written += file.write(memoryview(block)[written:])


def _move_into_place(temp: Path, target: Path) -> None:
    _in_place(target, lambda: temp.replace(target))


def _in_place(target: Path, move: Callable[[], object]) -> None:
    """Again when a deletion in between removed the directory as the last one out."""
    for tries_left in reversed(range(_TRIES)):
        try:
            _make_directory(target.parent)
            move()
            break
        except FileNotFoundError:
            if not tries_left:
                raise
    with suppress(FileNotFoundError):
        _flush(target.parent)


def _make_directory(path: Path) -> None:
    """With its parents, for our eyes only, and lasting: a directory is an entry in its parent."""
    if path.is_dir():
        return
    _make_directory(path.parent)
    with suppress(FileExistsError):
        path.mkdir(0o700)
    _flush(path.parent)


def _flush(path: Path) -> None:
    """Onto the disk; for a directory that makes renames in it last."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(path: Path, root: Path) -> None:
    """The file, and the directories that are empty without it."""
    with suppress(FileNotFoundError, IsADirectoryError, NotADirectoryError):
        path.unlink()
    with suppress(OSError):  # not empty, or gone already
        for parent in path.parents:
            if parent == root:
                return
            parent.rmdir()


def _info(path: Path, key: str) -> ObjectInfo | None:
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not S_ISREG(status.st_mode):
        return None
    return ObjectInfo(
        key=key,
        size=status.st_size,
        content_type=content_type_of(key),
        etag=f'"{status.st_ino:x}-{status.st_mtime_ns:x}-{status.st_size:x}"',
        modified=datetime.fromtimestamp(status.st_mtime, UTC),
    )


def _entries(directory: Path, prefix: str) -> tuple[list[ObjectInfo], list[str]]:
    """The files in one directory, and the prefixes of the directories in it."""
    try:
        entries = [entry for entry in os.scandir(directory) if not entry.name.startswith(".")]
    except (FileNotFoundError, NotADirectoryError):
        return [], []
    infos = [_info(directory / entry.name, prefix + entry.name) for entry in entries]
    below = [f"{prefix}{entry.name}/" for entry in entries if entry.is_dir(follow_symlinks=False)]
    return [info for info in infos if info], below


def _sweep(directory: Path, before: float) -> int:
    """A file that is being written is young: each write renews its time."""
    swept = 0
    for entry in directory.iterdir() if directory.is_dir() else ():
        with suppress(FileNotFoundError):
            if entry.stat().st_mtime <= before:
                entry.unlink()
                swept += 1
    return swept
