"""Fonts installed on this machine, found through fontconfig.

Which of them draws a grapheme follows from the font files alone, never from the machine's language or from
fontconfig's own preferences: among those that have all of its characters, Noto comes first.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from renderer.text.faces import IGNORABLE

Han = Literal["sc", "tc", "jp", "kr"]
"""Whose forms Han characters get: simplified or traditional Chinese, Japanese, Korean (as Noto's CJK fonts say it)."""

_OUTLINES = ("TrueType", "CFF", "CFF2")
_KANA = re.compile("[\u3041-\u30fa\u30fd-\u30ff\u31f0-\u31ff\uff66-\uff9d]")
_HANGUL = re.compile("[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3]")
_BOPOMOFO = re.compile("[\u3105-\u312f\u31a0-\u31bf]")


class Installed(NamedTuple):
    """One face of a font file. `family` is taken from its PostScript name, which is in no language."""

    family: str
    path: Path
    number: int
    in_colour: bool


def han_of(text: str) -> Han:
    """The forms that Han characters get in a text: those of the other script it is written in.

    Without kana, Hangul or Bopomofo they are simplified Chinese, which most who read Han characters use.
    """
    if _KANA.search(text):
        return "jp"
    if _HANGUL.search(text):
        return "kr"
    return "tc" if _BOPOMOFO.search(text) else "sc"


@lru_cache(maxsize=4096)
def best_family(cluster: str, colour: bool, han: Han) -> tuple[Installed, ...]:
    """The faces of the family that is best for a whole grapheme, in all their weights; none where none has it."""
    found = sorted(_covering(cluster), key=lambda face: (face.in_colour != colour, _rank(face.family, han), face))
    return tuple(face for face in found if face.family == found[0].family and face.in_colour == found[0].in_colour)


def _rank(family: str, han: Han) -> tuple[int, int]:
    """Noto Sans, its CJK fonts of the wanted forms, other Noto fonts, others; of those the plain before the special."""
    if family == f"NotoSansCJK{han}":
        return (1, 0)
    if not family.startswith("Noto"):
        return (4, len(family))
    if "CJK" in family:
        return (3, len(family))
    return (0 if family.startswith("NotoSans") else 2, len(family))


def _covering(cluster: str) -> set[Installed]:
    """All faces that have every character of the grapheme. Asking takes 0.3 ms, and 40 ms the first time."""
    import fontconfig

    codes = [f"{ord(character):x}" for character in cluster if character not in IGNORABLE]
    if not codes:
        return set()
    wanted = ["file", "index", "postscriptname", "color", "fontformat"]
    patterns = fontconfig.list(f":charset={' '.join(codes)}", select=wanted)
    return {_installed(found) for found in patterns if found.get("fontformat") in _OUTLINES}


def _installed(found: dict[str, Any]) -> Installed:
    family = found.get("postscriptname", "").partition("-")[0]
    # The upper half of the index counts the named instances of a variable font, all of them the same face.
    return Installed(family, Path(found["file"]), found["index"] & 0xFFFF, found.get("color", False))
