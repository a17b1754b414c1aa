"""Font families by name: which are bundled, and what to say of one that nobody has. No font is opened here."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from renderer.format.names import did_you_mean

FONT_FOLDER = Path(__file__).parent.parent / "fonts"
"""One folder for each family, called as the family is: unmodified files, their licence beside them."""

DEFAULT_FAMILY = "Inter"


@cache
def bundled() -> tuple[str, ...]:
    return tuple(sorted(folder.name for folder in FONT_FOLDER.iterdir() if folder.is_dir()))


def named(family: str) -> list[str]:
    """The names of a CSS `font-family` list, the one to be tried first first."""
    return [name for part in family.split(",") if (name := part.strip().strip("\"'").strip())]


def complaint(family: str, more: Iterable[str] = ()) -> str | None:
    """What is wrong with `family` when neither the bundled families nor `more` have any of its names."""
    known = [*bundled(), *more]
    lower = {name.casefold() for name in known}
    if any(name.casefold() in lower for name in named(family)):
        return None
    return f'there is no font family "{family[:100]}"{did_you_mean(family, known)} There is: {", ".join(known)}.'
