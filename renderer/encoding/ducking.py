"""Sounds that give way to others: quieter a little before the others are heard, and until a little after."""

from typing import cast

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from renderer.format.keyframes import Track
from renderer.media.info import RATE

WINDOW = RATE // 100  # samples for which one level is kept
_PAUSE = 30  # windows; between words nothing rises
_NEVER = 1 << 40  # windows


class Ducking(Struct, frozen=True, kw_only=True):
    """`to` is what the sound is multiplied by while others are as loud as `threshold`, in dB below full scale.

    It falls within `attack` seconds before they begin, and rises within `release` seconds after they end.
    """

    to: float | Track
    attack: float
    release: float
    threshold: float

    @property
    def ahead(self) -> int:
        """How many samples after one others have to be known, to tell how far it gives way."""
        return (_windows_in(self.attack) + 2) * WINDOW


class Sidechain:
    """How loud those are that others give way to, as far as they have been heard: a mean square in each window."""

    def __init__(self, samples: int) -> None:
        self._power = np.zeros(_windows(samples))
        self._heard = 0

    def hear(self, block: NDArray[np.float64]) -> None:
        """What comes next, (n, 2). All but the last are whole windows."""
        squares = (block**2).mean(axis=1)
        first, count = self._heard // WINDOW, _windows(len(block))
        self._power[first : first + count] = np.add.reduceat(squares, np.arange(count) * WINDOW) / WINDOW
        self._heard += len(block)

    def depth(self, ducking: Ducking, start: int, stop: int) -> NDArray[np.float64]:
        """For each sample from 0, where nothing gives way, to 1. Heard must be `ahead` samples more, or all.

        A function of the levels alone, nothing is carried on: blocks of any size give the same.
        """
        attack, release = _windows_in(ducking.attack), _windows_in(ducking.release)
        first = max(0, start // WINDOW - release - _PAUSE - 1)
        loud = self._power[first : _windows(stop) + attack + 1] >= 10 ** (ducking.threshold / 10)
        edges = np.arange(len(loud) + 1)
        return np.interp(np.arange(start, stop), (first + edges) * WINDOW, _depth(loud, edges, attack, release))


def _windows(samples: int) -> int:
    return -(-samples // WINDOW)


def _windows_in(seconds: float) -> int:
    """At least one: a sound that is switched clicks."""
    return max(1, round(seconds * RATE / WINDOW))


def _depth(loud: NDArray[np.bool_], edges: NDArray[np.int64], attack: int, release: int) -> NDArray[np.float64]:
    """At the edges of the windows, from how far away the nearest loud window begins, or has ended."""
    ends = np.concatenate([[-_NEVER], np.where(loud, edges[1:], -_NEVER)])
    begins = np.concatenate([np.where(loud, edges[:-1], _NEVER), [_NEVER]])
    since = edges - np.maximum.accumulate(ends) - _PAUSE
    until = np.minimum.accumulate(begins[::-1])[::-1] - edges
    nearest = np.minimum(until / attack, since.clip(0) / release)
    return cast(NDArray[np.float64], (1 - nearest).clip(0))
