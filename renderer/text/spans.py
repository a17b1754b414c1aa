"""Spans: words of a text that are set otherwise than the rest, wherever it has them."""

import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from renderer.text.faces import Face

Transform = Literal["none", "uppercase", "lowercase", "capitalize"]
_TAB = "    "

_Mark = tuple[tuple[int, ...], bool]  # the spans of a character, and whether it is room


class Span(Struct, frozen=True, kw_only=True):
    """How `match` is set: None is as the rest of the text.

    `scale` counts in font sizes of the block, `spacing` is pixels plus ems of its own size.
    """

    match: str
    whole_words: bool = False
    family: str | None = None
    weight: int | None = None
    italic: bool | None = None
    scale: float | None = None
    spacing: tuple[float, float] | None = None


class Marked(Struct, frozen=True):
    """A stretch of text and the indices of the spans that match it; of two that set the same, the later holds.

    `room` is none of the text: figures in whose place a number has others while it counts.
    """

    text: str
    spans: tuple[int, ...]
    room: bool = False


class Stretch(Struct, frozen=True):
    """A stretch of text with the face that is wanted for it and its size in font sizes of the block.

    `spacing` is the space after each letter: pixels plus font sizes of the block.
    """

    text: str
    face: Face
    scale: float = 1.0
    spacing: tuple[float, float] = (0.0, 0.0)
    spans: tuple[int, ...] = ()
    room: bool = False


def marked(text: str, spans: Sequence[Span]) -> list[Marked]:
    """The text, parted where a match begins or ends; tabs are blanks, in it and in what is to match."""
    text = text.replace("\t", _TAB)
    marks: list[tuple[int, ...]] = [()] * len(text)
    for index, span in enumerate(spans):
        for start, end in _places(span, text):
            marks[start:end] = [(*mark, index) for mark in marks[start:end]]
    return _parted(text, [(mark, False) for mark in marks])


def _places(span: Span, text: str) -> Iterator[tuple[int, int]]:
    """From where to where the text has its match."""
    words = span.match.replace("\t", _TAB)
    start = text.find(words)
    while start >= 0:
        end = start + len(words)
        apart = not span.whole_words or not (_inside_word(text, start) or _inside_word(text, end))
        if apart:
            yield start, end
        start = text.find(words, end if apart else start + 1)


def _inside_word(text: str, at: int) -> bool:
    """Whether a word goes on between the characters before and at this place."""
    return 0 < at < len(text) and _of_word(text[at - 1]) and _of_word(text[at])


def _of_word(character: str) -> bool:
    """Letters and figures are, and so are the marks on them: accents, and the vowels of many scripts."""
    return character.isalnum() or character == "_" or unicodedata.category(character).startswith("M")


def transformed(stretches: Sequence[Marked], how: Transform) -> list[Marked]:
    """Each in other letters, as CSS `text-transform` has it, which depend on those of the whole text."""
    whole = text_of(stretches)
    marks = _marks(stretches)
    return _parted(_cased(whole, how), marks)


def roomy(stretches: Sequence[Marked], rooms: Mapping[int, str]) -> list[Marked]:
    """With figures that are none of the text before these of its characters, set like them."""
    text, marks = list[str](), list[_Mark]()
    for place, (character, mark) in enumerate(zip(text_of(stretches), _marks(stretches), strict=True)):
        before = rooms.get(place, "")
        text += [*before, character]
        marks += [*[(mark[0], True)] * len(before), mark]
    return _parted(text, marks)


def rows(stretches: Sequence[Marked], line_end: re.Pattern[str]) -> list[list[Marked]]:
    """The stretches of each line that was written as one."""
    whole = text_of(stretches)
    marks = _marks(stretches)
    ends = [match.span() for match in line_end.finditer(whole)]
    starts = [0, *(end for _, end in ends)]
    return [
        _parted(whole[start:end], marks[start:end])
        for start, end in zip(starts, [*(start for start, _ in ends), len(whole)], strict=True)
    ]


def text_of(stretches: Iterable[Marked]) -> str:
    return "".join(stretch.text for stretch in stretches)


def _marks(stretches: Iterable[Marked]) -> list[_Mark]:
    """Those of each character."""
    return [(stretch.spans, stretch.room) for stretch in stretches for _ in stretch.text]


def _parted(text: Sequence[str], marks: Sequence[_Mark]) -> list[Marked]:
    pairs = itertools.groupby(zip(text, marks, strict=True), key=lambda pair: pair[1])
    return [Marked("".join(character for character, _ in group), *mark) for mark, group in pairs]


def _cased(text: str, how: Transform) -> Sequence[str]:
    """What becomes of each character."""
    match how:
        case "uppercase":
            return [c.upper() for c in text]
        case "lowercase":  # of the whole: a sigma at the end of a word has another form
            lowered = iter(text.lower())
            return ["".join(itertools.islice(lowered, len(c.lower()))) for c in text]
        case "capitalize":
            starts = set(_word_starts(text))
            return [c.title() if i in starts else c for i, c in enumerate(text)]
    return text


def _word_starts(text: str) -> Iterator[int]:
    """The first letter after each blank, whatever stands between."""
    waiting = True
    for place, character in enumerate(text):
        if waiting and _of_word(character):
            yield place
        waiting = character.isspace() or (waiting and not _of_word(character))
