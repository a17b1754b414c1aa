"""What a case is, and the ways to make its file: by ffmpeg, from another case, byte by byte."""

import shlex
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import imageio_ffmpeg
from msgspec import Struct

Kind = Literal["video", "audio", "picture", "nothing"]
Maker = Callable[[Path], None]

UNREADABLE, UNSUPPORTED, TOO_LARGE = "media_unreadable", "unsupported_media", "media_too_large"
REFUSALS = (UNREADABLE, UNSUPPORTED, TOO_LARGE)


class Case(Struct, frozen=True, kw_only=True, eq=False):
    """A file and what it truly is. `refused`: the code with which inspection refuses it as an upload.

    `facts`: what inspection says of it otherwise; numbers may be off by 0.12.
    """

    name: str
    make: Maker
    kind: Kind
    refused: str | None
    facts: dict[str, Any]


def video(name: str, make: Maker, **facts: Any) -> Case:
    return Case(name=name, make=make, kind="video", refused=None, facts=facts)


def sound(name: str, make: Maker, **facts: Any) -> Case:
    return Case(name=name, make=make, kind="audio", refused=None, facts=facts)


def picture(name: str, make: Maker, code: str = UNSUPPORTED) -> Case:
    """For tools that take pictures; as an upload it is refused."""
    return Case(name=name, make=make, kind="picture", refused=code, facts={})


def nothing(name: str, make: Maker, code: str = UNREADABLE) -> Case:
    return Case(name=name, make=make, kind="nothing", refused=code, facts={})


_WORDS = {
    "film": "-f lavfi -i testsrc2=s=64x48:r=10:d=1",
    "tone": "-f lavfi -i sine=440:d=1:r=44100",
    "six": "-f lavfi -i aevalsrc=0|0|0|0|0|0:c=5.1:d=1",
    "both": "-map 0 -map 1 -c copy",
    "x264": "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 5",
    "x265": "-c:v libx265 -preset ultrafast -x265-params log-level=none:pools=1:frame-threads=1",
    "vp9": "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 5",
    "exact": "-fflags +bitexact -flags:v +bitexact -flags:a +bitexact -threads 1",
}


def ffmpeg(words: str) -> Maker:
    """`{film}`, `{tone}` … stand for the words above, `{plain.mp4}` for that case's file. The output comes last."""

    def make(path: Path) -> None:
        files = {other: f"-i {shlex.quote(f'file:{path.parent / other}')}" for other in _named(words)}
        said = shlex.split(_filled(words, {**_WORDS, **files}) + " " + _WORDS["exact"])
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-loglevel", "error", "-nostdin", *said, f"file:{path}"]
        subprocess.run(command, check=True, cwd=path.parent)

    return make


def _named(words: str) -> set[str]:
    return {part.partition("}")[0] for part in words.split("{")[1:]} - set(_WORDS)


def _filled(words: str, meanings: dict[str, str]) -> str:
    for name, meaning in meanings.items():
        words = words.replace("{" + name + "}", meaning)
    return words


def written(content: bytes) -> Maker:
    def make(path: Path) -> None:
        path.write_bytes(content)

    return make


def of(other: str, change: Callable[[bytes], bytes] = bytes) -> Maker:
    """Another case's bytes, changed."""

    def make(path: Path) -> None:
        path.write_bytes(change((path.parent / other).read_bytes()))

    return make


def joined(*others: str) -> Maker:
    def make(path: Path) -> None:
        path.write_bytes(b"".join((path.parent / other).read_bytes() for other in others))

    return make


def cut(share: float) -> Callable[[bytes], bytes]:
    return lambda data: data[: round(len(data) * share)]


def swapped(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    """The first place, which must be there."""

    def change(data: bytes) -> bytes:
        assert old in data
        return data.replace(old, new, 1)

    return change


def over(mark: bytes, offset: int, new: bytes) -> Callable[[bytes], bytes]:
    """Bytes written over those at `offset` from the first `mark`."""

    def change(data: bytes) -> bytes:
        at = data.index(mark) + offset
        return data[:at] + new + data[at + len(new) :]

    return change


def with_end(boxes: list[bytes], end: bytes, instead_of: int) -> Callable[[bytes], bytes]:
    """An MP4 whose index comes last, with other bytes at the end of the innermost of nested boxes."""

    def change(data: bytes) -> bytes:
        changed, at = bytearray(data), 0
        for box in boxes:
            at = data.index(box, at) - 4
            (size,) = struct.unpack_from(">I", data, at)
            struct.pack_into(">I", changed, at, size + len(end) - instead_of)
            after, at = at + size, at + 8
        return bytes(changed[: after - instead_of] + end + changed[after:])

    return change
