"""The values of an object at a time. What frame n shows depends on n alone: nothing is remembered between."""

import math
from bisect import bisect_right
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
from msgspec import UNSET, Struct

from renderer.format.easing import Easing
from renderer.format.objects import Keyframe, Object, animated_fields
from renderer.format.values import Value, interpolate

AnObject = TypeVar("AnObject", bound=Object)


class Track(NamedTuple):
    """One property's keyframes by time; `easings[i]` leads to `values[i]`; numbers stay in `bounds`."""

    times: tuple[float, ...]
    values: tuple[Value, ...]
    easings: tuple[Easing, ...]
    bounds: tuple[float, float] | None

    def at(self, time: float) -> Value:
        """Holds the first value before, the last one after; of two keyframes at one time the later counts."""
        after = bisect_right(self.times, time)
        if after == 0:
            return self.values[0]
        if after == len(self.times):
            return self.values[-1]
        start, end = self.times[after - 1], self.times[after]
        way = self.easings[after]((time - start) / (end - start))
        value = interpolate(self.values[after - 1], self.values[after], way)
        if self.bounds is not None and isinstance(value, float):
            return min(self.bounds[1], max(self.bounds[0], value))
        return value

    def rests(self, since: float, until: float) -> bool:
        """Whether the value is the same at all times from `since` to `until`."""
        return len(self.hull(since, until)) == 1

    def hull(self, since: float, until: float) -> set[Value]:
        """Values that those of all times from `since` to `until`, not earlier, lie between: numbers and lengths do.

        Of whole ways from keyframe to keyframe: the ends of what each easing makes of it.
        """
        first, last = bisect_right(self.times, since), bisect_right(self.times, until)
        found = {self.values[0]} if first == 0 else set()
        if last == len(self.times):
            found.add(self.values[-1])
        for after in range(max(first, 1), min(last, len(self.times) - 1) + 1):
            ends = self.values[after - 1], self.values[after]
            found.update(interpolate(*ends, share) for share in self.easings[after].span)
        return found


class Animated(Generic[AnObject]):
    """An object and its tracks by property; times are seconds from the object's start.

    A group's own values only: its objects are animated by themselves.
    """

    def __init__(self, obj: AnObject) -> None:
        self.obj = obj
        self.tracks = tracks_of(obj)
        self.names = tuple(self.tracks)
        self.times = sorted({time for track in self.tracks.values() for time in track.times})
        self._tracks = tuple(self.tracks.values())

    def key(self, time: float) -> tuple[Value, ...]:
        """The animated values: equal for two times at which the object looks the same."""
        return tuple([track.at(time) for track in self._tracks])

    def at(self, time: float) -> AnObject:
        """The object with its values at `time`; the very same object when it has no keyframes."""
        if not self._tracks:
            return self.obj
        return msgspec.structs.replace(self.obj, **dict(zip(self.names, self.key(time), strict=True)))

    def hull(self, name: str, since: float = 0.0, until: float = math.inf) -> set[Any]:
        """What the property's values lie between from `since` to `until`, as `Track.hull` tells it."""
        track = self.tracks.get(name)
        return track.hull(since, until) if track else {getattr(self.obj, name)}

    def rests(self, since: float, until: float) -> bool:
        """Whether no value changes from `since` to `until`."""
        return all(track.rests(since, until) for track in self._tracks)


def tracks_of(obj: Object) -> dict[str, Track]:
    """By Python name of the property, in a fixed order; properties that no keyframe sets have none."""
    keyframes = sorted(obj.keyframes, key=lambda keyframe: keyframe.time)
    if not keyframes:
        return {}
    names = [name for name in keyframes[0].__struct_fields__ if name not in Keyframe.__struct_fields__]
    tracks = {name: _track(keyframes, name, type(obj)) for name in names}
    return {name: track for name, track in tracks.items() if track.times}


def _track(keyframes: list[Keyframe], name: str, kind: type[Struct]) -> Track:
    points = [(k.time, value, k.easing) for k in keyframes if (value := getattr(k, name)) is not UNSET]
    times, values, easings = zip(*points, strict=True) if points else ((), (), ())
    return Track(times, values, easings, _bounds(animated_fields(kind)[name]) if points else None)


def _bounds(hint: Any) -> tuple[float, float] | None:
    """What the template may say at most, an overshooting easing may not exceed."""
    for meta in getattr(hint, "__metadata__", ()):
        return meta.ge, meta.le
    return None
