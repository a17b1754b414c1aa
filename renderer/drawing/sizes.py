"""How large each picture and video is drawn at most, so that it is decoded no larger than that."""

import math
from collections.abc import Iterable, Iterator
from itertools import pairwise

from msgspec import Struct

from renderer.format.keyframes import Animated
from renderer.format.objects import AnyObject, Audio, Drawn, Fit, Group, Image, Shape, Text, Video
from renderer.format.template import Template

STEPS = 8  # an easing may overshoot between two keyframes; there it is looked at this often


class Need(Struct, frozen=True):
    """The largest box, in pixels of the frame, that a picture has to fill."""

    width: float
    height: float
    fit: Fit = "cover"

    def size(self, width: int, height: int) -> tuple[int, int]:
        """How large to decode a picture of this size: as large as it is drawn, but never enlarged."""
        across, down = self.width / width, self.height / height
        scale = min(1.0, min(across, down) if self.fit == "contain" else max(across, down))
        return max(1, math.ceil(width * scale - 1e-6)), max(1, math.ceil(height * scale - 1e-6))


def needs(template: Template) -> dict[str, Need]:
    """By the path of each picture or video, as `template.sources` names it."""
    canvas = (float(template.width), float(template.height))
    found: dict[str, Need] = {}
    for index, scene in enumerate(template.scenes):
        path = f"scenes[{index}]"
        found[f"{path}.background-image"] = found[f"{path}.background-video"] = Need(*canvas)
        found.update(_inside(path, scene.objects, canvas, 1.0))
    return found


def _inside(
    path: str, objects: Iterable[AnyObject], canvas: tuple[float, float], scale: float
) -> Iterator[tuple[str, Need]]:
    for index, obj in enumerate(objects):
        here = f"{path}.objects[{index}]"
        if isinstance(obj, Text | Audio) or (isinstance(obj, Shape) and not obj.background_image):
            continue
        width, height, across, down = _largest(obj, canvas)
        if isinstance(obj, Group):
            yield from _inside(here, obj.objects, (width, height), scale * max(across, down))
            continue
        name = "src" if isinstance(obj, Image | Video) else "background-image"
        yield f"{here}.{name}", Need(width * across * scale, height * down * scale, obj.fit)


def _largest(obj: Group | Image | Video | Shape, canvas: tuple[float, float]) -> tuple[float, float, float, float]:
    """The object's largest width, height, and scale across and down, over its keyframes."""
    animated = Animated(obj)
    states = [animated.at(time) for time in _times(obj)]
    return (
        max(state.width.px(*canvas, "x") for state in states),
        max(state.height.px(*canvas, "y") for state in states),
        max(abs(state.scale * state.scale_x) for state in states),
        max(abs(state.scale * state.scale_y) for state in states),
    )


def _times(obj: Drawn) -> list[float]:
    marks = sorted({keyframe.time for keyframe in obj.keyframes}) or [0.0]
    between = [a + (b - a) * step / STEPS for a, b in pairwise(marks) for step in range(STEPS)]
    return [*between, marks[-1]]
