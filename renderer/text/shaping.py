"""From characters to glyphs: graphemes, a font for each, direction, script, HarfBuzz. Measures are in ems."""

import itertools
import re
from collections.abc import Sequence
from typing import Any

import uharfbuzz as hb
from icu4py.breakers import CharacterBreaker
from msgspec import Struct
from msgspec.structs import replace

from renderer.format.figures import figure, numbers
from renderer.text import bidi
from renderer.text.faces import IGNORABLE, NO_LANGUAGE, TABULAR, Face, Figures, buffer_of
from renderer.text.fonts import Fonts
from renderer.text.installed import Han
from renderer.text.opportunities import opportunities
from renderer.text.scripts import JOINED, script_of
from renderer.text.spans import Stretch

_FIGURES = re.compile(r"\d+")
_NO_LIGATURES = {"liga": False, "clig": False}


class Glyph(Struct, frozen=True):
    """`letter` counts graphemes of the paragraph; x and y move the glyph, the advance moves the pen.

    These and `scale`, its own size, count in font sizes of the block. `figures` are those it is one of, where they have
    the same width.
    """

    face: Face
    id: int
    letter: int
    scale: float
    advance: float
    x: float
    y: float
    figures: Figures | None = None


class _Item(Struct, frozen=True):
    """A stretch of graphemes that HarfBuzz shapes at once."""

    first: int
    end: int
    face: Face
    scale: float
    level: int
    script: str | None
    spaced: bool


class Paragraph:
    """Text without line ends, split into graphemes ("letters") and ready to be shaped line by line."""

    def __init__(
        self,
        stretches: Sequence[Stretch],
        fonts: Fonts,
        *,
        han: Han = "sc",
        tabular: bool = False,
    ) -> None:
        """With `tabular` all figures of a face have the same width."""
        self.text = text = "".join(stretch.text for stretch in stretches)
        self.letters = list(CharacterBreaker(text, NO_LANGUAGE))
        self.starts = [0, *itertools.accumulate(len(letter) for letter in self.letters)]
        ends = (0 if letter.isspace() else i + 1 for i, letter in enumerate(self.letters))
        self._filled = [0, *itertools.accumulate(ends, max)]  # where what is written before each letter ends
        owners = [stretch for stretch in stretches for _ in stretch.text]
        self.stretches = [owners[start] for start in self.starts[:-1]]
        self.missing: list[str] = []
        self._figures = [match.span() for match in _FIGURES.finditer(text)] if tabular else []
        own_scripts = [script_of(letter[0]) for letter in self.letters]
        anchors = _anchors(own_scripts)
        self._scripts = [own_scripts[anchor] for anchor in anchors]
        self._spacing = [
            (0.0, 0.0) if script in JOINED else stretch.spacing
            for script, stretch in zip(self._scripts, self.stretches, strict=True)
        ]
        self._spread = [[0.0, *itertools.accumulate(space[part] for space in self._spacing)] for part in (0, 1)]
        self._faces = self._choose_faces(anchors, fonts, han)
        self._levels = bidi.levels(text)
        self.leftwards = bidi.runs_leftwards(text)
        self._lines: dict[tuple[int, int], list[Glyph]] = {}
        self._letter_at = [i for i, letter in enumerate(self.letters) for _ in letter]
        letter_of_start = {start: i for i, start in enumerate(self.starts)}
        # Neither a grapheme nor, where it counts, a number is split: an opportunity inside one does not count.
        inside = {place for number in numbers(text) for place in range(number.start + 1, number.end)} if tabular else ()
        ends = (end for end in opportunities(text) if end not in inside)
        self.breaks = [letter_of_start[end] for end in ends if end in letter_of_start]
        self.offsets = self._measure()

    def tallest(self, first: int, end: int) -> float:
        """The largest size on the line of the letters [first, end), in font sizes of the block."""
        return max((stretch.scale for stretch in self.stretches[first:end]), default=1.0)

    def spread(self, first: int, end: int, size: float) -> float:
        """The pixels of space between the letters [first, end), none after the last, at this font size."""
        last = max(first, end - 1)
        pixels, ems = (sums[last] - sums[first] for sums in self._spread)
        return pixels + ems * size

    def trimmed(self, first: int, end: int) -> int:
        """The end of the line without the white space that hangs after it."""
        return max(first, self._filled[end])

    def shape(self, first: int, end: int) -> list[Glyph]:
        """The glyphs of the letters [first, end) as one line, from left to right."""
        if (first, end) not in self._lines:
            self._lines[first, end] = [g for item in self._items(first, end) for g in self._shape_item(item)]
        return self._lines[first, end]

    @property
    def unspaced(self) -> list[str]:
        """The scripts whose letters would be spaced if they were not joined."""
        wanted = (script for script, stretch in zip(self._scripts, self.stretches, strict=True) if any(stretch.spacing))
        return [JOINED[script] for script in dict.fromkeys(wanted) if script in JOINED]

    def _choose_faces(self, anchors: list[int], fonts: Fonts, han: Han) -> list[Face]:
        """A face for each letter; those without a script of their own stay with their anchor where they can."""
        chosen: dict[int, Face] = {}
        for i in sorted(range(len(anchors)), key=lambda i: anchors[i] != i):
            wanted = self.stretches[i].face
            face = fonts.for_cluster(self.letters[i], wanted, chosen.get(anchors[i]), han)
            if face is None:
                self.missing.append(self.letters[i])
            chosen[i] = face or wanted
        return [chosen[i] for i in range(len(anchors))]

    def _measure(self) -> list[float]:
        """Where each letter begins when the paragraph is one line, plus its end."""
        advances = [0.0] * len(self.letters)
        for glyph in self.shape(0, len(self.letters)):
            advances[glyph.letter] += glyph.advance
        advances = _share_ligatures(advances, self.letters)
        return [0.0, *itertools.accumulate(advances)]

    def _items(self, first: int, end: int) -> list[_Item]:
        levels = [self._levels[self.starts[i]] for i in range(first, end)]
        items: list[_Item] = []
        for start, stop, level in bidi.visual_order(levels):
            alike = itertools.groupby(
                range(first + start, first + stop),
                lambda i: (id(self._faces[i]), self.stretches[i].scale, self._scripts[i], self._spaced(i)),
            )
            run = []
            for _, group in alike:
                indices = list(group)
                head = indices[0]
                scale, script, spaced = self.stretches[head].scale, self._scripts[head], self._spaced(head)
                run.append(_Item(head, indices[-1] + 1, self._faces[head], scale, level, script, spaced))
            items += reversed(run) if level % 2 else run
        return items

    def _spaced(self, letter: int) -> bool:
        return any(self._spacing[letter])

    def _shape_item(self, item: _Item) -> list[Glyph]:
        start, end = self.starts[item.first], self.starts[item.end]
        buffer = buffer_of(self.text, start, end, item.script, leftwards=item.level % 2 == 1)
        hb.shape(item.face.hb_font, buffer, self._features(start, end, item.spaced))
        unit = item.scale / item.face.upem
        glyphs = [
            Glyph(
                item.face,
                info.codepoint,
                self._letter_at[info.cluster],
                item.scale,
                place.x_advance * unit,
                place.x_offset * unit,
                -place.y_offset * unit,
            )
            for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True)
        ]
        return [self._in_column(glyph) for glyph in glyphs] if self._figures else glyphs

    def _features(self, start: int, end: int, spaced: bool) -> dict[str, Any]:
        """For the characters [start, end). Only figures are tabular: some fonts have such hyphens and colons, too."""
        figures = [(first, last, True) for first, last in self._figures if first < end and last > start]
        return (_NO_LIGATURES if spaced else {}) | ({TABULAR: figures} if figures else {})

    def _in_column(self, glyph: Glyph) -> Glyph:
        """A figure in the middle of the width that all figures of its face have, whatever stands beside it."""
        letter = self.letters[glyph.letter]
        if len(letter) != 1 or not letter.isdecimal():
            return glyph
        figures = glyph.face.figures(figure(0, letter), self._scripts[glyph.letter])
        if figures is None or glyph.id not in figures.ids:
            return glyph
        width = figures.width * glyph.scale
        own = figures.advances[figures.ids.index(glyph.id)] * glyph.scale
        return replace(glyph, x=(width - own) / 2, advance=width, figures=figures)


def _share_ligatures(advances: list[float], letters: list[str]) -> list[float]:
    """A ligature's width is spread over its letters, so that each has a box of its own."""
    shared = list(advances)
    head = 0
    for i in range(1, len(shared) + 1):
        if i < len(shared) and advances[i] == 0 and advances[head] > 0 and letters[i] not in IGNORABLE:
            continue
        shared[head:i] = [advances[head] / (i - head)] * (i - head)
        head = i
    return shared


def _anchors(scripts: list[str | None]) -> list[int]:
    """For each letter the one whose script it goes with: digits and punctuation follow what stands before them."""
    anchor = next((i for i, script in enumerate(scripts) if script), 0)
    anchors = []
    for i, script in enumerate(scripts):
        anchor = i if script else anchor
        anchors.append(anchor)
    return anchors
