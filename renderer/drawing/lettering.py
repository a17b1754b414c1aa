"""Text objects: their style in pixels, and a set block painted as outlines (with stroke, gradient, panel).

Glyphs are filled as paths, not blitted from a glyph cache: that rounds positions to a quarter of a pixel, and
letters would tremble against each other in a slow zoom. Cost at 80 px, 31 letters: 0.4 ms.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import skia
from msgspec import Struct

from renderer.drawing.boxes import Box, fill_paint, outline
from renderer.drawing.geometry import Affine, Rect
from renderer.drawing.sheet import Sheet, skia_matrix
from renderer.format.objects import Text
from renderer.format.values import Color, Fill
from renderer.text.layout import PlacedGlyph, TextLayout, TextStyle

_NOWHERE = Rect(0.0, 0.0, 0.0, 0.0)
LARGEST_FILL = 2000.0  # pixels; where a text may fill a box and names no max-font-size


class Lettering(Struct, frozen=True, kw_only=True):
    """The paint of a block; `padding` lies between its panel's edge and its layout."""

    color: Fill
    stroke: Color
    stroke_width: float
    panel: Fill | None
    panel_radius: float
    padding: float


class Lot(NamedTuple):
    """Glyphs of a block that are painted together, `moved` from their places within it."""

    glyphs: Sequence[PlacedGlyph]
    moved: Affine = Affine()


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


def lettering(obj: Text, canvas: tuple[float, float]) -> Lettering:
    return Lettering(
        color=obj.color,
        stroke=obj.stroke_color,
        stroke_width=obj.stroke_width.px(*canvas),
        panel=obj.background_color,
        panel_radius=obj.background_radius.px(*canvas),
        padding=obj.padding.px(*canvas),
    )


def extent(layout: TextLayout, look: Lettering) -> Rect:
    """All that the block paints, in its box's coordinates: ink with its stroke, and the panel."""
    ink = layout.ink
    painted = Rect(ink.x, ink.y, ink.x + ink.width, ink.y + ink.height).outset(look.stroke_width / 2)
    panel = Rect(-look.padding, -look.padding, layout.width + look.padding, layout.height + look.padding)
    both = painted.union(panel) if look.panel else painted
    return Rect(*(edge + look.padding for edge in both))


def paint_text(sheet: Sheet, layout: TextLayout, look: Lettering, matrix: Affine) -> None:
    """Draws the block with the top left of its padded box at the origin of `matrix`."""
    paint_panel(sheet, layout, look, matrix)
    paint_letters(sheet, layout, [Lot(layout.glyphs)], look, matrix)


def paint_panel(sheet: Sheet, layout: TextLayout, look: Lettering, matrix: Affine) -> None:
    if look.panel is not None:
        width, height = layout.width + 2 * look.padding, layout.height + 2 * look.padding
        panel = Box(width=width, height=height, radius=look.panel_radius)
        sheet.path(outline(panel), fill_paint(look.panel, panel.rect), matrix)


def paint_letters(sheet: Sheet, layout: TextLayout, lots: Sequence[Lot], look: Lettering, matrix: Affine) -> None:
    """Draws these glyphs of the block: all strokes under all fills. `matrix` is that of `paint_text`."""
    inside = matrix @ Affine.translation(look.padding, look.padding)
    if look.stroke_width > 0 and look.stroke.a > 0:
        stroke = fill_paint(look.stroke, _NOWHERE)
        stroke.setStyle(skia.Paint.kStroke_Style)
        stroke.setStrokeJoin(skia.Paint.kRound_Join)
        stroke.setStrokeWidth(look.stroke_width)
        _paint_outlines(sheet, layout.size, lots, stroke, inside)
    block = layout.block
    lines = Rect(block.x, block.y, block.x + block.width, block.y + block.height)
    _paint_outlines(sheet, layout.size, lots, fill_paint(look.color, lines), inside)
    _paint_coloured_glyphs(sheet, layout.size, lots, inside)


def _paint_outlines(sheet: Sheet, size: float, lots: Sequence[Lot], paint: Any, matrix: Affine) -> None:
    """The paint is in the layout's coordinates, so that a gradient runs across all lines."""
    for lot in lots:
        with sheet.placed(matrix @ lot.moved):
            for glyph in lot.glyphs:
                path = glyph.face.outline(glyph.id)
                if path is not None:
                    scale = size / glyph.face.upem
                    placed = skia.Path(path)
                    placed.transform(skia_matrix(Affine(scale, 0.0, glyph.x, 0.0, scale, glyph.y)))
                    sheet.canvas.drawPath(placed, paint)


def _paint_coloured_glyphs(sheet: Sheet, size: float, lots: Sequence[Lot], matrix: Affine) -> None:
    for lot in lots:
        for glyph in lot.glyphs:
            if glyph.face.coloured(glyph.id):
                builder = skia.TextBlobBuilder()
                builder.allocRunPos(glyph.face.at_size(size), [glyph.id], [skia.Point(glyph.x, glyph.y)])
                with sheet.placed(matrix @ lot.moved):
                    sheet.canvas.drawTextBlob(builder.make(), 0, 0, skia.Paint())
