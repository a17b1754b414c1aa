"""What a file is, from its first bytes; its name is never believed.

FFmpeg's own detection follows playlists and scripts to other files, so it is only ever asked for the one
demuxer that the signature names.
"""

import re
from codecs import getincrementaldecoder
from pathlib import Path

from renderer.errors import MediaError

_HEAD = 4096
_utf8 = getincrementaldecoder("utf-8-sig")  # forgives a character that the end of the head cuts in two

# What opens with these bytes -> FFmpeg's demuxer.
_DEMUXERS: list[tuple[bytes, str]] = [
    (b"....(?:ftyp|moov|mdat|wide|free|skip|pnot)", "mov"),
    (b"\x1a\x45\xdf\xa3", "matroska"),
    (b"(?:RIFF|RF64|BW64)....WAVE", "wav"),
    (b"RIFF....AVI ", "avi"),
    (b"OggS", "ogg"),
    (b"fLaC", "flac"),
    (b"FORM....AIF[FC]", "aiff"),
    (b"caff\0\1", "caf"),
    (b"\\.snd", "au"),
    (b"#!AMR", "amr"),
    (b"GIF8[79]a", "gif"),
    (b"FLV\x01", "flv"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    (b"\0\0\1\xba", "mpeg"),
    (b"DKIF\0\0", "ivf"),
    (b"\xff[\xf0\xf1\xf8\xf9]", "aac"),
    (b"\xff[\xe2-\xe5\xf2-\xf5\xfa-\xfd]", "mp3"),
]

_BARE = _DEMUXERS[-2:]  # streams without a container, which programs pad at their start

# What is refused -> how it is called. Looked at first: an AVIF picture is an ISO file too.
_REFUSED: list[tuple[bytes, str]] = [
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"RIFF....WEBP", "a WebP picture"),
    (b"....ftypavi[fs]", "an AVIF picture"),
    (b"....ftyp(?:hei[cxmsf]|hevc|mif1|msf1)", "a HEIC picture"),
    (b"BM....\0\0", "a BMP picture"),
    (b"II\\*\0|MM\0\\*", "a TIFF picture"),
    (b"8BPS", "a Photoshop picture"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x7fELF|MZ", "a program"),
]

# How what a demuxer reads is called where only pictures are wanted.
_CALLED = {
    "mov": "an MP4 or QuickTime video",
    "matroska": "a WebM or Matroska video",
    "avi": "an AVI video",
    "wav": "a WAV sound",
    "mp3": "an MP3 sound",
    "ogg": "an Ogg file",
    "gif": "a GIF picture",
}

_TEXTS: list[tuple[str, str]] = [
    (r"#EXTM3U", "an HLS playlist"),
    (r"ffconcat", "an ffmpeg concat script"),
    (r"(?:<\?xml.*?>\s*)?(?:<!--.*?-->\s*)*(?:<!DOCTYPE svg.*?>\s*)?<svg", "an SVG drawing"),
    (r"(?:<\?xml.*?>\s*)?(?:<!--.*?-->\s*)*<MPD", "a DASH playlist"),
    (r"<!doctype html|<html", "a web page"),
    (r"<", "an XML document"),
    (r"WEBVTT|\d+\r?\n\d\d:\d\d:\d\d,|\[Script Info\]", "a subtitle file"),
    (r"v=0\r?\n", "an SDP session description"),
    (r"[\[{]", "a JSON or text file"),
]


def demuxer_of(path: Path) -> str:
    """The one FFmpeg demuxer that may open this file; MediaError for what is neither video nor sound."""
    head = _head(path)
    if not head:
        raise MediaError("media_unreadable", "The file is empty.")
    if refused := _first(_REFUSED, head):
        raise MediaError("unsupported_media", f"This is {refused}, not a video or a sound.")
    if demuxer := _first(_DEMUXERS, head):
        return demuxer
    if demuxer := _first(_BARE, head.lstrip(b"\0")):
        return demuxer
    if head[::188][:3] == b"GGG" or head[4::192][:3] == b"GGG":
        return "mpegts"
    raise MediaError("unsupported_media", f"This is {_describe(head)}, not a video or a sound that can be used.")


def called(path: Path) -> str:
    """What the file is, for a sentence. MediaError where there is none."""
    head = _head(path)
    if not head:
        return "an empty file"
    demuxer = _first(_DEMUXERS, head)
    return _first(_REFUSED, head) or (_CALLED.get(demuxer, f"{demuxer.upper()} media") if demuxer else _describe(head))


def _head(path: Path) -> bytes:
    """The first bytes, past an ID3 tag (ID3v2.4 §3.1: its size is four times seven bits)."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
            if head[:3] == b"ID3" and len(head) >= 10:
                size = (head[6] << 21) | (head[7] << 14) | (head[8] << 7) | head[9]
                file.seek(10 + size)
                head = file.read(_HEAD).lstrip(b"\0") or b"\xff\xfb"
    except OSError:
        raise MediaError("media_missing", "The file is missing or cannot be opened.") from None
    return head


def _first(signatures: list[tuple[bytes, str]], head: bytes) -> str | None:
    return next((name for pattern, name in signatures if re.match(pattern, head, re.DOTALL)), None)


def _describe(head: bytes) -> str:
    try:
        text = _utf8().decode(head).lstrip()
    except UnicodeDecodeError:
        return "an unknown kind of file"
    strange = sum(character < " " and character not in "\t\r\n\f" for character in text)
    if "\0" in text or strange > len(text) // 50:
        return "an unknown kind of file"
    match = (name for pattern, name in _TEXTS if re.match(pattern, text, re.IGNORECASE | re.DOTALL))
    return next(match, "a text file")
