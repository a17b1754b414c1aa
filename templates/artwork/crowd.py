"""People in front of a stage, seen from behind: dark shapes whose edges catch the light."""

from typing import NamedTuple

import cv2
import numpy as np
import skia


class Rank(NamedTuple):
    """A row of people: where their shoulders are and how wide a head is (shares of the height), how many raise arms."""

    level: float
    head: float
    step: float
    arms: float
    tone: tuple[int, int, int]
    rim: float


def limb(path: skia.Path, points: list[tuple[float, float]], thick: float) -> None:
    """An arm along some points, as an outline."""
    line = skia.Path()
    line.moveTo(*points[0])
    line.quadTo(*points[1], *points[2])
    pen = skia.Paint(Style=skia.Paint.kStroke_Style, StrokeWidth=thick, StrokeCap=skia.Paint.kRound_Cap)
    outline = skia.Path()
    pen.getFillPath(line, outline)
    path.addPath(outline)


def hand(path: skia.Path, x: float, y: float, size: float, chance: np.random.Generator) -> None:
    """A palm with fingers spread, a fist, or a telephone held up."""
    kind = chance.random()
    path.addOval(skia.Rect.MakeXYWH(x - size * 0.20, y - size * 0.30, size * 0.40, size * 0.48))
    if kind < 0.55:
        for finger in range(4):
            turn = np.radians(-118 + 20 * finger + chance.uniform(-5, 5))
            tip = (x + size * 0.46 * np.cos(turn), y - size * 0.08 + size * 0.46 * np.sin(turn))
            limb(path, [(x, y), ((x + tip[0]) / 2, (y + tip[1]) / 2), tip], size * 0.10)
        limb(path, [(x, y), (x + size * 0.2, y), (x + size * 0.30, y - size * 0.16)], size * 0.10)
    elif kind < 0.72:
        path.addRoundRect(skia.Rect.MakeXYWH(x - size * 0.17, y - size * 0.72, size * 0.34, size * 0.62), 4, 4)


def arm(path: skia.Path, x: float, y: float, head: float, side: int, chance: np.random.Generator) -> None:
    """From the shoulder over the elbow to a hand above the head."""
    reach = head * chance.uniform(1.7, 2.7)
    out = side * head * chance.uniform(0.25, 0.8)
    elbow = (x + side * head * chance.uniform(0.5, 1.0), y - reach * 0.35)
    top = (x + out, y - reach)
    limb(path, [(x, y + head * 0.2), elbow, top], head * 0.30)
    hand(path, top[0], top[1] - head * 0.1, head * 0.95, chance)


def back(path: skia.Path, x: float, y: float, head: float, shoulders: float) -> None:
    """From one shoulder over the nape to the other, and down."""
    low, flat, nape = y + head * 0.15, y - head * 0.02, y - head * 0.18
    path.moveTo(x - shoulders, y + head * 4)
    path.cubicTo(x - shoulders * 1.05, low, x - head * 0.7, flat, x - head * 0.2, nape)
    path.lineTo(x + head * 0.2, nape)
    path.cubicTo(x + head * 0.7, flat, x + shoulders * 1.05, low, x + shoulders, y + head * 4)
    path.close()


def person(path: skia.Path, x: float, y: float, head: float, arms: float, chance: np.random.Generator) -> None:
    """Head, hair, neck and shoulders, and perhaps arms."""
    tall = head * chance.uniform(1.18, 1.32)
    wide = head * chance.uniform(0.9, 1.02)
    path.addOval(skia.Rect.MakeXYWH(x - wide / 2, y - tall - head * 0.42, wide, tall))
    style = chance.random()
    if style < 0.3:  # long hair
        path.addRoundRect(
            skia.Rect.MakeXYWH(x - wide * 0.56, y - tall * 1.05, wide * 1.12, tall * 1.3), wide / 2, wide / 2
        )
    elif style < 0.42:  # a bun
        path.addOval(skia.Rect.MakeXYWH(x - wide * 0.24, y - tall - head * 0.70, wide * 0.48, wide * 0.46))
    elif style < 0.55:  # a cap
        path.addOval(skia.Rect.MakeXYWH(x - wide * 0.54, y - tall - head * 0.46, wide * 1.08, tall * 0.6))
    path.addRect(skia.Rect.MakeXYWH(x - head * 0.24, y - head * 0.7, head * 0.48, head * 0.9))
    shoulders = head * chance.uniform(1.05, 1.3)
    back(path, x, y, head, shoulders)
    if chance.random() < arms:
        sides = (-1, 1) if chance.random() < 0.45 else (chance.choice((-1, 1)),)
        for side in sides:
            arm(path, x + side * shoulders * 0.82, y + head * 0.25, head, int(side), chance)


def rank_mask(rank: Rank, width: int, height: int, chance: np.random.Generator) -> np.ndarray:
    """Cover of one row, 0..1."""
    surface = skia.Surface(width, height)
    canvas, head = surface.getCanvas(), rank.head * height
    x = -head * chance.uniform(0, 1)
    while x < width + head:
        path = skia.Path()
        size = head * chance.uniform(0.9, 1.1)
        person(path, x, rank.level * height + head * chance.uniform(-0.6, 0.5), size, rank.arms, chance)
        path.setFillType(skia.PathFillType.kWinding)
        canvas.drawPath(path, skia.Paint(AntiAlias=True))
        x += head * rank.step * chance.uniform(0.8, 1.25)
    return surface.toarray()[..., 3].astype(np.float32) / 255


def rim_of(mask: np.ndarray, wide: float) -> np.ndarray:
    """Where the light from behind catches the shapes: their upper edges, on the inside."""
    lowered = cv2.warpAffine(mask, np.float32([[1, 0, 0], [0, 1, wide]]), mask.shape[::-1])
    return mask * np.clip(mask - cv2.GaussianBlur(lowered, (0, 0), wide * 0.45), 0, 1)


def gathered(ranks: list[Rank], width: int, height: int, light: np.ndarray, seed: int) -> np.ndarray:
    """The crowd: uint8 BGRA. `light` is the colour of the rims at every column, shape (width, 3), display values."""
    chance = np.random.default_rng(seed)
    color, cover = np.zeros((height, width, 3), np.float32), np.zeros((height, width), np.float32)
    for rank in ranks:
        mask = rank_mask(rank, width, height, chance)
        rim = rim_of(mask, rank.head * height * 0.045 + 1)
        shade = np.float32(rank.tone) / 255 + light[None] * (rank.rim * rim)[..., None]
        color += (shade - color) * mask[..., None]
        cover = 1 - (1 - cover) * (1 - mask)
    out = np.dstack([np.clip(color[..., ::-1], 0, 1), cover])
    return (out * 255 + 0.5).astype(np.uint8)
