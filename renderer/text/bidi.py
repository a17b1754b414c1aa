"""Which way text runs: the Unicode bidirectional algorithm (UAX #9), whose names its rules have here.

A paragraph takes its direction from its first strong character (P2, P3).
"""

import itertools
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

_DEEPEST = 125
_MOST_BRACKETS = 63
_STRONG = {"L": "L", "R": "R", "AL": "R"}
_NUMBERS = ("EN", "AN")
_WEAK_LEFTOVERS = ("ES", "ET", "CS")
_ISOLATES = ("LRI", "RLI", "FSI")
_RIGHTWARDS = {"LRE": 0, "RLE": 1, "LRO": 0, "RLO": 1, "LRI": 0, "RLI": 1}
_OVERRIDES = {"LRO": "L", "RLO": "R"}
_EMBEDDINGS = ("LRE", "RLE", "LRO", "RLO")
_REMOVED = frozenset({*_EMBEDDINGS, "PDF", "BN"})  # X9: they change nothing beyond what they open and close
_NEUTRAL = frozenset({"B", "S", "WS", "ON", *_ISOLATES, "PDI"})
_TRAILING = frozenset({"WS", *_ISOLATES, "PDI", *_REMOVED})
_TURNING = frozenset({"R", "AL", "AN", "RLE", "RLO", "RLI"})

# Bidi_Paired_Bracket (BidiBrackets.txt): each opening bracket and the one that closes it.
_PAIRS = (
    "()[]{}༺༻༼༽᚛᚜⁅⁆⁽⁾₍₎⌈⌉⌊⌋❨❩❪❫❬❭❮❯❰❱❲❳❴❵⟅⟆⟦⟧⟨⟩⟪⟫⟬⟭⟮⟯⦃⦄⦅⦆⦇⦈⦉⦊⦋⦌⦍⦐⦏⦎⦑⦒⦓⦔⦕⦖⦗⦘⧘⧙⧚⧛⧼⧽"
    "⸢⸣⸤⸥⸦⸧⸨⸩⹕⹖⹗⹘⹙⹚⹛⹜〈〉《》「」『』【】〔〕〖〗〘〙〚〛﹙﹚﹛﹜﹝﹞（）［］｛｝｟｠｢｣"
)
_CLOSING = dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True))
_CLOSERS = frozenset(_PAIRS[1::2])


def levels(paragraph: str) -> list[int]:
    """The embedding level of every character: even runs left to right, odd right to left."""
    types = [unicodedata.bidirectional(c) or "L" for c in paragraph]
    if _TURNING.isdisjoint(types):
        return [0] * len(types)
    closers = _matching(types)
    base = _first_strong(types, closers, range(len(types)))
    found = _explicit(types, closers, base)
    kinds = [override or kind for kind, override in zip(types, found.overrides, strict=True)]
    kept = [i for i, kind in enumerate(types) if kind not in _REMOVED]
    for sequence in _sequences(kept, types, closers, tuple(found.levels)):
        _resolve(sequence, paragraph, kinds, found.levels, base)
    _reset_blanks(types, found.levels, base)
    return found.levels


def runs_leftwards(paragraph: str) -> bool:
    types = [unicodedata.bidirectional(c) or "L" for c in paragraph]
    return not _TURNING.isdisjoint(types) and _first_strong(types, _matching(types), range(len(types))) == 1


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


def _matching(types: Sequence[str]) -> dict[int, int]:
    """BD9: where each isolate that is closed has its PDI."""
    closers: dict[int, int] = {}
    opened: list[int] = []
    for i, kind in enumerate(types):
        if kind in _ISOLATES:
            opened.append(i)
        elif kind == "PDI" and opened:
            closers[opened.pop()] = i
        elif kind == "B":
            opened.clear()
    return closers


def _first_strong(types: Sequence[str], closers: Mapping[int, int], where: range) -> int:
    """P2, P3: 1 where the first strong character outside isolates is one of right-to-left text."""
    i = where.start
    while i < where.stop:
        if types[i] in _STRONG:
            return int(types[i] != "L")
        i = closers.get(i, where.stop) + 1 if types[i] in _ISOLATES else i + 1
    return 0


class _Embedding(Struct, frozen=True):
    level: int
    override: str | None
    isolate: bool


class _Explicit:
    """X1 to X8: the levels that embeddings, overrides and isolates give, and what overrides make of each character."""

    def __init__(self, base: int) -> None:
        self.levels: list[int] = []
        self.overrides: list[str | None] = []
        self._base = base
        self._close_all()

    def take(self, kind: str, rightwards: int) -> None:
        """The next character; an embedding or isolate runs `rightwards` (1: right to left)."""
        if kind == "B":
            self._close_all()
        elif kind == "PDI":
            self._close_isolate()
        level = self._stack[-1].level
        self.levels.append(level)
        self.overrides.append(None if kind in _REMOVED else self._stack[-1].override)
        if kind in _EMBEDDINGS or kind in _ISOLATES:
            self._open(kind, level + 1 + (level + 1 + rightwards) % 2)
        elif kind == "PDF":
            self._close_embedding()

    def _close_all(self) -> None:
        self._stack = [_Embedding(self._base, None, False)]
        self._isolates = self._isolates_too_deep = self._embeddings_too_deep = 0

    def _open(self, kind: str, level: int) -> None:
        isolate = kind in _ISOLATES
        if level <= _DEEPEST and not self._isolates_too_deep and not self._embeddings_too_deep:
            self._stack.append(_Embedding(level, _OVERRIDES.get(kind), isolate))
            self._isolates += isolate
        elif isolate:
            self._isolates_too_deep += 1
        elif not self._isolates_too_deep:
            self._embeddings_too_deep += 1

    def _close_isolate(self) -> None:
        if self._isolates_too_deep:
            self._isolates_too_deep -= 1
        elif self._isolates:
            self._embeddings_too_deep = 0
            while not self._stack.pop().isolate:
                pass
            self._isolates -= 1

    def _close_embedding(self) -> None:
        if self._isolates_too_deep:
            return
        if self._embeddings_too_deep:
            self._embeddings_too_deep -= 1
        elif len(self._stack) > 1 and not self._stack[-1].isolate:
            self._stack.pop()


def _explicit(types: Sequence[str], closers: Mapping[int, int], base: int) -> _Explicit:
    state = _Explicit(base)
    for i, kind in enumerate(types):
        inside = range(i + 1, closers.get(i, len(types)))
        rightwards = _first_strong(types, closers, inside) if kind == "FSI" else _RIGHTWARDS.get(kind, 0)
        state.take(kind, rightwards)
    return state


class _Sequence(Struct, frozen=True):
    """An isolating run sequence (BD13), with the levels of what stands before and after it."""

    indices: list[int]
    before: int | None
    after: int | None


def _sequences(
    kept: list[int], types: Sequence[str], closers: Mapping[int, int], found: Sequence[int]
) -> Iterable[_Sequence]:
    """X10: runs of one level, joined over the isolates that lie between them. None is the paragraph's edge."""
    runs = [list(group) for _, group in itertools.groupby(kept, key=found.__getitem__)]
    levels_before = [None, *(found[run[-1]] for run in runs)]
    by_start = {run[0]: run for run in runs}
    level_after = dict(itertools.pairwise(kept))
    closing = set(closers.values())
    for run, before in zip(runs, levels_before, strict=False):
        if run[0] in closing:
            continue
        indices = list(run)
        while (closer := closers.get(indices[-1])) is not None:
            indices += by_start[closer]
        following = None if types[indices[-1]] in _ISOLATES else level_after.get(indices[-1])
        yield _Sequence(indices, before, None if following is None else found[following])


def _resolve(sequence: _Sequence, paragraph: str, kinds: Sequence[str], found: list[int], base: int) -> None:
    """W1 to I2 for one sequence, whose levels it changes."""
    level = found[sequence.indices[0]]
    start, end = (
        "R" if max(level, base if edge is None else edge) % 2 else "L" for edge in (sequence.before, sequence.after)
    )
    types = [kinds[i] for i in sequence.indices]
    marks = [kind == "NSM" for kind in types]
    _resolve_marks_and_numbers(types, start)
    _resolve_separators(types)
    _resolve_european_numbers(types, start)
    direction = "R" if level % 2 else "L"
    _resolve_brackets([paragraph[i] for i in sequence.indices], types, marks, start, direction)
    _resolve_neutrals(types, start, end, direction)
    for i, kind in zip(sequence.indices, types, strict=True):
        found[i] += _steps_up(kind, direction)


def _resolve_marks_and_numbers(types: list[str], start: str) -> None:
    """W1, W2, W3: marks take the type before them, digits after Arabic letters are Arabic numbers."""
    strong = previous = start
    for i, kind in enumerate(types):
        if kind == "NSM":
            types[i] = kind = "ON" if previous in _ISOLATES or previous == "PDI" else previous
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


def _resolve_brackets(
    characters: Sequence[str], types: list[str], marks: Sequence[bool], start: str, direction: str
) -> None:
    """N0: a pair takes the sequence's direction if that is inside it, else the one that is inside and before it."""
    for opening, closing in _bracket_pairs(characters, types):
        inside = {_as_strong(kind) for kind in types[opening + 1 : closing]} & {"L", "R"}
        if not inside:
            continue
        before = next((s for kind in reversed(types[:opening]) if (s := _as_strong(kind)) in ("L", "R")), start)
        chosen = direction if direction in inside else before
        for place in (opening, closing):
            types[place] = chosen
            following = itertools.takewhile(marks.__getitem__, range(place + 1, len(marks)))
            for mark in following:
                types[mark] = chosen


def _bracket_pairs(characters: Sequence[str], types: Sequence[str]) -> list[tuple[int, int]]:
    """BD16: the places of brackets that belong together, in the order in which they open."""
    pairs: list[tuple[int, int]] = []
    opened: list[tuple[str, int]] = []
    for i, (character, kind) in enumerate(zip(characters, types, strict=True)):
        bracket = unicodedata.normalize("NFC", character)
        if kind != "ON":
            continue
        if bracket in _CLOSING:
            if len(opened) == _MOST_BRACKETS:
                return []
            opened.append((_CLOSING[bracket], i))
        elif bracket in _CLOSERS:
            depth = next((d for d in reversed(range(len(opened))) if opened[d][0] == bracket), None)
            if depth is not None:
                pairs.append((opened[depth][1], i))
                del opened[depth:]
    return sorted(pairs)


def _as_strong(kind: str) -> str:
    return "R" if kind in _NUMBERS else kind


def _resolve_neutrals(types: list[str], start: str, end: str, direction: str) -> None:
    """N1, N2: neutrals between two of one direction take it, others the sequence's."""
    for neutral, group in itertools.groupby(range(len(types)), key=lambda i: types[i] in _NEUTRAL):
        if not neutral:
            continue
        indices = list(group)
        first, last = indices[0], indices[-1]
        before = _as_strong(types[first - 1]) if first else start
        after = _as_strong(types[last + 1]) if last + 1 < len(types) else end
        types[first : last + 1] = [before if before == after else direction] * len(indices)


def _steps_up(kind: str, direction: str) -> int:
    """I1, I2: how far above its sequence's level a character runs."""
    if direction == "L":
        return {"L": 0, "R": 1}.get(kind, 2)
    return 0 if kind == "R" else 1


def _reset_blanks(types: Sequence[str], found: list[int], base: int) -> None:
    """L1: separators, and blanks before them and at the end, run as the paragraph. What X9 removed follows on."""
    trailing = True
    for i in reversed(range(len(types))):
        trailing = types[i] in ("B", "S") or (trailing and types[i] in _TRAILING)
        if trailing:
            found[i] = base
    for i, kind in enumerate(types):
        if kind in _REMOVED:
            found[i] = found[i - 1] if i else base
