"""Where a long video is cut, so that several workers can draw it: frame ranges that are encoded each for itself."""

from bisect import bisect_left
from itertools import pairwise

from msgspec import Struct

from renderer.format.output import VideoFormat
from renderer.format.timeline import Timeline

SEGMENT_SECONDS = 30.0
"""About how long a segment is, and half of what a video lasts at least to be cut.

Starting a renderer and moving its files takes about two seconds: less than a tenth of what drawing so much does.
"""
_GIVE = 4  # a seam lies at a scene's start that is no further from its even place than this part of a segment


class Segment(Struct, frozen=True, array_like=True):
    """Frames `first` to before `end` of a video. Its file starts with a key frame and refers to no other file."""

    first: int
    end: int

    @property
    def frames(self) -> int:
        return self.end - self.first


def cut(timeline: Timeline, kind: VideoFormat, seconds: float = SEGMENT_SECONDS) -> tuple[Segment, ...]:
    """The segments of a video, in order and without gaps; one alone for a short video, and for a GIF.

    Decided by the timeline alone, so that the file does not depend on how many workers drew it. A seam is a key
    frame, which costs nothing where a scene begins.
    """
    length = round(seconds * timeline.fps)
    count = timeline.frames // length if kind != "gif" and length > 0 else 1
    if count < 2:
        return (Segment(0, timeline.frames),)
    even = [number * timeline.frames // count for number in range(1, count)]
    seams = [_nearest(timeline.firsts, frame, timeline.frames // count // _GIVE) for frame in even]
    return tuple(Segment(first, end) for first, end in pairwise([0, *seams, timeline.frames]))


def _nearest(starts: tuple[int, ...], frame: int, give: int) -> int:
    """The scene's start nearest to a frame, or the frame where none is near. `starts` rise."""
    place = bisect_left(starts, frame)
    around = [start for start in starts[max(0, place - 1) : place + 1] if abs(start - frame) <= give]
    return min(around, key=lambda start: abs(start - frame), default=frame)
