"""What all objects of a scene share when they are drawn: a place in time, and what is kept from frame to frame."""

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Sequence
from fractions import Fraction
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from renderer.drawing.geometry import NOWHERE, Affine, Rect
from renderer.drawing.pieces import Piece
from renderer.drawing.resources import Resources
from renderer.drawing.shadows import Shadow, shadow_of
from renderer.drawing.sheet import Slot
from renderer.drawing.whereabouts import Extents, whereabouts
from renderer.format.keyframes import Animated
from renderer.format.objects import Drawn
from renderer.format.timeline import first_frame_at, seconds_of, window

Canvas: TypeAlias = tuple[float, float]
AnObject = TypeVar("AnObject", bound=Drawn)


class Spell(NamedTuple):
    """Frames of what an object lies in, from `first` to before `end`."""

    first: int
    end: int


class Drawable(ABC, Generic[AnObject]):
    """One object in `frames` frames of what it lies in. `path` is its place in the template.

    As long as it looks the same it gives the very same pieces, which is how what rests is known.
    """

    def __init__(self, obj: AnObject, path: str, frames: int, fps: Fraction, resources: Resources) -> None:
        self.obj = obj
        self.path = path
        self.fps = fps
        self.resources = resources
        self.first, self.end = window(obj, frames, fps)
        self.sprite, self.shade = Slot(resources.sprites), Slot(resources.sprites)
        self.animated = Animated(obj)
        turns = {self.first + first_frame_at(time, fps) for time in self.animated.times}
        self.marks = sorted({self.first, self.end, *(turn for turn in turns if turn < self.end)})
        self._extents: tuple[Canvas, Extents | None] | None = None
        self._asked: object = None
        self._look: object = None
        self._pieces: Sequence[Piece] = ()

    def pieces(self, frame: int, matrix: Affine, canvas: Canvas) -> Sequence[Piece]:
        """How it looks at a frame of what it lies in, whose canvas `matrix` maps to the video's frame.

        From back to front; none when it cannot be seen. To be asked from its `first` frame to before its `end`.
        """
        asked = frame, matrix, canvas
        if self._asked == asked:  # whether a frame is a new one is asked before it is drawn
            return self._pieces
        self._asked = asked
        time = seconds_of(frame - self.first, self.fps)
        look = self.animated.key(time), self.state(time, matrix, canvas), matrix, canvas
        if self._look != look:
            self._look, obj = look, self.animated.at(time)
            self._pieces = self.draw(obj, matrix, canvas) if obj.opacity > 0 else ()
        return self._pieces

    @property
    def lively(self) -> bool:
        """Whether it may change while its properties rest."""
        return False

    def spell(self, frame: int) -> Spell:
        """The frames around this one in which it goes on as it does here: from keyframe to keyframe."""
        after = bisect_right(self.marks, frame)
        return Spell(self.marks[after - 1], self.marks[after])

    def rests(self, spell: Spell) -> bool:
        """Whether it looks the same all the time."""
        return not self.lively and self.animated.rests(*self._times(spell))

    def whereabouts(self, spell: Spell, canvas: Canvas) -> Rect | None:
        """What of its canvas it may cover in that time; None if that is not known."""
        since, until = self._times(spell)
        if max(self.animated.hull("opacity", since, until)) <= 0.0:
            return NOWHERE
        if self._extents is None or self._extents[0] != canvas:
            self._extents = canvas, self.extents(canvas)
        extents = self._extents[1]
        return None if extents is None else whereabouts(self.animated, extents, canvas, since, until)

    def extents(self, canvas: Canvas) -> Extents | None:
        """How large it may be in all its life; None if that is not known."""
        return None

    def _times(self, spell: Spell) -> tuple[float, float]:
        return seconds_of(spell.first - self.first, self.fps), seconds_of(spell.end - 1 - self.first, self.fps)

    def state(self, time: float, matrix: Affine, canvas: Canvas) -> object:
        """What its look depends on beside its properties, `time` seconds from its start: equal if that is the same.

        What is found out here may be kept for `draw`.
        """
        return None

    @abstractmethod
    def draw(self, obj: AnObject, matrix: Affine, canvas: Canvas) -> Sequence[Piece]:
        """Its pieces at the time of the last `state`; `obj` has the properties of that time, and can be seen."""

    def forget(self) -> None:
        """Lets go of its bitmaps, for the objects that are seen."""
        self.sprite.forget()
        self.shade.forget()
        self._asked, self._look, self._pieces = None, None, ()


def shadow(obj: Drawn, canvas: Canvas, matrix: Affine) -> Shadow | None:
    x, y = obj.shadow_x.px(*canvas, "x"), obj.shadow_y.px(*canvas, "y")
    return shadow_of(obj.shadow_color, x, y, obj.shadow_blur.px(*canvas), matrix)
