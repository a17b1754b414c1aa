"""What is heard in a video and when: sounds of its videos, of its audio objects, and over the whole."""

import math
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import accumulate
from typing import cast

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from renderer.encoding.ducking import Ducking
from renderer.errors import TemplateError
from renderer.format.keyframes import Track, tracks_of
from renderer.format.objects import AnyObject, Audio, Group, Video
from renderer.format.template import Template
from renderer.format.timeline import SceneSpan, Timeline, window
from renderer.media.info import RATE, MediaInfo

MAX_AT_ONCE = 64  # sounds: each has a file and a decoder open
_TICKS = 1_000_000  # a second in microseconds, in which a video counts the rounds of a loop too


class Ramp(Struct, frozen=True):
    """A gain between two samples of the video: 0 to 1 where it rises, else 1 to 0; constant outside."""

    first: int
    end: int
    rises: bool
    equal_power: bool = False

    def at(self, samples: NDArray[np.int64]) -> NDArray[np.float64]:
        way = ((samples - self.first) / (self.end - self.first)).clip(0, 1)
        level = way if self.rises else 1 - way
        return cast(NDArray[np.float64], np.sin(level * math.pi / 2)) if self.equal_power else level


class Cue(Struct, frozen=True, kw_only=True):
    """One sound: its file, and the samples of the video from `start` to before `end` at which it is heard.

    At `start` sample `skip` of the file is heard, and it is time 0 of the volume's keyframes. `period` is the
    length of a loop in microseconds, 0 without one. Those with `ducking` give way to those without.
    """

    src: str
    start: int
    end: int
    skip: int
    period: int
    volume: float | Track
    ramps: tuple[Ramp, ...] = ()
    ducking: Ducking | None = None


def sample_of(frame: int, fps: Fraction) -> int:
    """The first sample that is heard with a frame: to the nearest, without drift."""
    return math.floor(frame * RATE / fps + Fraction(1, 2))


def cues(template: Template, timeline: Timeline, media: Mapping[str, MediaInfo]) -> list[Cue]:
    """All that is heard in a video, in the order of the template. `media` is keyed by address.

    TemplateError when too much is heard at once.
    """
    found = [cue for span in timeline.spans for cue in _scene_cues(span, timeline, media)]
    found += _cues(template.audio, 0, timeline.frames, timeline.fps, media, ())
    if (most := at_once(found)) > MAX_AT_ONCE:
        message = f"Up to {most} sounds are heard at once; at most {MAX_AT_ONCE} are allowed. Mute or move some."
        raise TemplateError("template_too_large", message)
    return found


def at_once(cues: Iterable[Cue]) -> int:
    """How many are heard at the same time, at most."""
    changes = sorted(change for cue in cues for change in ((cue.start, 1), (cue.end, -1)))
    return max(accumulate(change for _, change in changes), default=0)


def _scene_cues(span: SceneSpan, timeline: Timeline, media: Mapping[str, MediaInfo]) -> Iterator[Cue]:
    """Through a transition the scenes' sounds are crossfaded with equal power."""
    fps, ramps = timeline.fps, []
    if span.overlap:
        first, end = sample_of(span.first, fps), sample_of(span.first + span.overlap, fps)
        ramps.append(Ramp(first, end, True, True))
    following = timeline.spans[span.index + 1 : span.index + 2]
    if following and following[0].overlap:
        first, end = sample_of(following[0].first, fps), sample_of(span.end, fps)
        ramps.append(Ramp(first, end, False, True))
    return _cues(span.scene.objects, span.first, span.frames, fps, media, tuple(ramps))


def _cues(
    objects: Iterable[AnyObject],
    start: int,
    frames: int,
    fps: Fraction,
    media: Mapping[str, MediaInfo],
    ramps: tuple[Ramp, ...],
) -> Iterator[Cue]:
    """Of objects that lie in `frames` frames of the video from `start`."""
    for obj in objects:
        if not obj.visible:
            continue
        if isinstance(obj, Group):
            first, end = window(obj, frames, fps)
            yield from _cues(obj.objects, start + first, end - first, fps, media, ramps)
        elif isinstance(obj, Video | Audio) and media[obj.src].has_audio:
            cue = _cue(obj, *_presence(obj, start, frames, fps), media[obj.src], ramps)
            if cue.volume != 0 and cue.end > cue.start:
                yield cue


def _presence(obj: Video | Audio, start: int, frames: int, fps: Fraction) -> tuple[int, int]:
    """First sample and end. A video's sound keeps to its frames, any other is exact to the sample."""
    if isinstance(obj, Video):
        first, end = window(obj, frames, fps)
        return sample_of(start + first, fps), sample_of(start + end, fps)
    opens, closes = sample_of(start, fps), sample_of(start + frames, fps)
    if obj.duration is not None:
        closes = min(closes, opens + round((obj.start + obj.duration) * RATE))
    return opens + round(obj.start * RATE), closes


def _cue(obj: Video | Audio, start: int, end: int, media: MediaInfo, ramps: tuple[Ramp, ...]) -> Cue:
    trim_end = media.duration if obj.trim_end is None else min(obj.trim_end, media.duration)
    heard, skip = trim_end - obj.trim_start, round(obj.trim_start * RATE)
    if not obj.loop:
        end = min(end, start + round(trim_end * RATE) - skip)
    if isinstance(obj, Audio) and obj.fade_in:
        ramps += (Ramp(start, start + math.ceil(obj.fade_in * RATE), True),)
    if isinstance(obj, Audio) and obj.fade_out:
        ramps += (Ramp(end - math.ceil(obj.fade_out * RATE), end, False),)
    return Cue(
        src=obj.src,
        start=start,
        end=end if heard > 0 else start,
        skip=skip,
        period=round(heard * _TICKS) if obj.loop else 0,
        volume=tracks_of(obj).get("volume", obj.volume),
        ramps=ramps,
        ducking=_ducking(obj) if isinstance(obj, Audio) else None,
    )


def _ducking(obj: Audio) -> Ducking | None:
    to = tracks_of(obj).get("duck", obj.duck)
    if to == 1:
        return None
    return Ducking(to=to, attack=obj.duck_attack, release=obj.duck_release, threshold=obj.duck_threshold)
