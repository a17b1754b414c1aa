"""The sound of a cut: AAC as it is, from the very sample on, or AAC made anew of the exact samples."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import chain, count
from pathlib import Path
from typing import Any, NamedTuple

import av.error
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.container import InputContainer
from av.packet import Packet
from msgspec import Struct

from renderer.media.info import RATE
from renderer.media.probe import audio_stream, open_media, origin_of, packets_of
from renderer.media.sound import Sound

FRAME = 1024  # samples of a packet of AAC-LC
_JITTER = Fraction(1, 500)  # Matroska rounds to milliseconds; more than that is a hole
_AHEAD = 1  # packets before the first one that is heard: each is heard together with the one before (overlap)
_BACK = Fraction(1, 2)


class Range(NamedTuple):
    """From `first` to before `end`, in seconds on the file's own clock."""

    first: Fraction
    end: Fraction


class Heard(NamedTuple):
    """A packet for the new file, its time counted in samples; those before 0 are decoded and not heard."""

    pts: int
    duration: int
    data: bytes


class Track(Struct, frozen=True):
    """AAC for one track, and what its decoder has to know. The packets can be taken once."""

    packets: Iterator[Heard]
    rate: int
    channels: int
    extradata: bytes
    is_copied: bool


def sound_of(path: Path, ranges: Sequence[Range], fade: float = 0) -> Track | None:
    """Copied where one piece of plain AAC is wanted as it is. None: there is no sound.

    `fade`: seconds of coming and going at the ends of each range.
    """
    with open_media(path) as container:
        stream = audio_stream(container)
        if stream is None:
            return None
        copied = _copied(container, stream, ranges[0]) if len(ranges) == 1 and not fade else None
        origin = origin_of(container)
    return copied or _made(path, [Range(first - origin, end - origin) for first, end in ranges], fade)


def _copied(container: InputContainer, stream: Any, piece: Range) -> Track | None:
    context: AudioCodecContext = stream.codec_context
    rate = context.sample_rate
    if context.name != "aac" or context.profile != "LC" or not context.extradata or not rate:
        return None
    tick = Fraction(stream.time_base)
    packets = _around(container, stream, piece)
    starts = [(packet.pts or 0) * tick for packet in packets]
    first = max((n for n, start in enumerate(starts) if start <= piece.first), default=None)
    if first is None or _has_holes(starts, rate) or starts[-1] + Fraction(FRAME, rate) + _JITTER < piece.end:
        return None
    used = packets[max(0, first - _AHEAD) :]
    place = round((_origin(starts, rate) - piece.first) * rate) + max(0, first - _AHEAD) * FRAME
    length = round((piece.end - piece.first) * rate)
    heard = (Heard(at, FRAME, bytes(packet)) for packet, at in zip(used, count(place, FRAME), strict=False))
    return Track(_until(length, heard), rate, context.channels, context.extradata, is_copied=True)


def _until(length: int, packets: Iterator[Heard]) -> Iterator[Heard]:
    """Those that are heard before; the last one as long as is left."""
    for packet in packets:
        if packet.pts < length:
            yield packet._replace(duration=min(packet.duration, length - packet.pts))


def _around(container: InputContainer, stream: Any, piece: Range) -> "list[Packet[Any]]":
    tick = Fraction(stream.time_base)
    try:
        container.seek(int((piece.first - _BACK) / tick), stream=stream)
    except av.error.FFmpegError:
        return []
    found = []
    for packet in packets_of(container, stream):
        if packet.pts is None or packet.pts * tick >= piece.end:
            break
        found.append(packet)
    return found


def _has_holes(starts: list[Fraction], rate: int) -> bool:
    """Whether some packet does not begin where the ones before end."""
    origin = _origin(starts, rate)
    return any(abs(start - origin - Fraction(n * FRAME, rate)) > _JITTER for n, start in enumerate(starts))


def _origin(starts: list[Fraction], rate: int) -> Fraction:
    """When the first packet starts: by all of them, since Matroska rounds each to a millisecond."""
    return sum((start - Fraction(n * FRAME, rate) for n, start in enumerate(starts)), Fraction(0)) / len(starts)


def _made(path: Path, ranges: Sequence[Range], fade: float) -> Track:
    from av.codec import CodecContext

    encoder: Any = CodecContext.create("aac", "w")
    encoder.sample_rate, encoder.layout, encoder.format, encoder.bit_rate = RATE, "stereo", "fltp", 192_000
    encoder.options = {"aac_coder": "fast"}
    encoder.time_base = Fraction(1, RATE)
    encoder.flags |= av.codec.context.Flags.global_header
    encoder.open()
    packets = (
        Heard(packet.pts, packet.duration, bytes(packet))
        for frame in chain(_frames(path, ranges, round(fade * RATE)), [None])
        for packet in encoder.encode(frame)
    )
    length = sum(round((end - first) * RATE) for first, end in ranges)
    return Track(_until(length, packets), RATE, 2, encoder.extradata, is_copied=False)


def _frames(path: Path, ranges: Sequence[Range], fade: int) -> Iterator[AudioFrame]:
    place = 0
    with Sound(path) as sound:
        for first, end in ranges:
            start, length = round(first * RATE), round((end - first) * RATE)
            for at in range(0, length, FRAME):
                samples = sound.read(start + at, min(FRAME, length - at))
                faded = samples * _gains(at, len(samples), length, fade)
                frame = AudioFrame.from_ndarray(np.ascontiguousarray(faded.T, np.float32), "fltp", "stereo")
                frame.sample_rate, frame.pts, frame.time_base = RATE, place, Fraction(1, RATE)
                yield frame
                place += len(samples)


def _gains(at: int, count: int, length: int, fade: int) -> Any:
    """Of samples `at` and following of a range that long, as a column."""
    if not fade:
        return 1.0
    places = np.arange(at, at + count)
    nearest = np.minimum(places, length - 1 - places)
    return np.clip(nearest / min(fade, length / 2), 0.0, 1.0)[:, np.newaxis]
