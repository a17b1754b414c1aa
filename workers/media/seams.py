"""The pictures at the edges of a copied stretch, encoded so that both can be decoded as one stream."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple, cast
from zlib import crc32

import cv2
import numpy as np
from av.codec import CodecContext
from av.codec.context import Flags
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame
from msgspec import Struct
from numpy.typing import NDArray

from renderer.errors import Stopped
from renderer.media.probe import decoder_of
from workers.media.frame_table import standing_at
from workers.media.h264 import ParameterSets, Promise, parameter_sets

WITNESSES = 24  # copied pictures beside a seam whose every pixel is compared
_SMALL = 160  # pixels a side, for comparing pictures that were encoded
PROFILES = {66: "baseline", 77: "main", 100: "high"}
_REFERENCES = 4  # pictures kept, as far as the source's decoder has room for them
_FACTOR = 16  # a little better than what it stands beside, so that nobody sees where it ends

Small = NDArray[np.uint8]


class Coded(NamedTuple):
    """A picture for the new file: when it is shown, in ticks of the new file, and its units."""

    pts: int
    is_key: bool
    data: bytes


class Seam(Struct, frozen=True):
    """Pictures to encode and, beside them, pictures that are copied: times in the source with those in the new file."""

    pictures: dict[int, int]
    witnesses: dict[int, int]


class Sewn(Struct, frozen=True):
    """What came of a seam; `small` and `exact` are of the source's pictures, by their times in the new file."""

    coded: list[Coded]
    small: dict[int, Small]
    exact: dict[int, int]
    sets: ParameterSets


class Like(Struct, frozen=True):
    """How a seam has to be encoded to fit to the copied pictures."""

    sequence: Promise
    number: int
    reorders: int
    tick: Fraction


def encoder_like(stream: Any, like: Like) -> VideoCodecContext:
    """Its sequence set promises the same profile, level, size of memory and colours as the source's."""
    own: VideoCodecContext = stream.codec_context
    encoder = CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = own.width, own.height, own.pix_fmt
    encoder.time_base, encoder.framerate = stream.time_base, stream.average_rate or Fraction(30)
    encoder.sample_aspect_ratio = stream.sample_aspect_ratio or Fraction(1)
    for name in ("color_range", "color_primaries", "color_trc", "colorspace"):
        setattr(encoder, name, getattr(own, name))
    encoder.flags |= Flags.global_header
    references = min(max(like.sequence.references, 1), _REFERENCES)
    pyramid = "normal" if references >= _REFERENCES else "strict"  # as many pictures to keep as it may
    encoder.options = {
        **{"preset": "veryfast", "crf": str(_FACTOR), "profile": PROFILES[like.sequence.profile], "threads": "4"},
        **{"bf": "2" if like.reorders else "0", "b-pyramid": "none" if like.reorders < 2 else pyramid},
        "x264-params": ":".join(
            (
                *(f"sps-id={like.number}", f"level-idc={like.sequence.level}"),
                *(f"ref={references}", "keyint=infinite", "scenecut=0"),
            )
        ),
    }
    return encoder


def sew(path: Path, seam: Seam, like: Like, stop: Callable[[], bool]) -> Sewn:
    """Decodes the source around a seam and encodes what is new of it."""
    wanted = {**seam.pictures, **seam.witnesses}
    coded: list[Coded] = []
    small: dict[int, Small] = {}
    exact: dict[int, int] = {}
    with standing_at(path, min(wanted) * like.tick) as standing:
        encoder = encoder_like(standing.stream, like)
        encoder.open()
        for frame in decoded(decoder_of(standing.stream), standing.packets):
            if stop():
                raise Stopped()
            if frame.pts in seam.witnesses:
                exact[seam.witnesses[frame.pts]] = fingerprint(frame)
            if frame.pts in seam.pictures:
                shown = seam.pictures[frame.pts]
                small[shown] = shrunk(frame)
                frame.pts, frame.dts, frame.time_base, frame.pict_type = shown, None, like.tick, PictureType.NONE
                coded += [_coded(packet) for packet in encoder.encode(frame)]
            if len(small) + len(exact) == len(wanted):
                break
        coded += [_coded(packet) for packet in encoder.encode(None)]
        return Sewn(coded, small, exact, parameter_sets(encoder.extradata or b""))


def decoded(decoder: VideoCodecContext, packets: "Iterator[Packet[Any]]") -> Iterator[VideoFrame]:
    """Pictures in the order they are shown; those that a decoder calls broken are no pictures."""
    for packet in packets:
        for frame in decoder.decode(packet if packet.size else None):
            if not frame.is_corrupt:
                yield frame


def fingerprint(frame: VideoFrame) -> int:
    return crc32(frame.to_ndarray().tobytes())


def shrunk(frame: VideoFrame) -> Small:
    """Its luma, small."""
    luma = cast(Small, frame.to_ndarray()[: frame.height])
    shrink = max(frame.width, frame.height) / _SMALL
    if shrink <= 1:
        return luma.copy()
    size = (max(1, round(frame.width / shrink)), max(1, round(frame.height / shrink)))
    return cast(Small, cv2.resize(luma, size, interpolation=cv2.INTER_AREA))


def _coded(packet: "Packet[Any]") -> Coded:
    assert packet.pts is not None
    return Coded(packet.pts, packet.is_keyframe, bytes(packet))
