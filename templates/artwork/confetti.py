"""Paper confetti in the air: bent strips, discs and foil, each with light along its bend and a shadow below."""

from typing import NamedTuple

import cv2
import numpy as np
import skia


class Shower(NamedTuple):
    """How many pieces, how large (shares of the picture's side), what stays clear of them, how far out of focus.

    clear: rectangles as left, top, right, bottom, in shares of the side
    """

    pieces: int
    smallest: float
    largest: float
    clear: tuple[tuple[float, float, float, float], ...]
    blur: float
    seed: int


def shades(color: str) -> list[int]:
    """A colour in the light, as it is, and turned away."""
    base = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)])
    tones = (base + (255 - base) * 0.45, base, base * 0.62)
    return [skia.Color(*(int(v) for v in tone)) for tone in tones]


def strip(width: float, height: float, bend: float) -> skia.Path:
    """A strip of paper that bends out of its plane: two parallel curves."""
    path = skia.Path()
    path.moveTo(-width / 2, -height / 2)
    path.quadTo(0, -height / 2 - bend, width / 2, -height / 2)
    path.lineTo(width / 2, height / 2)
    path.quadTo(0, height / 2 - bend, -width / 2, height / 2)
    path.close()
    return path


def gradient(width: float, colors: list[int], phase: float) -> skia.Shader:
    """Light that runs over the bend."""
    ends = [skia.Point(-width / 2, -width * 0.1), skia.Point(width / 2, width * 0.1)]
    return skia.GradientShader.MakeLinear(
        ends, [colors[1], colors[0], colors[2], colors[1]], [0, phase, phase + 0.4, 1]
    )


def piece(canvas: skia.Canvas, size: float, colors: list[int], chance: np.random.Generator) -> None:
    """One piece at the canvas' origin."""
    kind = chance.choice(["strip", "square", "disc"], p=[0.45, 0.3, 0.25])
    high = size * {"strip": 0.34, "square": 0.72, "disc": chance.uniform(0.45, 0.95)}[kind]
    path = skia.Path()
    if kind == "disc":
        path.addOval(skia.Rect.MakeXYWH(-size / 2, -high / 2, size, high))
    else:
        path = strip(size, high, size * chance.uniform(-0.35, 0.35))
    canvas.drawPath(path, skia.Paint(AntiAlias=True, Shader=gradient(size, colors, chance.uniform(0.15, 0.5))))
    rim = skia.Paint(AntiAlias=True, Style=skia.Paint.kStroke_Style, StrokeWidth=max(size * 0.02, 1), Color=colors[0])
    canvas.drawPath(path, rim)


def places(shower: Shower, chance: np.random.Generator) -> list[tuple[float, float]]:
    """Random places outside of what stays clear, none too near to another."""
    found: list[tuple[float, float]] = []
    while len(found) < shower.pieces:
        x, y = chance.uniform(0, 1, 2)
        near = min((np.hypot(x - a, y - b) for a, b in found), default=1.0)
        free = all(not (left < x < right and top < y < bottom) for left, top, right, bottom in shower.clear)
        if free and near > 0.9 / np.sqrt(shower.pieces) * 0.55:
            found.append((x, y))
    return found


def thrown(shower: Shower, palette: list[str], size: int) -> np.ndarray:
    """All the pieces of a shower: uint8 BGRA, not premultiplied."""
    chance = np.random.default_rng(shower.seed)
    surface = skia.Surface(size, size)
    canvas = surface.getCanvas()
    fall = skia.ImageFilters.DropShadow(
        0.008 * size, 0.016 * size, 0.009 * size, 0.009 * size, skia.Color(40, 0, 12, 120)
    )
    for number, (x, y) in enumerate(places(shower, chance)):
        canvas.save()
        canvas.saveLayer(None, skia.Paint(ImageFilter=fall))
        canvas.translate(x * size, y * size)
        canvas.rotate(chance.uniform(0, 360))
        canvas.skew(chance.uniform(-0.5, 0.5), 0)
        wide = size * chance.uniform(shower.smallest, shower.largest)
        piece(canvas, wide, shades(palette[number % len(palette)]), chance)
        canvas.restore()
        canvas.restore()
    out = surface.toarray(colorType=skia.kBGRA_8888_ColorType).copy()
    if shower.blur:
        soft = out.astype(np.float32)
        soft[..., :3] *= soft[..., 3:] / 255
        soft = cv2.GaussianBlur(soft, (0, 0), shower.blur * size)
        soft[..., :3] *= 255 / np.maximum(soft[..., 3:], 1)
        out = np.clip(soft + 0.5, 0, 255).astype(np.uint8)
    return out
