"""The planes that are encoded, beside the BGRA that stills are made of."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from renderer.drawing.painter import Painter
from renderer.format.timeline import Timeline
from renderer.matrix import matrix_for
from renderer.pixels import to_i420
from tests.renderer.stills import painter_of, write_picture

WIDTH, HEIGHT = 192, 108
Bytes = NDArray[np.uint8]

ZOOM = [{"time": 0, "scale": 1}, {"time": 2, "scale": 1.4, "easing": "ease-in-out"}]
DRIFT = [{"time": 0, "x": 3}, {"time": 2, "x": 61.5, "rotation": 30}]
PHOTO = {"type": "image", "src": "photo.png", "keyframes": ZOOM}
BOX = {"type": "rectangle", "x": 11, "y": 7, "width": 61, "height": 33, "background-color": "#1040c0a0"}
TITLE = {"type": "text", "text": "Planes", "font-size": 31, "x": 20, "y": 40, "shadow-color": "#000a", "shadow-blur": 6}
CIRCLE = {**BOX, "type": "circle", "background-color": "#fc0", "keyframes": DRIFT}
FADING = {**TITLE, "y": 70, "keyframes": [{"time": 0.5, "opacity": 0}, {"time": 1.5, "opacity": 1}]}
MULTIPLIED = {**CIRCLE, "y": 50, "blend-mode": "multiply"}
GROUP = {"type": "group", "x": 90, "width": 80, "height": 60, "objects": [BOX, CIRCLE]}
SCENES = {
    "a photograph under all sorts of things": [PHOTO, BOX, TITLE, CIRCLE, FADING, GROUP],
    "a drawing on a colour": [BOX, TITLE, CIRCLE, FADING, {**GROUP, "clip": True}, {**GROUP, "opacity": 0.5}],
    "blended": [PHOTO, MULTIPLIED, {**GROUP, "blend-mode": "screen", "x": 40}],
    "a turned and a mirrored photograph": [{**PHOTO, "rotation": 2, "scale": 1.2}, {**PHOTO, "scale-x": -1, "x": 80}],
    "a photograph over everything": [BOX, TITLE, PHOTO],
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    rows, columns = np.mgrid[0:150, 0:251]
    waves = np.stack([np.sin(rows / 9), np.cos(columns / 13), np.sin((rows + columns) / 17)], axis=-1)
    path = tmp_path_factory.mktemp("pictures") / "photo.png"
    return {"photo.png": write_picture(path, (waves * 90 + 128).astype(np.uint8))}


def painter(objects: list[dict[str, Any]], files: dict[str, Path]) -> tuple[Painter, Timeline]:
    scene = {"duration": 2, "background-color": "linear-gradient(20deg, #123, #a86)", "objects": objects}
    return painter_of({"width": WIDTH, "height": HEIGHT, "scenes": [scene]}, files)


def filmed(drawer: Painter, timeline: Timeline, frame: int) -> Bytes:
    i420 = np.full(WIDTH * HEIGHT * 3 // 2, 77, np.uint8)
    drawer.film(timeline.at(frame), i420)
    return i420


@pytest.mark.parametrize("objects", SCENES.values(), ids=SCENES)
def test_a_filmed_frame_is_the_still_with_half_as_many_samples_of_colour(
    objects: list[dict[str, Any]], files: dict[str, Path]
) -> None:
    drawer, timeline = painter(objects, files)
    for frame in (0, 17, 31, 59):
        still = np.empty((HEIGHT, WIDTH, 4), np.uint8)
        drawer.draw(timeline.at(frame), still)
        wanted = np.empty(WIDTH * HEIGHT * 3 // 2, np.uint8)
        to_i420(still, wanted, matrix_for(WIDTH, HEIGHT))
        off = np.abs(filmed(drawer, timeline, frame).astype(int) - wanted)
        luma, chroma = off[: WIDTH * HEIGHT], off[WIDTH * HEIGHT :]
        assert np.quantile(luma, 0.999) <= 3  # roundings, of up to eight layers
        assert luma.max() <= 16  # Skia softens a turned edge a little otherwise on a smaller sheet
        assert chroma.mean() < 0.5
        assert np.quantile(chroma, 0.99) <= 4  # at edges the colours of 2x2 pixels are mixed before, not after


@pytest.mark.parametrize("objects", SCENES.values(), ids=SCENES)
def test_a_filmed_frame_is_the_same_whatever_was_filmed_before_it(
    objects: list[dict[str, Any]], files: dict[str, Path]
) -> None:
    drawer, timeline = painter(objects, files)
    in_order = [filmed(drawer, timeline, frame) for frame in range(60)]
    for frame in (59, 3, 30, 31, 0):
        alone = filmed(*painter(objects, files), frame)
        assert np.array_equal(alone, in_order[frame])
        assert np.array_equal(filmed(drawer, timeline, frame), alone)


def test_what_rests_below_is_laid_once(files: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    from renderer.drawing import compositor

    laid: list[int] = []
    lay_over = compositor.lay_over

    def counted(pixels: Bytes, *others: Any) -> None:
        laid.append(pixels.size)
        lay_over(pixels, *others)

    monkeypatch.setattr(compositor, "lay_over", counted)
    drawer, timeline = painter([BOX, TITLE, CIRCLE], files)
    for frame in range(3):
        filmed(drawer, timeline, frame)
    laid.clear()
    filmed(drawer, timeline, 3)
    assert len(laid) == 1  # the circle


def test_what_a_photograph_hides_is_not_drawn(files: dict[str, Path]) -> None:
    missing = {"type": "image", "src": "photo.png", "width": 5, "height": 5}
    drawer, timeline = painter([BOX, missing, PHOTO], files)
    seen = filmed(drawer, timeline, 5)
    assert np.array_equal(seen, filmed(*painter([PHOTO], files), 5))


def test_a_transition_is_filmed_as_it_is_drawn(files: dict[str, Path]) -> None:
    scenes = [
        {"duration": 1, "objects": [PHOTO]},
        {"duration": 1, "transition": {"type": "fade", "duration": 0.5}, "objects": [BOX, TITLE]},
    ]
    drawer, timeline = painter_of({"width": WIDTH, "height": HEIGHT, "scenes": scenes}, files)
    still, wanted = np.empty((HEIGHT, WIDTH, 4), np.uint8), np.empty(WIDTH * HEIGHT * 3 // 2, np.uint8)
    drawer.draw(timeline.at(22), still)
    to_i420(still, wanted, matrix_for(WIDTH, HEIGHT))
    assert np.array_equal(filmed(drawer, timeline, 22), wanted)
