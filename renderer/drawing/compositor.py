"""Pieces laid over each other in planar YCbCr, which is what is encoded: photographs and films never become RGB.

At 1920x1080 a photograph that is slowly enlarged takes 2 ms in planes, and 6 by way of BGRA; a lower third over a
film 0.4 ms, and 3.
"""

from collections.abc import Sequence
from itertools import takewhile

import cv2
import numpy as np

from renderer.drawing.geometry import Area
from renderer.drawing.pieces import Piece, Tile
from renderer.drawing.sheet import Pixels, Sheet
from renderer.matrix import matrix_for
from renderer.pixels import Planes, lay_over, to_bgra, to_i420


class Compositor:
    """Draws one frame after the other. What rests at the bottom is kept: laid once, then copied.

    Pieces are always laid one by one, so a frame is the same whatever was drawn before it.
    """

    def __init__(self, canvas: Pixels) -> None:
        """`canvas`, BGRA (h, w, 4), is drawn upon, of the size of the frames."""
        height, width = canvas.shape[:2]
        self._frame = Area(0, 0, width, height)
        self._matrix = matrix_for(width, height)
        self._before: Sequence[Piece] = ()
        self._ground: list[Piece] = []
        self._kept = np.empty(width * height * 3 // 2, np.uint8)
        self._canvas = canvas

    def draw(self, pieces: Sequence[Piece], i420: Pixels) -> None:
        """Fills the planes of a frame from pieces, from back to front; the first covers it and is solid."""
        hiding = [at for at, piece in enumerate(pieces) if piece.solid and self._frame.within(piece.bounds)]
        seen = pieces[hiding[-1] :]
        resting = _alike(seen, self._before)
        self._before = seen
        if resting:
            self._settle(seen[:resting])
            np.copyto(i420, self._kept)
        else:
            self._ground = []  # what it was made of may be of a scene that is over
            self._lay(seen[:1], i420, bottom=True)
        self._lay(seen[max(1, resting) :], i420)

    def _settle(self, pieces: Sequence[Piece]) -> None:
        """Makes these the ground."""
        kept = _alike(pieces, self._ground)
        if kept < len(self._ground) or kept == 0:
            self._lay(pieces[:1], self._kept, bottom=True)
            kept = 1
        self._lay(pieces[kept:], self._kept)
        self._ground = list(pieces)

    def _lay(self, pieces: Sequence[Piece], i420: Pixels, *, bottom: bool = False) -> None:
        planes = Planes.on(i420, self._frame.width, self._frame.height)
        for piece in pieces:
            if bottom and piece.photo:
                piece.photo.fill(planes, self._matrix)
            elif bottom:
                piece.paint(Sheet(self._canvas, opaque=True))
                to_i420(self._canvas, i420, self._matrix)
            elif piece.blend != "normal":
                self._blend(piece, planes)
            elif (tile := piece.tile(self._frame)) is not None:
                self._lay_tile(tile, planes)

    def _lay_tile(self, tile: Tile, planes: Planes) -> None:
        seen = Area(0, 0, *tile.pixels.shape[1::-1]).moved(tile.left, tile.top).meet(self._frame)
        pixels = tile.pixels[
            seen.top - tile.top : seen.bottom - tile.top, seen.left - tile.left : seen.right - tile.left
        ]
        if tile.opacity < 1.0:
            pixels = np.asarray(cv2.convertScaleAbs(pixels, alpha=tile.opacity), np.uint8)
        lay_over(np.ascontiguousarray(pixels), planes, seen.left, seen.top, self._matrix)

    def _blend(self, piece: Piece, planes: Planes) -> None:
        """In RGB, within the piece's bounds: what lies there becomes it and, blended, planes again."""
        area = Area.around(piece.bounds).meet(self._frame).evened
        if area.empty:
            return
        below = planes.part(*area)
        pixels = np.empty((area.height, area.width, 4), np.uint8)
        to_bgra(below, pixels, self._matrix, full_range=False)
        piece.paint(Sheet(pixels, area.left, area.top, opaque=True))
        i420 = np.empty(area.width * area.height * 3 // 2, np.uint8)
        to_i420(pixels, i420, self._matrix)
        below.copy_from(Planes.on(i420, area.width, area.height))


def _alike(some: Sequence[Piece], others: Sequence[Piece]) -> int:
    """How many are the same from the first on."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] is pair[1], zip(some, others, strict=False)))
