"""Looks through a new file before anybody gets it: every packet, and the pictures beside the seams."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from av.video.frame import VideoFrame
from msgspec import Struct
from numpy.typing import NDArray

from renderer.errors import Stopped
from renderer.media.probe import audio_stream, decoder_of, open_media, packets_of, video_stream
from workers.media.copied_sound import FRAME
from workers.media.cut_plan import Doubt
from workers.media.frame_table import standing_at
from workers.media.seams import Small, decoded, fingerprint, shrunk

_APART = Fraction(1, 20)  # seconds by which sound and pictures may end at different times
_ALIKE = 0.9  # structural similarity of a picture and what the encoder made of it


class Expected(Struct, frozen=True):
    """What is to be found: times of pictures in their stored order, and how those beside seams look."""

    tick: Fraction
    times: list[int]
    end: int
    small: dict[int, Small]
    exact: dict[int, int]
    has_sound: bool


def prove(out: Path, expected: Expected, stop: Callable[[], bool]) -> None:
    """Doubt, if anything is not as it should be."""
    tick = _prove_pictures(out, expected)
    _prove_sound(out, expected)
    times = sorted({*expected.small, *expected.exact})
    scale = expected.tick / tick
    for run in _runs(times, sorted(expected.times)):
        _prove_looks(out, run, expected, scale, stop)


def _prove_pictures(out: Path, expected: Expected) -> Fraction:
    with open_media(out) as container:
        stream = video_stream(container)
        if stream is None:
            raise Doubt("the new file has no pictures")
        tick = Fraction(stream.time_base or 1)
        packets = [(packet.pts, packet.dts) for packet in packets_of(container, stream) if packet.size]
    if [pts * tick for pts, _ in packets if pts is not None] != [time * expected.tick for time in expected.times]:
        raise Doubt("the new file shows its pictures at other times")
    if any(a is None or b is None or b <= a for (_, a), (_, b) in pairwise(packets)):
        raise Doubt("the new file's packets are not in order")
    return tick


def _prove_sound(out: Path, expected: Expected) -> None:
    """It begins with the pictures or before, has no hole, and does not end long before or after them."""
    if not expected.has_sound:
        return
    with open_media(out) as container:
        stream = audio_stream(container)
        if stream is None:
            raise Doubt("the new file has no sound")
        tick = Fraction(stream.time_base or 1)
        packets = [(packet.pts or 0, packet.duration or 0) for packet in packets_of(container, stream) if packet.size]
    if not packets or packets[0][0] > 0 or any(b - a != FRAME for (a, _), (b, _) in pairwise(packets)):
        raise Doubt("the new file's sound has holes")
    if abs(sum(packets[-1]) * tick - expected.end * expected.tick) > _APART:
        raise Doubt("the new file's sound ends at another time than its pictures")


def _runs(times: list[int], shown: list[int]) -> Iterator[list[int]]:
    """Those of `times` that follow each other without a picture between them."""
    places = {time: place for place, time in enumerate(shown)}
    run: list[int] = []
    for time in times:
        if run and places[time] != places[run[-1]] + 1:
            yield run
            run = []
        run.append(time)
    if run:
        yield run


def _prove_looks(out: Path, run: list[int], expected: Expected, scale: Fraction, stop: Callable[[], bool]) -> None:
    left = dict.fromkeys(run)
    with standing_at(out, run[0] * expected.tick) as standing:
        decoder = decoder_of(standing.stream)
        decoder.options = {**decoder.options, "err_detect": "explode"}
        for frame in decoded(decoder, standing.packets):
            if stop():
                raise Stopped()
            time = None if frame.pts is None else round(frame.pts / scale)
            if time in left:
                del left[time]
                _prove_look(frame, time, expected)
            if not left:
                return
    raise Doubt("the new file has pictures that cannot be decoded")


def _prove_look(frame: VideoFrame, time: int, expected: Expected) -> None:
    if time in expected.exact and fingerprint(frame) != expected.exact[time]:
        raise Doubt("copied pictures look different beside the cuts")
    if time in expected.small and similarity(shrunk(frame), expected.small[time]) < _ALIKE:
        raise Doubt("encoded pictures look different")


def similarity(one: Small, other: Small) -> float:
    """SSIM (Wang et al., 2004) of two pictures in grey, on average."""
    a, b = one.astype(np.float32), other.astype(np.float32)
    mean_a, mean_b = _blurred(a), _blurred(b)
    spread_a, spread_b = _blurred(a * a) - mean_a**2, _blurred(b * b) - mean_b**2
    common = _blurred(a * b) - mean_a * mean_b
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    alike = (2 * mean_a * mean_b + c1) * (2 * common + c2)
    return float((alike / ((mean_a**2 + mean_b**2 + c1) * (spread_a + spread_b + c2))).mean())


def _blurred(picture: NDArray[np.float32]) -> NDArray[Any]:
    return cv2.GaussianBlur(picture, (11, 11), 1.5)
