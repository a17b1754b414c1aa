from pathlib import Path

import numpy as np
import pytest

from renderer.encoding.limiting import CEILING, limited
from renderer.media.info import RATE
from tests.renderer.filming import Samples, tone
from tests.renderer.hearing import true_peak

RNG = np.random.default_rng(7)
NOISE = RNG.normal(0, 0.3, (3 * RATE, 2)).astype(np.float32)
IMPULSES = np.where(RNG.random((3 * RATE, 1)) < 1e-4, 3, 0).astype(np.float32).repeat(2, axis=1)


def whole(sound: Samples, block: int = 1 << 20) -> Samples:
    return np.concatenate(list(limited(sound[n : n + block] for n in range(0, len(sound), block))))


def faded(sound: Samples) -> Samples:
    """A sound that is cut off overshoots there, in the meter too."""
    edge = np.linspace(0, 1, 480, dtype=np.float32)
    gain = np.concatenate([edge, np.ones(len(sound) - 960, np.float32), edge[::-1]])
    return sound * gain[:, np.newaxis]


def test_what_stays_below_the_ceiling_passes_bit_by_bit() -> None:
    sound = faded(tone(1, 1000, 0.79))
    assert np.array_equal(whole(sound), sound)
    assert np.array_equal(whole(sound, 1000), sound)


@pytest.mark.parametrize(
    "sound",
    [
        pytest.param(NOISE, id="noise"),
        pytest.param(IMPULSES, id="impulses"),
        pytest.param(tone(3, 60, 2.5), id="bass"),
        pytest.param(tone(3, 11_025, 1.2), id="between samples"),
        pytest.param(tone(3, 19_000, 1.2), id="treble"),
    ],
)
def test_no_peak_is_above_the_ceiling_between_samples_either(sound: Samples, tmp_path: Path) -> None:
    """By ffmpeg's meter."""
    assert true_peak(faded(sound), tmp_path) > 0
    got = whole(faded(sound))
    assert np.abs(got).max() <= CEILING * (1 + 1e-6)
    assert -2.2 <= true_peak(got, tmp_path) <= -1.95


def test_a_peak_between_samples_is_found_where_no_sample_is_too_loud(tmp_path: Path) -> None:
    """A quarter of the sampling rate, halfway between its peaks: 3 dB are missing at the samples."""
    wave = 1.1 * np.sin(np.arange(RATE) * np.pi / 2 + np.pi / 4)
    sound = faded(np.stack([wave, wave], axis=1).astype(np.float32))
    assert np.abs(sound).max() < CEILING
    assert true_peak(whole(sound), tmp_path) == pytest.approx(-2, abs=0.06)


def test_only_the_neighbourhood_of_a_peak_is_turned_down() -> None:
    sound = faded(tone(3, 440, 0.5))
    sound[RATE : RATE + 2] *= 0
    sound[RATE] = 1.8  # asks for half the volume
    changed = np.flatnonzero((whole(sound) != sound).any(axis=1))
    assert RATE - 150 < changed[0] < RATE
    assert RATE + RATE // 10 < changed[-1] < RATE + RATE // 4


def test_both_sides_are_turned_down_alike_and_never_by_a_step() -> None:
    sound = RNG.uniform(0.5, 2, (RATE, 2)).astype(np.float32)
    gain = whole(sound) / sound
    assert gain.min() < 0.6
    assert np.allclose(gain[:, 0], gain[:, 1], atol=1e-6)
    assert np.abs(np.diff(gain[:, 0])).max() < 1 / 250


@pytest.mark.parametrize("count", [1, 11, 300, 5000])
def test_a_sound_keeps_its_length(count: int) -> None:
    got = whole(np.full((count, 2), 2, np.float32), 7)
    assert got.shape == (count, 2)
    assert np.abs(got).max() <= CEILING * (1 + 1e-6)


@pytest.mark.parametrize("block", [7, 100, 4801])
def test_blocks_of_any_size_give_the_same_samples(block: int) -> None:
    sound = NOISE[: RATE // 8]
    assert np.array_equal(whole(sound, block), whole(sound))
