"""What the texts of a template give cause to warn of, told without drawing it and without its pictures and sounds."""

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path

import msgspec

from renderer.composition import fonts_of
from renderer.drawing.drawable import Canvas
from renderer.drawing.lettering import Setting, setting_of
from renderer.drawing.pictures import Shot
from renderer.drawing.resources import Resources
from renderer.drawing.sheet import Allowance
from renderer.drawing.texts import TextDrawable
from renderer.format.keyframes import Animated
from renderer.format.objects import AnyObject, Group, Text
from renderer.format.template import Scene, Template
from renderer.format.timeline import Timeline, seconds_of, window
from renderer.media.shelf import Shelf

MAX_WARNINGS = 100


def proof(template: Template, files: Mapping[str, Path]) -> tuple[str, ...]:
    """Letters that no font has, lines that do not fit, animations without room: each text in the middle of its life.

    `files` has its fonts. Raises MediaError for one of them, and TemplateError for times that do not fit.
    """
    bare = msgspec.structs.replace(template, scenes=(Scene(),), audio=())
    resources = Resources(bare, {}, _no_frames, fonts_of(template, files), frozenset(), Allowance(0), Shelf())
    canvas = float(template.width), float(template.height)
    for span in Timeline.build(template, {}).spans:
        for text, setting in _texts(
            f"scenes[{span.index}]", span.scene.objects, span.frames, canvas, resources, span.fps
        ):
            text.laid_out(setting)
            if len(resources.warnings) >= MAX_WARNINGS:
                return tuple(resources.warnings)
    return tuple(resources.warnings)


def _texts(
    path: str, objects: Iterable[AnyObject], frames: int, canvas: Canvas, resources: Resources, fps: Fraction
) -> Iterator[tuple[TextDrawable, Setting]]:
    """Those that are seen, and how they are set at that time on the canvas on which they lie."""
    for index, obj in enumerate(objects):
        first, end = window(obj, frames, fps)
        if not obj.visible or first == end or not isinstance(obj, Text | Group):
            continue
        here, shown = f"{path}.objects[{index}]", Animated(obj).at(seconds_of((end - first) // 2, fps))
        if isinstance(obj, Text) and isinstance(shown, Text):
            yield TextDrawable(obj, here, frames, fps, resources), setting_of(shown, canvas)
        elif isinstance(shown, Group):
            inner = shown.width.px(*canvas, "x"), shown.height.px(*canvas, "y")
            yield from _texts(here, shown.objects, end - first, inner, resources, fps)


def _no_frames(_key: str, _time: float) -> Shot:
    raise AssertionError("no video is looked at")
