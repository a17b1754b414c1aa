from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from renderer.composition import Composition
from renderer.drawing.geometry import Affine, Area
from renderer.drawing.lettering import extent, lettering, paint_text, text_style
from renderer.drawing.sheet import Sheet
from renderer.errors import MediaError, TemplateError
from renderer.format.families import FONT_FOLDER
from renderer.format.modifications import apply
from renderer.format.objects import Text
from renderer.format.template import parse
from renderer.text.fonts import Fonts
from renderer.text.layout import lay_out
from tests.renderer.stills import BLACK, WHITE, colour, ink, painter_of, still

CANVAS = (800.0, 400.0)
SMALL = {"font-size": 30, "y": 20}


def text(content: str, **properties: Any) -> dict[str, Any]:
    return {"type": "text", "text": content, "font-size": 60, "font-weight": 800, **properties}


def test_centred_text_has_as_much_room_on_both_sides() -> None:
    seen = still(text("HIH", x="50%", y="50%", anchor="center"))
    left, top, right, bottom = ink(seen)
    assert left == pytest.approx(200 - right, abs=2)
    assert top == pytest.approx(100 - bottom, abs=8)


@pytest.mark.parametrize(("align", "room_left", "room_right"), [("left", 2, 60), ("right", 60, 2), ("center", 40, 40)])
def test_lines_are_aligned_in_the_width(align: str, room_left: int, room_right: int) -> None:
    left, _, right, _ = ink(still(text("HH", width=200, **{"text-align": align})))
    assert left >= room_left
    assert 200 - right >= room_right


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {"font-family": "Playfair Display", "font-style": "italic", "text": "fjord Ágy Ǘ f"},
        {"font-family": "Space Grotesk", "font-style": "italic"},
        {"stroke-width": 14, "stroke-color": "#f00"},
        {"line-height": 0.5, "text": "Ågj\nÅgj"},
        {"letter-spacing": -20},
        {"padding": 12, "background-color": "#00f", "background-radius": 9},
        {"text": "H\u0302\u0302\u0302\u0302g\u0323\u0323"},
        {"text": "ที่ปี่ညြို்"},
        {"text": "Åfgj xx", "spans": [{"match": "fg", "font-size": "2em", "stroke-width": 9}]},
        {"text": "xxx", "spans": [{"match": "x", "background-color": "#f00", "text-decoration": "underline"}]},
    ],
    ids=[
        "plain",
        "italic",
        "slanted",
        "stroke",
        "tight",
        "negative",
        "panel",
        "marks",
        "other scripts",
        "spans",
        "panels of spans",
    ],
)
def test_nothing_is_painted_outside_the_extent_and_the_extent_is_tight(properties: dict[str, Any]) -> None:
    raw = text(properties.get("text", "Åfgj"), **{k: v for k, v in properties.items() if k != "text"})
    obj = parse({"scenes": [{"objects": [raw]}]}).scenes[0].objects[0]
    assert isinstance(obj, Text)
    layout, look = lay_out(obj.text, text_style(obj, CANVAS), Fonts()), lettering(obj, CANVAS)
    pixels = np.zeros((400, 800, 4), np.uint8)
    paint_text(Sheet(pixels), layout, look, Affine.translation(200, 150))
    rows, columns = np.nonzero(pixels[:, :, 3])
    painted = Area(int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
    promised = Area.around(Affine.translation(200, 150).bounds(extent(layout, look)))
    assert painted.meet(promised) == painted
    assert all(abs(a - b) <= 1 for a, b in zip(painted, promised, strict=True))


def test_a_stroke_is_painted_under_the_fill() -> None:
    seen = still(text("I", x=80, **{"stroke-color": "#f00", "stroke-width": 8}))
    left, _, right, _ = ink(seen)
    assert colour(seen, (left + right) // 2, 40) == WHITE
    assert colour(seen, left + 2, 40) == (255, 0, 0)
    plain_left = ink(still(text("I", x=80)))[0]
    assert plain_left - left == 4


def test_the_stroke_of_a_letter_never_covers_its_neighbour() -> None:
    close = {"stroke-color": "#f00", "stroke-width": 20, "letter-spacing": -4}
    seen = still(text("II", x=60, **close))
    plain = still(text("II", x=60, **{"letter-spacing": -4}))
    assert (seen[plain[:, :, 0] == 255] == 255).all()


def test_a_gradient_runs_across_the_whole_block() -> None:
    seen = still(text("HHH", color="linear-gradient(90deg, #f00, #00f)"))
    left, _, right, _ = ink(seen)
    assert colour(seen, left + 3, 40)[0] > 230
    assert colour(seen, right - 3, 40)[2] > 230


def test_a_panel_is_as_large_as_the_text_and_its_padding() -> None:
    plain = still(text("Hg"), **{"background-color": "#fff"}, size=(300, 150))
    assert plain.min() == 255  # white on white: only its panel can be seen
    panel = {"background-color": "#000", "padding": 10}
    box = ink(still(text("Hg", x=20, y=20, **panel), **{"background-color": "#fff"}, size=(300, 150)), WHITE)
    layout = lay_out("Hg", text_style(_text(text("Hg")), CANVAS), Fonts())
    assert box[:2] == (20, 20)
    assert box[2] == pytest.approx(20 + layout.width + 20, abs=1)
    assert box[3] == pytest.approx(20 + layout.height + 20, abs=1)


def test_a_box_with_height_puts_its_panel_over_all_of_it_and_the_text_in_the_middle() -> None:
    box = {"width": 180, "height": 90, "background-color": "#00f", "text-align": "center", "vertical-align": "middle"}
    seen = still(text("HH", **box))
    assert ink(seen) == (0, 0, 180, 90)
    left, _, right, _ = ink(seen, (0, 0, 255))
    assert (left, right) != (0, 180)
    letters = np.nonzero((seen[:90, :180] == 255).all(axis=2))
    assert letters[1].mean() == pytest.approx(89.5, abs=1.5)
    assert letters[0].mean() == pytest.approx(45, abs=4)


def test_text_without_a_width_wraps_at_the_canvas() -> None:
    seen = still(text("HHHH HHHH"), size=(200, 300))
    _, _, right, bottom = ink(seen)
    assert right <= 200
    assert bottom > 100


def test_fitted_text_stays_in_its_box() -> None:
    box = {"x": 20, "y": 10, "width": 160, "height": 80, "autofit": "fill"}
    left, top, right, bottom = ink(still(text("Fit this into the box", **box)))
    assert left >= 20
    assert top >= 10
    assert right <= 180
    assert bottom <= 90
    assert bottom - top > 50


def test_text_moves_smoothly_between_pixels() -> None:
    def middle(x: float) -> float:
        row = still(text("I", x=x)).astype(float)[40, :, 0]
        return float((row * np.arange(200)).sum() / row.sum())

    start = middle(50)
    steps = [middle(50 + step / 10) - start for step in range(11)]
    assert steps == pytest.approx([step / 10 for step in range(11)], abs=0.02)


def test_letters_have_many_tones_of_edge_and_solid_stems() -> None:
    seen = still(text("Sog"))
    assert len(np.unique(seen)) > 100
    assert (seen == 255).any()


def test_text_that_does_not_fit_its_box_is_told_with_what_to_change() -> None:
    boxes: list[dict[str, Any]] = [
        {"width": 100},
        {"width": 100, "wrap": False},
        {"width": 400, "height": 40, "autofit": "shrink", "min-font-size": 50},
        {"width": 600, "height": 200},
    ]
    raw = {"scenes": [{"duration": 1, "objects": [text("Extraordinary words", **box) for box in boxes]}]}
    painter, timeline = painter_of(raw)
    painter.draw(timeline.at(0), np.zeros((720, 1280, 4), np.uint8))
    assert painter.warnings == [
        "scenes[0].objects[0].text: a word is longer than a line and is cut in two. It needs a larger width, "
        'a smaller font-size or autofit "shrink" or fewer words.',
        "scenes[0].objects[1].text: a line is wider than the text's box and sticks out. It needs a larger width, wrap, "
        'a smaller font-size or autofit "shrink" or fewer words.',
        "scenes[0].objects[2].text: the lines are higher than the text's box and stick out. They need a larger height, "
        "a smaller min-font-size or fewer words.",
    ]


def test_a_span_is_painted_in_its_own_colour_and_the_rest_in_that_of_the_text() -> None:
    seen = still(text("HHH", spans=[{"match": "HHH", "color": "#f00"}], color="#00f"))
    assert colour(seen, *solid(seen)) == (255, 0, 0)
    both = still(text("HI", spans=[{"match": "I", "color": "#f00"}], color="#00f"))
    reds, blues = (np.nonzero((both == tone).all(axis=2))[1] for tone in ((255, 0, 0), (0, 0, 255)))
    assert blues.max() < reds.min()


def test_a_line_through_or_under_a_span_and_what_is_behind_it_are_as_wide_as_it() -> None:
    plain = still(text("nnn nnn", **SMALL))
    left, top, right, bottom = ink(plain)
    under = still(text("nnn nnn", **SMALL, spans=[{"match": "nnn nnn", "text-decoration": "underline"}]))
    assert ink(under)[3] > bottom
    assert (under[ink(under)[3] - 2, left + 2 : right - 2] == 255).all()
    through = still(text("nnn nnn", **SMALL, spans=[{"match": "nnn nnn", "text-decoration": "line-through"}]))
    assert ink(through)[1::2] == (top, bottom)
    assert max((row[left + 2 : right - 2] == 255).all() for row in through)
    panel = still(text("nnn nnn", **SMALL, spans=[{"match": "nnn nnn", "background-color": "#f00"}]))
    assert ink(panel)[0] <= left
    assert ink(panel)[2] >= right
    assert ink(panel)[1] < top
    assert not ((panel[top:bottom, left:right] == BLACK).all(axis=2)).any()


def test_panels_of_spans_side_by_side_show_no_seam() -> None:
    spans = [{"match": "over two lines", "background-color": "#fff"}, {"match": "two", "font-weight": 400}]
    seen = still(text("over two lines", color="#fff", **{"font-size": 20.3}, spans=spans))
    left, top, right, bottom = ink(seen)
    assert (seen[top + 1 : bottom - 1, left + 1 : right - 1] == 255).all()


def test_a_span_keeps_its_style_in_a_text_that_was_changed_and_one_that_fits_nowhere_is_told() -> None:
    spans = [{"match": "{{price}}", "color": "#f00"}]
    scenes = [{"name": "S", "duration": 1, "objects": [text("Only {{price}}", name="offer", spans=spans)]}]
    raw = {"variables": {"price": "$19"}, "scenes": scenes}
    changed = apply(raw, [{"object": "offer", "text": "$25 now"}], {"price": "$25"}).raw
    painter, timeline = painter_of(changed)
    frame = np.zeros((720, 1280, 4), np.uint8)
    painter.draw(timeline.at(0), frame)
    assert ((frame[:, :, :3] == (0, 0, 255)).all(axis=2)).any()
    assert painter.warnings == []
    painter, timeline = painter_of(apply(raw, [{"object": "offer", "text": "Sold out"}]).raw)
    painter.draw(timeline.at(0), frame)
    assert painter.warnings == ['scenes[0].objects[0].spans[0].match: the text does not have "$19".']


def test_spacing_that_is_left_out_between_joined_letters_is_told() -> None:
    objects = [{"type": "text", "text": content, "letter-spacing": "0.2em"} for content in ("سلام", "Hello")]
    painter, timeline = painter_of({"width": 200, "height": 100, "scenes": [{"duration": 1, "objects": objects}]})
    painter.draw(timeline.at(0), np.zeros((100, 200, 4), np.uint8))
    told = "scenes[0].objects[0].text: Arabic letters are joined, so letter-spacing leaves them as they are."
    assert painter.warnings == [told]


@pytest.mark.parametrize(
    ("content", "span", "told"),
    [
        ("A category", {"match": "cat", "whole-words": True}, 'the text does not have "cat" in whole words.'),
        ("Cafe\u0301", {"match": "\u0301"}, 'the text does not have "\u0301".'),
        ("Cafe\u0301", {"match": "Caf\u00e9"}, 'the text does not have "Caf\u00e9".'),
    ],
    ids=["part of a word", "accent alone", "composed otherwise"],
)
def test_a_span_that_nothing_is_seen_of_is_told(content: str, span: dict[str, Any], told: str) -> None:
    scenes = [{"objects": [text(content, spans=[{**span, "color": "#f00"}])]}]
    painter, timeline = painter_of({"width": 400, "height": 100, "scenes": scenes})
    painter.draw(timeline.at(0), np.zeros((100, 400, 4), np.uint8))
    assert painter.warnings == [f"scenes[0].objects[0].spans[0].match: {told}"]


@pytest.mark.parametrize(
    ("span", "told"),
    [
        ({"match": "One"}, 'it does not say how "One" looks: give it a color'),
        ({"match": "One", "whole-words": True}, 'it does not say how "One" looks: give it a color'),
        ({"match": "", "color": "red"}, "expected text of 1 to 200 characters"),
    ],
)
def test_a_span_that_could_change_nothing_is_refused(span: dict[str, Any], told: str) -> None:
    with pytest.raises(TemplateError, match=told) as caught:
        parse({"scenes": [{"objects": [text("One", spans=[span])]}]})
    assert caught.value.problems[0].path.startswith("scenes[0].objects[0].spans[0]")


def test_spans_can_be_changed_as_a_whole_and_a_wrong_one_is_named() -> None:
    scenes = [{"name": "S", "duration": 1, "objects": [text("Only $19", name="offer")]}]
    spans = [{"match": "$19", "font-size": "1.5em"}]
    applied = apply({"scenes": scenes}, [{"object": "offer", "spans": spans}])
    assert applied.raw["scenes"][0]["objects"][0]["spans"] == spans
    with pytest.raises(TemplateError, match=r'modifications\[0\].spans\[0\]: .*unknown property "colour"') as caught:
        apply({"scenes": scenes}, [{"object": "offer", "spans": [{"match": "$19", "colour": "#f00"}]}])
    assert "A text span has: match, whole-words, color" in caught.value.message
    with pytest.raises(TemplateError, match="there is no font family"):
        apply({"scenes": scenes}, [{"object": "offer", "spans": [{"match": "$19", "font-family": "Intr"}]}])


def test_a_font_that_is_not_there_and_a_character_no_font_has_are_told() -> None:
    raw = {"scenes": [{"objects": [text("a\U0010fffd", **{"font-family": "Intr"})]}]}
    painter, timeline = painter_of(raw)
    target = np.zeros((720, 1280, 4), np.uint8)
    for frame in (0, 1):
        painter.draw(timeline.at(frame), target)
    family, missing = painter.warnings
    assert family.startswith('scenes[0].objects[0].font-family: there is no font family "Intr"; did you mean "Inter"?')
    assert missing.startswith("scenes[0].objects[0].text: ")
    assert "\U0010fffd" in missing


def test_a_colour_glyph_keeps_its_own_colours(tmp_path: Path) -> None:
    fonts = Fonts()
    fonts.add(_colour_font(tmp_path / "colour.ttf"))
    obj = _text(text("A", **{"font-family": "Two Tone", "font-size": 100, "line-height": 1}))
    layout = lay_out("A", text_style(obj, CANVAS), fonts)
    pixels = np.zeros((120, 120, 4), np.uint8)
    paint_text(Sheet(pixels), layout, lettering(obj, CANVAS), Affine.translation(10, 10))
    seen = pixels[:, :, 2::-1]
    baseline = 10 + layout.lines[0].baseline
    assert colour(seen, 30, int(baseline) - 20) == (255, 0, 0)
    assert colour(seen, 70, int(baseline) - 20) == (0, 0, 255)
    assert colour(seen, 30, int(baseline) - 90) == BLACK


def solid(seen: np.ndarray) -> tuple[int, int]:
    """A place inside of the ink."""
    rows, columns = np.nonzero(seen.max(axis=2) == 255)
    return int(columns[0]), int(rows[0])


def _text(raw: dict[str, Any]) -> Text:
    obj = parse({"scenes": [{"objects": [raw]}]}).scenes[0].objects[0]
    assert isinstance(obj, Text)
    return obj


def _colour_font(path: Path) -> Path:
    """A font whose A is a red and a blue half of a square (COLR version 0)."""

    def square(left: int, right: int) -> Any:
        pen = TTGlyphPen(None)
        pen.moveTo((left, 0))
        for corner in ((left, 600), (right, 600), (right, 0)):
            pen.lineTo(corner)
        pen.closePath()
        return pen.glyph()

    names = [".notdef", "A", "left", "right"]
    font = FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder(names)
    font.setupCharacterMap({65: "A"})
    shapes = [square(0, 1), square(0, 800), square(0, 400), square(400, 800)]
    font.setupGlyf(dict(zip(names, shapes, strict=True)))
    font.setupHorizontalMetrics({name: (800, 400 if name == "right" else 0) for name in names})
    font.setupHorizontalHeader(ascent=800, descent=-200)
    font.setupNameTable({"familyName": "Two Tone", "styleName": "Regular"})
    font.setupOS2()
    font.setupPost()
    font.setupCOLR({"A": [("left", 0), ("right", 1)]})
    font.setupCPAL([[(1.0, 0.0, 0.0, 1.0), (0.0, 0.0, 1.0, 1.0)]])
    font.save(path)
    return path


def test_a_template_draws_with_a_font_of_its_own() -> None:
    anton = FONT_FOLDER / "Anton" / "Anton_400Regular.ttf"
    words = text("Wide or narrow", **{"font-size": 120})
    scenes = [{"duration": 1, "objects": [{**words, "font-family": "Our Brand"}]}]
    ours = {"fonts": [{"family": "Our Brand", "src": "https://example.com/brand.ttf"}], "scenes": scenes}
    named = {"scenes": [{"duration": 1, "objects": [{**words, "font-family": "Anton"}]}]}
    brought = drawn(ours, {"https://example.com/brand.ttf": anton})
    assert np.array_equal(brought, drawn(named, {}))
    assert not np.array_equal(brought, drawn({"scenes": [{"duration": 1, "objects": [words]}]}, {}))


def test_a_font_that_is_broken_or_was_not_provided_is_named_by_its_place(tmp_path: Path) -> None:
    raw = {"fonts": [{"family": "Ours", "src": "ours.ttf"}], "scenes": [{"duration": 1}]}
    (tmp_path / "ours.ttf").write_text("no font")
    for files, code in (({}, "media_missing"), ({"ours.ttf": tmp_path / "ours.ttf"}, "media_unreadable")):
        with pytest.raises(MediaError) as caught:
            drawn(raw, files)
        assert (caught.value.code, caught.value.problems[0].path) == (code, "fonts[0].src")


def drawn(raw: dict[str, Any], files: dict[str, Path]) -> np.ndarray:
    with Composition(parse(raw), files) as composition:
        return composition.draw(0).copy()
