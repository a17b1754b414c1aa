"""Text animations: a struct for each preset, and when in the life of a text they move it.

What each does to its units (letters, words, lines or the whole text) is in `renderer.drawing.text_states`.
"""

from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal, get_args

from msgspec import Meta

from renderer.format.easing import Easing, parse_easing
from renderer.format.parts import MAX_SECONDS, Part, Scale, Seconds, Share, Turn
from renderer.format.values import Spacing

MAX_ANIMATIONS = 8

When = Literal["in", "out", "loop"]
OneWay = Literal["in", "out"]
By = Literal["letter", "word", "line", "text"]
Order = Literal["forward", "backward", "center", "edges", "random"]
Direction = Literal["left", "right", "up", "down"]

Lasting = Annotated[float, Meta(ge=0.001, le=MAX_SECONDS)]  # seconds that can be divided by

SWIFT = parse_easing("ease-out-cubic")
HALF_EM = Spacing(em=0.5)


class Animation(Part, frozen=True, kw_only=True):
    """`duration` is how long all units take together, of a loop how long one of them takes for a turn.

    What comes waits for `delay` seconds, what goes is gone so long before the end; a loop begins to move then.
    """

    duration: Lasting = 1.0
    delay: Seconds = 0.0


class Split(Animation, frozen=True, kw_only=True):
    """Of units that begin one after another, in this order."""

    when: When = "in"
    by: By = "letter"
    order: Order = "forward"


class Staggered(Split, frozen=True, kw_only=True):
    """`stagger` is the seconds from the start of one unit to that of the next; None spreads them evenly."""

    stagger: Seconds | None = None


class Eased(Staggered, frozen=True, kw_only=True):
    """`easing` says how a unit comes in; it goes out the same way backwards. Loops swing evenly."""

    easing: Easing = SWIFT


class Typewriter(Split, frozen=True, kw_only=True, tag="typewriter"):
    when: OneWay = "in"


class Fade(Eased, frozen=True, kw_only=True, tag="fade"):
    opacity: Share = 0.0


class Slide(Eased, frozen=True, kw_only=True, tag="slide"):
    direction: Direction = "up"
    distance: Spacing = HALF_EM


class Fly(Eased, frozen=True, kw_only=True, tag="fly"):
    """`distance` None is from outside of all that is seen, of the frame or of the group that clips the text."""

    when: OneWay = "in"
    direction: Direction = "up"
    distance: Spacing | None = None


class Scaling(Eased, frozen=True, kw_only=True, tag="scale"):
    """`scale` None is 0 for what comes and goes, and `drawing.text_states.PULSE` in a loop."""

    scale: Scale | None = None


class Spin(Eased, frozen=True, kw_only=True, tag="spin"):
    rotation: Turn = 180.0


class Wave(Staggered, frozen=True, kw_only=True, tag="wave"):
    distance: Spacing = HALF_EM


class Reveal(Eased, frozen=True, kw_only=True, tag="reveal"):
    when: OneWay = "in"
    direction: Direction = "up"


class Bounce(Staggered, frozen=True, kw_only=True, tag="bounce"):
    distance: Spacing = HALF_EM


class Counter(Animation, frozen=True, kw_only=True, tag="counter"):
    """The numbers of the text count from `start_value` to what is written, all of them or only the one of this place.

    Places count from 1, in the order of reading.
    """

    when: ClassVar[OneWay] = "in"
    easing: Easing = SWIFT
    start_value: Annotated[float, Meta(ge=0, le=1e12)] = 0.0
    number: Annotated[int, Meta(ge=1, le=100)] | None = None


AnyLoop = Fade | Slide | Scaling | Spin | Wave | Bounce
AnySplit = Typewriter | Fade | Slide | Fly | Scaling | Spin | Wave | Reveal | Bounce
AnyAnimation = AnySplit | Counter
ANIMATION_KINDS: dict[str, type[Animation]] = {str(kind.__struct_config__.tag): kind for kind in get_args(AnyAnimation)}
Animations = Annotated[tuple[AnyAnimation, ...], Meta(max_length=MAX_ANIMATIONS)]


class Course:
    """When the animations of a text of `life` seconds happen.

    Those that come in begin with it, those that go out end with it. Where the longest of both do not fit into its
    life together, as they are `wanted`, all are shortened by the same `share`.
    """

    def __init__(self, animations: Iterable[AnyAnimation], life: float) -> None:
        animations = tuple(animations)
        coming, leaving = _longest(animations, "in"), _longest(animations, "out")
        self.life = life
        self.wanted = coming + leaving
        self.share = min(1.0, life / self.wanted) if self.wanted else 1.0
        self._arrival = coming * self.share
        self._departure = life - leaving * self.share
        self._endless = any(animation.when == "loop" for animation in animations)

    def start(self, animation: "AnyAnimation") -> float:
        """The second of the text's life at which an animation begins."""
        if animation.when == "out":
            return self.life - (animation.delay + animation.duration) * self.share
        return animation.delay * (self.share if animation.when == "in" else 1.0)

    def way(self, animation: "AnyAnimation", time: float) -> float:
        """How many of its durations lie behind an animation: below 0 before it begins, above 1 when it is over."""
        share = 1.0 if animation.when == "loop" else self.share
        return (time - self.start(animation)) / (animation.duration * share)

    def rests(self, time: float) -> bool:
        """Whether the text looks at this time as if it had no animations."""
        return not self._endless and self._arrival - _SLACK <= time <= self._departure + _SLACK


_SLACK = 1e-9  # seconds: a frame's time is the nearest float


def _longest(animations: Iterable[AnyAnimation], when: When) -> float:
    return max(
        (animation.delay + animation.duration for animation in animations if animation.when == when), default=0.0
    )
