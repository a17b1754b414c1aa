"""How far from its place a unit of an animated text is at a time: a pure function of the preset and the time."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from renderer.drawing.geometry import Affine, Rect
from renderer.format.animations import (
    AnyLoop,
    AnySplit,
    Bounce,
    Course,
    Direction,
    Eased,
    Fade,
    Fly,
    Reveal,
    Scaling,
    Slide,
    Spin,
    Staggered,
    Typewriter,
    Wave,
)
from renderer.format.easing import NAMED
from renderer.format.values import Spacing

SPREAD = 0.5  # the share of the duration over which units start, unless their stagger is given
WIDEST_SPREAD = 0.75  # and at most: each has a quarter of it to move in
PULSE = 1.2  # how large a loop scales when it is not told
SWINGS = 1.5  # of a wave that comes to rest
SOLID_AFTER = 1 / 3  # of the way of what is in motion until the end, and would be seen in its place too late

TOWARDS: dict[Direction, tuple[int, int]] = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}


class Room(NamedTuple):
    """What lengths refer to: the canvas that the text lies on, and its font size.

    `sight` is the size, in pixels of the canvas, of what is seen of the text and around it.
    """

    canvas: tuple[float, float]
    sight: tuple[float, float]
    em: float

    def along(self, direction: Direction, distance: Spacing | None) -> tuple[float, float]:
        """None is as far as it takes to come from outside."""
        across, down = TOWARDS[direction]
        if distance is None:
            return across * self.sight[0], down * self.sight[1]
        length = distance.px(*self.canvas, "x" if across else "y", self.em)
        return across * length, down * length


class State(NamedTuple):
    """A unit moved by x, y, grown and turned (degrees, clockwise) about its middle, and faded.

    `hidden` is the share of it that has not come into its place, to which it moves in `direction`; below 0, that
    has left it on the other side. Only what lies in its place is seen.
    """

    x: float = 0.0
    y: float = 0.0
    scale: float = 1.0
    rotation: float = 0.0
    opacity: float = 1.0
    hidden: float = 0.0
    direction: Direction = "up"

    def joined(self, other: "State") -> "State":
        """Both at once."""
        behind = max(self, other, key=lambda state: abs(state.hidden))
        return State(
            self.x + other.x,
            self.y + other.y,
            self.scale * other.scale,
            self.rotation + other.rotation,
            self.opacity * other.opacity,
            behind.hidden,
            behind.direction,
        )

    def matrix(self, box: Rect) -> Affine:
        """In the coordinates of the layout, for a unit with this box."""
        x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
        angle = math.radians(self.rotation)
        cos, sin = math.cos(angle) * self.scale, math.sin(angle) * self.scale
        turned = Affine(cos, -sin, 0.0, sin, cos, 0.0) if self.rotation else Affine.scaling(self.scale, self.scale)
        return Affine.translation(x + self.x, y + self.y) @ turned @ Affine.translation(-x, -y)


REST = State()


def states(animation: AnySplit, ranks: Sequence[int], time: float, course: Course, room: Room) -> list[State]:
    """Of each unit, whose turns `ranks` gives, at seconds of the text's life."""
    turns = turns_of(ranks)
    if animation.when == "loop":
        lag = _lag(animation, turns)
        cycles = [course.way(animation, time) - rank * lag for rank in ranks]
        if animation.delay:  # each begins to move from where it rests
            cycles = [max(0.0, own) for own in cycles]
        return [_looping(animation, own, room) for own in cycles]
    passing = [_passing(animation, presence(animation, turn, turns, time, course), room) for turn in range(turns)]
    return [passing[rank] for rank in ranks]


def turns_of(ranks: Sequence[int]) -> int:
    return max(ranks, default=0) + 1


def presence(animation: AnySplit, turn: int, turns: int, time: float, course: Course) -> float:
    """How much of its way to its place the unit of this turn has covered: 1 is there. Of what comes or goes."""
    step, way = _pace(animation, turns, animation.duration * course.share, course.share)
    since = time - course.start(animation) - turn * step
    if way == 0.0:
        return float((since >= 0.0) == (animation.when == "in"))
    covered = min(1.0, max(0.0, since / way))
    return covered if animation.when == "in" else 1.0 - covered


def _pace(animation: AnySplit, turns: int, whole: float, share: float) -> tuple[float, float]:
    """Seconds from a turn to the next, and those that each takes; all together they last `whole`."""
    if isinstance(animation, Typewriter):
        return whole / turns, 0.0
    gaps = turns - 1
    if gaps == 0:
        return 0.0, whole
    given = animation.stagger
    spread = whole * SPREAD if given is None else min(whole * WIDEST_SPREAD, given * share * gaps)
    return spread / gaps, whole - spread


def _lag(animation: AnySplit, turns: int) -> float:
    """How far behind the turn before, in turns of the loop: unless it is told, all of them are one wave."""
    if isinstance(animation, Staggered) and animation.stagger is not None:
        return animation.stagger / animation.duration
    return 1 / turns


def _passing(animation: AnySplit, present: float, room: Room) -> State:
    """Coming or going, `present` 0 to 1. What goes moves on in the direction in which it would come."""
    way = animation.easing(present) if isinstance(animation, Eased) else present
    away = (1.0 - way) * (1.0 if animation.when == "out" else -1.0)
    seen = min(1.0, max(0.0, way))
    match animation:
        case Typewriter():
            return State(opacity=seen)
        case Fade(opacity=least):
            return State(opacity=least + (1.0 - least) * seen)
        case Slide(direction=direction, distance=distance):
            x, y = room.along(direction, distance)
            return State(x * away, y * away, opacity=seen)
        case Fly(direction=direction, distance=distance):
            x, y = room.along(direction, distance)
            return State(x * away, y * away, opacity=float(present > 0.0))
        case Scaling(scale=scale):
            other = scale or 0.0
            return State(scale=other + (1.0 - other) * way, opacity=seen)
        case Spin(rotation=rotation):
            return State(rotation=rotation * away, opacity=seen)
        case Reveal(direction=direction):
            return State(hidden=math.copysign(1.0 - seen, -away), direction=direction, opacity=float(present > 0.0))
    _, height = room.along("down", animation.distance)
    solid = min(1.0, present / SOLID_AFTER)
    if isinstance(animation, Wave):
        left = 1.0 - present
        return State(y=height * left * math.sin(2 * math.pi * SWINGS * left), opacity=solid)
    return State(y=height * (NAMED["ease-out-bounce"](present) - 1.0), opacity=solid)


def _looping(animation: AnyLoop, cycles: float, room: Room) -> State:
    """After so many turns of the loop, each of which ends as it begins: there and back, or once around."""
    swing = (1.0 - math.cos(2 * math.pi * cycles)) / 2
    sine = math.sin(2 * math.pi * cycles)
    match animation:
        case Fade(opacity=least):
            return State(opacity=1.0 + (least - 1.0) * swing)
        case Slide(direction=direction, distance=distance):
            x, y = room.along(direction, distance)
            return State(x * sine, y * sine)
        case Scaling(scale=scale):
            return State(scale=1.0 + ((PULSE if scale is None else scale) - 1.0) * swing)
        case Spin(rotation=rotation):
            return State(rotation=rotation * cycles)
        case Wave(distance=distance):
            return State(y=room.along("up", distance)[1] * sine)
        case Bounce(distance=distance):
            return State(y=room.along("up", distance)[1] * abs(math.sin(math.pi * cycles)))
