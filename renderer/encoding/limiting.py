"""Keeps a sound below full scale, also between its samples; what never comes near passes unchanged, bit by bit."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import cast

import numpy as np
from numpy.typing import NDArray

from renderer.media.sound import Samples

# -2 dBTP: EBU R128 asks for -1 of what is heard in the end. To music and speech that is pressed against it AAC and
# Opus add up to 0.6 dB, rarely 1.2, to noise and to square waves more.
CEILING = 10 ** (-2 / 20)
_ONE = 1 << 24  # of a gain; whole numbers, whose sums do not depend on where a block begins
_FALL = _ONE >> 8  # in a sample: the gain can fall from 1 to 0 within 5 ms before a peak
_RISE = _ONE >> 14  # in a sample: it takes a third of a second to rise again
_AHEAD = _ONE // _FALL
_REACH = 12  # samples on either side of a place between two that tell what is there
_PIECE = 4096  # samples looked at together: they stay in the processor's cache


def _interpolation() -> NDArray[np.float64]:
    """Weights of the 2 * _REACH samples around a quarter, half and three quarters of the way: sinc, Kaiser window.

    Looking at four places for each sample is the true peak of ITU-R BS.1770-5, annex 2. Flat to 21 kHz.
    """
    away = np.arange(1 - _REACH, _REACH + 1) - np.array([[0.25], [0.5], [0.75]])
    weights = np.sinc(away) * np.i0(4 * np.sqrt(1 - (away / _REACH) ** 2))
    return cast(NDArray[np.float64], weights / weights.sum(axis=1, keepdims=True))


_WEIGHTS = _interpolation()
_SAFE = CEILING / float(np.abs(_WEIGHTS).sum(axis=1).max())  # samples below make no peak above CEILING between them


def limited(blocks: Iterable[Samples]) -> Iterator[Samples]:
    """The same samples, turned down around what exceeds CEILING, in blocks (n, 2) of other sizes.

    A gain for both channels: of the lines that fall to each peak and rise after it, the lowest.
    """
    held = np.zeros((_REACH, 2), np.float32)  # and from there on what has not been given back
    reduction = 0
    for block in chain(blocks, [np.zeros((_REACH + _AHEAD, 2), np.float32)]):
        held = np.concatenate([held, block])
        count = len(held) - 2 * _REACH - _AHEAD
        if count <= 0:
            continue
        asked, samples = _asked(held), held[_REACH : _REACH + count]
        if reduction > 0 or asked.any():
            after = _after(asked[:count], reduction)
            reduction = int(after[-1])
            samples = (samples * (1 - np.maximum(_before(asked)[:count], after) / _ONE)[:, np.newaxis]).astype(
                np.float32
            )
        yield samples
        held = held[count:]


def _asked(samples: Samples) -> NDArray[np.int64]:
    """By how much the gain has to be less than _ONE at each sample but the _REACH at both ends."""
    peaks = _loudest(samples)
    if peaks.max() > _SAFE:
        between = _between(samples)
        peaks = np.maximum(peaks[_REACH:-_REACH], np.maximum(between[:-1], between[1:]))
    else:
        peaks = peaks[_REACH:-_REACH]
    return np.ceil((1 - CEILING / peaks.clip(CEILING)) * _ONE).astype(np.int64)


def _between(samples: Samples) -> NDArray[np.float32]:
    """The peaks between a sample and the next, from sample _REACH - 1 to the last that has _REACH after it."""
    peaks = np.zeros(len(samples) - 2 * _REACH + 1, np.float32)
    for first in range(0, len(peaks), _PIECE):
        found = peaks[first : first + _PIECE]
        around = samples[first : first + len(found) + 2 * _REACH - 1]
        if np.abs(around).max() <= _SAFE:
            continue
        for weights in _WEIGHTS.tolist():
            value = np.zeros((len(found), 2), np.float32)
            for n, weight in enumerate(weights):
                value += weight * around[n : n + len(found)]
            np.maximum(found, _loudest(value), out=found)
    return peaks


def _loudest(samples: Samples) -> NDArray[np.float32]:
    return np.maximum(np.abs(samples[:, 0]), np.abs(samples[:, 1]))


def _after(asked: NDArray[np.int64], reduction: int) -> NDArray[np.int64]:
    """What is asked for now or was before, less what the gain has risen since. `reduction`: just before."""
    risen = np.arange(1, len(asked) + 1) * _RISE
    return np.maximum(np.maximum.accumulate(asked + risen), reduction) - risen


def _before(asked: NDArray[np.int64]) -> NDArray[np.int64]:
    """What is asked for now or will be, less what the gain can still fall until then."""
    falling = np.arange(len(asked)) * _FALL
    return np.maximum.accumulate((asked - falling)[::-1])[::-1] + falling
