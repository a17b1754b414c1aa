"""Numbers as they are written in texts: found, read, and other ones written in the same manner."""

import re
import unicodedata
from collections.abc import Iterator

MAX_FIGURES = 15  # of a number that can be read: a float tells no more apart

THIN_SPACES = "\u00a0\u2009\u202f"  # which part the thousands of one number

_NUMBER = re.compile(f"\\d+(?:[.,'\u2019\u066b\u066c{THIN_SPACES}]\\d+)*")


def numbers(text: str) -> Iterator[re.Match[str]]:
    return (match for match in _NUMBER.finditer(text) if len(match[0]) <= MAX_FIGURES)


def value_of(number: str) -> float:
    figures = "".join(str(unicodedata.decimal(mark)) for mark in number if mark.isdecimal())
    return float(int(figures) / 10 ** decimals(number))


def written(value: float, model: str) -> str:
    """A value that is not negative in the manner of `model`: 1234.5 is "1,234.50" like "9,999.99"."""
    after, marks = decimals(model), _marks(model)
    count = len(model) - len(marks)
    padded = count if model[0] == figure(0, model[0]) else after + 1
    figures = [figure(int(one), model[0]) for one in str(round(value * 10**after)).rjust(padded, "0")]
    last_first: list[str] = []
    for mark in reversed(model):
        if figures:
            last_first.append(figures.pop() if mark.isdecimal() else mark)
    grouping = marks[0] if len(marks) > bool(after) else ""
    for place, rest in enumerate(reversed(figures), count - after):
        last_first += [grouping, rest] if grouping and place % 3 == 0 else [rest]
    return "".join(reversed(last_first))


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
