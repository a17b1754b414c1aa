"""Text objects: their style in pixels, and a set block painted as outlines (with stroke, gradient, panel).

Glyphs are filled as paths, not blitted from a glyph cache: that rounds positions to a quarter of a pixel, and
letters would tremble against each other in a slow zoom. Cost at 80 px, 31 letters: 0.4 ms.
"""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

import skia
from msgspec import Struct
from msgspec.structs import replace

from renderer.drawing.boxes import BoxLook, fill_paint, outline
from renderer.drawing.geometry import NOWHERE, Affine, Rect
from renderer.drawing.sheet import Sheet, skia_matrix
from renderer.format.animations import Counter
from renderer.format.objects import Text
from renderer.format.values import Color, Fill, Spacing
from renderer.text.layout import PlacedGlyph, TextLayout, TextStyle, ink_of
from renderer.text.spans import Span

Rule = Literal["none", "underline", "line-through"]
LARGEST_FILL = 2000.0  # pixels; where a text may fill a box and names no max-font-size


class Setting(NamedTuple):
    """All that a layout follows from."""

    text: str
    style: TextStyle
    spans: tuple[Span, ...]


class SpanLook(Struct, frozen=True, kw_only=True):
    """The paint of a span; what is None is as in the text around it."""

    color: Color | None
    stroke: Color | None
    stroke_width: float | None
    panel: Color | None
    rule: Rule | None


class Lettering(Struct, frozen=True, kw_only=True):
    """The paint of a block; `padding` lies between its panel's edge and its layout."""

    color: Fill
    stroke: Color
    stroke_width: float
    spans: tuple[SpanLook, ...]
    panel: Fill | None
    panel_radius: float
    padding: float

    @property
    def stroked(self) -> bool:
        """Whether any of its letters may be."""
        return self.stroke_width > 0 or any(span.stroke_width for span in self.spans)


class Lot(NamedTuple):
    """Glyphs of a block that are painted together, `moved` from their places within it."""

    glyphs: Sequence[PlacedGlyph]
    moved: Affine = Affine()


def setting_of(obj: Text, canvas: tuple[float, float]) -> Setting:
    return Setting(obj.text, text_style(obj, canvas), text_spans(obj, canvas))


def text_style(obj: Text, canvas: tuple[float, float]) -> TextStyle:
    """The object's text properties in pixels of its canvas, the padding taken off its box."""
    size = obj.font_size.px(*canvas)
    counters = [animation for animation in obj.animations if isinstance(animation, Counter)]
    edges = 2 * obj.padding.px(*canvas)
    biggest = obj.max_font_size.px(*canvas) if obj.max_font_size else LARGEST_FILL
    return TextStyle(
        family=obj.font_family,
        weight=obj.font_weight,
        italic=obj.font_style == "italic",
        size=size,
        line_height=obj.line_height,
        letter_spacing=_pixels_and_ems(obj.letter_spacing, canvas),
        align=obj.text_align,
        vertical_align=obj.vertical_align,
        transform=obj.text_transform,
        tabular=bool(counters),
        starts=tuple((counter.number, counter.start_value) for counter in counters),
        wrap=obj.wrap,
        autofit=obj.autofit,
        min_size=obj.min_font_size.px(*canvas),
        max_size=biggest,
        width=None if obj.width is None else max(0.0, obj.width.px(*canvas, "x") - edges),
        height=None if obj.height is None else max(0.0, obj.height.px(*canvas, "y") - edges),
        max_width=max(0.0, canvas[0] - edges),
        max_height=max(0.0, canvas[1] - edges),
    )


def _pixels_and_ems(spacing: Spacing, canvas: tuple[float, float]) -> tuple[float, float]:
    pixels = spacing.px(*canvas, em=0.0)
    return pixels, spacing.px(*canvas, em=1.0) - pixels


def text_spans(obj: Text, canvas: tuple[float, float]) -> tuple[Span, ...]:
    whole = obj.font_size.px(*canvas)
    return tuple(
        Span(
            match=span.match,
            whole_words=span.whole_words,
            family=span.font_family,
            weight=span.font_weight,
            italic=None if span.font_style is None else span.font_style == "italic",
            scale=None if span.font_size is None or not whole else span.font_size.px(*canvas, em=whole) / whole,
            spacing=None if span.letter_spacing is None else _pixels_and_ems(span.letter_spacing, canvas),
        )
        for span in obj.spans
    )


def lettering(obj: Text, canvas: tuple[float, float]) -> Lettering:
    return Lettering(
        color=obj.color,
        stroke=obj.stroke_color,
        stroke_width=obj.stroke_width.px(*canvas),
        spans=tuple(
            SpanLook(
                color=span.color,
                stroke=span.stroke_color,
                stroke_width=None if span.stroke_width is None else span.stroke_width.px(*canvas),
                panel=span.background_color,
                rule=span.text_decoration,
            )
            for span in obj.spans
        ),
        panel=obj.background_color,
        panel_radius=obj.background_radius.px(*canvas),
        padding=obj.padding.px(*canvas),
    )


def extent(layout: TextLayout, look: Lettering) -> Rect:
    """All that the block paints, in its box's coordinates: its letters and the panel."""
    painted = painted_by(layout.glyphs, layout, look)
    panel = Rect(-look.padding, -look.padding, layout.width + look.padding, layout.height + look.padding)
    both = painted.union(panel) if look.panel else painted
    return Rect(*(edge + look.padding for edge in both))


def painted_by(glyphs: Sequence[PlacedGlyph], layout: TextLayout, look: Lettering) -> Rect:
    """What these glyphs of the block paint, in the layout's coordinates: ink with its stroke, panels and rules."""
    ink = ink_of(glyphs)
    parts = list(_parts(layout, glyphs, look))
    stroke = max((part.paint.stroke_width for part in parts), default=0.0)
    painted = Rect(ink.x, ink.y, ink.x + ink.width, ink.y + ink.height).outset(stroke / 2)
    for part in parts:
        painted = painted.union(part.panel) if part.paint.panel else painted
        painted = painted.union(part.rule) if part.rule else painted
    return painted


def paint_text(sheet: Sheet, layout: TextLayout, look: Lettering, matrix: Affine) -> None:
    """Draws the block with the top left of its padded box at the origin of `matrix`."""
    paint_panel(sheet, layout, look, matrix)
    paint_letters(sheet, layout, [Lot(layout.glyphs)], look, matrix)


def paint_panel(sheet: Sheet, layout: TextLayout, look: Lettering, matrix: Affine) -> None:
    if look.panel is not None:
        width, height = layout.width + 2 * look.padding, layout.height + 2 * look.padding
        panel = BoxLook(width=width, height=height, radius=look.panel_radius)
        sheet.path(outline(panel), fill_paint(look.panel, panel.rect), matrix)


def paint_letters(sheet: Sheet, layout: TextLayout, lots: Sequence[Lot], look: Lettering, matrix: Affine) -> None:
    """Draws these glyphs of the block: all strokes under all fills. `matrix` is that of `paint_text`."""
    inside = matrix @ Affine.translation(look.padding, look.padding)
    parts = [(lot.moved, part) for lot in lots for part in _parts(layout, lot.glyphs, look)]
    _paint_panels(sheet, parts, inside)
    for moved, part in parts:
        if part.paint.stroke_width > 0 and part.paint.stroke.a > 0:
            _paint_outlines(sheet, part.glyphs, _stroke(part.paint), inside @ moved)
    block = layout.block
    lines = Rect(block.x, block.y, block.x + block.width, block.y + block.height)
    fills = {part.paint.color: fill_paint(part.paint.color, lines) for _, part in parts}
    for moved, part in parts:
        fill = fills[part.paint.color]
        _paint_outlines(sheet, part.glyphs, fill, inside @ moved)
        if part.rule is not None:
            with sheet.placed(inside @ moved):
                sheet.canvas.drawRect(skia.Rect.MakeLTRB(*part.rule), fill)
    for lot in lots:
        _paint_coloured_glyphs(sheet, lot.glyphs, inside @ lot.moved)


class _Paint(Struct, frozen=True, kw_only=True):
    """How letters look that lie in certain spans."""

    color: Fill
    stroke: Color
    stroke_width: float
    panel: Color | None
    rule: Rule


class _Part(NamedTuple):
    """Glyphs of a line that look alike and stand side by side: what lies behind them, and the line through them."""

    glyphs: Sequence[PlacedGlyph]
    paint: _Paint
    panel: Rect
    rule: Rect | None


def _paint(look: Lettering, spans: Sequence[int]) -> _Paint:
    paint = _Paint(color=look.color, stroke=look.stroke, stroke_width=look.stroke_width, panel=None, rule="none")
    for span in (look.spans[index] for index in spans):
        changes = {name: value for name in paint.__struct_fields__ if (value := getattr(span, name)) is not None}
        paint = replace(paint, **changes)
    return paint


def _parts(layout: TextLayout, glyphs: Sequence[PlacedGlyph], look: Lettering) -> Iterator[_Part]:
    """These glyphs from left to right, line by line; all lengths are those of the layout."""
    if not look.spans:
        yield _Part(glyphs, _paint(look, ()), NOWHERE, None)
        return
    letters = layout.letters
    alike = itertools.groupby(glyphs, key=lambda glyph: (letters[glyph.letter].line, letters[glyph.letter].spans))
    for (line, spans), group in alike:
        own = list(group)
        paint = _paint(look, spans)
        boxes = [letters[glyph.letter].box for glyph in own]
        left, right = min(box.x for box in boxes), max(box.x + box.width for box in boxes)
        baseline = layout.lines[line].baseline
        top = baseline - max(glyph.face.ascent * glyph.size for glyph in own)
        bottom = baseline + max(glyph.face.descent * glyph.size for glyph in own)
        face, size = own[0].face, own[0].size
        rules = {"underline": face.underline, "line-through": face.strikeout}
        offset, thickness = rules.get(paint.rule, (0.0, 0.0))
        rule = Rect(left, baseline + offset * size, right, baseline + (offset + thickness) * size)
        yield _Part(own, paint, Rect(left, top, right, bottom), rule if paint.rule in rules else None)


def _stroke(paint: _Paint) -> Any:
    stroke = fill_paint(paint.stroke, NOWHERE)
    stroke.setStyle(skia.Paint.kStroke_Style)
    stroke.setStrokeJoin(skia.Paint.kRound_Join)
    stroke.setStrokeWidth(paint.stroke_width)
    return stroke


def _paint_panels(sheet: Sheet, parts: Sequence[tuple[Affine, _Part]], matrix: Affine) -> None:
    """Those of one colour in one path: side by side they show no seam."""
    panels: dict[Color, Any] = {}
    for moved, part in parts:
        if part.paint.panel is not None:
            rect = skia.Path()
            rect.addRect(skia.Rect.MakeLTRB(*part.panel))
            panels.setdefault(part.paint.panel, skia.Path()).addPath(rect, skia_matrix(moved))
    for color, path in panels.items():
        sheet.path(path, fill_paint(color, NOWHERE), matrix)


def _paint_outlines(sheet: Sheet, glyphs: Sequence[PlacedGlyph], paint: Any, matrix: Affine) -> None:
    """The paint is in the layout's coordinates, so that a gradient runs across all lines."""
    with sheet.placed(matrix):
        for glyph in glyphs:
            path = glyph.face.outline(glyph.id)
            if path is not None:
                scale = glyph.size / glyph.face.upem
                placed = skia.Path(path)
                placed.transform(skia_matrix(Affine(scale, 0.0, glyph.x, 0.0, scale, glyph.y)))
                sheet.canvas.drawPath(placed, paint)


def _paint_coloured_glyphs(sheet: Sheet, glyphs: Sequence[PlacedGlyph], matrix: Affine) -> None:
    for glyph in glyphs:
        if glyph.face.coloured(glyph.id):
            builder = skia.TextBlobBuilder()
            builder.allocRunPos(glyph.face.at_size(glyph.size), [glyph.id], [skia.Point(glyph.x, glyph.y)])
            with sheet.placed(matrix):
                sheet.canvas.drawTextBlob(builder.make(), 0, 0, skia.Paint())
