"""Objects as files in a directory, written beside it and renamed into place. File work happens in threads."""

import asyncio
import errno
import os
import secrets
import shutil
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISREG

from app.errors import NotFound, StorageFailed
from app.storage.names import check_key, check_prefix, content_type_of
from app.storage.signing import sign_file_url
from app.storage.store import ObjectInfo

_CHUNK = 1 << 18
_TRIES = 10


class LocalStorage:
    """Under `root`; unfinished files in `root/.partial`. Content types are told from the keys' extensions."""

    direct = False

    def __init__(self, root: Path, *, public_url: str, secret: bytes) -> None:
        self._root = root
        self._partial = root / ".partial"
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
            return await asyncio.to_thread(_sweep, self._partial, time.time() - older_than_s)

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


def _move_into_place(temp: Path, target: Path) -> None:
    """Again when a deletion in between removed the directory as the last one out."""
    for tries_left in reversed(range(_TRIES)):
        try:
            _make_directory(target.parent)
            temp.replace(target)
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
