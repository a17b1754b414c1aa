import io
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from renderer.drawing.images import load_picture
from renderer.errors import MediaError
from renderer.media.photographs import picture_size
from tests.renderer.stills import BLUE, RED, halves, write_picture

SIZE = (80, 40)


def saved(path: Path, image: Image.Image, **options: object) -> Path:
    image.save(path, **options)
    return path


def photo() -> Image.Image:
    return Image.fromarray(halves(*SIZE))


def rgba(path: Path, x: int, y: int) -> tuple[int, ...]:
    b, g, r, a = (int(channel) for channel in load_picture(path).pixels[y, x])
    return r, g, b, a


def near(found: tuple[int, ...], wanted: tuple[int, ...], tolerance: int = 6) -> bool:
    return all(abs(a - b) <= tolerance for a, b in zip(found, wanted, strict=True))


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "gif", "bmp", "avif"])
def test_every_accepted_format_gives_its_colours(tmp_path: Path, suffix: str) -> None:
    path = saved(tmp_path / f"picture.{suffix}", photo())
    assert picture_size(path) == SIZE
    picture = load_picture(path)
    assert (picture.width, picture.height, picture.opaque) == (*SIZE, True)
    assert near(rgba(path, 5, 20), (*RED, 255))
    assert near(rgba(path, 75, 20), (*BLUE, 255))


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_is_turned_upright(tmp_path: Path, orientation: int, suffix: str) -> None:
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = photo().transpose(undo[orientation]) if orientation in undo else photo()
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = saved(tmp_path / f"photo.{suffix}", stored, exif=exif, quality=95)
    assert picture_size(path) == SIZE
    assert near(rgba(path, 5, 5), (*RED, 255))
    assert near(rgba(path, 75, 35), (*BLUE, 255))
    small = load_picture(path, (20, 10)).pixels
    assert small.shape == (10, 20, 4)
    assert near(tuple(small[2, 2].tolist()), (*RED[::-1], 255))


def test_transparent_pixels_are_premultiplied(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", Image.new("RGBA", (4, 4), (200, 100, 50, 128)))
    assert near(rgba(path, 1, 1), (100, 50, 25, 128), 1)
    assert not load_picture(path).opaque


def test_a_palette_with_a_transparent_entry_keeps_its_holes(tmp_path: Path) -> None:
    image = Image.new("P", (4, 4), 0)
    image.putpalette([0, 255, 0, *RED])
    image.putpixel((1, 1), 1)
    path = saved(tmp_path / "a.png", image, transparency=0)
    assert rgba(path, 0, 0) == (0, 0, 0, 0)
    assert rgba(path, 1, 1) == (*RED, 255)


@pytest.mark.parametrize("channels", [1, 3])
def test_sixteen_bits_become_the_same_tone_in_eight(tmp_path: Path, channels: int) -> None:
    path = tmp_path / "deep.png"
    cv2.imwrite(str(path), np.full((4, 4, channels), 0x8080, np.uint16))
    assert near(rgba(path, 1, 1), (128, 128, 128, 255), 1)


@pytest.mark.parametrize("mode", ["1", "L", "LA"])
def test_grey_pictures_are_grey(tmp_path: Path, mode: str) -> None:
    path = saved(tmp_path / "grey.png", Image.new(mode, (4, 4), 255 if mode != "LA" else (255, 255)))
    assert rgba(path, 1, 1) == (255, 255, 255, 255)


def test_a_cmyk_jpeg_of_magenta_and_yellow_is_red(tmp_path: Path) -> None:
    path = saved(tmp_path / "print.jpg", Image.new("CMYK", (16, 16), (0, 255, 255, 0)), quality=95)
    assert near(rgba(path, 8, 8), (*RED, 255), 12)


def test_an_embedded_profile_is_converted_to_srgb(tmp_path: Path) -> None:
    """In the profile's own space the primaries of red and blue have changed places."""
    path = saved(tmp_path / "wide.png", Image.new("RGB", (4, 4), RED), icc_profile=_profile_with_red_as_blue())
    assert near(rgba(path, 1, 1), (*BLUE, 255), 8)


def test_a_broken_profile_is_ignored(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", Image.new("RGB", (4, 4), RED), icc_profile=b"nonsense" * 40)
    assert rgba(path, 1, 1) == (*RED, 255)


def test_only_the_first_frame_of_an_animation_is_shown(tmp_path: Path) -> None:
    second = Image.new("RGB", SIZE, (0, 255, 0))
    path = saved(tmp_path / "a.gif", photo(), save_all=True, append_images=[second])
    assert near(rgba(path, 5, 5), (*RED, 255))


def test_a_picture_is_shrunk_to_what_is_needed_and_never_enlarged(tmp_path: Path) -> None:
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 255
    path = write_picture(tmp_path / "stripes.png", stripes)
    small = load_picture(path, (16, 16)).pixels
    assert small.shape == (16, 16, 4)
    assert np.abs(small[:, :, 0].astype(int) - 128).max() <= 1
    assert load_picture(path, (100, 100)).pixels.shape == (64, 64, 4)


def test_a_hundred_megapixels_are_refused_by_the_header_alone(tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    path.write_bytes(_png_header(10_000, 10_000))
    with pytest.raises(MediaError, match=r"100 megapixels.*at most 50 megapixels") as caught:
        load_picture(path)
    assert caught.value.code == "media_too_large"


def test_fifty_megapixels_exactly_pass_the_check(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    path.write_bytes(_png_header(10_000, 5_000))
    assert picture_size(path) == (10_000, 5_000)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"Dear Sir or Madam,\nplease find enclosed", "a text file"),
        (b"<!DOCTYPE html><html></html>", "a web page"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"fLaC" + bytes(20), "FLAC media"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "a HEIC picture"),
        (b"\0\0\0\x18ftypisom\0\0\0\0", "an MP4 or QuickTime video"),
        (b"", "an empty file"),
        (bytes(range(1, 32)) * 4, "an unknown kind of file"),
    ],
)
def test_what_is_no_picture_is_named_with_what_is_accepted(tmp_path: Path, content: bytes, kind: str) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    with pytest.raises(MediaError) as caught:
        load_picture(path)
    assert caught.value.code == "unsupported_media"
    assert f"looks like {kind}," in caught.value.message
    assert "JPEG, PNG, WebP, AVIF, BMP or GIF" in caught.value.message


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "gif", "bmp", "avif"])
def test_a_file_that_ends_early_is_unreadable_not_half_grey(tmp_path: Path, suffix: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    whole = saved(tmp_path / f"whole.{suffix}", Image.fromarray(noise)).read_bytes()
    path = tmp_path / f"cut.{suffix}"
    path.write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(MediaError) as caught:
        load_picture(path)
    assert caught.value.code == "media_unreadable"


def test_a_file_that_is_not_there_is_missing(tmp_path: Path) -> None:
    with pytest.raises(MediaError) as caught:
        picture_size(tmp_path / "nowhere.png")
    assert caught.value.code == "media_missing"
    assert str(tmp_path) not in caught.value.message


def _png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    ihdr = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", ihdr) + chunk(b"IDAT", zlib.compress(b"\0" * 100))


def _profile_with_red_as_blue() -> bytes:
    """Pillow's own sRGB profile under another name, the tags rXYZ and bXYZ exchanged."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack(">I", profile[128:132])[0]
    entries = {bytes(profile[at : at + 4]): at for at in range(132, 132 + 12 * count, 12)}
    red, blue = entries[b"rXYZ"], entries[b"bXYZ"]
    profile[red : red + 4], profile[blue : blue + 4] = b"bXYZ", b"rXYZ"
    renamed = bytes(profile).replace("sRGB".encode("utf-16-be"), "Xrgb".encode("utf-16-be"))
    ImageCms.getOpenProfile(io.BytesIO(renamed))
    return renamed
