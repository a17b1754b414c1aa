from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renderer.format.values import (
    Color,
    Fill,
    Length,
    LinearGradient,
    RadialGradient,
    Size,
    Spacing,
    encode,
    interpolate,
    parse_color,
    parse_fill,
    parse_frame_rate,
    parse_length,
)

shares = st.floats(0, 1)
colors = st.builds(Color, shares, shares, shares, shares)
amounts = st.floats(-10_000, 10_000)
lengths = st.builds(Length, amounts, amounts, amounts, amounts, amounts, amounts)


def rgb(color: Fill) -> tuple[float, ...]:
    assert isinstance(color, Color)
    return tuple(round(channel * 255, 1) for channel in color.rgba[:3])


@pytest.mark.parametrize(
    ("written", "axis", "pixels"),
    [
        (20, "x", 20),
        ("12px", "x", 12),
        ("-1.5e1px", "x", -15),
        ("50%", "x", 500),
        ("50%", "y", 200),
        ("50%", "min", 200),
        ("10vw", "y", 100),
        ("10VH", "x", 40),
        ("5vmin", "x", 20),
        ("5 vmax", "y", 50),
    ],
)
def test_a_length_is_pixels_or_a_share_of_the_canvas(written: object, axis, pixels: float) -> None:
    assert parse_length(written, Length).px(1000, 400, axis) == pytest.approx(pixels)


def test_letter_spacing_may_be_given_in_font_sizes() -> None:
    assert parse_length("0.02em", Spacing).px(1000, 400, em=50) == pytest.approx(1)
    with pytest.raises(ValueError, match="expected a length"):
        parse_length("2em", Length)


@pytest.mark.parametrize("wrong", ["wide", "", "5pt", "1e999", "nan", True, None, [1], {}, 10**30, "10 0px"])
def test_what_is_not_a_length_is_refused_with_examples(wrong: object) -> None:
    with pytest.raises(ValueError, match="expected a length"):
        parse_length(wrong, Length)


def test_a_size_is_not_negative_even_when_an_easing_overshoots() -> None:
    with pytest.raises(ValueError, match="from 0 to 100000"):
        parse_length(-1, Size)
    shrunk = interpolate(Size(100), Size(0), 1.5)
    assert isinstance(shrunk, Size)
    assert shrunk.px(1000, 400) == 0


def test_lengths_of_different_units_are_mixed_on_any_canvas() -> None:
    middle = interpolate(Length(100), Length(percent=50), 0.5)
    assert isinstance(middle, Length)
    assert middle.px(1000, 400, "x") == 300
    assert middle.px(2000, 400, "x") == 550


@given(lengths, lengths, shares, st.floats(16, 4096), st.floats(16, 4096))
@settings(deadline=None)
def test_a_length_between_two_lies_between_their_pixels(a, b, t, width, height) -> None:
    ends = sorted((a.px(width, height, "x"), b.px(width, height, "x")))
    between = interpolate(a, b, t)
    assert isinstance(between, Length)
    assert ends[0] - 1e-6 <= between.px(width, height, "x") <= ends[1] + 1e-6


@pytest.mark.parametrize(
    ("written", "channels"),
    [
        ("#f80", (255, 136, 0)),
        ("tomato", (255, 99, 71)),
        ("RGB(255 136 0 / 50%)", (255, 136, 0)),
        ("rgba(255, 136, 0, .5)", (255, 136, 0)),
        ("hsl(120 100% 25%)", (0, 127.5, 0)),
        ("hwb(0 0% 0%)", (255, 0, 0)),
        ("lab(100 0 0)", (255, 255, 255)),
        ("lab(54.29 80.8 69.89)", (255, 0, 0)),
        ("lch(54.29 106.84 40.86)", (255, 0, 0)),
        ("oklab(0.62796 0.22486 0.12585)", (255, 0, 0)),
        ("oklch(0.62796 0.25768 29.234)", (255, 0, 0)),
        ("color(srgb 1 0.5 0)", (255, 127.5, 0)),
        ("color(srgb-linear 1 0.2140411 0)", (255, 127.5, 0)),
    ],
)
def test_a_colour_is_read_as_css_says(written: str, channels: tuple[float, ...]) -> None:
    assert rgb(parse_color(written)) == pytest.approx(channels, abs=0.6)


def test_the_alpha_of_a_colour_is_straight() -> None:
    assert parse_color("#ff000080").rgba == (1, 0, 0, 128 / 255)
    assert parse_color("transparent").a == 0


@pytest.mark.parametrize(
    "wrong",
    [
        *("redd", "", "#12", "#gggggg", "rgb(1)", "color()", "currentcolor", "red blue", "red;"),
        *("color(display-p3 1 0 0)", "lab(1e300 1e300 1e300)", "linear-gradient(red, blue)"),
        *("rgb(" * 400, "x" * 5000),
    ],
)
def test_what_is_not_a_colour_is_refused_with_examples(wrong: str) -> None:
    with pytest.raises(ValueError, match="expected a colour such as"):
        parse_color(wrong)


def test_colours_are_mixed_in_oklab() -> None:
    # color-mix(in oklab, red, blue) of CSS Color 5
    assert rgb(interpolate(parse_color("red"), parse_color("blue"), 0.5)) == pytest.approx((140.4, 83, 162.3), abs=0.1)


def test_a_colour_fading_from_transparent_keeps_its_hue() -> None:
    half = interpolate(parse_color("transparent"), parse_color("red"), 0.5)
    assert isinstance(half, Color)
    assert half.rgba == pytest.approx((1, 0, 0, 0.5), abs=1e-4)


@given(colors, colors, st.floats(-1, 2))
@settings(deadline=None)
def test_a_mixed_colour_is_a_colour_however_far_an_easing_goes(a: Color, b: Color, t: float) -> None:
    mixed = interpolate(a, b, t)
    assert isinstance(mixed, Color)
    assert all(0 <= channel <= 1 for channel in mixed.rgba)


@given(colors, colors, shares)
@settings(deadline=None)
def test_two_close_times_give_two_close_colours(a: Color, b: Color, t: float) -> None:
    near, far = (interpolate(a, b, min(1.0, t + step)) for step in (0.0, 1e-7))
    assert isinstance(near, Color)
    assert isinstance(far, Color)
    weighted = [[channel * c.a for channel in c.rgba[:3]] for c in (near, far)]
    assert weighted[0] == pytest.approx(weighted[1], abs=1e-2)


@given(colors, colors, st.floats(0, 1))
@settings(deadline=None)
def test_a_value_that_is_written_reads_back_the_same(a: Color, b: Color, t: float) -> None:
    mixed = interpolate(a, b, t)
    assert parse_fill(str(encode(mixed))) == mixed
    gradient = parse_fill(f"linear-gradient({t * 360:.6f}deg, {a} {t * 50:.6f}%, {b}, {mixed} 90%)")
    assert parse_fill(str(encode(gradient))) == gradient


@pytest.mark.parametrize(
    ("written", "positions"),
    [
        ("linear-gradient(red, blue)", [0, 1]),
        ("linear-gradient(red, lime, blue)", [0, 0.5, 1]),
        ("linear-gradient(red 20%, lime, blue, white 80%)", [0.2, 0.4, 0.6, 0.8]),
        ("linear-gradient(red 50%, blue 20%)", [0.5, 0.5]),
        ("linear-gradient(red, blue 30% 60%, lime)", [0, 0.3, 0.6, 1]),
        ("radial-gradient(red, lime 10%, blue)", [0, 0.1, 1]),
    ],
)
def test_stops_without_a_place_are_spread_as_css_does(written: str, positions: list[float]) -> None:
    gradient = parse_fill(written)
    assert isinstance(gradient, LinearGradient | RadialGradient)
    assert [stop.position for stop in gradient.stops] == pytest.approx(positions)


@pytest.mark.parametrize(
    ("direction", "start", "end"),
    [
        ("to right", (0, 50), (200, 50)),
        ("90deg", (0, 50), (200, 50)),
        ("0.5turn", (100, 0), (100, 100)),
        ("to bottom right", (60, -30), (140, 130)),
    ],
)
def test_the_line_of_a_gradient_is_that_of_css(direction: str, start, end) -> None:
    gradient = parse_fill(f"linear-gradient({direction}, red, blue)")
    assert isinstance(gradient, LinearGradient)
    found = gradient.line(200, 100)
    assert found[0] == pytest.approx(start)
    assert found[1] == pytest.approx(end)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ("linear-gradient(red)", "2 to 32 stops"),
        ("linear-gradient()", "each stop"),
        ("linear-gradient(red, blue 20px)", "each stop"),
        ("linear-gradient(red, blue 120%)", "between 0% and 100%"),
        ("linear-gradient(to north, red, blue)", "starts with an angle"),
        ("linear-gradient(to left right, red, blue)", "starts with an angle"),
        ("linear-gradient(5px, red, blue)", "starts with an angle"),
        ("conic-gradient(red, blue)", "conic-gradient is not supported"),
        (f"linear-gradient({', '.join(['red'] * 33)})", "2 to 32 stops"),
    ],
)
def test_a_gradient_that_cannot_be_drawn_says_why(wrong: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_fill(wrong)


def test_gradients_of_equal_stops_are_mixed_and_others_switch_at_the_end() -> None:
    a = parse_fill("linear-gradient(0deg, red, blue)")
    b = parse_fill("linear-gradient(90deg, blue 20%, red)")
    middle = interpolate(a, b, 0.5)
    assert isinstance(middle, LinearGradient)
    assert middle.angle == 45
    assert middle.stops[0].position == pytest.approx(0.1)
    for other in (
        parse_fill("red"),
        parse_fill("radial-gradient(red, blue)"),
        parse_fill("linear-gradient(red, lime, blue)"),
    ):
        assert interpolate(a, other, 0.99) == a
        assert interpolate(a, other, 1.0) == other


@pytest.mark.parametrize(
    ("written", "rate"),
    [
        (30, Fraction(30)),
        (25.0, Fraction(25)),
        (12.5, Fraction(25, 2)),
        (29.97, Fraction(30000, 1001)),
        ("29.97", Fraction(30000, 1001)),
        (23.976, Fraction(24000, 1001)),
        (59.94, Fraction(60000, 1001)),
        ("30000/1001", Fraction(30000, 1001)),
        ("24", Fraction(24)),
    ],
)
def test_a_frame_rate_is_exact(written: object, rate: Fraction) -> None:
    assert parse_frame_rate(written) == rate


@pytest.mark.parametrize("wrong", [0, -1, 121, 1e300, float("nan"), "1/0", "1e9", "", "30000/", True, None, 10**40])
def test_a_frame_rate_outside_1_to_120_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match="from 1 to 120"):
        parse_frame_rate(wrong)


@given(st.text(max_size=60) | st.from_regex(r"(linear|radial)-gradient\([a-z0-9%#, .()-]{0,40}\)", fullmatch=True))
@settings(deadline=None, max_examples=300)
def test_no_text_makes_a_value_parser_fail_in_another_way(text: str) -> None:
    for parse in (parse_color, parse_fill, parse_frame_rate, lambda value: parse_length(value, Spacing)):
        with suppress(ValueError):
            parse(text)
