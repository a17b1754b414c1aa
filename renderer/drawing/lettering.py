"""Text objects: their style in pixels, and a set block painted as outlines (with stroke, gradient, panel).

Glyphs are filled as paths, not blitted from a glyph cache: that rounds positions to a quarter of a pixel, and
letters would tremble against each other in a slow zoom. Cost at 80 px, 31 letters: 0.4 ms.
"""

import itertools
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, Literal, NamedTuple

import skia
from msgspec import Struct
from msgspec.structs import replace

from renderer.drawing.boxes import Box, fill_paint, outline
from renderer.drawing.drawable import Canvas, Drawable, shadow
from renderer.drawing.geometry import Affine, Rect, placement
from renderer.drawing.pieces import Piece, sprite
from renderer.drawing.resources import Resources
from renderer.drawing.sheet import Sheet, skia_matrix
from renderer.format.objects import Text
from renderer.format.values import Color, Fill
from renderer.text.layout import PlacedGlyph, TextLayout, TextStyle
from renderer.text.spans import Span

_NOWHERE = Rect(0.0, 0.0, 0.0, 0.0)
Rule = Literal["none", "underline", "line-through"]
LARGEST_FILL = 2000.0  # pixels; where a text may fill a box and names no max-font-size


Setting = tuple[str, TextStyle, tuple[Span, ...]]
"""All that a layout follows from."""


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


class TextDrawable(Drawable[Text]):
    """Its text is set again only when the words or their style change."""

    def __init__(self, obj: Text, path: str, frames: int, fps: Fraction, resources: Resources) -> None:
        super().__init__(obj, path, frames, fps, resources)
        self._layout: tuple[Setting, TextLayout] | None = None

    def draw(self, obj: Text, matrix: Affine, canvas: Canvas) -> Sequence[Piece]:
        look, setting = lettering(obj, canvas), (obj.text, text_style(obj, canvas), text_spans(obj, canvas))
        layout = self._set(setting)
        width, height = layout.width + 2 * look.padding, layout.height + 2 * look.padding
        placed = matrix @ placement(obj, width, height, canvas)
        piece = sprite(
            lambda sheet, at: paint_text(sheet, layout, look, at),
            extent(layout, look),
            placed,
            shadow=shadow(obj, canvas, placed),
            opacity=obj.opacity,
            key=(setting, look),
            slots=(self.sprite, self.shade),
            blend=obj.blend_mode,
        )
        return (piece,) if piece else ()

    def _set(self, setting: Setting) -> TextLayout:
        if self._layout is None or self._layout[0] != setting:
            self._layout = setting, self.resources.set_text(*setting, self.path)
        return self._layout[1]


def text_style(obj: Text, canvas: tuple[float, float]) -> TextStyle:
    """The object's text properties in pixels of its canvas, the padding taken off its box."""
    size = obj.font_size.px(*canvas)
    edges = 2 * obj.padding.px(*canvas)
    spacing = obj.letter_spacing.px(*canvas, em=0.0)
    biggest = obj.max_font_size.px(*canvas) if obj.max_font_size else LARGEST_FILL
    return TextStyle(
        family=obj.font_family,
        weight=obj.font_weight,
        italic=obj.font_style == "italic",
        size=size,
        line_height=obj.line_height,
        letter_spacing=(spacing, obj.letter_spacing.px(*canvas, em=1.0) - spacing),
        align=obj.text_align,
        vertical_align=obj.vertical_align,
        transform=obj.text_transform,
        wrap=obj.wrap,
        autofit=obj.autofit,
        min_size=obj.min_font_size.px(*canvas),
        max_size=biggest,
        width=None if obj.width is None else max(0.0, obj.width.px(*canvas, "x") - edges),
        height=None if obj.height is None else max(0.0, obj.height.px(*canvas, "y") - edges),
        max_width=max(0.0, canvas[0] - edges),
        max_height=max(0.0, canvas[1] - edges),
    )


def text_spans(obj: Text, canvas: tuple[float, float]) -> tuple[Span, ...]:
    whole = obj.font_size.px(*canvas)
    return tuple(
        Span(
            match=span.match,
            family=span.font_family,
            weight=span.font_weight,
            italic=None if span.font_style is None else span.font_style == "italic",
            scale=None if span.font_size is None or not whole else span.font_size.px(*canvas, em=whole) / whole,
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
    """All that the block paints, in its box's coordinates: ink with its stroke, the panels and the rules."""
    ink = layout.ink
    parts = list(_parts(layout, layout.glyphs, look))
    stroke = max((part.paint.stroke_width for part in parts), default=0.0)
    painted = Rect(ink.x, ink.y, ink.x + ink.width, ink.y + ink.height).outset(stroke / 2)
    for part in parts:
        painted = painted.union(part.panel) if part.paint.panel else painted
        painted = painted.union(part.rule) if part.rule else painted
    panel = Rect(-look.padding, -look.padding, layout.width + look.padding, layout.height + look.padding)
    both = painted.union(panel) if look.panel else painted
    return Rect(*(edge + look.padding for edge in both))


def paint_text(sheet: Sheet, layout: TextLayout, look: Lettering, matrix: Affine) -> None:
    """Draws the block with the top left of its padded box at the origin of `matrix`: all strokes under all fills."""
    if look.panel is not None:
        width, height = layout.width + 2 * look.padding, layout.height + 2 * look.padding
        panel = Box(width=width, height=height, radius=look.panel_radius)
        sheet.path(outline(panel), fill_paint(look.panel, panel.rect), matrix)
    inside = matrix @ Affine.translation(look.padding, look.padding)
    parts = list(_parts(layout, layout.glyphs, look))
    _paint_panels(sheet, parts, inside)
    for part in parts:
        if part.paint.stroke_width > 0 and part.paint.stroke.a > 0:
            _paint_outlines(sheet, part.glyphs, _stroke(part.paint), inside)
    block = layout.block
    lines = Rect(block.x, block.y, block.x + block.width, block.y + block.height)
    fills = {part.paint.color: fill_paint(part.paint.color, lines) for part in parts}
    for part in parts:
        fill = fills[part.paint.color]
        _paint_outlines(sheet, part.glyphs, fill, inside)
        if part.rule is not None:
            with sheet.placed(inside):
                sheet.canvas.drawRect(skia.Rect.MakeLTRB(*part.rule), fill)
    _paint_coloured_glyphs(sheet, layout.glyphs, inside)


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
        yield _Part(glyphs, _paint(look, ()), _NOWHERE, None)
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
    stroke = fill_paint(paint.stroke, _NOWHERE)
    stroke.setStyle(skia.Paint.kStroke_Style)
    stroke.setStrokeJoin(skia.Paint.kRound_Join)
    stroke.setStrokeWidth(paint.stroke_width)
    return stroke


def _paint_panels(sheet: Sheet, parts: Sequence[_Part], matrix: Affine) -> None:
    """Those of one colour in one path: side by side they show no seam."""
    panels: dict[Color, Any] = {}
    for part in parts:
        if part.paint.panel is not None:
            panels.setdefault(part.paint.panel, skia.Path()).addRect(skia.Rect.MakeLTRB(*part.panel))
    for color, path in panels.items():
        sheet.path(path, fill_paint(color, _NOWHERE), matrix)


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
