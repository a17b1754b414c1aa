"""The travel list's music: a warm pad, a plucked motif, bass and light percussion at 80 beats a minute.

The beat is laid so that bars begin in the middle of the template's transitions: 4.5, 7.5 and 10.5 seconds.
"""

import re
import subprocess
from pathlib import Path
from typing import NamedTuple

import imageio_ffmpeg
import numpy as np

RATE = 48_000
LENGTH = 14.6  # seconds; the template is 14 long
BEAT = 0.75
LOUDNESS = -18.0  # LUFS
CHANCE = np.random.default_rng(80)


class Note(NamedTuple):
    start: float  # seconds
    pitch: float  # MIDI number
    strength: float = 1.0
    length: float = 1.0  # seconds
    pan: float = 0.0  # -1 left, 1 right


CHORDS = [
    (0.0, 1.7, (48, 55, 60, 65, 70, 74)),  # C9sus4: the upbeat
    (1.5, 3.2, (41, 53, 57, 64, 67, 72)),  # Fmaj9
    (4.5, 3.2, (45, 52, 55, 60, 67, 71)),  # Am9
    (7.5, 3.2, (38, 53, 57, 60, 64, 69)),  # Dm9
    (10.5, 1.7, (46, 53, 57, 62, 65, 72)),  # Bbmaj9
    (12.0, 1.9, (41, 53, 57, 60, 67, 72)),  # Fadd9, rings out
]
MELODY = [
    (0.75, (72, None, 74, 76)),  # sixteenths before the first bar
    (1.5, (81, 72, 76, 79, 84, 79, 76, 72)),  # then eighths
    (4.5, (83, 76, 79, 72, 81, 79, 76, 74)),
    (7.5, (77, 69, 72, 76, 81, 76, 72, 69)),
    (10.5, (82, 74, 77, 81)),
    (12.0, (79, 72, 77, 81, 84)),
]


def pitch(midi: float) -> float:
    """Hertz."""
    return float(440.0 * 2 ** ((midi - 69) / 12))


def placed(track: np.ndarray, sound: np.ndarray, start: float, pan: float = 0.0) -> None:
    """Mix a mono sound into a stereo track at a time, with equal power between the sides."""
    first = round(start * RATE)
    sound = sound[: len(track) - first]
    angle = (pan + 1) * np.pi / 4
    track[first : first + len(sound)] += sound[:, None] * np.array([np.cos(angle), np.sin(angle)])


def times(length: float) -> np.ndarray:
    return np.arange(round(length * RATE)) / RATE


def swell(t: np.ndarray, length: float, attack: float, release: float) -> np.ndarray:
    """Rises over `attack`, holds, and falls over `release` after `length`; smooth at both ends."""
    rise = np.clip(t / attack, 0, 1)
    fall = np.clip((length + release - t) / release, 0, 1)
    return np.sin(rise * np.pi / 2) ** 2 * np.sin(fall * np.pi / 2) ** 2


def pad_voice(note: Note, detune: float) -> np.ndarray:
    """Soft harmonics that open slowly and drift a little."""
    t = times(note.length + 0.9)
    base = pitch(note.pitch + detune)
    phase = CHANCE.uniform(0, 2 * np.pi)
    drift = 0.6 * np.sin(2 * np.pi * 0.23 * t + phase)
    opening = 1.75 - 0.4 * np.sin(np.pi * np.clip(t / note.length, 0, 1))
    sound = sum(
        np.sin(2 * np.pi * base * k * t + k * (phase + drift)) / k**opening for k in range(1, 9) if base * k < 7000
    )
    return np.asarray(sound) * swell(t, note.length, 0.45, 0.9) * note.strength


def pad() -> np.ndarray:
    track = np.zeros((round(LENGTH * RATE), 2))
    for start, length, pitches in CHORDS:
        for number, midi in enumerate(pitches[1:]):
            side = 0.8 * (-1) ** number
            note = Note(start, midi, 0.9 - 0.08 * number, length)
            placed(track, pad_voice(note, 0.035), start, side)
            placed(track, pad_voice(note, -0.035), start, -0.6 * side)
    return track


def plucked(note: Note) -> np.ndarray:
    """Something between a harp and a kalimba: partials that die the faster the higher they are."""
    t = times(2.6)
    base = pitch(note.pitch)
    partials = ((1.0, 1.0, 2.1), (2.003, 0.45, 3.4), (3.01, 0.22, 5.5), (4.98, 0.16, 10.0), (6.3, 0.10, 18.0))
    sound = sum(level * np.exp(-rate * t) * np.sin(2 * np.pi * base * ratio * t) for ratio, level, rate in partials)
    tick = CHANCE.normal(0, 1, len(t)) * np.exp(-t * 700) * 0.16
    return (np.asarray(sound) + tick) * np.clip(t / 0.002, 0, 1) * np.clip((2.6 - t) / 0.2, 0, 1) * note.strength


def melody() -> np.ndarray:
    track = np.zeros((round(LENGTH * RATE), 2))
    for start, pitches in MELODY:
        step = BEAT / 4 if start < 1 else BEAT / 2
        for number, midi in enumerate(pitches):
            if midi is None:
                continue
            when = start + number * step + (0.006 + CHANCE.uniform(0, 0.006)) * (number % 2)
            strength = (1.0 if number == 0 else 0.62 if number % 2 else 0.76) * CHANCE.uniform(0.92, 1.05)
            placed(track, plucked(Note(when, midi, strength)), when, 0.5 * np.sin(number * 1.9))
    return track


def echoed(track: np.ndarray) -> np.ndarray:
    """Two repeats three sixteenths apart, on changing sides."""
    out = track.copy()
    for repeat, level in ((1, 0.30), (2, 0.14)):
        late = round(repeat * BEAT * 0.75 * RATE)
        out[late:] += level * (track[:-late, ::-1] if repeat % 2 else track[:-late])
    return out


def bass() -> np.ndarray:
    track = np.zeros((round(LENGTH * RATE), 2))
    for start, length, pitches in CHORDS[1:]:
        steps = (0.0, 1.5, 3.0) if length > 2 else (0.0,)
        for number, beat in enumerate(steps):
            hold = 1.0 if length > 2 else 1.3
            t = times(hold + 0.5)
            base = pitch(pitches[0] + (12 if pitches[0] < 40 and number == 2 else 0))
            tone = sum(level * np.sin(2 * np.pi * base * k * t) for k, level in ((1, 1.0), (2, 0.35), (3, 0.1)))
            shape = swell(t, hold, 0.02, 0.5) * np.exp(-1.1 * t)
            placed(track, tone * shape * (1.0 if number == 0 else 0.62), start + beat * BEAT)
    return track


def band(noise: np.ndarray, low: float, high: float) -> np.ndarray:
    """Noise limited to a band, by its spectrum, with soft shoulders."""
    spectrum = np.fft.rfft(noise)
    hertz = np.fft.rfftfreq(len(noise), 1 / RATE)
    spectrum *= 1 / (1 + (low / np.maximum(hertz, 1)) ** 4) / (1 + (hertz / high) ** 4)
    return np.fft.irfft(spectrum, len(noise))


def drums() -> np.ndarray:
    """A low hand drum, a brush on two and four, and a shaker in eighths; the last bar thins out."""
    track = np.zeros((round(LENGTH * RATE), 2))
    t = times(0.5)
    sweep = np.cumsum(46 + 50 * np.exp(-t * 34)) / RATE
    drum = np.sin(2 * np.pi * sweep) * np.exp(-t * 9) * np.clip(t / 0.002, 0, 1)
    brush = band(CHANCE.normal(0, 1, len(t)), 900, 5200) * np.exp(-t * 22) * np.clip(t / 0.004, 0, 1)
    for beat in range(15):
        when = 1.5 + beat * BEAT
        if beat % 4 in (0, 2) and beat < 15:
            placed(track, drum * (0.95 if beat % 4 == 0 else 0.7), when)
        if beat % 2 and beat < 13:
            placed(track, brush * 0.30, when, 0.2)
        if beat == 2 or beat == 6 or beat == 10:
            placed(track, drum * 0.4, when + BEAT / 2)
    for eighth in range(26):
        shake = band(CHANCE.normal(0, 1, round(0.16 * RATE)), 5200, 11_000)
        ts = times(0.16)
        shape = np.clip(ts / 0.018, 0, 1) * np.exp(-ts * 30)
        when = 1.5 + eighth * BEAT / 2 + (0.018 if eighth % 2 else 0.0)
        placed(track, shake * shape * (0.30 if eighth % 2 else 0.17) * CHANCE.uniform(0.85, 1.1), when, -0.45)
    return track


def breath() -> np.ndarray:
    """Air that swells into each change of scene and crosses from right to left."""
    track = np.zeros((round(LENGTH * RATE), 2))
    t = times(1.0)
    shape = np.sin(np.pi * np.clip(t / 1.0, 0, 1)) ** 3
    for middle in (4.5, 7.5, 10.5):
        low, high = (band(CHANCE.normal(0, 1, len(t)), *edges) for edges in ((300, 900), (900, 3200)))
        air = (low + high * shape) * shape * 0.10
        for share, pan in (((1 - t), 0.8), (t, -0.8)):
            placed(track, air * share, middle - 0.5, pan)
    return track


def room(track: np.ndarray, seconds: float = 1.9) -> np.ndarray:
    """Reverberation: decaying noise, different on each side, darker than the sound."""
    t = times(seconds)
    size = 1 << (len(track) + len(t)).bit_length()
    wet = np.empty_like(track)
    for side in range(2):
        echo = band(CHANCE.normal(0, 1, len(t)), 180, 4200) * np.exp(-t * 6.9 / seconds) * np.clip(t / 0.018, 0, 1)
        echo /= np.sqrt(np.sum(echo**2))
        both = np.fft.rfft(track[:, side] * 0.8 + track[:, 1 - side] * 0.2, size) * np.fft.rfft(echo, size)
        wet[:, side] = np.fft.irfft(both, size)[: len(track)]
    return wet


def mix() -> np.ndarray:
    """The whole bed: float64 (samples, 2), not yet at its loudness."""
    airy, low, beat, notes = pad() * 0.036, bass() * 0.18, drums() * 0.32, echoed(melody()) * 0.17
    air = breath() * 1.3
    sound = airy + low + beat + notes + air + 0.5 * room(airy + notes + 0.2 * beat + 0.4 * air)
    t = np.arange(len(sound)) / RATE
    sound *= (np.clip(t / 0.02, 0, 1) * np.clip((LENGTH - t) / 1.2, 0, 1) ** 1.5)[:, None]
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


def write(path: Path) -> str:
    """Encode the bed at its loudness; returns what was measured."""
    sound = mix()
    sound *= 0.5 / np.abs(sound).max()
    encode(sound, path, decibels=0.0)
    gain = LOUDNESS - measured(path)[0]
    encode(sound, path, decibels=gain)
    loudness, peak = measured(path)
    return f"{path.name}: {loudness:.1f} LUFS, peak {peak:.1f} dBTP, {path.stat().st_size / 1000:.0f} kB"


if __name__ == "__main__":
    print(write(Path(__file__).parents[1] / "videos" / "media" / "travel-list" / "bed.m4a"))
