"""What the file of a clip is called: after its source, and from when to when it is of it."""

import unicodedata
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from app.clips import Clip

_MOST = 120
"""Characters of the source's name, so that the whole stays below what file systems take."""


def stem_of(filename: str) -> str:
    """Of `holiday.mp4` it is `holiday`."""
    last = filename.replace("\\", "/").rpartition("/")[2]
    plain = "".join("_" if letter in ':*?"<>|' else letter for letter in last if _shown(letter))
    return PurePosixPath(plain.strip(" .") or "source").stem[:_MOST].strip(" .") or "source"


def stem_of_url(url: str) -> str:
    return stem_of(unquote(urlsplit(url).path))


def file_name(stem: str, clip: Clip) -> str:
    """`source_0-15-0-55.mp4`; of several segments that are one file: the first start and the last end."""
    first, last = clip.segments[0].start, clip.segments[-1].end
    joined = "_joined" if len(clip.segments) > 1 else ""
    return f"{stem}{joined}_{_clock(first)}-{_clock(last)}.{clip.format}"


def searchable(*texts: str) -> str:
    """In one case, and one way to write each letter, whatever the database knows of either."""
    return unicodedata.normalize("NFKC", "\n".join(texts)).casefold()


def _clock(seconds: float) -> str:
    """`0-15`, `12-05.5`, `1-02-03`: minutes and seconds, with hours where there are any."""
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    hours, minutes = divmod(minutes, 60)
    whole, fraction = divmod(rest, 1000)
    told = f"{whole:02}" + (f".{fraction:03}".rstrip("0") if fraction else "")
    return f"{hours}-{minutes:02}-{told}" if hours else f"{minutes}-{told}"


def _shown(letter: str) -> bool:
    return unicodedata.category(letter)[0] != "C"
