"""Drum machine and synthesiser: what the promotional templates' scores play besides the instruments."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from templates.artwork.instruments import RATE, band, pitch, placed, silence, times

Chance = np.random.Generator


def kick(strength: float = 1.0) -> np.ndarray:
    """A drum whose skin falls from 170 to 47 Hz."""
    t = times(0.42)
    sweep = np.cumsum(47 + 123 * np.exp(-t * 38)) / RATE
    body = np.sin(2 * np.pi * sweep) * np.exp(-t * 8.5)
    click = np.exp(-t * 900) * 0.25
    return strength * (body + click) * np.clip(t / 0.001, 0, 1) * np.clip((0.42 - t) / 0.05, 0, 1)


def clap(chance: Chance) -> np.ndarray:
    t = times(0.3)
    hands = sum((t >= late) * np.exp(-np.maximum(t - late, 0) * rate) for late, rate in
                ((0.0, 180), (0.011, 180), (0.022, 26)))  # fmt: skip
    return band(chance.normal(0, 1, len(t)), 950, 5200) * hands * 0.9


def hat(chance: Chance, ring: float = 0.05) -> np.ndarray:
    t = times(ring * 5)
    return band(chance.normal(0, 1, len(t)), 7000, 14_000) * np.exp(-t / ring) * np.clip(t / 0.001, 0, 1)


def tom(midi: float) -> np.ndarray:
    t = times(0.7)
    base = pitch(midi)
    sweep = np.cumsum(base * (1 + 0.9 * np.exp(-t * 26))) / RATE
    return np.sin(2 * np.pi * sweep) * np.exp(-t * 6.5) * np.clip(t / 0.002, 0, 1) * np.clip((0.7 - t) / 0.1, 0, 1)


def saws(midis: Iterable[float], t: np.ndarray, cutoff: np.ndarray, chance: Chance, spread: float = 0.09) -> np.ndarray:
    """Saw waves, three to a note a little out of tune, through a filter that opens and shuts as `cutoff` says (Hz)."""
    out = np.zeros(len(t))
    for midi in midis:
        for detune in (-spread, 0.0, spread):
            base, phase = pitch(midi + detune), chance.uniform(0, 2 * np.pi)
            for k in range(1, 60):
                if base * k > min(cutoff.max() * 2.2, 12_000):
                    break
                out += np.sin(2 * np.pi * base * k * t + k * phase) / k / (1 + (base * k / cutoff) ** 4)
    return out


def stab(midis: Sequence[float], length: float, chance: Chance, *, bright: float = 4200) -> np.ndarray:
    """A short chord, bright at first."""
    t = times(length + 0.25)
    cutoff = 350 + bright * np.exp(-t * 7)
    shape = np.clip(t / 0.004, 0, 1) * np.exp(-t * 2.2) * np.clip((length + 0.25 - t) / 0.25, 0, 1)
    return saws(midis, t, cutoff, chance) * shape / len(midis)


def swelling(midis: Sequence[float], length: float, chance: Chance, low: float, high: float) -> np.ndarray:
    """A held chord whose filter moves from one frequency to another."""
    t = times(length)
    cutoff = low * (high / low) ** (t / length)
    shape = np.clip(t / 0.02, 0, 1) * np.clip((length - t) / 0.08, 0, 1)
    return saws(midis, t, cutoff, chance, 0.12) * shape / len(midis)


def keys(midi: float, length: float) -> np.ndarray:
    """An electric piano: a sine bent by another, with a tine that soon dies."""
    t = times(length + 0.4)
    base = pitch(midi)
    bend = 1.3 * np.exp(-t * 3.2) * np.sin(2 * np.pi * base * t) + 0.35 * np.exp(-t * 16) * np.sin(
        2 * np.pi * base * 14 * t
    )
    tone = np.sin(2 * np.pi * base * t + bend) * (1 + 0.08 * np.sin(2 * np.pi * 4.6 * t))
    return tone * np.clip(t / 0.004, 0, 1) * np.exp(-t * 0.9) * np.clip((length + 0.4 - t) / 0.4, 0, 1)


def low_note(midi: float, length: float) -> np.ndarray:
    """A synthesiser's bass: a sine with some bite."""
    t = times(length + 0.06)
    base = pitch(midi)
    tone = np.tanh(1.8 * (np.sin(2 * np.pi * base * t) + 0.35 * np.sin(4 * np.pi * base * t)))
    return tone * np.clip(t / 0.006, 0, 1) * np.clip((length + 0.06 - t) / 0.06, 0, 1) * np.exp(-0.8 * t)


def rush(length: float, chance: Chance, low: float = 300, high: float = 9000) -> np.ndarray:
    """Air that rises in pitch and force until it breaks off."""
    t = times(length)
    share, out = t / length, np.zeros(len(t))
    edges = low * (high / low) ** np.linspace(0, 1, 7)
    for number, (below, above) in enumerate(pairwise(edges)):
        nearness = np.exp(-(((share * 5.4 - number) / 1.1) ** 2))
        out += band(chance.normal(0, 1, len(t)), below, above) * nearness * (above / below) ** 0.2
    return out * share**1.6 * np.clip((length - t) / 0.02, 0, 1)


def swish(length: float, chance: Chance) -> np.ndarray:
    """A large sheet of paper that is drawn past."""
    t = times(length)
    shape = np.sin(np.pi * (t / length) ** 0.6) ** 2
    return (band(chance.normal(0, 1, len(t)), 900, 4200) + 0.6 * band(chance.normal(0, 1, len(t)), 250, 900)) * shape


def impact(chance: Chance, length: float = 2.6) -> np.ndarray:
    """A blow that shakes the hall: a falling boom and a crash that fades."""
    t = times(length)
    sweep = np.cumsum(34 + 70 * np.exp(-t * 9)) / RATE
    boom = np.sin(2 * np.pi * sweep) * np.exp(-t * 2.4)
    crash = band(chance.normal(0, 1, len(t)), 1800, 10_000) * np.exp(-t * 2.6) * 0.30
    return (boom + crash) * np.clip(t / 0.002, 0, 1) * np.clip((length - t) / 0.4, 0, 1)


def ducked(track: np.ndarray, beats: Iterable[float], depth: float = 0.65, release: float = 0.24) -> np.ndarray:
    """Gives way to the drum at every beat."""
    t = np.arange(len(track)) / RATE
    gain = np.ones(len(track))
    for beat in beats:
        since = t - beat
        gain = np.minimum(gain, np.where(since < 0, 1.0, 1 - depth * np.exp(-np.maximum(since, 0) / release)))
    return track * gain[:, None]


def laid_out(length: float, sounds: Iterable[tuple[float, np.ndarray, float]]) -> np.ndarray:
    """A track of sounds, each given by its time, itself and its side (-1 left, 1 right)."""
    track = silence(length)
    for when, sound, side in sounds:
        placed(track, sound, when, side)
    return track
