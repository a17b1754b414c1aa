"""Pieces of a frame: what draws an object straight away, by a sprite of its own, or on a layer."""

import math
from collections.abc import Callable
from typing import NamedTuple

from renderer.drawing.geometry import GRAZE, Affine, Area, Rect
from renderer.drawing.shadows import Shadow, lay_under
from renderer.drawing.sheet import Pixels, Sheet, Slot


class Piece(NamedTuple):
    """Something to draw: within these bounds of the frame, on a sheet."""

    bounds: Rect
    draw: Callable[[Sheet], None]


def sprite(
    paint: Callable[[Sheet, Affine], None],
    rect: Rect,
    matrix: Affine,
    *,
    shadow: Shadow | None,
    opacity: float,
    key: object,
    slot: Slot,
) -> Piece | None:
    """Paints `rect` of an object into a bitmap of its own, its shadow under it.

    The bitmap is used again while `key` stays and the object only fades or moves by whole pixels. It is
    always painted near the origin, so that it is the same whether it was kept or not.
    """
    if abs(matrix.determinant) < GRAZE:
        return None
    x, y = math.floor(matrix.x0), math.floor(matrix.y0)
    at = Affine.translation(-x, -y) @ matrix
    bounds = matrix.bounds(rect)

    def draw(sheet: Sheet) -> None:
        area = _area(bounds, sheet.area, shadow)
        if area.empty:
            return
        home = area.moved(-x, -y)

        def fresh(pixels: Pixels) -> None:
            pixels.fill(0)
            paint(Sheet(pixels, home.left, home.top), at)
            if shadow is not None:
                lay_under(pixels, shadow)

        sheet.blit(slot.pixels((key, at, home, shadow), area, fresh), area.left, area.top, opacity)

    return Piece(_shaded(bounds, shadow), draw)


def layer(pieces: Piece, *, shadow: Shadow | None, opacity: float, slot: Slot) -> Piece:
    """Draws what overlaps as one: on a layer of its own bounds, its shadow under it, then faded."""

    def draw(sheet: Sheet) -> None:
        area = _area(pieces.bounds, sheet.area, shadow)
        if area.empty:
            return

        def fresh(pixels: Pixels) -> None:
            pixels.fill(0)
            pieces.draw(Sheet(pixels, area.left, area.top))
            if shadow is not None:
                lay_under(pixels, shadow)

        sheet.blit(slot.pixels(None, area, fresh), area.left, area.top, opacity)

    return Piece(_shaded(pieces.bounds, shadow), draw)


def together(pieces: list[Piece]) -> Piece:
    """At least one piece, as one that draws them in order."""
    bounds = pieces[0].bounds
    for piece in pieces:
        bounds = bounds.union(piece.bounds)

    def draw(sheet: Sheet) -> None:
        for piece in pieces:
            piece.draw(sheet)

    return Piece(bounds, draw)


def _shaded(bounds: Rect, shadow: Shadow | None) -> Rect:
    return bounds.outset(shadow.reach) if shadow else bounds


def _area(bounds: Rect, sheet: Area, shadow: Shadow | None) -> Area:
    """What has to be painted: all that shows on the sheet, and what beside it casts a shadow onto it."""
    reach = shadow.reach if shadow else 0
    whole = Area.around(bounds).outset(reach)
    return Area(0, 0, 0, 0) if whole.meet(sheet).empty else whole.meet(sheet.outset(reach))
