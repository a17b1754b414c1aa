"""Numbers in texts that count to what is written."""

from typing import Any

import numpy as np
import pytest

from renderer.format.figures import numbers, value_of, written
from tests.renderer.stills import Pixels, ink, still


def counting(content: str, frame: int, **properties: Any) -> Pixels:
    """Frame 30 is the first one in which it is there."""
    counter = {"type": "counter", "easing": "linear", **properties.pop("counter", {})}
    text = {"type": "text", "text": content, "font-size": 40, "animations": [counter], **properties}
    return still(text, size=(400, 60), frame=frame)


@pytest.mark.parametrize(
    ("value", "model", "expected"),
    [
        (0, "1,250", "0"),
        (987, "1,250", "987"),
        (1249.6, "1,250", "1,250"),
        (12345678, "9,999", "12,345,678"),
        (0.5, "3.14", "0.50"),
        (1234.5, "9.999,99", "1.234,50"),
        (0.06, "0,5", "0,1"),
        (999, "1 000", "999"),
        (1, "1.000.000", "1"),
        (7, "007", "007"),
        (12, "0.500", "12.000"),
        (12345, "99", "12345"),
        (31, "٣٤٥", "٣١"),
        (1234567, "12'345'678", "1'234'567"),
    ],
)
def test_a_value_is_written_in_the_manner_of_a_number(value: float, model: str, expected: str) -> None:
    assert written(value, model) == expected
    assert written(value_of(model), model) == model


def test_numbers_are_found_with_their_marks_and_no_others() -> None:
    found = [match[0] for match in numbers("$1,250.00, 3-4 pm, 50%, v2.1. In 2026, " + "9" * 400)]
    assert found == ["1,250.00", "3", "4", "50", "2.1", "2026"]


@pytest.mark.parametrize("content", ["1,211,111.50 km", "98 %", "$5", "0", "9,999 111", "1\u202f250 km"])
@pytest.mark.parametrize("family", ["Inter", "Poppins", "Anton"])
def test_a_number_ends_as_it_is_written(content: str, family: str) -> None:
    properties = {"font-family": family}
    plain = still({"type": "text", "text": content, "font-size": 40, **properties}, size=(400, 60))
    assert np.array_equal(counting(content, 30, **properties), plain)
    assert not np.array_equal(counting(content, 3, **properties, counter={"start-value": 4}), plain)


def test_the_words_beside_a_number_stay_where_they_are_in_every_frame() -> None:
    plain = counting("up to 111,111 km", 30)
    left, right = plain[:, :92], plain[:, 272:]
    assert ink(left)
    assert ink(right)
    for frame in range(0, 30, 2):
        seen = counting("up to 111,111 km", frame)
        assert np.array_equal(seen[:, :92], left)
        assert np.array_equal(seen[:, 272:], right)


def test_figures_that_change_do_not_move_those_that_do_not() -> None:
    """An 8 is much wider than a 1: in the middle of the way the box of each is the same."""
    edges = set()
    for start in (111, 118, 181, 188):
        properties = {"counter": {"start-value": start, "easing": "hold"}, "text-align": "right", "width": 390}
        seen = counting("999%", 3, **properties)
        sign = ink(seen[:, 340:])
        edges.add((sign[0], sign[2]))
    assert len(edges) == 1


@pytest.mark.parametrize(("align", "share"), [("left", 0), ("center", 0.5), ("right", 1)])
def test_a_shorter_number_lies_in_the_place_of_its_word_as_the_text_does(align: str, share: float) -> None:
    whole, short = (ink(counting("888,888", frame, width=400, **{"text-align": align})) for frame in (30, 0))
    free = whole[2] - whole[0] - (short[2] - short[0])
    assert free > 100
    assert short[0] - whole[0] == pytest.approx(free * share, abs=3)


def test_a_counter_starts_at_its_start_value_and_may_count_down() -> None:
    plain = still({"type": "text", "text": "999", "font-size": 40, "font-family": "Space Mono"}, size=(400, 60))
    down = counting("100", 0, counter={"start-value": 999}, **{"font-family": "Space Mono"})
    assert np.array_equal(down, plain)
