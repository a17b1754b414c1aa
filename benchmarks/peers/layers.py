"""That part of the template format which scenes A to C use, drawn with Pillow for peers that only move pictures.

It runs in the peers' environments: nothing of the product is imported. A peer gets an order, a JSON file:
    {"template": {…}, "files": {address: path}, "fonts": {"700": path}, "ffmpeg": path, "out": path}
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter, ImageFont

EASINGS: dict[str, Callable[[float], float]] = {
    "linear": lambda x: x,
    "ease-in-cubic": lambda x: x**3,
    "ease-out-cubic": lambda x: 1 - (1 - x) ** 3,
}
ANCHORS = {"top-left": (0.0, 0.0), "top": (0.5, 0.0), "center": (0.5, 0.5)}
SMOOTH = 4  # shapes are drawn this much larger and scaled down: Pillow has no smooth edges

Order = dict[str, Any]
Object = dict[str, Any]
Value = Callable[[float], float]


class Layer(NamedTuple):
    """`sprite`: RGBA, unpremultiplied. Functions of the seconds since `start`; `middle_x` and `_y` in pixels."""

    sprite: np.ndarray
    start: float
    duration: float
    middle_x: Value
    middle_y: Value
    scale: Value
    opacity: Value
    grows: bool


def layers(order: Order) -> list[Layer]:
    """From back to front; a video behind them is not among them."""
    template = order["template"]
    scene = template["scenes"][0]
    found = []
    if "background-image" in scene:
        found.append({"type": "image", "src": scene["background-image"]})
    canvas = (template["width"], template["height"])
    return [_layer(item, order, canvas, scene["duration"]) for item in found + scene["objects"]]


def _layer(item: Object, order: Order, canvas: tuple[int, int], seconds: float) -> Layer:
    largest = max((frame.get("scale", 1) for frame in item.get("keyframes", ())), default=1)
    picture, (width, height) = _drawn(item, order, canvas, largest)
    across, down = ANCHORS[item.get("anchor", "top-left")]
    x, y, scale = value_of(item, "x", 0), value_of(item, "y", 0), value_of(item, "scale", 1)
    start = item.get("start", 0)
    return Layer(
        sprite=np.asarray(picture),
        start=start,
        duration=item.get("duration", seconds - start),
        middle_x=lambda t: x(t) + (0.5 - across) * width,
        middle_y=lambda t: y(t) + (0.5 - down) * height,
        scale=lambda t: scale(t) / largest,
        opacity=value_of(item, "opacity", 1),
        grows=any("scale" in frame for frame in item.get("keyframes", ())),
    )


def value_of(item: Object, name: str, otherwise: float) -> Value:
    frames = [
        (frame["time"], frame[name], frame.get("easing", "linear"))
        for frame in item.get("keyframes", ())
        if name in frame
    ]

    def at(time: float) -> float:
        before = [frame for frame in frames if frame[0] <= time]
        after = frames[len(before) :]
        if not before or not after:
            return (before[-1] if before else after[0])[1]
        (start, low, _), (end, high, easing) = before[-1], after[0]
        return low + (high - low) * EASINGS[easing]((time - start) / (end - start))

    return at if frames else lambda _: item.get(name, otherwise)


def _drawn(
    item: Object, order: Order, canvas: tuple[int, int], largest: float = 1
) -> tuple[Image.Image, tuple[float, float]]:
    """The picture of an object, its shadow around it, and the size of its box, which is in the picture's middle.

    A photograph is drawn `largest` times the size of its box, so that it keeps its detail when it grows to that.
    """
    size = item.get("width", canvas[0]), item.get("height", canvas[1])
    match item["type"]:
        case "image":
            large = round(size[0] * largest), round(size[1] * largest)
            picture = _covering(Image.open(order["files"][item["src"]]), large)
        case "rectangle":
            picture = _filled(size, item.get("border-radius", 0), item["background-color"])
        case "circle":
            picture = _filled(size, size[0] / 2, item["background-color"])
        case "text":
            picture = _lettered(item, order["fonts"])
        case "group":
            picture = Image.new("RGBA", size)
            for child in item["objects"]:
                picture.alpha_composite(_drawn(child, order, canvas)[0], (child.get("x", 0), child.get("y", 0)))
    box = picture.width / largest, picture.height / largest
    return (_shadowed(picture, item) if "shadow-color" in item else picture), box


def _covering(photo: Image.Image, size: tuple[int, int]) -> Image.Image:
    scale = max(size[0] / photo.width, size[1] / photo.height)
    width, height = size[0] / scale, size[1] / scale
    left, top = (photo.width - width) / 2, (photo.height - height) / 2
    box = (left, top, left + width, top + height)
    return photo.convert("RGBA").resize(size, Image.Resampling.LANCZOS, box)


def _filled(size: tuple[int, int], radius: float, color: str) -> Image.Image:
    large = Image.new("L", (size[0] * SMOOTH, size[1] * SMOOTH))
    ImageDraw.Draw(large).rounded_rectangle((0, 0, large.width - 1, large.height - 1), radius * SMOOTH, 255)
    return _tinted(large.resize(size, Image.Resampling.BOX), color)


def _lettered(item: Object, fonts: dict[str, str]) -> Image.Image:
    font = ImageFont.truetype(fonts[str(item.get("font-weight", 400))], item["font-size"])
    size = round(font.getlength(item["text"])), round(item["font-size"] * 1.2)
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).text((size[0] / 2, size[1] / 2), item["text"], 255, font, anchor="mm")
    return _tinted(mask, item.get("color", "#ffffff"))


def _tinted(mask: Image.Image, color: str) -> Image.Image:
    *rgb, alpha = ImageColor.getcolor(color, "RGBA")
    picture = Image.new("RGBA", mask.size, (*rgb, 255))
    picture.putalpha(mask.point(lambda level: level * alpha // 255))
    return picture


def _shadowed(picture: Image.Image, item: Object) -> Image.Image:
    """With as much room on all sides as the shadow takes on one."""
    blur, down = item.get("shadow-blur", 0), item.get("shadow-y", 0)
    room = 2 * blur + abs(down)
    whole = Image.new("RGBA", (picture.width + 2 * room, picture.height + 2 * room))
    whole.alpha_composite(picture, (room, room))
    mask = ImageChops.offset(whole.getchannel("A"), 0, down).filter(ImageFilter.GaussianBlur(blur / 2))
    shadow = _tinted(mask, item["shadow-color"])
    shadow.alpha_composite(whole)
    return shadow
