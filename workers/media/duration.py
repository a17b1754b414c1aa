"""How long a file is. What its header says is believed where its last packets bear it out."""

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
_NEAR, _SHARE = Fraction(1, 4), Fraction(1, 50)  # what a header may be off by: in seconds, and of the whole


def duration_of(path: Path, progress: Progress, stop: Stop) -> float:
    """In seconds. MediaError where nothing is there, or more than is allowed."""
    with open_media(path) as container:
        known = Fraction(container.duration or 0, av.time_base)
        told = known if container.format.name not in _COUNTED else Fraction(0)
        measured = _measured(container, told, progress, stop)
        exact = container.format.name in _EXACT
    if not measured and told > _TAIL:  # so much less is there that nothing was found where the end should be
        with open_media(path) as container:
            measured = _measured(container, Fraction(0), progress, stop)
    if exact and measured < told - _NEAR:
        raise MediaError("media_unreadable", INCOMPLETE)
    seconds = float(told if abs(measured - told) <= max(_NEAR, told * _SHARE) else measured)
    if seconds <= 0:
        raise MediaError("media_unreadable", "The file has neither pictures nor sound that last.")
    if seconds > MAX_SECONDS:
        raise MediaError("media_too_large", f"The file is longer than {MAX_SECONDS // 3600} hours. Upload it in parts.")
    return seconds


def _measured(container: InputContainer, told: Fraction, progress: Progress, stop: Stop) -> Fraction:
    """Where the last packet ends, in seconds; 0 where none is found. All is read where no end is announced."""
    wanted: list[Stream] = [s for s in (video_stream(container), audio_stream(container)) if s is not None]
    for stream in container.streams:
        stream.discard = Discard.default if stream in wanted else Discard.all
    if told > _TAIL:
        with suppress(av.error.FFmpegError):  # a file that cannot be searched is read from its start
            container.seek(int((told - _TAIL + origin_of(container)) * av.time_base))
    end = origin_of(container)
    try:
        for packet in container.demux(wanted):
            if stop():
                raise Stopped()
            if packet.pts is not None and packet.size:
                end = max(end, (packet.pts + _length(packet)) * Fraction(packet.time_base))
            if packet.pos:
                progress(min(packet.pos / container.size, 1.0))
    except av.error.FFmpegError:  # broken data ends it like the end of the file
        pass
    return end - origin_of(container)


def _length(packet: "Packet[Stream]") -> Fraction:
    """In ticks. A picture whose length is not told lasts as long as most."""
    if packet.duration:
        return Fraction(packet.duration)
    rate = packet.stream.average_rate if isinstance(packet.stream, VideoStream) else None
    return 1 / (rate * packet.time_base) if rate else Fraction(0)
