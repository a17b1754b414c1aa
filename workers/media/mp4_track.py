"""Writes MP4 of packets: their order and times are known, nothing is encoded here."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, cast

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet

from renderer.errors import Stopped
from renderer.media.probe import audio_stream, open_media, video_stream
from workers.media.copied_sound import Track


class Picture(NamedTuple):
    """When it is shown, in ticks of the source; whether a player may begin with it; its units, sizes before them."""

    pts: int
    is_key: bool
    data: bytes


def write_mp4(
    out: Path,
    source: Path,
    pictures: Iterator[Picture],
    times: Sequence[int],
    end: int,
    record: bytes,
    sound: Track | None,
    progress: Callable[[float], None],
    stop: Callable[[], bool],
) -> None:
    """A track like the source's with these pictures, which are shown at `times` and until `end`, and one of sound."""
    options = {"movflags": "+faststart", "fflags": "+bitexact", "movie_timescale": "90000"}
    with open_media(source) as original, av.open(str(out), "w", format="mp4", container_options=options) as made:
        template = video_stream(original)
        assert template is not None
        video = made.add_stream_from_template(template)
        video.codec_context.extradata = record
        tick = Fraction(template.time_base or 1)
        packets = [_video_packets(pictures, times, end, video, tick)]
        if sound is not None:
            packets.append(_sound_packets(sound, _sound_stream(made, original, sound)))
        whole = float(end * tick)
        for packet in heapq.merge(*packets, key=_when):
            if stop():
                raise Stopped()
            made.mux_one(packet)
            progress(min(1.0, max(0.0, float(_when(packet)) / whole)))


def _video_packets(
    pictures: Iterator[Picture], times: Sequence[int], end: int, stream: Any, tick: Fraction
) -> "Iterator[Packet[Any]]":
    """Times of decoding follow from those of showing: in the same order, as little earlier as is enough."""
    shown = sorted(times)
    lasts = {time: following - time for time, following in pairwise([*shown, end])}
    early = max(slot - time for slot, time in zip(shown, times, strict=True))
    for slot, picture in zip(shown, pictures, strict=True):
        packet = Packet(picture.data)
        packet.stream, packet.time_base = stream, tick
        packet.pts, packet.dts, packet.duration = picture.pts, slot - early, lasts[picture.pts]
        packet.is_keyframe = picture.is_key
        yield packet


def _when(packet: "Packet[Any]") -> Fraction:
    return (packet.dts or 0) * Fraction(packet.time_base)


def _sound_stream(made: OutputContainer, original: Any, sound: Track) -> Any:
    if sound.is_copied:
        stream: Any = made.add_stream_from_template(cast(AudioStream, audio_stream(original)))
    else:
        stream = made.add_stream("aac", sound.rate, layout="stereo")
    stream.codec_context.extradata = sound.extradata
    stream.time_base = Fraction(1, sound.rate)
    return stream


def _sound_packets(sound: Track, stream: Any) -> "Iterator[Packet[Any]]":
    for heard in sound.packets:
        packet: Packet[Any] = Packet(heard.data)
        packet.stream, packet.time_base = stream, Fraction(1, sound.rate)
        packet.pts = packet.dts = heard.pts
        packet.duration, packet.is_keyframe = heard.duration, True
        yield packet
