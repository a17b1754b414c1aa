"""Where lines may end: the opportunities of UAX #14 and, in Thai, Lao, Khmer and Burmese, between words; all by ICU."""

import itertools
import re

from icu4py.breakers import LineBreaker

# In no language, so that it is the same on every machine; small kana may begin a line, as browsers have it.
_RULES = "und-u-lb-normal"
_BETWEEN_ASCII = re.compile("(?<=[!-~])(?=[!-~])")
# What Chromium allows there: after a hyphen inside a word, after a question mark, before a bracket after a sign.
_ASCII_BREAK = re.compile(r"(?<=\w-)(?=\w)|(?<=\?)(?=\w)|(?<=[!%)+,.:;?\\\]|}-])(?=[(\[{])", re.ASCII)


def opportunities(text: str) -> list[int]:
    """Offsets into the text at which a line may end, its end included.

    Between two printable characters of ASCII they are Chromium's, which keep "and/or" and addresses whole.
    """
    ends = set(itertools.accumulate(len(unit) for unit in LineBreaker(text, _RULES)))
    ends -= {match.start() for match in _BETWEEN_ASCII.finditer(text)}
    return sorted(ends | {match.start() for match in _ASCII_BREAK.finditer(text)})
