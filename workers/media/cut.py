"""Makes a clip: by copying where that gives the very same, else by encoding."""

from contextlib import suppress
from fractions import Fraction
from pathlib import Path

from app.clips import AUDIO_FORMATS, Clip, Frame, faults, frame_of, quality_of, ratio_of
from renderer.errors import MediaError
from renderer.media.info import MediaInfo
from renderer.media.probe import open_media, packets_of, probe, video_stream
from workers.media.clip_source import ClipSource, source_of
from workers.media.copied_sound import Range
from workers.media.cut_plan import Doubt
from workers.media.encode_clip import LEADS, Part, encode_clip
from workers.media.frame_table import Untimed, table_of
from workers.media.orders import Cut, CutMade, Progress, Stop
from workers.media.smart_cut import smart_cut

_NOTHING = "Nothing between start and end can be decoded. Choose other times."


def cut(order: Cut, progress: Progress, stop: Stop) -> CutMade:
    source, clip = source_of(order.source), order.clip
    _check(source, clip)
    if clip.format in AUDIO_FORMATS:
        _encode(order, source, Frame(0, 0), progress, stop)
        return _made(clip, order.out, 0.0, "")
    assert source.moving is not None
    frame = frame_of(clip, source.moving.width, source.moving.height)
    copied, reason = 0.0, _change(clip, frame, source)
    if not reason:
        try:
            pieces = [(segment.start, segment.end) for segment in clip.segments]
            made = smart_cut(order.source, pieces, order.out, progress, stop, clip.fades.audio)
            copied = made.copied / made.pictures
        except Doubt as doubt:
            reason = str(doubt)
    if reason:
        _encode(order, source, frame, progress, stop)
    return _made(clip, order.out, copied, reason)


def _check(source: ClipSource, clip: Clip) -> None:
    """MediaError for what this source cannot become."""
    if found := faults(clip, has_video=source.moving is not None):
        raise MediaError("invalid_clip", found[0].message, tuple(found))
    if clip.format in AUDIO_FORMATS and source.heard is None:
        raise MediaError("unsupported_media", f"The video has no sound to make {clip.format.upper()} of.")
    late = next((segment for segment in clip.segments if segment.start >= source.duration), None)
    if late:
        length = f"the source is {source.duration:.2f} seconds long. Choose an earlier start."
        raise MediaError("outside_source", f"A segment starts at {late.start:g}, and {length}")


def _change(clip: Clip, frame: Frame, source: ClipSource) -> str:
    """What has to become of the pictures; nothing where they may stay as they are."""
    assert source.moving is not None
    if clip.format == "gif":
        return "a GIF is no video"
    if clip.fades.video:
        return "its pictures fade"
    whole = frame_of(Clip(segments=clip.segments), source.moving.width, source.moving.height)
    if (frame.crop, frame.width * whole.height) != (whole.crop, frame.height * whole.width):
        return "its aspect ratio is changed"
    return "" if frame == whole else "its size is changed"


def _encode(order: Cut, source: ClipSource, frame: Frame, progress: Progress, stop: Stop) -> None:
    parts = [_part(source, order.clip, segment.start, segment.end) for segment in order.clip.segments]
    wanted = sum(len(part.table.shown) + (part.table.held is not None) for part in parts if part.table)
    for lead in LEADS:
        with suppress(*([MediaError] if lead else [])):  # the next one may do better
            encode_clip(source, order.clip, frame, parts, order.out, progress, stop, order.ffmpeg, lead)
            if order.clip.format != "mp4" or _pictures(order.out) >= wanted:
                return


def _pictures(film: Path) -> int:
    with open_media(film) as container:
        stream = video_stream(container)
        return sum(1 for packet in packets_of(container, stream) if packet.size) if stream else 0


def _part(source: ClipSource, clip: Clip, start: float, end: float) -> Part:
    if clip.format not in AUDIO_FORMATS:
        with suppress(Untimed):
            table = table_of(source.path, start, end)
            return Part(Range(table.begins, table.ends), table)
    first, last = (source.origin + Fraction(seconds).limit_denominator(1_000_000) for seconds in (start, end))
    return Part(Range(first, min(last, source.origin + Fraction(source.duration))))


def _looked_at(out: Path) -> MediaInfo:
    """MediaError when nothing came of the source."""
    try:
        info = probe(out)
    except MediaError as error:
        raise MediaError("media_unreadable", _NOTHING) from error
    if info.duration <= 0:
        raise MediaError("media_unreadable", _NOTHING)
    return info


def _made(clip: Clip, out: Path, copied: float, reason: str) -> CutMade:
    info, size, wanted = _looked_at(out), out.stat().st_size, clip.shape.aspect_ratio
    if clip.format in AUDIO_FORMATS:
        return CutMade(format=clip.format, duration=info.duration, bytes=size)
    if not info.has_video:
        raise MediaError("media_unreadable", _NOTHING)
    return CutMade(
        format=clip.format,
        duration=info.duration,
        bytes=size,
        width=info.width,
        height=info.height,
        quality=quality_of(info.width, info.height),
        aspect_ratio=ratio_of(info.width, info.height) if wanted == "original" else wanted,
        method="encode" if reason else "smart",
        copied=copied,
        reason=reason and f"The whole clip was encoded: {reason}.",
    )
