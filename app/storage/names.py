"""Names of objects and of the files they become: keys, content types, download names."""

import re
import unicodedata
from pathlib import PurePosixPath
from urllib.parse import quote

from app.errors import InvalidInput

# No part starts with a dot: no "..", and no collision with temporary names.
_KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}(?:/[A-Za-z0-9_-][A-Za-z0-9._-]{0,199})*", re.ASCII)
_MAX_KEY = 512
_MAX_NAME = 200  # bytes: file systems take 255
_MAX_EXTENSION = 10

_TYPES = {
    ".aac": "audio/aac",
    ".ass": "text/x-ssa",
    ".bmp": "image/bmp",
    ".csv": "text/csv",
    ".flac": "audio/flac",
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".m4a": "audio/mp4",
    ".mkv": "video/x-matroska",
    ".mov": "video/quicktime",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".otf": "font/otf",
    ".png": "image/png",
    ".srt": "application/x-subrip",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".txt": "text/plain",
    ".vtt": "text/vtt",
    ".wav": "audio/wav",
    ".webm": "video/webm",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".zip": "application/zip",
}


def check_key(key: str) -> str:
    """The key itself. Raises InvalidInput unless its parts are letters, digits, "_", "-" and inner "."."""
    if len(key) > _MAX_KEY or not _KEY.fullmatch(key):
        raise InvalidInput("That is no name of a stored file.", code="invalid_key")
    return key


def owner(key: str) -> str:
    """The account whose file it is: every key is PLACE/ACCOUNT/…, see `assets.keep` and `workers.run.prefix`."""
    return key.partition("/")[2].partition("/")[0]


def check_prefix(prefix: str) -> str:
    """Empty, or a key that ends in "/". Raises InvalidInput."""
    if prefix and not prefix.endswith("/"):
        raise InvalidInput("A prefix of stored files ends in a slash.", code="invalid_key")
    if prefix:
        check_key(prefix[:-1])
    return prefix


def content_type_of(key: str) -> str:
    """By extension; our own table, since the system's differs from machine to machine."""
    return _TYPES.get(PurePosixPath(key).suffix.lower(), "application/octet-stream")


def content_disposition(filename: str, *, inline: bool = False) -> str:
    """The name in ASCII for old clients and in UTF-8 (RFC 6266, RFC 8187); `inline`: to be shown, not saved."""
    name = _cut("".join(map(_harmless, filename)).strip(" .")).strip(" .") or "download"
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = plain.replace('"', "_").replace("%", "_").rstrip(" .").lstrip()
    plain = f"download{plain}" if plain.startswith(".") else plain or "download"
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _cut(name: str) -> str:
    """Before its extension, and between two characters."""
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > _MAX_EXTENSION:
        stem, dot, extension = name, "", ""
    end = f"{dot}{extension}"
    return stem.encode()[: _MAX_NAME - len(end.encode())].decode(errors="ignore") + end


def _harmless(character: str) -> str:
    """Control, formatting and surrogate characters vanish; what separates directories becomes "_"."""
    if unicodedata.category(character)[0] == "C":
        return ""
    return "_" if character in '/\\:*?"<>|' else character
