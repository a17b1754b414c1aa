"""What the animations of a set text cannot do as they are told, in sentences for the template's author."""

from collections.abc import Iterator, Sequence

from renderer.drawing.counting import countable
from renderer.drawing.text_states import WIDEST_SPREAD, turns_of
from renderer.drawing.text_units import ranks, units_of
from renderer.format.animations import AnyAnimation, Counter, Course, Staggered
from renderer.text.layout import TextLayout


def faults(animations: Sequence[AnyAnimation], layout: TextLayout, life: float) -> Iterator[str]:
    """Each begins with the property of the text that it is about. `life` is how many seconds the text is there."""
    course = Course(animations, life)
    if course.share < 1.0:
        both = f"they take {course.wanted:g} s to come and go, the text is there for {life:g} s"
        yield f"animations: {both}: all of them are shortened."
    for place, animation in enumerate(animations):
        match animation:
            case Counter():
                yield from _counter_faults(f"animations[{place}]", animation, layout)
            case Staggered(stagger=float(), when="in" | "out"):
                yield from _stagger_faults(f"animations[{place}].stagger", animation, layout)


def _counter_faults(path: str, counter: Counter, layout: TextLayout) -> Iterator[str]:
    found = len(list(countable(layout)))
    if not found:
        yield f"{path}: the text has no number that can count."
    elif counter.number is not None and counter.number > found:
        yield f"{path}.number: there is no number {counter.number}, the text has {found} that can count."


def _stagger_faults(path: str, animation: Staggered, layout: TextLayout) -> Iterator[str]:
    turns = turns_of(ranks(units_of(layout, animation.by).rows, animation.order, path))
    room = animation.duration * WIDEST_SPREAD
    if animation.stagger is not None and animation.stagger * (turns - 1) > room:
        fitting = room / (turns - 1)
        yield (
            f"{path}: {turns} starts {animation.stagger:g} s apart need more than three quarters of the duration, "
            f"{animation.duration:g} s: they are {fitting:.2g} s apart."
        )
