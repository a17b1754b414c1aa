"""Where an object may be seen for a while: what stays out of sight need not be asked frame by frame."""

import math
from collections.abc import Collection
from itertools import product
from typing import Any, NamedTuple, Self

from renderer.drawing.geometry import ANCHORS, Rect
from renderer.format.keyframes import Animated
from renderer.format.values import Axis


class Extents(NamedTuple):
    """Pixels that a box's sizes lie between at all times, and how far outside of it something may be painted."""

    widths: Collection[float]
    heights: Collection[float]
    beyond: float = 0.0

    @classmethod
    def of(cls, animated: Animated[Any], canvas: tuple[float, float]) -> Self:
        """Those of an object that paints nothing outside of its box."""
        widths = {width.px(*canvas, "x") for width in animated.hull("width")}
        return cls(widths, {height.px(*canvas, "y") for height in animated.hull("height")})

    def painting(self, rect: Rect) -> "Extents":
        """With something painted in such a part of the box, or around it."""
        beyond = max(-rect.left, -rect.top, rect.right - min(self.widths), rect.bottom - min(self.heights))
        return self._replace(beyond=max(0.0, beyond))


def whereabouts(
    animated: Animated[Any], extents: Extents, canvas: tuple[float, float], since: float, until: float
) -> Rect | None:
    """What of its canvas an object may cover, with its shadow, from `since` to `until`; None if it may be anything.

    Its place follows from each of its properties in a straight line, so that it is farthest where they are; only
    a turn is taken for the circle around the box.
    """

    def numbers(name: str) -> list[float]:
        return [float(value) for value in animated.hull(name, since, until)]

    def pixels(name: str, axis: Axis = "min") -> list[float]:
        return [length.px(*canvas, axis) for length in animated.hull(name, since, until)]

    if any(numbers("skew_x") + numbers("skew_y")):  # near a right angle it reaches as far as you like
        return None
    scales = numbers("scale")
    across, down = (max(abs(a * b) for a, b in product(scales, numbers(axis))) for axis in ("scale_x", "scale_y"))
    width, height = (
        (max(extents.widths) + 2 * extents.beyond) * across,
        (max(extents.heights) + 2 * extents.beyond) * down,
    )
    if any(numbers("rotation")):
        width = height = math.hypot(width, height)
    thrown = sum(max(map(abs, pixels(name))) for name in ("shadow_x", "shadow_y"))
    spread = (thrown + 1.5 * max(pixels("shadow_blur"))) * max(across, down) + 2.0
    left, right = _middles(pixels("x", "x"), extents.widths, ANCHORS[animated.obj.anchor][0])
    top, bottom = _middles(pixels("y", "y"), extents.heights, ANCHORS[animated.obj.anchor][1])
    return Rect(left - width / 2, top - height / 2, right + width / 2, bottom + height / 2).outset(spread)


def _middles(anchors: list[float], sizes: Collection[float], share: float) -> tuple[float, float]:
    """Between which its middle lies along one axis: it grows and turns about that."""
    middles = [anchor + (0.5 - share) * size for anchor, size in product(anchors, sizes)]
    return min(middles), max(middles)
