"""What does nothing where it stands is warned of, and what does something is not."""

from typing import Any

import pytest

from renderer.format.modifications import apply
from renderer.format.oversights import MAX_OVERSIGHTS

FILLED = {"type": "rectangle", "background-color": "red"}
WORDS = {"type": "text", "text": "Hi"}


def warnings(*objects: dict[str, Any], **template: Any) -> list[str]:
    return apply({"scenes": [{"duration": 2, "objects": list(objects)}], **template}).warnings


@pytest.mark.parametrize(
    ("obj", "warning"),
    [
        ({**FILLED, "border-color": "red"}, ".border-color: it does nothing without border-width"),
        ({**FILLED, "shadow-x": 4}, ".shadow-x: it does nothing without shadow-color"),
        ({**FILLED, "fit": "contain"}, ".fit: it does nothing without background-image"),
        (
            {**FILLED, "keyframes": [{"time": 0, "shadow-blur": 4}]},
            ".shadow-blur: it does nothing without shadow-color",
        ),
        ({**WORDS, "stroke-color": "red"}, ".stroke-color: it does nothing without stroke-width"),
        ({**WORDS, "min-font-size": 20}, ".min-font-size: it does nothing without autofit"),
        ({**WORDS, "vertical-align": "middle"}, ".vertical-align: it does nothing without height or autofit"),
        ({**WORDS, "autofit": "shrink"}, ".autofit: without a width or a height the text gets no smaller until"),
        (
            {"type": "circle"},
            ": it has no background-color, background-image or border-width, so nothing of it is seen",
        ),
        ({**WORDS, "start": 2}, ".start: the scene is over after 2 s, so what starts at 2 s is never seen"),
        (
            {"type": "audio", "src": "a.mp3", "start": 3},
            ".start: the scene is over after 2 s, so what starts at 3 s is never",
        ),
        (
            {**WORDS, "start": 1, "keyframes": [{"time": 1, "x": 0}, {"time": 3, "x": 9}]},
            ".keyframes: the first is at 1 s, and this object is there for 1 s, so nothing changes",
        ),
        (
            {**WORDS, "autofit": "fill", "min-font-size": 90, "max-font-size": 20},
            ".min-font-size: 90.0px is above max-font-size, 20.0px, and it is what holds",
        ),
        (
            {**WORDS, "keyframes": [{"time": 0}, {"time": 1, "easing": "ease-in"}]},
            ".keyframes: none of them says what changes, so nothing does",
        ),
        ({"type": "audio", "src": "a.mp3", "duck-attack": 1}, ".duck-attack: it does nothing without duck"),
    ],
)
def test_what_does_nothing_is_told_with_its_place(obj: dict[str, Any], warning: str) -> None:
    [told] = warnings(obj)
    assert told.startswith(f"scenes[0].objects[0]{warning}")


@pytest.mark.parametrize(
    "obj",
    [
        {**FILLED, "border-color": "red", "border-width": 2},
        {**FILLED, "border-color": "red", "keyframes": [{"time": 0, "border-width": 2}]},
        {"type": "image", "src": "a.jpg", "fit": "contain", "focus-x": 0},
        {"type": "circle", "keyframes": [{"time": 0, "background-color": "red"}]},
        {"type": "rectangle", "border-width": 2},
        {"type": "rectangle", "visible": False, "shadow-x": 2, "start": 9},
        {**WORDS, "stroke-color": "red", "spans": [{"match": "H", "stroke-width": 2}]},
        {**WORDS, "autofit": "shrink", "width": 90},
        {**WORDS, "autofit": "fill", "vertical-align": "middle", "max-font-size": 90},
        {**WORDS, "autofit": "fill", "min-font-size": "9vw", "max-font-size": 20},
        {**WORDS, "start": 1.9},
        {**WORDS, "keyframes": [{"time": 9, "x": 4}]},
        {**WORDS, "keyframes": [{"time": 0}, {"time": 1, "x": 4}]},
        {**WORDS, "keyframes": [{"time": 1.9, "x": 4}, {"time": 9, "x": 0}]},
    ],
)
def test_nothing_is_said_of_what_does_something(obj: dict[str, Any]) -> None:
    assert warnings(obj) == []


def test_a_span_is_told_at_its_own_place_and_for_itself() -> None:
    plain = {**WORDS, "spans": [{"match": "H", "color": "red"}, {"match": "i", "stroke-color": "red"}]}
    assert warnings(plain) == ["scenes[0].objects[0].spans[1].stroke-color: it does nothing without stroke-width"]
    other = {"match": "H", "stroke-width": 2}
    [told] = warnings({**WORDS, "spans": [{"match": "i", "stroke-color": "red"}, other]})
    assert told.startswith("scenes[0].objects[0].spans[0].stroke-color: ")


@pytest.mark.parametrize(
    "spans",
    [
        [{"match": "i", "stroke-color": "red", "stroke-width": 2}],
        [{"match": "Hi", "stroke-color": "red"}, {"match": "i", "stroke-width": 2}],
    ],
)
def test_nothing_is_said_of_a_span_whose_words_have_what_it_needs(spans: list[dict[str, Any]]) -> None:
    assert warnings({**WORDS, "spans": spans}) == []
    assert warnings({**WORDS, "stroke-width": 2, "spans": [{"match": "i", "stroke-color": "red"}]}) == []


def test_what_starts_when_its_group_is_over_is_told() -> None:
    group = {"type": "group", "start": 0.5, "duration": 1, "objects": [{**WORDS, "start": 1}, {**WORDS, "start": 0.9}]}
    [told] = warnings(group)
    assert told.startswith("scenes[0].objects[0].objects[0].start: the group is over after 1 s")


def test_a_sound_that_starts_after_the_video_is_told() -> None:
    [told] = warnings(audio=[{"src": "a.mp3", "start": 2}, {"src": "a.mp3", "start": 1}])
    assert told == "audio[0].start: the video is over after 2 s, so what starts at 2 s is never heard"


def test_how_long_a_scene_is_that_waits_for_its_media_is_not_guessed() -> None:
    scene = {"objects": [{"type": "video", "src": "a.mp4"}, {**WORDS, "start": 90}]}
    assert apply({"scenes": [scene], "audio": [{"src": "a.mp3", "start": 99}]}).warnings == []


def test_loudness_without_a_sound_is_told() -> None:
    silent = {"type": "video", "src": "a.mp4", "volume": 0}
    for objects in ([], [silent]):
        [told] = warnings(*objects, loudness=-14)
        assert told.startswith("loudness: nothing is to be heard in this template")
    assert warnings({**silent, "keyframes": [{"time": 1, "volume": 1}]}, loudness=-14) == []


def test_the_direction_of_a_transition_that_has_none_is_told() -> None:
    scenes = [{"duration": 2, "transition": {"type": kind, "direction": "up"}} for kind in ("fade", "push", "zoom")]
    assert [warning.partition(",")[0] for warning in apply({"scenes": scenes}).warnings] == [
        "scenes[0].transition.direction: a fade has no direction; slide",
        "scenes[2].transition.direction: a zoom has no direction; slide",
    ]


def test_what_a_modification_brought_in_is_told_at_its_place() -> None:
    raw = {"scenes": [{"duration": 2, "objects": [{**FILLED, "name": "box"}]}]}
    assert apply(raw, [{"object": "box", "shadow-x": 4}]).warnings == [
        "modifications[0].shadow-x: it does nothing without shadow-color"
    ]


def test_of_very_many_oversights_some_are_told() -> None:
    assert len(warnings(*[{"type": "circle"}] * 500)) == MAX_OVERSIGHTS
