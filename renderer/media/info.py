"""What is known of a media file before it is used, and how large one may be. Imports no media library."""

from fractions import Fraction
from typing import Literal

from msgspec import Struct

RATE = 48_000  # samples a second, of everything that is heard

MAX_SIDE = 8192
MAX_PIXELS = 36_000_000
MAX_STREAMS = 16
MAX_SECONDS = 3 * 3600


class MediaInfo(Struct, frozen=True, kw_only=True):
    """A video or a sound as it is played: upright, with square pixels, from time 0 to `duration` seconds.

    `fps` is the average and only informs: frames are found by their own times.
    """

    kind: Literal["video", "audio"]
    duration: float
    width: int = 0
    height: int = 0
    fps: Fraction | None = None
    has_alpha: bool = False
    has_audio: bool = False

    @property
    def has_video(self) -> bool:
        return self.kind == "video"
