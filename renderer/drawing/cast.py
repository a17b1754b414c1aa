"""The objects of a scene or a group, from back to front: who is there at a frame, and who need not be asked."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any, NamedTuple

from renderer.drawing.drawable import Canvas, Drawable, Spell
from renderer.drawing.geometry import NOWHERE, Affine, Rect
from renderer.drawing.pieces import Piece


class Act(NamedTuple):
    """What one of them does in a spell; None says that it has to be asked at every frame."""

    spell: Spell
    pieces: Sequence[Piece] | None


_OVER = Act(Spell(0, 0), ())
"""Of no frame: another one is to be found."""


class Cast:
    """A frame costs what those take that are there and change: not those to come, gone, at rest or out of sight."""

    def __init__(self, drawables: Sequence[Drawable[Any]], frames: int, sight: Rect | None = None) -> None:
        """`frames` of what they lie in. What is outside of `sight` is left out."""
        self._drawables = [drawable for drawable in drawables if drawable.first < drawable.end]
        self._sight = sight
        self._marks = sorted({mark for drawable in self._drawables for mark in drawable.marks})
        self._place: tuple[Affine, Canvas] | None = None
        self._at = -1
        self._acts: dict[Drawable[Any], Act] = {}
        self._on: list[tuple[Drawable[Any], Sequence[Piece] | None]] = []
        self.lively = any(
            drawable.first > 0 or drawable.end < frames or drawable.lively or drawable.animated.names
            for drawable in self._drawables
        )
        """Whether any of them comes, goes or changes."""

    def pieces(self, frame: int, matrix: Affine, canvas: Canvas) -> Sequence[Piece]:
        """Those of all that are there, at a frame of what they lie in, whose canvas `matrix` maps to the video's."""
        if self._place != (matrix, canvas):
            self._place, self._at = (matrix, canvas), -1
            # Who has to be asked anyway is asked on; what the others drew was for another place.
            self._acts = {drawable: act if act.pieces is None else _OVER for drawable, act in self._acts.items()}
        if self._at != (at := bisect_right(self._marks, frame)):
            self._at = at
            self._enter(frame, matrix, canvas)
        found: list[Piece] = []
        for drawable, pieces in self._on:
            found += drawable.pieces(frame, matrix, canvas) if pieces is None else pieces
        return self._seen(found)

    def whereabouts(self, canvas: Canvas) -> Rect | None:
        """What of their canvas they may cover at all times; None if that is not known."""
        whole = NOWHERE
        for drawable in self._drawables:
            covered = drawable.whereabouts(Spell(drawable.first, drawable.end), canvas)
            if covered is None:
                return None
            whole = whole.union(covered)
        return whole

    def forget(self) -> None:
        for drawable in self._acts:
            drawable.forget()
        self._acts, self._on, self._place = {}, [], None

    def _enter(self, frame: int, matrix: Affine, canvas: Canvas) -> None:
        before, self._acts = self._acts, {}
        for drawable in self._drawables:
            if drawable.first <= frame < drawable.end:
                act = before.pop(drawable, None)
                goes_on = act is not None and act.spell.first <= frame < act.spell.end
                self._acts[drawable] = act if act and goes_on else self._act(drawable, frame, matrix, canvas)
        for gone in before:
            gone.forget()
        self._on = [(drawable, act.pieces) for drawable, act in self._acts.items() if act.pieces != ()]

    def _act(self, drawable: Drawable[Any], frame: int, matrix: Affine, canvas: Canvas) -> Act:
        spell, pieces = drawable.spell(frame), drawable.pieces(frame, matrix, canvas)
        seen = self._seen(pieces)
        if drawable.rests(spell):
            return Act(spell, seen)
        return Act(spell, () if not seen and self._hidden(drawable, spell, matrix, canvas) else None)

    def _hidden(self, drawable: Drawable[Any], spell: Spell, matrix: Affine, canvas: Canvas) -> bool:
        covered = drawable.whereabouts(spell, canvas)
        return covered is not None and (covered.empty or self._sees_nothing_of(matrix.bounds(covered)))

    def _seen(self, pieces: Sequence[Piece]) -> Sequence[Piece]:
        return tuple(piece for piece in pieces if self._sight is None or piece.bounds.meets(self._sight))

    def _sees_nothing_of(self, rect: Rect) -> bool:
        return self._sight is not None and not rect.meets(self._sight)
