"""The scenes of the speed table, and the files that they name."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.speed import media
from renderer.format.template import parse, sources
from renderer.order import BUILT_IN

FOLDER = Path(__file__).parents[1] / "scenes"
SECONDS = 30.0  # of each scene as it is written
NAMES = {
    "A": "photo zoom, round box, shadowed title, moving circle",
    "B": "video background, lower third, animated text",
    "C": "quote card, its text animated in and out",
    "D": "stress: 12 rotating images, blurred shadows, multiply, cross zoom",
}
_TIMES = ("duration", "start", "time")

Template = dict[str, Any]


def scene(name: str, seconds: float = SECONDS) -> Template:
    """The whole scene in so many seconds: however short, each part of it has its share of the frames."""
    written = json.loads((FOLDER / f"{name.lower()}.json").read_text())
    stretched: Template = _stretched(written, seconds / SECONDS)
    return stretched


def _stretched(part: Any, factor: float) -> Any:
    if isinstance(part, list):
        return [_stretched(item, factor) for item in part]
    if not isinstance(part, dict):
        return part
    return {
        key: value * factor if key in _TIMES and not isinstance(value, str) else _stretched(value, factor)
        for key, value in part.items()
    }


def files(template: Template) -> dict[str, str]:
    """A local path for each address in it."""
    return {source.url: str(_made().get(source.url, BUILT_IN / source.url)) for source in sources(parse(template))}


@cache
def _made() -> dict[str, Path]:
    return {"photo.jpg": media.photograph(), "clip.mp4": media.clip()}
