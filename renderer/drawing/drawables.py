"""The objects of a scene, ready to be drawn: for each type what draws it."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from renderer.drawing.boxes import BoxDrawable
from renderer.drawing.drawable import Drawable
from renderer.drawing.groups import GroupDrawable
from renderer.drawing.lettering import TextDrawable
from renderer.drawing.resources import Resources
from renderer.format.objects import AnyObject, Audio, Circle, Group, Image, Rectangle, Text, Video
from renderer.format.timeline import window

_DRAWABLES: dict[type, type[Drawable[Any]]] = {
    Text: TextDrawable,
    Rectangle: BoxDrawable,
    Circle: BoxDrawable,
    Image: BoxDrawable,
    Video: BoxDrawable,
}


def drawables_of(
    objects: Iterable[AnyObject], path: str, frames: int, fps: Fraction, resources: Resources
) -> list[Drawable[Any]]:
    """A drawable for each object that can be seen; `path` and `frames` are of what they lie in."""
    return [
        _drawable(obj, f"{path}.objects[{index}]", frames, fps, resources)
        for index, obj in enumerate(objects)
        if obj.visible and not isinstance(obj, Audio)
    ]


def _drawable(obj: AnyObject, path: str, frames: int, fps: Fraction, resources: Resources) -> Drawable[Any]:
    if isinstance(obj, Group):
        first, end = window(obj, frames, fps)
        inside = drawables_of(obj.objects, path, end - first, fps, resources)
        return GroupDrawable(obj, path, frames, fps, resources, inside)
    return _DRAWABLES[type(obj)](obj, path, frames, fps, resources)
