"""What is warned of before anything is drawn is what the finished video would be warned of."""

from typing import Any

from renderer.composition import Composition
from renderer.format.template import parse
from renderer.proof import MAX_WARNINGS, proof

LONG = {"type": "text", "text": "Incomprehensibilities", "width": 20, "font-size": 40}


def proofread(*objects: dict[str, Any]) -> tuple[str, ...]:
    return proof(parse({"width": 320, "height": 180, "scenes": [{"duration": 2, "objects": list(objects)}]}), {})


def test_every_text_is_told_of_whatever_the_time_at_which_it_is_seen() -> None:
    later = {**LONG, "start": 1, "keyframes": [{"time": 0, "opacity": 0}, {"time": 0.2, "opacity": 1}]}
    assert {warning.partition(": ")[0] for warning in proofread(LONG, later)} == {
        "scenes[0].objects[0].text",
        "scenes[0].objects[1].text",
    }


def test_a_text_that_is_never_seen_is_passed_over() -> None:
    assert proofread({**LONG, "visible": False}, {**LONG, "start": 2}) == ()


def test_the_canvas_of_a_text_is_that_of_its_group() -> None:
    text = {**LONG, "width": "100%", "text": "Hello there"}
    assert proofread({"type": "group", "objects": [text]}) == ()
    narrow = {"type": "group", "width": 300, "objects": [text], "keyframes": [{"time": 0, "width": 30}]}
    [told] = [warning for warning in proofread(narrow) if "a word is longer" in warning]
    assert told.startswith("scenes[0].objects[0].objects[0].text: ")


def test_it_tells_what_drawing_tells() -> None:
    late = {"type": "text", "text": "none", "animations": [{"type": "counter", "duration": 9}]}
    objects = [LONG, late, {**LONG, "wrap": False, "autofit": "shrink", "height": 2}]
    spans = {"type": "text", "text": "Hi", "spans": [{"match": "none", "color": "red"}]}
    template = parse({"width": 320, "height": 180, "scenes": [{"duration": 1, "objects": [*objects, spans]}]})
    with Composition(template, {}) as composition:
        composition.draw(0)
        assert any("animations[0]: the text has no number" in warning for warning in composition.warnings)
        assert set(proof(template, {})) == set(composition.warnings) != set()


def test_of_very_many_warnings_some_are_told() -> None:
    assert MAX_WARNINGS <= len(proofread(*[LONG] * 300)) < MAX_WARNINGS + 5
