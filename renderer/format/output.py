"""What file a caller wants of a template: its size, frame rate, format and quality."""

from fractions import Fraction
from typing import Annotated, Any, Literal, TypeVar, cast

import msgspec
from msgspec import Meta, Struct

from renderer.errors import Problem
from renderer.format.refusals import refused_for
from renderer.format.template import Template
from renderer.format.values import MAX_AMOUNT, Length, parse_frame_rate

VideoFormat = Literal["mp4", "webm", "gif"]
Quality = Literal["low", "medium", "high", "best"]

MAX_GIF_SECONDS = 30
MAX_GIF_SIDE = 1280
MAX_GIF_RATE = 50  # frames a second: browsers play what is faster at ten
GIF_RATE = 15  # unless another one is asked for: at 30 a GIF has twice the size for little

_Part = TypeVar("_Part")


class OutputOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is left out is as in the template. The shape stays: of width and height one is enough."""

    width: Annotated[int, Meta(ge=16, le=4096)] | None = None
    height: Annotated[int, Meta(ge=16, le=4096)] | None = None
    frame_rate: float | str | None = None
    format: VideoFormat = "mp4"
    quality: Quality = "high"


def with_output(template: Template, options: OutputOptions) -> Template:
    """The template in the size and at the frame rate asked for: every pixel length scaled, nothing resampled.

    Raises TemplateError whose paths start with `output`.
    """
    rate = _frame_rate(template, options)
    width, height = _size(template, options)
    if options.format == "gif":
        _check_gif(width, height, rate)
    if (width, height) != (template.width, template.height):
        template = resized(template, width, height)
    return msgspec.structs.replace(template, frame_rate=rate)


def check_length(options: OutputOptions, seconds: float) -> None:
    """Raises TemplateError when a video of this length cannot be had in the format."""
    if options.format == "gif" and seconds > MAX_GIF_SECONDS:
        raise _refused("format", f"a GIF has at most {MAX_GIF_SECONDS} seconds, not {seconds:g}; use mp4 or webm")


def resized(template: Template, width: int, height: int) -> Template:
    """The same pictures on a canvas of another size and (but for rounding) the same shape.

    By the larger ratio: what reaches from edge to edge still does where a side was rounded up.
    """
    factor = max(width / template.width, height / template.height)
    return msgspec.structs.replace(template, width=width, height=height, scenes=_scaled(template.scenes, factor))


def _scaled(part: _Part, factor: float) -> _Part:
    """With its lengths in pixels multiplied. What is relative to the canvas, or to the font, stays."""
    changed: Any = part
    match part:
        case Length():
            pixels, *relative = part.amounts
            changed = type(part)(max(-MAX_AMOUNT, min(pixels * factor, MAX_AMOUNT)), *relative)
        case tuple():
            changed = tuple(_scaled(item, factor) for item in part)
        case Struct():
            fields = {name: getattr(part, name) for name in part.__struct_fields__}
            scaled = {name: _scaled(value, factor) for name, value in fields.items()}
            changed = msgspec.structs.replace(part, **scaled)
    return cast("_Part", changed)


def _size(template: Template, options: OutputOptions) -> tuple[int, int]:
    width, height = options.width, options.height
    for side, pixels in (("width", width), ("height", height)):
        if pixels is not None and pixels % 2:
            raise _refused(side, f"{pixels} is odd, and video needs even sizes: use {pixels - 1} or {pixels + 1}")
    if width is None and height is None:
        return template.width, template.height
    fitting_width = _even(template.width * height / template.height) if height else 0
    fitting_height = _even(template.height * width / template.width) if width else 0
    if width and height and abs(height - fitting_height) > 2 and abs(width - fitting_width) > 2:
        shape = f"the template is {template.width} x {template.height}"
        raise _refused("height", f"{width} x {height} has another shape, {shape}: leave out width or height")
    wanted = (width or fitting_width, height or fitting_height)
    if not all(16 <= side <= 4096 for side in wanted):
        raise _refused("width" if width else "height", f"this makes {wanted[0]} x {wanted[1]}; a side has 16 to 4096")
    return wanted


def _even(pixels: float) -> int:
    return 2 * round(pixels / 2)


def _frame_rate(template: Template, options: OutputOptions) -> Fraction:
    if options.frame_rate is None:
        return min(template.frame_rate, Fraction(GIF_RATE)) if options.format == "gif" else template.frame_rate
    try:
        return parse_frame_rate(options.frame_rate)
    except ValueError as error:
        raise _refused("frame_rate", str(error)) from error


def _check_gif(width: int, height: int, rate: Fraction) -> None:
    if max(width, height) > MAX_GIF_SIDE:
        raise _refused("width", f"a GIF has at most {MAX_GIF_SIDE} pixels a side, not {width} x {height}; say a width")
    if rate > MAX_GIF_RATE:
        raise _refused("frame_rate", f"a GIF has at most {MAX_GIF_RATE} frames a second, not {float(rate):g}")


def _refused(field: str, message: str) -> Exception:
    return refused_for([Problem(f"output.{field}", message)], "invalid_value")
