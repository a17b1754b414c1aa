from typing import Any

import pytest

from renderer.drawing.sizes import Need, needs
from renderer.format.template import parse


def need_of(**image: Any) -> Need:
    raw = {"width": 200, "height": 100, "scenes": [{"objects": [{"type": "image", "src": "a.png", **image}]}]}
    return needs(parse(raw))["scenes[0].objects[0].src"]


@pytest.mark.parametrize(
    ("fit", "size"), [("cover", (100, 50)), ("fill", (100, 50)), ("contain", (60, 30))], ids=lambda value: str(value)
)
def test_a_picture_is_decoded_as_large_as_it_is_drawn(fit: Any, size: tuple[int, int]) -> None:
    assert Need(100, 30, fit).size(800, 400) == size


def test_a_picture_is_never_enlarged() -> None:
    assert Need(1000, 1000).size(80, 40) == (80, 40)


def test_a_picture_is_never_shrunk_to_nothing() -> None:
    assert Need(0, 0).size(800, 1) == (1, 1)


def test_the_largest_moment_of_a_zoom_counts_also_where_the_easing_overshoots() -> None:
    zoom = [{"time": 0, "scale": 1}, {"time": 1, "scale": 2, "easing": "ease-out-back"}, {"time": 2, "scale": 0.5}]
    need = need_of(width=50, height=40, keyframes=zoom)
    assert 2.08 < need.width / 50 <= 2.11
    assert need.height / 40 == need.width / 50


def test_a_group_enlarges_what_it_holds() -> None:
    image = {"type": "image", "src": "a.png", "width": "50%"}
    group = {"type": "group", "width": 80, "scale": 3, "objects": [image]}
    raw = {"width": 200, "height": 100, "scenes": [{"objects": [group]}]}
    need = needs(parse(raw))["scenes[0].objects[0].objects[0].src"]
    assert (need.width, need.height) == (120, 300)


def test_backgrounds_cover_the_frame() -> None:
    found = needs(parse({"width": 200, "height": 100, "scenes": [{"background-video": "a.mp4"}]}))
    assert found["scenes[0].background-video"] == Need(200, 100)
