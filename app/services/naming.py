"""Names that people give to what is theirs."""

import re
from pathlib import PurePosixPath

from app.errors import InvalidInput, Problem

_EXTENSION = re.compile(r"\.[a-z0-9]{1,8}", re.ASCII)


def checked(name: str, most: int, path: str = "name") -> str:
    """The name, trimmed. Raises InvalidInput, at that path, unless it has 1 to `most` printable characters."""
    trimmed = name.strip()
    if not 1 <= len(trimmed) <= most or not trimmed.isprintable():
        message = f"A name has 1 to {most} characters that can be printed."
        raise InvalidInput(message, fields=(Problem(path, message),))
    return trimmed


def filename(given: str, most: int = 200) -> str:
    """The last part of whatever path a client sent, without control characters; only ever shown."""
    last = given.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable())[:most] or "file"


def extension(name: str) -> str:
    """With its dot, for a key; empty where it is none."""
    suffix = PurePosixPath(name).suffix.lower()
    return suffix if _EXTENSION.fullmatch(suffix) else ""


def stem(given: str, most: int) -> str:
    """A file's name without its extension, for what has another one."""
    name = filename(given, _ANY_LENGTH)
    return name.removesuffix(PurePosixPath(name).suffix)[:most].strip() or "file"


_ANY_LENGTH = 1000
