"""Pictures. Tools take them; as an upload they are refused, but for the GIF, which is a film without sound."""

import struct
import zlib
from pathlib import Path
from typing import Any

from PIL import Image, ImageCms

from tests.awkward.case import UNREADABLE, UNSUPPORTED, Case, Maker, cut, nothing, of, over, picture, video

_ORIENTATION = 0x0112
_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def saved(mode: str, size: tuple[int, int] = (64, 48), **options: Any) -> Maker:
    """A gradient of that mode, in the format that the case's name says."""

    def make(path: Path) -> None:
        _gradient(size).convert(mode).save(path, **options)

    return make


def moving(mode: str, size: tuple[int, int] = (64, 48)) -> Maker:
    """Ten pictures, each shown for a tenth of a second."""

    def make(path: Path) -> None:
        first, *rest = [_gradient(size).rotate(36 * turn).convert(mode) for turn in range(10)]
        first.save(path, save_all=True, append_images=rest, duration=100, loop=0)

    return make


def _gradient(size: tuple[int, int]) -> Image.Image:
    return Image.merge("RGB", [Image.linear_gradient("L").rotate(turn).resize(size) for turn in (0, 90, 180)])


def _deep(path: Path) -> None:
    Image.new("I;16", (64, 48), 40_000).save(path)


def _turned(value: int) -> Maker:
    exif = Image.Exif()
    exif[_ORIENTATION] = value
    return saved("RGB", exif=exif)


def _png(width: int, height: int) -> bytes:
    """A one-bit PNG of black: a gigabyte of pixels in a few kilobytes."""
    packer, row = zlib.compressobj(9), bytes(1 + (width + 7) // 8)
    packed = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


MADE: list[Case] = [
    picture("one.png", saved("RGB")),
    picture("alpha.png", saved("RGBA")),
    picture("palette.png", saved("P", transparency=0)),
    picture("deep.png", _deep),
    picture("grey.png", saved("L")),
    picture("one-bit.png", saved("1")),
    picture("grey-alpha.png", saved("LA")),
    picture("dot.png", saved("RGB", (1, 1))),
    picture("line.png", saved("RGB", (3000, 1))),
    picture("photo.jpg", saved("RGB", quality=90)),
    *(picture(f"exif-{value}.jpg", _turned(value)) for value in (2, 3, 6, 8)),
    picture("exif-wild.jpg", _turned(4711)),
    picture("cmyk.jpg", saved("CMYK")),
    picture("grey.jpg", saved("L")),
    picture("progressive.jpg", saved("RGB", progressive=True)),
    picture("profile.jpg", saved("RGB", icc_profile=_SRGB)),
    picture("broken-profile.jpg", saved("RGB", icc_profile=b"no profile at all")),
    picture("lossless.webp", saved("RGBA", lossless=True)),
    picture("photo.webp", saved("RGB")),
    picture("moving.webp", moving("RGB")),
    picture("moving.png", moving("RGBA")),
    picture("photo.bmp", saved("RGB")),
    picture("photo.tiff", saved("RGB")),
    picture("photo.avif", saved("RGB")),
    video("moving.gif", moving("P"), content_type="image/gif", duration=1, has_audio=False, format_detected="gif"),
    picture("still.gif", saved("P"), UNREADABLE),
    picture("bomb.png", lambda path: path.write_bytes(_png(30_000, 30_000))),
]

DERIVED: list[Case] = [
    nothing("bomb.gif", of("still.gif", over(b"GIF8", 6, b"\xff\xff\xff\xff")), UNREADABLE),
    nothing("bomb.jpg", of("photo.jpg", lambda data: over(b"\xff\xc0", 5, b"\xff\xff\xff\xff")(data)), UNSUPPORTED),
    nothing("half.jpg", of("photo.jpg", cut(0.5)), UNSUPPORTED),
    nothing("half.png", of("one.png", cut(0.5)), UNSUPPORTED),
    nothing("head.png", of("one.png", cut(0.02)), UNSUPPORTED),
    picture("png-named.jpg", of("one.png")),
]
