"""Font files: the bundled families, CSS matching of weight and style, and fallback per character.

A caller may add files, under names of its own.
"""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import skia
import uharfbuzz as hb
from uniseg.emoji import emoji_presentation

from renderer.errors import MediaError
from renderer.format.families import DEFAULT_FAMILY, FONT_FOLDER, named

FALLBACK_FAMILY = "Noto Sans"
# tan(12°): the slant a family without italics gets, close to what browsers draw.
OBLIQUE_SKEW = -0.2126
# Joiners, variation selectors, marks of direction and white space need no glyph of their own.
IGNORABLE = frozenset("\u00ad\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u2060\ufe0e\ufe0f\t\n\r")


class Face:
    """One typeface opened for Skia (outlines) and HarfBuzz (shaping). Measures are in ems, y downwards."""

    def __init__(self, typeface: skia.Typeface, hb_font: hb.Font, oblique: bool) -> None:
        self.typeface = typeface
        self.hb_font = hb_font
        self.oblique = oblique
        self.family: str = typeface.getFamilyName()
        self.weight: int = typeface.fontStyle().weight()
        self.upem: int = hb_font.face.upem
        face = hb_font.face
        self.in_colour: bool = face.has_color_png or face.has_color_paint or face.has_color_layers
        extents = hb_font.get_font_extents("ltr")
        self.ascent = extents.ascender / self.upem
        self.descent = -extents.descender / self.upem
        self._outlines: dict[int, skia.Path | None] = {}
        self._pen = self.at_size(float(self.upem))

    def covers(self, cluster: str) -> bool:
        """Whether it can draw the whole grapheme, as it is written or composed."""
        return self._has(cluster) or self._has(unicodedata.normalize("NFC", cluster))

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

    def ink(self, glyph: int) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of what the glyph paints, in ems; all zero for a blank."""
        path = self.outline(glyph)
        if path is None and not self.coloured(glyph):
            return (0.0, 0.0, 0.0, 0.0)
        box = self._pen.getBounds([glyph])[0] if path is None else path.computeTightBounds()
        em = self.upem
        return (box.left() / em, box.top() / em, box.right() / em, box.bottom() / em)


@lru_cache(maxsize=512)
def _open(path: Path, oblique: bool) -> Face:
    # Not the default manager: it reads the system's font configuration, which costs time and may complain.
    typeface = skia.FontMgr.New_Custom_Empty().makeFromFile(str(path))
    face = hb.Face(hb.Blob.from_file_path(str(path)))
    if typeface is None or not face.glyph_count:  # HarfBuzz finds no glyphs in a WOFF, which Skia can draw
        raise MediaError("media_unreadable", "The font cannot be read. Use a TTF or OTF file.")
    return Face(typeface, hb.Font(face), oblique)


def _is_italic(typeface: skia.Typeface) -> bool:
    return bool(typeface.fontStyle().slant() != skia.FontStyle.kUpright_Slant)


@lru_cache(maxsize=1)
def _bundled() -> tuple[Path, ...]:
    return tuple(sorted(FONT_FOLDER.glob("*/*.[to]tf")))


class Fonts:
    """The families a render may use: the bundled ones and any font files the caller adds."""

    def __init__(self) -> None:
        self._files: dict[str, dict[tuple[int, bool], Path]] = {}
        self._names: dict[str, str] = {}
        for path in _bundled():
            self.add(path)

    def add(self, path: Path, family: str | None = None, weight: int | None = None, italic: bool | None = None) -> None:
        """One more file; what is None is what the file itself says. Raises MediaError when it is no font."""
        face = _open(path, False)
        wanted = family or face.family
        called = self._names.setdefault(wanted.casefold(), wanted)
        key = (face.weight if weight is None else weight, _is_italic(face.typeface) if italic is None else italic)
        self._files.setdefault(called, {})[key] = path

    @property
    def families(self) -> list[str]:
        return sorted(self._files)

    def find(self, family: str, weight: int = 400, italic: bool = False) -> Face:
        """The face for a CSS `font-family` list; Inter when none of its names is known."""
        files = self._files[self._known(family) or DEFAULT_FAMILY]
        slanted = {w: path for (w, is_italic), path in files.items() if is_italic == italic}
        candidates = slanted or {w: path for (w, _), path in files.items()}
        return _open(candidates[nearest_weight(weight, candidates)], italic and not slanted)

    def for_cluster(self, cluster: str, wanted: Face) -> Face | None:
        """The first face that has all of `cluster`: the wanted one, Noto Sans, one of the system."""
        if _wants_colour(cluster) and (emoji := _system_face(cluster, wanted.weight, False, "und-Zsye")):
            return emoji
        if wanted.covers(cluster):
            return wanted
        italic = wanted.oblique or _is_italic(wanted.typeface)
        noto = self.find(FALLBACK_FAMILY, wanted.weight, italic)
        return noto if noto.covers(cluster) else _system_face(cluster, wanted.weight, italic, "")

    def _known(self, family: str) -> str | None:
        names = (name.casefold() for name in named(family))
        return next((self._names[name] for name in names if name in self._names), None)


def nearest_weight(wanted: int, available: Iterable[int]) -> int:
    """The weight CSS Fonts 4 §5.2 picks: 400–500 look up to 500 first, lighter look down, bolder look up."""

    def distance(weight: int) -> tuple[int, int]:
        if 400 <= wanted <= 500:
            return (0 if wanted <= weight <= 500 else 1 if weight < wanted else 2, abs(weight - wanted))
        towards = weight <= wanted if wanted < 400 else weight >= wanted
        return (0 if towards else 1, abs(weight - wanted))

    return min(available, key=distance)


def _wants_colour(cluster: str) -> bool:
    return "\ufe0f" in cluster or ("\ufe0e" not in cluster and emoji_presentation(cluster[0]))


@lru_cache(maxsize=4096)
def _system_face(cluster: str, weight: int, italic: bool, language: str) -> Face | None:
    """A face installed on this machine that covers `cluster`; with a language tag only a face in colour."""
    slant = skia.FontStyle.kItalic_Slant if italic else skia.FontStyle.kUpright_Slant
    style = skia.FontStyle(weight, skia.FontStyle.kNormal_Width, slant)
    base = next((c for c in cluster if c not in IGNORABLE and not unicodedata.combining(c)), cluster[0])
    languages = [language] if language else []
    typeface = skia.FontMgr().matchFamilyStyleCharacter("", style, languages, ord(base))
    if typeface is None:
        return None
    face = _from_system(typeface)
    return face if face.covers(cluster) and (face.in_colour or not language) else None


_system_faces: dict[int, Face] = {}


def _from_system(typeface: skia.Typeface) -> Face:
    if typeface.uniqueID() not in _system_faces:
        tables: dict[str, bytes] = {}  # HarfBuzz keeps a pointer into these bytes, so they must stay alive

        def table(_face: Any, tag: str, _data: Any) -> bytes:
            if tag not in tables:
                data = typeface.copyTableData(int.from_bytes(tag.encode(), "big"))
                tables[tag] = b"" if data is None else bytes(data)
            return tables[tag]

        font = hb.Font(hb.Face.create_for_tables(table, None))
        _system_faces[typeface.uniqueID()] = Face(typeface, font, False)
    return _system_faces[typeface.uniqueID()]
