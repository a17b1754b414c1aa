"""Which way text runs: the implicit rules of the Unicode bidirectional algorithm.

That is W1–W7, N1–N2, I1–I2 and L2 of UAX #9; explicit embeddings and isolates count as neutral characters.
"""

import itertools
import unicodedata

_STRONG = {"L": "L", "R": "R", "AL": "R"}
_NUMBERS = ("EN", "AN")
_WEAK_LEFTOVERS = ("ES", "ET", "CS")
_NEUTRAL = frozenset({"B", "S", "WS", "ON", "LRE", "LRO", "RLE", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


def levels(paragraph: str) -> list[int]:
    """The embedding level of every character: even runs left to right, odd right to left."""
    types = [unicodedata.bidirectional(c) or "L" for c in paragraph]
    if not any(t in ("R", "AL", "AN") for t in types):
        return [0] * len(types)
    base = next((int(t != "L") for t in types if t in _STRONG), 0)
    start = "R" if base else "L"
    _resolve_marks_and_numbers(types, start)
    _resolve_separators(types)
    _resolve_european_numbers(types, start)
    _resolve_neutrals(types, start)
    return [_level(t, base) for t in types]


def visual_order(line_levels: list[int]) -> list[tuple[int, int, int]]:
    """Runs (first, end, level) of equal level, from left to right as they are drawn (L2)."""
    runs = []
    for level, group in itertools.groupby(range(len(line_levels)), key=line_levels.__getitem__):
        indices = list(group)
        runs.append((indices[0], indices[-1] + 1, level))
    highest = max(line_levels, default=0)
    lowest_odd = min((level for level in line_levels if level % 2), default=highest + 1)
    for level in range(highest, lowest_odd - 1, -1):
        runs = _reversed_stretches(runs, level)
    return runs


def _reversed_stretches(runs: list[tuple[int, int, int]], level: int) -> list[tuple[int, int, int]]:
    turned: list[tuple[int, int, int]] = []
    for inside, group in itertools.groupby(runs, key=lambda run: run[2] >= level):
        stretch = list(group)
        turned += stretch[::-1] if inside else stretch
    return turned


def _resolve_marks_and_numbers(types: list[str], start: str) -> None:
    """W1, W2, W3: marks take the type before them, digits after Arabic letters are Arabic numbers."""
    strong = previous = start
    for i, kind in enumerate(types):
        if kind in ("NSM", "BN"):
            types[i] = kind = previous
        if kind in _STRONG:
            strong = kind
        elif kind == "EN" and strong == "AL":
            types[i] = "AN"
        previous = types[i]
    types[:] = ["R" if t == "AL" else t for t in types]


def _resolve_separators(types: list[str]) -> None:
    """W4, W5, W6: a separator inside a number, and signs beside it, belong to the number."""
    for i in range(1, len(types) - 1):
        before, kind, after = types[i - 1 : i + 2]
        same = before == after
        if same and ((kind == "ES" and before == "EN") or (kind == "CS" and before in _NUMBERS)):
            types[i] = before
    for kind, group in itertools.groupby(range(len(types)), key=lambda i: types[i]):
        indices = list(group)
        around = types[max(0, indices[0] - 1) : indices[0]] + types[indices[-1] + 1 : indices[-1] + 2]
        if kind == "ET" and "EN" in around:
            types[indices[0] : indices[-1] + 1] = ["EN"] * len(indices)
    types[:] = ["ON" if t in _WEAK_LEFTOVERS else t for t in types]


def _resolve_european_numbers(types: list[str], start: str) -> None:
    """W7: European digits in left-to-right text are left to right."""
    strong = start
    for i, kind in enumerate(types):
        if kind in ("L", "R"):
            strong = kind
        elif kind == "EN" and strong == "L":
            types[i] = "L"


def _resolve_neutrals(types: list[str], start: str) -> None:
    """N1, N2: neutrals between two of one direction take it, others the paragraph's."""
    for neutral, group in itertools.groupby(range(len(types)), key=lambda i: types[i] in _NEUTRAL):
        if not neutral:
            continue
        indices = list(group)
        first, last = indices[0], indices[-1]
        before = "R" if first and types[first - 1] in _NUMBERS else types[first - 1] if first else start
        after = types[last + 1] if last + 1 < len(types) else start
        after = "R" if after in _NUMBERS else after
        types[first : last + 1] = [before if before == after else start] * len(indices)


def _level(kind: str, base: int) -> int:
    if base:
        return 1 if kind == "R" else 2
    return {"L": 0, "R": 1}.get(kind, 2)
