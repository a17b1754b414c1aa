"""Texts whose numbers count: a set text with other figures in the places of those that are written."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from renderer.format.animations import Counter, Course
from renderer.format.figures import Number, chosen, figure, largest, numbers, size_of, written
from renderer.text.layout import Box, Letter, PlacedGlyph, TextLayout, ink_of

Shown = Mapping[int, str]
"""What stands in the places of some letters: one other character, or none."""


class Counting:
    """The counters of one text; a number that several of them take is counted by the last."""

    def __init__(self, counters: Sequence[Counter], course: Course) -> None:
        self._counters = counters
        self._course = course
        self._base: TextLayout | None = None
        self._numbers: tuple[PlacedNumber | None, ...] = ()
        self._counted: list[tuple[Counter, PlacedNumber]] = []
        self._room: Shown = {}
        self._made: tuple[Shown, TextLayout] | None = None

    def numbers(self, base: TextLayout) -> Sequence["PlacedNumber | None"]:
        """Those of a set text in the order of reading; None for one whose figures the font lacks or draws joined."""
        self._take(base)
        return self._numbers

    def _take(self, base: TextLayout) -> None:
        if self._base is not base:
            self._base, self._made = base, None
            self._numbers = tuple(_placed_numbers(base)) if self._counters else ()
            places = range(len(self._numbers))
            takers = {place: counter for counter in self._counters for place in chosen(places, counter.number)}
            self._counted = [(counter, number) for place, counter in takers.items() if (number := self._numbers[place])]
            self._room = {place: "" for place, letter in enumerate(base.letters) if letter.room}

    def at(self, base: TextLayout, time: float) -> TextLayout:
        """The set text at seconds of its life; the very same layout as long as it shows the same figures.

        It is to be set with tabular figures and room for where its numbers start: then nothing trembles, and no number
        is wider than its place.
        """
        return self._when(base, lambda counter: counter.easing(self._course.way(counter, time)))

    def at_rest(self, base: TextLayout) -> TextLayout:
        """As it is written."""
        return self._when(base, lambda _: 1.0)

    def _when(self, base: TextLayout, way: Callable[[Counter], float]) -> TextLayout:
        """When each counter has gone this share of its way."""
        self._take(base)
        shown = dict(self._room)
        for counter, number in self._counted:
            shown |= number.shown(counter.start_value, way(counter))
        shown = {place: mark for place, mark in shown.items() if mark != base.letters[place].text}
        if self._made is None or self._made[0] != shown:
            self._made = shown, _showing(base, shown) if shown else base
        return self._made[1]


class PlacedNumber(NamedTuple):
    """A number that can count; `letters` are the places of its figures and marks, `minus` that of its sign.

    The first of the letters may be `room` for more than is written.
    """

    number: Number
    room: str
    letters: Sequence[int]
    minus: int | None

    @property
    def most(self) -> float:
        return largest(self.room + self.number.written)

    def holds(self, size: float) -> bool:
        return size_of(written(size, self.number.written)) <= self.most

    def shown(self, start: float, way: float) -> Shown:
        """After a share of the way from `start`: never more figures than have a place, and no sign of another kind."""
        model, goal = self.number.written, self.number.value
        value = min(self.most, max(0.0 if self.minus is None else -self.most, start + (goal - start) * way))
        figures = written(abs(value), model)
        absent = len(self.letters) - len(figures)
        shown = dict(zip(self.letters, [""] * absent + list(figures), strict=True))
        negative = value < 0 and any(mark.isdecimal() and mark != figure(0, mark) for mark in figures)
        return shown if self.minus is None or negative else {**shown, self.minus: ""}


def _placed_numbers(layout: TextLayout) -> Iterator[PlacedNumber | None]:
    text, places = _read(layout)
    drawn: dict[int, list[PlacedGlyph]] = {}
    for glyph in layout.glyphs:
        drawn.setdefault(glyph.letter, []).append(glyph)
    for number in numbers(text):
        own = places[number.start : number.end]
        room = _room_before(layout, own[0])
        free = all(_can_change(layout.letters[place].text, drawn.get(place, [])) for place in [*room, *own])
        figures = "".join(layout.letters[place].text for place in room)
        minus = None if number.minus is None else places[number.minus]
        yield PlacedNumber(number, figures, [*room, *own], minus) if free else None


def _room_before(layout: TextLayout, place: int) -> list[int]:
    before = itertools.takewhile(lambda earlier: layout.letters[earlier].room, range(place - 1, -1, -1))
    return list(before)[::-1]


def _can_change(letter: str, glyphs: Sequence[PlacedGlyph]) -> bool:
    """Whether a figure, or a mark between figures, has a glyph of its own."""
    return len(letter) == len(glyphs) == 1 and (not letter.isdecimal() or glyphs[0].figures is not None)


def _read(layout: TextLayout) -> tuple[str, list[int]]:
    """The text as it is written, its lines not broken, and of which letter each character of it is a part."""
    text, places = "", list[int]()
    for line, letters in itertools.groupby(enumerate(layout.letters), lambda placed: placed[1].line):
        for place, letter in letters:
            if not letter.room:
                text += letter.text
                places += [place] * len(letter.text)
        text += layout.lines[line].after
        places += [place] * len(layout.lines[line].after)
    return text, places


def _showing(layout: TextLayout, shown: Shown) -> TextLayout:
    """Lines close up where a letter is not there, and stay aligned as they are; their boxes stay as well."""
    shifts = _shifts(layout, shown)
    letters = list(layout.letters)
    for place in shifts.keys() | shown.keys():
        letter = letters[place]
        mark, box = shown.get(place, letter.text), letter.box
        moved = replace(box, x=box.x + shifts.get(place, 0.0), width=box.width if mark else 0.0)
        letters[place] = replace(letter, text=mark, box=moved)
    glyphs = [
        _glyph(glyph, layout.letters[glyph.letter], shown.get(glyph.letter), shifts.get(glyph.letter, 0.0))
        if glyph.letter in shifts or glyph.letter in shown
        else glyph
        for glyph in layout.glyphs
        if shown.get(glyph.letter) != ""
    ]
    return replace(layout, letters=tuple(letters), glyphs=tuple(glyphs), ink=ink_of(glyphs))


def _shifts(layout: TextLayout, shown: Shown) -> dict[int, float]:
    """How far to the right the letters go of lines in which some are not there."""
    short = {layout.letters[place].line for place, mark in shown.items() if mark == ""}
    rows: dict[int, list[int]] = {line: [] for line in short}
    for place, letter in enumerate(layout.letters):
        if letter.line in short:
            rows[letter.line].append(place)
    shifts: dict[int, float] = {}
    for line, row in rows.items():
        gone = 0.0
        row.sort(key=lambda place: layout.letters[place].box.x)
        for place, room in zip(row, _rooms([layout.letters[place].box for place in row]), strict=True):
            shifts[place] = -gone
            gone += room if shown.get(place) == "" else 0.0
        lead = layout.lines[line].share * gone
        shifts |= {place: shifts[place] + lead for place in row}
    return shifts


def _rooms(boxes: Sequence[Box]) -> Iterator[float]:
    """What each box from left to right takes of its line, the space after it too; the last has its space before it."""
    yield from (after.x - box.x for box, after in itertools.pairwise(boxes))
    *before, last = boxes
    yield last.x + last.width - (before[-1].x + before[-1].width if before else last.x)


def _glyph(glyph: PlacedGlyph, letter: Letter, mark: str | None, shift: float) -> PlacedGlyph:
    if mark is None or mark == letter.text or not mark.isdecimal():
        return replace(glyph, x=glyph.x + shift)
    figures = glyph.figures
    assert figures is not None  # see _can_change
    digit = int(mark)
    spare = (figures.width - figures.advances[digit]) * glyph.size
    return replace(glyph, id=figures.ids[digit], x=letter.box.x + shift + spare / 2)
