from typing import Any

import numpy as np
import pytest

from renderer.drawing.transitions import combine
from renderer.format.template import Transition
from tests.renderer.stills import BLACK, BLUE, GREEN, RED, Pixels, colour, painter_of

WIDTH, HEIGHT = 120, 80
KINDS = ["fade", "slide", "push", "wipe", "zoom", "circle"]
DIRECTIONS = ["left", "right", "up", "down"]


def frame(seed: int) -> Pixels:
    """Opaque noise: any shift of it would show."""
    pixels = np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, 4), np.uint8)
    pixels[:, :, 3] = 255
    return pixels


OLD, NEW = frame(1), frame(2)


def combined(kind: Any, progress: float, direction: Any = "left", old: Pixels = OLD, new: Pixels = NEW) -> Pixels:
    target = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    combine(Transition(type=kind, direction=direction), progress, old.copy(), new.copy(), target)
    return target


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("progress", "shown"), [(0.0, OLD), (-0.2, OLD), (1.0, NEW), (1.3, NEW)])
def test_it_begins_with_the_one_frame_and_ends_with_the_other(
    kind: str, direction: str, progress: float, shown: Pixels
) -> None:
    assert (combined(kind, progress, direction) == shown).all()


def test_a_fade_is_the_mean_in_the_middle() -> None:
    mean = (OLD.astype(int) + NEW) / 2
    assert np.abs(combined("fade", 0.5) - mean).max() <= 0.5


@pytest.mark.parametrize(
    ("direction", "place", "part"),
    [
        ("left", np.s_[:, 90:], np.s_[:, :30]),
        ("right", np.s_[:, :30], np.s_[:, 90:]),
        ("up", np.s_[60:], np.s_[:20]),
        ("down", np.s_[:20], np.s_[60:]),
    ],
)
def test_slide_and_push_bring_the_new_frame_in_from_the_far_side(direction: str, place: Any, part: Any) -> None:
    for kind in ("slide", "push"):
        assert (combined(kind, 0.25, direction)[place] == NEW[part]).all()


def test_slide_leaves_the_old_frame_where_it_is_and_push_moves_it_away() -> None:
    assert (combined("slide", 0.25)[:, :90] == OLD[:, :90]).all()
    assert (combined("push", 0.25)[:, :90] == OLD[:, 30:]).all()
    assert (combined("push", 0.25, "down")[20:] == OLD[:60]).all()


@pytest.mark.parametrize(
    ("direction", "uncovered"),
    [("left", np.s_[:, 90:]), ("right", np.s_[:, :30]), ("up", np.s_[60:]), ("down", np.s_[:20])],
)
def test_a_wipe_uncovers_the_new_frame_where_it_is(direction: str, uncovered: Any) -> None:
    expected = OLD.copy()
    expected[uncovered] = NEW[uncovered]
    assert (combined("wipe", 0.25, direction) == expected).all()


def test_a_circle_opens_from_the_middle_with_a_smooth_edge() -> None:
    black, white = np.zeros_like(OLD), np.full_like(OLD, 255)
    black[:, :, 3] = 255
    seen = combined("circle", 0.5, old=black, new=white)
    assert colour(seen[:, :, :3], 60, 40) == (255, 255, 255)
    assert colour(seen[:, :, :3], 2, 2) == BLACK
    radius = np.hypot(WIDTH, HEIGHT) / 4
    assert seen[:, :, 0].sum() / 255 == pytest.approx(np.pi * radius**2, rel=0.01)
    assert len(np.unique(seen[:, :, 0])) > 10


def test_zoom_flies_through_the_old_frame_while_the_new_one_appears() -> None:
    old, new = np.full_like(OLD, 255), np.full_like(OLD, 255)
    old[30:50, 50:70, :3] = (0, 0, 255)
    early = combined("zoom", 0.3, old=old, new=new)
    red = (early[:, :, 0] < 150).sum()
    assert red > 21 * 21
    assert colour(combined("zoom", 0.5, old=old, new=new), 60, 40) == pytest.approx((127, 127, 255, 255), abs=1)


def video(*scenes: dict[str, Any], **template: Any) -> Any:
    raw = {"width": WIDTH, "height": HEIGHT, "frame-rate": 10, "scenes": list(scenes), **template}
    painter, timeline = painter_of(raw)

    def at(number: int) -> Pixels:
        target = np.empty((HEIGHT, WIDTH, 4), np.uint8)
        painter.draw(timeline.at(number), target)
        return target[:, :, 2::-1]

    return at


def test_two_scenes_are_combined_while_they_overlap() -> None:
    push = {"type": "push", "duration": 1, "easing": "linear"}
    at = video(
        {"duration": 2, "background-color": "#f00"},
        {"duration": 2, "background-color": "#00f", "transition": push},
    )
    assert colour(at(9), 119, 40) == RED
    middle = at(15)
    assert (colour(middle, 59, 40), colour(middle, 60, 40)) == (RED, BLUE)
    assert colour(at(20), 0, 40) == BLUE


def test_the_first_scene_comes_in_over_the_background_of_the_template() -> None:
    slide = {"type": "slide", "duration": 1, "easing": "linear", "direction": "right"}
    scene = {"duration": 2, "background-color": "#f00", "transition": slide}
    middle = video(scene, **{"background-color": "#008000"})(5)
    assert (colour(middle, 59, 40), colour(middle, 60, 40)) == (RED, GREEN)
