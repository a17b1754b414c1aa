"""Mixes what is heard, block by block: MoviePy composes arrays of samples, and opens no file."""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from renderer.encoding.audio import Cue, at_once
from renderer.errors import Stopped
from renderer.media.info import RATE
from renderer.media.sound import Samples, Sound

_BLOCK = 10 * RATE  # memory does not grow with the length of the video
_TOGETHER = 4  # sounds composed at a time, 19 MB each: nor with how many are heard at once
_KEPT = 30_000_000  # microseconds; a loop up to this long is decoded once
_ALL_KEPT = 240_000_000  # of all loops that are heard at once: 92 MB
_GRID = RATE // 100  # a volume's keyframes are looked at every 10 ms, and joined by lines

Part = tuple[int, NDArray[np.float64]]


def mix(cues: list[Cue], files: Mapping[str, Path], samples: int, out: Path, stop: Callable[[], bool]) -> None:
    """Writes `samples` stereo samples, raw float32 at 48 kHz, clipped to -1..1. May raise Stopped."""
    kept = min(_KEPT, _ALL_KEPT // max(1, at_once([cue for cue in cues if cue.period])))
    voices = [_Voice(cue, files[cue.src], kept) for cue in cues]
    with ExitStack() as resources, out.open("wb") as file:
        for voice in voices:
            resources.callback(voice.close)
        for first in range(0, samples, _BLOCK):
            if stop():
                raise Stopped()
            count = min(_BLOCK, samples - first)
            parts = (part for voice in voices if (part := voice.part(first, first + count)))
            _composed(parts, count).clip(-1, 1).astype(np.float32).tofile(file)


def _composed(parts: Iterator[Part], count: int) -> NDArray[np.float64]:
    """The sum of the parts, each from its sample on. Few of them are held at a time."""
    total = np.zeros((count, 2))
    while few := list(islice(parts, _TOGETHER)):
        total += _composed_by_moviepy(few, count)
        few.clear()
    return total


def _composed_by_moviepy(parts: list[Part], count: int) -> NDArray[np.float64]:
    from moviepy.audio.AudioClip import (
        AudioArrayClip,
        CompositeAudioClip,
    )  # takes 0.5 s, and not all have sound

    clips = [AudioArrayClip(samples, RATE) for _, samples in parts]
    placed = [clip.with_start(first / RATE) for clip, (first, _) in zip(clips, parts, strict=True)]
    mixed = CompositeAudioClip(placed).get_frame(np.arange(count) / RATE)
    for clip in clips:
        del clip.frame_function  # it refers to its clip: the cycle would hold 8 MB until some later collection
    return cast(NDArray[np.float64], mixed)


class _Voice:
    """A cue being played: its file is open from the first sample that is heard to the last."""

    def __init__(self, cue: Cue, path: Path, keeps: int) -> None:
        """Of a loop up to `keeps` microseconds long the samples are kept."""
        self._cue, self._path, self._keeps = cue, path, keeps
        self._sound: Sound | None = None
        self._kept: Samples | None = None

    def part(self, first: int, end: int) -> Part | None:
        """What is heard between two samples of the video, and how long after `first` it begins."""
        start, stop = max(first, self._cue.start), min(end, self._cue.end)
        if start >= stop:
            return None
        if self._sound is None:
            self._sound = Sound(self._path)
        samples = self._read(self._sound, np.arange(start, stop) - self._cue.start)
        if stop == self._cue.end:
            self.close()
        return start - first, samples * _gain(self._cue, start, stop)[:, np.newaxis]

    def close(self) -> None:
        if self._sound is not None:
            self._sound.close()
        self._sound = self._kept = None

    def _read(self, sound: Sound, since: NDArray[np.int64]) -> Samples:
        """The samples by their numbers, in a row, since the cue's start."""
        skip, period = self._cue.skip, self._cue.period
        if not period:
            return sound.read(skip + int(since[0]), len(since))
        within = _within_loop(since, period)
        if period <= self._keeps:
            if self._kept is None:
                self._kept = sound.read(skip, math.ceil(period * RATE / 1_000_000) + 1)
            return self._kept[within]
        rounds = np.split(within, np.flatnonzero(np.diff(within) != 1) + 1)
        return np.concatenate([sound.read(skip + int(round_[0]), len(round_)) for round_ in rounds])


def _within_loop(since: NDArray[np.int64], period: int) -> NDArray[np.int64]:
    """Sample numbers within the round. `period` is in microseconds, 6 / 125 of a sample each.

    Round k begins at the sample nearest to k periods, so that picture and sound never drift apart.
    """
    turns = -(-(2 * since + 1) * 125 // (12 * period)) - 1
    return since - (turns * period * 12 + 125) // 250


def _gain(cue: Cue, start: int, stop: int) -> NDArray[np.float64]:
    """Volume and ramps from one sample of the video to another."""
    samples = np.arange(start, stop)
    if isinstance(cue.volume, float | int):
        gain = np.full(len(samples), float(cue.volume))
    else:
        first, last = start - cue.start, stop - cue.start
        grid = np.arange(first // _GRID, last // _GRID + 2) * _GRID
        values = [cast(float, cue.volume.at(at / RATE)) for at in grid.tolist()]
        gain = np.interp(samples - cue.start, grid, values)
    for ramp in cue.ramps:
        gain *= ramp.at(samples)
    return gain
