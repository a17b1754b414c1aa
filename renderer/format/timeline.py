"""Which scenes a frame shows, and how far into each: seconds become frames here, by exact arithmetic."""

import math
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from msgspec import Struct

from renderer.errors import Problem
from renderer.format.objects import AnyObject, Audio, Group, Object, Video
from renderer.format.parts import MAX_SECONDS
from renderer.format.refusals import refused_for
from renderer.format.template import Scene, Template, Transition

Durations = Mapping[str, float | None]  # seconds of each video and sound by its address in the template
DEFAULT_SECONDS = 5  # of a scene when nothing says how long it is
_HALF = Fraction(1, 2)
_SCENE = re.compile(r"scenes\[(\d+)\](.*)", re.S)
# What says how long an object is there; without its text or source there is no object.
_TIMED = re.compile(r"(\]|\.(start|duration|trim-start|trim-end|loop|visible|type|text|src|background-video))\Z")


class SceneSpan(Struct, frozen=True, kw_only=True):
    """A scene's place: frames `first` to before `end`; the first `overlap` of them are its transition."""

    scene: Scene
    index: int
    first: int
    end: int
    overlap: int
    fps: Fraction

    @property
    def frames(self) -> int:
        return self.end - self.first

    @property
    def start(self) -> float:
        """Seconds from the start of the video, on a frame."""
        return seconds_of(self.first, self.fps)

    @property
    def duration(self) -> float:
        return seconds_of(self.frames, self.fps)

    @property
    def fade(self) -> float:
        """Seconds of its transition."""
        return seconds_of(self.overlap, self.fps)


class Playing(Struct, frozen=True):
    """A scene at one of its own frames; `time` is that frame's, in seconds from the scene's start."""

    span: SceneSpan
    frame: int
    time: float

    @property
    def scene(self) -> Scene:
        return self.span.scene


class Moment(Struct, frozen=True, kw_only=True):
    """What a frame shows. In a transition the last of `scenes` comes in over the other, or over nothing.

    `progress` has gone through the transition's easing and may overshoot 0..1.
    """

    scenes: tuple[Playing, ...]
    transition: Transition | None = None
    progress: float = 1.0


class Timeline(Struct, frozen=True, kw_only=True):
    fps: Fraction
    spans: tuple[SceneSpan, ...]
    firsts: tuple[int, ...]

    @classmethod
    def build(cls, template: Template, durations: Durations) -> "Timeline":
        """TemplateError where a transition does not fit, a scene has no frame or the whole is too long."""
        lengths = [_seconds(scene, durations) for scene in template.scenes]
        _refuse(list(_faults(template, lengths)))
        spans = tuple(_spans(template, lengths))
        return cls(fps=template.frame_rate, spans=spans, firsts=tuple(span.first for span in spans))

    @property
    def frames(self) -> int:
        return self.spans[-1].end

    @property
    def duration(self) -> float:
        return seconds_of(self.frames, self.fps)

    def at(self, frame: int) -> Moment:
        """`frame` counts from 0; IndexError beyond the last one."""
        if not 0 <= frame < self.frames:
            raise IndexError(f"frame {frame} of {self.frames}")
        index = bisect_right(self.firsts, frame) - 1
        span = self.spans[index]
        local = frame - span.first
        if local >= span.overlap or span.scene.transition is None:
            return Moment(scenes=(self._playing(index, frame),))
        outgoing = (self._playing(index - 1, frame),) if index else ()
        transition = span.scene.transition
        return Moment(
            scenes=(*outgoing, self._playing(index, frame)),
            transition=transition,
            progress=transition.easing(local / span.overlap),
        )

    def frame_at(self, seconds: float) -> int:
        """The frame that is on the screen at this time; the first or last one for times outside."""
        return min(max(0, math.floor(exact(seconds) * self.fps)), self.frames - 1)

    def _playing(self, index: int, frame: int) -> Playing:
        span = self.spans[index]
        return Playing(span, frame - span.first, seconds_of(frame - span.first, self.fps))


def check_times(template: Template, refused: Iterable[Problem] = ()) -> None:
    """The errors of `Timeline.build` that show before any media has been looked at.

    `refused`: what the template is read without. Scenes whose times may depend on that are not judged.
    """
    unsure = {index for problem in refused for index in _unsure(template, problem.path)}
    lengths = [None if index in unsure else length for index, length in enumerate(known_lengths(template))]
    _refuse(list(_faults(template, lengths)))


def _unsure(template: Template, path: str) -> Iterator[int]:
    """The scenes whose times may depend on what stands at a path."""
    match = _SCENE.match(path)
    if match is None:
        return
    index, within = int(match[1]), match[2]
    if not within or within.startswith((".duration", ".transition")):
        yield from (index - 1, index)
    elif template.scenes[index].duration == "auto" and _TIMED.search(within):
        yield index


def known_lengths(template: Template) -> list[Fraction | None]:
    """The seconds of each scene, None where they follow from media that has not been looked at."""
    return [None if _waits_for_media(scene) else _seconds(scene, {}) for scene in template.scenes]


def known_end(template: Template) -> Fraction | None:
    """The seconds of the whole video, None as above."""
    lengths = known_lengths(template)
    known = [length for length in lengths if length is not None]
    return _total(template, known) if len(known) == len(lengths) else None


def seconds_of(frames: int, fps: Fraction) -> float:
    """The nearest float: 21 frames at 30 are 0.7."""
    return frames * fps.denominator / fps.numerator


def frame_of(seconds: float, fps: Fraction) -> int:
    """The frame at whose start a change at this time shows: the nearest, of two the later."""
    return _boundary(exact(seconds), fps)


def first_frame_at(seconds: float, fps: Fraction) -> int:
    """The first frame whose time is not before this."""
    return math.ceil(exact(seconds) * fps)


def window(obj: Object, frames: int, fps: Fraction) -> tuple[int, int]:
    """First frame and end of an object within the `frames` of what it lies in; equal when it starts too late.

    An object's own frame n shows `seconds_of(n - first, fps)` of its keyframes, or of its objects.
    """
    first = frame_of(obj.start, fps)
    end = frames
    if obj.duration is not None:
        end = min(frames, _boundary(exact(obj.start) + exact(obj.duration), fps))
    return first, max(first, end)


def _boundary(seconds: Fraction, fps: Fraction) -> int:
    return math.floor(seconds * fps + _HALF)


def exact(seconds: float) -> Fraction:
    """The decimal number that was written, not its binary neighbour: 0.1 is 1/10."""
    return Fraction(repr(float(seconds)))


def _seconds(scene: Scene, durations: Durations) -> Fraction:
    if scene.duration != "auto":
        return exact(scene.duration)
    ends = list(_ends(scene.objects, durations))
    if scene.background_video is not None:
        ends += _played(durations.get(scene.background_video), 0.0, None)
    return max(ends, default=Fraction(DEFAULT_SECONDS))


def _ends(objects: Iterable[AnyObject], durations: Durations) -> Iterator[Fraction]:
    """When the objects end that say so, by themselves or by their media."""
    for obj in objects:
        start = exact(obj.start)
        if not obj.visible:
            continue
        if obj.duration is not None:
            yield start + exact(obj.duration)
        elif isinstance(obj, Group):
            yield from (start + end for end in _ends(obj.objects, durations))
        elif isinstance(obj, Video | Audio) and not obj.loop:
            played = _played(durations.get(obj.src), obj.trim_start, obj.trim_end)
            yield from (start + seconds for seconds in played)


def _played(media: float | None, trim_start: float, trim_end: float | None) -> list[Fraction]:
    """How long a trimmed file plays, if that is known and more than nothing."""
    known = [limit for limit in (media, trim_end) if limit is not None and math.isfinite(limit)]
    seconds = exact(min(known)) - exact(trim_start) if known else Fraction(0)
    return [seconds] if seconds > 0 else []


def _waits_for_media(scene: Scene) -> bool:
    return scene.duration == "auto" and (scene.background_video is not None or _has_media(scene.objects))


def _has_media(objects: Iterable[AnyObject]) -> bool:
    return any(_has_media(obj.objects) if isinstance(obj, Group) else isinstance(obj, Video | Audio) for obj in objects)


def _spans(template: Template, lengths: list[Fraction]) -> Iterator[SceneSpan]:
    fps = template.frame_rate
    now = Fraction(0)
    for index, (scene, length) in enumerate(zip(template.scenes, lengths, strict=True)):
        overlap = _overlap(scene)
        start = now - overlap if index else now
        yield SceneSpan(
            scene=scene,
            index=index,
            first=_boundary(start, fps),
            end=_boundary(start + length, fps),
            overlap=_boundary(start + overlap, fps) - _boundary(start, fps),
            fps=fps,
        )
        now = start + length


def _overlap(scene: Scene) -> Fraction:
    return exact(scene.transition.duration) if scene.transition is not None else Fraction(0)


def _faults(template: Template, lengths: Sequence[Fraction | None]) -> Iterator[Problem]:
    """A length of None is not known yet, and not judged."""
    frame = 1 / template.frame_rate
    overlaps = [_overlap(scene) for scene in template.scenes] + [Fraction(0)]
    for index, length in enumerate(lengths):
        path = f"scenes[{index}]"
        coming, leaving = overlaps[index], overlaps[index + 1]
        if length is None:
            continue
        if length < frame:
            yield Problem(f"{path}.duration", f"{_text(length)} s is shorter than a frame ({_text(frame)} s)")
        if coming > length:
            yield Problem(f"{path}.transition.duration", _too_long(coming, "this scene", length))
        elif leaving > length:
            where = f"scenes[{index + 1}].transition.duration"
            yield Problem(where, _too_long(leaving, "the scene before", length))
        elif coming + leaving > length:
            both = f"the transitions into this scene ({_text(coming)} s) and the next ({_text(leaving)} s)"
            yield Problem(path, f"{both} do not fit into its {_text(length)} s")
    total = _total(template, [length for length in lengths if length is not None])
    if total > MAX_SECONDS:
        yield Problem("scenes", f"together they last {_text(total)} s; at most {MAX_SECONDS} s are allowed")


def _total(template: Template, lengths: list[Fraction]) -> Fraction:
    return sum(lengths, Fraction(0)) - sum(_overlap(scene) for scene in template.scenes[1:])


def _too_long(transition: Fraction, whose: str, length: Fraction) -> str:
    return f"the transition takes {_text(transition)} s, longer than {whose}, which lasts {_text(length)} s"


def _text(seconds: Fraction) -> str:
    return f"{float(seconds):.6g}"


def _refuse(problems: list[Problem]) -> None:
    if problems:
        too_long = problems[-1].path == "scenes"
        raise refused_for(problems, "template_too_large" if too_long else "invalid_value")
