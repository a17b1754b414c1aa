"""One picture of a video, as a file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import cv2

from renderer.composition import Composition
from renderer.errors import Problem, TemplateError
from renderer.format.template import Template

ImageFormat = Literal["jpeg", "png", "webp"]
MAX_SIDE = 4096  # pixels

# JPEG and WebP at 90; PNG level 1, which takes a third of the time of the default for a tenth more bytes.
_ENCODERS: dict[ImageFormat, tuple[str, list[int]]] = {
    "jpeg": (".jpg", [cv2.IMWRITE_JPEG_QUALITY, 90]),
    "png": (".png", [cv2.IMWRITE_PNG_COMPRESSION, 1]),
    "webp": (".webp", [cv2.IMWRITE_WEBP_QUALITY, 90]),
}


def still(
    template: Template,
    files: Mapping[str, Path],
    time: float,
    *,
    format: ImageFormat = "jpeg",  # noqa: A002
    width: int | None = None,
) -> bytes:
    """The picture that is on the screen at `time` seconds, scaled to `width`; drawn as in the video."""
    with Composition(template, files) as composition:
        return take_still(composition, time, format, width)


def take_still(composition: Composition, time: float, kind: ImageFormat, width: int | None) -> bytes:
    size = still_size(composition.template, width)
    duration = composition.timeline.duration
    if not 0 <= time <= duration:
        message = f"the video is {duration:g} s long, so there is no picture at {time:g} s"
        raise TemplateError("invalid_value", f"time: {message}", (Problem("time", message),))
    picture = composition.draw(composition.timeline.frame_at(time))
    bgr = cv2.cvtColor(picture, cv2.COLOR_BGRA2BGR)
    if size[0] != picture.shape[1]:
        shrinks = size[0] < picture.shape[1]
        bgr = cv2.resize(bgr, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
    suffix, options = _ENCODERS[kind]
    return cv2.imencode(suffix, bgr, options)[1].tobytes()


def still_size(template: Template, width: int | None) -> tuple[int, int]:
    """Width and height of a still that is `width` wide, or as large as the video. May raise TemplateError."""
    if width is None:
        return template.width, template.height
    if not 1 <= width <= MAX_SIDE:
        raise TemplateError("invalid_value", f"A still is 1 to {MAX_SIDE} pixels wide, not {width}.")
    height = max(1, round(template.height * width / template.width))
    if height > MAX_SIDE:
        message = f"At a width of {width} the still would be {height} pixels high; at most {MAX_SIDE} are allowed."
        raise TemplateError("invalid_value", f"{message} Ask for a smaller width.")
    return width, height
