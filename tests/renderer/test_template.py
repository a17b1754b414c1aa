import copy
import json
import time
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renderer.errors import TemplateError
from renderer.format.limits import MAX_GROUPS
from renderer.format.modifications import apply
from renderer.format.objects import Text
from renderer.format.refusals import MAX_PROBLEMS
from renderer.format.schema import schema, schema_text
from renderer.format.template import Source, load, parse, sources, to_builtins, visible, walk
from renderer.format.values import Length, parse_color

TEMPLATES = Path(__file__).parents[2] / "templates"

EXAMPLE: dict[str, Any] = {
    "title": "All of it",
    "width": 1080,
    "height": 1920,
    "frame-rate": 29.97,
    "background-color": "linear-gradient(to top left, #000, #123 40%, red)",
    "variables": {"who": "you", "list": [1, {"a": None}]},
    "audio": [{"src": "bed.mp3", "name": "bed", "volume": 0.3, "keyframes": [{"time": 1, "volume": 0}]}],
    "scenes": [
        {
            "name": "One",
            "duration": 2.5,
            "background-image": "https://example.com/a.jpg",
            "objects": [
                {
                    "type": "text",
                    "name": "title",
                    "text": "Hello",
                    "x": "50%",
                    "anchor": "center",
                    "letter-spacing": "0.02em",
                    "keyframes": [
                        {"time": 0, "opacity": 0, "color": "red"},
                        {"time": 1, "opacity": 1, "color": "rgb(0 0 255 / 50%)", "easing": "spring(1, 90, 9)"},
                    ],
                },
                {"type": "rectangle", "background-color": "#123456", "border-radius": "2vmin"},
                {"type": "circle", "background-image": "asset:abc-1", "focus-x": 0.2},
                {
                    "type": "group",
                    "name": "card",
                    "clip": True,
                    "objects": [{"type": "image", "src": "pictures/a.png", "fit": "contain"}],
                },
                {"type": "video", "src": "data:video/mp4;base64,AAAA", "trim-start": 1, "trim-end": 2.5},
                {"type": "audio", "src": "http://example.com/x.wav", "fade-in": 0.5, "visible": False},
            ],
        },
        {
            "background-video": "clip.mp4",
            "transition": {"type": "slide", "direction": "up", "easing": "ease-out-expo"},
            "objects": [],
        },
    ],
}


def with_object(**properties: Any) -> dict[str, Any]:
    return {"scenes": [{}, {"objects": [{"type": "rectangle"}, properties]}]}


def refusal(raw: object) -> TemplateError:
    with pytest.raises(TemplateError) as caught:
        parse(raw)
    return caught.value


def text(content: str = "Hello", **properties: Any) -> dict[str, Any]:
    return with_object(type="text", text=content, **properties)


def test_a_template_of_one_scene_has_the_documented_defaults() -> None:
    template = parse({"scenes": [{}]})
    assert (template.width, template.height, template.frame_rate) == (1280, 720, Fraction(30))
    assert template.background_color == parse_color("#000")
    assert template.scenes[0].duration == "auto"


def test_values_arrive_as_values() -> None:
    title = parse(EXAMPLE).scenes[0].objects[0]
    assert isinstance(title, Text)
    assert title.x == Length(percent=50)
    assert title.letter_spacing.px(100, 100, em=50) == 1
    assert [keyframe.time for keyframe in title.keyframes] == [0, 1]


def test_a_template_that_is_written_reads_back_the_same() -> None:
    template = parse(EXAMPLE)
    written = to_builtins(template)
    assert parse(json.loads(json.dumps(written))) == template
    assert written["scenes"][1] == {
        "background-video": "clip.mp4",
        "transition": {"type": "slide", "direction": "up", "easing": "ease-out-expo"},
    }


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (
            text(colour="red"),
            'scenes[1].objects[1]: unknown property "colour"; did you mean "color"? A text object has: ',
        ),
        (text(zzz=1), 'scenes[1].objects[1]: unknown property "zzz". A text object has: type, name, start,'),
        (text(font_size=1), 'unknown property "font_size"; did you mean "font-size"?'),
        (text(x="wide"), 'scenes[1].objects[1].x: expected a length (20, "10%", '),
        (text(opacity=2), "scenes[1].objects[1].opacity: expected a number from 0 to 1, not 2"),
        (text(opacity="1"), 'expected a number from 0 to 1, not "1"'),
        (text(color="redd"), 'scenes[1].objects[1].color: expected a colour such as "#ff8800"'),
        (text(wrap=1), "scenes[1].objects[1].wrap: expected true or false, not 1"),
        (text(**{"text-align": "middle"}), "expected one of center, end, left, right, start, not"),
        (text(**{"font-weight": 450.5}), "expected a whole number from 1 to 1000, not 450.5"),
        (text("x" * 5001), "text: expected text of 0 to 5000 characters, not 5001"),
        (text(keyframes=[{"time": 0}, {"time": 1, "fx": 1}]), 'objects[1].keyframes[1]: unknown property "fx"'),
        (text(keyframes=[{"time": 0, "text": "a"}]), "A keyframe of a text object has: time, easing, x, y,"),
        (text(keyframes=[{"x": 0}]), 'keyframes[0]: a keyframe of a text object needs "time"'),
        (text(keyframes=[{"time": 0, "x": None}]), "keyframes[0].x: expected a length"),
        (text(keyframes=[{"time": 0, "easing": "easy"}]), "keyframes[0].easing: expected an easing such as"),
        (text(keyframes=[{"time": 0}] * 201), "keyframes: expected a list of 0 to 200 items, not of 201"),
        (
            with_object(type="txt"),
            "objects[1].type: expected one of text, rectangle, circle, image, video, audio, group",
        ),
        (with_object(type="txt"), 'not "txt"; did you mean "text"?'),
        (with_object(text="x"), 'scenes[1].objects[1]: every object needs a "type": text, rectangle,'),
        (with_object(type="image"), 'scenes[1].objects[1]: an image object needs "src"'),
        (with_object(type="audio", src="a.mp3", x=1), 'unknown property "x". An audio object has: '),
        ({"scenes": [{"objects": [4]}]}, "scenes[0].objects[0]: expected an object, not 4"),
        ({"scenes": [{"duration": "atuo"}]}, 'expected a number above 0 and up to 3600 or "auto", not "atuo"'),
        ({"scenes": [{"transition": {"type": "fad"}}]}, "scenes[0].transition.type: expected one of circle, fade,"),
        ({"scenes": [{"transition": {"kind": 1}}]}, 'scenes[0].transition: unknown property "kind"'),
        ({"scenes": []}, "scenes: expected a list of 1 to 200 items, not an empty one"),
        ({"scene": []}, 'template: unknown property "scene"; did you mean "scenes"? A template has: title, type,'),
        ({}, 'template: a template needs "scenes"'),
        ([], "A template is a JSON object with scenes in it."),
        ({"scenes": [{}], "width": 1281}, "width: 1281 is odd, and video needs even sizes: use 1280 or 1282"),
        ({"scenes": [{}], "height": 8}, "height: expected a whole number from 16 to 4096, not 8"),
        ({"scenes": [{}], "frame-rate": 300}, "frame-rate: expected frames a second from 1 to 120"),
        ({"scenes": [{}], "audio": [{"type": "text"}]}, 'audio[0].type: expected one of audio, not "text"'),
        ({"scenes": [{"name": "A"}, {"name": "A"}]}, 'scenes[1].name: "A" is already the name of scenes[0]'),
        (
            {"scenes": [{"objects": [{"type": "group", "objects": [{"type": "circle", "name": "c"}] * 2}]}]},
            'objects[0].objects[1].name: "c" is already the name of scenes[0].objects[0].objects[0]',
        ),
        (
            with_object(type="video", src="a.mp4", **{"trim-start": 3, "trim-end": 2}),
            "scenes[1].objects[1].trim-end: 2 is not after trim-start, 3",
        ),
    ],
)
def test_an_error_says_where_it_is_and_what_is_allowed_there(raw: object, sentence: str) -> None:
    assert sentence in refusal(raw).message


def test_several_mistakes_are_told_at_once() -> None:
    error = refusal(text(colour="red", x="wide", opacity=3, keyframes=[{"time": 0, "y": "tall"}]))
    at = "scenes[1].objects[1]"
    paths = {problem.path.removeprefix(at) for problem in error.problems}
    assert paths == {"", ".x", ".opacity", ".keyframes[0].y"}
    assert error.message.endswith("(and 3 more)")
    assert error.code == "unknown_property"


def test_neither_a_wrong_type_nor_a_missing_field_hides_the_mistakes_after_it() -> None:
    objects: list[Any] = [
        {"type": "txt", "colour": "red"},
        {"type": "image"},
        {"text": "x"},
        4,
        {"type": "group", "objects": [{"type": "text", "text": 1, "animations": [{"type": "fed"}, {"type": "fly"}]}]},
        {"type": "circle", "keyframes": [{"x": 0}, {"time": 1, "x": "wide"}]},
    ]
    error = refusal({"width": "wide", "scenes": [{"objects": objects}, {"transition": "fade"}, {"duration": 0}]})
    assert [problem.path for problem in error.problems] == [
        "width",
        "scenes[0].objects[0].type",
        "scenes[0].objects[1]",
        "scenes[0].objects[2]",
        "scenes[0].objects[3]",
        "scenes[0].objects[4].objects[0].text",
        "scenes[0].objects[4].objects[0].animations[0].type",
        "scenes[0].objects[5].keyframes[0]",
        "scenes[0].objects[5].keyframes[1].x",
        "scenes[1].transition",
        "scenes[2].duration",
    ]
    assert 'not "fade"; for example {"type": "fade"}' in error.problems[9].message


def test_of_very_many_mistakes_some_are_told() -> None:
    objects = [{"type": "text", "text": "x", **{f"wrong{number}": 1 for number in range(20)}}] * 2000
    error = refusal({"scenes": [{"objects": objects}]})
    assert len(error.problems) == MAX_PROBLEMS


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("file:///etc/passwd", '"file:" is not supported'),
        ("ftp://example.com/a", '"ftp:" is not supported'),
        ("/etc/passwd", "relative to the template"),
        ("../../secret.png", "relative to the template"),
        ("a\\b.png", "relative to the template"),
        ("~/a.png", "relative to the template"),
        ("https://", "https:// and a host"),
        ("https://a b", "https:// and a host"),
        ("asset:", "asset:ID"),
        ("asset:../a", "asset:ID"),
        ("data:image/png,abc", "data:<type>;base64,<data>"),
        ("data:image/png;base64,a b", "not base64"),
        ("data:image/png;base64,AAAAA", "a part of it is missing"),
        ("data:image/png;base64," + "A" * 1_400_000, "at most 1,000,000 bytes"),
        ("a" * 5000, "at most 4096 characters"),
        ("", "text that is not empty"),
    ],
)
def test_an_address_that_is_never_fetched_is_refused(address: str, reason: str) -> None:
    error = refusal(with_object(type="image", src=address))
    assert reason in error.message
    assert error.problems[0].path == "scenes[1].objects[1].src"


def test_ten_thousand_objects_are_refused_at_once() -> None:
    raw = {"scenes": [{"objects": [{"type": "text", "text": "x", "colour": i} for i in range(10_000)]}]}
    started = time.thread_time()
    error = refusal(raw)
    assert time.thread_time() - started < 0.2
    assert error.code == "template_too_large"
    assert error.message == "The template has 10000 objects; at most 2000 are allowed."


def test_objects_in_groups_count() -> None:
    group = {"type": "group", "objects": [{"type": "circle"}] * 100}
    assert "2020 objects" in refusal({"scenes": [{"objects": [group] * 20}]}).message


@pytest.mark.parametrize("scenes", [201, 5000])
def test_too_many_scenes_are_refused(scenes: int) -> None:
    assert refusal({"scenes": [{}] * scenes}).message.startswith(f"The template has {scenes} scenes; at most 200")


def groups(depth: int) -> dict[str, Any]:
    inner: dict[str, Any] = {"type": "circle"}
    for _ in range(depth):
        inner = {"type": "group", "objects": [inner]}
    return inner


def test_groups_lie_in_groups_to_a_limit() -> None:
    assert parse(with_object(**groups(MAX_GROUPS)))
    error = refusal(with_object(**groups(MAX_GROUPS + 1)))
    assert error.code == "template_too_large"
    assert "groups lie in groups more than 8 deep" in error.message
    assert "groups lie in groups" in refusal(with_object(**groups(5000))).message


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "hostile",
    [
        float("nan"),
        float("inf"),
        -float("inf"),
        10**400,
        1e308,
        nested(100_000),
        "null\0character",
        "half \ud800",
        "x" * 30_000,
        {"\ud800": 1},
        {"k" * 1000: 1},
        {1: 2},
        {1, 2},
        b"bytes",
        [0] * 600_000,
    ],
    ids=lambda value: str(type(value).__name__),
)
@pytest.mark.parametrize("place", ["text", "x", "keyframes", "variables", "objects"])
def test_hostile_values_are_refused_as_mistakes_of_the_template(hostile: object, place: str) -> None:
    raw = text()
    if place == "variables":
        raw["variables"] = {"a": hostile}
    elif place == "objects":
        raw["scenes"][0]["objects"] = hostile
    else:
        raw["scenes"][1]["objects"][1][place] = hostile
    error = refusal(raw)
    assert len(error.message) < 1500
    error.message.encode()


@pytest.mark.parametrize(
    "broken", [b"", b"{", b"NaN", b'{"a": 1e999}', b"[" * 200_000, b'"\\ud800"', b"\xff\xfe", '"\ud800"']
)
def test_text_that_is_not_json_is_refused(broken: str | bytes) -> None:
    with pytest.raises(TemplateError, match="JSON"):
        load(broken)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["auto", "text", "50%"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["type", "x", "objects", "scenes", "time", "text"]) | st.text(max_size=8), inner, max_size=4
        )
    ),
    max_leaves=12,
)


def places(value: Any, found: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Every container and key at which something stands."""
    keys: Iterator[Any] = iter(())
    if isinstance(value, dict):
        keys = iter(value)
    elif isinstance(value, list):
        keys = iter(range(len(value)))
    for key in keys:
        found.append((value, key))
        places(value[key], found)
    return found


@given(json_values, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=300)
def test_no_json_makes_the_reader_fail_in_another_way(value: Any, random: Any) -> None:
    raw = copy.deepcopy(EXAMPLE)
    container, key = random.choice(places(raw, []))
    container[key] = value
    for candidate in (raw, value, {"scenes": value}, with_object(type="text", text=value)):
        with suppress(TemplateError):
            template = parse(candidate)
            assert parse(to_builtins(template)) == template


def test_every_file_a_template_needs_is_listed_with_its_kind_and_place() -> None:
    template = parse(EXAMPLE)
    assert sources(template) == [
        Source("https://example.com/a.jpg", "image", "scenes[0].background-image"),
        Source("clip.mp4", "video", "scenes[1].background-video"),
        Source("asset:abc-1", "image", "scenes[0].objects[2].background-image"),
        Source("pictures/a.png", "image", "scenes[0].objects[3].objects[0].src"),
        Source("data:video/mp4;base64,AAAA", "video", "scenes[0].objects[4].src"),
        Source("bed.mp3", "audio", "audio[0].src"),
    ]


def test_what_is_not_visible_needs_no_file_and_neither_does_what_lies_in_it() -> None:
    image = {"type": "image", "src": "a.png"}
    hidden = {"type": "group", "visible": False, "objects": [image, {"type": "group", "objects": [image]}]}
    template = parse({"scenes": [{"objects": [hidden, image]}]})
    assert [path for path, _ in visible(template)] == ["scenes[0].objects[1]"]
    assert [source.path for source in sources(template)] == ["scenes[0].objects[1].src"]
    assert len(list(walk(template))) == 5


def test_the_checked_in_schema_is_current() -> None:
    """Renew it with `python -m renderer.format.schema > templates/schema.json`."""
    assert (TEMPLATES / "schema.json").read_text() == schema_text()


def test_the_schema_agrees_with_the_reader() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    validator = jsonschema.Draft202012Validator(schema())
    assert list(validator.iter_errors(EXAMPLE)) == []
    for wrong in (text(colour="red"), text(opacity=2), with_object(type="txt"), {"scenes": []}):
        assert not validator.is_valid(wrong)


def told(raw: Any, modifications: Any = (), data: Any = None) -> list[str]:
    with pytest.raises(TemplateError) as refusal:
        apply(raw, modifications, data)
    return [problem.path for problem in refusal.value.problems]


def test_mistakes_of_every_sort_are_told_at_once() -> None:
    text = {"type": "text", "name": "a", "text": "{{nobody}}", "opacity": 9, "font-family": "Intr"}
    scenes = [
        {"duration": 2, "objects": [text, {"type": "text", "name": "a", "text": "Hi", "colour": "red"}]},
        {"duration": 2, "transition": {"type": "fade", "duration": 2.5}},
    ]
    assert set(told({"width": 1281, "fps": 2, "scenes": scenes})) == {
        "",
        "width",
        "scenes[0].objects[0].text",
        "scenes[0].objects[0].opacity",
        "scenes[0].objects[0].font-family",
        "scenes[0].objects[1]",
        "scenes[0].objects[1].name",
        "scenes[1].transition.duration",
    }


@pytest.mark.parametrize(
    ("scene", "path"),
    [
        ({"durations": 9, "transition": {"type": "fade", "duration": 6}}, "scenes[1]"),
        ({"objects": [{"type": "text", "duration": 9}], "transition": {"type": "fade", "duration": 6}}, ".objects[0]"),
        ({"duration": 9, "transition": {"type": "fad", "duration": 6}}, ".transition.type"),
        ({"objects": [{"type": "text", "text": "a", "spans": [{"match": "a", "colr": "red"}]}]}, ".spans[0]"),
        ({"objects": [{"type": "image", "src": "a.png", "keyframes": [{"x": 2}]}]}, ".keyframes[0]"),
        ({"objects": [{"type": "text", "text": "a", "font-size": "{{size}}"}]}, ".font-size"),
    ],
)
def test_what_a_mistake_hides_is_not_guessed(scene: dict[str, Any], path: str) -> None:
    [only] = told({"scenes": [{"duration": 9}, scene]})
    assert only.endswith(path)


def test_a_font_that_is_described_wrongly_makes_no_other_mistakes() -> None:
    words = {"type": "text", "text": "Hi", "font-family": "Mine"}
    assert told({"fonts": [{"family": "Mine"}], "scenes": [{"objects": [words]}]}) == ["fonts[0]"]


def test_a_modification_of_what_cannot_be_read_is_not_judged() -> None:
    raw = {"scenes": [{"objects": [{"type": "text", "name": "title"}]}]}
    assert told(raw, [{"object": "title", "text": "Hi"}]) == ["scenes[0].objects[0]"]


def test_mistakes_of_modifications_are_told_with_what_they_bring_in() -> None:
    raw = {"scenes": [{"duration": 2, "objects": [{"type": "text", "name": "title", "text": "{{nobody}}"}]}]}
    changes = [{"object": "titel", "text": "Hi"}, {"object": "title", "font-family": "Intr"}]
    assert told(raw, changes) == [
        "scenes[0].objects[0].text",
        "modifications[0].object",
        "modifications[1].font-family",
    ]


def test_in_repeated_scenes_placeholders_are_told_first() -> None:
    scene = {"repeat": "all", "objects": [{"type": "text", "text": "{{nobody}}", "opacity": 9}]}
    assert told({"scenes": [scene]}, data={"all": [1, 2]}) == ["scenes[0].objects[0].text"]


def test_a_request_in_the_place_of_a_template_is_told_apart() -> None:
    with pytest.raises(TemplateError, match='This is a request, not a template: give only what its "template" is'):
        apply({"template": {"scenes": [{}]}, "modifications": []})
