"""What is suggested for words that other programs use: the names and values that are right here."""

from typing import Any

import pytest

from renderer.errors import TemplateError
from renderer.format.names import nearest
from renderer.format.template import parse

WORDS = {"type": "text", "text": "Hi"}


def told(obj: dict[str, Any]) -> str:
    with pytest.raises(TemplateError) as caught:
        parse({"scenes": [{"objects": [obj if obj.get("type") in ("audio", "circle") else {**WORDS, **obj}]}]})
    return caught.value.message


def animated(**animation: Any) -> dict[str, Any]:
    return {"animations": [{"type": "fade", **animation}]}


def eased(easing: str) -> dict[str, Any]:
    return {"keyframes": [{"time": 0}, {"time": 1, "x": 1, "easing": easing}]}


@pytest.mark.parametrize(
    ("obj", "right"),
    [
        ({"animation": {"type": "fade"}}, "animations"),
        ({"bold": True}, "font-weight"),
        ({"italic": True}, "font-style"),
        ({"top": 1}, "y"),
        ({"left": 1}, "x"),
        ({"at": 1}, "start"),
        ({"delay": 1}, "start"),
        ({"align": "center"}, "text-align"),
        ({"fontSize": 9}, "font-size"),
        ({"backgroundColor": "red"}, "background-color"),
        ({"keyframes": [{"at": 1, "x": 0}]}, "time"),
        ({"keyframes": [{"time": 1, "ease": "linear"}]}, "easing"),
        ({"type": "ellipse"}, "circle"),
        ({"type": "shape"}, "rectangle"),
        ({"type": "img"}, "image"),
        ({"type": "sound"}, "audio"),
        ({"type": "container"}, "group"),
        ({"text-align": "middle"}, "center"),
        ({"vertical-align": "center"}, "middle"),
        (animated(by="char"), "letter"),
        (animated(order="reverse"), "backward"),
        (animated(when="exit"), "out"),
        (animated(when="enter"), "in"),
        (animated(easing="easeOutCubic"), "ease-out-cubic"),
        ({"animations": [{"type": "typing"}]}, "typewriter"),
        ({"animations": [{"type": "fadeIn"}]}, "fade"),
        (eased("easeOutCubic"), "ease-out-cubic"),
        (eased("easeInOutBack"), "ease-in-out-back"),
        (eased("ease_out"), "ease-out"),
        (eased("spring"), "spring(1, 100, 10)"),
        ({"type": "audio", "src": "a.mp3", "fadeIn": 1}, "fade-in"),
        ({"type": "audio", "src": "a.mp3", "fade_out": 1}, "fade-out"),
        ({"anchor": "top-center"}, "top"),
        ({"anchor": "center-top"}, "top"),
        ({"anchor": "bottom-center"}, "bottom"),
        ({"anchor": "left-center"}, "left"),
        ({"text-shadow": "2px 2px black"}, "shadow-color"),
        ({"text-color": "red"}, "color"),
        ({"highlight": "red"}, "background-color"),
        ({"fade": 1}, "animations"),
        ({"type": "circle", "radius": 9}, "width"),
        ({"spans": [{"match": "H", "text": "H"}]}, "match"),
        ({"animations": [{"type": "counter", "from": 5}]}, "start-value"),
        ({"animations": [{"type": "slide", "direction": "top"}]}, "up"),
        ({"animations": [{"type": "slide", "direction": "bottom"}]}, "down"),
    ],
    ids=str,
)
def test_a_word_of_another_program_is_answered_with_ours(obj: dict[str, Any], right: str) -> None:
    assert f'; did you mean "{right}"?' in told(obj)


def test_a_word_for_a_place_is_answered_with_the_length_that_is_there() -> None:
    assert 'not "center"; did you mean "50%", with an "anchor"?' in told({"x": "center"})
    assert 'not "bottom"; did you mean "100%", with an "anchor"?' in told({"y": "bottom"})


def test_a_weight_that_is_a_word_is_answered_with_a_number() -> None:
    assert 'expected a whole number from 1 to 1000, not "bold"; for example 700' in told({"font-weight": "bold"})


@pytest.mark.parametrize(
    "obj",
    [
        {"type": "rectangle"},
        {"type": "circle"},
        {"type": "image", "src": "a.jpg"},
        {"type": "group"},
    ],
    ids=lambda obj: str(obj["type"]),
)
def test_that_only_texts_have_animations_is_said_of_other_objects(obj: dict[str, Any]) -> None:
    with pytest.raises(TemplateError) as caught:
        parse({"scenes": [{"objects": [{**obj, "animations": [{"type": "fade"}]}]}]})
    hint = 'unknown property "animations"; did you mean "keyframes"? Only text objects have "animations". '
    assert hint in caught.value.message


def test_who_has_a_property_that_was_given_to_another_object_is_said() -> None:
    assert 'Only video and audio objects have "volume".' in told({"volume": 1})
    assert 'Only image, video and audio objects have "src".' in told({"src": "a.jpg"})
    assert "Only" not in told({"nonsense": 1})
    assert 'Only slide, fly and reveal animations have "direction".' in told(animated(direction="left"))


def test_what_there_is_no_word_for_is_explained() -> None:
    assert 'unknown property "z-index"; what comes later in the list lies above. ' in told({"z-index": 2})


EVENTS = ("render.completed", "render.failed", "render.cancelled", "upload.ready", "upload.failed", "clip.auto.done")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("render.done", "render.completed"),
        ("render.error", "render.failed"),
        ("render.canceled", "render.cancelled"),
        ("upload.completed", "upload.ready"),
        ("Upload.Redy", "upload.ready"),
        ("clip.auto.complete", "clip.auto.done"),
        ("redner.completed", "render.completed"),
        ("render.*", None),
        ("upload.cancelled", None),
    ],
)
def test_of_dotted_names_one_of_the_same_family_is_meant(word: str, meant: str | None) -> None:
    assert nearest(word, EVENTS) == meant
