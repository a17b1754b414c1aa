"""Groups: objects that are placed, faded, clipped, shaded and blended together."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from renderer.drawing.boxes import BoxLook, outline
from renderer.drawing.cast import Cast
from renderer.drawing.drawable import Canvas, Drawable, shadow
from renderer.drawing.geometry import GRAZE, Affine, placement
from renderer.drawing.pieces import Edge, Piece, layer
from renderer.drawing.resources import Resources
from renderer.drawing.whereabouts import Extents
from renderer.format.objects import Group
from renderer.format.timeline import frame_of


class GroupDrawable(Drawable[Group]):
    """What its objects draw is passed on, unless it has to be treated as one."""

    def __init__(
        self,
        obj: Group,
        path: str,
        frames: int,
        fps: Fraction,
        resources: Resources,
        children: Sequence[Drawable[Any]],
    ) -> None:
        super().__init__(obj, path, frames, fps, resources)
        self._cast = Cast(children, self.end - self.first)
        self._inside: tuple[Piece, ...] = ()

    @property
    def lively(self) -> bool:
        return self._cast.varies

    def extents(self, canvas: Canvas) -> Extents | None:
        box = Extents.of(self.animated, canvas)
        if self.obj.clip:
            return box
        if len(box.widths) > 1 or len(box.heights) > 1:  # its objects would have many canvases
            return None
        covered = self._cast.whereabouts((max(box.widths), max(box.heights)))
        return covered and box.painting(covered)

    def state(self, time: float, matrix: Affine, canvas: Canvas) -> object:
        placed, size = _placed(self.animated.at(time), matrix, canvas)
        self._inside = tuple(self._cast.pieces(frame_of(time, self.fps), placed, size))
        return self._inside

    def draw(self, obj: Group, matrix: Affine, canvas: Canvas) -> Sequence[Piece]:
        placed, (width, height) = _placed(obj, matrix, canvas)
        pieces = list(self._inside)
        if not pieces or abs(placed.determinant) < GRAZE:
            return ()
        shade = shadow(obj, canvas, placed)
        if not obj.clip and obj.opacity == 1.0 and shade is None and obj.blend_mode == "normal":
            return pieces
        box = BoxLook(width=width, height=height)
        edge = Edge(outline(box), placed, placed.bounds(box.rect)) if obj.clip else None
        whole = layer(
            pieces,
            shadow=shade,
            opacity=obj.opacity,
            slot=self.sprite,
            vicinity=self.resources.vicinity,
            blend=obj.blend_mode,
            edge=edge,
        )
        return (whole,)

    def forget(self) -> None:
        super().forget()
        self._inside = ()
        self._cast.forget()


def _placed(obj: Group, matrix: Affine, canvas: Canvas) -> tuple[Affine, Canvas]:
    """From the group's own canvas to the frame, and the size of that canvas."""
    width, height = obj.width.px(*canvas, "x"), obj.height.px(*canvas, "y")
    return matrix @ placement(obj, width, height, canvas), (width, height)
