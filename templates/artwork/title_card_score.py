"""The title card's music: a hopping kalimba, plucked bass, claps, and the rustle of the papers as they slide in.

120 beats a minute; a bar is two seconds, and the last chord falls on 6.0 and rings out.
"""

import numpy as np

from templates.artwork import instruments
from templates.artwork.instruments import Chord, Note, band, placed, silence, times

LENGTH = 7.6  # seconds; the template is 7 long
BEAT = 0.5
CHANCE = np.random.default_rng(120)

CHORDS = [
    Chord(0.0, 1.9, (41, 60, 65, 69, 72)),  # F
    Chord(2.0, 1.9, (38, 60, 65, 69, 74)),  # Dm7
    Chord(4.0, 0.9, (46, 58, 65, 70, 74)),  # Bb
    Chord(5.0, 0.9, (48, 58, 64, 67, 74)),  # C9
    Chord(6.0, 1.2, (41, 60, 65, 69, 76)),  # Fmaj7
]
MELODY = [  # eighths of each bar; None is a rest
    (0.0, (77, None, 81, 84, None, 81, 77, 79)),
    (2.0, (81, None, 77, 74, None, 77, 81, 82)),
    (4.0, (86, None, 82, 77, 84, None, 79, 76)),
    (6.0, (77, None, 84)),
]
RUSTLES = ((0.06, -0.1), (0.22, 0.6), (0.40, 0.2), (0.58, 0.7), (0.80, -0.3))  # when and where a paper comes to rest


def tune() -> np.ndarray:
    """The kalimba, an octave below itself on the beats."""
    track = silence(LENGTH)
    for start, pitches in MELODY:
        for number, midi in enumerate(pitches):
            if midi is None:
                continue
            when = start + number * BEAT / 2 + (0.02 if number % 2 else 0.0)
            strength = (1.0 if number % 4 == 0 else 0.72) * CHANCE.uniform(0.9, 1.05)
            side = 0.55 * np.sin(number * 2.1)
            placed(track, instruments.plucked(Note(when, midi, strength), CHANCE), when, side)
            if number % 4 == 0:
                placed(track, instruments.plucked(Note(when, midi - 12, 0.7), CHANCE), when, -side)
    return instruments.echoed(track, BEAT * 0.75, (0.22, 0.09))


def bass() -> np.ndarray:
    track = silence(LENGTH)
    for start, length, pitches in CHORDS:
        steps = ((0.0, 0), (0.75, 12), (1.5, 7)) if length > 1.5 else ((0.0, 0),)
        for after, up in steps:
            placed(track, instruments.bass_note(pitches[0] + up, 0.34) * (1.0 if after == 0 else 0.7), start + after)
    return track


def clap() -> np.ndarray:
    """Four hands that are not quite together."""
    t = times(0.22)
    sound = np.zeros(len(t))
    for late in (0.0, 0.009, 0.017, 0.027):
        hand = band(CHANCE.normal(0, 1, len(t)), 900, 3600) * np.exp(-np.maximum(t - late, 0) * 55) * (t >= late)
        sound += hand * CHANCE.uniform(0.7, 1.0)
    return sound


def drums() -> np.ndarray:
    track = silence(LENGTH)
    drum = instruments.hand_drum()
    for beat in range(12):
        when = beat * BEAT
        if beat % 2:
            placed(track, clap() * 0.30, when, 0.15)
        else:
            placed(track, drum * (1.0 if beat % 4 == 0 else 0.75), when)
        for half in (0, 1):
            shake = instruments.shaker(CHANCE) * (0.28 if half else 0.16)
            placed(track, shake * CHANCE.uniform(0.85, 1.1), when + half * BEAT / 2 + 0.02 * half, -0.4)
    placed(track, drum, 6.0)
    placed(track, clap() * 0.34, 6.0, 0.1)
    return track


def rustle() -> np.ndarray:
    """Papers that slide over each other and are patted down."""
    track = silence(LENGTH)
    t = times(0.7)
    for start, side in RUSTLES:
        slide = band(CHANCE.normal(0, 1, len(t)), 1400, 7000) * np.sin(np.pi * np.clip(t / 0.7, 0, 1)) ** 2
        slide *= 0.6 + 0.4 * np.abs(band(CHANCE.normal(0, 1, len(t)), 8, 40)) * 9
        pat = band(CHANCE.normal(0, 1, len(t)), 150, 900) * np.exp(-np.maximum(t - 0.5, 0) * 60) * (t > 0.5)
        placed(track, slide * 0.16 + pat * 0.5, start, side)
    return track


def mix() -> np.ndarray:
    """The whole bed, not yet at its loudness."""
    airy, low = instruments.pad(CHORDS, LENGTH, CHANCE) * 0.018, bass() * 0.17
    notes, beat, papers = tune() * 0.17, drums() * 0.30, rustle() * 0.42
    wet = instruments.room(airy + notes + 0.3 * beat + 0.4 * papers, CHANCE, 1.4)
    return instruments.finished(airy + low + notes + beat + papers + 0.35 * wet, 0.9)
