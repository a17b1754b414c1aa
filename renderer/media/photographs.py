"""Pictures from files: checked by their header, decoded upright, in sRGB. The door of Pillow."""

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
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
DAMAGE = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error, zlib.error)
_OURS = {f"a {name} picture" for name in ("JPEG", "PNG", "WebP", "GIF", "BMP")} | {"an AVIF picture"}


def picture_size(path: Path) -> tuple[int, int]:
    """Width and height in pixels as the picture is shown; reads the header only. Raises MediaError."""
    with opened(path) as image:
        return shown_size(image)


@contextmanager
def opened(path: Path) -> Iterator[Image.Image]:
    try:
        image = Image.open(path, formats=ACCEPTED)
    except UnidentifiedImageError:
        kind = called(path)
        if kind in _OURS:
            raise broken() from None
        message = f"The file looks like {kind}, which is not an accepted picture. Use {ACCEPTED_WORDS}."
        raise MediaError("unsupported_media", message) from None
    except FileNotFoundError:
        raise MediaError("media_missing", "The picture is not there.") from None
    except DAMAGE as error:
        raise broken() from error
    with image:
        if image.width * image.height > MAX_PIXELS:
            raise MediaError("media_too_large", _too_large(image.width, image.height))
        yield image


def _too_large(width: int, height: int) -> str:
    return (
        f"The picture has {width} × {height} pixels ({width * height / 1e6:.0f} megapixels); "
        f"at most {MAX_PIXELS // 1_000_000} megapixels are accepted. Make it smaller."
    )


def broken() -> MediaError:
    return MediaError("media_unreadable", f"The picture is damaged or ends early. Save it again as {ACCEPTED_WORDS}.")


def shown_size(image: Image.Image) -> tuple[int, int]:
    return (image.height, image.width) if _turn(image) in _SIDEWAYS else (image.width, image.height)


def _turn(image: Image.Image) -> Image.Transpose | None:
    """What sets the picture upright, by the EXIF data before its pixels (`getexif` would decode a PNG)."""
    exif = Image.Exif()
    try:
        exif.load(image.info.get("exif", b""))
    except DAMAGE:
        return None
    return _TURNS.get(exif.get(ExifTags.Base.Orientation, 1))


def upright(image: Image.Image, target: tuple[int, int]) -> Image.Image:
    """Decoded and turned, and already about as small as `target` where that saves time and memory."""
    turn = _turn(image)
    stored = target[::-1] if turn in _SIDEWAYS else target
    if image.format == "JPEG":  # decodes at 1/2, 1/4 or 1/8, never below what is asked for
        image.draft(None, stored)
    shrink = min(image.width // stored[0], image.height // stored[1])
    if shrink > 1 and image.mode == "RGB":
        image = image.reduce(shrink)
    return image if turn is None else image.transpose(turn)


def in_srgb(image: Image.Image, mode: str) -> Image.Image:
    """Converts by the embedded ICC profile; a missing or broken profile, or one of sRGB, means sRGB."""
    if image.mode.startswith("I"):  # 16-bit grey, which Pillow's own conversion would clip to white
        image = Image.fromarray((np.asarray(image).astype(np.uint32) / 257 + 0.5).clip(0, 255).astype(np.uint8))
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
