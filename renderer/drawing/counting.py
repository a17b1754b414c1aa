"""Texts whose numbers count: a set text with other figures in the places of those that are written."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from renderer.format.animations import Counter, Course
from renderer.format.figures import Number, figure, largest, numbers, written
from renderer.text.layout import Letter, PlacedGlyph, TextLayout, ink_of

Shown = Mapping[int, str]
"""What stands in the places of some letters: one other character, or none."""


class Counting:
    """The counters of one text."""

    def __init__(self, counters: Sequence[Counter], course: Course) -> None:
        self._counters = counters
        self._course = course
        self._base: TextLayout | None = None
        self._numbers: list[tuple[Counter, Count]] = []
        self._made: tuple[Shown, TextLayout] | None = None

    def at(self, base: TextLayout, time: float) -> TextLayout:
        """The set text at seconds of its life; the very same layout as long as it shows the same figures.

        It is to be set with tabular figures: then nothing trembles, and no number is wider than the one written.
        """
        if self._base is not base:
            self._base, self._made = base, None
            counts = list(countable(base)) if self._counters else []
            self._numbers = [(counter, count) for counter in self._counters for count in counter.chosen(counts)]
        if not self._numbers:
            return base
        shown: dict[int, str] = {}
        for counter, count in self._numbers:
            shown |= count.shown(counter.start_value, counter.easing(self._course.way(counter, time)))
        if self._made is None or self._made[0] != shown:
            self._made = shown, _showing(base, shown)
        return self._made[1]


class Count(NamedTuple):
    """A number that can count; `letters` are the places of its figures and marks, `minus` that of its sign."""

    number: Number
    letters: Sequence[int]
    minus: int | None

    def shown(self, start: float, way: float) -> Shown:
        """After a share of the way from `start`: never more figures than are written, and no sign of another kind."""
        model, goal = self.number.written, self.number.value
        most = largest(model)
        value = min(most, max(0.0 if self.minus is None else -most, start + (goal - start) * way))
        figures = written(abs(value), model)
        absent = len(model) - len(figures)
        shown = dict(zip(self.letters, [""] * absent + list(figures), strict=True))
        negative = value < 0 and any(mark.isdecimal() and mark != figure(0, mark) for mark in figures)
        return shown if self.minus is None or negative else {**shown, self.minus: ""}


def countable(layout: TextLayout) -> Iterator[Count]:
    """In the order of reading; numbers whose figures the font does not have, or draws joined, are none."""
    text, places = _joined(layout)
    drawn: dict[int, list[PlacedGlyph]] = {}
    for glyph in layout.glyphs:
        drawn.setdefault(glyph.letter, []).append(glyph)
    for number in numbers(text):
        letters = places[number.start : number.end]
        if all(len(drawn.get(letter, ())) == 1 for letter in letters):
            glyphs = (drawn[letter][0] for letter in letters if layout.letters[letter].text.isdecimal())
            if all(glyph.face.figures(figure(0, number.written[0])) is not None for glyph in glyphs):
                yield Count(number, letters, None if number.minus is None else places[number.minus])


def _joined(layout: TextLayout) -> tuple[str, list[int]]:
    """The text with a character for each letter, as it was before its lines were broken, and which letter that is."""
    text, places = "", list[int]()
    ends = {}
    for place, letter in enumerate(layout.letters):
        ends[letter.line] = place
    for place, letter in enumerate(layout.letters):
        text += letter.text if len(letter.text) == 1 else "\0"
        places.append(place)
        if ends[letter.line] == place and not layout.lines[letter.line].goes_on:
            text += "\n"
            places.append(place)
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
        for place, after in zip(row, [*row[1:], row[-1]], strict=True):
            shifts[place] = -gone
            if shown.get(place) == "":
                gone += layout.letters[after].box.x - layout.letters[place].box.x
        lead = layout.lines[line].share * gone
        shifts |= {place: shifts[place] + lead for place in row}
    return shifts


def _glyph(glyph: PlacedGlyph, letter: Letter, mark: str | None, shift: float) -> PlacedGlyph:
    if mark is None or mark == letter.text or not mark.isdecimal():
        return replace(glyph, x=glyph.x + shift)
    figures = glyph.face.figures(figure(0, mark))
    assert figures is not None  # see countable
    digit = int(mark)
    spare = (figures.width - figures.advances[digit]) * glyph.size
    return replace(glyph, id=figures.ids[digit], x=letter.box.x + shift + spare / 2)
