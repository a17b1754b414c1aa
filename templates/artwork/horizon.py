"""The painted distance round the house: two lines of hills with pines and cypresses, a few lights among them."""

import numpy as np
import skia

SHARP = 24  # pixels a degree
LOW, HIGH = -2.0, 16.0  # degrees
HEIGHT = round(SHARP * (HIGH - LOW))


def _ridge(seed: int, width: int, base: float, rise: float) -> np.ndarray:
    """Heights of a line of hills in pixels from the bottom."""
    chance = np.random.default_rng(seed)
    x = np.arange(width) / 3600
    line = sum(
        np.sin(2 * np.pi * (f * x + chance.random())) / f**1.15 for f in (1.3, 2.1, 3.7, 6.1, 11, 19, 37, 71, 140)
    )
    return HEIGHT * (base + rise * np.asarray(line))


def _filled(canvas: skia.Canvas, line: np.ndarray, paint: skia.Paint) -> None:
    path = skia.Path()
    path.moveTo(0, HEIGHT)
    for x in range(0, len(line), 3):
        path.lineTo(x, HEIGHT - line[x])
    path.lineTo(len(line), HEIGHT)
    canvas.drawPath(path, paint)


def _cypress(canvas: skia.Canvas, x: float, foot: float, tall: float, paint: skia.Paint, chance) -> None:
    for t in np.linspace(0, 1, 36):
        wide = tall * 0.085 * np.sin(np.pi * (0.12 + 0.86 * t)) ** 0.8
        y = foot - tall * t
        canvas.drawOval(
            skia.Rect(x - wide * chance.uniform(0.8, 1.2), y - 5, x + wide * chance.uniform(0.8, 1.2), y + 7), paint
        )


def _pine(canvas: skia.Canvas, x: float, foot: float, tall: float, paint: skia.Paint, chance) -> None:
    """An umbrella pine: a bare trunk, flat clouds of needles."""
    trunk = skia.Paint(paint)
    trunk.setStyle(skia.Paint.kStroke_Style)
    trunk.setStrokeWidth(tall * 0.035)
    top = x + tall * chance.uniform(-0.1, 0.1)
    canvas.drawLine(x, foot, top, foot - tall * 0.75, trunk)
    for _ in range(150):
        u, v = chance.normal(0, 0.24), abs(chance.normal(0, 0.10))
        px, py = top + tall * u, foot - tall * (0.72 + v + 0.12 * (0.3 - u * u))
        size = tall * chance.uniform(0.012, 0.045)
        canvas.drawOval(skia.Rect(px - size * 1.7, py - size, px + size * 1.7, py + size), paint)


def _paint(colour: tuple[int, int, int], alpha: int = 255) -> skia.Paint:
    return skia.Paint(AntiAlias=True, Color=skia.Color(*colour, alpha))


def hills(seed: int = 21, left: int = -75, right: int = 75) -> tuple[np.ndarray, tuple[float, float, float, float]]:
    """Linear light with cover, float32 (height, width, 4), and the span of azimuths and heights it fills."""
    chance = np.random.default_rng(seed)
    width = SHARP * (right - left)
    surface = skia.Surface(width, HEIGHT)
    canvas = surface.getCanvas()
    canvas.clear(0)
    _filled(canvas, _ridge(seed, width, 0.30, 0.055), _paint((112, 82, 74)))
    near = _ridge(seed + 1, width, 0.20, 0.04)
    _filled(canvas, near, _paint((60, 45, 42)))
    for x in chance.uniform(0, width, width // 33):
        foot = HEIGHT - near[int(x)] + 3
        shade = _paint((48, 37, 34))
        if chance.random() < 0.55:
            _cypress(canvas, x, foot, chance.uniform(25, 62), shade, chance)
        else:
            _pine(canvas, x, foot, chance.uniform(30, 58), shade, chance)
    for x in chance.uniform(0, width, width // 90):
        y = HEIGHT - near[int(x)] + chance.uniform(6, 40)
        canvas.drawCircle(x, y, chance.uniform(0.7, 1.6), _paint((255, 214, 150), 230))
    pixels = surface.makeImageSnapshot().toarray(colorType=skia.kRGBA_8888_ColorType).astype(np.float32) / 255
    cover = pixels[..., 3:]
    colour = (pixels[..., :3] / np.maximum(cover, 1e-3)) ** 2.2
    return np.concatenate([colour, cover], axis=-1).astype(np.float32), (float(left), float(right), LOW, HIGH)
