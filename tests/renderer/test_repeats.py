"""Which frames are encoded again without being drawn: those that look like the one before."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from renderer.composition import Composition
from renderer.format.template import parse
from tests.renderer.filming import film, numbered

BOX = {"type": "rectangle", "width": 40, "height": 30, "background-color": "#e33"}


def drawn(composition: Composition) -> list[int]:
    looks = [composition.look(frame) for frame in range(composition.timeline.frames)]
    return [0, *(frame for frame, (before, now) in enumerate(pairwise(looks), start=1) if now != before)]


def changing(scenes: list[dict[str, Any]], files: dict[str, Path] | None = None) -> list[int]:
    """The frames of a template at 10 a second that are to be drawn."""
    template = parse({"width": 160, "height": 90, "frame-rate": 10, "scenes": scenes})
    with Composition(template, files or {}) as composition:
        return drawn(composition)


def test_a_scene_without_motion_is_drawn_once() -> None:
    assert changing([{"duration": 2, "objects": [BOX]}, {"duration": 1, "objects": [BOX]}]) == [0, 20]


def test_an_object_that_comes_and_goes_is_drawn_at_both_times() -> None:
    assert changing([{"duration": 2, "objects": [{**BOX, "start": 0.5, "duration": 1}]}]) == [0, 5, 15]


def test_motion_is_drawn_while_it_lasts() -> None:
    keyframes = [{"time": 0.3, "x": 10}, {"time": 0.6, "x": 50}, {"time": 0.9, "x": 50}, {"time": 1.5}]
    assert changing([{"duration": 2, "objects": [{**BOX, "keyframes": keyframes}]}]) == [0, 4, 5, 6]


def test_motion_within_a_group_is_motion() -> None:
    inside = {**BOX, "keyframes": [{"time": 0.3, "x": 10}, {"time": 0.5, "x": 50}]}
    group = {"type": "group", "start": 0.2, "opacity": 0.5, "objects": [inside]}
    assert changing([{"duration": 1.5, "objects": [group]}]) == [0, 2, 6, 7]


def test_a_transition_is_drawn_throughout() -> None:
    fade = {"type": "fade", "duration": 0.4}
    assert changing([{"duration": 1}, {"duration": 1, "transition": fade}]) == [0, 6, 7, 8, 9, 10]


def test_a_video_is_drawn_as_often_as_its_picture_changes(tmp_path: Path) -> None:
    files = {"a.mp4": film(tmp_path / "a.mp4", numbered(5), fps=5)}
    video = {"type": "video", "src": "a.mp4", "start": 0.5, "duration": 0.8}
    assert changing([{"duration": 2, "objects": [video]}], files) == [0, 5, 7, 9, 11, 13]


SCENES: list[list[dict[str, Any]]] = [
    [{"duration": 1.5, "objects": [{**BOX, "keyframes": [{"time": 0.25, "x": 9}, {"time": 0.25, "x": 90}]}]}],
    [
        {
            "duration": 2,
            "objects": [
                {
                    "type": "group",
                    "start": 0.25,
                    "duration": 1.5,
                    "keyframes": [{"time": 0.5, "rotation": 0}, {"time": 0.8, "rotation": 30, "easing": "hold"}],
                    "objects": [
                        {**BOX, "start": 0.4, "keyframes": [{"time": 0.1, "x": 0}, {"time": 0.55, "x": 99}]},
                        {"type": "text", "text": "Hi", "font-size": 20, "start": 0.9, "color": "#fff"},
                    ],
                }
            ],
        }
    ],
    [
        {"duration": 1, "background-color": "#123", "transition": {"type": "wipe", "duration": 0.3}},
        {"duration": 1, "objects": [BOX], "transition": {"type": "circle", "duration": 0.5}},
    ],
    [{"duration": 1, "objects": [{**BOX, "keyframes": [{"time": 0.2, "x": 0}, {"time": 0.7, "x": 50}]}]}],
]


@pytest.mark.parametrize("scenes", SCENES, ids=["jump", "group", "transitions", "between frames"])
def test_what_is_not_drawn_again_looks_like_the_frame_before(scenes: list[dict[str, Any]]) -> None:
    template = parse({"width": 160, "height": 90, "frame-rate": 24, "scenes": scenes})
    with Composition(template, {}) as composition:
        changed = set(drawn(composition))
    with Composition(template, {}) as composition:
        pictures = [composition.draw(frame).copy() for frame in range(composition.timeline.frames)]
    repeated = set(range(len(pictures))) - changed
    assert repeated
    for frame in repeated:
        assert np.array_equal(pictures[frame], pictures[frame - 1]), frame
