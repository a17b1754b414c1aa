"""Bitmaps on the move: photographs and video frames placed, scaled and turned by OpenCV, without jitter.

Skia takes 30 to 110 ms for what OpenCV does in 5 at 1920x1080, and only an affine warp keeps a slow zoom
smooth: every edge moves by fractions of a pixel.
"""

import itertools
import math
from typing import Any, NamedTuple, Protocol

import cv2
import numpy as np
import skia
from msgspec import Struct

from renderer.drawing.geometry import Affine, Area, Rect
from renderer.drawing.sheet import Pixels, Sheet, Slot, skia_image, skia_matrix
from renderer.format.objects import Fit
from renderer.matrix import Matrix
from renderer.pixels import Planes, to_i420, zoom

_serials = itertools.count()


class Shot(Protocol):
    """A picture, made when it is asked for: `picture` is premultiplied BGRA (h, w, 4), `planes` I420 of the output.

    `planes` is None where only BGRA is to be had. The arrays are shared: never write to them.
    """

    @property
    def size(self) -> tuple[int, int]: ...  # width and height

    @property
    def picture(self) -> Pixels: ...

    @property
    def planes(self) -> Pixels | None: ...


class Plain(Struct, frozen=True):
    """A shot that is there already."""

    picture: Pixels
    planes: None = None

    @property
    def size(self) -> tuple[int, int]:
        return self.picture.shape[1], self.picture.shape[0]


class Bitmap:
    """A shot and, each made when first needed, its halves, which are drawn where it is shrunk, so as not to flicker."""

    def __init__(self, shot: Shot, *, opaque: bool) -> None:
        self.opaque = opaque
        self.width, self.height = shot.size
        self.serial = next(_serials)
        self._shot = shot
        self._levels: list[Pixels] = []
        self._planes: dict[int, Planes] = {}

    def planes(self, scale: float, matrix: Matrix) -> tuple[Planes, int]:
        """What `level` gives of an opaque picture, as planes of the matrix, always the same one."""
        halvings = 0 if scale > 0.5 else self.level(scale)[1]
        if halvings not in self._planes:
            own = self._shot.planes if halvings == 0 else None
            if own is None:
                self._planes[halvings] = _as_planes(self.level(scale)[0], matrix)
            else:
                self._planes[halvings] = Planes.on(own, self.width, self.height)
        return self._planes[halvings], halvings

    def level(self, scale: float) -> tuple[Pixels, int]:
        """The pixels to draw at `scale`, and how many times they were halved: 0.5 to 1 of them is drawn."""
        halvings = max(0, math.floor(-math.log2(max(scale, 1e-6)) + 1e-6))
        if not self._levels:
            self._levels = [self._shot.picture]
        while len(self._levels) <= halvings and min(self._levels[-1].shape[:2]) > 1:
            height, width = self._levels[-1].shape[:2]
            even = self._levels[-1][: height & ~1, : width & ~1]
            half = cv2.resize(even, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
            self._levels.append(np.asarray(half, np.uint8))
        halvings = min(halvings, len(self._levels) - 1)
        return self._levels[halvings], halvings


def _as_planes(pixels: Pixels, matrix: Matrix) -> Planes:
    """Of a picture with an odd side the last row or column is repeated."""
    height, width = pixels.shape[:2]
    even = np.asarray(cv2.copyMakeBorder(pixels, 0, height & 1, 0, width & 1, cv2.BORDER_REPLICATE), np.uint8)
    height, width = even.shape[:2]
    i420 = np.empty(width * height * 3 // 2, np.uint8)
    to_i420(even, i420, matrix)
    return Planes.on(i420, width, height)


class Photo(NamedTuple):
    """An opaque bitmap and where its pixels lie in the frame."""

    bitmap: Bitmap
    to_frame: Affine

    @property
    def plain(self) -> bool:
        """Neither turned nor mirrored: it can be enlarged plane by plane."""
        return self.to_frame.upright and self.to_frame.xx > 0 and self.to_frame.yy > 0

    def fill(self, planes: Planes, matrix: Matrix) -> None:
        """Covers the planes of a frame; beyond the picture's edges its last samples are repeated."""
        source, halvings = self.bitmap.planes(self.to_frame.stretch, matrix)
        scale = Affine.scaling(0.5**halvings, 0.5**halvings)
        xx, _, x0, _, yy, y0 = scale @ self.to_frame.inverse()
        if (xx, x0, yy, y0) == (1.0, 0.0, 1.0, 0.0) and source.y.shape == planes.y.shape:
            planes.copy_from(source)
            return
        for size, plane, out in zip((1.0, 0.5, 0.5), source, planes, strict=True):
            # Samples have their centres at halves; on a chroma plane all lengths are half as long.
            zoom(plane, out, (xx / 2 + x0 * size - 0.5, xx), (yy / 2 + y0 * size - 0.5, yy))


def fitted(width: int, height: int, box: tuple[float, float], fit: Fit, focus: tuple[float, float]) -> Affine:
    """From the pixels of a picture to a box: filled, covered about the focus point, or contained."""
    across, down = box[0] / width, box[1] / height
    if fit == "fill":
        return Affine.scaling(across, down)
    scale = max(across, down) if fit == "cover" else min(across, down)
    left = _slid(width * scale, box[0], focus[0])
    top = _slid(height * scale, box[1], focus[1])
    return Affine(scale, 0.0, left, 0.0, scale, top)


def _slid(length: float, room: float, focus: float) -> float:
    """Brings the focus point as near to the middle of the room as the picture's ends allow."""
    if length <= room:
        return (room - length) * focus
    return min(0.0, max(room - length, room / 2 - focus * length))


def paste(
    sheet: Sheet,
    bitmap: Bitmap,
    to_frame: Affine,
    outline: Any,
    *,
    box: Rect | None,
    opacity: float,
    slot: Slot,
) -> None:
    """Draws the bitmap inside `outline` (a path in coordinates of the frame).

    `box` is the outline when that is a level rectangle. The slot keeps the warped pixels of one that rests.
    """
    area = Area.around(box or Rect(*outline.getBounds())).meet(sheet.area)
    if area.empty:
        return
    plain = box is not None and area.within(box) and bitmap.opaque and opacity == 1.0 and not sheet.clipped
    key = (bitmap.serial, to_frame, area)
    if plain and not slot.expect(key):
        warp(bitmap, to_frame, area, sheet.view(area))
        return
    warped = slot.pixels(key, area, lambda out: warp(bitmap, to_frame, area, out))
    if plain:
        np.copyto(sheet.view(area), warped)
        return
    image = skia_image(warped, opaque=bitmap.opaque)
    where = skia_matrix(Affine.translation(area.left, area.top))
    shader = image.makeShader(skia.TileMode.kClamp, skia.TileMode.kClamp, skia.SamplingOptions(), where)
    sheet.canvas.drawPath(outline, skia.Paint(AntiAlias=True, Shader=shader, Alphaf=opacity))


def warp(bitmap: Bitmap, to_frame: Affine, area: Area, out: Pixels) -> None:
    """Fills `out`, the pixels of `area`, from the bitmap; beyond its edges its last pixels are repeated."""
    pixels, halvings = bitmap.level(to_frame.stretch)
    from_frame = Affine.scaling(0.5**halvings, 0.5**halvings) @ to_frame.inverse()
    from_area = from_frame @ Affine.translation(area.left, area.top)
    if _copied(pixels, from_area, out):
        return
    # OpenCV's pixels have their centres at whole numbers, the frame's at halves.
    inverse = Affine.translation(-0.5, -0.5) @ from_area @ Affine.translation(0.5, 0.5)
    cv2.warpAffine(
        pixels,
        np.array(inverse, np.float64).reshape(2, 3),
        (area.width, area.height),
        dst=out,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )


def _copied(pixels: Pixels, from_area: Affine, out: Pixels) -> bool:
    """Copies when the pixels are drawn as they are: a video at its own size costs 0.4 ms instead of 4."""
    left, top = round(from_area.x0), round(from_area.y0)
    whole = Affine.translation(left, top)
    if any(abs(a - b) > 1e-4 for a, b in zip(from_area, whole, strict=True)):
        return False
    height, width = out.shape[:2]
    if left < 0 or top < 0 or left + width > pixels.shape[1] or top + height > pixels.shape[0]:
        return False
    np.copyto(out, pixels[top : top + height, left : left + width])
    return True
