"""The quote's music: a piano with felt on its strings, slow, over a warm pad and a little air.

A chord every two and a quarter seconds; the last one falls on 6.75 and rings out.
"""

import numpy as np

from templates.artwork import instruments
from templates.artwork.instruments import Chord, band, pitch, placed, silence, times

LENGTH = 9.8  # seconds; the template is 9 long
STEP = 2.25
CHANCE = np.random.default_rng(66)

CHORDS = [
    Chord(0.0, 2.3, (43, 59, 62, 66, 69)),  # Gmaj9
    Chord(2.25, 2.3, (45, 57, 61, 64, 71)),  # Aadd9
    Chord(4.5, 2.3, (47, 57, 62, 66, 73)),  # Bm9
    Chord(6.75, 2.2, (38, 57, 62, 66, 69)),  # Dmaj
]
LINE = [  # beats within a chord, and what the right hand plays there
    ((0.0, 78), (0.75, 74), (1.125, 76), (1.5, 81)),
    ((0.0, 80), (0.75, 76), (1.5, 73)),
    ((0.0, 78), (0.375, 81), (0.75, 85), (1.5, 83)),
    ((0.0, 81), (0.75, 78), (1.5, 74)),
]


def felt(midi: float, strength: float) -> np.ndarray:
    """A soft hammer: few partials, a little sharp as those of stiff strings are, and the knock of the key."""
    t = times(4.2)
    base = pitch(midi)
    sound = np.zeros(len(t))
    for k in range(1, 8):
        hertz = base * k * np.sqrt(1 + 0.0004 * k * k)
        if hertz > 4200:
            break
        fall = (0.55 + 0.33 * k) * (base / 260) ** 0.45
        detuned = np.sin(2 * np.pi * hertz * t) + 0.6 * np.sin(2 * np.pi * (hertz + 0.35) * t + 0.4)
        sound += detuned * np.exp(-fall * t) / k**1.75
    knock = band(CHANCE.normal(0, 1, len(t)), 120, 700) * np.exp(-t * 60) * 0.22
    return (sound + knock) * np.clip(t / 0.006, 0, 1) * np.clip((4.2 - t) / 0.5, 0, 1) * strength


def piano() -> np.ndarray:
    """The left hand spreads its chord, the right hand sings above."""
    track = silence(LENGTH)
    for chord, line in zip(CHORDS, LINE, strict=True):
        for number, midi in enumerate(chord.pitches):
            when = chord.start + 0.05 + number * 0.055 + CHANCE.uniform(0, 0.012)
            placed(track, felt(midi, 0.62 if number else 0.85), when, -0.45 + 0.14 * number)
        for beat, midi in line:
            when = chord.start + 0.06 + beat + CHANCE.uniform(0, 0.02)
            placed(track, felt(midi, 0.72 * CHANCE.uniform(0.85, 1.05)), when, 0.25)
    return track


def air() -> np.ndarray:
    """A quiet afternoon: wind in leaves that comes and goes."""
    track = silence(LENGTH)
    t = times(LENGTH)
    for side, turn in ((-0.7, 0.0), (0.7, 1.3)):
        wind = band(CHANCE.normal(0, 1, len(t)), 350, 2600)
        placed(track, wind * (0.5 + 0.5 * np.sin(2 * np.pi * 0.21 * t + turn)) ** 2, 0.0, side)
    return track


def mix() -> np.ndarray:
    """The whole bed, not yet at its loudness."""
    keys, airy = piano() * 0.16, instruments.pad(CHORDS, LENGTH, CHANCE) * 0.022
    sound = keys + airy + air() * 0.006 + 0.6 * instruments.room(keys + airy, CHANCE, 2.4)
    return instruments.finished(sound, 1.6)
