"""The product promotion's music: an electric piano over a soft house beat, 100 beats a minute.

Drums come in with the features (3.6 seconds) and open up with the offer (7.2); the last chord falls on 10.2.
"""

import numpy as np

from templates.artwork import electronics, instruments
from templates.artwork.electronics import ducked, hat, keys, kick, laid_out, low_note
from templates.artwork.instruments import Chord

LENGTH = 11.8  # seconds; the template is 11.4 long
BEAT = 0.6
CHANCE = np.random.default_rng(100)

CHORDS = [
    Chord(0.0, 1.15, (38, 57, 60, 64, 65)),  # Dm9
    Chord(1.2, 1.15, (43, 57, 59, 64, 65)),  # G13
    Chord(2.4, 1.15, (36, 55, 59, 62, 64)),  # Cmaj9
    Chord(3.6, 1.15, (45, 55, 60, 64, 71)),  # Am9
    Chord(4.8, 1.15, (38, 57, 60, 64, 65)),
    Chord(6.0, 1.15, (43, 57, 59, 64, 69)),
    Chord(7.2, 1.15, (41, 57, 60, 64, 67)),  # Fmaj9
    Chord(8.4, 1.75, (43, 57, 60, 62, 65)),  # G11
    Chord(10.2, 1.5, (36, 55, 59, 62, 67)),  # Cmaj9, rings out
]
TUNE = ((0.9, 76), (1.2, 74), (2.1, 72), (2.7, 74), (3.6, 79), (4.2, 76), (4.5, 74), (5.7, 76), (6.3, 72), (6.9, 74),
        (7.2, 81), (7.8, 79), (8.1, 76), (9.0, 74), (9.3, 76), (9.6, 79), (10.2, 84))  # fmt: skip
DRUMMED = [3.6 + BEAT * beat for beat in range(11)]


def piano() -> np.ndarray:
    """Each chord on its beat, and again lightly before the next."""
    sounds = []
    for chord in CHORDS:
        for number, midi in enumerate(chord.pitches[1:]):
            side = 0.5 * (-1) ** number
            sounds.append((chord.start + 0.012 * number, keys(midi, chord.length), side))
            if chord.length < 1.5:
                sounds.append((chord.start + 0.9, keys(midi, 0.16) * 0.5, -side))
    return laid_out(LENGTH, sounds)


def bells() -> np.ndarray:
    notes = [instruments.Note(when, midi, 0.9) for when, midi in TUNE]
    plucks = [(n.start, instruments.plucked(n, CHANCE), 0.5 * np.sin(n.start * 5)) for n in notes]
    return instruments.echoed(laid_out(LENGTH, plucks), BEAT * 0.75, (0.34, 0.17, 0.08))


def bass() -> np.ndarray:
    sounds = []
    for chord in CHORDS:
        sounds.append((chord.start, low_note(chord.pitches[0], 0.5), 0.0))
        if 3.5 < chord.start < 10:
            sounds.append((chord.start + 0.75, low_note(chord.pitches[0] + 12, 0.16) * 0.7, 0.0))
            sounds.append((chord.start + 0.9, low_note(chord.pitches[0] + 7, 0.22) * 0.8, 0.0))
    return laid_out(LENGTH, sounds)


def drums() -> np.ndarray:
    sounds = [(when, kick(0.9), 0.0) for when in DRUMMED]
    sounds += [(when + BEAT / 2, hat(CHANCE, 0.05) * 0.34, 0.25) for when in DRUMMED]
    sounds += [(when, electronics.clap(CHANCE) * 0.24, -0.1) for when in DRUMMED[1::2]]
    for step in range(66):
        when = 0.3 + step * BEAT / 4 + (0.02 if step % 2 else 0.0)
        force = (0.30, 0.12, 0.22, 0.14)[step % 4] * CHANCE.uniform(0.8, 1.1)
        sounds.append((when, instruments.shaker(CHANCE) * force, -0.4))
    sounds.append((10.2, kick(1.0), 0.0))
    return laid_out(LENGTH, sounds)


def mix() -> np.ndarray:
    """The whole bed, not yet at its loudness."""
    chords = ducked(piano() * 0.085 + instruments.pad(CHORDS, LENGTH, CHANCE) * 0.012, DRUMMED, 0.45)
    low, beat, tune = ducked(bass() * 0.17, DRUMMED, 0.5), drums() * 0.34, bells() * 0.085
    air = instruments.breath((3.6, 7.2), LENGTH, CHANCE) * 1.2
    wet = instruments.room(chords + 1.4 * tune + 0.2 * beat + 0.5 * air, CHANCE, 1.7)
    return instruments.finished(chords + low + beat + tune + air + 0.42 * wet, 0.9)
