"""Text blocks: lines broken to a width, a size fitted to a box, every letter, word and line with its box."""

import re
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from renderer.format.figures import rooms
from renderer.text.faces import Face, Figures
from renderer.text.fonts import Fonts
from renderer.text.installed import han_of
from renderer.text.linebreak import SLACK, Broken, Measure, break_lines
from renderer.text.shaping import Glyph, Paragraph
from renderer.text.spans import Marked, Span, Stretch, Transform, marked, roomy, rows, text_of, transformed

FIT_STEPS = 12  # halvings of the size range: 500 px are narrowed to an eighth of a pixel

OVERSHOOT = 0.1  # ems by which ink may leave its box unnoticed

Align = Literal["start", "left", "center", "right", "end"]

# The share of the free space that lies before the text; where that runs leftwards, start and end change places.
_SHARE = {"top": 0.0, "middle": 0.5, "bottom": 1.0, "start": 0.0, "left": 0.0, "center": 0.5, "right": 1.0, "end": 1.0}
_LINE_END = re.compile("\r\n|[\n\r\v\f\x85\u2028\u2029]")


class TextStyle(Struct, frozen=True, kw_only=True):
    """How a block is set. Sizes are pixels; `width` and `height` are the box that the text has to keep to.

    `letter_spacing` is pixels plus ems; `line_height` is a multiple of the font size; `tabular` figures all have the
    same width. `starts` are values that numbers have room for in their places, chosen as `figures.chosen` does.
    """

    family: str = "Inter"
    weight: int = 400
    italic: bool = False
    size: float = 48.0
    line_height: float = 1.2
    letter_spacing: tuple[float, float] = (0.0, 0.0)
    align: Align = "start"
    vertical_align: Literal["top", "middle", "bottom"] = "top"
    transform: Transform = "none"
    tabular: bool = False
    starts: tuple[tuple[int | None, float], ...] = ()
    wrap: bool = True
    autofit: Literal["none", "shrink", "fill"] = "none"
    min_size: float = 8.0
    max_size: float = 400.0
    width: float | None = None
    height: float | None = None
    max_width: float | None = None
    """Where text without a `width` of its own wraps; `max_height` is what fitted text without a height keeps to."""
    max_height: float | None = None

    @property
    def room(self) -> tuple[float | None, float | None]:
        return (
            self.max_width if self.width is None else self.width,
            self.max_height if self.height is None else self.height,
        )


class Box(Struct, frozen=True):
    x: float
    y: float
    width: float
    height: float


class Letter(Struct, frozen=True):
    """One grapheme, its box as wide as its advance and as high as its line; `word` is None for a blank.

    `spans` are the indices of those that it belongs to. One of `room` is not written, it only keeps a place.
    """

    text: str
    line: int
    word: int | None
    box: Box
    spans: tuple[int, ...]
    room: bool = False


class Word(Struct, frozen=True):
    """Letters [first, end) of the layout, without white space."""

    text: str
    line: int
    first: int
    end: int
    box: Box


class Line(Struct, frozen=True):
    """`share` is that of the free space beside the line which lies before it.

    `after` is what stands between it and the next one: a line end, the blanks where it is broken, or nothing.
    """

    text: str
    baseline: float
    box: Box
    share: float
    after: str


class PlacedGlyph(Struct, frozen=True):
    """A glyph of `size` pixels with its origin on the baseline; `letter` is an index into the layout's letters.

    `figures` are those it is one of, in a text whose figures have the same width.
    """

    face: Face
    id: int
    letter: int
    x: float
    y: float
    size: float
    figures: Figures | None = None


Overflow = Literal["word", "width", "height"]
"""What does not fit: a word is cut as it is longer than a line, a line is wider or the block higher than its box."""


class TextLayout(Struct, frozen=True, kw_only=True):
    """A set block. The origin is the top left of its box; y points down; all lengths are pixels.

    `width` and `height` are the box (the style's, or what the text needs); `block` is where its lines are;
    `ink` is what the glyphs really cover, which may lie outside both.
    """

    size: float
    width: float
    height: float
    block: Box
    ink: Box
    lines: tuple[Line, ...]
    words: tuple[Word, ...]
    letters: tuple[Letter, ...]
    glyphs: tuple[PlacedGlyph, ...]
    missing: tuple[str, ...]
    unspaced: tuple[str, ...]
    """The scripts whose letters keep together although they were to be spaced."""
    overflow: tuple[Overflow, ...]


def lay_out(text: str, style: TextStyle, fonts: Fonts, spans: Sequence[Span] = ()) -> TextLayout:
    face = fonts.find(style.family, style.weight, style.italic)
    stretches = transformed(marked(text, spans), style.transform)
    if style.starts:
        stretches = roomy(stretches, rooms(text_of(stretches), style.starts))
    paragraphs = [
        Paragraph(
            [_stretch(part, style, spans, fonts) for part in row],
            fonts,
            han=han_of(text),
            tabular=style.tabular,
        )
        for row in rows(stretches, _LINE_END)
    ]
    size = _fitted_size(paragraphs, style)
    measure = _measure(style, size)
    lines, cut = break_lines(paragraphs, measure)
    missing = dict.fromkeys(letter for paragraph in paragraphs for letter in paragraph.missing)
    unspaced = dict.fromkeys(script for paragraph in paragraphs for script in paragraph.unspaced)
    return _Setter(style, face, measure, lines).layout(tuple(missing), tuple(unspaced), cut)


def _stretch(part: Marked, style: TextStyle, spans: Sequence[Span], fonts: Fonts) -> Stretch:
    family, weight, italic, scale = style.family, style.weight, style.italic, 1.0
    spacing: tuple[float, float] | None = None
    for span in (spans[index] for index in part.spans):
        family = family if span.family is None else span.family
        weight = weight if span.weight is None else span.weight
        italic = italic if span.italic is None else span.italic
        scale = scale if span.scale is None else span.scale
        spacing = spacing if span.spacing is None else span.spacing
    spread = style.letter_spacing if spacing is None else (spacing[0], spacing[1] * scale)
    return Stretch(part.text, fonts.find(family, weight, italic), scale, spread, part.spans, part.room)


def _measure(style: TextStyle, size: float) -> Measure:
    return Measure(size, style.room[0] if style.wrap else None)


def _fitted_size(paragraphs: list[Paragraph], style: TextStyle) -> float:
    if style.autofit == "none":
        return style.size
    largest = style.size if style.autofit == "shrink" else max(style.max_size, style.min_size)
    smallest = min(style.min_size, largest)
    if _fits(paragraphs, style, largest):
        return largest
    for _ in range(FIT_STEPS):
        middle = (smallest + largest) / 2
        if _fits(paragraphs, style, middle):
            smallest = middle
        else:
            largest = middle
    return smallest


def _fits(paragraphs: list[Paragraph], style: TextStyle, size: float) -> bool:
    """Whether the lines lie in the box without a cut word."""
    measure = _measure(style, size)
    lines, cut = break_lines(paragraphs, measure)
    width, height = style.room
    if cut or (height is not None and sum(map(_tallest, lines)) * style.line_height * size > height + SLACK):
        return False
    return width is None or all(measure.width(line) <= width + SLACK for line in lines)


def _overflow(style: TextStyle, size: float, block: Box, ink: Box, cut: bool) -> tuple[Overflow, ...]:
    """Lines may be higher than their box as long as what they paint stays in it, but for accents and the like."""
    width, height = (style.width, style.height) if style.autofit == "none" else style.room
    spare = OVERSHOOT * size
    wide = width is not None and block.width > width + SLACK
    high = height is not None and block.height > height + SLACK
    outside = height is not None and (ink.y < -spare or ink.y + ink.height > height + spare)
    faults: dict[Overflow, bool] = {"word": cut, "width": wide, "height": high and outside}
    return tuple(fault for fault, found in faults.items() if found)


def _tallest(line: Broken) -> float:
    return line.paragraph.tallest(line.first, line.end)


class _Setter:
    """Collects the boxes and glyphs of one layout, line by line."""

    def __init__(self, style: TextStyle, face: Face, measure: Measure, lines: list[Broken]) -> None:
        self.style = style
        self.size = size = measure.size
        self.broken = lines
        self.pitch = style.line_height * size
        self.drop = (self.pitch - (face.ascent + face.descent) * size) / 2 + face.ascent * size
        self.widths = [measure.width(line) for line in lines]
        self.lines: list[Line] = []
        self.words: list[Word] = []
        self.letters: list[Letter] = []
        self.glyphs: list[PlacedGlyph] = []

    def layout(self, missing: tuple[str, ...], unspaced: tuple[str, ...], cut: bool) -> TextLayout:
        style = self.style
        pitches = [_tallest(line) * self.pitch for line in self.broken]
        height = sum(pitches)
        box_width = max(self.widths) if style.width is None else style.width
        box_height = height if style.height is None else style.height
        top = _SHARE[style.vertical_align] * (box_height - height)
        below = top
        for place, (width, pitch) in enumerate(zip(self.widths, pitches, strict=True)):
            left = self._share(place) * (box_width - width)
            self._set_line(place, Box(left, below, width, pitch))
            below += pitch
        left = min(line.box.x for line in self.lines)
        block, ink = Box(left, top, max(self.widths), height), ink_of(self.glyphs)
        return TextLayout(
            size=self.size,
            width=box_width,
            height=box_height,
            block=block,
            ink=ink,
            lines=tuple(self.lines),
            words=tuple(self.words),
            letters=tuple(self.letters),
            glyphs=tuple(self.glyphs),
            missing=missing,
            unspaced=unspaced,
            overflow=_overflow(style, self.size, block, ink, cut),
        )

    def _set_line(self, place: int, box: Box) -> None:
        line = self.broken[place]
        baseline = box.y + self.drop * _tallest(line)
        glyphs = line.paragraph.shape(line.first, line.end)
        spans = self._place(line, glyphs, box.x, baseline)
        texts = line.paragraph.letters[line.first : line.end]
        boxes = _letter_boxes(texts, line.first, spans, box)
        self._add_words(texts, boxes, line.paragraph.stretches[line.first : line.end])
        self.lines.append(Line("".join(texts), baseline, box, self._share(place), self._after(place)))

    def _share(self, place: int) -> float:
        share = _SHARE[self.style.align]
        turned = self.style.align in ("start", "end") and self.broken[place].paragraph.leftwards
        return 1.0 - share if turned else share

    def _after(self, place: int) -> str:
        line, *others = self.broken[place : place + 2]
        if not others or others[0].paragraph is not line.paragraph:
            return "\n"
        return "".join(line.paragraph.letters[line.end : others[0].first])

    def _place(self, line: Broken, glyphs: list[Glyph], x: float, baseline: float) -> dict[int, tuple[float, float]]:
        """Adds the glyphs and returns from where to where each letter's own glyphs advance the pen."""
        shift = len(self.letters) - line.first
        spans: dict[int, tuple[float, float]] = {}
        for i, glyph in enumerate(glyphs):
            if i and glyph.letter != glyphs[i - 1].letter:
                earlier = min(glyph.letter, glyphs[i - 1].letter)  # of the two, in the order of reading
                x += line.paragraph.spread(earlier, earlier + 2, self.size)
            gx, gy = x + glyph.x * self.size, baseline + glyph.y * self.size
            letter, size = glyph.letter + shift, glyph.scale * self.size
            self.glyphs.append(PlacedGlyph(glyph.face, glyph.id, letter, gx, gy, size, glyph.figures))
            begin = spans.get(glyph.letter, (x, x))[0]
            x += glyph.advance * self.size
            spans[glyph.letter] = (begin, x)
        return spans

    def _add_words(self, texts: list[str], boxes: list[Box], stretches: list[Stretch]) -> None:
        base, line = len(self.letters), len(self.lines)
        first: int | None = None
        for i, text in enumerate([*texts, " "]):
            if not text.isspace():
                first = i if first is None else first
            elif first is not None:
                inside = _union(boxes[first:i])
                self.words.append(Word("".join(texts[first:i]), line, base + first, base + i, inside))
                first = None
            if i < len(texts):
                word = len(self.words) if not text.isspace() else None
                self.letters.append(Letter(text, line, word, boxes[i], stretches[i].spans, stretches[i].room))


def _letter_boxes(texts: list[str], first: int, spans: dict[int, tuple[float, float]], line: Box) -> list[Box]:
    """One box a letter; letters that one ligature draws share its width."""
    boxes = []
    i = 0
    while i < len(texts):
        begin, end = spans.get(first + i, (line.x, line.x))
        count = 1
        while i + count < len(texts) and first + i + count not in spans:
            count += 1
        step = (end - begin) / count
        boxes += [Box(begin + k * step, line.y, step, line.height) for k in range(count)]
        i += count
    return boxes


def _union(boxes: list[Box]) -> Box:
    left = min(box.x for box in boxes)
    top = min(box.y for box in boxes)
    right = max(box.x + box.width for box in boxes)
    return Box(left, top, right - left, max(box.y + box.height for box in boxes) - top)


def ink_of(glyphs: Sequence[PlacedGlyph]) -> Box:
    """What glyphs cover; without area where they are blank."""
    boxes = []
    for glyph in glyphs:
        left, top, right, bottom = glyph.face.ink(glyph.id)
        size = glyph.size
        if right > left and bottom > top:
            boxes.append(Box(glyph.x + left * size, glyph.y + top * size, (right - left) * size, (bottom - top) * size))
    return _union(boxes) if boxes else Box(0.0, 0.0, 0.0, 0.0)
