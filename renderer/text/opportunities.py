"""Where lines may end: the opportunities of UAX #14 and, in Thai, Lao, Khmer and Burmese, between words; all by ICU.

And where words end in scripts that put no blanks between them.
"""

import itertools
import re
import unicodedata

from icu4py.breakers import LineBreaker, WordBreaker

# In no language, so that it is the same on every machine; small kana may begin a line, as browsers have it.
_RULES = "und-u-lb-normal"
_BLANKLESS = frozenset({"CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR"})  # as characters' names begin
_OPENING = ("Ps", "Pi")  # brackets and quotation marks
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


def blankless_ends(text: str) -> list[int]:
    """Offsets into a text without blanks at which a word ends though none follows, as in Japanese, Chinese and Thai.

    Closing marks belong to the word before them, opening ones to the word after.
    """
    if not any(map(_is_blankless, text)):
        return []
    ends = itertools.accumulate(len(unit) for unit in WordBreaker(text, "und"))
    return [end for end in ends if end < len(text) and _parts(text[end - 1], text[end])]


def _parts(last: str, first: str) -> bool:
    """Whether a word may end between these two characters."""
    begins = first.isalnum() or unicodedata.category(first) in _OPENING
    ends = unicodedata.category(last) not in _OPENING
    return begins and ends and (_is_blankless(first) or not last.isascii())


def _is_blankless(character: str) -> bool:
    return unicodedata.name(character, "").partition(" ")[0] in _BLANKLESS
