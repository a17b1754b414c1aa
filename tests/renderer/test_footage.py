from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from renderer.errors import MediaError
from renderer.matrix import BT601, BT709, Matrix
from renderer.media.footage import Footage
from renderer.media.probe import probe
from tests.renderer.filming import SIZE, film, grey, number_of, numbered, run_ffmpeg, seen, tone

Picture = NDArray[np.uint8]


@pytest.fixture(scope="module")
def thirty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One second, thirty numbered frames."""
    return film(tmp_path_factory.mktemp("film") / "thirty.mp4", numbered(30))


def numbers(path: Path, times: list[float], **trim: float | bool) -> list[int]:
    with Footage(path, probe(path), **trim) as footage:  # type: ignore[arg-type]
        return [number_of(footage.shot_at(time).picture) for time in times]


def test_a_frame_is_shown_from_its_own_time_until_the_next(thirty: Path) -> None:
    every = [n / 30 for n in range(30)]
    assert numbers(thirty, every) == list(range(30))
    assert numbers(thirty, [time + 0.0325 for time in every]) == list(range(30))


def test_frames_meet_exactly_at_an_uneven_rate(tmp_path: Path) -> None:
    fps = Fraction(30000, 1001)
    path = film(tmp_path / "ntsc.mp4", numbered(40), fps=fps)
    assert numbers(path, [float(n / fps) for n in range(40)]) == list(range(40))


def test_a_slow_video_repeats_its_frames_and_a_quick_one_leaves_some_out(thirty: Path) -> None:
    assert numbers(thirty, [n / 60 for n in range(12)]) == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert numbers(thirty, [n / 10 for n in range(10)]) == list(range(0, 30, 3))


def test_frames_of_unequal_length_are_shown_at_their_own_times(tmp_path: Path) -> None:
    path = film(tmp_path / "vfr.mp4", numbered(4), fps=10, times=[0, 1, 5, 6])
    assert numbers(path, [0.05, 0.1, 0.4, 0.499, 0.5, 0.6]) == [0, 1, 1, 1, 2, 3]


def test_times_that_matroska_rounds_to_milliseconds_still_meet(tmp_path: Path) -> None:
    path = film(tmp_path / "ms.mkv", numbered(30))
    assert numbers(path, [n / 30 for n in range(30)]) == list(range(30))


def test_the_last_frame_is_held(thirty: Path) -> None:
    assert numbers(thirty, [0.9, 1.0, 7.0, 900.0]) == [27, 29, 29, 29]


def test_a_trimmed_video_starts_and_ends_on_the_frames_asked_for(thirty: Path) -> None:
    times = [0.0, 0.1, 0.2, 0.3, 5.0]
    assert numbers(thirty, times, trim_start=0.5, trim_end=0.7) == [15, 18, 20, 20, 20]


def test_a_loop_begins_again_at_its_trim_start_without_a_stray_frame(thirty: Path) -> None:
    times = [n / 30 for n in range(20)]
    shown = numbers(thirty, times, trim_start=0.5, trim_end=0.7, loop=True)
    assert shown == [15 + n % 6 for n in range(20)]


def test_an_untrimmed_loop_shows_every_frame_once_a_round(thirty: Path) -> None:
    assert numbers(thirty, [n / 30 for n in range(70)], loop=True) == [n % 30 for n in range(70)]


def test_any_order_of_times_gives_the_same_frames(tmp_path: Path) -> None:
    path = film(tmp_path / "long.mp4", numbered(40), fps=3, options={"qp": "0", "g": "12", "bf": "2"})
    order = [int(n) for n in np.random.default_rng(5).permutation(40)]
    assert numbers(path, [n / 3 for n in order]) == order


def test_a_file_whose_clock_does_not_start_at_zero_starts_at_its_first_frame(tmp_path: Path) -> None:
    path = tmp_path / "late.ts"
    film(tmp_path / "a.mp4", numbered(10), options={"qp": "0", "bf": "0"})
    run_ffmpeg("-i", tmp_path / "a.mp4", "-c", "copy", "-output_ts_offset", "20", path)
    assert numbers(path, [n / 30 for n in range(10)]) == list(range(10))


def test_a_broadcast_whose_clock_starts_anew_in_it_is_seen_from_its_start(thirty: Path, tmp_path: Path) -> None:
    path, almost_round = tmp_path / "over.ts", 2**33 / 90_000 - 0.8
    run_ffmpeg("-i", thirty, "-c", "copy", "-muxdelay", "0", "-output_ts_offset", almost_round, path)
    assert probe(path).duration == pytest.approx(1, abs=0.05)
    assert numbers(path, [0, 0.5, 0.9]) == [0, 15, 27]


def test_the_same_picture_is_the_same_array_and_another_one_is_not(thirty: Path) -> None:
    with Footage(thirty, probe(thirty)) as footage:
        first = footage.shot_at(0.5).picture
        assert footage.shot_at(0.51).picture is first
        kept = first.copy()
        assert footage.shot_at(0.6).picture is not first
        assert np.array_equal(first, kept)


def test_pictures_come_in_the_size_asked_for(thirty: Path) -> None:
    with Footage(thirty, probe(thirty), size=(81, 45)) as footage:
        assert footage.shot_at(0).picture.shape == (45, 81, 4)
        assert number_of(footage.shot_at(0.4).picture) == 12


@pytest.mark.parametrize("quarter_turns", [1, 2, 3])
def test_a_turned_recording_stands_upright(tmp_path: Path, quarter_turns: int) -> None:
    straight = film(tmp_path / "straight.mp4", [halves()])
    turned = tmp_path / "turned.mp4"
    run_ffmpeg("-display_rotation", 90 * quarter_turns, "-i", straight, "-c", "copy", turned)
    info = probe(turned)
    with Footage(straight, probe(straight)) as original, Footage(turned, info) as footage:
        wanted = np.rot90(original.shot_at(0).picture, quarter_turns)
        assert (info.height, info.width) == wanted.shape[:2]
        assert np.array_equal(footage.shot_at(0).picture, wanted)


def test_a_mirrored_recording_is_mirrored_back(tmp_path: Path) -> None:
    straight = film(tmp_path / "straight.mp4", [halves()])
    mirrored = tmp_path / "mirrored.mp4"
    run_ffmpeg("-display_hflip", "-i", straight, "-c", "copy", mirrored)
    with Footage(straight, probe(straight)) as original, Footage(mirrored, probe(mirrored)) as footage:
        assert np.array_equal(footage.shot_at(0).picture, original.shot_at(0).picture[:, ::-1])


def test_oblong_samples_are_made_square(tmp_path: Path) -> None:
    film(tmp_path / "a.mp4", numbered(1, (144, 90)))
    run_ffmpeg("-i", tmp_path / "a.mp4", "-vf", "setsar=3/2", tmp_path / "b.mp4")
    assert (probe(tmp_path / "b.mp4").width, probe(tmp_path / "b.mp4").height) == (216, 90)


PATCHES = [(200, 30, 40), (30, 180, 60), (40, 60, 210), (250, 250, 250), (10, 10, 10), (230, 200, 30)]
MATRICES = {5: BT601, 1: BT709}


@pytest.mark.parametrize("space", MATRICES, ids=["601", "709"])
@pytest.mark.parametrize("full_range", [False, True], ids=["limited", "full"])
def test_colours_follow_the_tags_of_the_source(tmp_path: Path, space: int, full_range: bool) -> None:
    tags = {"colorspace": space, "color_range": 2 if full_range else 1}
    path = film(tmp_path / "tagged.mp4", [patches(MATRICES[space], full_range)], tags=tags)
    assert_patches(shown(path))
    assert_patches(seen(path)[0])


@pytest.mark.parametrize(("size", "matrix"), [((160, 90), BT601), ((1280, 720), BT709)], ids=["SD", "HD"])
def test_untagged_colours_follow_the_size(tmp_path: Path, size: tuple[int, int], matrix: Matrix) -> None:
    path = film(tmp_path / "untagged.mp4", [patches(matrix, False, size)])
    assert_patches(shown(path))


def test_scaling_keeps_the_colours(tmp_path: Path) -> None:
    path = film(tmp_path / "tagged.mp4", [patches(BT709, False)], tags={"colorspace": 1, "color_range": 1})
    with Footage(path, probe(path), size=(78, 44)) as footage:
        assert_patches(footage.shot_at(0).picture[..., 2::-1])


def test_ten_bit_and_full_chroma_are_understood(tmp_path: Path) -> None:
    film(tmp_path / "a.mp4", [patches(BT709, False)], tags={"colorspace": 1, "color_range": 1})
    for pixel_format in ("yuv420p10le", "yuv444p", "yuv422p"):
        path = tmp_path / f"{pixel_format}.mp4"
        run_ffmpeg("-i", tmp_path / "a.mp4", "-pix_fmt", pixel_format, "-c:v", "libx264", "-qp", "0", path)
        assert_patches(shown(path))


def test_high_dynamic_range_is_brought_down_to_ours(tmp_path: Path) -> None:
    # In PQ (ST 2084) 203 cd/m², the white of a page, has the signal 0.58: luma 64 + 876 * 0.58 of 10 bits.
    white = "color=c=black:s=160x90:r=5:d=0.4,format=yuv420p10le,geq=lum=572:cb=512:cr=512"
    tags = ["-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc"]
    path = tmp_path / "hdr.mp4"
    pure = "setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc:range=tv"
    run_ffmpeg("-f", "lavfi", "-i", f"{white},{pure}", "-c:v", "libx265", "-x265-params", "log-level=0", *tags, path)
    assert 225 <= shown(path).min() <= 235  # bright, with room for highlights above


def test_transparency_of_webm_arrives_premultiplied(tmp_path: Path) -> None:
    path = tmp_path / "alpha.webm"
    run_ffmpeg(
        *("-f", "lavfi", "-i", "color=c=white@0.5:s=160x90:r=5:d=0.4,format=yuva420p", "-c:v", "libvpx-vp9", path)
    )
    info = probe(path)
    with Footage(path, info) as footage:
        assert info.has_alpha
        assert np.abs(footage.shot_at(0).picture.astype(int) - 127).max() <= 3


def test_an_animated_gif_plays(tmp_path: Path) -> None:
    film(tmp_path / "a.mp4", numbered(5), fps=5)
    run_ffmpeg("-i", tmp_path / "a.mp4", tmp_path / "a.gif")
    assert numbers(tmp_path / "a.gif", [0.1, 0.3, 0.9, 0.1]) == [0, 1, 4, 0]


def test_a_damaged_stretch_is_passed_over(tmp_path: Path) -> None:
    path = film(tmp_path / "whole.mp4", noise(30), options={"crf": "20", "g": "5"})
    data = bytearray(path.read_bytes())
    middle = data.index(b"mdat") + 4 + len(data) // 3
    data[middle : middle + 3000] = bytes(3000)
    path.write_bytes(data)
    with Footage(path, probe(path)) as footage:
        pictures = [footage.shot_at(n / 30).picture for n in range(30)]
    assert np.ptp([picture.mean() for picture in pictures]) > 50  # the black first and the white last frame


def test_a_file_that_ends_early_holds_the_last_frame_that_it_has(tmp_path: Path) -> None:
    film(tmp_path / "whole.mp4", noise(30), options={"crf": "20"})
    run_ffmpeg("-i", tmp_path / "whole.mp4", "-c", "copy", "-movflags", "+faststart", tmp_path / "fast.mp4")
    data = (tmp_path / "fast.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(data[: len(data) * 2 // 3])
    with Footage(tmp_path / "cut.mp4", probe(tmp_path / "cut.mp4")) as footage:
        assert footage.shot_at(0).picture[..., :3].max() < 10
        assert footage.shot_at(0.95).picture is footage.shot_at(30).picture


def test_the_probe_tells_what_a_file_holds(tmp_path: Path) -> None:
    info = probe(film(tmp_path / "a.mp4", numbered(30), sound=tone(1)))
    assert (info.kind, info.width, info.height, info.fps) == ("video", *SIZE, 30)
    assert info.has_audio
    assert info.duration == pytest.approx(1, abs=0.03)


def test_a_recording_of_a_browser_without_a_duration_is_measured(tmp_path: Path) -> None:
    path = tmp_path / "live.webm"
    film(tmp_path / "a.mkv", numbered(30))
    run_ffmpeg("-i", tmp_path / "a.mkv", "-c:v", "libvpx-vp9", "-f", "webm", "-live", "1", path)
    assert probe(path).duration == pytest.approx(1, abs=0.05)


def halves() -> Picture:
    """Dark above, bright below, a mark in the left upper corner: no two of its turns are alike."""
    picture = grey(40)
    picture[45:90] = 200
    picture[:20, :40] = 120
    return picture


def noise(count: int) -> list[Picture]:
    """From black to white, with so much grain that every frame takes some bytes."""
    rng = np.random.default_rng(2)
    ends = [grey(16), *(grey(16) for _ in range(count - 2)), grey(235)]
    for picture in ends[1:-1]:
        picture[:90] = rng.integers(16, 235, (90, 160), np.uint8)
    return ends


def patches(matrix: Matrix, full_range: bool, size: tuple[int, int] = SIZE) -> Picture:
    """PATCHES as six columns of I420, by the sums of the recommendation."""
    width, height = size
    edges = np.linspace(0, width, len(PATCHES) + 1).astype(int) // 2 * 2
    y, u, v = np.zeros((height, width)), *np.zeros((2, height // 2, width // 2))
    black, ys, cs = (0, 255, 255) if full_range else (16, 219, 224)
    for (left, right), rgb in zip(pairwise(edges), PATCHES, strict=True):
        r, g, b = (value / 255 for value in rgb)
        luma = matrix.kr * r + (1 - matrix.kr - matrix.kb) * g + matrix.kb * b
        y[:, left:right] = black + ys * luma
        u[:, left // 2 : right // 2] = 128 + cs * (b - luma) / (2 - 2 * matrix.kb)
        v[:, left // 2 : right // 2] = 128 + cs * (r - luma) / (2 - 2 * matrix.kr)
    flat = np.concatenate([plane.reshape(-1) for plane in (y, u, v)])
    return np.rint(flat).clip(0, 255).astype(np.uint8).reshape(height * 3 // 2, width)


def shown(path: Path) -> Picture:
    with Footage(path, probe(path)) as footage:
        return footage.shot_at(0).picture[..., 2::-1]


def assert_patches(rgb: Picture) -> None:
    """The middle of each patch has its colour, to within three levels."""
    centres = [round((n + 0.5) * rgb.shape[1] / len(PATCHES)) for n in range(len(PATCHES))]
    got = rgb[rgb.shape[0] // 2, centres].astype(int)
    assert np.abs(got - np.array(PATCHES)).max() <= 3, got


def test_a_sound_is_not_taken_for_footage(tmp_path: Path) -> None:
    run_ffmpeg("-f", "lavfi", "-i", "sine=d=0.2", tmp_path / "a.wav")
    with pytest.raises(MediaError, match="no moving picture"):
        Footage(tmp_path / "a.wav", probe(tmp_path / "a.wav"))
