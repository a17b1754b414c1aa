"""JSON text into plain values; of what is no JSON its line, its column, what stands there and what is wrong."""

import codecs
import json
import math
import re
from collections import Counter
from itertools import chain

import msgspec

_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_NEAR = 30  # characters of what stands at the fault

_NO_NAN = "JSON has no NaN and no Infinity; write a number or null"
# What stands there, and what is said of it; the first that fits.
_HINTS = (
    (re.compile(r"-?(NaN|nan|Infinity|inf)"), _NO_NAN),
    (re.compile(r"['‘’“”]"), 'names and texts stand in straight double quotes, "…"'),
    (re.compile(r"//|/\*|#"), "JSON has no comments"),
    (re.compile(r"True|False|None|undefined"), "JSON writes true, false and null"),
)
# How the messages of Python's reader begin, and what they mean to who does not know it.
_REASONS = (
    ("Expecting value", "a value is expected"),
    ("Expecting property name", 'a name in double quotes, "…", is expected'),
    ("Expecting ','", "a comma or a closing bracket is expected"),
    ("Expecting ':'", "a colon is expected"),
    ("Extra data", "the JSON is over before this"),
    ("Unterminated string", "this text has no closing quotation mark"),
    ("Invalid control character", r"a line break in a text is written \n, a tab \t"),
    ("Invalid", r"this is no escape of JSON; a backslash is written \\"),
)
# What Python reads and JSON, or a computer, has not; texts are passed over.
_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|(?P<constant>-?(?:NaN|Infinity))|(?P<number>-?\d[\d.eE+-]*)')


class NotJson(ValueError):
    """Its sentence says where and why, without a full stop."""


def read_json(text: str | bytes) -> object:
    """A byte order mark is passed over. Raises NotJson, and RecursionError for what is nested too deep."""
    text = without_mark(text)
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeError):
        pass
    raise NotJson(_fault(_decoded(text)))


def repeated_name(text: str | bytes) -> str | None:
    """A name that an object of this JSON has twice, of which readers pass over one without a word."""
    found: list[str] = []

    def looked_at(pairs: list[tuple[str, object]]) -> None:
        times = Counter(name for name, _ in pairs)
        if not found and len(times) < len(pairs):
            found.append(times.most_common(1)[0][0])

    json.loads(_decoded(without_mark(text)), object_pairs_hook=looked_at, parse_int=float)
    return found[0] if found else None


def without_mark(text: str | bytes) -> str | bytes:
    return text.removeprefix(codecs.BOM_UTF8) if isinstance(text, bytes) else text.removeprefix("\ufeff")


def _decoded(text: str | bytes) -> str:
    if isinstance(text, str):
        return text
    if text.startswith(_BOMS):
        raise NotJson("it is UTF-16; save it as UTF-8")
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        before = text[: error.start].decode()
        raise NotJson(f"{_place(before, len(before))}: this is not UTF-8, in which JSON is written") from None


def _fault(text: str) -> str:
    if not text.strip():
        return "it is empty"
    try:
        json.loads(text, parse_int=float)  # an int of thousands of digits would be another error
    except json.JSONDecodeError as error:
        return _told(text, error)
    faults = ((word.start(), fault) for word in _WORD.finditer(text) if (fault := _word_fault(word)))
    at, fault = next(faults, (0, ""))
    return f"{_place(text, at)}: {fault}" if fault else "a text in it has half of a surrogate pair"


def _word_fault(word: re.Match[str]) -> str | None:
    if word["constant"]:
        return _NO_NAN
    if word["number"] and math.isinf(float(word["number"])):
        return f"{word['number'][:_NEAR]} is too large a number"
    return None


def _told(text: str, error: json.JSONDecodeError) -> str:
    place = _place(text, error.pos)
    near = text[error.pos :]
    if not near.strip():
        return f"{place}: it ends here, before everything that was opened is closed"
    reason = _reason(text[: error.pos], near, error.msg)
    line = "".join(letter if letter.isprintable() else "?" for letter in near.splitlines()[0][:_NEAR])
    return f"{place}: {reason}; there stands {line}" if line else f"{place}: {reason}"


def _reason(before: str, near: str, message: str) -> str:
    if near[0] in ",}]" and (before + near[0]).rstrip("}] \t\r\n").endswith(","):
        return "there is a comma too many"
    hints = (hint for pattern, hint in _HINTS if pattern.match(near))
    reasons = (ours for theirs, ours in _REASONS if message.startswith(theirs))
    return next(chain(hints, reasons), "this is not JSON")


def _place(text: str, position: int) -> str:
    """Both counted from 1, as editors do."""
    line = text.count("\n", 0, position) + 1
    return f"line {line}, column {position - text.rfind(chr(10), 0, position)}"
