"""Texts whose letters, words and lines come, go and move."""

from itertools import pairwise
from typing import Any, get_args

import numpy as np
import pytest

from renderer.composition import Composition
from renderer.drawing.geometry import Affine, Area
from renderer.drawing.lettering import Lettering, lettering, setting_of
from renderer.drawing.sheet import Sheet
from renderer.drawing.text_motion import Block, TextMotion, extent_of_block, paint_block
from renderer.drawing.text_states import Room, State, states
from renderer.drawing.text_units import ranks, units_of
from renderer.errors import TemplateError
from renderer.format.animations import AnyAnimation, By, Course, Direction, Order
from renderer.format.objects import Text
from renderer.format.template import parse
from renderer.text.fonts import Fonts
from renderer.text.layout import TextLayout, TextStyle, lay_out
from tests.renderer.stills import BLACK, colour, ink, still

Raw = dict[str, Any]

FONTS = Fonts()
CANVAS = (400.0, 200.0)
ROOM = Room(CANVAS, CANVAS, 40.0)
PRESETS = [str(kind.__struct_config__.tag) for kind in get_args(AnyAnimation)]
SPLITS = [preset for preset in PRESETS if preset != "counter"]
ONE_WAY = ("typewriter", "fly", "reveal")
LOOPS = [preset for preset in SPLITS if preset not in ONE_WAY]


def text(content: str = "One two", *animations: Raw, **properties: Any) -> Raw:
    return {"type": "text", "text": content, "font-size": 40, "animations": list(animations), **properties}


def parsed(raw: Raw) -> Text:
    obj = parse({"scenes": [{"objects": [raw]}]}).scenes[0].objects[0]
    assert isinstance(obj, Text)
    return obj


def set_(obj: Text) -> tuple[TextLayout, Lettering]:
    setting = setting_of(obj, CANVAS)
    return lay_out(setting.text, setting.style, FONTS, setting.spans), lettering(obj, CANVAS)


def layout_of(content: str, **properties: Any) -> TextLayout:
    return set_(parsed(text(content, **properties)))[0]


def block_at(raw: Raw, time: float, life: float = 2.0) -> Block:
    obj = parsed(raw)
    layout, look = set_(obj)
    return TextMotion(obj.animations, "scenes[0].objects[0]", life).block(layout, look, ROOM, time)


def states_at(animation: Raw, order: list[int], time: float, life: float = 2.0) -> list[State]:
    (read,) = parsed(text("One", animation)).animations
    assert not isinstance(read, get_args(AnyAnimation)[-1])
    return states(read, order, time, Course([read], life), ROOM)


def frames_of(raw: Raw, duration: float = 2.0) -> list[np.ndarray]:
    template = {"width": 400, "height": 200, "frame-rate": 10, "scenes": [{"duration": duration, "objects": [raw]}]}
    with Composition(parse(template), {}) as composition:
        return [composition.draw(frame).copy() for frame in range(composition.timeline.frames)]


# Coming and going


@pytest.mark.parametrize("by", get_args(By))
@pytest.mark.parametrize("preset", SPLITS)
def test_a_text_comes_from_nothing_and_rests_exactly_as_without_animations(preset: str, by: str) -> None:
    animation = {"type": preset, "by": by, "duration": 0.5}
    plain = still(text(x=20, y=20), size=(400, 200))
    seen = [still(text("One two", animation, x=20, y=20), size=(400, 200), frame=frame) for frame in (0, 1, 15, 40)]
    if preset != "typewriter":
        assert not seen[0].any()
        assert not np.array_equal(seen[1], plain)
    assert np.array_equal(seen[2], plain)
    assert np.array_equal(seen[3], plain)


@pytest.mark.parametrize("preset", SPLITS)
def test_a_text_goes_until_nothing_is_left_at_its_end(preset: str) -> None:
    raw = text("One two", {"type": preset, "when": "out", "duration": 0.5})
    assert [len(block_at(raw, time).units) == 6 for time in (1.4999, 1.9, 2.0)] == [True, False, False]
    assert block_at(raw, 2.0).units == ()


@pytest.mark.parametrize("preset", SPLITS)
def test_what_comes_and_what_goes_is_whole_in_between(preset: str) -> None:
    both = [{"type": preset, "duration": 0.5}, {"type": preset, "when": "out", "duration": 0.5}]
    frames = frames_of(text("One two", *both))
    plain = frames_of(text("One two"))[0]
    whole = [frame for frame, picture in enumerate(frames) if np.array_equal(picture, plain)]
    assert whole == list(range(5, 16))


def test_animations_that_do_not_fit_into_the_life_of_a_text_are_shortened_alike() -> None:
    course = Course(parsed(text("One", {"type": "fade", "duration": 3}, {"type": "fly", "when": "out"})).animations, 2)
    assert course.share == 0.5
    assert course.rests(1.5)
    assert not course.rests(1.4)
    assert not course.rests(1.6)


def test_a_delay_is_time_before_what_comes_and_after_what_goes() -> None:
    fade = {"type": "fade", "easing": "linear", "duration": 0.5, "delay": 0.4}
    coming = [states_at(fade, [0], time)[0].opacity for time in (0, 0.4, 0.65, 0.9, 2)]
    going = [states_at({**fade, "when": "out"}, [0], time)[0].opacity for time in (0, 1.1, 1.35, 1.6, 2)]
    assert coming == pytest.approx([0, 0, 0.5, 1, 1])
    assert going == pytest.approx([1, 1, 0.5, 0, 0])


def test_all_of_a_text_rests_until_a_loop_begins_after_its_delay() -> None:
    wave = {"type": "wave", "when": "loop", "duration": 1, "delay": 0.5}
    heights = [[state.y for state in states_at(wave, [0, 1], time)] for time in (0, 0.5, 0.75, 1.25)]
    assert heights[:2] == [[0, 0], [0, 0]]
    assert heights[2] == pytest.approx([-20, 0])
    assert heights[3] == pytest.approx([20, -20])


def test_a_slide_moves_in_its_direction_both_when_it_comes_and_when_it_goes() -> None:
    for direction, sign in (("left", -1), ("right", 1)):
        slide = {"type": "slide", "direction": direction, "distance": 80, "easing": "linear"}
        (coming,) = states_at(slide, [0], 0.25)
        (going,) = states_at({**slide, "when": "out"}, [0], 1.75)
        assert (coming.x, going.x) == (-60 * sign, 60 * sign)
        assert (coming.y, coming.opacity, going.opacity) == (0, 0.25, 0.25)


@pytest.mark.parametrize(
    ("animation", "expected"),
    [
        ({"type": "fade", "opacity": 0.5}, State(opacity=0.75)),
        ({"type": "fly"}, State(y=100)),
        ({"type": "fly", "direction": "left", "distance": "50%"}, State(x=100)),
        ({"type": "scale"}, State(scale=0.5, opacity=0.5)),
        ({"type": "scale", "scale": 3}, State(scale=2, opacity=0.5)),
        ({"type": "spin", "rotation": 90}, State(rotation=-45, opacity=0.5)),
        ({"type": "reveal", "direction": "right"}, State(hidden=0.5, direction="right")),
    ],
)
def test_half_way_a_unit_is_half_way(animation: Raw, expected: State) -> None:
    (state,) = states_at({**animation, "easing": "linear"}, [0], 0.5)
    assert state._replace(direction=expected.direction) == pytest.approx(expected)


def test_a_bounce_ends_on_the_ground_and_a_wave_swings_to_both_sides() -> None:
    heights = {
        preset: [states_at({"type": preset}, [0], time / 50)[0].y for time in range(51)]
        for preset in ("bounce", "wave")
    }
    assert heights["bounce"][0] == pytest.approx(-20)
    assert max(heights["bounce"]) <= 0
    assert sum(a == pytest.approx(0, abs=0.5) for a in heights["bounce"]) >= 3
    assert min(heights["wave"]) < -3
    assert max(heights["wave"]) > 3
    assert heights["bounce"][-1] == heights["wave"][-1] == 0


# Units


def test_letters_words_lines_and_the_text_are_units_without_their_blanks() -> None:
    layout = layout_of("One two\n\n three")
    assert [len(units_of(layout, by).boxes) for by in ("letter", "word", "line", "text")] == [11, 3, 2, 1]
    assert units_of(layout, "word").of_letter[:7] == (0, 0, 0, None, 1, 1, 1)
    assert units_of(layout, "line").boxes[1].top == layout.lines[2].box.y


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("「今日は」良い、iPhone15を買う。", ["「今日", "は」", "良い、", "iPhone15", "を", "買う。"]),
        ("我们今天去北京 don't-stop(now)", ["我们", "今天", "去", "北京", "don't-stop(now)"]),
        ("สวัสดีชาวโลก", ["สวัสดี", "ชาว", "โลก"]),
        ("안녕하세요 여러분", ["안녕하세요", "여러분"]),
    ],
    ids=["Japanese", "Chinese", "Thai", "Korean"],
)
def test_words_are_those_of_the_language_where_no_blanks_part_them(content: str, words: list[str]) -> None:
    layout = lay_out(content, TextStyle(), FONTS)
    owners = units_of(layout, "word").of_letter
    found: dict[int, str] = {}
    for letter, owner in zip(layout.letters, owners, strict=True):
        if owner is not None:
            found[owner] = found.get(owner, "") + letter.text
    assert list(found.values()) == words


@pytest.mark.parametrize(
    ("content", "units"),
    [
        ("e\u0301a", 2),
        ("a\U0001f469\u200d\U0001f469\u200d\U0001f467b", 3),
        ("\u0645\u0631\u062d\u0628\u0627 a", 2),
        ("नमस्ते b", 2),
        ("\u4f60\u597d", 2),
    ],
    ids=["accent", "family", "Arabic", "Devanagari", "Chinese"],
)
def test_letters_that_make_one_sign_stay_together(content: str, units: int) -> None:
    assert len(units_of(layout_of(content), "letter").boxes) == units


def test_a_ligature_is_one_unit() -> None:
    layout = layout_of("office", **{"font-family": "Lora"})
    drawn = {glyph.letter for glyph in layout.glyphs}
    units = units_of(layout, "letter")
    assert len(units.boxes) == len(drawn) < 6
    assert [units.of_letter[place] for place in range(6) if place not in drawn] == [
        units.of_letter[place - 1] for place in range(6) if place not in drawn
    ]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("forward", [0, 1, 2, 3, 4]),
        ("backward", [4, 3, 2, 1, 0]),
        ("center", [2, 1, 0, 1, 2]),
        ("edges", [0, 1, 2, 1, 0]),
        ("random", [2, 3, 1, 4, 0]),
    ],
)
def test_units_have_their_turns_in_order(order: Order, expected: list[int]) -> None:
    assert ranks((0,) * 5, order, "scenes[0].objects[0].animations[0]") == expected


def test_the_middle_is_that_of_each_line() -> None:
    words = units_of(layout_of("a b c\nd e f g"), "word")
    assert ranks(words.rows, "center", "") == [2, 0, 2, 3, 1, 1, 3]
    lines = units_of(layout_of("a\nb\nc"), "line")
    assert ranks(lines.rows, "center", "") == [1, 0, 1]


def test_chance_is_one_of_the_place_in_the_template() -> None:
    orders = {tuple(ranks((0,) * 9, "random", f"scenes[0].objects[{place}].animations[0]")) for place in range(20)}
    assert len(orders) == 20
    assert all(sorted(order) == list(range(9)) for order in orders)


def test_a_stagger_is_the_time_between_two_starts_and_leaves_each_a_quarter_of_the_duration() -> None:
    def started(stagger: Raw) -> list[float]:
        fade = {"type": "fade", "easing": "linear", "duration": 1, **stagger}
        times = [time / 1000 for time in range(1001)]
        seen = [[state.opacity > 0 for state in states_at(fade, [0, 1, 2], time)] for time in times]
        return [next(time for time, row in zip(times, seen, strict=True) if row[unit]) for unit in range(3)]

    assert started({"stagger": 0.1}) == pytest.approx([0, 0.1, 0.2], abs=0.002)
    assert started({"stagger": 9}) == pytest.approx([0, 0.375, 0.75], abs=0.002)
    assert started({"stagger": 0}) == pytest.approx([0, 0, 0], abs=0.002)
    assert started({}) == pytest.approx([0, 0.25, 0.5], abs=0.002)


def test_a_typewriter_types_evenly() -> None:
    raw = text("typing", {"type": "typewriter", "duration": 1.2})
    assert [len(block_at(raw, time).units) for time in (0, 0.15, 0.25, 0.7, 1.05)] == [1, 1, 2, 4, 6]


# Loops


@pytest.mark.parametrize("preset", LOOPS)
def test_a_loop_moves_without_a_jump_and_ends_a_turn_as_it_began(preset: str) -> None:
    animation = {"type": preset, "when": "loop", "duration": 1.5, **({"rotation": 360} if preset == "spin" else {})}
    course = [states_at(animation, [0, 1, 2], time / 100)[1] for time in range(301)]
    box = units_of(layout_of("One"), "text").boxes[0]
    corners = np.array([[*s.matrix(box).point(box.left, box.top), 40 * s.opacity] for s in course])
    steps = np.abs(np.diff(corners, axis=0)).max(axis=1)
    assert 0 < steps.max() < 2.5
    assert corners[0] == pytest.approx(corners[150], abs=1e-6)
    assert np.ptp(corners, axis=0).max() > 3


def test_a_looping_text_moves_all_its_life() -> None:
    frames = frames_of(text("One two", {"type": "wave", "when": "loop"}))
    assert all(not np.array_equal(one, other) for one, other in pairwise(frames))


# What is painted


@pytest.mark.parametrize("properties", [{}, {"stroke-width": 9}, {"background-color": "#00f", "padding": 9}])
@pytest.mark.parametrize("by", ["letter", "text"])
@pytest.mark.parametrize("preset", SPLITS)
def test_nothing_is_painted_outside_the_bounds(preset: str, by: str, properties: Raw) -> None:
    obj = parsed(text("Åfgj (Qy)", {"type": preset, "by": by}, **{"font-style": "italic", **properties}))
    layout, look = set_(obj)
    motion = TextMotion(obj.animations, "here", 2.0)
    matrix = Affine.translation(300, 400) @ Affine(0.9, -0.3, 0, 0.3, 0.9, 0)
    for time in (0.2, 0.5, 0.8):
        block = motion.block(layout, look, ROOM, time)
        extent = extent_of_block(block, look)
        assert extent is not None
        pixels = np.zeros((1000, 1000, 4), np.uint8)
        paint_block(Sheet(pixels), block, look, matrix)
        rows, columns = np.nonzero(pixels[:, :, 3])
        painted = Area(int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
        assert painted.meet(Area.around(matrix.bounds(extent))) == painted


def test_a_letter_that_flies_is_seen_outside_of_the_box_of_its_text() -> None:
    fly = {"type": "fly", "direction": "left", "by": "text", "easing": "linear"}
    seen = still(text("One", fly, width=80, **{"text-align": "left"}), size=(400, 100), frame=15)
    left, _, right, _ = ink(seen)
    assert left > 190
    assert right > 250


@pytest.mark.parametrize("look", [{}, {"scale": 0.5}, {"rotation": 90}])
@pytest.mark.parametrize("direction", get_args(Direction))
def test_what_flies_comes_from_outside_of_the_video_in_a_small_group_as_well(direction: str, look: Raw) -> None:
    flying = text("HH", {"type": "fly", "direction": direction, "by": "text", "easing": "linear"}, **look)
    group = {"type": "group", "x": 120, "y": 40, "width": 60, "height": 40, "scale": 0.8, "objects": [flying]}
    seen = [still(group, size=(300, 150), frame=frame) for frame in range(30)]
    first = next(pixels for pixels in seen if pixels.any())
    left, top, right, bottom = ink(first)
    assert left == 0 or top == 0 or right == 300 or bottom == 150
    assert seen[-1].any()


def test_what_flies_in_a_group_that_clips_it_comes_from_behind_its_edge() -> None:
    flying = text("H", {"type": "fly", "direction": "left", "by": "text", "easing": "linear"})
    group = {"type": "group", "x": 100, "width": 60, "height": 50, "clip": True, "objects": [flying]}
    assert not still(group, size=(400, 100), frame=0).any()
    assert still(group, size=(400, 100), frame=15).any()


def test_a_letter_that_fades_does_not_show_its_stroke_through_its_fill() -> None:
    look = {"stroke-width": 8, "stroke-color": "#f00", "color": "#00f", "font-weight": 800, "font-size": 80}
    fade = {"type": "fade", "by": "text", "easing": "linear"}
    plain, fading = (still(text("I", *animations, x=40, **look), frame=15) for animations in ((), (fade,)))
    blue = (plain == (0, 0, 255)).all(axis=2)
    assert blue.sum() > 100
    assert (np.abs(fading[blue].astype(int) - (0, 0, 128)) <= 1).all()


@pytest.mark.parametrize("blur", [0, 4, 20])
@pytest.mark.parametrize("by", get_args(By))
def test_a_letter_that_fades_does_not_show_its_shadow_through_itself(by: str, blur: int) -> None:
    look = {"x": 40, "y": 10, "font-size": 80, "font-weight": 800, "color": "#ffd166", "stroke-width": 4}
    shadow = {"shadow-color": "#000c", "shadow-x": 12, "shadow-y": 12, "shadow-blur": blur}
    fade = {"type": "fade", "by": by, "easing": "linear"}
    half, fading = (
        still(
            text("I", *animations, **look, **shadow, **more), frame=15, size=(200, 150), **{"background-color": "#eee"}
        )
        for animations, more in (((), {"opacity": 0.5}), ((fade,), {}))
    )
    assert np.abs(half.astype(int) - fading).max() <= 2


@pytest.mark.parametrize("when", ["in", "loop"])
def test_a_text_fades_with_its_panel_stroke_and_shadow_as_one(when: str) -> None:
    look = {"x": 20, "y": 20, "background-color": "#00f", "padding": 8, "stroke-width": 8, "stroke-color": "#f00"}
    shadow = {"shadow-color": "#000", "shadow-x": 12, "shadow-y": 12, "letter-spacing": -4}
    fade = {"type": "fade", "by": "text", "when": when, "easing": "linear", "duration": 1 if when == "in" else 2}
    half, fading = (
        still(text("Wavy", *animations, **look, **shadow, **more), frame=15, **{"background-color": "#eee"})
        for animations, more in (((), {"opacity": 0.5}), ((fade,), {}))
    )
    assert np.abs(half.astype(int) - fading).max() <= 1


def test_the_shadow_of_a_solid_letter_is_seen_through_one_that_begins_to_fade_in() -> None:
    look = {"x": 20, "y": 10, "font-size": 80, "font-weight": 800, "shadow-color": "#f00", "shadow-x": 50}
    fade = {"type": "fade", "easing": "linear", "duration": 2}
    (before, after) = (still(text("HH", fade, **look), frame=frame, size=(200, 120)) for frame in (30, 31))
    assert np.abs(before.astype(int) - after).max() < 20


def test_the_strokes_of_neighbours_that_fade_make_no_blots() -> None:
    look = {"x": 20, "y": 10, "font-size": 80, "stroke-width": 10, "stroke-color": "#000", "letter-spacing": -12}
    fade = {"type": "fade", "when": "loop", "stagger": 0, "duration": 2}
    fading = still(text("HHH", fade, **look), frame=15, size=(250, 120), **{"background-color": "#fff"})
    assert 126 <= fading.min() <= 129


def test_a_gradient_moves_with_its_letters() -> None:
    look = {"color": "linear-gradient(90deg, #f00, #00f)", "font-weight": 800}
    plain = still(text("HHHH", **look), size=(400, 100))
    slid = still(
        text("HHHH", {"type": "fly", "by": "text", "direction": "left", "distance": 200, "easing": "linear"}, **look),
        size=(400, 100),
        frame=15,
    )
    left = ink(plain)[0]
    assert colour(slid, left + 104, 24) == pytest.approx(colour(plain, left + 4, 24), abs=2)


def test_a_panel_moves_with_the_whole_text_and_stays_behind_its_letters() -> None:
    panel = {"background-color": "#00f", "padding": 10, "x": 50, "y": 20}
    slide = {"type": "slide", "distance": 20, "easing": "linear", "duration": 1}
    rest = ink(still(text("One two", **panel)))
    whole = ink(still(text("One two", {**slide, "by": "text"}, **panel), frame=15))
    letters = ink(still(text("One two", {**slide, "by": "letter"}, **panel), frame=15))
    assert whole == (rest[0], rest[1] + 10, rest[2], rest[3] + 10)
    assert letters == rest


def test_a_panel_comes_with_the_first_letter_and_goes_with_the_last() -> None:
    both = [{"type": "fade", "easing": "linear"}, {"type": "fade", "when": "out", "easing": "linear"}]
    shown = [block_at(text("abcdef", *both), time).panel.opacity for time in (0, 0.25, 0.5, 1.5, 1.75, 2)]
    assert shown == pytest.approx([0, 0.5, 1, 1, 0.5, 0])


def test_a_shadow_and_opacity_stay_while_letters_move() -> None:
    fly = {"type": "fly", "distance": 20, "easing": "linear", "by": "text", "duration": 1}
    look = {"x": 20, "opacity": 0.5, "shadow-color": "#f00", "shadow-y": 40}
    seen = still(text("HHH", fly, **look), frame=15)
    plain = still(text("HHH", **look))
    assert np.array_equal(seen[10:], plain[:-10])
    assert seen[:, :, 0].max() == pytest.approx(128, abs=1)


def test_what_is_revealed_is_cut_only_at_the_edge_that_it_comes_from() -> None:
    reveal = {"type": "reveal", "by": "line", "direction": "up", "easing": "linear"}
    rest = ink(still(text("Ågj", y=20)))
    half = ink(still(text("Ågj", reveal, y=20), frame=15))
    assert rest[1] + 10 < half[1] < rest[3]
    assert half[3] <= max(rest[3], 20 + 48)


def test_a_frame_depends_on_its_time_alone() -> None:
    raw = text("One 2,000", *({"type": preset} for preset in ("spin", "counter", "wave")))
    template = {"width": 400, "height": 200, "frame-rate": 10, "scenes": [{"duration": 2, "objects": [raw]}]}
    forwards = frames_of(raw)
    with Composition(parse(template), {}) as composition:
        for frame in (7, 3, 15, 4, 0):
            assert np.array_equal(composition.draw(frame), forwards[frame])


@pytest.mark.parametrize("content", ["", "  ", "\n\n", "\u200b"])
@pytest.mark.parametrize("preset", PRESETS)
def test_a_text_without_letters_is_animated_in_peace(preset: str, content: str) -> None:
    seen = still(text(content, {"type": preset}, **{"background-color": "#00f", "width": 50, "height": 50}), frame=40)
    assert colour(seen, 10, 10) == (0, 0, 255)
    assert still(text(content, {"type": preset}), frame=7).shape == (100, 200, 3)


def test_animations_of_letters_and_of_lines_work_together() -> None:
    raw = text(
        "ab\ncd",
        {"type": "fly", "by": "line", "distance": 100, "easing": "linear", "stagger": 0},
        {"type": "wave", "when": "loop", "by": "letter"},
    )
    wave = block_at(text("ab\ncd", {"type": "wave", "when": "loop", "by": "letter"}), 0.5)
    both = block_at(raw, 0.5)
    assert [unit.moved.y0 for unit in both.units] == pytest.approx([unit.moved.y0 + 50 for unit in wave.units])


# Refusals


@pytest.mark.parametrize(
    ("animation", "told"),
    [
        ({}, 'every animation needs a "type": typewriter, fade'),
        ({"type": "flyy"}, 'did you mean "fly"?'),
        ({"type": "fly", "when": "loop"}, "one of in, out"),
        ({"type": "fade", "distance": 3}, "A fade animation has: type, duration"),
        ({"type": "fade", "duration": 0}, "from 0.001 to 3600, not 0"),
        ({"type": "fade", "duration": 1e9}, "from 0.001 to 3600, not 1000000000.0"),
        ({"type": "fade", "stagger": -1}, "from 0 to 3600"),
        ({"type": "spin", "rotation": 1e9}, "from -36000 to 36000"),
        ({"type": "slide", "distance": "1 mile"}, "a length"),
        ({"type": "slide", "easing": "fast"}, "an easing"),
        ({"type": "counter", "start-value": -1}, "start-value"),
        ("fade", "an object"),
    ],
)
def test_what_is_no_animation_is_refused(animation: Any, told: str) -> None:
    with pytest.raises(TemplateError) as caught:
        parsed(text("12 rooms", animation))
    assert caught.value.problems[0].path.startswith("scenes[0].objects[0].animations[0]")
    assert told in caught.value.message


def test_too_many_animations_are_refused() -> None:
    with pytest.raises(TemplateError, match="0 to 8 items"):
        parsed(text("One", *[{"type": "fade"}] * 9))


def test_black_is_left_where_nothing_is() -> None:
    assert colour(still(text("One", {"type": "fly"})), 10, 10) == BLACK


def test_what_a_span_has_behind_and_under_its_letters_moves_with_them() -> None:
    spans = [{"match": "Two", "background-color": "#f00", "text-decoration": "underline", "color": "#0f0"}]
    slide = {"type": "slide", "by": "text", "distance": 60, "duration": 1, "easing": "linear"}
    moved = block_at(text("Two", slide, spans=spans), 0.5).units
    rest = block_at(text("Two", slide, spans=spans), 1.5).units
    assert moved[0].bounds.top - rest[0].bounds.top == pytest.approx(30)
    panel = ink(still(text("Two", spans=spans), size=(200, 100)))
    animated = ink(still(text("Two", {**slide, "duration": 0.1}, spans=spans), size=(200, 100), frame=10))
    assert animated == panel


def test_counting_figures_have_the_size_of_their_span() -> None:
    spans = [{"match": "19", "font-size": "2em"}]
    counting = block_at(text("19", {"type": "counter", "duration": 1}, spans=spans), 0.5)
    assert {glyph.size for unit in counting.units for glyph in unit.glyphs} == {80.0}


@pytest.mark.parametrize("other", ["fly", "slide"])
@pytest.mark.parametrize("by", ["line", "text"])
def test_a_soft_shadow_lies_under_a_text_that_two_animations_bring(other: str, by: str) -> None:
    both = {"type": "reveal", "by": by, "duration": 0.5}, {"type": other, "distance": "2em", "duration": 0.5}
    for frame in range(1, 18, 4):
        still(text("Hi all", *both, **{"shadow-color": "#fff", "shadow-blur": 10}), frame=frame)


def test_a_duration_that_nothing_can_be_divided_by_is_refused() -> None:
    with pytest.raises(TemplateError, match="duration"):
        parsed(text("One", {"type": "wave", "when": "loop", "duration": 1e-308}))


# What cannot be done as it is told


def warnings_of(raw: Raw, duration: float = 2.0) -> tuple[str, ...]:
    template = {"width": 400, "height": 200, "frame-rate": 10, "scenes": [{"duration": duration, "objects": [raw]}]}
    with Composition(parse(template), {}) as composition:
        composition.draw(composition.timeline.frames // 2)
        return composition.warnings


@pytest.mark.parametrize(
    ("content", "animation", "told"),
    [
        ("Sold out", {"type": "counter"}, "animations[0]: the text has no number that can count."),
        ("v2.1 on 2026-11-25", {"type": "counter"}, "animations[0]: the text has no number that can count."),
        ("5 of 9", {"type": "counter", "number": 3}, "animations[0].number: there is no number 3, the text has 2"),
        ("0.0000", {"type": "counter", "start-value": 1e12}, "animations[0].start-value: 1000000000000 is too long in"),
        ("One", {"type": "fade", "delay": 2, "duration": 2}, "animations: they take 4 s to come and go"),
        ("abcdef", {"type": "fade", "stagger": 0.3}, "animations[0].stagger: 6 starts 0.3 s apart need more"),
    ],
)
def test_what_animations_cannot_do_is_told(content: str, animation: Raw, told: str) -> None:
    (warning,) = warnings_of(text(content, animation))
    assert warning.startswith(f"scenes[0].objects[0].{told}")


@pytest.mark.parametrize(
    "animation",
    [
        {"type": "counter", "number": 2},
        {"type": "counter", "start-value": 1e12},
        {"type": "counter", "start-value": 9.4},
        {"type": "fade", "delay": 1, "duration": 1},
        {"type": "fade", "stagger": 0.15},
        {"type": "fade", "stagger": 9, "by": "text"},
        {"type": "wave", "stagger": 9, "when": "loop", "duration": 9},
    ],
)
def test_nothing_is_told_of_what_fits(animation: Raw) -> None:
    assert warnings_of(text("5 of 9", animation)) == ()
