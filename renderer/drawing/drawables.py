"""The objects of a scene, ready to be drawn: for each type what draws it."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from renderer.drawing.boxes import BoxDrawable
from renderer.drawing.drawable import Drawable
from renderer.drawing.groups import GroupDrawable
from renderer.drawing.resources import Resources
from renderer.drawing.texts import TextDrawable
from renderer.format.objects import AnyObject, Audio, Circle, Group, Image, Rectangle, Text, Video
from renderer.format.timeline import window


def drawables_of(
    objects: Iterable[AnyObject], path: str, frames: int, fps: Fraction, resources: Resources, *, clipped: bool = False
) -> list[Drawable[Any]]:
    """A drawable for each object that can be seen.

    `path` and `frames` are of what they lie in; if they are `clipped`, nothing outside of its canvas is seen.
    """
    return [
        _drawable(obj, f"{path}.objects[{index}]", frames, fps, resources, clipped)
        for index, obj in enumerate(objects)
        if obj.visible and not isinstance(obj, Audio)
    ]


def _drawable(
    obj: AnyObject, path: str, frames: int, fps: Fraction, resources: Resources, clipped: bool
) -> Drawable[Any]:
    match obj:
        case Group():
            first, end = window(obj, frames, fps)
            inside = drawables_of(obj.objects, path, end - first, fps, resources, clipped=obj.clip)
            return GroupDrawable(obj, path, frames, fps, resources, inside)
        case Text():
            return TextDrawable(obj, path, frames, fps, resources, clipped=clipped)
        case Rectangle() | Circle() | Image() | Video():
            return BoxDrawable(obj, path, frames, fps, resources)
    raise TypeError(f"nothing draws a {type(obj).__name__}")
