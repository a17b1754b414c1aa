"""Pieces of a frame: what draws an object straight away, by a sprite of its own, or on a layer."""

import math
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, NamedTuple

import numpy as np
from msgspec import Struct

from renderer.drawing.geometry import GRAZE, Affine, Area, Rect
from renderer.drawing.pictures import Photo
from renderer.drawing.shadows import SHARPEST_SIGMA, Shade, Shadow, lay_behind, lay_under, thrown_by
from renderer.drawing.sheet import Pixels, Sheet, Slot
from renderer.format.objects import BlendMode

Paint = Callable[[Sheet, Affine], None]


class Tile(NamedTuple):
    """Premultiplied BGRA whose top left pixel lies at (left, top) of the frame; all four sides are even there."""

    pixels: Pixels
    left: int
    top: int
    opacity: float = 1.0


class Edge(NamedTuple):
    """A path that cuts what is drawn, where it lies in the frame, and around what."""

    path: Any
    matrix: Affine
    bounds: Rect


class Piece(Struct, frozen=True, eq=False, kw_only=True):
    """Something to draw within `bounds` of the frame. It looks the same every time: one piece, one look.

    `paint` draws it on a sheet; `tile` gives what of it lies in an area, None if nothing does. With a `blend` other
    than normal the two differ: only a sheet with what lies below has something to blend with. A `solid` piece hides
    all that is below its bounds; `photo` is what a piece shows that is nothing but one opaque picture.
    """

    bounds: Rect
    paint: Callable[[Sheet], None]
    tile: Callable[[Area], Tile | None]
    blend: BlendMode = "normal"
    solid: bool = False
    photo: Photo | None = None


def direct(
    bounds: Rect, paint: Callable[[Sheet], None], slot: Slot, *, solid: bool = False, photo: Photo | None = None
) -> Piece:
    """A piece that needs no bitmap of its own; the slot keeps its tile while it rests."""
    key = object()

    def tile(within: Area) -> Tile | None:
        area = Area.around(bounds).evened.meet(within)
        if area.empty:
            return None

        def fresh(pixels: Pixels) -> None:
            pixels.fill(0)
            paint(Sheet(pixels, area.left, area.top))

        return Tile(slot.pixels((key, area), area, fresh), area.left, area.top)

    return Piece(bounds=bounds, paint=paint, tile=tile, solid=solid, photo=photo)


def sprite(
    paint: Paint,
    rect: Rect,
    matrix: Affine,
    *,
    shadow: Shadow | None,
    opacity: float,
    key: object,
    slots: tuple[Slot, Slot],
    blend: BlendMode = "normal",
    silhouette: Paint | None = None,
) -> Piece | None:
    """Paints `rect` of an object into a bitmap of its own, its shadow under it.

    `silhouette` paints an object of which something fades as if nothing did.

    The bitmap is used again while `key` stays and the object only fades or moves by whole pixels; a soft shadow also
    when it turns or grows. It is always painted near the origin, so that it is the same whether it was kept or not.
    """
    slot, shade_slot = slots
    if abs(matrix.determinant) < GRAZE:
        return None
    x, y = math.floor(matrix.x0), math.floor(matrix.y0)
    at = Affine.translation(-x, -y) @ matrix
    bounds = matrix.bounds(rect)

    def tile(within: Area) -> Tile | None:
        area = _area(bounds, within, shadow)
        if area.empty:
            return None
        home = area.moved(-x, -y)

        def fresh(pixels: Pixels) -> None:
            if shadow is None:
                _painted(pixels, paint, at, home)
                return
            shade = Shade.of(key, rect, shadow, at) if shadow.sigma > SHARPEST_SIGMA else None
            if silhouette is not None:
                thrown = _shadow_of(np.empty_like(pixels), paint, shadow, shade, at, home, shade_slot)
                whole = _shadow_of(np.empty_like(pixels), silhouette, shadow, shade, at, home, Slot())
                lay_behind(_painted(pixels, paint, at, home), thrown, whole)
            elif shade is not None:
                _shadow_of(pixels, paint, shadow, shade, at, home, shade_slot)
                paint(Sheet(pixels, home.left, home.top), at)
            else:
                lay_under(_painted(pixels, paint, at, home), shadow)

        return Tile(slot.pixels((key, at, home, shadow), area, fresh), area.left, area.top, opacity)

    return _tiled(_shaded(bounds, shadow), tile, blend)


def _painted(pixels: Pixels, paint: Paint, matrix: Affine, area: Area) -> Pixels:
    pixels.fill(0)
    paint(Sheet(pixels, area.left, area.top), matrix)
    return pixels


def _shadow_of(
    pixels: Pixels, paint: Paint, shadow: Shadow, shade: Shade | None, matrix: Affine, area: Area, slot: Slot
) -> Pixels:
    """The shadow alone of what is painted at the matrix; a soft one is its `shade`, which the slot keeps.

    The pixels are room to make it in; a soft one they are.
    """
    if shade is None:
        return thrown_by(_painted(pixels, paint, matrix, area), shadow)
    shade.lay(pixels, paint, Affine.translation(shadow.x - area.left, shadow.y - area.top) @ matrix, slot)
    return pixels


def layer(
    pieces: list[Piece],
    *,
    shadow: Shadow | None,
    opacity: float,
    slot: Slot,
    vicinity: Area,
    blend: BlendMode = "normal",
    edge: Edge | None = None,
) -> Piece:
    """Draws at least one piece as one: on a layer of their bounds, cut at the edge, a shadow under it, then faded.

    No layer is larger than the `vicinity`, from where its own shadow reaches the frame. What is farther away is cut,
    even where a layer around this one would throw that shadow on; of a sprite it is not. A layer within a layer would
    else be larger than that by the reach of its shadow, and so on.
    """
    bounds, key = _around(pieces), object()
    if edge is not None:
        bounds = bounds.meet(edge.bounds)

    def paint(sheet: Sheet) -> None:
        with sheet.clip(edge.path, edge.matrix) if edge else nullcontext():
            for piece in pieces:
                piece.paint(sheet)

    def tile(within: Area) -> Tile | None:
        area = _area(bounds, within, shadow).meet(vicinity)
        if area.empty:
            return None

        def fresh(pixels: Pixels) -> None:
            pixels.fill(0)
            paint(Sheet(pixels, area.left, area.top))
            if shadow is not None:
                lay_under(pixels, shadow)

        return Tile(slot.pixels((key, area), area, fresh), area.left, area.top, opacity)

    return _tiled(_shaded(bounds, shadow), tile, blend)


def _tiled(bounds: Rect, tile: Callable[[Area], Tile | None], blend: BlendMode) -> Piece:
    """A piece that is painted by laying its tile on the sheet."""

    def paint(sheet: Sheet) -> None:
        if (made := tile(sheet.area)) is not None:
            sheet.blit(made.pixels, made.left, made.top, made.opacity, blend)

    return Piece(bounds=bounds, paint=paint, tile=tile, blend=blend)


def _around(pieces: list[Piece]) -> Rect:
    bounds = pieces[0].bounds
    for piece in pieces:
        bounds = bounds.union(piece.bounds)
    return bounds


def _shaded(bounds: Rect, shadow: Shadow | None) -> Rect:
    return bounds.outset(shadow.reach) if shadow else bounds


def _area(bounds: Rect, within: Area, shadow: Shadow | None) -> Area:
    """What has to be painted: all that shows within, and what beside it casts a shadow into it."""
    reach = shadow.reach if shadow else 0
    whole = Area.around(bounds).outset(reach)
    return Area(0, 0, 0, 0) if whole.meet(within).empty else whole.meet(within.outset(reach)).evened
