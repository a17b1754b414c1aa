"""The objects of a scene or a group, from back to front: who is there at a frame, and who need not be asked."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from renderer.drawing.drawable import Canvas, Drawable
from renderer.drawing.geometry import Affine, Rect
from renderer.drawing.pieces import Piece


class Cast:
    """A frame costs what those take that are there and change: not those to come, gone, at rest or out of sight."""

    def __init__(self, drawables: Sequence[Drawable[Any]], frames: int, sight: Rect | None = None) -> None:
        """`frames` of what they lie in. What rests outside of `sight` is left out."""
        self._drawables = drawables
        self._sight = sight
        self._marks = sorted({mark for drawable in drawables for mark in (drawable.first, drawable.end)})
        self._present: Sequence[Drawable[Any]] = ()
        self._standing: tuple[int, Affine, Canvas] | None = None
        self._acts: list[Drawable[Any] | Sequence[Piece]] = []
        comes_or_goes = any(drawable.first > 0 or drawable.end < frames for drawable in drawables)
        self.varies = comes_or_goes or any(drawable.varies for drawable in drawables)

    def pieces(self, frame: int, matrix: Affine, canvas: Canvas) -> list[Piece]:
        """Those of all that are there, at a frame of what they lie in, whose canvas `matrix` maps to the video's."""
        standing = bisect_right(self._marks, frame), matrix, canvas
        if standing != self._standing:
            self._enter(frame)
            self._standing = standing
            self._acts = [
                drawable if drawable.varies else self._rest(drawable, *standing[1:]) for drawable in self._present
            ]
        found: list[Piece] = []
        for act in self._acts:
            found += act.pieces(frame, matrix, canvas) if isinstance(act, Drawable) else act
        return found

    def forget(self) -> None:
        for drawable in self._present:
            drawable.forget()
        self._present, self._standing, self._acts = (), None, []

    def _enter(self, frame: int) -> None:
        present = [drawable for drawable in self._drawables if drawable.first <= frame < drawable.end]
        for gone in set(self._present) - set(present):
            gone.forget()
        self._present = present

    def _rest(self, drawable: Drawable[Any], matrix: Affine, canvas: Canvas) -> Sequence[Piece]:
        pieces = drawable.pieces(drawable.first, matrix, canvas)
        return [piece for piece in pieces if self._sight is None or piece.bounds.meets(self._sight)]
