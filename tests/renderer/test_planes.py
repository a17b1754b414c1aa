"""Frames of videos as the planes of the output, which never visit RGB where that is not needed."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from renderer.drawing.videos import Videos, look_at
from renderer.format.template import parse
from renderer.matrix import BT601, BT709, Matrix
from renderer.media.footage import Footage
from renderer.media.probe import probe
from renderer.media.shelf import Shelf
from renderer.pixels import to_i420
from tests.renderer.filming import SIZE, film, run_ffmpeg

Bytes = NDArray[np.uint8]
WIDTH, HEIGHT = SIZE
HD = {"colorspace": 1, "color_range": 1}


def soft() -> Bytes:
    """I420 rows of a picture without sharp edges, all of whose colours exist in RGB."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    u, v = np.mgrid[0 : HEIGHT // 2, 0 : WIDTH // 2]
    planes = [80 + y * 0.7 + x * 0.3, 108 + u * 0.8, 110 + v * 0.4]
    return np.concatenate([plane.reshape(-1) for plane in planes]).astype(np.uint8).reshape(-1, WIDTH)


def planes_of(path: Path, matrix: Matrix = BT709, size: tuple[int, int] | None = None) -> Bytes | None:
    with Footage(path, probe(path), size=size, matrix=matrix) as footage:
        return footage.shot_at(0).planes


def by_way_of_the_picture(path: Path, matrix: Matrix) -> Bytes:
    with Footage(path, probe(path)) as footage:
        picture = footage.shot_at(0).picture
    planes = np.empty(picture.shape[0] * picture.shape[1] * 3 // 2, np.uint8)
    to_i420(picture, planes, matrix)
    return planes


def parts(planes: Bytes, width: int, height: int) -> list[Bytes]:
    y, u, v = np.split(planes, [width * height, width * height * 5 // 4])
    return [y.reshape(height, width), u.reshape(height // 2, width // 2), v.reshape(height // 2, width // 2)]


def test_planes_that_are_right_already_are_copied(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", [soft()], tags=HD)
    assert np.array_equal(planes_of(path), soft().reshape(-1))


@pytest.mark.parametrize("quarter_turns", [1, 2, 3])
def test_planes_of_a_turned_recording_stand_upright(tmp_path: Path, quarter_turns: int) -> None:
    film(tmp_path / "a.mp4", [soft()], tags=HD)
    path = tmp_path / "turned.mp4"
    run_ffmpeg("-display_rotation", 90 * quarter_turns, "-i", tmp_path / "a.mp4", "-c", "copy", path)
    upright = SIZE[::-1] if quarter_turns % 2 else SIZE
    planes = planes_of(path)
    assert planes is not None
    for turned, straight in zip(parts(planes, *upright), parts(soft().reshape(-1), *SIZE), strict=True):
        assert np.array_equal(turned, np.rot90(straight, quarter_turns))


def test_planes_come_in_the_size_asked_for(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", [soft()], tags=HD)
    planes = planes_of(path, size=(WIDTH // 2, HEIGHT // 2 - 1))
    assert planes is not None
    small = parts(planes, WIDTH // 2, HEIGHT // 2 - 1)
    for plane, whole in zip(small, parts(soft().reshape(-1), *SIZE), strict=True):
        corners = np.ix_([0, -1], [0, -1])
        assert np.abs(plane[corners].astype(int) - whole[corners]).max() <= 2


@pytest.mark.parametrize(("tag", "full", "wanted"), [(5, 1, BT709), (1, 1, BT601), (1, 2, BT709)])
def test_planes_of_another_matrix_or_range_are_those_of_the_picture(
    tmp_path: Path, tag: int, full: int, wanted: Matrix
) -> None:
    path = film(tmp_path / "a.mp4", [soft()], tags={"colorspace": tag, "color_range": full})
    planes = planes_of(path, wanted)
    assert np.array_equal(planes, by_way_of_the_picture(path, wanted))
    assert not np.array_equal(planes, soft().reshape(-1))


def test_planes_of_ten_bits_and_full_chroma_come_close_to_the_originals(tmp_path: Path) -> None:
    film(tmp_path / "a.mp4", [soft()], tags=HD)
    for pixel_format in ("yuv420p10le", "yuv444p", "yuv422p"):
        path = tmp_path / f"{pixel_format}.mp4"
        run_ffmpeg("-i", tmp_path / "a.mp4", "-pix_fmt", pixel_format, "-c:v", "libx264", "-qp", "0", path)
        planes = planes_of(path)
        assert planes is not None
        assert np.abs(planes.astype(int) - soft().reshape(-1)).max() <= 1


def test_there_are_no_planes_of_a_video_with_alpha_and_of_an_odd_size(tmp_path: Path) -> None:
    clear = "color=c=red@0.5:s=160x90:r=5:d=0.2,format=yuva420p"
    run_ffmpeg("-f", "lavfi", "-i", clear, "-c:v", "libvpx-vp9", tmp_path / "a.webm")
    assert planes_of(tmp_path / "a.webm") is None
    assert planes_of(film(tmp_path / "b.mp4", [soft()]), size=(79, 44)) is None


def test_the_same_picture_has_the_same_planes_and_they_outlive_it(tmp_path: Path) -> None:
    brighter = soft()
    brighter[:HEIGHT] += 20
    path = film(tmp_path / "a.mp4", [soft(), brighter], fps=10, tags=HD)
    with Footage(path, probe(path)) as footage:
        first = footage.shot_at(0).planes
        assert footage.shot_at(0.05).planes is first
        assert np.array_equal(footage.shot_at(0.1).planes, brighter.reshape(-1))
        assert np.array_equal(first, soft().reshape(-1))


def test_a_template_has_planes_of_its_own_matrix_and_its_videos_size(tmp_path: Path) -> None:
    files = {"a.mp4": film(tmp_path / "a.mp4", [soft()], tags=HD)}
    scenes = [{"objects": [{"type": "video", "src": "a.mp4"}]}]
    for width, height, matrix in ((160, 90, BT601), (1280, 720, BT709)):
        template = parse({"width": width, "height": height, "scenes": scenes})
        videos = Videos(template, files, look_at(template, files), Shelf())
        planes = videos.shot("scenes[0].objects[0].src", 0).planes
        assert np.array_equal(planes, planes_of(files["a.mp4"], matrix))
        videos.close()


def test_a_shot_counts_the_decoded_frame_that_it_keeps(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", [soft()], tags=HD)
    with Footage(path, probe(path), size=(16, 10)) as footage:
        shot = footage.shot_at(0)
        made = shot.picture.nbytes + 16 * 10 * 3 // 2
        assert shot.bytes >= made + WIDTH * HEIGHT * 3 // 2
