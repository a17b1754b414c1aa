"""Which pictures a piece of a video shows, to the tick, from the times in its packets; nothing is decoded.

A piece shows every picture that begins at its start or later and before its end, and its time 0 is the moment when the
first of them begins. A picture that stays for long, as slides and screen recordings have them, is cut where the piece
says: what is seen at the start is shown from the start on.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import NamedTuple, cast

import av.error
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream
from msgspec import Struct

from renderer.errors import MediaError
from renderer.media.probe import open_media, origin_of, packets_of, video_stream

_ROUNDING = Fraction(1, 2000)  # clients and Matroska round times to milliseconds
_LONG = Fraction(1, 10)  # a picture that is shown for longer may be cut
_STEPS_BACK = (0, 2, 10, 60)  # seconds; a seek may land late: key frames are indexed by decoding time
_UNTIMED = {"avi"}  # has the order of packets only
_MOST = 200_000  # packets of a piece


class Untimed(Exception):
    """The packets do not say when their pictures are shown."""


class Sample(NamedTuple):
    """One packet of the video, in the order of decoding. `is_key`: decoding can begin here and needs nothing before."""

    pts: int
    duration: int
    is_key: bool
    is_discarded: bool


class Table(Struct, frozen=True):
    """The packets from the last key frame before a piece to its end; times in ticks on the file's own clock.

    The piece lasts from `first` to before `end`. `held`: the time of the picture that is on the screen at `first`,
    when none begins there.
    """

    tick: Fraction
    samples: tuple[Sample, ...]
    first: int
    end: int
    held: int | None

    @property
    def shown(self) -> list[int]:
        """When the pictures that begin within the piece do."""
        return sorted(sample.pts for sample in self.samples if self.first <= sample.pts < self.end)

    @property
    def begins(self) -> Fraction:
        return self.first * self.tick

    @property
    def ends(self) -> Fraction:
        return self.end * self.tick


class Standing(NamedTuple):
    """An open video, and its packets from the key frame on before the moment that was asked for."""

    container: InputContainer
    stream: VideoStream
    packets: "Iterator[Packet[VideoStream]]"

    @property
    def tick(self) -> Fraction:
        return Fraction(self.stream.time_base or 1)


@contextmanager
def standing_at(path: Path, moment: Fraction) -> Iterator[Standing]:
    """At the last key frame that is shown at `moment` or before, on the file's clock; at its start without one."""
    for back in (*_STEPS_BACK, None):
        with open_media(path) as container:
            stream = video_stream(container)
            assert stream is not None
            packets = cast("Iterator[Packet[VideoStream]]", packets_of(container, stream))
            standing = Standing(container, stream, packets)
            found = standing if back is None else _sought(standing, moment, back)
            if found is not None:
                yield found
                return


def _sought(standing: Standing, moment: Fraction, back: int) -> Standing | None:
    container, stream, packets = standing
    try:
        container.seek(int((moment - back) / standing.tick), stream=stream)
    except av.error.FFmpegError:
        return None
    for packet in packets:
        if packet.is_keyframe and packet.size and packet.pts is not None:
            early = packet.pts * standing.tick <= moment
            return Standing(container, stream, chain([packet], packets)) if early else None
    return None


def _marked(packet: "Packet[VideoStream]") -> bool:
    return packet.is_keyframe


def table_of(path: Path, start: float, end: float, is_key: "Callable[[Packet[VideoStream]], bool]" = _marked) -> Table:
    """Of the piece from `start` to `end` seconds. MediaError when the video shows nothing there."""
    with open_media(path) as container:
        origin, whole = origin_of(container), Fraction(container.duration or 0, av.time_base)
    since, until = (origin + Fraction(seconds).limit_denominator(1_000_000) for seconds in (start, end))
    with standing_at(path, since + _ROUNDING) as standing:
        if standing.container.format.name in _UNTIMED and standing.stream.codec_context.has_b_frames:
            raise Untimed
        tick, samples = standing.tick, _samples(standing, until, is_key)
    last = max((sample.pts + sample.duration for sample in samples), default=0)
    times = sorted(sample.pts for sample in samples if not sample.is_discarded)
    until = min(until, max(last * tick, origin + whole))
    first, end_tick = (_cut_at(times, moment, tick, last) for moment in (since, until))
    held = _held(times, first)
    if first >= end_tick or (held is None and not any(first <= time < end_tick for time in times)):
        raise MediaError("invalid_range", "The video shows nothing between start and end. Choose other times.")
    return Table(tick, samples, first, end_tick, held)


def _samples(
    standing: Standing, until: Fraction, is_key: "Callable[[Packet[VideoStream]], bool]"
) -> tuple[Sample, ...]:
    found: list[Sample] = []
    enough = (until + _LONG) / standing.tick
    for packet in standing.packets:
        if not packet.size:
            continue
        if packet.pts is None:
            raise Untimed
        found.append(Sample(packet.pts, packet.duration or 0, is_key(packet), packet.is_discard))
        if (packet.dts is not None and packet.dts > enough) or len(found) > _MOST:
            break
    return tuple(found)


def _cut_at(times: list[int], moment: Fraction, tick: Fraction, last: int) -> int:
    """When the next picture begins, or the last one is over; the moment itself where that is a long time away."""
    at = bisect_left(times, (moment - _ROUNDING) / tick)
    following = times[at] if at < len(times) else last
    return following if abs(following * tick - moment) < _LONG else round(moment / tick)


def _held(times: list[int], first: int) -> int | None:
    at = bisect_left(times, first)
    if at < len(times) and times[at] == first:
        return None
    return times[at - 1] if at else None
