"""What a video is made of, and how."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from renderer.format.output import Quality, VideoFormat
from renderer.format.template import Template
from renderer.segments import SEGMENT_SECONDS


class Manner(Struct, frozen=True, kw_only=True):
    """How a video is made. About every `segment_seconds` a long one is cut; 0: never."""

    format: VideoFormat = "mp4"
    quality: Quality = "high"
    segment_seconds: float = SEGMENT_SECONDS


class Recipe(Manner, frozen=True, kw_only=True):
    """The same recipe makes the same bytes, in one piece or in parts that others draw.

    `files` holds a local file for each address in the template. `ffmpeg`: another one than the one that came along.
    """

    template: Template
    files: Mapping[str, Path]
    ffmpeg: str | None = None
