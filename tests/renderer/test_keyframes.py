import random
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renderer.format.keyframes import Animated
from renderer.format.objects import AnyObject, Rectangle
from renderer.format.template import parse
from renderer.format.values import Color, Length, Size, parse_color, parse_fill


def rectangle(*keyframes: dict[str, Any], **properties: Any) -> Rectangle:
    obj = any_object({"type": "rectangle", "keyframes": list(keyframes), **properties})
    assert isinstance(obj, Rectangle)
    return obj


def any_object(raw: dict[str, Any]) -> AnyObject:
    return parse({"scenes": [{"objects": [raw]}]}).scenes[0].objects[0]


MOVES = ({"time": 1, "x": 100}, {"time": 2, "x": 200, "easing": "ease-in-quad"}, {"time": 4, "x": "50%"})


@pytest.mark.parametrize(
    ("time", "pixels"),
    [(0, 100), (1, 100), (1.5, 125), (2, 200), (3, 350), (4, 500), (60, 500)],
)
def test_a_value_holds_before_the_first_and_after_the_last_keyframe(time: float, pixels: float) -> None:
    assert Animated(rectangle(*MOVES)).at(time).x.px(1000, 400, "x") == pytest.approx(pixels)


def test_properties_that_no_keyframe_names_stay_as_they_are() -> None:
    obj = rectangle(*MOVES, y=7, opacity=0.5)
    shown = Animated(obj).at(1.5)
    assert (shown.y, shown.opacity, shown.keyframes) == (obj.y, obj.opacity, obj.keyframes)


def test_a_keyframe_passes_over_the_properties_it_does_not_name() -> None:
    obj = rectangle({"time": 0, "x": 0, "opacity": 0}, {"time": 1, "opacity": 1}, {"time": 2, "x": 20})
    shown = Animated(obj).at(1.5)
    assert shown.x == Length(15)
    assert shown.opacity == 1


def test_the_order_in_which_keyframes_are_written_does_not_matter() -> None:
    shuffled = Animated(rectangle(*reversed(MOVES)))
    assert [shuffled.key(t / 7) for t in range(40)] == [Animated(rectangle(*MOVES)).key(t / 7) for t in range(40)]


def test_two_keyframes_at_one_time_make_a_jump() -> None:
    jump = Animated(rectangle({"time": 0, "x": 0}, {"time": 1, "x": 10}, {"time": 1, "x": 50}, {"time": 2, "x": 60}))
    assert jump.at(0.999).x == Length(pytest.approx(9.99))
    assert jump.at(1.0).x == Length(50)


def test_hold_keeps_the_value_until_the_keyframe_is_reached() -> None:
    held = Animated(rectangle({"time": 0, "x": 0}, {"time": 1, "x": 10, "easing": "hold"}))
    assert [held.at(t).x.px(1, 1) for t in (0.5, 0.999, 1)] == [0, 0, 10]


def test_colours_fills_and_lengths_of_other_units_travel() -> None:
    obj = rectangle(
        {"time": 0, "background-color": "red", "border-color": "#fff", "width": 100},
        {"time": 1, "background-color": "blue", "border-color": "#000", "width": "100%"},
    )
    shown = Animated(obj).at(0.5)
    assert isinstance(shown.background_color, Color)
    assert shown.background_color.rgba == pytest.approx((0.550, 0.326, 0.637, 1), abs=1e-3)
    assert shown.width.px(1000, 400, "x") == 550
    assert isinstance(shown.width, Size)


def test_fills_that_cannot_be_mixed_switch_at_the_keyframe() -> None:
    obj = rectangle(
        {"time": 0, "background-color": "red"}, {"time": 1, "background-color": "linear-gradient(red, blue)"}
    )
    assert Animated(obj).at(0.99).background_color == parse_color("red")
    assert Animated(obj).at(1).background_color == parse_fill("linear-gradient(red, blue)")


def test_an_overshooting_easing_stays_within_what_the_property_allows() -> None:
    obj = rectangle(
        {"time": 0, "opacity": 0, "scale": 1, "width": 10},
        {"time": 1, "opacity": 1, "scale": 2, "width": 0, "easing": "ease-out-back"},
    )
    at_its_highest = Animated(obj).at(0.6)
    assert at_its_highest.opacity == 1
    assert at_its_highest.scale > 2
    assert at_its_highest.width.px(1000, 400, "x") == 0


def test_the_volume_of_a_sound_is_animated() -> None:
    sound = any_object(
        {"type": "audio", "src": "a.mp3", "keyframes": [{"time": 0, "volume": 0}, {"time": 2, "volume": 1}]}
    )
    assert Animated(sound).key(0.5) == (0.25,)


def test_an_object_without_keyframes_is_given_back_itself() -> None:
    obj = rectangle()
    still = Animated(obj)
    assert still.at(3) is obj
    assert still.key(0) == still.key(9) == ()


times = st.floats(0, 10, allow_nan=False)
points = st.lists(
    st.fixed_dictionaries(
        {"time": times, "rotation": st.floats(-360, 360), "opacity": st.floats(0, 1), "x": st.floats(-500, 500)},
        optional={
            "easing": st.sampled_from(["linear", "ease", "ease-in-out-cubic", "steps(3)", "hold", "ease-out-bounce"])
        },
    ),
    min_size=1,
    max_size=6,
)


@given(points, times)
@settings(deadline=None)
def test_values_stay_between_the_lowest_and_the_highest_keyframe(keyframes: list[dict[str, Any]], time: float) -> None:
    shown = Animated(rectangle(*keyframes)).at(time)
    for name, value in (("rotation", shown.rotation), ("opacity", shown.opacity), ("x", shown.x.px(1, 1))):
        given_values = [keyframe[name] for keyframe in keyframes]
        assert min(given_values) - 1e-6 <= value <= max(given_values) + 1e-6


@given(points, st.lists(times, min_size=2, max_size=8))
@settings(deadline=None)
def test_a_time_has_the_same_values_whatever_was_asked_before(
    keyframes: list[dict[str, Any]], asked: list[float]
) -> None:
    obj = rectangle(*keyframes)
    together = Animated(obj)
    shuffled = random.Random(1).sample(asked, len(asked))
    assert {t: together.key(t) for t in asked} == {t: Animated(obj).key(t) for t in shuffled}


@given(st.lists(st.tuples(st.integers(0, 50), st.floats(-100, 100)), min_size=2, max_size=6, unique_by=lambda p: p[0]))
@settings(deadline=None)
def test_a_value_has_no_jumps_between_keyframes_at_different_times(points: list[tuple[int, float]]) -> None:
    animated = Animated(rectangle(*({"time": t / 10, "rotation": value, "easing": "ease"} for t, value in points)))
    values = [animated.at(step / 1000).rotation for step in range(0, 5100, 5)]
    steepest = max(abs(b - a) for a, b in pairwise(values))
    assert steepest <= 200 * 0.05 * 3  # 5 ms of at most 200 degrees in 0.1 s, and `ease` is under 3 times as steep
