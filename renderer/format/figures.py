"""Numbers as they are written in texts: found, read, and other ones written in the same manner."""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

MAX_FIGURES = 15  # of a number that can be read: a float tells no more apart

_THIN_SPACES = "\u00a0\u2009\u202f"  # which part the thousands of one number
_MINUS = r"\-\u2212\u2013"
_CASED = "A-Za-zÀ-ÖØ-öø-ɏͰ-֏Ḁ-ỿ"  # of scripts that part words by blanks: what stands beside them is a name
_JOINTS = rf".,:/\\'’_×—{_MINUS}"  # between figures: dates, times, versions, addresses, ratios, ranges
_CALENDAR = "年月日時时分秒년월일시분초"
_NUMBER = re.compile(
    rf"""
    (?<! [{_CASED}\d#№@_] ) (?<! [{_CASED}\d][{_JOINTS}] )
    (?P<minus> [{_MINUS}] )? [$€£¥₩₹₽₺₴₪฿]?
    (?P<figures> (?: \d{{1,3}} (?P<part>[.,'’\u066c{_THIN_SPACES}]) \d{{3}} (?: (?P=part) \d{{3}} )*  # 1,250,000
                   | \d{{1,2}} (?: ,\d{{2}} )+ ,\d{{3}}  # 12,50,000
                   | \d+ )
                 (?: [.,\u066b]\d+ )? )
    (?! \d | [{_JOINTS}]\d | [A-Za-z]+\d | [{_CALENDAR}] )
    """,
    re.VERBOSE,
)


class Number(NamedTuple):
    """`written` stands at [start, end) of a text, its minus sign, if it is less than 0, at `minus`."""

    written: str
    start: int
    end: int
    minus: int | None

    @property
    def value(self) -> float:
        return size_of(self.written) * (1 if self.minus is None else -1)


def numbers(text: str) -> Iterator[Number]:
    """Those that tell how many: "$1,250.00", "-5%" and "30s", but no part of "v2.1", "#1", "10:30" or "2026-11-25"."""
    for match in _NUMBER.finditer(text):
        number = match["figures"]
        scripts = {figure(0, mark) for mark in number if mark.isdecimal()}
        if len(number) <= MAX_FIGURES and len(scripts) == 1:
            minus = match.start("minus")
            yield Number(number, *match.span("figures"), minus if minus >= 0 and size_of(number) else None)


def size_of(number: str) -> float:
    """What figures say, without a sign."""
    figures = "".join(str(unicodedata.decimal(mark)) for mark in number if mark.isdecimal())
    return float(int(figures) / 10 ** decimals(number))


def written(size: float, model: str) -> str:
    """A size that is not negative in the manner of `model`: 1234.5 is "1,234.50" like "9,999.99"."""
    after, marks = decimals(model), _marks(model)
    count = len(model) - len(marks)
    padded = count if model[0] == figure(0, model[0]) else after + 1
    figures = [figure(int(one), model[0]) for one in str(round(size * 10**after)).rjust(padded, "0")]
    last_first: list[str] = []
    for mark in reversed(model):
        if figures:
            last_first.append(figures.pop() if mark.isdecimal() else mark)
    grouping = marks[0] if len(marks) > bool(after) else ""
    for place, rest in enumerate(reversed(figures), count - after):
        last_first += [grouping, rest] if grouping and place % 3 == 0 else [rest]
    return "".join(reversed(last_first))


def largest(model: str) -> float:
    """The largest size that has no more figures than `model`."""
    count = sum(mark.isdecimal() for mark in model)
    return float((10**count - 1) / 10 ** decimals(model))


def decimals(number: str) -> int:
    """How many figures stand after the decimal mark.

    A comma or an apostrophe before three figures parts thousands; a point does so only where there are several.
    """
    marks = _marks(number)
    if not marks or marks.count(marks[-1]) > 1:
        return 0
    after = len(number) - 1 - number.rindex(marks[-1])
    decimal = len(marks) > 1 or marks[-1] in ".\u066b" or (marks[-1] == "," and after != 3)
    return after if decimal else 0


def figure(digit: int, like: str) -> str:
    """The digit in the script of another figure."""
    return chr(ord(like) - unicodedata.decimal(like) + digit)


def _marks(number: str) -> list[str]:
    return [mark for mark in number if not mark.isdecimal()]
