from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from renderer.errors import MediaError
from tests.renderer.stills import (
    BLACK,
    BLUE,
    GREEN,
    RED,
    WHITE,
    Pixels,
    colour,
    halves,
    ink,
    painter_of,
    still,
    write_picture,
)

ANCHORS = ["top-left", "top", "top-right", "left", "center", "right", "bottom-left", "bottom", "bottom-right"]


def rectangle(**properties: Any) -> dict[str, Any]:
    return {"type": "rectangle", "width": 60, "height": 40, "background-color": "#f00", **properties}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """halves.png is 80x40, red left and blue right; hole.png is a green square with a clear middle."""
    hole = np.zeros((40, 40, 4), np.uint8)
    hole[...] = (0, 128, 0, 255)
    hole[10:30, 10:30] = 0
    return {
        "halves.png": write_picture(tmp_path / "halves.png", halves()),
        "hole.png": write_picture(tmp_path / "hole.png", hole),
    }


def test_a_rectangle_covers_its_pixels_and_no_other() -> None:
    seen = still(rectangle(x=20, y=30))
    assert ink(seen) == (20, 30, 80, 70)
    assert colour(seen, 20, 30) == colour(seen, 79, 69) == RED
    assert colour(seen, 19, 30) == colour(seen, 80, 69) == BLACK


def test_an_edge_between_pixels_covers_its_share() -> None:
    seen = still(rectangle(x=20.5, y=30.25))
    assert colour(seen, 20, 50)[0] == pytest.approx(128, abs=2)
    assert colour(seen, 50, 30)[0] == pytest.approx(191, abs=2)


@pytest.mark.parametrize("anchor", ANCHORS)
def test_the_anchor_point_sits_at_x_and_y(anchor: str) -> None:
    across = 0 if "left" in anchor else 60 if "right" in anchor else 30
    down = 0 if "top" in anchor else 40 if "bottom" in anchor else 20
    seen = still(rectangle(x="50%", y="50%", anchor=anchor))
    assert ink(seen) == (100 - across, 50 - down, 160 - across, 90 - down)


def test_a_quarter_turn_is_about_the_centre() -> None:
    assert ink(still(rectangle(x=60, y=30, rotation=90))) == (70, 20, 110, 80)


def test_it_turns_clockwise() -> None:
    seen = still(rectangle(x=70, y=30, rotation=30))
    assert colour(seen, 114, 66) == RED
    assert colour(seen, 86, 66) == BLACK


def test_scaling_is_about_the_centre_and_multiplies() -> None:
    seen = still(rectangle(x=70, y=30, **{"scale": 0.5, "scale-x": 2, "scale-y": 0.5}))
    assert ink(seen) == (70, 45, 130, 55)


def test_skew_leans_the_sides() -> None:
    left, _, right, _ = ink(still(rectangle(x=70, y=30, **{"skew-x": 45})))
    assert (left, right) == (50, 150)


def test_what_is_squeezed_to_nothing_is_not_drawn() -> None:
    assert not still(rectangle(scale=0), {"type": "text", "text": "a", "scale": 0}).any()


def test_a_circle_is_an_ellipse_in_its_box() -> None:
    seen = still({"type": "circle", "x": 20, "y": 20, "width": 120, "height": 60, "background-color": "#fff"})
    assert ink(seen) == (20, 20, 140, 80)
    assert colour(seen, 80, 50) == WHITE
    assert colour(seen, 22, 22) == BLACK
    assert len(np.unique(seen)) > 30
    area = seen[:, :, 0].sum() / 255
    assert area == pytest.approx(np.pi * 60 * 30, rel=0.005)


def test_round_corners_are_cut_smoothly() -> None:
    seen = still(rectangle(x=20, y=20, **{"border-radius": 20}))
    assert colour(seen, 21, 21) == BLACK
    assert colour(seen, 26, 26) == RED
    edge = seen[20:40, 20:40, 0]
    assert ((edge > 0) & (edge < 255)).sum() > 15


def test_a_border_lies_inside_the_box_and_hides_the_edge_of_the_fill() -> None:
    seen = still(rectangle(x=20.5, y=20, **{"border-width": 6, "border-color": "#00f"}))
    assert colour(seen, 40, 22) == BLUE
    assert colour(seen, 40, 27) == RED
    assert colour(seen, 20, 40)[0] == 0


def test_opacity_mixes_with_what_is_behind() -> None:
    assert colour(still(rectangle(opacity=0.5), **{"background-color": "#fff"}), 10, 10) == (255, 127, 127)


def test_a_faded_box_does_not_show_its_fill_through_its_border() -> None:
    seen = still(rectangle(opacity=0.5, **{"border-width": 10, "border-color": "#00f"}))
    assert colour(seen, 3, 20) == pytest.approx((0, 0, 128), abs=1)


def test_a_faded_group_is_one_thing() -> None:
    inside = [rectangle(), rectangle(**{"x": 20, "background-color": "#00f"})]
    seen = still({"type": "group", "opacity": 0.5, "objects": inside})
    assert colour(seen, 10, 10) == pytest.approx((128, 0, 0), abs=1)
    assert colour(seen, 40, 10) == pytest.approx((0, 0, 128), abs=1)


def test_a_group_is_a_canvas_for_its_objects() -> None:
    group = {"type": "group", "x": 50, "y": 20, "width": 100, "height": 60}
    inside = rectangle(x="50%", y="50%", width="50%", height="50%")
    assert ink(still({**group, "objects": [inside]})) == (100, 50, 150, 80)


def test_a_group_turns_and_scales_its_objects_with_it() -> None:
    group = {"type": "group", "x": 50, "y": 0, "width": 100, "height": 100, "rotation": 90, "scale": 0.5}
    assert ink(still({**group, "objects": [rectangle(width=20, height=40)]})) == (105, 25, 125, 35)


@pytest.mark.parametrize(("clip", "right"), [(False, 110), (True, 80)])
def test_a_group_clips_only_when_told_to(clip: bool, right: int) -> None:
    group = {"type": "group", "x": 20, "y": 20, "width": 60, "height": 60, "clip": clip}
    assert ink(still({**group, "objects": [rectangle(x=30)]}))[2] == right


def test_a_clipped_group_clips_photographs_too(files: dict[str, Path]) -> None:
    group = {"type": "group", "x": 20, "y": 20, "width": 60, "height": 60, "clip": True, "rotation": 45}
    inside = {"type": "image", "src": "halves.png", "x": -100, "y": -100, "width": 300, "height": 300}
    seen = still({**group, "objects": [inside]}, files=files)
    assert colour(seen, 22, 22) == colour(seen, 78, 78) == BLACK
    assert colour(seen, 45, 52) == RED


def test_objects_come_and_go_at_their_times() -> None:
    late = rectangle(start=0.5, duration=0.5)
    shown = [still(late, frame=frame).any() for frame in (14, 15, 29, 30)]
    assert shown == [False, True, True, False]


def test_the_clock_of_a_group_starts_with_the_group() -> None:
    group = {"type": "group", "start": 0.5, "objects": [rectangle(start=0.5)]}
    assert [still(group, frame=frame).any() for frame in (29, 30)] == [False, True]


def test_an_invisible_object_is_not_drawn_and_needs_no_file() -> None:
    assert not still({"type": "image", "src": "nowhere.png", "visible": False}).any()


def test_keyframes_move_what_they_name() -> None:
    moving = rectangle(keyframes=[{"time": 0, "x": 0}, {"time": 1, "x": 90, "background-color": "#00f"}])
    assert ink(still(moving, frame=10)) == (30, 0, 90, 40)
    assert colour(still(moving, frame=30), 100, 20) == BLUE


@pytest.mark.parametrize(
    "caster",
    [
        rectangle(x=20, y=20),
        {"type": "circle", "x": 20, "y": 20, "width": 60, "height": 40, "background-color": "#f00"},
        {"type": "image", "src": "halves.png", "x": 20, "y": 20, "width": 60, "height": 40},
        {"type": "video", "src": "film.mp4", "x": 20, "y": 20, "width": 60, "height": 40},
        {"type": "text", "text": "I", "font-size": 90, "x": 20, "y": 0, "font-weight": 800},
        {"type": "group", "x": 20, "y": 20, "objects": [rectangle()]},
    ],
    ids=lambda caster: caster["type"],
)
def test_everything_drawn_casts_a_shadow_of_its_own_shape(caster: dict[str, Any], files: dict[str, Path]) -> None:
    film = np.full((40, 60, 4), 255, np.uint8)
    plain = still(caster, files=files, frames=lambda *_: film).max(axis=2)
    shaded = {**caster, "shadow-color": "#0f0", "shadow-x": 100}
    seen = still(shaded, files=files, frames=lambda *_: film)
    assert np.abs(seen[:, :100].max(axis=2).astype(int) - plain[:, :100]).max() <= 10
    assert (seen[:, 100:, 1] == 255)[plain[:, :100] == 255].all()
    assert not seen[:, 100:][plain[:, :100] == 0].any()


def test_a_blurred_shadow_is_soft_and_keeps_its_weight() -> None:
    box = rectangle(x=70, y=30, **{"shadow-color": "#fff", "background-color": "#000"})
    sharp = still({**box, "shadow-y": 40}, size=(200, 160))
    soft = still({**box, "shadow-y": 40, "shadow-blur": 20}, size=(200, 160))
    assert len(np.unique(soft)) > 60
    assert int(soft[70:, :, 0].sum()) == pytest.approx(int(sharp[70:, :, 0].sum()), rel=0.12)


def test_a_shadow_turns_with_its_object() -> None:
    seen = still(rectangle(x=70, y=30, width=40, height=40, rotation=90, **{"shadow-color": "#fff", "shadow-x": 45}))
    assert colour(seen, 90, 90) == WHITE


def test_a_shadow_falls_into_the_frame_from_outside() -> None:
    seen = still(rectangle(x=-100, y=20, **{"shadow-color": "#fff", "shadow-x": 120}))
    assert ink(seen) == (20, 20, 80, 60)


def test_a_shadow_of_a_shadow_falls_into_the_frame_from_outside() -> None:
    thrown = {"shadow-color": "#fff", "shadow-x": 120}
    group = {"type": "group", "objects": [rectangle(x=-220, y=20, **thrown)], **thrown}
    assert ink(still(group)) == (20, 20, 80, 60)


def test_the_scene_shows_its_colour_or_else_that_of_the_template() -> None:
    behind = {"background-color": "#008000"}
    assert colour(still(template=behind), 5, 5) == GREEN
    assert colour(still(template=behind, **{"background-color": "#f00"}), 5, 5) == RED
    assert colour(still(template=behind, **{"background-color": "#ff000080"}), 5, 5) == pytest.approx(
        (128, 64, 0), abs=2
    )


def test_a_gradient_runs_from_edge_to_edge() -> None:
    seen = still(**{"background-color": "linear-gradient(90deg, #000, #fff)"})
    row = seen[50, :, 0].astype(int)
    assert (row[0], row[100], row[-1]) == pytest.approx((0, 128, 255), abs=3)
    assert (np.diff(row) >= -2).all()


def test_a_radial_gradient_ends_in_the_corners() -> None:
    seen = still(rectangle(width=200, height=100, **{"background-color": "radial-gradient(#f00, #00f)"}))
    assert colour(seen, 100, 50) == pytest.approx(RED, abs=4)
    assert colour(seen, 0, 0) == pytest.approx(BLUE, abs=4)


def test_the_background_picture_covers_the_frame(files: dict[str, Path]) -> None:
    seen = still(files=files, **{"background-image": "halves.png"})
    assert colour(seen, 0, 0) == colour(seen, 90, 99) == RED
    assert colour(seen, 199, 99) == colour(seen, 110, 0) == BLUE


@pytest.mark.parametrize(
    ("look", "left", "right"),
    [
        ({"fit": "cover"}, RED, BLUE),
        ({"fit": "cover", "focus-x": 0}, RED, RED),
        ({"fit": "cover", "focus-x": 1}, BLUE, BLUE),
        ({"fit": "fill"}, RED, BLUE),
    ],
)
def test_a_picture_is_fitted_about_its_focus(
    files: dict[str, Path], look: dict[str, Any], left: tuple[int, ...], right: tuple[int, ...]
) -> None:
    image = {"type": "image", "src": "halves.png", "width": 40, "height": 40, **look}
    seen = still(image, files=files)
    assert ink(seen) == (0, 0, 40, 40)
    assert (colour(seen, 5, 20), colour(seen, 35, 20)) == (left, right)


def test_a_contained_picture_leaves_the_rest_of_its_box_free(files: dict[str, Path]) -> None:
    image = {"type": "image", "src": "halves.png", "width": 80, "height": 80, "fit": "contain"}
    assert ink(still(image, files=files)) == (0, 20, 80, 60)


def test_the_clear_parts_of_a_picture_stay_clear(files: dict[str, Path]) -> None:
    seen = still({"type": "image", "src": "hole.png", "width": 40, "height": 40}, files=files)
    assert colour(seen, 20, 20) == BLACK
    assert colour(seen, 5, 5) == GREEN


def test_shapes_can_be_filled_with_a_picture(files: dict[str, Path]) -> None:
    circle = {"type": "circle", "width": 80, "height": 80, "background-image": "halves.png"}
    seen = still(circle, files=files)
    assert (colour(seen, 20, 40), colour(seen, 60, 40), colour(seen, 3, 3)) == (RED, BLUE, BLACK)


def test_a_turned_picture_has_smooth_edges_and_no_foreign_colour(files: dict[str, Path]) -> None:
    image = {"type": "image", "src": "halves.png", "x": 60, "y": 30, "width": 80, "height": 40, "rotation": 20}
    seen = still(image, files=files, **{"background-color": "#fff"})
    assert colour(seen, 70, 45) == RED
    on_red_side = seen[:, :90]
    assert (on_red_side[:, :, 0] >= 253).all()


def test_a_slow_zoom_moves_every_edge_by_fractions_of_a_pixel(tmp_path: Path) -> None:
    picture = np.zeros((400, 800, 3), np.uint8)
    picture[:, 700:708] = 255
    path = write_picture(tmp_path / "line.png", picture)
    zoom = {"type": "image", "src": "line.png", "keyframes": [{"time": 0, "scale": 1}, {"time": 2, "scale": 1.06}]}
    raw = {"width": 400, "height": 200, "scenes": [{"duration": 2, "objects": [zoom]}]}
    painter, timeline = painter_of(raw, {"line.png": path})
    target = np.zeros((200, 400, 4), np.uint8)
    for frame in range(0, 60, 3):
        painter.draw(timeline.at(frame), target)
        row = target[100, :, 0].astype(float)
        middle = (row * (np.arange(400) + 0.5)).sum() / row.sum()
        scale = 1 + 0.06 * frame / 60
        assert middle == pytest.approx(200 + (352 - 200) * scale, abs=0.06)


def test_a_picture_drawn_small_does_not_flicker(tmp_path: Path) -> None:
    stripes = np.zeros((256, 256, 3), np.uint8)
    stripes[:, ::2] = 255
    path = write_picture(tmp_path / "stripes.png", stripes)
    grow = [{"time": 0, "scale": 0.2}, {"time": 2, "scale": 1}]
    image = {"type": "image", "src": "stripes.png", "width": 256, "height": 256, "keyframes": grow}
    seen = still(image, size=(256, 256), files={"stripes.png": path})
    assert seen[105:150, 105:150, 0].astype(int).std() < 3


def test_a_video_is_asked_for_the_time_of_its_object() -> None:
    asked: list[tuple[str, float]] = []

    def frames(key: str, seconds: float) -> Pixels:
        asked.append((key, seconds))
        return np.full((100, 200, 4), 255, np.uint8)

    video = {"type": "video", "src": "film.mp4", "start": 0.5}
    seen = still({"type": "group", "objects": [video]}, frame=30, frames=frames, **{"background-video": "b.mp4"})
    assert asked == [("scenes[0].background-video", 1.0), ("scenes[0].objects[0].objects[0].src", 0.5)]
    assert (seen == 255).all()


def test_a_video_with_alpha_shows_what_is_behind_it() -> None:
    raw = {"width": 20, "height": 20, "scenes": [{"background-color": "#f00", "background-video": "b.mp4"}]}
    clear = np.zeros((20, 20, 4), np.uint8)
    key = "scenes[0].background-video"
    painter, timeline = painter_of(raw, frames=lambda *_: clear, translucent=frozenset({key}))
    target = np.zeros((20, 20, 4), np.uint8)
    painter.draw(timeline.at(0), target)
    assert colour(target[:, :, 2::-1], 10, 10) == RED


def test_a_frame_looks_the_same_whatever_was_drawn_before(files: dict[str, Path]) -> None:
    drift = [{"time": 0, "x": 10.3, "rotation": 0}, {"time": 1, "x": 40.7, "rotation": 8}]
    picture = {"type": "image", "src": "halves.png", "border-radius": 9, "width": 80, "height": 40}
    inside = [
        {**picture, "keyframes": drift},
        {**picture, "x": 100.4, "shadow-color": "#fff", "shadow-blur": 8},
        {"type": "image", "src": "halves.png", "keyframes": [{"time": 0.5, "scale": 1}, {"time": 1, "scale": 1.1}]},
        {"type": "text", "text": "Drift", "color": "linear-gradient(red, blue)", "keyframes": drift},
        {"type": "text", "text": "Rest", "y": 40.6, "stroke-width": 4, "shadow-color": "#0f0", "shadow-blur": 5},
        rectangle(**{"opacity": 0.4, "border-width": 3, "background-color": "linear-gradient(45deg, red, lime)"}),
    ]
    scenes = [{"duration": 2, "objects": [*inside, {"type": "group", "opacity": 0.7, "objects": inside}]}]
    raw = {"width": 200, "height": 100, "scenes": scenes}

    def drawn(frames: list[int]) -> dict[int, bytes]:
        painter, timeline = painter_of(raw, files)
        seen = {}
        for frame in frames:
            target = np.empty((100, 200, 4), np.uint8)
            painter.draw(timeline.at(frame), target)
            seen[frame] = target.tobytes()
        return seen

    forwards = drawn([0, 1, 2, 20, 40, 41, 42, 43])
    backwards = drawn([43, 20, 42, 41, 2, 1, 0, 40])
    assert all(forwards[frame] == backwards[frame] for frame in forwards)


def test_a_picture_that_is_too_large_or_missing_is_refused_before_anything_is_drawn(tmp_path: Path) -> None:
    raw = {"scenes": [{"objects": [{"type": "group", "objects": [{"type": "image", "src": "a.jpg"}]}]}]}
    with pytest.raises(MediaError) as caught:
        painter_of(raw)
    assert caught.value.code == "media_missing"
    (tmp_path / "a.jpg").write_text("hello")
    with pytest.raises(MediaError, match="looks like a text file") as caught:
        painter_of(raw, {"a.jpg": tmp_path / "a.jpg"})
    assert [problem.path for problem in caught.value.problems] == ["scenes[0].objects[0].objects[0].src"]


@pytest.mark.parametrize(
    "properties",
    [
        {"width": 0, "height": 0.001},
        {"width": 100_000, "height": 100_000, "shadow-color": "#000", "shadow-blur": 100_000, "shadow-x": 100_000},
        {"x": -100_000, "y": "-5000%", "scale": 100},
        {"scale": -100, "skew-x": 89, "rotation": -36_000},
        {"border-width": 5_000, "border-radius": 5_000, "border-color": "#0f08"},
        {"stroke-width": 5_000, "font-size": 100_000, "padding": 90_000},
        {"font-size": 0, "letter-spacing": -500, "color": "radial-gradient(red, lime)"},
        {"autofit": "fill", "max-font-size": 100_000, "width": 1, "height": 1},
        {"fit": "fill", "width": 0.4, "opacity": 0.5, "background-color": "linear-gradient(red, lime)"},
    ],
    ids=lambda properties: next(iter(properties)),
)
def test_no_extreme_value_stops_the_painter(properties: dict[str, Any], files: dict[str, Path]) -> None:
    for kind in ("rectangle", "circle", "image", "text"):
        own: dict[str, Any] = {"image": {"src": "hole.png"}, "text": {"text": "Hi you"}}.get(kind, {})
        known = {"type": kind, **own, **{k: v for k, v in properties.items() if _has(kind, k)}}
        still(known, {"type": "group", "clip": True, "opacity": 0.5, "objects": [known]}, files=files)


def _has(kind: str, name: str) -> bool:
    of_text = ("stroke", "font", "letter", "autofit", "max-", "padding", "color")
    if name == "background-color":
        return kind != "image"
    if name.startswith(("border", "fit")):
        return kind != "text" and not (kind == "circle" and name == "border-radius")
    return kind == "text" or not name.startswith(of_text)


def test_fitted_text_without_a_box_fills_the_canvas() -> None:
    left, top, right, bottom = ink(still({"type": "text", "text": "One two three", "autofit": "fill"}))
    assert right - left > 120
    assert top >= 0
    assert bottom <= 100


@pytest.mark.parametrize(
    ("mode", "seen"),
    [
        ("normal", (64, 128, 255)),
        ("multiply", (50, 64, 100)),  # the channels' product
        ("screen", (214, 192, 255)),  # the product of what is missing
        ("darken", (64, 128, 100)),
        ("lighten", (200, 128, 255)),
        ("difference", (136, 0, 155)),
        ("plus-lighter", (255, 255, 255)),
    ],
)
def test_blend_modes_are_those_of_css(mode: str, seen: tuple[int, int, int]) -> None:
    below = rectangle(width=200, height=100, **{"background-color": "rgb(200 128 100)"})
    above = rectangle(**{"background-color": "rgb(64 128 255)", "blend-mode": mode, "x": 20, "y": 20})
    drawn = still(below, above)
    assert np.abs(np.array(colour(drawn, 30, 30)) - seen).max() <= 1
    assert colour(drawn, 5, 5) == (200, 128, 100)


def test_every_kind_of_object_can_be_blended(files: dict[str, Path]) -> None:
    place = {"x": 20, "y": 20, "width": 60, "height": 40, "blend-mode": "multiply"}
    kinds = [
        {"type": "circle", "background-color": "#fff"},
        {"type": "image", "src": "halves.png"},
        {"type": "text", "text": "III", "font-size": 40},
        {"type": "group", "objects": [rectangle(**{"background-color": "#fff"})]},
    ]
    paper = rectangle(width=200, height=100, **{"background-color": "#0f0"})
    for kind in kinds:
        assert still(paper, {**kind, **place}, files=files)[:, :, ::2].max() == 0  # no red and no blue is left


def test_in_a_faded_group_objects_are_blended_with_the_group_alone() -> None:
    paper = rectangle(width=200, height=100, **{"background-color": "#0f0"})
    red = rectangle(x=20, y=20, **{"background-color": "#f00", "blend-mode": "multiply"})
    group = {"type": "group", "objects": [red]}
    assert colour(still(paper, group), 30, 30) == (0, 0, 0)
    assert np.abs(np.array(colour(still(paper, {**group, "opacity": 0.5}), 30, 30)) - (128, 128, 0)).max() <= 2


def test_a_soft_shadow_turns_with_its_object() -> None:
    card = rectangle(**{"x": "50%", "y": "50%", "anchor": "center", "shadow-color": "#fff", "shadow-blur": 24})
    placed = {**card, "background-color": "#000", "shadow-y": 30}
    upright = still(placed, size=(200, 200))
    turned = still({**placed, "rotation": 90}, size=(200, 200))
    assert np.abs(turned.astype(int) - np.rot90(upright, -1)).max() <= 3
    assert upright.max() > 100


def test_a_soft_shadow_is_blurred_once_while_its_object_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    blurs: list[float] = []
    blur = cv2.GaussianBlur

    def counted(pixels: Pixels, size: tuple[int, int], sigma: float) -> Any:
        blurs.append(sigma)
        return blur(pixels, size, sigma)

    monkeypatch.setattr(cv2, "GaussianBlur", counted)
    turning = [{"time": 0, "rotation": 0}, {"time": 1, "rotation": 77}]
    card = rectangle(x=70, y=30, **{"shadow-color": "#000", "shadow-blur": 24, "keyframes": turning})
    raw = {"width": 200, "height": 100, "scenes": [{"duration": 1, "background-color": "#fff", "objects": [card]}]}
    painter, timeline = painter_of(raw)
    target = np.empty((100, 200, 4), np.uint8)
    for frame in range(20):
        painter.draw(timeline.at(frame), target)
    assert len(blurs) == 1


def test_a_shadow_is_soft_in_an_object_of_next_to_no_size() -> None:
    speck = rectangle(x=100, y=50, width=1, height=1, scale=100, **{"shadow-color": "#fff", "shadow-blur": 0.0009})
    still({"type": "group", "scale": 100, "objects": [speck]})
