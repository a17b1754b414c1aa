"""Pictures from files: checked by their header, decoded upright, in sRGB, premultiplied. Door of Pillow."""

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms, UnidentifiedImageError

from renderer.errors import MediaError
from renderer.media.sniff import called

MAX_PIXELS = 50_000_000
ACCEPTED = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF")
ACCEPTED_WORDS = "JPEG, PNG, WebP, AVIF, BMP or GIF (its first frame)"

Image.MAX_IMAGE_PIXELS = None  # the check of MAX_PIXELS below takes its place, with a sentence of its own

# By the EXIF orientation (Exif 2.32, 4.6.4 A).
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = {_TURNS[orientation] for orientation in (5, 6, 7, 8)}
# What Pillow's decoders raise on damaged files.
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error, zlib.error)
_OURS = {f"a {name} picture" for name in ("JPEG", "PNG", "WebP", "GIF", "BMP")} | {"an AVIF picture"}


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


def picture_size(path: Path) -> tuple[int, int]:
    """Width and height in pixels as the picture is shown; reads the header only. Raises MediaError."""
    with _opened(path) as image:
        return _shown_size(image)


def load_picture(path: Path, size: tuple[int, int] | None = None) -> Picture:
    """Decodes a picture, shrunk to `size` (width, height) when that is smaller. Raises MediaError."""
    with _opened(path) as image:
        whole = _shown_size(image)
        target = size if size and size[0] <= whole[0] and size[1] <= whole[1] else whole
        try:
            pixels = _premultiplied(_upright(image, target))
        except _DAMAGE as error:
            raise _broken() from error
    if pixels.shape[1::-1] != target:
        pixels = np.asarray(cv2.resize(pixels, target, interpolation=cv2.INTER_AREA), np.uint8)
    return Picture(pixels, bool(pixels[:, :, 3].min() == 255))


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    try:
        image = Image.open(path, formats=ACCEPTED)
    except UnidentifiedImageError:
        kind = called(path)
        if kind in _OURS:
            raise _broken() from None
        message = f"The file looks like {kind}, which is not an accepted picture. Use {ACCEPTED_WORDS}."
        raise MediaError("unsupported_media", message) from None
    except FileNotFoundError:
        raise MediaError("media_missing", "The picture is not there.") from None
    except _DAMAGE as error:
        raise _broken() from error
    with image:
        if image.width * image.height > MAX_PIXELS:
            raise MediaError("media_too_large", _too_large(image.width, image.height))
        yield image


def _too_large(width: int, height: int) -> str:
    return (
        f"The picture has {width} × {height} pixels ({width * height / 1e6:.0f} megapixels); "
        f"at most {MAX_PIXELS // 1_000_000} megapixels are accepted. Make it smaller."
    )


def _broken() -> MediaError:
    return MediaError("media_unreadable", f"The picture is damaged or ends early. Save it again as {ACCEPTED_WORDS}.")


def _shown_size(image: Image.Image) -> tuple[int, int]:
    return (image.height, image.width) if _turn(image) in _SIDEWAYS else (image.width, image.height)


def _turn(image: Image.Image) -> Image.Transpose | None:
    """What sets the picture upright, by the EXIF data before its pixels (`getexif` would decode a PNG)."""
    exif = Image.Exif()
    try:
        exif.load(image.info.get("exif", b""))
    except _DAMAGE:
        return None
    return _TURNS.get(exif.get(ExifTags.Base.Orientation, 1))


def _upright(image: Image.Image, target: tuple[int, int]) -> Image.Image:
    """Decoded and turned, and already about as small as `target` where that saves time and memory."""
    turn = _turn(image)
    stored = target[::-1] if turn in _SIDEWAYS else target
    if image.format == "JPEG":  # decodes at 1/2, 1/4 or 1/8, never below what is asked for
        image.draft(None, stored)
    shrink = min(image.width // stored[0], image.height // stored[1])
    if shrink > 1 and image.mode == "RGB":
        image = image.reduce(shrink)
    return image if turn is None else image.transpose(turn)


def _premultiplied(image: Image.Image) -> NDArray[np.uint8]:
    """Any Pillow mode to premultiplied BGRA in sRGB."""
    if image.mode.startswith("I"):  # 16-bit grey, which Pillow's own conversion would clip to white
        image = Image.fromarray((np.asarray(image).astype(np.uint32) / 257 + 0.5).clip(0, 255).astype(np.uint8))
    if not image.has_transparency_data:
        rgb = np.asarray(_in_srgb(image, "RGB"))
        return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2BGRA), np.uint8)
    rgba = np.asarray(_in_srgb(image, "RGBA"))
    premultiplied = cv2.cvtColor(rgba, cv2.COLOR_RGBA2mRGBA)
    return np.asarray(cv2.cvtColor(premultiplied, cv2.COLOR_RGBA2BGRA), np.uint8)


def _in_srgb(image: Image.Image, mode: str) -> Image.Image:
    """Converts by the embedded ICC profile; a missing or broken profile, or one of sRGB, means sRGB."""
    profile = image.info.get("icc_profile")
    if profile and image.mode in ("RGB", "RGBA", "CMYK"):
        try:
            source = ImageCms.getOpenProfile(io.BytesIO(profile))
            if "sRGB" not in ImageCms.getProfileDescription(source):
                target = ImageCms.createProfile("sRGB")
                converted = ImageCms.profileToProfile(image, source, target, outputMode=mode)
                return converted if converted is not None else image.convert(mode)
        except (ImageCms.PyCMSError, OSError):
            return image.convert(mode)
    return image.convert(mode)
