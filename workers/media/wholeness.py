"""Whether all the bytes are there that a container's own sizes announce, and are what they should be.

An upload may have been cut off, and a file of nothing but zeros behind its first frame fills FFmpeg's memory.
"""

import mmap
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from renderer.errors import MediaError

INCOMPLETE = "The file ends too early: a part of it is missing. Upload the whole file again."

_SLOPPY = 64  # bytes: many a program counts the head of a file to what follows it
_MAX_BOXES, _MAX_BYTES = 1_000_000, 1 << 40
_LONGEST_VOID, _FRAME = 8 << 20, re.compile(rb"\xff[\xe2-\xff]")
_ASF_DATA = bytes.fromhex("3626b2758e66cf11a6d900aa0062ce6c")
_SEGMENT = b"\x18\x53\x80\x67"


def check_whole(path: Path, demuxer: str) -> None:
    """MediaError for a file that is cut off. What says nothing of its size is taken as it is, but for a long void."""
    if demuxer == "mp3":
        _check_frames(path)
    if (end_of := _ENDS.get(demuxer)) is not None:
        with path.open("rb") as file:
            if end_of(file) > path.stat().st_size + _SLOPPY:
                raise MediaError("media_unreadable", INCOMPLETE)


def _check_frames(path: Path) -> None:
    """FFmpeg keeps all that it reads until the next frame."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for start in range(0, len(data) - _LONGEST_VOID, _LONGEST_VOID):
            if not _FRAME.search(data, start, start + _LONGEST_VOID):
                raise MediaError("media_unreadable", "A long part of the file is no sound. Export it again.")


def _end_of_boxes(file: BinaryIO) -> int:
    """ISO/IEC 14496-12 §4.2. Whatever follows that is no box of ours may be garbage, and counts for nothing.

    Fragments are written so that a recording can be used up to where it was broken off.
    """
    end = at = 0
    for _ in range(_MAX_BOXES):
        file.seek(at)
        size, kind, large = struct.unpack(">I4sQ", file.read(16).ljust(16, b"\0"))
        size = min(large, _MAX_BYTES) if size == 1 else size
        if size < 8:
            break
        if kind == b"moof":
            return 0
        at += size
        if kind in (b"moov", b"mdat"):
            end = at
    return end


def _end_of_riff(file: BinaryIO) -> int:
    """Who could not know the size writes 0 or the largest there is. A long AVI has several parts."""
    end = 0
    for _ in range(_MAX_BOXES):
        file.seek(end)
        kind, size = struct.unpack("<4sI", file.read(8).ljust(8, b"\0"))
        if kind != b"RIFF" or size == 0 or size >= 0x7FFF_F000:
            break
        end += 8 + size + size % 2
    return end - end % 2


def _end_of_segment(file: BinaryIO) -> int:
    """RFC 8794 §4 and §11.2: a head, then a segment; all bits of an unknown size are set."""
    file.seek(4)
    size = _vint(file)
    if size is None:
        return 0
    file.seek(size, 1)
    if file.read(4) != _SEGMENT or (size := _vint(file)) is None:
        return 0
    return file.tell() + size


def _vint(file: BinaryIO) -> int | None:
    first = (file.read(1) or b"\0")[0]
    length = 9 - first.bit_length()
    if length > 8:
        return None
    value = int.from_bytes(bytes([first & ((1 << (8 - length)) - 1)]) + file.read(length - 1))
    return None if value == (1 << 7 * length) - 1 else value


def _end_of_asf(file: BinaryIO) -> int:
    """ASF §3.1 and §5.2: a head, then the data; of a broadcast their size is 0."""
    file.seek(16)
    (size,) = struct.unpack("<Q", file.read(8).ljust(8, b"\0"))
    if size > 1 << 30:
        return 0
    file.seek(size)
    kind, data = struct.unpack("<16sQ", file.read(24).ljust(24, b"\0"))
    return size + data if kind == _ASF_DATA else 0


_ENDS: dict[str, Callable[[BinaryIO], int]] = {
    "mov": _end_of_boxes,
    "matroska": _end_of_segment,
    "avi": _end_of_riff,
    "wav": _end_of_riff,
    "asf": _end_of_asf,
}
