"""Pictures as they are drawn: decoded, premultiplied, about as large as they are needed."""

from pathlib import Path

import cv2
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from PIL import Image

from renderer.media.photographs import DAMAGE, broken, in_srgb, opened, shown_size, upright


class Picture(Struct, frozen=True):
    """`pixels` is uint8 (height, width, 4): blue, green, red, alpha, premultiplied."""

    pixels: NDArray[np.uint8]
    opaque: bool

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])


def load_picture(path: Path, size: tuple[int, int] | None = None) -> Picture:
    """Decodes a picture, shrunk to `size` (width, height) when that is smaller. Raises MediaError."""
    with opened(path) as image:
        whole = shown_size(image)
        target = size if size and size[0] <= whole[0] and size[1] <= whole[1] else whole
        try:
            pixels = _premultiplied(upright(image, target))
        except DAMAGE as error:
            raise broken() from error
    if pixels.shape[1::-1] != target:
        pixels = np.asarray(cv2.resize(pixels, target, interpolation=cv2.INTER_AREA), np.uint8)
    return Picture(pixels, bool(pixels[:, :, 3].min() == 255))


def _premultiplied(image: Image.Image) -> NDArray[np.uint8]:
    """Any Pillow mode to premultiplied BGRA in sRGB."""
    if not image.has_transparency_data:
        rgb = np.asarray(in_srgb(image, "RGB"))
        return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2BGRA), np.uint8)
    rgba = np.asarray(in_srgb(image, "RGBA"))
    premultiplied = cv2.cvtColor(rgba, cv2.COLOR_RGBA2mRGBA)
    return np.asarray(cv2.cvtColor(premultiplied, cv2.COLOR_RGBA2BGRA), np.uint8)
