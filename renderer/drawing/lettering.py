"""Text objects: their style in pixels, and a set block painted as outlines (with stroke, gradient, panel).

Glyphs are filled as paths, not blitted from a glyph cache: that rounds positions to a quarter of a pixel, and
letters would tremble against each other in a slow zoom. Cost at 80 px, 31 letters: 0.4 ms.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import skia
from msgspec import Struct

from renderer.drawing.boxes import Box, fill_paint, outline
from renderer.drawing.drawable import Canvas, Drawable, shadow
from renderer.drawing.geometry import Affine, Rect, placement
from renderer.drawing.pieces import Piece, sprite
from renderer.drawing.resources import Resources
from renderer.drawing.sheet import Sheet, skia_matrix
from renderer.format.objects import Text
from renderer.format.values import Color, Fill
from renderer.text.layout import TextLayout, TextStyle

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


class TextDrawable(Drawable[Text]):
    """Its text is set again only when the words or their style change."""

    def __init__(self, obj: Text, path: str, frames: int, fps: Fraction, resources: Resources) -> None:
        super().__init__(obj, path, frames, fps, resources)
        self._layout: tuple[tuple[str, TextStyle], TextLayout] | None = None

    def draw(self, obj: Text, matrix: Affine, canvas: Canvas) -> Sequence[Piece]:
        look, style = lettering(obj, canvas), text_style(obj, canvas)
        layout = self._set(obj.text, style)
        width, height = layout.width + 2 * look.padding, layout.height + 2 * look.padding
        placed = matrix @ placement(obj, width, height, canvas)
        piece = sprite(
            lambda sheet, at: paint_text(sheet, layout, look, at),
            extent(layout, look),
            placed,
            shadow=shadow(obj, canvas, placed),
            opacity=obj.opacity,
            key=(obj.text, style, look),
            slots=(self.sprite, self.shade),
            blend=obj.blend_mode,
        )
        return (piece,) if piece else ()

    def _set(self, text: str, style: TextStyle) -> TextLayout:
        if self._layout is None or self._layout[0] != (text, style):
            self._layout = (text, style), self.resources.set_text(text, style, self.path)
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
    if look.panel is not None:
        width, height = layout.width + 2 * look.padding, layout.height + 2 * look.padding
        panel = Box(width=width, height=height, radius=look.panel_radius)
        sheet.path(outline(panel), fill_paint(look.panel, panel.rect), matrix)
    inside = matrix @ Affine.translation(look.padding, look.padding)
    if look.stroke_width > 0 and look.stroke.a > 0:
        stroke = fill_paint(look.stroke, _NOWHERE)
        stroke.setStyle(skia.Paint.kStroke_Style)
        stroke.setStrokeJoin(skia.Paint.kRound_Join)
        stroke.setStrokeWidth(look.stroke_width)
        _paint_outlines(sheet, layout, stroke, inside)
    block = layout.block
    lines = Rect(block.x, block.y, block.x + block.width, block.y + block.height)
    _paint_outlines(sheet, layout, fill_paint(look.color, lines), inside)
    _paint_coloured_glyphs(sheet, layout, inside)


def _paint_outlines(sheet: Sheet, layout: TextLayout, paint: Any, matrix: Affine) -> None:
    """The paint is in the layout's coordinates, so that a gradient runs across all lines."""
    with sheet.placed(matrix):
        for glyph in layout.glyphs:
            path = glyph.face.outline(glyph.id)
            if path is not None:
                scale = layout.size / glyph.face.upem
                placed = skia.Path(path)
                placed.transform(skia_matrix(Affine(scale, 0.0, glyph.x, 0.0, scale, glyph.y)))
                sheet.canvas.drawPath(placed, paint)


def _paint_coloured_glyphs(sheet: Sheet, layout: TextLayout, matrix: Affine) -> None:
    for glyph in layout.glyphs:
        if glyph.face.coloured(glyph.id):
            builder = skia.TextBlobBuilder()
            builder.allocRunPos(glyph.face.at_size(layout.size), [glyph.id], [skia.Point(glyph.x, glyph.y)])
            with sheet.placed(matrix):
                sheet.canvas.drawTextBlob(builder.make(), 0, 0, skia.Paint())
