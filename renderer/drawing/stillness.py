"""Which frames look like the one before: they are encoded again without being drawn."""

import math
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from renderer.format.animations import Course
from renderer.format.keyframes import Animated
from renderer.format.objects import AnyObject, Audio, Group, Text, Video
from renderer.format.timeline import SceneSpan, Timeline, seconds_of, window

Flags = NDArray[np.bool_]


def changes(timeline: Timeline) -> Flags:
    """For each frame of the video whether it may look different from the frame before it.

    Decided by the template alone: a scene begins, is in a transition, has a video, or an object of it
    comes, goes, is between two keyframes or has a text animation that moves it.
    """
    changed = np.zeros(timeline.frames + 1, np.bool_)  # one more: what ends with the video changes there
    for span in timeline.spans:
        changed[span.first : span.first + span.overlap + 1] = True
        if span.scene.background_video is not None:
            changed[span.first : span.end] = True
        _mark(changed, span.scene.objects, span.first, span.frames, span)
    return changed[:-1]


def _mark(changed: Flags, objects: Iterable[AnyObject], start: int, frames: int, span: SceneSpan) -> None:
    for obj in objects:
        first, end = (start + frame for frame in window(obj, frames, span.fps))
        if isinstance(obj, Audio) or not obj.visible or first == end:
            continue
        changed[first] = changed[end] = True
        if isinstance(obj, Video):
            changed[first:end] = True
        if isinstance(obj, Group):
            _mark(changed, obj.objects, first, end - first, span)
        for left, right in _moves(obj, seconds_of(end - first, span.fps)):
            from_, to = first + math.floor(left * span.fps), first + math.ceil(right * span.fps)
            changed[from_ : min(to + 1, end)] = True


def _moves(obj: AnyObject, life: float) -> Iterable[tuple[float, float]]:
    """Where something changes, in seconds of the object's life: at keyframes, between unequal ones, in animations."""
    times = sorted({keyframe.time for keyframe in obj.keyframes})
    animated = Animated(obj)
    between = [(left, right) for left, right in pairwise(times) if not animated.is_static(left, right)]
    animations = Course(obj.animations, life).moves if isinstance(obj, Text) else []
    return [*between, *((time, time) for time in times), *animations]
