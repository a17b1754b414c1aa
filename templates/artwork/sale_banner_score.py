"""The sale banner's music: drums, chord stabs and the swish of the papers, 125 beats a minute.

The papers shut on 2.4 seconds, which is the sixth beat, and the figure comes with a blow; the last chord falls on 6.72.
"""

import numpy as np

from templates.artwork import instruments
from templates.artwork.electronics import clap, ducked, hat, impact, kick, laid_out, low_note, rush, stab, swish

LENGTH = 7.8  # seconds; the template is 7.2 long
BEAT = 0.48
CHANCE = np.random.default_rng(125)

HOOK = ((0.0, (57, 60, 64, 69)), (0.75, (57, 60, 64, 69)), (1.5, (59, 62, 65, 69)), (2.25, (59, 62, 67, 71)),
        (3.0, (60, 64, 67, 72)), (3.5, (60, 64, 67, 72)))  # fmt: skip
OFFER = ((5.0, (53, 57, 60, 64, 69)), (5.75, (53, 57, 60, 69)), (6.5, (53, 57, 62, 69)), (7.0, (55, 59, 62, 71)),
         (7.75, (55, 59, 62, 67)), (8.5, (55, 60, 64, 72)), (9.0, (57, 60, 64, 72)), (9.75, (57, 60, 64, 69)),
         (10.5, (57, 62, 65, 74)), (11.0, (55, 59, 62, 71)), (11.75, (55, 59, 62, 74)), (12.5, (55, 59, 65, 74)),
         (13.0, (55, 59, 65, 77)), (14.0, (48, 60, 64, 67, 72, 76)))  # fmt: skip
ROOTS = (33, 33, 35, 35, 36, 29, 29, 31, 31, 33, 33, 31, 31, 31, 24)  # of every beat
BEATS = [BEAT * beat for beat in (0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14)]  # the fifth is left to the papers


def stabs() -> np.ndarray:
    sounds = []
    for number, (beat, midis) in enumerate((*HOOK, *OFFER)):
        length = 1.0 if beat == 14.0 else 0.20
        bright = 3200 + 260 * min(number, 14)
        sounds.append((beat * BEAT, stab(midis, length, CHANCE, bright=bright), 0.35 * (-1) ** number))
        sounds.append((beat * BEAT, stab(midis, length, CHANCE, bright=bright), -0.35 * (-1) ** number))
    return instruments.echoed(laid_out(LENGTH, sounds), BEAT * 0.75, (0.20, 0.08))


def bass() -> np.ndarray:
    """The root off the beat, an octave up before the next."""
    sounds = []
    for beat, root in enumerate(ROOTS):
        if beat == 4:
            continue
        if beat == 14:
            sounds.append((beat * BEAT, low_note(root + 12, 0.7), 0.0))
            continue
        sounds.append(((beat + 0.5) * BEAT, low_note(root + 12, 0.18), 0.0))
        sounds.append(((beat + 0.75) * BEAT, low_note(root + 24, 0.10) * 0.7, 0.0))
    return laid_out(LENGTH, sounds)


def drums() -> np.ndarray:
    sounds = [(when, kick(), 0.0) for when in BEATS]
    for beat in (1, 3, 6, 8, 10, 12):
        sounds.append((beat * BEAT, clap(CHANCE) * 0.42, 0.05))
    for half in range(28):
        if half not in (8, 9):
            ring = 0.10 if half % 2 else 0.03
            sounds.append((half * BEAT / 2, hat(CHANCE, ring) * (0.34 if half % 2 else 0.18), 0.3))
    for sixteenth in range(6):
        sounds.append(((13 + sixteenth / 6) * BEAT, clap(CHANCE) * (0.12 + 0.05 * sixteenth), -0.2 + 0.08 * sixteenth))
    return laid_out(LENGTH, sounds)


def papers() -> np.ndarray:
    """They open at the start, shut before 2.4, open again; then the tape is drawn across."""
    return laid_out(
        LENGTH,
        [
            (0.0, swish(0.7, CHANCE) * 0.5, -0.3),
            (1.95, rush(0.45, CHANCE, 500, 6000) * 0.9, 0.0),
            (2.4, swish(0.7, CHANCE) * 0.6, 0.3),
            (2.4, impact(CHANCE, 1.6) * 0.8, 0.0),
            (2.85, swish(0.6, CHANCE) * 0.35, 0.0),
            (6.72, impact(CHANCE, 1.0) * 0.4, 0.0),
        ],
    )


def mix() -> np.ndarray:
    """The whole bed, not yet at its loudness."""
    chords, low = ducked(stabs() * 0.30, BEATS, 0.5, 0.14), ducked(bass() * 0.20, BEATS, 0.7, 0.10)
    beat, sheets = drums() * 0.40, papers() * 0.36
    wet = instruments.room(chords + 0.25 * beat + 0.5 * sheets, CHANCE, 1.2)
    return instruments.finished(0.7 * (chords + low + beat + sheets + 0.3 * wet), 0.8)
