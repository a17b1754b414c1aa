"""What an uploaded file is and whether it can be used: by its signature, its sizes, its index and its first picture."""

from pathlib import Path
from typing import Any, Literal

import av.error
from av.stream import Disposition
from av.video.frame import VideoFrame

from renderer.errors import MediaError
from renderer.media.orientation import Orientation, display_size, has_alpha, orientation_of
from renderer.media.probe import audio_stream, first_frame, moving, open_media, packets_of, video_stream
from renderer.media.sniff import demuxer_of
from workers.media.duration import duration_of
from workers.media.naming import content_type, format_detected
from workers.media.orders import Inspect, Inspected, Progress, Stop
from workers.media.wholeness import check_whole

_ACCEPTED = (
    "Upload a video (MP4, MOV, AVI, MKV, WebM, M4V, FLV) or a sound (MP3, WAV, AAC, FLAC, OGG, M4A, WMA); "
    "what counts is the content, not the name."
)
_TRIES = 200  # packets of a sound until it is given up
_ROTATIONS: dict[Orientation, Literal[90, 180, 270]] = {
    Orientation(True, True, False): 90,
    Orientation(False, True, True): 180,
    Orientation(True, False, True): 270,
}
_HDR: dict[int, Literal["pq", "hlg"]] = {16: "pq", 18: "hlg"}  # TransferCharacteristics (ISO/IEC 23091-2)


def inspect(order: Inspect, progress: Progress, stop: Stop) -> Inspected:
    path = order.source
    demuxer = _demuxer(path)
    check_whole(path, demuxer)
    pictures, sound = _pictures(path), _sound(path)
    if not pictures and not sound:
        raise MediaError("media_unreadable", "Nothing in the file can be decoded; it is damaged or has no media.")
    with open_media(path) as container:
        covers = [s for s in container.streams.video if s.disposition & Disposition.attached_pic]
        metadata = container.metadata
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
        others = [other.codec_context.height for other in moving(container) if other is not stream]
        return {
            "width": width,
            "height": height,
            "max_height": max([height, *others]),
            "rotation": _ROTATIONS.get(orientation_of(frame), 0),
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
                return {
                    "audio_codec": stream.codec.canonical_name,
                    "channels": frames[0].layout.nb_channels,
                    "sample_rate": frames[0].sample_rate,
                }
        return {}
