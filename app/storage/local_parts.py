"""Uploads in parts on the local disk: one file that is filled in place, so that completing it is a rename.

`data` stands in a directory of its own; beside it each part that has arrived has a file with its size and MD5. That
file is also its lock: of two that send one part at once each is copied into `data` whole, and the last one counts.
Whoever copies shares a lock of `data` that completing wants alone, so that nothing is written into what was completed.
"""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.errors import Conflict, NotFound
from app.storage.store import Part

_DATA = "data"


def begin(folder: Path) -> None:
    """`folder` is there, and empty."""
    (folder / _DATA).touch(0o600, exist_ok=False)


def settle(folder: Path, sent: Path, part: Part, offset: int) -> None:
    """Copy what was `sent` to its place. Raises NotFound when the upload is over."""
    with _data(folder, fcntl.LOCK_SH) as data, _record(folder, part.number) as record:
        os.ftruncate(record, 0)
        with sent.open("rb") as file:
            _copy(file.fileno(), data, offset, part.size)
        os.fdatasync(data)
        os.pwrite(record, f"{part.size} {part.etag}".encode(), 0)
        os.fdatasync(record)


def _copy(source: int, target: int, offset: int, size: int) -> None:
    done = 0
    while done < size:
        # In the kernel, and on some file systems without copying anything.
        done += os.copy_file_range(source, target, size - done, done, offset + done)


def arrived(folder: Path) -> list[Part]:
    """In order. Raises NotFound when the upload is over."""
    with _there():
        found = [(int(entry.name), Path(entry).read_text().split()) for entry in os.scandir(folder) if _is_part(entry)]
    return [Part(number=number, size=int(told[0]), etag=told[1]) for number, told in sorted(found) if told]


def complete(folder: Path, target: Path, parts: Sequence[Part]) -> None:
    """Raises NotFound when the upload is over, Conflict when these are not the parts that have arrived.

    The directory of `target` is there.
    """
    with _data(folder, fcntl.LOCK_EX) as data:
        if arrived(folder) != list(parts) or os.fstat(data).st_size != sum(part.size for part in parts):
            raise Conflict("These are not the parts that have arrived.", code="parts_changed")
        os.fsync(data)
        (folder / _DATA).replace(target)
    remove(folder)


def remove(folder: Path) -> None:
    """What is not there counts as removed."""
    shutil.rmtree(folder, ignore_errors=True)


def sweep(parts: Path, before: float) -> int:
    """Uploads to which nothing was added since; how many."""
    swept = 0
    for folder in parts.iterdir() if parts.is_dir() else ():
        with contextlib.suppress(FileNotFoundError):
            if max(path.stat().st_mtime for path in (folder, *folder.iterdir())) <= before:
                remove(folder)
                swept += 1
    return swept


@contextlib.contextmanager
def _data(folder: Path, lock: int) -> Iterator[int]:
    """The file that is filled, locked, and still the one of an upload that is not over."""
    with _there():
        descriptor = os.open(folder / _DATA, os.O_RDWR)
    try:
        fcntl.flock(descriptor, lock)
        with _there():
            (folder / _DATA).stat()
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _record(folder: Path, number: int) -> Iterator[int]:
    descriptor = os.open(folder / str(number), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _there() -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFound("This upload is over, or never was.") from error


def _is_part(entry: os.DirEntry[str]) -> bool:
    return entry.name.isdecimal()
