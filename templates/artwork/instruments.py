"""The sounds that the templates' music is made of, and the way to a file; the scores lie beside them.

A track is float64 (samples, 2). What is random takes the generator `chance`, so that a score sounds the same each time.
"""

import re
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import imageio_ffmpeg
import numpy as np

RATE = 48_000


class Note(NamedTuple):
    start: float  # seconds
    pitch: float  # MIDI number
    strength: float = 1.0
    length: float = 1.0  # seconds


class Chord(NamedTuple):
    start: float  # seconds
    length: float
    pitches: tuple[float, ...]  # MIDI numbers, the bass first


def pitch(midi: float) -> float:
    """Hertz."""
    return float(440.0 * 2 ** ((midi - 69) / 12))


def times(length: float) -> np.ndarray:
    return np.arange(round(length * RATE)) / RATE


def silence(length: float) -> np.ndarray:
    """An empty track."""
    return np.zeros((round(length * RATE), 2))


def placed(track: np.ndarray, sound: np.ndarray, start: float, pan: float = 0.0) -> None:
    """Mix a mono sound into a track at a time, with equal power between the sides (-1 left, 1 right)."""
    first = round(start * RATE)
    sound = sound[: len(track) - first]
    angle = (pan + 1) * np.pi / 4
    track[first : first + len(sound)] += sound[:, None] * np.array([np.cos(angle), np.sin(angle)])


def swell(t: np.ndarray, length: float, attack: float, release: float) -> np.ndarray:
    """Rises over `attack`, holds, and falls over `release` after `length`; smooth at both ends."""
    rise = np.clip(t / attack, 0, 1)
    fall = np.clip((length + release - t) / release, 0, 1)
    return np.sin(rise * np.pi / 2) ** 2 * np.sin(fall * np.pi / 2) ** 2


def band(noise: np.ndarray, low: float, high: float) -> np.ndarray:
    """Noise limited to a band, by its spectrum, with soft shoulders."""
    spectrum = np.fft.rfft(noise)
    hertz = np.fft.rfftfreq(len(noise), 1 / RATE)
    spectrum *= 1 / (1 + (low / np.maximum(hertz, 1)) ** 4) / (1 + (hertz / high) ** 4)
    return np.fft.irfft(spectrum, len(noise))


def pad_voice(note: Note, detune: float, chance: np.random.Generator) -> np.ndarray:
    """Soft harmonics that open slowly and drift a little."""
    t = times(note.length + 0.9)
    base = pitch(note.pitch + detune)
    phase = chance.uniform(0, 2 * np.pi)
    drift = 0.6 * np.sin(2 * np.pi * 0.23 * t + phase)
    opening = 1.75 - 0.4 * np.sin(np.pi * np.clip(t / note.length, 0, 1))
    sound = sum(
        np.sin(2 * np.pi * base * k * t + k * (phase + drift)) / k**opening for k in range(1, 9) if base * k < 7000
    )
    return np.asarray(sound) * swell(t, note.length, 0.45, 0.9) * note.strength


def pad(chords: Iterable[Chord], length: float, chance: np.random.Generator) -> np.ndarray:
    """A track of chords without their basses, each voice twice, a little out of tune and on both sides."""
    track = silence(length)
    for chord in chords:
        for number, midi in enumerate(chord.pitches[1:]):
            side = 0.8 * (-1) ** number
            note = Note(chord.start, midi, 0.9 - 0.08 * number, chord.length)
            placed(track, pad_voice(note, 0.035, chance), chord.start, side)
            placed(track, pad_voice(note, -0.035, chance), chord.start, -0.6 * side)
    return track


def plucked(note: Note, chance: np.random.Generator) -> np.ndarray:
    """Something between a harp and a kalimba: partials that die the faster the higher they are."""
    t = times(2.6)
    base = pitch(note.pitch)
    partials = ((1.0, 1.0, 2.1), (2.003, 0.45, 3.4), (3.01, 0.22, 5.5), (4.98, 0.16, 10.0), (6.3, 0.10, 18.0))
    sound = sum(level * np.exp(-rate * t) * np.sin(2 * np.pi * base * ratio * t) for ratio, level, rate in partials)
    tick = chance.normal(0, 1, len(t)) * np.exp(-t * 700) * 0.16
    return (np.asarray(sound) + tick) * np.clip(t / 0.002, 0, 1) * np.clip((2.6 - t) / 0.2, 0, 1) * note.strength


def bass_note(midi: float, hold: float) -> np.ndarray:
    """A round bass that gives way while it is held."""
    t = times(hold + 0.5)
    base = pitch(midi)
    tone = sum(level * np.sin(2 * np.pi * base * k * t) for k, level in ((1, 1.0), (2, 0.35), (3, 0.1)))
    shape = swell(t, hold, 0.02, 0.5) * np.exp(-1.1 * t)
    return np.asarray(tone * shape)


def hand_drum() -> np.ndarray:
    t = times(0.5)
    sweep = np.cumsum(46 + 50 * np.exp(-t * 34)) / RATE
    return np.asarray(np.sin(2 * np.pi * sweep) * np.exp(-t * 9) * np.clip(t / 0.002, 0, 1))


def brush(chance: np.random.Generator) -> np.ndarray:
    """A stroke on a snare."""
    t = times(0.5)
    return band(chance.normal(0, 1, len(t)), 900, 5200) * np.exp(-t * 22) * np.clip(t / 0.004, 0, 1)


def shaker(chance: np.random.Generator) -> np.ndarray:
    grains = band(chance.normal(0, 1, round(0.16 * RATE)), 5200, 11_000)
    t = times(0.16)
    shape = np.clip(t / 0.018, 0, 1) * np.exp(-t * 30)
    return np.asarray(grains * shape)


def breath(middles: Iterable[float], length: float, chance: np.random.Generator) -> np.ndarray:
    """A track of air that swells for half a second into each of the times and crosses from right to left."""
    track = silence(length)
    t = times(1.0)
    shape = np.sin(np.pi * np.clip(t / 1.0, 0, 1)) ** 3
    for middle in middles:
        low, high = (band(chance.normal(0, 1, len(t)), *edges) for edges in ((300, 900), (900, 3200)))
        air = (low + high * shape) * shape * 0.10
        for share, pan in (((1 - t), 0.8), (t, -0.8)):
            placed(track, air * share, middle - 0.5, pan)
    return track


def echoed(track: np.ndarray, delay: float, levels: Sequence[float] = (0.30, 0.14)) -> np.ndarray:
    """With repeats a delay apart, on changing sides."""
    out = track.copy()
    for repeat, level in enumerate(levels, 1):
        late = round(repeat * delay * RATE)
        out[late:] += level * (track[:-late, ::-1] if repeat % 2 else track[:-late])
    return out


def room(track: np.ndarray, chance: np.random.Generator, seconds: float = 1.9) -> np.ndarray:
    """Reverberation: decaying noise, different on each side, darker than the sound."""
    t = times(seconds)
    size = 1 << (len(track) + len(t)).bit_length()
    wet = np.empty_like(track)
    for side in range(2):
        echo = band(chance.normal(0, 1, len(t)), 180, 4200) * np.exp(-t * 6.9 / seconds) * np.clip(t / 0.018, 0, 1)
        echo /= np.sqrt(np.sum(echo**2))
        both = np.fft.rfft(track[:, side] * 0.8 + track[:, 1 - side] * 0.2, size) * np.fft.rfft(echo, size)
        wet[:, side] = np.fft.irfft(both, size)[: len(track)]
    return wet


def finished(sound: np.ndarray, ending: float = 1.2) -> np.ndarray:
    """Faded at both ends, centred, its peaks rounded; not yet at its loudness."""
    t = np.arange(len(sound)) / RATE
    length = len(sound) / RATE
    sound = sound * (np.clip(t / 0.02, 0, 1) * np.clip((length - t) / ending, 0, 1) ** 1.5)[:, None]
    sound -= sound.mean(axis=0)
    return np.tanh(sound * 1.6) / 1.6


def encode(sound: np.ndarray, path: Path, *, decibels: float) -> None:
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    source = ["-f", "f32le", "-ar", str(RATE), "-ac", "2", "-i", "-"]
    coding = ["-af", f"volume={decibels:.3f}dB", "-c:a", "aac", "-b:a", "160k", "-bitexact", "-movflags", "+faststart"]
    command = [ffmpeg, "-v", "error", "-y", *source, *coding, str(path)]
    subprocess.run(command, input=sound.astype("<f4").tobytes(), check=True)


def measured(path: Path) -> tuple[float, float]:
    """Integrated loudness in LUFS and true peak in dBTP, by ffmpeg's ebur128."""
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    command = [ffmpeg, "-hide_banner", "-i", str(path), "-af", "ebur128=peak=true", "-f", "null", "-"]
    report = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    summary = report[report.rindex("Summary:") :]
    loudness, peak = (re.search(word + r":\s+(-?[\d.]+) ", summary) for word in ("I", "Peak"))
    assert loudness
    assert peak
    return float(loudness[1]), float(peak[1])


def write(sound: np.ndarray, path: Path, loudness: float = -18.0) -> str:
    """Encode a sound at its loudness in LUFS; returns what was measured."""
    sound = sound * (0.5 / np.abs(sound).max())
    encode(sound, path, decibels=0.0)
    encode(sound, path, decibels=loudness - measured(path)[0])
    reached, peak = measured(path)
    return f"{path.name}: {reached:.1f} LUFS, peak {peak:.1f} dBTP, {path.stat().st_size / 1000:.0f} kB"
