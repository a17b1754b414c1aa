"""Spans: words of a text that are set otherwise than the rest, wherever it has them."""

import itertools
import re
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from renderer.text.faces import Face

Transform = Literal["none", "uppercase", "lowercase", "capitalize"]
_WORD_START = re.compile(r"(^|\s)(\W*)(\w)")


class Span(Struct, frozen=True, kw_only=True):
    """How `match` is set: None is as the rest of the text. `scale` counts in font sizes of the block."""

    match: str
    family: str | None = None
    weight: int | None = None
    italic: bool | None = None
    scale: float | None = None


class Marked(Struct, frozen=True):
    """A stretch of text and the indices of the spans that match it; of two that set the same, the later holds."""

    text: str
    spans: tuple[int, ...]


class Stretch(Struct, frozen=True):
    """A stretch of text with the face that is wanted for it and its size in font sizes of the block."""

    text: str
    face: Face
    scale: float = 1.0
    spans: tuple[int, ...] = ()


def marked(text: str, spans: Sequence[Span]) -> list[Marked]:
    """The text, parted where a match begins or ends."""
    marks: list[tuple[int, ...]] = [()] * len(text)
    for index, span in enumerate(spans):
        start = text.find(span.match) if span.match else -1
        while start >= 0:
            end = start + len(span.match)
            marks[start:end] = [(*mark, index) for mark in marks[start:end]]
            start = text.find(span.match, end)
    return _parted(text, marks)


def transformed(stretches: Sequence[Marked], how: Transform) -> list[Marked]:
    """Each in other letters, as CSS `text-transform` has it; where a word begins is seen in the whole text."""
    whole = "".join(stretch.text for stretch in stretches)
    starts = {match.start(3) for match in _WORD_START.finditer(whole)} if how == "capitalize" else set()
    changed, first = [], 0
    for stretch in stretches:
        inside = {start - first for start in starts}
        changed.append(Marked(_cased(stretch.text, how, inside), stretch.spans))
        first += len(stretch.text)
    return changed


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


def _parted(text: str, marks: Sequence[tuple[int, ...]]) -> list[Marked]:
    pairs = itertools.groupby(zip(text, marks, strict=True), key=lambda pair: pair[1])
    return [Marked("".join(character for character, _ in group), mark) for mark, group in pairs]


def _cased(text: str, how: Transform, word_starts: set[int]) -> str:
    match how:
        case "uppercase":
            return text.upper()
        case "lowercase":
            return text.lower()
        case "capitalize":
            return "".join(c.title() if i in word_starts else c for i, c in enumerate(text))
    return text
