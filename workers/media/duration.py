"""How long a file is. What its header says is believed where its last packets bear it out."""

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
import av.error
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard, Stream
from av.video.stream import VideoStream

from renderer.errors import MediaError, Stopped
from renderer.media.info import MAX_SECONDS
from renderer.media.probe import audio_stream, open_media, origin_of, video_stream
from workers.media.orders import Progress, Stop
from workers.media.wholeness import INCOMPLETE

_COUNTED = {"mp3", "aac", "amr"}  # FFmpeg guesses their length, and the times after a seek, from the bit rate
_EXACT = {"flac"}  # says how many samples there are, and no size that could tell whether they are
_TAIL = 3  # seconds before the announced end from which it is read
_OFF, _SHARE = Fraction(1, 4), Fraction(1, 50)  # what a header may be off by: in seconds, and of the whole


def duration_of(path: Path, progress: Progress, stop: Stop) -> float:
    """In seconds. MediaError where nothing is there, or more than is allowed."""
    with open_media(path) as container:
        demuxer = container.format.name
        told = Fraction(0) if demuxer in _COUNTED else Fraction(container.duration or 0, av.time_base)
    measured = _measured(path, told, progress, stop)
    if told > _TAIL and not _near(measured, told):
        measured = _measured(path, Fraction(0), progress, stop)
    if demuxer in _EXACT and measured < told - _OFF:
        raise MediaError("media_unreadable", INCOMPLETE)
    seconds = float(told if _near(measured, told) else measured)
    if seconds <= 0:
        raise MediaError("media_unreadable", "The file has neither pictures nor sound that last.")
    if seconds > MAX_SECONDS:
        raise MediaError("media_too_large", f"The file is longer than {MAX_SECONDS // 3600} hours. Upload it in parts.")
    return seconds


def _near(measured: Fraction, told: Fraction) -> bool:
    return abs(measured - told) <= max(_OFF, told * _SHARE)


def _measured(path: Path, told: Fraction, progress: Progress, stop: Stop) -> Fraction:
    """Where the last packet ends, in seconds. Only the end of a file is read whose header tells where that is."""
    end, size = Fraction(0), path.stat().st_size
    with open_media(path) as container:
        origin = origin_of(container)
        if told > _TAIL:
            with suppress(av.error.FFmpegError):  # a file that cannot be searched is read from its start
                container.seek(int((told - _TAIL + origin) * av.time_base))
        for packet in _packets(container):
            if stop():
                raise Stopped()
            if packet.pts is not None and packet.size:
                end = max(end, (packet.pts + _length(packet)) * Fraction(packet.time_base) - origin)
            if packet.pos:
                progress(min(packet.pos / size, 1.0))
    return end


def _packets(container: InputContainer) -> Iterator["Packet[Stream]"]:
    """Of what is seen and heard, from where the container stands; broken data ends them like the end of the file."""
    wanted: list[Stream] = [s for s in (video_stream(container), audio_stream(container)) if s is not None]
    for stream in container.streams:
        stream.discard = Discard.default if stream in wanted else Discard.all
    with suppress(av.error.FFmpegError):
        yield from container.demux(wanted)


def _length(packet: "Packet[Stream]") -> Fraction:
    """In ticks. A picture whose length is not told lasts as long as most."""
    if packet.duration:
        return Fraction(packet.duration)
    rate = packet.stream.average_rate if isinstance(packet.stream, VideoStream) else None
    return 1 / (rate * packet.time_base) if rate else Fraction(0)
