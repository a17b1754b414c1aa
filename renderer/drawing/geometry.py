"""Affine maps and pixel areas, and where an object's box lands on its canvas."""

import math
from typing import NamedTuple, Self

from renderer.format.objects import Anchor, Drawn

# How far into its box, across and down, each anchor lies.
ANCHORS: dict[Anchor, tuple[float, float]] = {
    "top-left": (0.0, 0.0),
    "top": (0.5, 0.0),
    "top-right": (1.0, 0.0),
    "left": (0.0, 0.5),
    "center": (0.5, 0.5),
    "right": (1.0, 0.5),
    "bottom-left": (0.0, 1.0),
    "bottom": (0.5, 1.0),
    "bottom-right": (1.0, 1.0),
}
TOUCH = 1e-3  # pixels; edges nearer than this count as meeting
GRAZE = 1e-6  # a determinant below this squeezes everything into a line


class Rect(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    @property
    def empty(self) -> bool:
        return self.right <= self.left or self.bottom <= self.top

    def outset(self, by: float) -> "Rect":
        return Rect(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def meet(self, other: "Rect") -> "Rect":
        return Rect(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    def meets(self, other: "Rect") -> bool:
        return not (
            self.left >= other.right or self.right <= other.left or self.top >= other.bottom or self.bottom <= other.top
        )

    def union(self, other: "Rect") -> "Rect":
        return Rect(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )


NOWHERE = Rect(0.0, 0.0, 0.0, 0.0)


class Area(NamedTuple):
    """Whole pixels; right and bottom are the first that are outside."""

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def around(cls, rect: Rect) -> Self:
        """All pixels that `rect` touches."""
        left, top = math.floor(rect.left + TOUCH), math.floor(rect.top + TOUCH)
        return cls(left, top, math.ceil(rect.right - TOUCH), math.ceil(rect.bottom - TOUCH))

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def empty(self) -> bool:
        return self.right <= self.left or self.bottom <= self.top

    @property
    def evened(self) -> "Area":
        """The smallest area around this one that consists of whole 2x2 blocks of pixels."""
        return Area(self.left & ~1, self.top & ~1, self.right + (self.right & 1), self.bottom + (self.bottom & 1))

    def meet(self, other: "Area") -> "Area":
        return Area(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    def outset(self, by: int) -> "Area":
        return Area(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def moved(self, x: int, y: int) -> "Area":
        return Area(self.left + x, self.top + y, self.right + x, self.bottom + y)

    def within(self, rect: Rect) -> bool:
        return (
            rect.left <= self.left + TOUCH
            and rect.top <= self.top + TOUCH
            and rect.right >= self.right - TOUCH
            and rect.bottom >= self.bottom - TOUCH
        )


class Affine(NamedTuple):
    """x' = xx·x + xy·y + x0, y' = yx·x + yy·y + y0."""

    xx: float = 1.0
    xy: float = 0.0
    x0: float = 0.0
    yx: float = 0.0
    yy: float = 1.0
    y0: float = 0.0

    @classmethod
    def translation(cls, x: float, y: float) -> Self:
        return cls(1.0, 0.0, x, 0.0, 1.0, y)

    @classmethod
    def scaling(cls, x: float, y: float) -> Self:
        return cls(x, 0.0, 0.0, 0.0, y, 0.0)

    def __matmul__(self, first: "Affine") -> "Affine":
        """The map that does `first` and then this one."""
        return Affine(
            self.xx * first.xx + self.xy * first.yx,
            self.xx * first.xy + self.xy * first.yy,
            self.xx * first.x0 + self.xy * first.y0 + self.x0,
            self.yx * first.xx + self.yy * first.yx,
            self.yx * first.xy + self.yy * first.yy,
            self.yx * first.x0 + self.yy * first.y0 + self.y0,
        )

    @property
    def determinant(self) -> float:
        return self.xx * self.yy - self.xy * self.yx

    @property
    def stretch(self) -> float:
        """How much longer the axis that is enlarged most becomes."""
        return max(math.hypot(self.xx, self.yx), math.hypot(self.xy, self.yy))

    @property
    def upright(self) -> bool:
        """Rectangles stay rectangles with level edges."""
        return self.xy == 0.0 and self.yx == 0.0

    def inverse(self) -> "Affine":
        d = self.determinant
        xx, xy, yx, yy = self.yy / d, -self.xy / d, -self.yx / d, self.xx / d
        return Affine(xx, xy, -(xx * self.x0 + xy * self.y0), yx, yy, -(yx * self.x0 + yy * self.y0))

    def point(self, x: float, y: float) -> tuple[float, float]:
        return self.xx * x + self.xy * y + self.x0, self.yx * x + self.yy * y + self.y0

    def bounds(self, rect: Rect) -> Rect:
        """The smallest level rectangle around the mapped one."""
        corners = [self.point(x, y) for x in (rect.left, rect.right) for y in (rect.top, rect.bottom)]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        return Rect(min(xs), min(ys), max(xs), max(ys))


def placement(obj: Drawn, width: float, height: float, canvas: tuple[float, float]) -> Affine:
    """From the object's box (its top left is 0, 0) to its canvas: anchored, then turned about the centre."""
    across, down = ANCHORS[obj.anchor]
    x = obj.x.px(*canvas, "x") - across * width
    y = obj.y.px(*canvas, "y") - down * height
    cx, cy = width / 2, height / 2
    turned = _linear(obj)
    return Affine.translation(x + cx, y + cy) @ turned @ Affine.translation(-cx, -cy)


def _linear(obj: Drawn) -> Affine:
    """Scale first, then skew, then rotation."""
    map_ = Affine.scaling(obj.scale * obj.scale_x, obj.scale * obj.scale_y)
    if obj.skew_x or obj.skew_y:
        skew_x, skew_y = math.tan(math.radians(obj.skew_x)), math.tan(math.radians(obj.skew_y))
        map_ = Affine(1.0, skew_x, 0.0, skew_y, 1.0, 0.0) @ map_
    if obj.rotation % 360:
        angle = math.radians(obj.rotation)
        map_ = Affine(math.cos(angle), -math.sin(angle), 0.0, math.sin(angle), math.cos(angle), 0.0) @ map_
    return map_
