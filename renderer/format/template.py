"""The template format: its structs, and reading one from JSON with errors that its author can act on."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import islice
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from renderer.errors import Problem, TemplateError
from renderer.format.addresses import address_fault
from renderer.format.easing import Easing, parse_easing
from renderer.format.families import complaint
from renderer.format.json_text import NotJson, read_json, repeated_name
from renderer.format.limits import MAX_SCENES, check_limits
from renderer.format.objects import (
    BLACK,
    MAX_KEYFRAMES,
    MAX_TEXT,
    Address,
    AnyObject,
    Audio,
    Box,
    Circle,
    Drawn,
    Group,
    Image,
    Keyframe,
    Name,
    Object,
    Rectangle,
    Shape,
    Text,
    Video,
)
from renderer.format.parts import MAX_SECONDS, Part, SomeSeconds
from renderer.format.refusals import MAX_PROBLEMS, Mistakes, structured
from renderer.format.salvage import salvaged
from renderer.format.values import Fill, encode, shown

__all__ = [
    "MAX_KEYFRAMES",
    "MAX_SECONDS",
    "MAX_TEXT",
    "AnyObject",
    "Audio",
    "Box",
    "Circle",
    "Drawn",
    "Font",
    "Group",
    "Image",
    "Keyframe",
    "Object",
    "Rectangle",
    "Scene",
    "Shape",
    "Source",
    "Template",
    "Text",
    "Transition",
    "Video",
    "load",
    "named_families",
    "parse",
    "sources",
    "to_builtins",
    "unknown_families",
    "visible",
    "walk",
]

Side = Annotated[int, Meta(ge=16, le=4096)]
SourceKind = Literal["image", "video", "audio", "font"]
Loudness = Annotated[float, Meta(ge=-40, le=-5)]  # LUFS
MAX_FONTS = 50


class Font(Part, frozen=True, kw_only=True):
    """A font file of the author's, used by texts that name its `family`.

    `weight` and `style` are the file's own unless they are given.
    """

    family: Name
    src: Address
    weight: Annotated[int, Meta(ge=1, le=1000)] | None = None
    style: Literal["normal", "italic"] | None = None


class Transition(Part, frozen=True, kw_only=True):
    """How a scene comes in. It overlaps the scene before by its duration."""

    type: Literal["fade", "slide", "push", "wipe", "zoom", "circle"]
    duration: SomeSeconds = 0.5
    easing: Easing = parse_easing("ease-in-out")
    direction: Literal["left", "right", "up", "down"] = "left"


class Scene(Part, frozen=True, kw_only=True):
    """`repeat` names a list in the data: one scene for each of its items (see `modifications.apply`)."""

    name: Name | None = None
    duration: SomeSeconds | Literal["auto"] = "auto"
    background_color: Fill | None = None
    background_image: Address | None = None
    background_video: Address | None = None
    transition: Annotated[Transition | None, Meta(examples=[{"type": "fade"}])] = None
    objects: tuple[AnyObject, ...] = ()
    repeat: Name | None = None


class Template(Part, frozen=True, kw_only=True):
    """`variables` are the defaults for `{{name}}` in its texts; `loudness` is that of all its sound, None as it is."""

    title: Annotated[str, Meta(max_length=500)] = ""
    type: Literal["video"] = "video"
    width: Side = 1280
    height: Side = 720
    frame_rate: Fraction = Fraction(30)
    background_color: Fill = BLACK
    fonts: Annotated[tuple[Font, ...], Meta(max_length=MAX_FONTS)] = ()
    audio: tuple[Audio, ...] = ()
    loudness: Loudness | None = None
    variables: dict[str, Any] = msgspec.field(default_factory=dict)
    scenes: Annotated[tuple[Scene, ...], Meta(min_length=1, max_length=MAX_SCENES)]


class Source(Struct, frozen=True):
    """A file that the template needs: as it is written there, of which kind, and where."""

    url: str
    kind: SourceKind
    path: str


def load(text: str | bytes) -> object:
    """JSON text into plain values; TemplateError when it is not JSON, or says something twice."""
    try:
        value, twice = read_json(text), repeated_name(text)
    except NotJson as error:
        raise TemplateError("invalid_template", f"This is not JSON: {error}.") from error
    except RecursionError as error:
        raise TemplateError("template_too_large", "The JSON is nested too deep.") from error
    if twice is not None:
        raise TemplateError("invalid_template", f"The name {shown(twice)} stands twice in one object of the JSON.")
    return value


class Reading(Struct, frozen=True):
    """A template, the JSON it was read from, and what of that had to be left out because it was refused."""

    template: Template
    raw: dict[str, Any]
    refused: tuple[Problem, ...] = ()


def parse(raw: object) -> Template:
    """Plain values as a template. TemplateError: `problems` name each path and what is expected there."""
    mistakes = Mistakes()
    reading = read(check_limits(raw), mistakes)
    mistakes.check()
    return reading.template


def read(raw: dict[str, Any], mistakes: Mistakes) -> Reading:
    """What can be read as a template, `mistakes` noting the rest. Raises TemplateError where nothing can."""
    reading = _readable(raw, mistakes)
    mistakes.note(list(islice(_faults(reading.template), MAX_PROBLEMS)), "invalid_value")
    return reading


def _readable(raw: dict[str, Any], mistakes: Mistakes) -> Reading:
    try:
        return Reading(structured(raw, Template), raw)
    except TemplateError as error:
        mistakes.note(error.problems, error.code)
        refused = error.problems
    left = salvaged(raw, Template) if len(mistakes.problems) < MAX_PROBLEMS else None
    if left is None:
        raise mistakes.error
    return Reading(structured(left, Template), left, refused)


def to_builtins(template: Template) -> dict[str, Any]:
    """Plain values that `parse` reads back as an equal template; defaults are left out."""
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(template, enc_hook=encode))
    return plain


def walk(template: Template) -> Iterator[tuple[str, AnyObject]]:
    """Every object with its path, those of groups after their group, the template's own sounds last."""
    for index, scene in enumerate(template.scenes):
        yield from _inside(f"scenes[{index}]", scene.objects)
    yield from ((f"audio[{index}]", sound) for index, sound in enumerate(template.audio))


def _inside(path: str, objects: Iterable[AnyObject]) -> Iterator[tuple[str, AnyObject]]:
    for index, obj in enumerate(objects):
        here = f"{path}.objects[{index}]"
        yield here, obj
        if isinstance(obj, Group):
            yield from _inside(here, obj.objects)


def visible(template: Template) -> Iterator[tuple[str, AnyObject]]:
    """`walk` without what is not visible and what lies in a group that is not."""
    hidden: str | None = None
    for path, obj in walk(template):
        if hidden is not None and path.startswith(hidden):
            continue
        hidden = None if obj.visible else f"{path}."
        if obj.visible:
            yield path, obj


def unknown_families(template: Template, more: Iterable[str] = ()) -> list[Problem]:
    """Texts whose font nobody has: neither the bundled families, nor the template's `fonts`, nor `more`."""
    own = [*(font.family for font in template.fonts), *more]
    asked = ((path, complaint(family, own)) for path, family in named_families(template))
    return [Problem(path, fault) for path, fault in asked if fault]


def named_families(template: Template) -> Iterator[tuple[str, str]]:
    """Every `font-family` that a text or a span of one names, with its path."""
    for path, obj in walk(template):
        if isinstance(obj, Text):
            yield f"{path}.font-family", obj.font_family
            for index, span in enumerate(obj.spans):
                if span.font_family is not None:
                    yield f"{path}.spans[{index}].font-family", span.font_family


def sources(template: Template) -> list[Source]:
    """Every file the template needs, once for each place; what is not visible needs none."""
    own = (source for index, scene in enumerate(template.scenes) for source in _backgrounds(index, scene))
    placed = (source for path, obj in visible(template) for source in _object_sources(path, obj))
    return [*_font_sources(template), *own, *placed]


def _font_sources(template: Template) -> Iterator[Source]:
    return (Source(font.src, "font", f"fonts[{index}].src") for index, font in enumerate(template.fonts))


def _backgrounds(index: int, scene: Scene) -> Iterator[Source]:
    if scene.background_image is not None:
        yield Source(scene.background_image, "image", f"scenes[{index}].background-image")
    if scene.background_video is not None:
        yield Source(scene.background_video, "video", f"scenes[{index}].background-video")


def _object_sources(path: str, obj: AnyObject) -> Iterator[Source]:
    match obj:
        case Image():
            yield Source(obj.src, "image", f"{path}.src")
        case Video():
            yield Source(obj.src, "video", f"{path}.src")
        case Audio():
            yield Source(obj.src, "audio", f"{path}.src")
        case Rectangle() | Circle() if obj.background_image is not None:
            yield Source(obj.background_image, "image", f"{path}.background-image")


def _faults(template: Template) -> Iterator[Problem]:
    """What no single field shows."""
    for side, pixels in (("width", template.width), ("height", template.height)):
        if pixels % 2:
            yield Problem(side, f"{pixels} is odd, and video needs even sizes: use {pixels - 1} or {pixels + 1}")
    for source in _font_sources(template):
        yield from _address_faults(source)
    yield from _repeated_names("scenes", template.scenes)
    yield from _repeated_names("audio", template.audio)
    for index, scene in enumerate(template.scenes):
        yield from _repeated_names(f"scenes[{index}].objects", scene.objects)
        for source in _backgrounds(index, scene):
            yield from _address_faults(source)
    for path, obj in walk(template):
        yield from _object_faults(path, obj)


def _object_faults(path: str, obj: AnyObject) -> Iterator[Problem]:
    if isinstance(obj, Group):
        yield from _repeated_names(f"{path}.objects", obj.objects)
    if isinstance(obj, Video | Audio) and obj.trim_end is not None and obj.trim_end <= obj.trim_start:
        yield Problem(f"{path}.trim-end", f"{obj.trim_end:g} is not after trim-start, {obj.trim_start:g}")
    if isinstance(obj, Text):
        yield from _span_faults(path, obj)
    for source in _object_sources(path, obj):
        yield from _address_faults(source)


def _span_faults(path: str, text: Text) -> Iterator[Problem]:
    where = {"match", "whole_words"}
    for index, span in enumerate(text.spans):
        if all(getattr(span, name) is None for name in span.__struct_fields__ if name not in where):
            message = f'it does not say how "{span.match}" looks: give it a color, a font-weight or the like'
            yield Problem(f"{path}.spans[{index}]", message)


def _address_faults(source: Source) -> Iterator[Problem]:
    fault = address_fault(source.url)
    if fault:
        yield Problem(source.path, fault)


def _repeated_names(path: str, siblings: Iterable[Scene | Object]) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for index, sibling in enumerate(siblings):
        if sibling.name is None:
            continue
        first = seen.setdefault(sibling.name, index)
        if first != index:
            name = sibling.name
            yield Problem(f"{path}[{index}].name", f'"{name}" is already the name of {path}[{first}]')
