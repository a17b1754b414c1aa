"""Numbers in texts that count to what is written."""

from typing import Any

import numpy as np
import pytest

from renderer.drawing.counting import Counting
from renderer.drawing.lettering import text_style
from renderer.format.animations import Counter, Course
from renderer.format.families import bundled
from renderer.format.figures import largest, numbers, size_of, written
from renderer.format.objects import Text
from renderer.format.template import parse
from renderer.text.fonts import Fonts
from renderer.text.layout import TextLayout, TextStyle, lay_out
from tests.renderer.stills import Pixels, ink, still

Raw = dict[str, Any]
FRAMES = range(0, 31, 2)


def counting(content: str, frame: int, **properties: Any) -> Pixels:
    """Frame 30 is the first one in which it is there."""
    counter = {"type": "counter", "easing": "linear", **properties.pop("counter", {})}
    text = {"type": "text", "text": content, "font-size": 40, "animations": [counter], **properties}
    return still(text, size=(400, 60), frame=frame)


def counted(content: str, **counter: Any) -> Text:
    raw = {"type": "counter", "easing": "linear", "duration": 1, **counter}
    template = parse({"scenes": [{"objects": [{"type": "text", "text": content, "animations": [raw]}]}]})
    (text,) = template.scenes[0].objects
    assert isinstance(text, Text)
    return text


def counting_of(text: Text) -> Counting:
    counters = [animation for animation in text.animations if isinstance(animation, Counter)]
    return Counting(counters, Course(counters, 2.0))


def letters_of(layout: TextLayout) -> str:
    return "".join(letter.text for letter in layout.letters)


def read(content: str, way: float, **counter: Any) -> str:
    """What stands there after a share of the way."""
    text = counted(content, **counter)
    base = lay_out(text.text, text_style(text, (1280.0, 720.0)), Fonts())
    return letters_of(counting_of(text).at(base, way))


def words(pixels: Pixels, blank: int = 8) -> list[tuple[int, int]]:
    """From where to where the words of a line are inked, which at least `blank` pixels part."""
    columns = np.flatnonzero(pixels.any(axis=(0, 2)))
    gaps = np.flatnonzero(np.diff(columns) > blank)
    return list(zip(columns[[0, *(gaps + 1)]].tolist(), (columns[[*gaps, -1]] + 1).tolist(), strict=True))


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
    assert written(size_of(model), model) == model


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("$1,250.00, 50%. In 2026, " + "9" * 400, [1250, 50, 2026]),
        ("-5% to \u2212$6.5 and +7, (\u20138)", [-5, -6.5, 7, -8]),
        ("30-day, 5-star, 2nd, 4k, 20°C, 100+", [30, 5, 2, 4, 20, 100]),
        ("1.250,50 € 1\u202f250 km 12'345'678 12,50,000", [1250.5, 1250, 12345678, 1250000]),
        ("累计1250人,增长30%", [1250, 30]),
        ("2026-11-25 25.11.2026 11/25/2026 2026年11月25日 10:30 3-4 pm", []),
        ("5%-10% 5k\u201310k -10°\u201320° 5 km-10 km $5-$10 1st-3rd 5个-10个 1%-2%-3%", []),
        ('10 Covid-19 tests on 3 days, (-5) "-6" $-7 5 - 6', [10, 3, -5, -6, -7, 5, 6]),
        ("1 250 000 km, $25 000.50 and 10\u00a0000 in 2026 250 times", [1250000, 25000.5, 10000, 2026, 250]),
        ("12 345 67 of 0800 123 456", [12, 345, 67, 800, 123, 456]),
        ("1 250-1 300 km, 1 250 m–1 300 m, 10 000年", []),
        ("#1 v2 v2.1.3 10.0.0.1 COVID-19 A4 iPhone15 1920x1080 16:9 24/7 1,2,3", []),
        ("\u0663\u0664\u0665 \u06634", [345]),
    ],
    ids=[
        "amounts",
        "signs",
        "units",
        "groups",
        "Chinese",
        "dates",
        "ranges",
        "no ranges",
        "blanks",
        "no groups",
        "blanks in ranges",
        "names",
        "scripts",
    ],
)
def test_numbers_are_those_that_tell_how_many(content: str, expected: list[float]) -> None:
    assert [number.value for number in numbers(content)] == expected


def test_the_largest_number_has_all_figures_of_the_written_one() -> None:
    assert [largest(model) for model in ("7", "1,250", "0.50")] == [9, 9999, 9.99]


@pytest.mark.parametrize("content", ["1,211,111.50 km", "-98 %", "$5", "0", "9,999 111", "1\u202f250 km"])
@pytest.mark.parametrize("family", ["Inter", "Poppins", "Anton"])
def test_a_number_rests_where_its_last_figures_came_to_lie(content: str, family: str) -> None:
    """From the last frame of the counter on nothing changes, though the figures are as wide as while they counted."""
    properties = {"font-family": family, "counter": {"start-value": 4, "duration": 0.5}}
    rest = counting(content, 15, **properties)
    assert np.array_equal(counting(content, 16, **properties), rest)
    assert not np.array_equal(counting(content, 1, **properties), rest)


def test_figures_of_one_width_rest_exactly_as_without_a_counter() -> None:
    mono = {"font-family": "Space Mono"}
    plain = still({"type": "text", "text": "to 1,250 km", "font-size": 40, **mono}, size=(400, 60))
    assert np.array_equal(counting("to 1,250 km", 30, **mono), plain)


@pytest.mark.parametrize("family", ["Inter", "Poppins", "Anton"])
@pytest.mark.parametrize("align", ["left", "center", "right"])
def test_a_counter_keeps_clear_of_the_words_beside_it_and_leaves_no_hole(align: str, family: str) -> None:
    look = {"color": "#0f0", "spans": [{"match": "111,111", "color": "#f00"}], "font-family": family}
    gaps = set()
    for frame in FRAMES:
        seen = counting("up 111,111 km", frame, width=390, **look, **{"text-align": align})
        number, others = (np.flatnonzero(seen[:, :, channel].any(axis=0)) for channel in (0, 1))
        gaps |= {number[0] - others[others < number[0]][-1], others[others > number[0]][0] - number[-1]}
    assert min(gaps) > 6
    assert max(gaps) < 28


@pytest.mark.parametrize(("align", "fixed"), [("left", 0), ("right", -1)])
def test_the_words_at_the_aligned_side_of_a_number_stay_where_they_are(align: str, fixed: int) -> None:
    places = {words(counting("up 8,888 km", frame, width=390, **{"text-align": align}))[fixed] for frame in FRAMES}
    assert len(places) == 1


def test_the_line_of_a_number_stays_in_the_middle() -> None:
    middles = []
    for frame in FRAMES:
        left, _, right, _ = ink(counting("8,888 km 8", frame, width=400, **{"text-align": "center"}))
        middles.append((left + right) / 2)
    assert max(middles) - min(middles) <= 3


@pytest.mark.parametrize("spacing", [0, 12])
def test_a_line_closes_up_where_what_is_not_there_is_its_last_letter_on_screen(spacing: int) -> None:
    """The minus of a number among words that run leftwards stands at the right of it, here at the line's end."""
    look = {"width": 390, "text-align": "right", "letter-spacing": spacing}
    edges = [ink(counting("-5 \u05d0\u05d7\u05d5\u05d6", frame, **look))[2] for frame in (0, 15, 30)]
    assert max(edges) - min(edges) <= 4


def test_figures_that_change_do_not_move_those_that_do_not() -> None:
    """An 8 is much wider than a 1: in the middle of the way the box of each is the same."""
    edges = set()
    for start in (111, 118, 181, 188):
        seen = counting("999%", 3, counter={"start-value": start, "easing": "hold"})
        sign = ink(seen[:, 90:])
        edges.add((sign[0], sign[2]))
    assert len(edges) == 1


def test_the_panel_of_a_text_has_room_for_its_number_all_the_time() -> None:
    look = {"background-color": "#00f", "color": "#f00", "padding": 6}
    panels, letters = set(), []
    for frame in FRAMES:
        seen = counting("111 km", frame, **look)
        panels.add(ink(seen))
        letters.append(ink(seen[:, :, :1], (0,)))
    ((left, _, right, _),) = panels
    assert min(place[0] for place in letters) >= left + 6
    assert max(place[2] for place in letters) <= right - 6


def test_what_lies_behind_a_number_is_as_wide_as_its_figures() -> None:
    spans = [{"match": "1,111", "background-color": "#00f", "color": "#f00"}]
    for frame in FRAMES:
        seen = counting("1,111 km", frame, spans=spans, color="#000")
        panel, figures = ink(seen), ink(seen[:, :, :1], (0,))
        assert 0 <= figures[0] - panel[0] <= 8
        assert 0 <= panel[2] - figures[2] <= 8


def test_a_counter_starts_at_its_start_value_and_may_count_down() -> None:
    plain = still({"type": "text", "text": "999", "font-size": 40, "font-family": "Space Mono"}, size=(400, 60))
    down = counting("100", 0, counter={"start-value": 999}, **{"font-family": "Space Mono"})
    assert np.array_equal(down, plain)


@pytest.mark.parametrize(
    ("content", "start", "seen"),
    [
        ("0", 10, ["10", "5", "0"]),
        ("T-0 s", 10, ["T-0 s"] * 3),
        ("In 5 days, -$7", 100, ["In 100 days, $100", "In 52 days, $46", "In 5 days, -$7"]),
        ("95%", 100, ["100%", "98%", "95%"]),
        ("999", 12345, ["12345", "6672", "999"]),
        ("1,250.50", 1e6, ["1,000,000.00", "500,625.25", "1,250.50"]),
        ("007", 1000, ["1000", "504", "007"]),
        ("\u0660", 10, ["\u0661\u0660", "\u0665", "\u0660"]),
    ],
)
def test_a_number_has_room_for_the_figures_that_it_starts_with(content: str, start: float, seen: list[str]) -> None:
    text = counted(content, **{"start-value": start})
    base = lay_out(text.text, text_style(text, (1280.0, 720.0)), Fonts())
    counting = counting_of(text)
    assert [letters_of(counting.at(base, way)) for way in (0.0, 0.5, 1.0)] == seen
    assert letters_of(counting.at_rest(base)) == content


def test_a_text_that_counts_down_is_as_wide_as_at_its_start_all_the_time_and_keeps_its_looks() -> None:
    look = {
        "background-color": "#00f",
        "color": "#fff",
        "spans": [{"match": "5", "whole-words": True, "color": "#f00"}],
    }
    panels, widths = set(), []
    for frame in (0, 15, 30, 45):
        seen = counting("5 km", frame, counter={"start-value": 1250}, **look)
        panels.add(ink(seen))
        left, _, right, _ = ink(seen[:, :, :1], (0,))
        widths.append(right - left)
        reds = seen[:, :, 0] > seen[:, :, 1]
        assert reds.any()
    assert len(panels) == 1
    assert widths[0] > widths[1] > widths[2] == widths[3]
    plain = ink(still({"type": "text", "text": "5 km", "font-size": 40}, size=(400, 60)))
    assert abs(widths[3] - (plain[2] - plain[0])) <= 4


@pytest.mark.parametrize(
    ("content", "way", "expected"),
    [
        ("-$5.00 net", 0, "$0.00 net"),
        ("-$5.00 net", 0.5, "-$2.50 net"),
        ("-$5.00 net", 1, "-$5.00 net"),
        ("+12%", 0.5, "+6%"),
        ("-0%", 0.5, "-0%"),
        ("1 250 000 km", 0.5, "625 000 km"),
        ("1 250 000 km", 0.0001, "125 km"),
        ("On 2026-11-25 for 80", 0.5, "On 2026-11-25 for 40"),
        ("\u0663\u0664\u0660 of \u06634", 0.5, "\u0661\u0667\u0660 of \u06634"),
    ],
)
def test_a_number_keeps_its_manner_on_the_way(content: str, way: float, expected: str) -> None:
    assert read(content, way) == expected


@pytest.mark.parametrize("family", bundled())
def test_only_figures_are_set_otherwise_in_a_text_that_counts(family: str) -> None:
    plain, counting = (
        lay_out("day-long – 30-day, -5 % (x:y) +/=", TextStyle(tabular=tabular, family=family), Fonts()).letters
        for tabular in (False, True)
    )
    for one, other in zip(plain, counting, strict=True):
        if not one.text.isdecimal():
            assert other.box.width == pytest.approx(one.box.width, abs=0.04 * 48), one.text


def test_a_number_is_found_whole_where_its_line_is_broken() -> None:
    style = TextStyle(tabular=True, size=40, width=130)
    layout = lay_out("In 2026-11-25", style, Fonts())
    assert [line.after for line in layout.lines] == [" ", "", "\n"]
    assert counting_of(counted("")).at(layout, 0.0).letters == layout.letters


def test_no_line_ends_between_the_blanks_of_a_number_that_counts() -> None:
    wide = "Now 1 250 000 km"
    for tabular, lines in ((True, ["Now", "1 250 000", "km"]), (False, ["Now 1 250", "000 km"])):
        layout = lay_out(wide, TextStyle(tabular=tabular, size=40, width=210), Fonts())
        assert [line.text for line in layout.lines] == lines


@pytest.mark.parametrize("width", [30, 90, 150, 210, None])
def test_the_place_of_a_number_does_not_depend_on_where_lines_are_broken(width: float | None) -> None:
    content = "5\u20e3 Up 5 km-10 km to 1 250 000 in 12\n345 h of 2026-11-25 -7"
    layout = lay_out(content, TextStyle(tabular=True, size=40, width=width), Fonts())
    placed = [number.number.written if number else None for number in counting_of(counted("")).numbers(layout)]
    assert placed == [number.written for number in numbers(content)] == ["1 250 000", "12", "345", "7"]


def test_of_two_counters_on_one_number_the_later_one_counts_it() -> None:
    early, late = Counter(duration=2, delay=1, start_value=9), Counter(duration=0.5)
    layout = lay_out("-5 x", TextStyle(tabular=True), Fonts())
    shown = Counting([early, late], Course([early, late], 9)).at(layout, 0.8)
    assert letters_of(shown) == "-5 x"


def test_an_easing_that_overshoots_shows_no_figures_that_have_no_place() -> None:
    back = {"easing": "cubic-bezier(0.5, -2, 0.5, 3)"}
    seen = {read("95", way / 20, **back) for way in range(21)}
    assert "99" in seen
    assert "0" in seen
    assert all(len(one) <= 2 and "-" not in one for one in seen)


@pytest.mark.parametrize(
    "content", ["0", "0.0000", "0.00", "-1,250.50", "12,50,000", "1 250", "007", "0.0000000000000"]
)
@pytest.mark.parametrize("start", [0, 9.5, 10, 999.996, 1e9, 1e12])
def test_no_start_and_no_easing_leads_beyond_the_room_of_a_number(content: str, start: float) -> None:
    for way in range(21):
        read(content, way / 20, **{"start-value": start, "easing": "cubic-bezier(0.5, -5, 0.5, 6)"})
    assert read(content, 1.0, **{"start-value": start}) == content


def test_one_of_several_numbers_may_count_alone() -> None:
    assert read("Top 10 of 250 since 2026", 0.5, number=2) == "Top 10 of 125 since 2026"
    assert read("Top 10 of 250", 0.5, number=3) == "Top 10 of 250"
