"""Numbers as they are written in texts: found, read, and other ones written in the same manner."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

MAX_FIGURES = 15  # of a number that can be read: a float tells no more apart

Found = TypeVar("Found")

_BLANKS = " \u00a0\u2009\u202f"
_MINUS = r"\-\u2212\u2013"
_CURRENCY = "$€£¥₩₹₽₺₴₪฿"
_OPENING = r"(\[{«‹“‘„\"'（［「『【《〈"  # before a minus: after anything else it is a dash
_CASED = "A-Za-zÀ-ÖØ-öø-ɏͰ-֏Ḁ-ỿ"  # of scripts that part words by blanks: what stands beside them is a name
_JOINTS = rf".,:/\\'’_×—{_MINUS}"  # between figures: dates, times, versions, addresses, ratios, ranges
_CALENDAR = "年月日時时分秒년월일시분초"
_NUMBER = re.compile(
    rf"""
    (?<! [{_CASED}\d#№@_] ) (?<! [{_CASED}\d][{_JOINTS}] )
    (?P<minus> (?<! [^\s{_OPENING}{_CURRENCY}] ) [{_MINUS}] )? [{_CURRENCY}]?
    (?P<figures> (?> \d{{1,3}} (?P<part> [.,'’\u066c] ) \d{{3}} (?: (?P=part) \d{{3}} )* (?! \d )  # 1,250,000
                   | (?<! \d[{_BLANKS}] )
                     \d{{1,3}} (?P<blank> [{_BLANKS}] ) \d{{3}} (?: (?P=blank) \d{{3}} )* (?! [{_BLANKS}]?\d )
                   | \d{{1,2}} (?: ,\d{{2}} )+ ,\d{{3}} (?! \d )  # 12,50,000
                   | \d+ )
                 (?: [.,\u066b]\d+ )? )
    (?! \d | [{_JOINTS}]\d | [A-Za-z]+\d | [{_CALENDAR}] | [\ufe0f\u20e3] )  # the last of keycaps
    """,
    re.VERBOSE,
)
_FIGURES = rf"(?> \d (?: [{_BLANKS}.,]? \d )* )"
_UNIT = rf"(?: [^\W\d_] | [%‰％°℃℉′″\"'/{_CURRENCY}] )"  # of its characters
_RANGE = re.compile(  # 5%-10%, $5-$10, 5 km-10 km; but a name is none: 10 Covid-19 tests
    rf"""
    (?<! \d ) (?<! \d[{_BLANKS}.,] )
    (?P<low> {_FIGURES} ) (?: {_UNIT}* | [{_BLANKS}] (?P<unit> {_UNIT}+ ) ) [{_MINUS}—] [{_CURRENCY}]?
    (?= (?P<high> {_FIGURES} ) (?(unit) [{_BLANKS}] (?P=unit) ) )
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
    """Those that tell how many: "$1,250.00", "-5%" and "30s", but no part of "v2.1", "#1", "10:30" or "5%-10%"."""
    ranges = {place for match in _RANGE.finditer(text) for end in ("low", "high") for place in range(*match.span(end))}
    for match in _NUMBER.finditer(text):
        number = match["figures"]
        scripts = {figure(0, mark) for mark in number if mark.isdecimal()}
        if len(number) <= MAX_FIGURES and len(scripts) == 1 and match.start("figures") not in ranges:
            minus = match.start("minus")
            yield Number(number, *match.span("figures"), minus if minus >= 0 and size_of(number) else None)


def chosen(found: Sequence[Found], which: int | None) -> Sequence[Found]:
    """Of all numbers of a text the one of this place in the order of reading, from 1; None chooses all."""
    return found if which is None else found[which - 1 : which]


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


def rooms(text: str, starts: Iterable[tuple[int | None, float]]) -> dict[int, str]:
    """What has to stand before numbers of a text, by their places in it, that these values fit into them as well.

    There is none for more than could be read.
    """
    found, before = list(numbers(text)), dict[int, str]()
    for which, start in starts:
        for number in chosen(found, which):
            full = written(start, number.written)
            if len(number.written) < len(full) <= MAX_FIGURES:
                before[number.start] = max(before.get(number.start, ""), full[: -len(number.written)], key=len)
    return before


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
