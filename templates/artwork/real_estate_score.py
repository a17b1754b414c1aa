"""The listing's music: slow wide chords, a few plucked notes and air; a bar begins in each transition."""

import numpy as np

from templates.artwork import instruments
from templates.artwork.instruments import Chord, Note, bass_note, placed, plucked, silence

LENGTH = 15.2  # seconds; the template is 14.4 long
BEAT = 0.8
CHANCE = np.random.default_rng(14)

CHORDS = [
    Chord(0.0, 4.2, (41, 57, 60, 64, 67)),  # Fmaj9
    Chord(4.2, 3.2, (38, 57, 60, 65, 69)),  # Dm7
    Chord(7.4, 3.2, (46, 58, 62, 65, 69)),  # Bbmaj7
    Chord(10.6, 3.6, (41, 57, 60, 67, 72)),  # Fadd9
]
LINE = [
    (0.2, (81, None, 79, 76, None, 72, 76, 79, None)),
    (4.2, (84, None, 81, 77, None, 76, 77, None)),
    (7.4, (82, None, 81, 77, None, 74, 77, None)),
    (10.6, (84, 79, 81, None, 79, None, 84)),
]


def melody() -> np.ndarray:
    track = silence(LENGTH)
    for start, pitches in LINE:
        for number, midi in enumerate(pitches):
            if midi is not None:
                when = start + number * BEAT / 2 + CHANCE.uniform(0, 0.012)
                placed(
                    track,
                    plucked(Note(when, midi, 0.95 if number == 0 else 0.62), CHANCE),
                    when,
                    0.45 * np.sin(2.1 * number),
                )
    return track


def low() -> np.ndarray:
    track = silence(LENGTH)
    for chord in CHORDS:
        for beat, strength in ((0.0, 1.0), (1.5, 0.55), (3.0, 0.6)):
            placed(track, bass_note(chord.pitches[0], 1.1) * strength, chord.start + 0.001 + beat * BEAT)
    return track


def mix() -> np.ndarray:
    """The whole bed, not yet at its loudness."""
    airy, notes = instruments.pad(CHORDS, LENGTH, CHANCE) * 0.042, instruments.echoed(melody(), BEAT * 0.75) * 0.15
    wind = instruments.breath((4.2, 7.4, 10.6), LENGTH, CHANCE) * 1.2
    sound = airy + low() * 0.16 + notes + wind + 0.6 * instruments.room(airy + notes + 0.4 * wind, CHANCE, 2.6)
    return instruments.finished(sound, 1.4)
