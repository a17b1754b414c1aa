"""What the media child can be told to do, what it answers, and which function does it. Imports no media library.

**A new operation** is an order and its result here, a member of `Order`, and a line in `FUNCTIONS`.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from app import clips, tools
from app.clips import Clip
from app.tools import AnyTool, Kind

Progress = Callable[[float], None]
"""Told of the share that is done, from 0 to 1."""

Stop = Callable[[], bool]
"""Asked now and then whether to stop; a function that does raises renderer.errors.Stopped."""


class Work(Struct, frozen=True, kw_only=True):
    """What every order has. `ffmpeg`: another program than the one that comes with us."""

    ffmpeg: str | None = None


class Inspect(Work, frozen=True, kw_only=True, tag="inspect"):
    """Whether the file is a video or a sound that can be used, and all that readers of an upload are told."""

    source: Path


class Inspected(Struct, frozen=True, kw_only=True):
    """A file as it is played: upright, with square pixels, from time 0 to `duration` seconds.

    `format_detected` is in ffprobe's words. `rotation` is what a player turns the stored picture by, clockwise.
    """

    media_kind: Literal["video", "audio"]
    format_detected: str
    content_type: str
    duration: float
    has_video: bool
    has_audio: bool
    has_cover: bool = False
    width: int = 0
    height: int = 0
    max_height: int = 0
    rotation: Literal[0, 90, 180, 270] = 0
    fps: float | None = None
    video_codec: str | None = None
    pixel_format: str | None = None
    bit_depth: int | None = None
    hdr: Literal["pq", "hlg"] | None = None
    has_alpha: bool = False
    interlaced: bool = False
    audio_codec: str | None = None
    channels: int = 0
    sample_rate: int = 0


class Cut(Work, frozen=True, kw_only=True, tag="cut"):
    """The clip, out of the source. `poster`: where a picture of it goes, if it has pictures."""

    source: Path
    out: Path
    clip: Clip
    poster: Path | None = None


class CutMade(Struct, frozen=True, kw_only=True):
    """The file as it is played. Of sound alone it has no size, and no words for its quality and aspect ratio.

    `method`: "smart" where pictures were copied and only those beside the cuts encoded; `copied` is their share.
    `reason` says why a video was encoded as a whole.
    """

    format: clips.Format
    duration: float
    bytes: int
    width: int = 0
    height: int = 0
    quality: str = ""
    aspect_ratio: str = ""
    method: Literal["smart", "encode"] = "encode"
    copied: float = 0.0
    reason: str = ""


class UseTools(Work, frozen=True, kw_only=True, tag="tools"):
    """`steps` on `source`, each on what the one before has made, at last into `out`.

    `others`: the files that a merge adds to it; `subtitles`: those that are burnt in.
    """

    source: Path
    out: Path
    steps: tuple[AnyTool, ...]
    others: tuple[Path, ...] = ()
    subtitles: Path | None = None


class Made(Struct, frozen=True, kw_only=True):
    """What a tool has written. `copied`: the pictures (of a sound: the sound) are those of the source, bit by bit."""

    format: tools.Format
    kind: Kind
    bytes: int
    duration: float | None = None
    width: int | None = None
    height: int | None = None
    copied: bool = False
    warnings: tuple[str, ...] = ()


Order = Inspect | Cut | UseTools
"""The tagged union of all of them."""

FUNCTIONS: dict[type[Work], str] = {
    Inspect: "workers.media.inspection:inspect",
    Cut: "workers.media.poster:cut_with_poster",
    UseTools: "workers.media.tools.chain:use_tools",
}


def function_of(order: Work) -> Callable[[Any, Progress, Stop], Struct]:
    """Its module is imported now: a child loads the libraries of one operation."""
    module, _, name = FUNCTIONS[type(order)].partition(":")
    function: Callable[[Any, Progress, Stop], Struct] = getattr(import_module(module), name)
    return function


def encode(order: Work) -> bytes:
    return msgspec.json.encode(order, enc_hook=str)


def decode(text: bytes) -> Order:
    order: Order = msgspec.json.decode(text, type=Order, dec_hook=_path)
    return order


def _path(kind: type[Any], value: Any) -> Path:
    """The one type of an order that JSON has not."""
    if kind is not Path:
        raise NotImplementedError
    return Path(value)
