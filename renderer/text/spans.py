"""Spans: words of a text that are set otherwise than the rest, wherever it has them."""

import itertools
import re
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from renderer.text.faces import Face

Transform = Literal["none", "uppercase", "lowercase", "capitalize"]
_WORD_START = re.compile(r"(^|\s)(\W*)(\w)")
_NO_JOINT = r"(?:(?<!\w)|(?!\w))"  # not between two letters of a word
_TAB = "    "


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
    """A stretch of text and the indices of the spans that match it; of two that set the same, the later holds."""

    text: str
    spans: tuple[int, ...]


class Stretch(Struct, frozen=True):
    """A stretch of text with the face that is wanted for it and its size in font sizes of the block.

    `spacing` is the space after each letter: pixels plus font sizes of the block.
    """

    text: str
    face: Face
    scale: float = 1.0
    spacing: tuple[float, float] = (0.0, 0.0)
    spans: tuple[int, ...] = ()


def marked(text: str, spans: Sequence[Span]) -> list[Marked]:
    """The text, parted where a match begins or ends; tabs are blanks, in it and in what is to match."""
    text = text.replace("\t", _TAB)
    marks: list[tuple[int, ...]] = [()] * len(text)
    for index, span in enumerate(spans):
        for match in _pattern(span).finditer(text):
            marks[match.start() : match.end()] = [(*mark, index) for mark in marks[match.start() : match.end()]]
    return _parted(text, marks)


def _pattern(span: Span) -> re.Pattern[str]:
    words = re.escape(span.match.replace("\t", _TAB))
    return re.compile(f"{_NO_JOINT}{words}{_NO_JOINT}" if span.whole_words else words)


def transformed(stretches: Sequence[Marked], how: Transform) -> list[Marked]:
    """Each in other letters, as CSS `text-transform` has it, which depend on those of the whole text."""
    whole = "".join(stretch.text for stretch in stretches)
    marks = [stretch.spans for stretch in stretches for _ in stretch.text]
    return _parted(_cased(whole, how), marks)


def rows(stretches: Sequence[Marked], line_end: re.Pattern[str]) -> list[list[Marked]]:
    """The stretches of each line that was written as one."""
    whole = "".join(stretch.text for stretch in stretches)
    marks = [stretch.spans for stretch in stretches for _ in stretch.text]
    ends = [match.span() for match in line_end.finditer(whole)]
    starts = [0, *(end for _, end in ends)]
    return [
        _parted(whole[start:end], marks[start:end])
        for start, end in zip(starts, [*(start for start, _ in ends), len(whole)], strict=True)
    ]


def _parted(text: Sequence[str], marks: Sequence[tuple[int, ...]]) -> list[Marked]:
    pairs = itertools.groupby(zip(text, marks, strict=True), key=lambda pair: pair[1])
    return [Marked("".join(character for character, _ in group), mark) for mark, group in pairs]


def _cased(text: str, how: Transform) -> Sequence[str]:
    """What becomes of each character."""
    match how:
        case "uppercase":
            return [c.upper() for c in text]
        case "lowercase":  # of the whole: a sigma at the end of a word has another form
            lowered = iter(text.lower())
            return ["".join(itertools.islice(lowered, len(c.lower()))) for c in text]
        case "capitalize":
            starts = {match.start(3) for match in _WORD_START.finditer(text)}
            return [c.title() if i in starts else c for i, c in enumerate(text)]
    return text
