"""A sign for a pottery that is not there: a bottle, a bowl and the sun as cream shapes on a clear ground."""

from pathlib import Path

import skia

CREAM = (247, 243, 234)


def write(path: Path, size: int = 264) -> int:
    """A PNG; returns its size in bytes."""
    surface = skia.Surface(size, size)
    canvas = surface.getCanvas()
    canvas.clear(0)
    canvas.scale(size / 100, size / 100)
    paint = skia.Paint(AntiAlias=True, Color=skia.Color(*CREAM))
    vase = skia.Path()
    vase.moveTo(24, 30)
    vase.lineTo(42, 30)
    vase.cubicTo(38, 44, 54, 50, 54, 66)
    vase.cubicTo(54, 80, 46, 90, 40, 92)
    vase.lineTo(26, 92)
    vase.cubicTo(20, 90, 12, 80, 12, 66)
    vase.cubicTo(12, 50, 28, 44, 24, 30)
    canvas.drawPath(vase, paint)
    canvas.drawArc(skia.Rect(60, 42, 98, 92), 0, 180, True, paint)
    canvas.drawCircle(72, 26, 15, paint)
    surface.makeImageSnapshot().save(str(path), skia.kPNG)
    return path.stat().st_size
