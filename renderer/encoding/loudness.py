"""How loud a sound is as a whole, as people hear it: integrated loudness by ITU-R BS.1770-5 (EBU R128), in LUFS."""

import math
from collections.abc import Iterable, Iterator
from functools import cache
from typing import cast

import numpy as np
from numpy.typing import NDArray

from renderer.media.info import RATE
from renderer.media.sound import Samples

_STEP = RATE // 10  # the blocks of the standard, 400 ms long, begin every 100 ms
_IN_BLOCK = 4  # steps
_HOP = 11 * _STEP
_SIZE = 1 << 16  # samples of a Fourier transform; those before the hop are longer than the filter rings
_OFFSET = -0.691  # dB: a sine of 997 Hz at full scale on one side is -3.01 LUFS
_SILENT = -70.0  # LUFS; what is not louder never counts
_QUIET = -10.0  # LU below the mean of what is louder: not either

# Tables 1 and 2 of the standard, for 48 kHz: the head's effect, then the low cut. Numerators and denominators.
_K_WEIGHTING = (
    ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585)),
    ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621)),
)


class Meter:
    """Measures what goes through it, (n, 2). It remembers ten numbers a second."""

    def __init__(self) -> None:
        self._held = np.zeros((_SIZE - _HOP, 2), np.float32)
        self._steps: list[NDArray[np.float64]] = []

    def through(self, blocks: Iterable[Samples]) -> Iterator[Samples]:
        """The same blocks; what was taken from here has been measured."""
        for block in blocks:
            self._held = np.concatenate([self._held, block])
            while len(self._held) >= _SIZE:
                self._steps.append(_powers(self._held[:_SIZE]))
                self._held = self._held[_HOP:]
            yield block

    def loudness(self) -> float | None:
        """Of all that went through, in LUFS; None when nothing of it counts: silence, or shorter than 400 ms."""
        rest = len(self._held) - (_SIZE - _HOP)
        last = _powers(np.concatenate([self._held, np.zeros((_HOP - rest, 2), np.float32)]))[: rest // _STEP]
        steps = np.concatenate([*self._steps, last])
        if len(steps) < _IN_BLOCK:
            return None
        return _gated(np.convolve(steps, np.full(_IN_BLOCK, 1 / _IN_BLOCK), "valid"))


def _powers(samples: Samples) -> NDArray[np.float64]:
    """The weighted mean squares of both sides, added, in each step of the hop that ends `samples`."""
    spectrum = np.fft.rfft(samples, axis=0) * _response()[:, np.newaxis]
    weighted = np.fft.irfft(spectrum, axis=0)[-_HOP:]
    return cast(NDArray[np.float64], (weighted**2).sum(axis=1).reshape(-1, _STEP).mean(axis=1))


@cache
def _response() -> NDArray[np.complex128]:
    delay = np.exp(-2j * np.pi * np.arange(_SIZE // 2 + 1) / _SIZE)
    ratios = [np.polyval(over[::-1], delay) / np.polyval(under[::-1], delay) for over, under in _K_WEIGHTING]
    return cast(NDArray[np.complex128], ratios[0] * ratios[1])


def _gated(powers: NDArray[np.float64]) -> float | None:
    loud = powers[powers > _power(_SILENT)]
    if not len(loud):
        return None
    return _level(float(loud[loud > loud.mean() * 10 ** (_QUIET / 10)].mean()))


def _level(power: float) -> float:
    return _OFFSET + 10 * math.log10(power)


def _power(level: float) -> float:
    return 10 ** ((level - _OFFSET) / 10)
