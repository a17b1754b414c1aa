"""What text animations move one after another: the letters, words or lines of a set text, or all of it."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Hashable, Sequence
from hashlib import blake2b
from itertools import accumulate
from typing import NamedTuple

from renderer.drawing.geometry import Rect
from renderer.format.animations import By, Order
from renderer.text.layout import Box, TextLayout
from renderer.text.opportunities import blankless_ends
from renderer.text.scripts import is_joined

FINEST_FIRST: tuple[By, ...] = ("letter", "word", "line", "text")


class Units(NamedTuple):
    """`of_letter[i]` is the unit of the layout's letter i, None of a blank.

    `boxes` are those of the units, `rows` say which of them stand beside each other.
    """

    of_letter: tuple[int | None, ...]
    boxes: tuple[Rect, ...]
    rows: tuple[int, ...]


def units_of(layout: TextLayout, by: By) -> Units:
    """In the order of reading. Blanks and empty lines are no units of their own: nothing of them is seen coming."""
    keys = _keys(layout, by)
    number = {key: i for i, key in enumerate(dict.fromkeys(key for key in keys if key is not None))}
    of_letter = tuple(None if key is None else number[key] for key in keys)
    rows = {
        unit: letter.line if by in ("letter", "word") else 0
        for letter, unit in zip(layout.letters, of_letter, strict=True)
        if unit is not None
    }
    return Units(of_letter, boxes_of(layout, of_letter, by), tuple(rows.values()))


def boxes_of(layout: TextLayout, of_letter: Sequence[int | None], by: By) -> tuple[Rect, ...]:
    """The boxes of the units in a layout of these letters."""
    if by == "text":
        return (Rect(0.0, 0.0, layout.width, layout.height),) if layout.words else ()
    boxes: dict[int, Rect] = {}
    for letter, unit in zip(layout.letters, of_letter, strict=True):
        if unit is not None:
            box = _rect(letter.box)
            boxes[unit] = boxes[unit].union(box) if unit in boxes else box
    return tuple(boxes.values())


def ranks(rows: Sequence[int], order: Order, seed: str) -> list[int]:
    """When each unit has its turn, from 0 on; units that come together have one turn.

    The middle is that of each row.
    """
    places = list(range(len(rows)))
    if order == "backward":
        return places[::-1]
    if order == "random":
        return sorted(places, key=lambda place: blake2b(f"{seed} {place}".encode()).digest())
    if order in ("center", "edges"):
        counts = Counter(rows)
        firsts = {row: place for place, row in reversed(list(enumerate(rows)))}
        away = [abs(2 * (place - firsts[row]) - (counts[row] - 1)) for place, row in enumerate(rows)]
        turns = {distance: turn for turn, distance in enumerate(sorted(set(away), reverse=order == "edges"))}
        return [turns[distance] for distance in away]
    return places


def _keys(layout: TextLayout, by: By) -> Sequence[Hashable]:
    match by:
        case "letter":
            return _clusters(layout)
        case "word":
            return _words(layout)
        case "line":
            written = {word.line for word in layout.words}
            return [letter.line if letter.line in written else None for letter in layout.letters]
        case "text":
            return [0 if layout.words else None for _ in layout.letters]


def _words(layout: TextLayout) -> list[tuple[int, int] | None]:
    """What blanks part, and in scripts without them the words that are known."""
    parts: list[tuple[int, int] | None] = [None] * len(layout.letters)
    for place, word in enumerate(layout.words):
        ends = blankless_ends(word.text)
        starts = accumulate((len(letter.text) for letter in layout.letters[word.first : word.end]), initial=0)
        for letter, start in zip(range(word.first, word.end), starts, strict=False):
            parts[letter] = place, bisect_right(ends, start)
    return parts


def _clusters(layout: TextLayout) -> list[int | None]:
    """The first letter of what may not be parted: a ligature, a word of a joined script, else the letter alone."""
    drawn = {glyph.letter for glyph in layout.glyphs}
    joined = {place for place, word in enumerate(layout.words) if any(map(is_joined, word.text))}
    heads: list[int | None] = []
    for place, letter in enumerate(layout.letters):
        head = place
        if letter.word is None:
            heads.append(None)
            continue
        word = layout.words[letter.word]
        if place > word.first and (letter.word in joined or place not in drawn):
            head = heads[-1] if heads[-1] is not None else place
        heads.append(head)
    return heads


def _rect(box: Box) -> Rect:
    return Rect(box.x, box.y, box.x + box.width, box.y + box.height)
