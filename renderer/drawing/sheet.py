"""Pixels that Skia draws on, and pixels that are kept from frame to frame."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import skia
from numpy.typing import NDArray

from renderer.drawing.geometry import Affine, Area, Rect
from renderer.format.objects import BlendMode

Pixels = NDArray[np.uint8]

# W3C Compositing and Blending Level 1, §10: Skia names the modes as CSS does.
_BLENDS = {
    "normal": skia.BlendMode.kSrcOver,
    "multiply": skia.BlendMode.kMultiply,
    "screen": skia.BlendMode.kScreen,
    "overlay": skia.BlendMode.kOverlay,
    "darken": skia.BlendMode.kDarken,
    "lighten": skia.BlendMode.kLighten,
    "color-dodge": skia.BlendMode.kColorDodge,
    "color-burn": skia.BlendMode.kColorBurn,
    "hard-light": skia.BlendMode.kHardLight,
    "soft-light": skia.BlendMode.kSoftLight,
    "difference": skia.BlendMode.kDifference,
    "exclusion": skia.BlendMode.kExclusion,
    "hue": skia.BlendMode.kHue,
    "saturation": skia.BlendMode.kSaturation,
    "color": skia.BlendMode.kColor,
    "luminosity": skia.BlendMode.kLuminosity,
    "plus-lighter": skia.BlendMode.kPlus,
}

_BGRA = skia.kBGRA_8888_ColorType  # any other order, or straight alpha, is 5 to 20 times slower


class Sheet:
    """A uint8 (h, w, 4) BGRA buffer, opaque or premultiplied, and a Skia canvas on it.

    Its top left pixel is (`left`, `top`) of the frame; everything is drawn in coordinates of the frame.
    """

    def __init__(self, pixels: Pixels, left: int = 0, top: int = 0, *, opaque: bool = False) -> None:
        height, width = pixels.shape[:2]
        self.pixels = pixels
        self.area = Area(left, top, left + width, top + height)
        self.clipped = False
        alpha = skia.kOpaque_AlphaType if opaque else skia.kPremul_AlphaType
        info = skia.ImageInfo.Make(width, height, _BGRA, alpha)
        self._surface = skia.Surface.MakeRasterDirect(info, pixels, pixels.strides[0])
        self.canvas: Any = self._surface.getCanvas()
        self.canvas.translate(-left, -top)

    def view(self, area: Area) -> Pixels:
        """The pixels of `area`, which lies within the sheet."""
        inside = area.moved(-self.area.left, -self.area.top)
        return self.pixels[inside.top : inside.bottom, inside.left : inside.right]

    @contextmanager
    def placed(self, matrix: Affine) -> Iterator[None]:
        self.canvas.save()
        self.canvas.concat(skia_matrix(matrix))
        yield
        self.canvas.restore()

    def path(self, path: Any, paint: Any, matrix: Affine) -> None:
        with self.placed(matrix):
            self.canvas.drawPath(path, paint)

    def blit(self, pixels: Pixels, left: int, top: int, opacity: float = 1.0, blend: BlendMode = "normal") -> None:
        """Lays premultiplied pixels over the sheet, one to one, or blends them with it."""
        paint = skia.Paint(Alphaf=opacity, BlendMode=_BLENDS[blend])
        self.canvas.drawImage(skia_image(pixels), left, top, skia.SamplingOptions(), paint)

    @contextmanager
    def erasing(self, bounds: Rect) -> Iterator[None]:
        """What is drawn, which lies within the bounds, takes away what was there."""
        self.canvas.saveLayer(skia.Rect.MakeLTRB(*bounds), skia.Paint(BlendMode=skia.BlendMode.kDstOut))
        yield
        self.canvas.restore()

    @contextmanager
    def clip(self, path: Any, matrix: Affine) -> Iterator[None]:
        outer = self.clipped
        self.clipped = True
        self.canvas.save()
        outline = skia.Path(path)
        outline.transform(skia_matrix(matrix))
        self.canvas.clipPath(outline, skia.ClipOp.kIntersect, True)
        yield
        self.canvas.restore()
        self.clipped = outer


def skia_matrix(matrix: Affine) -> Any:
    return skia.Matrix.MakeAll(*matrix, 0.0, 0.0, 1.0)


def skia_image(pixels: Pixels, *, opaque: bool = False) -> Any:
    """An image on these contiguous pixels, without a copy; use it before they change."""
    alpha = skia.kOpaque_AlphaType if opaque else skia.kPremul_AlphaType
    return skia.Image.fromarray(pixels, _BGRA, alpha, copy=False)


def place(pixels: Pixels, target: Pixels, left: int, top: int) -> None:
    """Copies what of `pixels` is seen when their top left lies at (left, top) of a target of the same size."""
    height, width = target.shape[:2]
    part = pixels[max(0, -top) : max(0, height - top), max(0, -left) : max(0, width - left)]
    target[max(0, top) : max(0, height + top), max(0, left) : max(0, width + left)] = part


class Allowance:
    """How many bytes of bitmaps slots may keep together. Who comes first keeps; the others paint every time.

    To drop those used least recently would drop each of them just before its turn, in every frame.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: WeakKeyDictionary[Slot, int] = WeakKeyDictionary()

    def grants(self, slot: "Slot", need: int) -> bool:
        self._kept.pop(slot, None)
        if sum(self._kept.values()) + need > self._limit:
            return False
        if need:
            self._kept[slot] = need
        return True


class Slot:
    """One bitmap kept from frame to frame under the key it was made for, in memory that is used again.

    Without an allowance, or beyond it, nothing is kept.
    """

    def __init__(self, allowance: Allowance | None = None) -> None:
        self._allowance = allowance
        self.key: object = None
        self._memory = np.empty(0, np.uint8)
        self._pixels: Pixels | None = None

    def pixels(self, key: object, area: Area, paint: Callable[[Pixels], None]) -> Pixels:
        """The bitmap for `key`, painted now (over whatever was there) unless it is the one kept.

        A key of None is never kept.
        """
        if self._pixels is not None and key is not None and key == self.key:
            return self._pixels
        self.key = key
        self._pixels = None
        memory = self._room(area.height * area.width * 4)
        pixels = memory.reshape(area.height, area.width, 4)
        paint(pixels)
        if self._memory.size:
            self._pixels = pixels
        return pixels

    def expect(self, key: object) -> bool:
        """Whether `key` is asked for a second time in a row, so that keeping its bitmap pays."""
        again = key == self.key
        if not again:
            self.key, self._pixels = key, None
        return again

    def forget(self) -> None:
        if self._memory.size:
            self._let_go()
            if self._allowance:
                self._allowance.grants(self, 0)

    def _room(self, need: int) -> Pixels:
        if self._memory.size < need:
            self._let_go()
            if self._allowance is None or not self._allowance.grants(self, need):
                return np.empty(need, np.uint8)
            self._memory = np.empty(need, np.uint8)
        return self._memory[:need]

    def _let_go(self) -> None:
        self._pixels, self._memory = None, np.empty(0, np.uint8)
