"""Awkward media: files that people upload, and that attackers do, each with what is to be made of it.

`CASES` names them; the fixture `awkward` has made all of them once in a run, in seconds. They are tiny (64x48, about a
second) and the same each time. An operation's test runs over those `of_kind` that it takes, or over all,
within `untouched`.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.awkward import hostile, images, named, sounds, videos
from tests.awkward.case import Case, Kind

_FIRST = [*videos.MADE, *sounds.MADE, *images.MADE, *hostile.MADE]
_THEN = [*videos.DERIVED, *sounds.DERIVED, *images.DERIVED, *named.DERIVED, *hostile.DERIVED]
CASES: dict[str, Case] = {case.name: case for case in (*_FIRST, *_THEN)}


def of_kind(*kinds: Kind) -> Iterator[Case]:
    return (case for case in CASES.values() if case.kind in kinds)


def make_all(folder: Path) -> Path:
    """First what ffmpeg makes of nothing, then what is made of that."""
    with ThreadPoolExecutor(4) as pool:
        for wave in (_FIRST, _THEN):
            list(pool.map(lambda case: case.make(folder / case.name), wave))
    return folder
