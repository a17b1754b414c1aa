"""What stays out of sight is not asked, frame by frame; and nothing that comes into sight is forgotten."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from renderer.composition import Composition
from renderer.drawing.cast import Cast
from renderer.drawing.drawable import Drawable, Spell
from renderer.drawing.drawables import drawables_of
from renderer.drawing.geometry import Affine, Rect
from renderer.drawing.pictures import Shot
from renderer.drawing.resources import Resources
from renderer.drawing.sheet import Allowance
from renderer.format.template import parse
from renderer.media.shelf import Shelf
from renderer.text.fonts import Fonts

FONTS = Fonts()
FRAMES, FPS, CANVAS = 40, Fraction(10), (200.0, 100.0)
BOX = {"type": "rectangle", "width": 40, "height": 30, "background-color": "#e33"}
EASINGS = ("linear", "ease-out-back", "ease-in-elastic", "spring(1, 200, 2)", "cubic-bezier(0, -3, 1, 4)", "hold")
RANGES = {
    "x": (-400, 400),
    "y": (-200, 200),
    "width": (0, 150),
    "height": (0, 150),
    "scale": (-2, 2),
    "scale-x": (-2, 2),
    "rotation": (-200, 200),
    "opacity": (0, 1),
    "shadow-x": (-20, 20),
    "shadow-blur": (0, 20),
}


def no_films(key: str, time: float) -> Shot:
    raise AssertionError("there is no video")


def drawables(*objects: dict[str, Any]) -> list[Drawable[Any]]:
    template = parse({"width": 200, "height": 100, "scenes": [{"duration": 4, "objects": list(objects)}]})
    resources = Resources(template, {}, no_films, FONTS, frozenset(), Allowance(0), Shelf())
    return drawables_of(template.scenes[0].objects, "scenes[0]", FRAMES, FPS, resources)


def asked(*objects: dict[str, Any]) -> list[int]:
    """The frames at which the last of these objects is asked how it looks."""
    *others, last = drawables(*objects)
    frames: list[int] = []
    look = last.pieces

    def pieces(frame: int, *where: Any) -> Any:
        frames.append(frame)
        return look(frame, *where)

    last.pieces = pieces  # type: ignore[method-assign]
    cast = Cast([*others, last], FRAMES, sight=Rect(0.0, 0.0, *CANVAS))
    for frame in range(FRAMES):
        cast.pieces(frame, Affine(), CANVAS)
    return frames


def moving(**way: tuple[float, float]) -> dict[str, Any]:
    """In the first two seconds, linearly."""
    ends = [{name: values[end] for name, values in way.items()} for end in (0, 1)]
    return {**BOX, "keyframes": [{"time": 0, **ends[0]}, {"time": 2, **ends[1]}]}


def test_what_moves_outside_of_the_frame_is_asked_once_for_each_way() -> None:
    assert asked(moving(x=(300, 900))) == [0, 20]
    assert asked(moving(y=(-400, -100))) == [0, 20]


def test_what_moves_into_the_frame_is_asked_until_it_rests() -> None:
    assert asked(moving(x=(300, 50))) == [0, *range(20), 20]


def test_what_only_an_overshooting_easing_brings_into_the_frame_is_seen() -> None:
    keyframes = [{"time": 0, "x": -300}, {"time": 2, "x": -60, "easing": "ease-out-back"}]
    template = parse(
        {"width": 200, "height": 100, "scenes": [{"duration": 2, "objects": [{**BOX, "keyframes": keyframes}]}]}
    )
    with Composition(template, {}) as composition:
        assert len({composition.look(frame) for frame in range(40)}) > 1


def test_what_is_faded_out_is_not_asked() -> None:
    faded = {
        **BOX,
        "keyframes": [{"time": 0, "opacity": 1}, {"time": 1, "opacity": 0}, {"time": 1, "x": 0}, {"time": 4, "x": 99}],
    }
    assert asked(faded) == [0, *range(10), 10]


def test_a_text_and_a_group_outside_of_the_frame_are_not_asked() -> None:
    keyframes = [{"time": 0, "x": 300}, {"time": 2, "x": 900}]
    assert asked({"type": "text", "text": "far away", "keyframes": keyframes}) == [0, 20]
    inside = moving(x=(-20, 20))
    assert asked({"type": "group", "keyframes": keyframes, "objects": [inside]}) == [0, 20]
    assert asked({"type": "group", "x": 300, "clip": True, "objects": [moving(x=(-900, 20))]}) == [0]


KEYFRAMES = st.lists(
    st.fixed_dictionaries(
        {"time": st.sampled_from([0, 0.5, 1, 1.7, 3]), "easing": st.sampled_from(EASINGS)},
        optional={
            name: st.integers(*span) if name != "opacity" else st.sampled_from([0, 1]) for name, span in RANGES.items()
        },
    ),
    max_size=4,
)
ANCHORS = st.sampled_from(["top-left", "center", "bottom", "right"])
SHADOWS = st.sampled_from([{}, {"shadow-color": "#000", "shadow-y": 7, "shadow-blur": 12}])


SPANS = st.fixed_dictionaries(
    {"start": st.sampled_from([0, 0.4, 2, 5])}, optional={"duration": st.sampled_from([0.3, 1])}
)


@st.composite
def objects(draw: Any, depth: int = 2) -> dict[str, Any]:
    obj = {"anchor": draw(ANCHORS), "keyframes": draw(KEYFRAMES), **draw(SHADOWS), **draw(SPANS)}
    obj |= {"x": draw(st.integers(-300, 300)), "y": draw(st.integers(-300, 300))}
    kind = draw(st.sampled_from(["box", "text", "group", "clip"] if depth else ["box", "text"]))
    if kind == "box":
        return {**BOX, "border-color": "#fff", "border-width": 4, **obj}
    if kind == "text":
        return {"type": "text", "text": "Ågjy 12", "font-size": 30, "stroke-width": 5, **obj}
    inside = draw(st.lists(objects(depth - 1), max_size=2))
    return {"type": "group", "clip": kind == "clip", "width": 60, "height": 50, "objects": inside, **obj}


def turning(inside: dict[str, Any]) -> dict[str, Any]:
    """A group far above the frame."""
    keyframes = [{"time": 0, "rotation": 120}, {"time": 2, "rotation": 300}]
    place = {"x": 100, "y": -250, "width": 10, "height": 10, "anchor": "center"}
    return {"type": "group", **place, "keyframes": keyframes, "objects": [inside]}


IN_THE_CORNER = turning({**BOX, "x": -200, "y": -200, "width": 20, "height": 20})
LATE = turning({**BOX, "start": 5, "keyframes": [{"time": 0, "opacity": 0}, {"time": 1, "opacity": 1}]})


@settings(max_examples=150, deadline=None)
@example(IN_THE_CORNER)
@given(objects())
def test_all_that_is_drawn_lies_where_the_object_may_be(obj: dict[str, Any]) -> None:
    (drawable,) = drawables(obj)
    for frame in range(drawable.first, drawable.end):
        spell = drawable.spell(frame)
        covered = drawable.whereabouts(spell, CANVAS)
        for piece in drawable.pieces(frame, Affine(), CANVAS) if covered is not None else ():
            assert covered.union(piece.bounds) == covered, (frame, spell)


@settings(max_examples=100, deadline=None)
@example([IN_THE_CORNER], range(FRAMES))
@example([LATE], range(FRAMES))
@given(st.lists(objects(), min_size=1, max_size=3), st.permutations(range(FRAMES)))
def test_what_is_seen_does_not_depend_on_what_is_left_out(objs: list[dict[str, Any]], frames: Sequence[int]) -> None:
    sight = Rect(0.0, 0.0, *CANVAS)
    with pytest.MonkeyPatch.context() as always_asked:
        always_asked.setattr(Drawable, "rests", lambda *_: False)
        always_asked.setattr(Cast, "_hidden", lambda *_: False)
        plain = seen_by(Cast(drawables(*objs), FRAMES, sight=sight), range(FRAMES))
    sharp = seen_by(Cast(drawables(*objs), FRAMES, sight=sight), frames)
    assert [sharp[frame] for frame in range(FRAMES)] == [plain[frame] for frame in range(FRAMES)]


def seen_by(cast: Cast, frames: Sequence[int]) -> dict[int, list[Rect]]:
    return {frame: [piece.bounds for piece in cast.pieces(frame, Affine(), CANVAS)] for frame in frames}


def test_how_large_an_object_is_is_asked_once_however_many_keyframes_move_it() -> None:
    words = {"type": "text", "text": "far"}
    keyframes = [{"time": n / 10, "x": 500 + n} for n in range(30)]
    (group,) = drawables({"type": "group", "keyframes": keyframes, "objects": [words]})
    times: list[int] = []
    measured = group.extents
    group.extents = lambda canvas: times.append(1) or measured(canvas)  # type: ignore[method-assign,func-returns-value]
    cast = Cast([group], FRAMES, sight=Rect(0.0, 0.0, *CANVAS))
    for frame in range(FRAMES):
        assert not cast.pieces(frame, Affine(), CANVAS)
    assert len(times) == 1


def test_what_cannot_be_foreseen_is_left_out_when_it_is_not_in_sight() -> None:
    skewed = moving(x=(50, 900)) | {"skew-x": 10}
    cast = Cast(drawables(skewed), FRAMES, sight=Rect(0.0, 0.0, *CANVAS))
    assert [len(cast.pieces(frame, Affine(), CANVAS)) for frame in (0, 15, 30)] == [1, 0, 0]


@pytest.mark.parametrize("name", ["x", "opacity", "color"])
def test_a_value_rests_where_no_keyframe_changes_it(name: str) -> None:
    values = {"x": (0, 50), "opacity": (0, 1), "color": ("#fff", "#000")}[name]
    ways = [(1, values[0]), (2, values[1]), (3, values[1])]
    keyframes = [{"time": time, name: value} for time, value in ways]
    (text,) = drawables({"type": "text", "text": "a", "keyframes": keyframes})
    spells = [Spell(0, 10), Spell(10, 20), Spell(20, 30), Spell(30, 40)]
    assert [text.spell(frame) for frame in (0, 15, 20, 39)] == spells
    assert [text.rests(spell) for spell in spells] == [True, False, True, True]
