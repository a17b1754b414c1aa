"""What is right in itself and yet does nothing where it stands: told as warnings, because nothing else would tell."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import cache
from itertools import chain, islice
from typing import Any

import msgspec
from msgspec import UNSET

from renderer.errors import Problem
from renderer.format.objects import AnyObject, Audio, Circle, Group, Keyframe, Rectangle, Text, Video
from renderer.format.template import Template, visible
from renderer.format.timeline import exact, known_end, known_lengths

MAX_OVERSIGHTS = 20
_OF_KEYFRAMES = Keyframe.__struct_fields__

# A property, and those of which it needs one.
_NEEDS = (
    ("border_color", ("border_width",)),
    ("shadow_blur", ("shadow_color",)),
    ("shadow_x", ("shadow_color",)),
    ("shadow_y", ("shadow_color",)),
    ("stroke_color", ("stroke_width",)),
    ("background_radius", ("background_color",)),
    ("min_font_size", ("autofit",)),
    ("max_font_size", ("autofit",)),
    ("vertical_align", ("height", "autofit")),
    ("fit", ("background_image",)),
    ("focus_x", ("background_image",)),
    ("focus_y", ("background_image",)),
    ("duck_attack", ("duck",)),
    ("duck_release", ("duck",)),
    ("duck_threshold", ("duck",)),
)
_SEEN = ("background_color", "background_image", "border_width")  # a shape by one of these
_DIRECTED = ("slide", "push", "wipe")


def oversights(template: Template) -> list[Problem]:
    """The first MAX_OVERSIGHTS of them; what only the media could show is left out."""
    found = chain(
        _silent(template),
        _undirected(template),
        chain.from_iterable(_idle(path, obj) for path, obj in visible(template)),
        _late(template),
    )
    return list(islice(found, MAX_OVERSIGHTS))


def _silent(template: Template) -> Iterator[Problem]:
    sounds = (obj for _, obj in visible(template) if isinstance(obj, Audio | Video))
    if template.loudness is not None and not any(sound.volume or _is_animated(sound, "volume") for sound in sounds):
        yield Problem("loudness", "nothing is to be heard in this template, so nothing is made louder or quieter")


def _undirected(template: Template) -> Iterator[Problem]:
    for index, scene in enumerate(template.scenes):
        transition = scene.transition
        if transition and transition.type not in _DIRECTED and transition.direction != "left":
            message = f"a {transition.type} has no direction; slide, push and wipe have one"
            yield Problem(f"scenes[{index}].transition.direction", message)


def _idle(path: str, obj: AnyObject) -> Iterator[Problem]:
    for name, needed in _NEEDS:
        there = [need for need in needed if need in obj.__struct_fields__]
        if there and name in obj.__struct_fields__ and _is_own(obj, name) and not _any_given(obj, there):
            yield Problem(f"{path}.{_kebab(name)}", _without(there))
    if obj.keyframes and all(map(_is_bare, obj.keyframes)):
        yield Problem(f"{path}.keyframes", "none of them says what changes, so nothing does")
    if isinstance(obj, Text):
        yield from _idle_spans(path, obj)
        yield from _crossed_sizes(path, obj)
    if isinstance(obj, Rectangle | Circle) and not _any_given(obj, _SEEN):
        yield Problem(path, "it has no background-color, background-image or border-width, so nothing of it is seen")
    if isinstance(obj, Text) and obj.autofit == "shrink" and not _any_given(obj, ("width", "height")):
        message = "without a width or a height the text gets no smaller until it is larger than the whole canvas"
        yield Problem(f"{path}.autofit", message)


def _idle_spans(path: str, text: Text) -> Iterator[Problem]:
    """Of a span that needs what neither it has, nor the text, nor another span of the same words."""
    for index, span in enumerate(text.spans):
        for name, needed in _NEEDS:
            there = [need for need in needed if need in span.__struct_fields__]
            if not there or getattr(span, name, None) is None or any(_is_own(text, need) for need in there):
                continue
            alike = (other for other in text.spans if span.match in other.match or other.match in span.match)
            if all(getattr(other, need) is None for other in alike for need in there):
                yield Problem(f"{path}.spans[{index}].{_kebab(name)}", _without(there))


def _crossed_sizes(path: str, text: Text) -> Iterator[Problem]:
    """Only of sizes in the same units can be said which is larger."""
    least, most = text.min_font_size, text.max_font_size
    if most is None or text.autofit != "fill" or not _is_own(text, "min_font_size") or least == most:
        return
    if all(low >= high for low, high in zip(least.amounts, most.amounts, strict=True)):
        yield Problem(f"{path}.min-font-size", f"{least} is above max-font-size, {most}, and it is what holds")


def _without(needed: Iterable[str]) -> str:
    return f"it does nothing without {' or '.join(map(_kebab, needed))}"


def _late(template: Template) -> Iterator[Problem]:
    for index, (scene, length) in enumerate(zip(template.scenes, known_lengths(template), strict=True)):
        yield from _late_in(f"scenes[{index}].objects", "scene", scene.objects, length)
    yield from _late_in("audio", "video", template.audio, known_end(template))


def _late_in(path: str, whole: str, objects: Iterable[AnyObject], length: Fraction | None) -> Iterator[Problem]:
    for index, obj in enumerate(objects):
        if length is not None and obj.visible:
            yield from _late_object(f"{path}[{index}]", whole, obj, length)


def _late_object(path: str, whole: str, obj: AnyObject, length: Fraction) -> Iterator[Problem]:
    left = length - exact(obj.start)
    if left <= 0:
        over = f"the {whole} is over after {float(length):g} s"
        never = "heard" if isinstance(obj, Audio) else "seen"
        yield Problem(f"{path}.start", f"{over}, so what starts at {obj.start:g} s is never {never}")
        return
    life = left if obj.duration is None else min(left, exact(obj.duration))
    first = min((keyframe.time for keyframe in obj.keyframes), default=0.0)
    if len(obj.keyframes) > 1 and first >= life:
        message = f"the first is at {first:g} s, and this object is there for {float(life):g} s, so nothing changes"
        yield Problem(f"{path}.keyframes", message)
    if isinstance(obj, Group):
        yield from _late_in(f"{path}.objects", "group", obj.objects, life)


def _any_given(obj: AnyObject, names: Iterable[str]) -> bool:
    return any(_is_given(obj, name) for name in names)


def _is_given(obj: AnyObject, name: str) -> bool:
    """By the object itself, one of its keyframes, or a span of a text."""
    spans = obj.spans if isinstance(obj, Text) else ()
    return _is_own(obj, name) or any(getattr(span, name, None) is not None for span in spans)


def _is_own(obj: AnyObject, name: str) -> bool:
    """Given by the object itself or one of its keyframes."""
    return getattr(obj, name) != _defaults(type(obj))[name] or _is_animated(obj, name)


def _is_bare(keyframe: Keyframe) -> bool:
    return all(getattr(keyframe, name) is UNSET for name in keyframe.__struct_fields__ if name not in _OF_KEYFRAMES)


def _is_animated(obj: AnyObject, name: str) -> bool:
    return any(getattr(keyframe, name, UNSET) is not UNSET for keyframe in obj.keyframes)


@cache
def _defaults(kind: type[Any]) -> dict[str, Any]:
    return {field.name: field.default for field in msgspec.structs.fields(kind)}


def _kebab(name: str) -> str:
    return name.replace("_", "-")
