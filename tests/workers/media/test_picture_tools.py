import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageDraw

from app.tools import CompressImage, Gif, ImageConverter, ResizeImage, Thumbnail
from renderer.errors import MediaError
from tests.renderer.filming import film, grey, number_of, numbered, run_ffmpeg
from tests.workers.media.material import counted, opened, quartered, quarters_of, use

FORMATS = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}


def photo(size: tuple[int, int] = (120, 80)) -> Image.Image:
    """Red on the left, blue on the right, with a gradient over it."""
    image = Image.new("RGB", size, "red")
    ImageDraw.Draw(image).rectangle((size[0] // 2, 0, size[0], size[1]), fill="blue")
    return Image.blend(image, Image.radial_gradient("L").resize(size).convert("RGB"), 0.2)


def animation(path: Path, frames: int = 4) -> Path:
    pictures = [Image.new("RGB", (40, 30), (60 * n, 0, 255 - 60 * n)) for n in range(frames)]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=[100, 200, 300, 400][:frames], loop=0)
    return path


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "bmp", "gif", "avif"])
def test_every_kind_of_picture_becomes_every_other(tmp_path: Path, suffix: str, format: str) -> None:  # noqa: A002
    photo().save(tmp_path / f"a.{suffix}")
    made = use(tmp_path / f"a.{suffix}", tmp_path / "out", ImageConverter(output_format=format))  # type: ignore[arg-type]
    image = opened(tmp_path / "out")
    assert (image.format, image.size) == (FORMATS[format], (120, 80))
    assert (made.format, made.kind, made.width, made.height) == (format, "image", 120, 80)
    assert np.abs(np.asarray(image.convert("RGB")).astype(int) - np.asarray(photo())).mean() < 6


def test_a_photograph_is_set_upright_and_says_no_more_of_its_owner(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Someone's camera"
    photo().save(tmp_path / "a.jpg", exif=exif, quality=95)
    for tool in (ImageConverter(output_format="jpg"), ResizeImage(width=80), CompressImage(quality=100)):
        use(tmp_path / "a.jpg", tmp_path / "out", tool)
        image = opened(tmp_path / "out")
        assert image.size == (80, 120)
        assert not image.getexif()
        assert b"camera" not in (tmp_path / "out").read_bytes()
        top, bottom = image.convert("RGB").getpixel((40, 10)), image.convert("RGB").getpixel((40, 110))
        assert top[0] > 150 > top[2]  # type: ignore[index]
        assert bottom[2] > 150 > bottom[0]  # type: ignore[index]


def test_colours_of_another_profile_are_brought_to_srgb(tmp_path: Path) -> None:
    """In Display P3 this red is 234, 51, 35."""
    profile = ImageCms.ImageCmsProfile(BytesIO(swapped_profile()))
    Image.new("RGB", (8, 8), "red").save(tmp_path / "a.png", icc_profile=profile.tobytes())
    use(tmp_path / "a.png", tmp_path / "out", ImageConverter(output_format="png"))
    image = opened(tmp_path / "out")
    assert "icc_profile" not in image.info
    assert np.abs(np.array(image.getpixel((4, 4))) - (0, 0, 255)).max() < 12


def swapped_profile() -> bytes:
    """sRGB with the primaries of red and blue in each other's place."""
    whole = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack(">I", whole[128:132])[0]
    tags = {bytes(whole[132 + 12 * n : 136 + 12 * n]): 132 + 12 * n for n in range(count)}
    red, blue = tags[b"rXYZ"], tags[b"bXYZ"]
    whole[red + 4 : red + 12], whole[blue + 4 : blue + 12] = whole[blue + 4 : blue + 12], whole[red + 4 : red + 12]
    return bytes(whole).replace(b"s\0R\0G\0B", b"x\0R\0G\0B").replace(b"sRGB", b"xRGB")


def test_alpha_is_kept_where_there_is_some_and_lies_on_white_in_jpeg(tmp_path: Path) -> None:
    image = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    ImageDraw.Draw(image).rectangle((0, 0, 19, 39), fill=(255, 0, 0, 128))
    image.save(tmp_path / "a.png")
    for format in ("png", "webp"):  # noqa: A001
        use(tmp_path / "a.png", tmp_path / "out", ImageConverter(output_format=format))  # type: ignore[arg-type]
        assert [opened(tmp_path / "out").convert("RGBA").getpixel((x, 20))[3] for x in (5, 35)] == [128, 0]  # type: ignore[index]
    use(tmp_path / "a.png", tmp_path / "out", ImageConverter(output_format="jpg"))
    clear, half = (opened(tmp_path / "out").getpixel((x, 20)) for x in (35, 5))
    assert clear == (255, 255, 255)
    assert np.abs(np.array(half) - (255, 127, 127)).max() < 6
    use(tmp_path / "a.png", tmp_path / "out", ResizeImage(width=10))
    pixel = opened(tmp_path / "out").convert("RGBA").getpixel((2, 5))
    assert np.array(pixel) == pytest.approx([255, 0, 0, 128], abs=1)  # not darkened by what is invisible beside it


def test_resizing_makes_the_size_that_was_asked_for_in_the_same_format(tmp_path: Path) -> None:
    for suffix in ("jpg", "png", "webp"):
        photo().save(tmp_path / f"a.{suffix}")
        for tool, size in [
            (ResizeImage(width=60, height=60), (60, 60)),
            (ResizeImage(width=240), (240, 160)),
            (ResizeImage(height=1), (2, 1)),
            (ResizeImage(width=1), (1, 1)),
        ]:
            assert use(tmp_path / f"a.{suffix}", tmp_path / "out", tool).format == suffix
            assert (opened(tmp_path / "out").size, opened(tmp_path / "out").format) == (size, FORMATS[suffix])


def test_compressing_makes_a_picture_smaller_or_leaves_it(tmp_path: Path) -> None:
    picture = Image.effect_mandelbrot((300, 200), (-2, -1.5, 1, 1.5), 60).convert("RGB")
    picture.putdata([(r, (r * 7) % 256, (r * 3) % 256) for r, _, _ in picture.getdata()])
    for suffix in ("jpg", "png", "webp"):
        path = tmp_path / f"a.{suffix}"
        picture.save(path, **({} if suffix == "png" else {"quality": 95}))
        sizes = [use(path, tmp_path / f"{q}.{suffix}", CompressImage(quality=q)).bytes for q in (10, 75)]
        assert sizes[0] < sizes[1] < path.stat().st_size
        again = use(tmp_path / f"10.{suffix}", tmp_path / "out", CompressImage(quality=90))
        assert again.bytes <= sizes[0]
    picture.save(tmp_path / "a.bmp")
    assert use(tmp_path / "a.bmp", tmp_path / "out", CompressImage()).format == "webp"


@pytest.mark.parametrize("suffix", ["gif", "webp", "png"])
def test_an_animation_goes_on_in_webp_and_is_cut_to_a_frame_or_refused_elsewhere_with_a_word(
    tmp_path: Path, suffix: str
) -> None:
    source = animation(tmp_path / f"a.{suffix}")
    made = use(source, tmp_path / "out", ImageConverter(output_format="webp"))
    image = opened(tmp_path / "out")
    assert (made.warnings, getattr(image, "n_frames", 1)) == ((), 4)
    still = use(source, tmp_path / "out", ImageConverter(output_format="png"))
    assert "first frame" in still.warnings[0]
    assert getattr(opened(tmp_path / "out"), "n_frames", 1) == 1
    if suffix == "webp":
        use(source, tmp_path / "out", ResizeImage(width=20))
        assert (opened(tmp_path / "out").size, opened(tmp_path / "out").n_frames) == ((20, 15), 4)  # type: ignore[attr-defined]
    else:
        with pytest.raises(MediaError, match="animated"):
            use(source, tmp_path / "out", CompressImage())


def test_bombs_are_refused_by_their_header_and_broken_pictures_when_they_break(tmp_path: Path) -> None:
    header = b"IHDR" + struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    (tmp_path / "bomb.png").write_bytes(bomb + struct.pack(">I4s", 10, b"IDAT") + zlib.compress(bytes(10)))
    photo().save(tmp_path / "whole.jpg")
    (tmp_path / "half.jpg").write_bytes((tmp_path / "whole.jpg").read_bytes()[:900])
    (tmp_path / "a.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    (tmp_path / "a.eps").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    photo().save(tmp_path / "a.tiff")
    for tool in (ImageConverter(output_format="png"), ResizeImage(width=9), CompressImage()):
        for name, sentence in [
            ("bomb.png", "3600 megapixels"),
            ("half.jpg", "damaged or ends early"),
            ("a.svg", "an SVG drawing, which is not an accepted picture"),
            ("a.eps", "not an accepted picture"),
            ("a.tiff", "a TIFF picture, which is not"),
        ]:
            with pytest.raises(MediaError, match=sentence):
                use(tmp_path / name, tmp_path / "out", tool)
            assert not (tmp_path / "out").exists()


def test_a_thumbnail_is_the_frame_that_is_shown_at_its_time(tmp_path: Path) -> None:
    source = counted(tmp_path / "a.mp4")
    for time, number in [(None, 10), (0, 0), (1.5, 15), (1.59, 15), (3.95, 39), (4.0, 39)]:
        for format in FORMATS:  # noqa: A001
            tool = Thumbnail(timestamp=time, format=format)  # type: ignore[arg-type]
            made = use(source, tmp_path / "out", tool)
            image = opened(tmp_path / "out")
            assert (made.kind, image.format, image.size) == ("image", FORMATS[format], (160, 90))
            assert number_of(np.asarray(image.convert("RGB"))) == number, (time, format)
    with pytest.raises(MediaError, match=r"timestamp is 9, and the video is 4.00 seconds long"):
        use(source, tmp_path / "out", Thumbnail(timestamp=9))
    rare = film(tmp_path / "rare.mp4", numbered(2), fps=1000, times=[0, 2500])
    use(rare, tmp_path / "out", Thumbnail(timestamp=2.501))
    assert number_of(np.asarray(opened(tmp_path / "out"))) == 1


def test_a_thumbnail_is_cropped_as_it_is_seen_and_then_scaled(tmp_path: Path) -> None:
    turned = quartered(tmp_path / "a.mp4", turn=90)
    use(turned, tmp_path / "out", Thumbnail(width=90))
    assert opened(tmp_path / "out").size == (90, 160)
    assert quarters_of(np.asarray(opened(tmp_path / "out"))) == (1, 3, 0, 2)
    for crop, size, levels in [
        ({"crop_x": 45, "crop_w": 45}, (45, 160), (3, 3, 2, 2)),
        ({"crop_x": 45, "crop_y": 80, "width": 50, "height": 60}, (50, 60), (2, 2, 2, 2)),
        ({"crop_w": 45, "crop_h": 80, "height": 160}, (90, 160), (1, 1, 1, 1)),
    ]:
        use(turned, tmp_path / "out", Thumbnail(**crop))  # type: ignore[arg-type]
        assert opened(tmp_path / "out").size == size
        assert quarters_of(np.asarray(opened(tmp_path / "out"))) == levels
    for beyond in ({"crop_x": 80, "crop_w": 20}, {"crop_y": 160}, {"crop_h": 161}):
        with pytest.raises(MediaError, match=r"the video is 90 x 160\. Give a rectangle inside it"):
            use(turned, tmp_path / "out", Thumbnail(**beyond))  # type: ignore[arg-type]


def test_a_thumbnail_has_the_colours_of_the_video(tmp_path: Path) -> None:
    """BT.709 green, which JPEG keeps by BT.601."""
    planes = grey(182, (160, 96))
    planes[96:] = np.repeat([30, 12], 24)[:, None]
    source = film(tmp_path / "a.mp4", [planes] * 3, tags={"colorspace": 1, "color_primaries": 1, "color_trc": 1})
    for format in FORMATS:  # noqa: A001
        use(source, tmp_path / "out", Thumbnail(format=format))  # type: ignore[arg-type]
        pixel = opened(tmp_path / "out").convert("RGB").getpixel((80, 48))
        assert np.abs(np.array(pixel) - (0, 254, 0)).max() <= 12, (format, pixel)


def test_a_gif_has_its_length_rate_and_width_and_many_colours(tmp_path: Path) -> None:
    source = tmp_path / "a.mp4"
    run_ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=30:d=4", "-c:v", "libx264", "-qp", "5", source)
    made = use(source, tmp_path / "out", Gif(start_time=1, duration=1.2, width=200, fps=20))
    image = opened(tmp_path / "out")
    assert (made.kind, image.format, image.size, image.n_frames) == ("gif", "GIF", (200, 112), 24)  # type: ignore[attr-defined]
    assert image.info["loop"] == 0
    assert made.duration == pytest.approx(1.2, abs=0.06)
    run_ffmpeg("-ss", "1", "-i", source, "-frames:v", "1", "-vf", "scale=200:112", tmp_path / "wanted.png")
    wanted = np.asarray(opened(tmp_path / "wanted.png").convert("RGB")).astype(int)
    assert np.abs(np.asarray(image.convert("RGB")).astype(int) - wanted).mean() < 9
    assert use(source, tmp_path / "out", Gif(start_time=3.5, duration=15)).width == 320
    with pytest.raises(MediaError, match=r"startTime is 4, and the file is 4\.00"):
        use(source, tmp_path / "out", Gif(start_time=4, duration=1))
