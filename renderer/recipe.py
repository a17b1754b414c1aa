"""What a video is made of, and how."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from renderer.format.output import Quality, VideoFormat
from renderer.format.template import Template
from renderer.segments import SEGMENT_SECONDS


class Recipe(Struct, frozen=True):
    """The same recipe makes the same bytes, in one piece or in parts that others draw.

    `files` holds a local file for each address in the template. About every `segment_seconds` a long video is cut;
    0: never. `ffmpeg`: another one than the one that came along.
    """

    template: Template
    files: Mapping[str, Path]
    format: VideoFormat = "mp4"
    quality: Quality = "high"
    segment_seconds: float = SEGMENT_SECONDS
    ffmpeg: str | None = None
