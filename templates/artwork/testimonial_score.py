"""The testimonial's music: a warm pad, plucked notes far apart; a chord for each part of the quote."""

import numpy as np

from templates.artwork import instruments
from templates.artwork.instruments import Chord, Note, bass_note, placed, plucked, silence

LENGTH = 12.2  # seconds; the template is 11.4 long
CHANCE = np.random.default_rng(29)

CHORDS = [
    Chord(0.0, 3.9, (43, 59, 62, 66, 69)),  # Gmaj9
    Chord(3.9, 3.3, (40, 59, 62, 67, 71)),  # Em7
    Chord(7.2, 3.8, (36, 60, 64, 67, 71)),  # Cmaj7
]
LINE = [
    (0.3, ((0.0, 78), (0.9, 74), (1.5, 76), (2.4, 81))),
    (3.9, ((0.0, 79), (0.6, 83), (1.5, 78), (2.4, 76))),
    (7.2, ((0.0, 83), (0.6, 79), (1.2, 76), (2.1, 79), (2.7, 74))),
]


def melody() -> np.ndarray:
    track = silence(LENGTH)
    for start, notes in LINE:
        for offset, midi in notes:
            when = start + offset + CHANCE.uniform(0, 0.015)
            placed(
                track, plucked(Note(when, midi, 0.9 if offset == 0 else 0.6), CHANCE), when, 0.4 * np.sin(3.0 * offset)
            )
    return track


def low() -> np.ndarray:
    track = silence(LENGTH)
    for chord in CHORDS:
        placed(track, bass_note(chord.pitches[0], 2.0), chord.start + 0.001)
    return track


def mix() -> np.ndarray:
    """The whole bed, not yet at its loudness."""
    airy, notes = instruments.pad(CHORDS, LENGTH, CHANCE) * 0.045, instruments.echoed(melody(), 0.45) * 0.12
    sound = airy + low() * 0.14 + notes + 0.7 * instruments.room(airy + notes, CHANCE, 2.8)
    return instruments.finished(sound, 1.4)
