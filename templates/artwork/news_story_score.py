"""The news story's music: a pulse in eighths that drives like wheels over joints, stabs and air on every cut.

A beat is 0.45 seconds; a chord lasts eight of them, and chords change in the middle of the template's transitions.
"""

import numpy as np

from templates.artwork import instruments
from templates.artwork.instruments import Chord, Note, band, pitch, placed, silence, swell, times

LENGTH = 14.9  # seconds; the template is 14.2 long
BEAT = 0.45
CUTS = (3.6, 7.2, 10.8)
CHANCE = np.random.default_rng(133)

CHORDS = [
    Chord(0.0, 3.5, (45, 57, 60, 64, 71)),  # Am9
    Chord(3.6, 3.5, (41, 57, 60, 64, 67)),  # Fmaj9
    Chord(7.2, 3.5, (48, 55, 60, 64, 74)),  # Cadd9
    Chord(10.8, 1.7, (43, 55, 59, 62, 69)),  # G9
    Chord(12.6, 1.6, (45, 57, 60, 64, 71)),  # Am9, rings out
]


def _saw(midi: float, length: float, bright: float) -> np.ndarray:
    """A string of harmonics whose upper ones die first."""
    t = times(length)
    base = pitch(midi)
    sound = np.zeros(len(t))
    for k in range(1, 13):
        if base * k > 6000:
            break
        sound += np.sin(2 * np.pi * base * k * t) / k * np.exp(-t * bright * k)
    return sound


def pulse() -> np.ndarray:
    """The bass in eighths, every fourth one accented; it rests for the last chord."""
    track = silence(LENGTH)
    for chord in CHORDS[:-1]:
        for eighth in range(round((chord.length + 0.1) / BEAT * 2)):
            accent = 1.0 if eighth % 4 == 0 else 0.62 if eighth % 2 else 0.74
            up = 12 if eighth % 8 == 6 else 0
            tone = _saw(chord.pitches[0] - 12 + up, 0.26, 3.2) * swell(times(0.26), 0.16, 0.004, 0.09)
            placed(track, tone * accent, chord.start + eighth * BEAT / 2)
    placed(track, instruments.bass_note(33, 1.3) * 1.4, 12.6)
    return track


def stabs() -> np.ndarray:
    """Short chords on the first beat and just before the third of every chord."""
    track = silence(LENGTH)
    for chord in CHORDS:
        for beat, level in ((0.0, 1.0), (1.5, 0.6), (4.0, 0.75), (5.5, 0.5)):
            if beat * BEAT > chord.length:
                continue
            for number, midi in enumerate(chord.pitches[1:]):
                tone = _saw(midi, 0.8, 1.5) * swell(times(0.8), 0.12, 0.003, 0.6)
                placed(track, tone * level, chord.start + beat * BEAT, 0.7 * (-1) ** number)
    return track


def bells() -> np.ndarray:
    """A figure of three over the four, high up."""
    track = silence(LENGTH)
    for chord in CHORDS[:-1]:
        notes = [midi + 24 for midi in chord.pitches[1:4]]
        for step in range(round((chord.length + 0.1) / BEAT * 2)):
            when = chord.start + step * BEAT / 2
            strength = (0.9 if step % 3 == 0 else 0.5) * CHANCE.uniform(0.85, 1.05)
            placed(
                track,
                instruments.plucked(Note(when, notes[step % 3], strength), CHANCE),
                when,
                np.sin(step * 1.3) * 0.6,
            )
    return instruments.echoed(track, BEAT * 0.75, (0.25, 0.12))


def drums() -> np.ndarray:
    """A drum on every second beat, a snare against it, wheels that click in pairs."""
    track = silence(LENGTH)
    drum, brush = instruments.hand_drum(), instruments.brush(CHANCE)
    click = band(CHANCE.normal(0, 1, 4800), 1800, 5200) * np.exp(-times(0.1) * 90)
    for beat in range(28):
        when = beat * BEAT
        if beat % 2 == 0:
            placed(track, drum * (1.0 if beat % 8 == 0 else 0.8), when)
        else:
            placed(track, brush * 0.42, when, 0.1)
        for late, level in ((0.0, 0.20), (0.09, 0.13)):
            placed(track, click * level * (1.3 if beat % 2 else 1.0), when + BEAT / 2 + late, -0.3)
        for half in (0, 1):
            placed(track, instruments.shaker(CHANCE) * (0.26 if half else 0.18), when + half * BEAT / 2, 0.4)
    for cut in (*CUTS, 12.6):
        placed(track, drum * 1.1, cut)
        crash = band(CHANCE.normal(0, 1, len(times(1.6))), 2500, 9500) * np.exp(-times(1.6) * 3.4)
        placed(track, crash * 0.13, cut, 0.2)
    return track


def mix() -> np.ndarray:
    """The whole bed, not yet at its loudness."""
    airy, low = instruments.pad(CHORDS, LENGTH, CHANCE) * 0.020, pulse() * 0.095
    notes, chords, beat = bells() * 0.075, stabs() * 0.055, drums() * 0.27
    air = instruments.breath(CUTS, LENGTH, CHANCE) * 1.6
    wet = instruments.room(airy + notes + chords + 0.2 * beat + 0.4 * air, CHANCE, 1.6)
    return instruments.finished(airy + low + notes + chords + beat + air + 0.4 * wet, 1.1)
