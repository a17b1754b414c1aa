"""Where lines end: greedy filling at the break opportunities of UAX #14, words cut only when they must be."""

from msgspec import Struct

from renderer.text.shaping import Paragraph

SLACK = 0.01  # pixels a line may exceed its width, for rounding


class Broken(Struct, frozen=True):
    """Letters [first, end) of a paragraph, without the white space that hangs after them, make a line."""

    paragraph: Paragraph
    first: int
    end: int


class Measure(Struct, frozen=True):
    """What turns ems into a line's width: the font size. And the width to keep to."""

    size: float
    limit: float | None

    def width(self, line: Broken) -> float:
        ems = sum(glyph.advance for glyph in line.paragraph.shape(line.first, line.end))
        return ems * self.size + line.paragraph.spread(line.first, line.end, self.size)

    def holds(self, paragraph: Paragraph, first: int, end: int) -> bool:
        if self.limit is None:
            return True
        end = paragraph.trimmed(first, end)
        ems = paragraph.offsets[end] - paragraph.offsets[first]
        return ems * self.size + paragraph.spread(first, end, self.size) <= self.limit + SLACK


def break_lines(paragraphs: list[Paragraph], measure: Measure) -> tuple[list[Broken], bool]:
    """The lines of all paragraphs, and whether a word had to be cut because it is longer than a line."""
    lines: list[Broken] = []
    any_cut = False
    for paragraph in paragraphs:
        ends, cut = _line_ends(paragraph, measure)
        starts = [0, *ends[:-1]]
        lines += [Broken(paragraph, a, paragraph.trimmed(a, b)) for a, b in zip(starts, ends, strict=True)]
        any_cut |= cut
    return lines, any_cut


def _line_ends(paragraph: Paragraph, measure: Measure) -> tuple[list[int], bool]:
    """Each line takes as many units as it holds; a unit longer than a line is cut between letters."""
    ends: list[int] = []
    cut = False
    start = end = 0
    for unit_end in paragraph.breaks:
        if not measure.holds(paragraph, start, unit_end):
            if end > start:
                ends.append(end)
                start = end
            pieces = _pieces(paragraph, start, unit_end, measure)
            ends += pieces
            start = pieces[-1] if pieces else start
            cut |= bool(pieces)
        end = unit_end
    return [*ends, len(paragraph.letters)], cut


def _pieces(paragraph: Paragraph, start: int, end: int, measure: Measure) -> list[int]:
    """The ends of the full lines that a unit longer than a line makes; at least one letter goes on each."""
    ends: list[int] = []
    while end - start > 1 and not measure.holds(paragraph, start, end):
        cut = start + 1
        while measure.holds(paragraph, start, cut + 1):
            cut += 1
        ends.append(cut)
        start = cut
    return ends
