"""Texts whose numbers count: a set text with other figures in it, at the same place."""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import msgspec

from renderer.format.animations import Counter, Course
from renderer.format.figures import THIN_SPACES, decimals, figure, numbers, value_of, written
from renderer.text.faces import Face
from renderer.text.layout import SHARE, Box, PlacedGlyph, TextLayout, ink_of

Align = Literal["left", "center", "right"]


class Sign(NamedTuple):
    """A character in the row of a word: its glyphs as they stand where its box begins at `left`."""

    glyphs: tuple[PlacedGlyph, ...]
    left: float
    width: float


def counted(layout: TextLayout, counter: Counter, time: float, course: Course, align: Align) -> TextLayout:
    """`layout` with each of its numbers on the way from the counter's start value to what is written.

    Figures stand in boxes as wide as the widest of them, so that nothing trembles. Only words with a number change:
    where that has fewer figures than what is written, the word lies in its place as `align` says.
    """
    way = counter.easing(time / (counter.duration * course.share))
    own = _by_letter(layout)
    glyphs: list[PlacedGlyph] = []
    for word in _words(layout):
        row = _row(layout, word, own, counter.start_value, way)
        if row:
            glyphs += _placed(row, [layout.letters[letter].box for letter in word], align)
        else:
            glyphs += (glyph for letter in word for glyph in own.get(letter, ()))
    return msgspec.structs.replace(layout, glyphs=tuple(glyphs), ink=ink_of(glyphs))


def _by_letter(layout: TextLayout) -> dict[int, tuple[PlacedGlyph, ...]]:
    found: dict[int, tuple[PlacedGlyph, ...]] = {}
    for glyph in layout.glyphs:
        found[glyph.letter] = (*found.get(glyph.letter, ()), glyph)
    return found


def _words(layout: TextLayout) -> Iterator[range]:
    """Letters without a blank but those that are part of a number."""
    first = 0
    for place, letter in enumerate(layout.letters):
        blank = letter.word is None and letter.text not in THIN_SPACES
        if blank or letter.line != layout.letters[first].line:
            yield range(first, place)
            first = place + blank
    yield range(first, len(layout.letters))


def _row(
    layout: TextLayout, word: range, own: dict[int, tuple[PlacedGlyph, ...]], start: float, way: float
) -> list[Sign]:
    """A word from left to right with other figures in its numbers; empty where it has no number that can count."""
    order = sorted(word, key=lambda letter: layout.letters[letter].box.x)
    texts = [layout.letters[letter].text for letter in order]
    signs: list[Sign] = []
    done = 0
    for match in numbers("".join(text if len(text) == 1 else " " for text in texts)):
        inside = [own.get(letter, ()) for letter in order[match.start() : match.end()]]
        if any(len(glyphs) != 1 for glyphs in inside):
            continue
        signs += (_as_it_is(layout, letter, own) for letter in order[done : match.start()])
        value = start + (value_of(match[0]) - start) * way
        signs += _figures(layout, [glyph for (glyph,) in inside], match[0], max(0.0, value))
        done = match.end()
    return signs + [_as_it_is(layout, letter, own) for letter in order[done:]] if done else []


def _as_it_is(layout: TextLayout, letter: int, own: dict[int, tuple[PlacedGlyph, ...]]) -> Sign:
    box = layout.letters[letter].box
    return Sign(own.get(letter, ()), box.x, box.width)


def _figures(layout: TextLayout, own: Sequence[PlacedGlyph], model: str, value: float) -> Iterator[Sign]:
    """The characters of `value`, written as `model` is, whose glyphs are `own`.

    A figure whose last turn is over has the width that it has in the model.
    """
    number = written(value, model)
    away = abs(value_of(model) - value) * 10 ** decimals(model)
    for place, character in enumerate(number, len(model) - len(number)):
        glyph = own[max(0, place)]
        advance = width = _advance(glyph.face, character) * glyph.size
        if character.isdecimal():
            width = max(_advance(glyph.face, figure(digit, character)) for digit in range(10)) * glyph.size
        if place >= 0:
            worth = 10 ** sum(mark.isdecimal() for mark in model[place + 1 :])
            settled = max(0.0, 1.0 - 2.0 * away / worth)
            width += (layout.letters[glyph.letter].box.width - width) * settled
        shown = msgspec.structs.replace(
            glyph, id=glyph.face.hb_font.get_nominal_glyph(ord(character)) or 0, x=(width - advance) / 2
        )
        yield Sign((shown,), 0.0, width)


def _advance(face: Face, character: str) -> float:
    glyph = face.hb_font.get_nominal_glyph(ord(character)) or 0
    return float(face.hb_font.get_glyph_h_advance(glyph) / face.upem)


def _placed(row: list[Sign], boxes: Sequence[Box], align: Align) -> Iterator[PlacedGlyph]:
    """The row in the place of the letters that have these boxes."""
    boxes = sorted(boxes, key=lambda box: box.x)
    spacing = boxes[1].x - boxes[0].x - boxes[0].width if len(boxes) > 1 else 0.0
    place = boxes[-1].x + boxes[-1].width - boxes[0].x
    width = sum(sign.width + spacing for sign in row) - spacing
    x = boxes[0].x + SHARE[align] * (place - width)
    for sign in row:
        for glyph in sign.glyphs:
            yield msgspec.structs.replace(glyph, x=glyph.x + x - sign.left)
        x += sign.width + spacing
