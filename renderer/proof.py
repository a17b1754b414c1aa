"""What the texts of a template give cause to warn of, told without drawing it and without its pictures and sounds."""

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path

import msgspec

from renderer.composition import fonts_of
from renderer.drawing.drawable import Canvas
from renderer.drawing.lettering import setting_of
from renderer.drawing.pictures import Shot
from renderer.drawing.resources import Resources
from renderer.drawing.sheet import Allowance
from renderer.format.keyframes import Animated
from renderer.format.objects import AnyObject, Group, Text
from renderer.format.template import Scene, Template
from renderer.format.timeline import Timeline, seconds_of, window
from renderer.media.shelf import Shelf

MAX_WARNINGS = 100


def proof(template: Template, files: Mapping[str, Path]) -> tuple[str, ...]:
    """Letters that no font has, and lines that do not fit, of each text as it is in the middle of its life.

    `files` has its fonts. Raises MediaError for one of them, and TemplateError for times that do not fit.
    """
    bare = msgspec.structs.replace(template, scenes=(Scene(),), audio=())
    resources = Resources(bare, {}, _no_frames, fonts_of(template, files), frozenset(), Allowance(0), Shelf())
    for path, text, around in _all_texts(template):
        resources.set_text(*setting_of(text, around), path)
        if len(resources.warnings) >= MAX_WARNINGS:
            break
    return tuple(resources.warnings)


def _all_texts(template: Template) -> Iterator[tuple[str, Text, Canvas]]:
    canvas = float(template.width), float(template.height)
    for span in Timeline.build(template, {}).spans:
        yield from _texts(f"scenes[{span.index}]", span.scene.objects, span.frames, span.fps, canvas)


def _texts(
    path: str, objects: Iterable[AnyObject], frames: int, fps: Fraction, canvas: Canvas
) -> Iterator[tuple[str, Text, Canvas]]:
    """Those that are seen, with their values at that time and the size of the canvas on which they lie."""
    for index, obj in enumerate(objects):
        first, end = window(obj, frames, fps)
        if not obj.visible or first == end or not isinstance(obj, Text | Group):
            continue
        here, shown = f"{path}.objects[{index}]", Animated(obj).at(seconds_of((end - first) // 2, fps))
        if isinstance(shown, Text):
            yield here, shown, canvas
        else:
            inner = shown.width.px(*canvas, "x"), shown.height.px(*canvas, "y")
            yield from _texts(here, shown.objects, end - first, fps, inner)


def _no_frames(_key: str, _time: float) -> Shot:
    raise AssertionError("no video is looked at")
