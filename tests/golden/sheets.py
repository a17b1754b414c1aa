"""The pictures that are kept: sheets of small frames, made from the cases and the schema.

Each frame is a video of its own, so that a share of its canvas is a share of the frame.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from msgspec import inspect

from renderer.composition import Composition
from renderer.format.modifications import apply
from renderer.format.objects import animated_fields
from renderer.format.template import sources
from tests.golden import cases
from tests.golden.cases import COMING, EASINGS, LEAVING, MOMENTS, PAPER, TIME, Members, Shows
from tests.golden.compositions import COMPOSITIONS
from tests.renderer.stills import Pixels
from tests.template_page import OBJECTS, OTHERS

SMALL, LARGE, WHOLE = (48, 36), (96, 72), (480, 270)  # of a frame: beside others, of one type alone, composed
OWNERS = {**OBJECTS, **OTHERS}
GROUND = 255  # grey of what a frame leaves free


class Frame(NamedTuple):
    """`template` at so many seconds, in a place of `size`."""

    label: str
    template: Members
    size: tuple[int, int]
    seconds: float = TIME


Sheet = list[list[Frame | None]]  # rows of frames of one size; None where a column has nothing to show
Drawn = list[list[Pixels | None]]


def sheets() -> dict[str, Sheet]:
    """Every golden by name."""
    shown = {name: list(_rows(name, show)) for name, show in cases.PROPERTIES.items()}
    composed = {name: [[Frame(name, template, WHOLE)]] for name, template in COMPOSITIONS.items()}
    return {**shown, "easings": list(_easings()), "transitions": list(_transitions()), **composed}


# Properties


def fields_of(owner: str) -> dict[str, inspect.Field]:
    """The properties of a part of the format, by their names there."""
    info = inspect.type_info(OWNERS[owner])
    assert isinstance(info, inspect.StructType)
    return {field.encode_name: field for field in info.fields}


def seen() -> list[tuple[str, str]]:
    """Owner and property of all that is to be seen."""
    owners = [owner for owner in OWNERS if owner not in cases.UNPAINTED_TYPES]
    pairs = [(owner, name) for owner in owners for name in fields_of(owner)]
    return [pair for pair in pairs if not {pair[1], ".".join(pair)} & cases.UNPAINTED.keys()]


def case_of(owner: str, name: str) -> str | None:
    """The name of the case that shows this property of this owner."""
    return next((case for case in (f"{owner}.{name}", name) if case in cases.PROPERTIES), None)


def _rows(case: str, show: Shows) -> Iterator[list[Frame | None]]:
    """A row for each value, a column for each owner; last, half way between the first and the last value."""
    columns = [pair for pair in seen() if case_of(*pair) == case]
    size = SMALL if len(columns) > 1 else LARGE
    choices = [show.values or _choices(*pair) for pair in columns]
    for value in max(choices, key=len):
        yield [
            _frame(owner, size, show, {name: value}) if value in its else None
            for (owner, name), its in zip(columns, choices, strict=True)
        ]
    if any(_moves(*pair) for pair in columns):
        first, last = show.values[0], show.values[-1]
        yield [
            _frame(owner, size, show, {"keyframes": [{"time": 0, name: first}, {"time": 2, name: last}]})
            if _moves(owner, name)
            else None
            for owner, name in columns
        ]


def _moves(owner: str, name: str) -> bool:
    return owner in OBJECTS and name.replace("-", "_") in animated_fields(OBJECTS[owner])


def _choices(owner: str, name: str) -> list[Any]:
    kind = fields_of(owner)[name].type
    kinds = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    (choices,) = (
        list(kind.values) if isinstance(kind, inspect.LiteralType) else [False, True]
        for kind in kinds
        if isinstance(kind, inspect.LiteralType | inspect.BoolType)
    )
    return choices


def _frame(owner: str, size: tuple[int, int], show: Shows, members: Members) -> Frame:
    beside = {name: value for name, value in show.beside.items() if name in fields_of(owner)}
    template = _template(owner, {**cases.SUBJECTS[owner], **beside, **members}, show.below)
    return Frame(f"{owner} with {members}", template, size)


def _template(owner: str, content: Members, below: tuple[Members, ...]) -> Members:
    """A template of which `content` is the object, scene, keyframe …"""
    match owner:
        case "template":
            return content
        case "scene":
            words = {"one": [{"word": "a"}] * 4, "two": [{"word": word} for word in "efgh"]}
            return {"scenes": [content, {"duration": 2}], "variables": words}
        case "transition":
            return {"scenes": [{"duration": 3, **LEAVING}, {"duration": 3, **COMING, "transition": content}]}
        case "font":
            rest = {"family": "Brand", "src": "Bangers.ttf", "weight": 600, "style": "normal"}
            branded = {**cases.BRANDED, "font-family": "Brand, Lora", "font-weight": 700, "font-style": "italic"}
            return {"fonts": [content, rest], "scenes": [{"objects": [branded]}]}
        case "keyframe":
            moving = {**cases.SUBJECTS["rectangle"], "type": "rectangle"}
            return _template_of({**moving, "keyframes": [{"time": 0, "x": 0}, content]})
    return _template_of(*below, {"type": owner, **content})


def _template_of(*objects: Members) -> Members:
    return {"scenes": [{"duration": 4, "objects": list(objects)}]}


# Easings and transitions

_DOTS = 17
_COLUMNS = 6
_DOT = {"type": "circle", "width": 4, "height": 4, "anchor": "center", "background-color": "#c1121f"}


def _easings() -> Iterator[list[Frame | None]]:
    """Dots on the same way upwards, of which each started a little before the one on its left: the curve."""
    frames = [Frame(easing, _template_of(*_dots(easing)), (64, 64)) for easing in EASINGS]
    for first in range(0, len(frames), _COLUMNS):
        yield frames[first : first + _COLUMNS]


def _dots(easing: str) -> Iterator[Members]:
    for number in range(_DOTS):
        way = [{"time": 0, "y": "70%"}, {"time": 1, "y": "36%", "easing": easing}]
        yield {**_DOT, "x": f"{12 + 76 * number / (_DOTS - 1)}%", "start": 1 - number / (_DOTS - 1), "keyframes": way}


def _transitions() -> Iterator[list[Frame | None]]:
    """A row for each type, in it two moments of each direction."""
    choices = {name: _choices("transition", name) for name in ("type", "direction")}
    for kind in choices["type"]:
        yield [
            Frame(
                f"{kind} {direction} at {moment}",
                {"scenes": [{"duration": 2, **LEAVING}, {"duration": 2, **COMING, "transition": transition}]},
                SMALL,
                1 + moment,
            )
            for direction in choices["direction"]
            for transition in [{"type": kind, "direction": direction, "duration": 1, "easing": "linear"}]
            for moment in MOMENTS
        ]


# Drawing


def drawn(sheet: Sheet, files: dict[str, Path]) -> Drawn:
    return [[frame and draw(frame, files) for frame in row] for row in sheet]


def draw(frame: Frame, files: dict[str, Path]) -> Pixels:
    """RGB (height, width, 3) of the frame's place."""
    width, height = frame.size
    template = apply({"width": width, "height": height, "background-color": PAPER, **frame.template}).template
    with Composition(template, {source.url: files[source.url] for source in sources(template)}) as composition:
        picture = composition.draw(composition.timeline.frame_at(frame.seconds))
    place = np.full((height, width, 3), GROUND, np.uint8)
    shown = picture[:height, :width, 2::-1]
    place[: shown.shape[0], : shown.shape[1]] = shown
    return place


def laid_out(pictures: Drawn) -> Pixels:
    """One picture of them all, empty places white."""
    height, width, _ = next(picture for picture in pictures[0] if picture is not None).shape
    sheet = np.full((len(pictures) * height, max(map(len, pictures)) * width, 3), GROUND, np.uint8)
    for y, row in enumerate(pictures):
        for x, picture in enumerate(row):
            if picture is not None:
                sheet[y * height :, x * width :][:height, :width] = picture
    return sheet


def taken_apart(sheet: Sheet, picture: Pixels) -> Drawn:
    """The frames of a sheet that was laid out."""
    width, height = size_of(sheet)
    return [
        [frame and picture[y * height :, x * width :][:height, :width] for x, frame in enumerate(row)]
        for y, row in enumerate(sheet)
    ]


def size_of(sheet: Sheet) -> tuple[int, int]:
    return next(frame.size for frame in sheet[0] if frame)
