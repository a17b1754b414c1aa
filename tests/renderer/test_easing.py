import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renderer.format.easing import NAMED, SETTLED, bezier, parse_easing, released

smooth = [name for name in NAMED if name != "hold"]
FAMILIES = ("quad", "cubic", "quart", "quint", "sine", "expo", "circ", "back", "elastic", "bounce")
shares = st.floats(0, 1)


@pytest.mark.parametrize("name", [*NAMED, "cubic-bezier(0.16, 1, 0.3, 1)", "steps(5)", "spring(1, 100, 10)"])
def test_every_easing_starts_at_nothing_and_ends_at_everything(name: str) -> None:
    easing = parse_easing(name)
    assert easing(0.0) == pytest.approx(0, abs=1e-12)
    assert easing(-1.0) == 0
    assert easing(1.0) == easing(2.0) == 1


@pytest.mark.parametrize("name", [*smooth, "spring(1, 100, 10)", "spring(1, 100, 20)", "spring(1, 10, 100)"])
def test_a_smooth_easing_has_no_jumps(name: str) -> None:
    easing = parse_easing(name)
    values = [easing(step / 20_000) for step in range(20_001)]
    assert max(abs(b - a) for a, b in pairwise(values)) < 0.011  # a circle leaves at a right angle


@pytest.mark.parametrize(
    "name",
    [*NAMED, "cubic-bezier(0.9, -6, 0.1, 8)", "cubic-bezier(0, 0.5, 1, 0.6)", "steps(3, start)"]
    + [
        f"spring({mass}, {stiffness}, {damping})"
        for mass in (0.1, 40)
        for stiffness in (1, 900)
        for damping in (0.2, 90)
    ],
)
def test_an_easing_stays_within_its_span(name: str) -> None:
    easing = parse_easing(name)
    low, high = easing.span
    assert all(low - 1e-9 <= easing(step / 5000) <= high + 1e-9 for step in range(5000))


@pytest.mark.parametrize("family", FAMILIES)
def test_ease_out_is_ease_in_played_backwards(family: str) -> None:
    into, out = parse_easing(f"ease-in-{family}"), parse_easing(f"ease-out-{family}")
    for t in (0.1, 0.25, 0.5, 0.8):
        assert out(t) == pytest.approx(1 - into(1 - t))


@pytest.mark.parametrize(
    ("name", "t", "value"),
    [
        ("ease-in-quad", 0.5, 0.25),
        ("ease-in-quint", 0.5, 0.03125),
        ("ease-in-out-cubic", 0.25, 0.0625),
        ("ease-out-sine", 0.5, math.sqrt(0.5)),
        ("ease-in-expo", 0.5, 0.03125),
        ("ease-out-circ", 0.5, math.sqrt(0.75)),
        ("ease-in-back", 0.5, -0.0876975),
        ("ease-in-out-back", 0.25, -0.0996818),
        ("ease-in-elastic", 0.5, -0.015625),
        ("ease-in-out-elastic", 0.25, 0.0119695),
        ("ease-out-bounce", 0.5, 0.765625),
        ("ease-out-bounce", 0.9, 0.988125),
    ],
)
def test_the_penner_families_have_their_published_values(name: str, t: float, value: float) -> None:
    assert parse_easing(name)(t) == pytest.approx(value, abs=1e-6)


@given(shares, st.floats(-2, 3), shares, st.floats(-2, 3), shares)
@settings(deadline=None)
def test_a_bezier_passes_through_the_points_of_its_parametric_form(x1, y1, x2, y2, s) -> None:
    x = 3 * (1 - s) ** 2 * s * x1 + 3 * (1 - s) * s**2 * x2 + s**3
    curve = bezier(x1, y1, x2, y2)
    found = [curve(min(1.0, max(0.0, x + nudge))) for nudge in (-1e-7, 0, 1e-7)]
    y = 3 * (1 - s) ** 2 * s * y1 + 3 * (1 - s) * s**2 * y2 + s**3
    slack = 1e-6 + max(found) - min(found)  # where the curve is upright, x says little of y
    assert min(found) - slack <= y <= max(found) + slack


def test_steps_jump_where_css_says() -> None:
    at_the_end, at_the_start = parse_easing("steps(4)"), parse_easing("steps(4, start)")
    assert [at_the_end(t) for t in (0, 0.24, 0.25, 0.99, 1)] == [0, 0, 0.25, 0.75, 1]
    assert [at_the_start(t) for t in (0, 0.24, 0.25, 0.99, 1)] == [0.25, 0.25, 0.5, 1, 1]


SPRINGS = [(1, 100, 10), (1, 100, 20), (2, 50, 25), (1, 10, 100), (3, 300, 1)]


@pytest.mark.parametrize(("mass", "stiffness", "damping"), SPRINGS)
def test_a_spring_obeys_its_equation_of_motion(mass: float, stiffness: float, damping: float) -> None:
    left, _ = released(mass, stiffness, damping)
    h = 1e-4
    for t in (0.01, 0.1, 0.5, 1.0):
        before, here, after = left(t - h), left(t), left(t + h)
        acceleration, velocity = (after - 2 * here + before) / h**2, (after - before) / (2 * h)
        assert mass * acceleration + damping * velocity + stiffness * here == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize(("mass", "stiffness", "damping"), SPRINGS)
def test_a_spring_starts_at_rest_and_has_settled_at_the_end(mass: float, stiffness: float, damping: float) -> None:
    left, seconds = released(mass, stiffness, damping)
    assert left(0) == pytest.approx(1)
    assert (left(1e-6) - left(0)) / 1e-6 == pytest.approx(0, abs=1e-3)
    assert all(abs(left(seconds * later)) <= SETTLED * 1.01 for later in (1, 1.1, 1.5, 2))
    assert any(abs(left(seconds * part)) > SETTLED for part in (0.8, 0.85, 0.9, 0.95))


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ("easy", "expected an easing"),
        ("", "expected an easing"),
        ("cubic-bezier(1, 2, 3)", "four numbers"),
        ("cubic-bezier(2, 0, 0, 1)", "between 0 and 1"),
        ("cubic-bezier(0, 99, 0, 1)", "between -10 and 10"),
        ("cubic-bezier(0, nan, 0, 1)", "not a number"),
        ("steps(0)", "from 1 to 1000"),
        ("steps(2, middle)", "from 1 to 1000"),
        ("spring(0)", "between 0.01 and 10000"),
        ("spring(1,2,3,4)", "up to three numbers"),
    ],
)
def test_an_easing_that_cannot_be_says_why(wrong: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_easing(wrong)


@given(st.text(max_size=40) | st.from_regex(r"(steps|spring|cubic-bezier)\([0-9a-z., e-]{0,30}\)", fullmatch=True))
@settings(deadline=None, max_examples=300)
def test_no_text_makes_the_parser_fail_in_another_way(text: str) -> None:
    try:
        easing = parse_easing(text)
    except ValueError:
        return
    assert math.isfinite(easing(0.3))
    assert parse_easing(str(easing)) == easing
