"""Soft shadows: the silhouette of what is drawn, moved, blurred, tinted and laid under it."""

import math
from collections.abc import Callable

import cv2
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from renderer.drawing.geometry import Affine, Area, Rect
from renderer.drawing.sheet import Pixels, Sheet, Slot, place
from renderer.format.values import Color

# A blurred shadow has no detail: with a sigma above this it is blurred at a fraction of its size.
SHARPEST_SIGMA = 4.0
# Pixels of the frame: larger shadows would need bitmaps many times its size, and look no different.
LARGEST_BLUR = 300.0
FARTHEST = 1000.0
_MOST_PIXELS = 1_000_000  # of a soft shadow that is kept; a larger one is only a little coarser
FARTHEST_REACH = math.ceil(FARTHEST + 3 * LARGEST_BLUR / 2) + 1  # from farther away only the shadow of a shadow comes


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


class Shade(Struct, frozen=True):
    """The soft shadow of what an object paints, made once however it turns and grows: a small picture of its own.

    `key` says what is painted, `rect` where, in the object's own pixels, as is `sigma`.
    """

    key: object
    rect: Rect
    color: Color
    sigma: float

    @classmethod
    def of(cls, key: object, rect: Rect, shadow: Shadow, matrix: Affine) -> "Shade":
        # Rounded, so that a turn, whose determinant is 1 but for its last digits, is known as one.
        sigma = shadow.sigma / math.sqrt(abs(matrix.determinant))
        return cls(key, rect, shadow.color, float(f"{sigma:.4g}"))

    def lay(self, pixels: Pixels, paint: Callable[[Sheet, Affine], None], matrix: Affine, slot: Slot) -> None:
        """Fills the pixels with the shadow alone; `matrix` leads to them from the object, `paint` paints it."""
        around = self.rect.outset(3 * self.sigma)
        width, height = around.right - around.left, around.bottom - around.top
        scale = min(SHARPEST_SIGMA / self.sigma, math.sqrt(_MOST_PIXELS / (width * height)))
        small = Area(0, 0, math.ceil(width * scale), math.ceil(height * scale))
        to_small = Affine.scaling(scale, scale) @ Affine.translation(-around.left, -around.top)

        def fresh(made: Pixels) -> None:
            made.fill(0)
            paint(Sheet(made), to_small)
            alpha = cv2.GaussianBlur(cv2.extractChannel(made, 3), (0, 0), self.sigma * scale)
            np.copyto(made, _tinted(np.asarray(alpha, np.uint8), self.color))

        made = slot.pixels(self, small, fresh)
        # OpenCV's pixels have their centres at whole numbers, ours at halves.
        back = Affine.translation(-0.5, -0.5) @ to_small @ matrix.inverse() @ Affine.translation(0.5, 0.5)
        cv2.warpAffine(
            made,
            np.array(back, np.float64).reshape(2, 3),
            pixels.shape[1::-1],
            dst=pixels,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        )


def _within(offset: float, limit: float) -> float:
    return min(limit, max(-limit, offset))


def lay_under(pixels: Pixels, shadow: Shadow) -> None:
    """Draws the shadow of `pixels` (premultiplied BGRA, contiguous) under them, in place."""
    shade = thrown_by(pixels, shadow)
    Sheet(shade).blit(pixels, 0, 0)
    np.copyto(pixels, shade)


def thrown_by(pixels: Pixels, shadow: Shadow) -> Pixels:
    """The shadow alone."""
    alpha = _moved(np.asarray(cv2.extractChannel(pixels, 3), np.uint8), shadow.x, shadow.y)
    if shadow.sigma > 0.1:
        alpha = blurred(alpha, shadow.sigma)
    return _tinted(alpha, shadow.color)


def lay_behind(pixels: Pixels, shade: Pixels, whole: Pixels) -> None:
    """Draws the shade of `pixels` that fade under them, in place, so that it does not shine through what throws it.

    `whole` is the shade that they throw when nothing fades. Where an opacity o is the same all around, that is
    o * (pixels over whole), as CSS fades a group; of a shade that something solid throws there, only the share is
    hidden that the pixels cover.
    """
    alpha = cv2.extractChannel(pixels, 3)
    hidden = cv2.multiply(whole, cv2.merge([alpha] * 4), scale=1 / 255)
    cv2.add(pixels, cv2.subtract(shade, hidden), dst=pixels)


def _tinted(alpha: Pixels, color: Color) -> Pixels:
    """Premultiplied BGRA of the colour, as opaque as `alpha` says."""
    return np.take(_tints(color), alpha, mode="clip").view(np.uint8).reshape(*alpha.shape, 4)


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
