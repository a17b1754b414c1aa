"""What a container is called: by FFmpeg, and in HTTP."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

# The names that ffprobe shows, by the demuxer that a signature stands for; others are called like their demuxer.
_FORMATS = {"mov": "mov,mp4,m4a,3gp,3g2,mj2", "matroska": "matroska,webm"}

# Of a video and of a sound.
_TYPES = {
    "mov": ("video/mp4", "audio/mp4"),
    "matroska": ("video/x-matroska", "audio/x-matroska"),
    "avi": ("video/x-msvideo", "audio/x-msvideo"),
    "flv": ("video/x-flv", "audio/x-flv"),
    "asf": ("video/x-ms-wmv", "audio/x-ms-wma"),
    "ogg": ("video/ogg", "audio/ogg"),
    "mpeg": ("video/mpeg", "audio/mpeg"),
    "mpegts": ("video/mp2t", "audio/mp2t"),
    "gif": ("image/gif", "image/gif"),
    "ivf": ("video/x-ivf", "video/x-ivf"),
    "wav": ("audio/wav", "audio/wav"),
    "mp3": ("audio/mpeg", "audio/mpeg"),
    "aac": ("audio/aac", "audio/aac"),
    "flac": ("audio/flac", "audio/flac"),
    "aiff": ("audio/aiff", "audio/aiff"),
    "caf": ("audio/x-caf", "audio/x-caf"),
    "au": ("audio/basic", "audio/basic"),
    "amr": ("audio/amr", "audio/amr"),
}
_BRANDS = {"qt  ": "video/quicktime", "M4V ": "video/x-m4v", "3gp": "video/3gpp", "3g2": "video/3gpp2"}


def format_detected(demuxer: str) -> str:
    return _FORMATS.get(demuxer, demuxer)


def content_type(path: Path, demuxer: str, kind: Literal["video", "audio"], metadata: Mapping[str, str]) -> str:
    """By the content alone: no name is believed."""
    if demuxer == "mov" and kind == "video":
        brand = metadata.get("major_brand", "")
        return next((name for start, name in _BRANDS.items() if brand.startswith(start)), "video/mp4")
    if demuxer == "matroska" and _is_webm(path):
        return f"{kind}/webm"
    return _TYPES[demuxer][kind == "audio"]


def _is_webm(path: Path) -> bool:
    """The document type stands in the head, which is short (RFC 8794 §11.2)."""
    with path.open("rb") as file:
        return b"\x42\x82\x84webm" in file.read(64)
