"""The families a render may use, CSS matching of weight and style, and fallback per grapheme.

A caller may add files, under names of its own.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from renderer.format.families import DEFAULT_FAMILY, FONT_FOLDER, named
from renderer.text.emoji import wants_colour
from renderer.text.faces import Face, open_face, weight_range
from renderer.text.installed import Han, best_family

FALLBACK_FAMILY = "Noto Sans"


class Source(NamedTuple):
    """A face of a font file, the weights it answers to, and its slant. `variable` ones are set to such a weight."""

    path: Path
    number: int
    weights: tuple[int, int]
    italic: bool
    variable: bool

    @staticmethod
    def of(path: Path, number: int = 0, weight: int | None = None, italic: bool | None = None) -> "Source":
        """What is None is what the file itself says. Raises MediaError when it is no font.

        A variable font answers to all of its weights, unless it is given another one than the file says.
        """
        face = open_face(path, number)
        axis = weight_range(face.hb_font.face)
        weights = axis or (face.weight, face.weight)
        if weight is not None and weight != face.weight:
            weights = (weight, weight)
        return Source(path, number, weights, face.italic if italic is None else italic, axis is not None)

    def nearest(self, weight: int) -> int:
        lightest, boldest = self.weights
        return min(max(weight, lightest), boldest)


@lru_cache(maxsize=1)
def _bundled() -> tuple[Path, ...]:
    return tuple(sorted(FONT_FOLDER.glob("*/*.[to]tf")))


class Fonts:
    """The families of a render: the bundled ones and any font files the caller adds."""

    def __init__(self) -> None:
        self._sources: dict[str, list[Source]] = {}
        self._names: dict[str, str] = {}
        for path in _bundled():
            self.add(path)

    def add(self, path: Path, family: str | None = None, weight: int | None = None, italic: bool | None = None) -> None:
        """One more file; what is None is what the file itself says. Raises MediaError when it is no font."""
        source = Source.of(path, weight=weight, italic=italic)
        wanted = family or open_face(path).family
        called = self._names.setdefault(wanted.casefold(), wanted)
        self._sources.setdefault(called, []).append(source)

    @property
    def families(self) -> list[str]:
        return sorted(self._sources)

    def find(self, family: str, weight: int = 400, italic: bool = False) -> Face:
        """The face for a CSS `font-family` list; Inter when none of its names is known."""
        return _pick(self._sources[self._known(family) or DEFAULT_FAMILY], weight, italic)

    def for_cluster(self, cluster: str, wanted: Face, beside: Face | None = None, han: Han = "sc") -> Face | None:
        """The first that has all of `cluster` of the wanted face, `beside`, Noto Sans and the fonts installed.

        `beside` is the face of the letters it goes with: it keeps their punctuation in one font with them.
        """
        italic = wanted.oblique or wanted.italic
        if wants_colour(cluster):
            emoji = _installed(cluster, wanted.weight, italic, True, han)
            if emoji is not None and emoji.in_colour:
                return emoji
        noto = self.find(FALLBACK_FAMILY, wanted.weight, italic)
        ours = (face for face in (wanted, beside, noto) if face is not None and face.covers(cluster))
        return next(ours, None) or _installed(cluster, wanted.weight, italic, False, han)

    def _known(self, family: str) -> str | None:
        names = (name.casefold() for name in named(family))
        return next((self._names[name] for name in names if name in self._names), None)


@lru_cache(maxsize=4096)
def _installed(cluster: str, weight: int, italic: bool, colour: bool, han: Han) -> Face | None:
    faces = best_family(cluster, colour, han)
    sources = [Source.of(face.path, face.number) for face in faces]
    return _pick(sources, weight, italic and not faces[0].in_colour) if sources else None


def _pick(sources: Sequence[Source], weight: int, italic: bool) -> Face:
    """The face nearest to a weight and a slant; of two as near, the one that was added last."""
    slanted = [source for source in sources if source.italic == italic]
    near = {source.nearest(weight): source for source in slanted or sources}
    best = nearest_weight(weight, near)
    source = near[best]
    return open_face(source.path, source.number, best if source.variable else None, italic and not slanted)


def nearest_weight(wanted: int, available: Iterable[int]) -> int:
    """The weight CSS Fonts 4 §5.2 picks: 400–500 look up to 500 first, lighter look down, bolder look up."""

    def distance(weight: int) -> tuple[int, int]:
        if 400 <= wanted <= 500:
            return (0 if wanted <= weight <= 500 else 1 if weight < wanted else 2, abs(weight - wanted))
        towards = weight <= wanted if wanted < 400 else weight >= wanted
        return (0 if towards else 1, abs(weight - wanted))

    return min(available, key=distance)
