"""How the pictures of a clip look: cropped, before a blurred ground, faded, scaled, turned and in another light."""

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from app.clips import Clip, Fades, Focus, Segment, Shape
from tests.renderer.filming import heard, run_ffmpeg, seen
from tests.workers.media.sources import AAC, H264
from workers.media.cut import cut
from workers.media.orders import Cut, CutMade

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of red, green and blue, a third of the width each."""
    path = tmp_path_factory.mktemp("film") / "stripes.mp4"
    stripes = ["red", "0x00ff00", "blue"]
    inputs = [word for colour in stripes for word in ("-f", "lavfi", "-i", f"color={colour}:s=128x216:r=25:d=2")]
    tone = ["-f", "lavfi", "-i", "sine=f=1000:r=48000:d=2"]
    side_by_side = ["-filter_complex", "[0][1][2]hstack=3[v]", "-map", "[v]", "-map", "3:a"]
    run_ffmpeg(*inputs, *tone, *side_by_side, *H264, *AAC, path)
    return path


def cut_out(path: Path, **options: Any) -> tuple[CutMade, NDArray[np.uint8]]:
    out = path.with_name("clip.mp4")
    clip = Clip(segments=(Segment(start=0.2, end=1.8),), **options)
    made = cut(Cut(source=path, out=out, clip=clip), lambda share: None, lambda: False)
    return made, seen(out)


def is_like(picture: NDArray[np.uint8], across: float, down: float, colour: tuple[int, int, int]) -> bool:
    height, width, _ = picture.shape
    pixel = picture[min(int(down * height), height - 1), min(int(across * width), width - 1)]
    return bool(np.abs(pixel.astype(int) - colour).max() <= 12)


def test_another_aspect_ratio_shows_the_middle_or_what_the_focus_is_on(film: Path) -> None:
    for ratio, size in {"1:1": (216, 216), "9:16": (122, 216), "4:5": (172, 216), "16:9": (384, 216)}.items():
        made, pictures = cut_out(film, shape=Shape(aspect_ratio=ratio))
        assert (made.width, made.height, made.aspect_ratio) == (*size, ratio)
        assert is_like(pictures[0], 0.5, 0.5, GREEN)
        assert made.method == ("smart" if ratio == "16:9" else "encode")
    for x, colours in {0.0: (RED, RED), 1.0: (BLUE, BLUE), 0.3: (RED, GREEN)}.items():
        _, pictures = cut_out(film, shape=Shape(aspect_ratio="9:16", focus=Focus(x=x, y=0.5)))
        assert is_like(pictures[0], 0.05, 0.5, colours[0])
        assert is_like(pictures[0], 0.95, 0.5, colours[1])


def test_a_blurred_ground_leaves_the_whole_picture_in_the_middle(film: Path) -> None:
    made, pictures = cut_out(film, shape=Shape(aspect_ratio="9:16", fit="blur"))
    assert (made.width, made.height) == (216, 384)
    for across, colour in ((0.1, RED), (0.5, GREEN), (0.9, BLUE)):
        assert is_like(pictures[0], across, 0.5, colour)
    assert is_like(pictures[0], 0.5, 0.05, GREEN)  # the middle of it, enlarged
    assert not is_like(pictures[0], 0.05, 0.05, RED)


def test_pictures_and_sound_fade_at_the_cuts(film: Path) -> None:
    made, pictures = cut_out(film, fades=Fades(video=0.4, audio=0.4))
    levels = pictures.reshape(len(pictures), -1).mean(axis=1)
    assert len(levels) == 40
    assert levels[0] < 5 < levels[5] < levels[20] - 5
    assert levels[-1] < 10 < levels[-5] < levels[20] - 5
    _check_faded_sound(film)
    made, _ = cut_out(film, fades=Fades(audio=0.4))
    assert made.method == "smart"
    _check_faded_sound(film)


def _check_faded_sound(film: Path) -> None:
    loud = np.abs(heard(film.with_name("clip.mp4"))[:, 0])
    peaks = [float(loud[round(second * 48_000) :][:960].max()) for second in (0, 0.2, 0.8, 1.38, 1.57)]
    assert peaks[0] < peaks[1] / 4 < peaks[2] / 4
    assert peaks[4] < peaks[3] / 4 < peaks[2] / 4
    assert peaks[1] == pytest.approx(peaks[2] / 2, rel=0.15)


def test_quality_makes_pictures_smaller_and_never_larger(tmp_path: Path) -> None:
    path = tmp_path / "large.mp4"
    run_ffmpeg("-f", "lavfi", "-i", "testsrc2=s=1282x1602:r=2:d=2", *H264, path)
    for quality, width, height in [(None, 1282, 1602), ("1080p", 1080, 1350), ("medium", 720, 900)]:
        made, _ = cut_out(path, quality=quality)
        assert (made.width, made.height, made.quality) == (width, height, f"{width}p")
        assert made.method == ("encode" if quality else "smart")
    assert cut_out(path, quality="4k")[0].method == "smart"


def test_turned_pictures_stay_upright_copied_or_encoded(film: Path, tmp_path: Path) -> None:
    path = tmp_path / "turned.mp4"
    run_ffmpeg("-display_rotation", 90, "-i", film, "-c", "copy", path)
    made, _ = cut_out(path)
    assert (made.method, made.width, made.height) == ("smart", 216, 384)
    made, pictures = cut_out(path, fades=Fades(video=0.01))
    assert (made.method, made.width, made.height) == ("encode", 216, 384)
    assert is_like(pictures[20], 0.5, 0.05, BLUE)
    assert is_like(pictures[20], 0.5, 0.95, RED)


def test_high_dynamic_range_becomes_standard(tmp_path: Path) -> None:
    path = tmp_path / "hdr.mp4"
    light = "colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:log-level=error"
    tags = ["-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc"]
    grey = "format=yuv420p10le,geq=lum='64+876*0.58':cb=512:cr=512"  # 203 cd/m², the white of paper
    run_ffmpeg(
        *("-f", "lavfi", "-i", "color=gray:s=128x72:r=10:d=2", "-vf", grey, "-c:v", "libx265", "-preset", "ultrafast"),
        *("-x265-params", light, "-pix_fmt", "yuv420p10le", *tags, path),
    )
    made, pictures = cut_out(path)
    assert "8-bit" in made.reason or "H.264" in made.reason
    assert 185 <= pictures.mean() <= 255
    with av.open(str(path.with_name("clip.mp4"))) as container:
        context = container.streams.video[0].codec_context
        assert (context.pix_fmt, int(context.color_trc), int(context.colorspace)) == ("yuv420p", 1, 1)
