"""Soft shadows: the silhouette of what is drawn, moved, blurred, tinted and laid under it."""

import math

import cv2
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from renderer.drawing.geometry import Affine
from renderer.drawing.sheet import Pixels, Sheet, place
from renderer.format.values import Color

# A blurred shadow has no detail: with a sigma above this it is blurred at a fraction of its size.
SHARPEST_SIGMA = 4.0
# Pixels of the frame: larger shadows would need bitmaps many times its size, and look no different.
LARGEST_BLUR = 300.0
FARTHEST = 1000.0


class Shadow(Struct, frozen=True):
    """In pixels of the frame. `sigma` is half of the CSS blur radius."""

    color: Color
    x: float
    y: float
    sigma: float

    @property
    def reach(self) -> int:
        """How far it may lie outside of what casts it."""
        return math.ceil(max(abs(self.x), abs(self.y)) + 3 * self.sigma) + 1


def shadow_of(color: Color | None, x: float, y: float, blur: float, matrix: Affine) -> Shadow | None:
    """A shadow given in the object's own pixels; it turns and grows with the object, as in CSS."""
    if color is None or color.a == 0.0:
        return None
    moved_x, moved_y = matrix.xx * x + matrix.xy * y, matrix.yx * x + matrix.yy * y
    grown = min(LARGEST_BLUR, blur * math.sqrt(abs(matrix.determinant)))
    return Shadow(color, _within(moved_x, FARTHEST), _within(moved_y, FARTHEST), grown / 2)


def _within(offset: float, limit: float) -> float:
    return min(limit, max(-limit, offset))


def lay_under(pixels: Pixels, shadow: Shadow) -> None:
    """Draws the shadow of `pixels` (premultiplied BGRA, contiguous) under them, in place."""
    alpha = _moved(np.asarray(cv2.extractChannel(pixels, 3), np.uint8), shadow.x, shadow.y)
    if shadow.sigma > 0.1:
        alpha = blurred(alpha, shadow.sigma)
    shade = np.take(_tints(shadow.color), alpha, mode="clip").view(np.uint8).reshape(pixels.shape)
    Sheet(shade).blit(pixels, 0, 0)
    np.copyto(pixels, shade)


def _tints(color: Color) -> NDArray[np.uint32]:
    """The premultiplied BGRA pixel, as one number, for each alpha."""
    r, g, b, a = color.rgba
    share = np.array([b * a, g * a, r * a, a])
    tints = np.rint(np.arange(256)[:, None] * share).astype(np.uint8)
    return np.ascontiguousarray(tints).view(np.uint32).reshape(256)


def blurred(alpha: Pixels, sigma: float) -> Pixels:
    """A Gaussian blur of one channel whose cost hardly grows with sigma."""
    shrink = max(1, int(sigma / SHARPEST_SIGMA))
    if shrink == 1:
        return np.asarray(cv2.GaussianBlur(alpha, (0, 0), sigma), np.uint8)
    height, width = alpha.shape
    down, right = -height % shrink, -width % shrink
    padded = cv2.copyMakeBorder(alpha, 0, down, 0, right, cv2.BORDER_REPLICATE)
    small = cv2.resize(padded, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / shrink)
    whole = cv2.resize(small, padded.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(whole[:height, :width], np.uint8)


def _moved(alpha: Pixels, x: float, y: float) -> Pixels:
    whole_x, whole_y = round(x), round(y)
    if abs(x - whole_x) > 0.01 or abs(y - whole_y) > 0.01:
        matrix = np.array([[1.0, 0.0, x], [0.0, 1.0, y]])
        return np.asarray(cv2.warpAffine(alpha, matrix, alpha.shape[::-1], flags=cv2.INTER_LINEAR), np.uint8)
    moved = np.zeros_like(alpha)
    place(alpha, moved, whole_x, whole_y)
    return moved
