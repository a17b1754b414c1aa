"""Mixes what is heard, block by block: MoviePy composes arrays of samples, and opens no file."""

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from renderer.encoding.audio import Cue, at_once
from renderer.encoding.ducking import Sidechain
from renderer.encoding.limiting import limited
from renderer.encoding.loudness import Meter
from renderer.errors import Stopped
from renderer.format.keyframes import Track
from renderer.media.info import RATE
from renderer.media.sound import Samples, Sound

_BLOCK = 10 * RATE  # memory does not grow with the length of the video
_TOGETHER = 4  # sounds composed at a time, 19 MB each: nor with how many are heard at once
_KEPT = 30_000_000  # microseconds; a loop up to this long is decoded once
_ALL_KEPT = 240_000_000  # of all loops that are heard at once: 92 MB
_GRID = RATE // 100  # a volume's keyframes are looked at every 10 ms, and joined by lines
_NEAR = 0.1  # LU; as near to the loudness asked for is good
_TRIES = 6  # to make up for what limiting takes away
_MADE_UP = 6.0  # dB at most: more would press the loud parts flat

Heard = tuple[int, NDArray[np.float64]]


def mix(
    cues: list[Cue],
    files: Mapping[str, Path],
    samples: int,
    out: Path,
    stop: Callable[[], bool],
    *,
    loudness: float | None,
) -> float | None:
    """Writes `samples` stereo samples, raw float32 at 48 kHz, without peaks above full scale. May raise Stopped.

    `loudness` in LUFS is that of the whole; the answer is what was reached. Where nothing was asked for, or nothing
    can be measured (silence, less than 0.4 s), the sound stays as it is and the answer is None.
    """
    kept = min(_KEPT, _ALL_KEPT // max(1, at_once([cue for cue in cues if cue.period])))
    voices = [_Voice(cue, files[cue.src], kept) for cue in cues]
    with ExitStack() as resources:
        for voice in voices:
            resources.callback(voice.close)
        mixed = _mixed(voices, samples, stop)
        if loudness is not None:
            return _write_at(loudness, mixed, out, stop)
        _write(limited(mixed), out)
        return None


def _write_at(loudness: float, blocks: Iterable[Samples], out: Path, stop: Callable[[], bool]) -> float | None:
    """One gain for the whole, found with the peaks limited; in hundredths of a dB, the same on every machine."""
    plain = out.with_suffix(".plain")
    reached = _write_measured(blocks, plain)
    gain = least = 0.0 if reached is None else round(loudness - reached, 2)
    for _ in range(_TRIES):
        reached = _write_measured(limited(_louder(plain, gain, stop)), out)
        better = gain if reached is None else min(round(gain + loudness - reached, 2), least + _MADE_UP)
        if abs(better - gain) <= _NEAR:
            break
        gain = better
    plain.unlink()
    return reached


def _write_measured(blocks: Iterable[Samples], out: Path) -> float | None:
    meter = Meter()
    _write(meter.through(blocks), out)
    return meter.loudness()


def _write(blocks: Iterable[Samples], out: Path) -> None:
    with out.open("wb") as file:
        for block in blocks:
            block.tofile(file)


def _louder(path: Path, gain: float, stop: Callable[[], bool]) -> Iterator[Samples]:
    """The samples of a file, `gain` dB louder."""
    factor = np.float32(10 ** (gain / 20))
    with path.open("rb") as file:
        while len(block := np.fromfile(file, np.float32, _BLOCK * 2)):
            if stop():
                raise Stopped()
            yield block.reshape(-1, 2) * factor


def _mixed(voices: list["_Voice"], samples: int, stop: Callable[[], bool]) -> Iterator[Samples]:
    """The sum of all. Those that give way are added once it is known when the others will be heard again."""
    leading = [voice for voice in voices if voice.cue.ducking is None]
    giving = [voice for voice in voices if voice.cue.ducking is not None]
    ahead = max((voice.cue.ducking.ahead for voice in voices if voice.cue.ducking is not None), default=0)
    sidechain = Sidechain(samples)
    waiting: deque[tuple[int, NDArray[np.float64]]] = deque()
    for first in range(0, samples, _BLOCK):
        if stop():
            raise Stopped()
        end = min(first + _BLOCK, samples)
        total = np.zeros((end - first, 2))
        _add(leading, first, total, sidechain)
        if giving:
            sidechain.hear(total)
        waiting.append((first, total))
        while waiting and (end == samples or waiting[0][0] + _BLOCK + ahead <= end):
            start, total = waiting.popleft()
            _add(giving, start, total, sidechain)
            yield total.astype(np.float32)


def _add(voices: list["_Voice"], first: int, total: NDArray[np.float64], sidechain: Sidechain) -> None:
    """To the total what is heard of the voices from sample `first` on. Few parts are held at a time."""
    parts = (part for voice in voices if (part := voice.part(first, first + len(total), sidechain)))
    while few := list(islice(parts, _TOGETHER)):
        total += _composed_by_moviepy(few, len(total))
        few.clear()


def _composed_by_moviepy(parts: list[Heard], count: int) -> NDArray[np.float64]:
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
        self.cue, self._path, self._keeps = cue, path, keeps
        self._sound: Sound | None = None
        self._kept: Samples | None = None

    def part(self, first: int, end: int, sidechain: Sidechain) -> Heard | None:
        """What is heard between two samples of the video, and how long after `first` it begins."""
        start, stop = max(first, self.cue.start), min(end, self.cue.end)
        if start >= stop:
            return None
        if self._sound is None:
            self._sound = Sound(self._path)
        samples = self._read(self._sound, np.arange(start, stop) - self.cue.start)
        if stop == self.cue.end:
            self.close()
        return start - first, samples * _gain(self.cue, start, stop, sidechain)[:, np.newaxis]

    def close(self) -> None:
        if self._sound is not None:
            self._sound.close()
        self._sound = self._kept = None

    def _read(self, sound: Sound, since: NDArray[np.int64]) -> Samples:
        """The samples by their numbers, in a row, since the cue's start."""
        skip, period = self.cue.skip, self.cue.period
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


def _gain(cue: Cue, start: int, stop: int, sidechain: Sidechain) -> NDArray[np.float64]:
    """Volume, ramps and ducking from one sample of the video to another."""
    samples = np.arange(start, stop)
    gain = _values(cue.volume, samples - cue.start)
    for ramp in cue.ramps:
        gain *= ramp.at(samples)
    if cue.ducking is not None:
        to = _values(cue.ducking.to, samples - cue.start)
        gain *= 1 - (1 - to) * sidechain.depth(cue.ducking, start, stop)
    return gain


def _values(animated: float | Track, since: NDArray[np.int64]) -> NDArray[np.float64]:
    """Of a property at samples in a row, counted from the start of what it belongs to."""
    if isinstance(animated, float | int):
        return np.full(len(since), float(animated))
    grid = np.arange(since[0] // _GRID, since[-1] // _GRID + 2) * _GRID
    values = [cast(float, animated.at(at / RATE)) for at in grid.tolist()]
    return np.interp(since, grid, values)
