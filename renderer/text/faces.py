"""Typefaces: a font file opened for Skia and HarfBuzz, at a weight where the font is variable."""

import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import skia
import uharfbuzz as hb

from renderer.errors import MediaError

# tan(12°): the slant a family without italics gets, close to what browsers draw.
OBLIQUE_SKEW = -0.2126

TABULAR = "tnum"  # the OpenType feature that gives all figures the same width
NO_LANGUAGE = "und"  # or else the machine's own, whose rules and forms of letters may differ


def _all_of(*ranges: tuple[int, int]) -> frozenset[str]:
    return frozenset(chr(code) for first, last in ranges for code in range(first, last + 1))


# Joiners, variation selectors, marks of direction (what Unicode calls default ignorable) and white space need no
# glyph of their own.
IGNORABLE = frozenset("\u00ad\u034f\u061c\u17b4\u17b5\u3164\ufeff\uffa0\u2028\u2029\t\n\r") | _all_of(
    (0x115F, 0x1160),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0xFE00, 0xFE0F),
    (0xE0000, 0xE0FFF),
)


class Figures(NamedTuple):
    """The glyphs of the figures 0 to 9 and their advances, and the `width` of the widest; in ems."""

    ids: tuple[int, ...]
    advances: tuple[float, ...]
    width: float


class Face:
    """One typeface opened for Skia (outlines) and HarfBuzz (shaping). Measures are in ems, y downwards."""

    def __init__(self, typeface: skia.Typeface, hb_font: hb.Font, oblique: bool) -> None:
        self.typeface = typeface
        self.hb_font = hb_font
        self.oblique = oblique
        self.family: str = typeface.getFamilyName()
        self.weight: int = typeface.fontStyle().weight()
        self.italic: bool = typeface.fontStyle().slant() != skia.FontStyle.kUpright_Slant
        self.upem: int = hb_font.face.upem
        face = hb_font.face
        self.in_colour: bool = face.has_color_png or face.has_color_paint or face.has_color_layers
        extents = hb_font.get_font_extents("ltr")
        self.ascent = extents.ascender / self.upem
        self.descent = -extents.descender / self.upem
        self.underline = self._rule(hb.OTMetricsTag.UNDERLINE_OFFSET, hb.OTMetricsTag.UNDERLINE_SIZE)
        self.strikeout = self._rule(hb.OTMetricsTag.STRIKEOUT_OFFSET, hb.OTMetricsTag.STRIKEOUT_SIZE)
        self._outlines: dict[int, skia.Path | None] = {}
        self._inks: dict[int, tuple[float, float, float, float]] = {}
        self._figures: dict[tuple[str, str | None], Figures | None] = {}
        self._pen = self.at_size(float(self.upem))

    def _rule(self, offset: hb.OTMetricsTag, size: hb.OTMetricsTag) -> tuple[float, float]:
        """Where a line through or under letters has its top, below the baseline, and how thick it is."""
        top, thickness = (self.hb_font.get_metric_position_with_fallback(tag) / self.upem for tag in (offset, size))
        return -top, thickness

    def covers(self, cluster: str) -> bool:
        """Whether it can draw the whole grapheme, as it is written, composed or taken apart."""
        return any(self._has(form) for form in (cluster, *_other_forms(cluster)))

    def _has(self, characters: str) -> bool:
        return all(c in IGNORABLE or self.hb_font.get_nominal_glyph(ord(c)) for c in characters)

    def at_size(self, size: float) -> skia.Font:
        """The Skia font at `size` pixels, unhinted, positions not snapped to pixels."""
        font = skia.Font(self.typeface, size)
        font.setHinting(skia.FontHinting.kNone)
        font.setEdging(skia.Font.Edging.kAntiAlias)
        font.setSubpixel(True)
        font.setLinearMetrics(True)
        font.setBaselineSnap(False)
        font.setSkewX(OBLIQUE_SKEW if self.oblique else 0.0)
        return font

    def coloured(self, glyph: int) -> bool:
        """Whether the glyph has colours of its own (CBDT, sbix or COLR)."""
        face = self.hb_font.face
        return self.in_colour and bool(
            face.get_glyph_color_layers(glyph)
            or face.glyph_has_color_paint(glyph)
            or self.hb_font.get_glyph_color_png(glyph)
        )

    def outline(self, glyph: int) -> skia.Path | None:
        """The glyph's outline in font units (`upem` to the em), or None for a blank or a colour glyph."""
        if glyph not in self._outlines:
            path = None if self.coloured(glyph) else self._pen.getPath(glyph)
            self._outlines[glyph] = None if path is None or path.isEmpty() else path
        return self._outlines[glyph]

    def figures(self, zero: str, script: str | None) -> Figures | None:
        """The ten that begin with `zero`, those of equal width where it has such; None where it lacks one of them.

        A font may have others among the letters of another script.
        """
        if (zero, script) not in self._figures:
            self._figures[zero, script] = self._shaped_figures(zero, script)
        return self._figures[zero, script]

    def _shaped_figures(self, zero: str, script: str | None) -> Figures | None:
        ids, advances = [], []
        for code in range(ord(zero), ord(zero) + 10):
            buffer = buffer_of(chr(code), 0, 1, script)
            hb.shape(self.hb_font, buffer, {TABULAR: True})
            if len(buffer.glyph_infos) != 1 or not buffer.glyph_infos[0].codepoint:
                return None
            ids.append(buffer.glyph_infos[0].codepoint)
            advances.append(buffer.glyph_positions[0].x_advance / self.upem)
        return Figures(tuple(ids), tuple(advances), max(advances))

    def ink(self, glyph: int) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of what the glyph paints, in ems; all zero for a blank."""
        if glyph not in self._inks:
            self._inks[glyph] = self._ink(glyph)
        return self._inks[glyph]

    def _ink(self, glyph: int) -> tuple[float, float, float, float]:
        path = self.outline(glyph)
        if path is None and not self.coloured(glyph):
            return (0.0, 0.0, 0.0, 0.0)
        box = self._pen.getBounds([glyph])[0] if path is None else path.computeTightBounds()
        em = self.upem
        return (box.left() / em, box.top() / em, box.right() / em, box.bottom() / em)


def buffer_of(text: str, start: int, end: int, script: str | None, *, leftwards: bool = False) -> hb.Buffer:
    """What HarfBuzz is to shape: [start, end) of a text, as letters of this script or else of their own."""
    buffer = hb.Buffer()
    buffer.add_str(text, start, end - start)
    buffer.language = NO_LANGUAGE
    buffer.direction = "rtl" if leftwards else "ltr"
    if script:
        buffer.script = script
    buffer.guess_segment_properties()
    return buffer


def open_face(path: Path, number: int = 0, weight: int | None = None, oblique: bool = False) -> Face:
    """Face `number` of a font file (0 where it has only one), at this `weight` where the font is variable.

    Raises MediaError for a file that is no font.
    """
    return _opened(path, number, weight, oblique)


@lru_cache(maxsize=512)
def _opened(path: Path, number: int, weight: int | None, oblique: bool) -> Face:
    # Not the default manager: it reads the system's font configuration, which costs time and may complain.
    typeface = skia.FontMgr.New_Custom_Empty().makeFromFile(str(path), number)
    face = hb.Face(hb.Blob.from_file_path(str(path)), number)
    if typeface is None or not face.glyph_count:  # HarfBuzz finds no glyphs in a WOFF, which Skia can draw
        raise MediaError("media_unreadable", "The font cannot be read. Use a TTF or OTF file.")
    font = hb.Font(face)
    if weight is not None and weight_range(face) is not None:
        font.set_variations({"wght": weight})
        typeface = _at_weight(typeface, weight)
    return Face(typeface, font, oblique)


def weight_range(face: hb.Face) -> tuple[int, int] | None:
    """The lightest and the boldest weight of a variable font; None for one that has a single weight."""
    return next((_whole(axis) for axis in face.axis_infos if axis.tag == "wght"), None)


def _whole(axis: hb.OTVarAxisInfo) -> tuple[int, int]:
    return round(axis.min_value), round(axis.max_value)


def _at_weight(typeface: skia.Typeface, weight: int) -> skia.Typeface:
    kinds = skia.FontArguments.VariationPosition
    coordinates = kinds.Coordinates([kinds.Coordinate(int.from_bytes(b"wght", "big"), float(weight))])
    position = kinds(coordinates)  # Skia keeps only a pointer to it
    return typeface.makeClone(skia.FontArguments().setVariationDesignPosition(position))


def _other_forms(cluster: str) -> list[str]:
    return [unicodedata.normalize(form, cluster) for form in ("NFC", "NFD")]
