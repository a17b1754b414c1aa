"""What an uploaded file is and whether it can be used: by its signature, its sizes, its index and its first picture."""

from pathlib import Path
from typing import Any, Literal, NoReturn

import av.error
from av.stream import Disposition
from av.video.frame import VideoFrame

from renderer.errors import MediaError
from renderer.media.orientation import TURNS, display_size, has_alpha, orientation_of
from renderer.media.probe import audio_stream, check_size, first_frame, moving, open_media, packets_of, video_stream
from renderer.media.sniff import demuxer_of
from workers.media.duration import duration_of
from workers.media.naming import content_type, format_detected
from workers.media.orders import Inspect, Inspected, Progress, Stop
from workers.media.wholeness import check_whole

_ACCEPTED = (
    "Upload a video (MP4, MOV, AVI, MKV, WebM, M4V, FLV) or a sound (MP3, WAV, AAC, FLAC, OGG, M4A, WMA); "
    "what counts is the content, not the name."
)
_MAX_CHANNELS, _RATES = 32, (2_000, 768_000)
_TRIES = 200  # packets of a sound until it is given up
_HDR: dict[int, Literal["pq", "hlg"]] = {16: "pq", 18: "hlg"}  # TransferCharacteristics (ISO/IEC 23091-2)


def inspect(order: Inspect, progress: Progress, stop: Stop) -> Inspected:
    path = order.source
    demuxer = _demuxer(path)
    check_whole(path, demuxer)
    pictures, sound = _pictures(path), _sound(path)
    with open_media(path) as container:
        covers = [s for s in container.streams.video if s.disposition & Disposition.attached_pic]
        audible, metadata = bool(container.streams.audio), container.metadata
    if not pictures and not sound:
        _refuse(audible)
    kind: Literal["video", "audio"] = "video" if pictures else "audio"
    return Inspected(
        media_kind=kind,
        format_detected=format_detected(demuxer),
        content_type=content_type(path, demuxer, kind, metadata),
        duration=round(duration_of(path, progress, stop), 6),
        has_video=bool(pictures),
        has_audio=bool(sound),
        has_cover=bool(covers),
        **pictures,
        **sound,
    )


def _refuse(audible: bool) -> NoReturn:
    if audible:
        raise MediaError("media_unreadable", "Nothing of the sound can be decoded: it is damaged or encrypted.")
    raise MediaError("unsupported_media", f"The file has neither moving pictures nor sound. {_ACCEPTED}")


def _demuxer(path: Path) -> str:
    try:
        return demuxer_of(path)
    except MediaError as error:
        hint = f" {_ACCEPTED}" if error.code == "unsupported_media" else ""
        raise MediaError(error.code, f"{error.message}{hint}") from None


def _pictures(path: Path) -> dict[str, Any]:
    """Of the stream that is shown. Nothing for a file without moving pictures; MediaError for broken ones."""
    with open_media(path) as container:
        stream = video_stream(container)
        if stream is None:
            return {}
        frame = first_frame(container, stream)
        width, height = display_size(frame, stream)
        check_size(width, height)
        others = [other.codec_context.height for other in moving(container) if other is not stream]
        return {
            "width": width,
            "height": height,
            "max_height": max([height, *others]),
            "rotation": 90 * TURNS.index(turn) if (turn := orientation_of(frame)) in TURNS else 0,
            "fps": float(stream.average_rate) if stream.average_rate else None,
            "video_codec": stream.codec.canonical_name,
            **_pixels(frame),
        }


def _pixels(frame: VideoFrame) -> dict[str, Any]:
    return {
        "pixel_format": frame.format.name,
        "bit_depth": max(component.bits for component in frame.format.components),
        "hdr": _HDR.get(frame.color_trc),
        "has_alpha": has_alpha(frame),
        "interlaced": bool(frame.interlaced_frame),
    }


def _sound(path: Path) -> dict[str, Any]:
    """Of the stream that is heard, if anything of it can be decoded."""
    with open_media(path) as container:
        stream = audio_stream(container)
        if stream is None:
            return {}
        for packet, _ in zip(packets_of(container, stream), range(_TRIES), strict=False):
            try:
                frames = stream.codec_context.decode(packet if packet.size else None)
            except av.error.FFmpegError:
                continue
            if frames:
                channels, rate = frames[0].layout.nb_channels, frames[0].sample_rate
                _check_sound(channels, rate)
                return {"audio_codec": stream.codec.canonical_name, "channels": channels, "sample_rate": rate}
        return {}


def _check_sound(channels: int, rate: int) -> None:
    """What is beyond any real recording would only cost memory."""
    if channels > _MAX_CHANNELS or not _RATES[0] <= rate <= _RATES[1]:
        limit = f"at most {_MAX_CHANNELS} channels and {_RATES[0]} to {_RATES[1]} samples a second can be used"
        raise MediaError("unsupported_media", f"The sound has {channels} channels at {rate} Hz; {limit}.")
