"""A sign for an estate agent that is not there: a roof over a doorway in one thin golden line."""

from pathlib import Path

import skia

GOLD = (221, 184, 120)


def write(path: Path, size: int = 264) -> int:
    """A PNG with a clear ground; returns its size in bytes."""
    surface = skia.Surface(size, size)
    canvas = surface.getCanvas()
    canvas.clear(0)
    canvas.scale(size / 100, size / 100)
    paint = skia.Paint(AntiAlias=True, Color=skia.Color(*GOLD), Style=skia.Paint.kStroke_Style, StrokeWidth=2.4)
    canvas.drawCircle(50, 50, 47, paint)
    path_ = skia.Path()
    for step, (x, y) in enumerate(((24, 52), (50, 27), (76, 52))):
        path_.lineTo(x, y) if step else path_.moveTo(x, y)
    path_.moveTo(33, 46)
    path_.lineTo(33, 73)
    path_.lineTo(67, 73)
    path_.lineTo(67, 46)
    path_.moveTo(44, 73)
    path_.lineTo(44, 60)
    path_.arcTo(skia.Rect(44, 53, 56, 65), 180, 180, False)
    path_.lineTo(56, 73)
    canvas.drawPath(path_, paint)
    surface.makeImageSnapshot().save(str(path), skia.kPNG)
    return path.stat().st_size
