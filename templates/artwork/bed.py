"""The travel list's music: a warm pad, a plucked motif, bass and light percussion at 80 beats a minute.

The beat is laid so that bars begin in the middle of the template's transitions: 4.5, 7.5 and 10.5 seconds.
"""

from pathlib import Path

import numpy as np

from templates.artwork import instruments
from templates.artwork.instruments import Chord, Note, placed, silence

LENGTH = 14.6  # seconds; the template is 14 long
BEAT = 0.75
CHANCE = np.random.default_rng(80)

CHORDS = [
    Chord(0.0, 1.7, (48, 55, 60, 65, 70, 74)),  # C9sus4: the upbeat
    Chord(1.5, 3.2, (41, 53, 57, 64, 67, 72)),  # Fmaj9
    Chord(4.5, 3.2, (45, 52, 55, 60, 67, 71)),  # Am9
    Chord(7.5, 3.2, (38, 53, 57, 60, 64, 69)),  # Dm9
    Chord(10.5, 1.7, (46, 53, 57, 62, 65, 72)),  # Bbmaj9
    Chord(12.0, 1.9, (41, 53, 57, 60, 67, 72)),  # Fadd9, rings out
]
MELODY = [
    (0.75, (72, None, 74, 76)),  # sixteenths before the first bar
    (1.5, (81, 72, 76, 79, 84, 79, 76, 72)),  # then eighths
    (4.5, (83, 76, 79, 72, 81, 79, 76, 74)),
    (7.5, (77, 69, 72, 76, 81, 76, 72, 69)),
    (10.5, (82, 74, 77, 81)),
    (12.0, (79, 72, 77, 81, 84)),
]


def pad() -> np.ndarray:
    return instruments.pad(CHORDS, LENGTH, CHANCE)


def melody() -> np.ndarray:
    """The motif, each of its notes again three and six sixteenths later."""
    track = silence(LENGTH)
    for start, pitches in MELODY:
        step = BEAT / 4 if start < 1 else BEAT / 2
        for number, midi in enumerate(pitches):
            if midi is None:
                continue
            when = start + number * step + (0.006 + CHANCE.uniform(0, 0.006)) * (number % 2)
            strength = (1.0 if number == 0 else 0.62 if number % 2 else 0.76) * CHANCE.uniform(0.92, 1.05)
            placed(track, instruments.plucked(Note(when, midi, strength), CHANCE), when, 0.5 * np.sin(number * 1.9))
    return instruments.echoed(track, BEAT * 0.75)


def bass() -> np.ndarray:
    track = silence(LENGTH)
    for start, length, pitches in CHORDS[1:]:
        steps = (0.0, 1.5, 3.0) if length > 2 else (0.0,)
        for number, beat in enumerate(steps):
            midi = pitches[0] + (12 if pitches[0] < 40 and number == 2 else 0)
            tone = instruments.bass_note(midi, 1.0 if length > 2 else 1.3)
            placed(track, tone * (1.0 if number == 0 else 0.62), start + beat * BEAT)
    return track


def drums() -> np.ndarray:
    """A low hand drum, a brush on two and four, and a shaker in eighths; the last bar thins out."""
    track = silence(LENGTH)
    drum, brush = instruments.hand_drum(), instruments.brush(CHANCE)
    for beat in range(15):
        when = 1.5 + beat * BEAT
        if beat % 4 in (0, 2):
            placed(track, drum * (0.95 if beat % 4 == 0 else 0.7), when)
        if beat % 2 and beat < 13:
            placed(track, brush * 0.30, when, 0.2)
        if beat in (2, 6, 10):
            placed(track, drum * 0.4, when + BEAT / 2)
    for eighth in range(26):
        when = 1.5 + eighth * BEAT / 2 + (0.018 if eighth % 2 else 0.0)
        shake = instruments.shaker(CHANCE) * (0.30 if eighth % 2 else 0.17)
        placed(track, shake * CHANCE.uniform(0.85, 1.1), when, -0.45)
    return track


def room(track: np.ndarray, seconds: float = 1.9) -> np.ndarray:
    return instruments.room(track, CHANCE, seconds)


def mix() -> np.ndarray:
    """The whole bed, not yet at its loudness."""
    airy, low, beat, notes = pad() * 0.036, bass() * 0.18, drums() * 0.32, melody() * 0.17
    air = instruments.breath((4.5, 7.5, 10.5), LENGTH, CHANCE) * 1.3
    sound = airy + low + beat + notes + air + 0.5 * room(airy + notes + 0.2 * beat + 0.4 * air)
    return instruments.finished(sound)


def write(path: Path) -> str:
    """Encode the bed at its loudness; returns what was measured."""
    return instruments.write(mix(), path)


if __name__ == "__main__":
    print(write(Path(__file__).parents[1] / "videos" / "media" / "travel-list" / "bed.m4a"))
