"""A customer of cut paper: head and shoulders in warm side light, for the testimonial's portrait place."""

from pathlib import Path

import cv2
import numpy as np
import skia

SIZE = 480
SKIN, SHADE, HAIR, KNIT, WALL = (214, 150, 112), (176, 108, 76), (52, 30, 26), (222, 190, 128), (58, 92, 92)


def _paint(colour: tuple[int, int, int], blur: float = 0.0, alpha: int = 255) -> skia.Paint:
    paint = skia.Paint(AntiAlias=True, Color=skia.Color(*colour, alpha))
    if blur:
        paint.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, blur))
    return paint


def _path(*points: tuple[float, ...]) -> skia.Path:
    """Begins at the first point; later ones with six numbers are curves, with two lines."""
    path = skia.Path()
    path.moveTo(*points[0])
    for point in points[1:]:
        if len(point) == 6:
            path.cubicTo(*point)
        else:
            path.lineTo(*point)
    path.close()
    return path


def _sheet(canvas: skia.Canvas, path: skia.Path, colour: tuple[int, int, int]) -> None:
    """A sheet of paper with the shadow that it throws."""
    canvas.save()
    canvas.translate(3, 5)
    canvas.drawPath(path, _paint((20, 14, 12), 6, 120))
    canvas.restore()
    canvas.drawPath(path, _paint(colour))


def _line(canvas: skia.Canvas, width: float, *points: float) -> None:
    paint = _paint(HAIR)
    paint.setStyle(skia.Paint.kStroke_Style)
    paint.setStrokeWidth(width)
    paint.setStrokeCap(skia.Paint.kRound_Cap)
    path = skia.Path()
    path.moveTo(*points[:2])
    path.quadTo(*points[2:])
    canvas.drawPath(path, paint)


def _behind(canvas: skia.Canvas) -> None:
    """The wall, a pale disc of light on it, and the hair that falls behind the shoulders."""
    canvas.clear(skia.Color(*WALL))
    canvas.drawCircle(120, 110, 230, _paint((112, 146, 134), 90, 170))
    left, right = (150, 210), (130, 60, 350, 50, 342, 205)
    hair = _path(left, right, (352, 290, 372, 330, 352, 372), (130, 372), (112, 320, 150, 290, 150, 210))
    _sheet(canvas, hair, HAIR)


def _shoulders(canvas: skia.Canvas) -> None:
    jumper = (40, 480), (60, 380, 150, 362, 205, 346), (285, 346), (340, 362, 425, 380, 440, 480)
    neck = (208, 270), (282, 270), (286, 352), (268, 392, 222, 392, 204, 352)
    _sheet(canvas, _path(*jumper), KNIT)
    _sheet(canvas, _path(*neck), SHADE)


def _head(canvas: skia.Canvas) -> None:
    """The face, its side that is turned from the light, and the hair over the brow."""
    brow, jaw = (172, 110, 318, 110, 318, 190), (318, 270, 280, 322, 245, 322)
    _sheet(canvas, _path((172, 190), brow, jaw, (210, 322, 172, 270, 172, 190)), SKIN)
    side = _path((262, 130), (318, 135, 318, 180, 318, 190), jaw, (286, 290, 300, 200, 262, 130))
    canvas.drawPath(side, _paint(SHADE, 5, 130))
    over, back = (330, 98, 336, 170, 326, 214), (312, 150, 270, 140, 236, 134)
    fringe = _path((166, 214), (160, 120, 200, 84, 262, 92), over, back, (206, 150, 182, 170, 166, 214))
    _sheet(canvas, fringe, HAIR)


def _features(canvas: skia.Canvas) -> None:
    canvas.drawCircle(204, 246, 15, _paint((226, 120, 92), 8, 120))
    canvas.drawCircle(288, 246, 15, _paint((206, 100, 76), 8, 110))
    for x in (208, 280):
        _line(canvas, 4.5, x - 15, 212, x, 224, x + 15, 212)
        _line(canvas, 3.5, x - 16, 190, x, 182, x + 16, 190)
    _line(canvas, 3.0, 246, 214, 236, 246, 248, 250)
    mouth = _path((222, 274), (234, 284, 258, 284, 270, 274), (262, 298, 230, 298, 222, 274))
    canvas.drawPath(mouth, _paint((168, 62, 52)))


def write(path: Path) -> int:
    """A JPEG; returns its size in bytes."""
    surface = skia.Surface(SIZE, SIZE)
    for layer in (_behind, _shoulders, _head, _features):
        layer(surface.getCanvas())
    pixels = surface.makeImageSnapshot().toarray(colorType=skia.kRGBA_8888_ColorType)[..., :3].astype(np.float32)
    grain = cv2.GaussianBlur(np.random.default_rng(4).normal(0, 1, (SIZE, SIZE)).astype(np.float32), (0, 0), 0.8)
    pixels = np.clip(pixels * (1 + 0.07 * grain[..., None]), 0, 255).astype(np.uint8)
    cv2.imwrite(str(path), pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])
    return path.stat().st_size
