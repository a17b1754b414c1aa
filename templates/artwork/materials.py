"""Colours of building materials at a place, in linear light, and cut-outs of plants."""

from math import floor, pi

import numpy as np
import skia

from templates.artwork.noise import cell, fast, fractal, smoothstep, value

MASK = 640  # pixels of a cut-out's side


@fast
def timber(along, across, plank, dark, light):
    """Planks of a width: colours between two, with grain along them and thin seams."""
    board = floor(across / plank)
    inside = across / plank - board
    shift = 37.0 * cell(int(board), 3, 5)
    grain = fractal(along * 0.7 + shift, across * 16.0, shift, 4)
    fine = value(along * 3.0 + shift, across * 90.0, 2.0)
    t = min(max(0.15 + 0.5 * cell(int(board), 7, 1) + 1.1 * (grain - 0.5) + 0.25 * (fine - 0.5), 0.0), 1.0)
    seam = 0.35 + 0.65 * smoothstep(0.0, 0.035, min(inside, 1.0 - inside))
    return (
        (dark[0] + (light[0] - dark[0]) * t) * seam,
        (dark[1] + (light[1] - dark[1]) * t) * seam,
        (dark[2] + (light[2] - dark[2]) * t) * seam,
    )


@fast
def travertine(u, v, tile_u, tile_v):
    """Warm stone in courses: layers along u, pores, tight joints."""
    i, j = floor(u / tile_u), floor(v / tile_v)
    fu, fv = u / tile_u - i, v / tile_v - j
    shift = 23.0 * cell(int(i), int(j), 4)
    layer = fractal(u * 0.8 + shift, v * 9.0 + shift, shift, 5)
    pore = smoothstep(0.62, 0.80, fractal(u * 7.0 + shift, v * 26.0, 4.0, 3))
    tone = (0.72 + 0.22 * cell(int(i), int(j), 9) + 0.55 * (layer - 0.5)) * (1.0 - 0.38 * pore)
    joint = min(min(fu, 1.0 - fu) * tile_u, min(fv, 1.0 - fv) * tile_v)
    tone *= 0.6 + 0.4 * smoothstep(0.002, 0.008, joint)
    return 0.60 * tone, 0.485 * tone, 0.365 * tone


@fast
def slate(u, v):
    """Narrow dark stones in uneven courses, and how far each stands out (0..1)."""
    j = floor(v / 0.11)
    wide = 0.35 + 0.35 * cell(3, int(j), 2)
    i = floor((u + 3.0 * cell(1, int(j), 8)) / wide)
    fu, fv = (u + 3.0 * cell(1, int(j), 8)) / wide - i, v / 0.11 - j
    out = cell(int(i), int(j), 6)
    rough = fractal(u * 9.0, v * 18.0, 5.0, 4)
    tone = (0.5 + 0.6 * out) * (0.55 + 0.9 * rough)
    tone *= 0.25 + 0.75 * smoothstep(0.0, 0.10, min(min(fu * wide / 0.11, (1 - fu) * wide / 0.11), min(fv, 1.0 - fv)))
    return 0.30 * tone, 0.225 * tone, 0.16 * tone


@fast
def plaster(x, y, z):
    """How light a trowelled wall is, about 1."""
    return 0.93 + 0.14 * fractal(x * 1.3, y * 1.3, z * 1.3, 5) - 0.03 * value(x * 40.0, y * 40.0, z * 40.0)


@fast
def woven(u, v, pitch):
    """How light a cloth is, about 1: threads over and under, and softer slubs."""
    i, j = floor(u / pitch), floor(v / pitch)
    over = 1.0 if (i + j) % 2 == 0 else 0.86
    slub = 0.9 + 0.2 * fractal(u * 18.0, v * 40.0, 3.0, 3)
    return over * slub


def _mask(draw) -> np.ndarray:
    """Cover and tone from what `draw` paints in grey on a clear canvas."""
    surface = skia.Surface(MASK, MASK)
    canvas = surface.getCanvas()
    canvas.clear(0)
    draw(canvas)
    pixels = surface.makeImageSnapshot().toarray(colorType=skia.kRGBA_8888_ColorType)
    tone = pixels[..., 0].astype(np.float32) * 255 / np.maximum(pixels[..., 3], 1)
    return np.stack([pixels[..., 3], np.clip(tone, 0, 255)], axis=-1).astype(np.uint8)


def _grey(tone: float, width: float = 0.0) -> skia.Paint:
    level = int(np.clip(tone, 0, 1) * 255)
    paint = skia.Paint(AntiAlias=True, Color=skia.Color(level, level, level))
    if width:
        paint.setStyle(skia.Paint.kStroke_Style)
        paint.setStrokeWidth(width)
        paint.setStrokeCap(skia.Paint.kRound_Cap)
    return paint


def _leaf(canvas: skia.Canvas, x: float, y: float, long: float, broad: float, turn: float, tone: float) -> None:
    canvas.save()
    canvas.translate(x, y)
    canvas.rotate(turn)
    path = skia.Path()
    path.moveTo(0, 0)
    path.quadTo(long * 0.45, -broad, long, 0)
    path.quadTo(long * 0.45, broad, 0, 0)
    canvas.drawPath(path, _grey(tone))
    canvas.restore()


def grasses(seed: int, blades: int = 170) -> np.ndarray:
    """A tuft of tall grass with feathery heads."""
    chance = np.random.default_rng(seed)

    def draw(canvas: skia.Canvas) -> None:
        for _ in range(blades):
            foot, lean = MASK * chance.normal(0.5, 0.06), MASK * chance.normal(0, 0.19)
            high, tone = MASK * chance.uniform(0.4, 0.93), chance.uniform(0.3, 0.9)
            path = skia.Path()
            path.moveTo(foot - 2.4, MASK)
            tip = (foot + lean, MASK - high)
            path.quadTo(foot - 1.6 + lean * 0.25, MASK - high * 0.7, *tip)
            path.quadTo(foot + 2.2 + lean * 0.25, MASK - high * 0.7, foot + 2.4, MASK)
            canvas.drawPath(path, _grey(tone))
            if chance.random() < 0.22:
                for _ in range(26):
                    back = chance.uniform(0, 0.2)
                    x, y = tip[0] - lean * back * 1.1, tip[1] + high * back * 0.9
                    _leaf(canvas, x, y, 11, 2.2, chance.uniform(-150, -30), chance.uniform(0.7, 1.0))

    return _mask(draw)


def tree(seed: int, leaves: int = 3, spread: float = 30.0, leaf: float = 12.0, reach: float = 0.22) -> np.ndarray:
    """An olive-like tree: a forked trunk and clouds of narrow leaves."""
    chance = np.random.default_rng(seed)
    tips: list[tuple[float, float, float]] = []
    limbs: list[tuple[float, float, float, float, float]] = []

    def grow(x: float, y: float, angle: float, long: float, wide: float, depth: int) -> None:
        x2, y2 = x + long * np.cos(angle), y - long * np.sin(angle)
        limbs.append((x, y, x2, y2, wide))
        if depth <= 3:
            tips.append((x2, y2, depth))
        if depth == 0:
            return
        for _ in range(3 if depth > 2 else 2):
            turn = np.radians(chance.normal(0, spread))
            grow(x2, y2, angle + turn, long * chance.uniform(0.66, 0.88), wide * 0.66, depth - 1)

    grow(MASK * 0.5, MASK, np.pi / 2 + chance.normal(0, 0.12), MASK * reach, MASK * 0.16 * reach, 6)

    def draw(canvas: skia.Canvas) -> None:
        for x, y, x2, y2, wide in limbs:
            canvas.drawLine(x, y, x2, y2, _grey(0.22, max(wide, 1.4)))
        for x, y, _ in tips:
            for _ in range(leaves):
                px, py = x + chance.normal(0, MASK * 0.022), y + chance.normal(0, MASK * 0.022)
                high = 1.0 - py / MASK
                tone = np.clip(0.35 + 0.35 * high + chance.normal(0, 0.2), 0.1, 1)
                _leaf(canvas, px, py, leaf * chance.uniform(0.6, 1.2), leaf * 0.17, chance.uniform(0, 360), tone)

    return _mask(draw)


def hedge(seed: int) -> np.ndarray:
    """A clipped hedge: leaves all over, ragged along its top."""
    chance = np.random.default_rng(seed)

    def draw(canvas: skia.Canvas) -> None:
        for number in range(5200):
            x, y = MASK * chance.uniform(0, 1), MASK * (0.05 + 0.95 * chance.random() ** 0.9)
            tone = np.clip(0.12 + 0.65 * number / 5200 + chance.normal(0, 0.16), 0.05, 1)
            _leaf(canvas, x, y, chance.uniform(16, 30), chance.uniform(4, 8), chance.uniform(0, 360), tone)

    return _mask(draw)


def palm(seed: int) -> np.ndarray:
    """A fan of arching fronds over a slim trunk."""
    chance = np.random.default_rng(seed)

    def draw(canvas: skia.Canvas) -> None:
        top = (MASK * 0.5, MASK * 0.30)
        trunk = skia.Path()
        trunk.moveTo(MASK * 0.47, MASK)
        trunk.quadTo(MASK * 0.53, MASK * 0.6, *top)
        canvas.drawPath(trunk, _grey(0.25, MASK * 0.022))
        for angle in np.sort(chance.uniform(-0.35, pi + 0.35, 30)):
            long = MASK * chance.uniform(0.26, 0.38)
            for t in np.linspace(0.08, 1, 40):
                x = top[0] + long * t * np.cos(angle)
                y = top[1] - long * (t * np.sin(angle) - 0.55 * t * t)
                fall = 28 + 50 * t
                size = long * 0.22 * (1.15 - t)
                for side in (-1, 1):
                    turn = -np.degrees(angle) + side * (90 - fall) + (20 * side)
                    _leaf(canvas, x, y, size + 4, 2.0, turn, chance.uniform(0.2, 0.8))

    return _mask(draw)
