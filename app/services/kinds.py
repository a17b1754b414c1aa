"""What an uploaded file is, from its first bytes; the name it came with is never believed."""

import re
from pathlib import Path

from msgspec import Struct

from app.errors import Unsupported
from renderer.errors import MediaError
from renderer.format.template import SourceKind
from renderer.media.sniff import demuxer_of

_HEAD = 4096


class Kind(Struct, frozen=True):
    extension: str
    content_type: str

    @property
    def is_font(self) -> bool:
        return self.content_type.startswith("font/")


_FONTS = [
    (rb"\x00\x01\x00\x00|true", Kind("ttf", "font/ttf")),
    (rb"OTTO", Kind("otf", "font/otf")),
    (rb"wOFF", Kind("woff", "font/woff")),
    (rb"wOF2", Kind("woff2", "font/woff2")),
]
_PICTURES = [
    (rb"\x89PNG\r\n\x1a\n", Kind("png", "image/png")),
    (rb"\xff\xd8\xff", Kind("jpg", "image/jpeg")),
    (rb"RIFF....WEBP", Kind("webp", "image/webp")),
    (rb"GIF8[79]a", Kind("gif", "image/gif")),
    (rb"BM....\0\0", Kind("bmp", "image/bmp")),
    (rb"....ftypavi[fs]", Kind("avif", "image/avif")),
]
# By the demuxer that reads them; what only a closer look tells apart stands in `_CLOSER`.
_STREAMS = {
    "mov": Kind("mp4", "video/mp4"),
    "matroska": Kind("mkv", "video/x-matroska"),
    "wav": Kind("wav", "audio/wav"),
    "avi": Kind("avi", "video/x-msvideo"),
    "ogg": Kind("ogg", "audio/ogg"),
    "flac": Kind("flac", "audio/flac"),
    "aiff": Kind("aiff", "audio/aiff"),
    "caf": Kind("caf", "audio/x-caf"),
    "au": Kind("au", "audio/basic"),
    "amr": Kind("amr", "audio/amr"),
    "flv": Kind("flv", "video/x-flv"),
    "asf": Kind("wmv", "video/x-ms-asf"),
    "mpeg": Kind("mpg", "video/mpeg"),
    "mpegts": Kind("ts", "video/mp2t"),
    "ivf": Kind("ivf", "video/x-ivf"),
    "aac": Kind("aac", "audio/aac"),
    "mp3": Kind("mp3", "audio/mpeg"),
}
_CLOSER = [
    (rb"....ftypM4[AB] ", Kind("m4a", "audio/mp4")),
    (rb"....ftypqt  ", Kind("mov", "video/quicktime")),
    (rb"\x1a\x45\xdf\xa3.{0,60}webm", Kind("webm", "video/webm")),
    (rb"OggS.{20,60}\x80theora", Kind("ogv", "video/ogg")),
]


# How the content types begin of what may stand where a template wants a file of a kind: a sound may be that of a video,
# and an Ogg file may hold pictures that its first bytes do not show.
_FITTING: dict[SourceKind, tuple[str, ...]] = {
    "image": ("image/",),
    "video": ("video/", "audio/ogg"),
    "audio": ("audio/", "video/"),
    "font": ("font/",),
}
_CALLED = {"image": "a picture", "video": "a video", "audio": "a sound", "font": "a font"}


def check_fitting(content_type: str, wanted: SourceKind) -> None:
    """Raises Unsupported for a file that cannot be what a template wants in its place."""
    if not content_type.startswith(_FITTING[wanted]):
        family = content_type.partition("/")[0]
        raise Unsupported(f"This is {_CALLED[family]} ({content_type}), and {_CALLED[wanted]} is needed here.")


def kind_of(path: Path) -> Kind:
    """Raises Unsupported, which says what the file looks like when it is no picture, video, sound or font."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        raise Unsupported("The file is empty.")
    if kind := _first(_FONTS, head) or _first(_PICTURES, head):
        return kind
    try:
        demuxer = demuxer_of(path)
    except MediaError as error:
        raise Unsupported(_looks_like(error.message)) from error
    return _first(_CLOSER, head) or _STREAMS[demuxer]


def _looks_like(refusal: str) -> str:
    """What was said of a file that is no video or sound, where other files would do as well."""
    told, _, _ = refusal.partition(", not ")
    if told.endswith(" picture"):
        return f"{told} whose beginning is damaged."
    return refusal.replace("a video or a sound", "a picture, video, sound or font")


def _first(signatures: list[tuple[bytes, Kind]], head: bytes) -> Kind | None:
    return next((kind for pattern, kind in signatures if re.match(pattern, head, re.DOTALL)), None)
