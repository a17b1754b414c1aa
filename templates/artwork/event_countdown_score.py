"""The event countdown's music: a dark hall, a pulse that grows, three blows, and the doors open; 100 beats a minute.

The countdown comes on 3.0 seconds, its figures land on 4.2, 4.5 and 4.8, three-two-one falls on 6.6, 7.2 and 7.8, and
the doors open on 8.4.
"""

import numpy as np

from templates.artwork import instruments
from templates.artwork.electronics import clap, ducked, hat, impact, kick, laid_out, low_note, rush, stab, swelling, tom
from templates.artwork.instruments import Chord, band, placed, silence, times

LENGTH = 12.4  # seconds; the template is 12 long
BEAT = 0.6
OPENS = 8.4
CHANCE = np.random.default_rng(321)

HALL = [
    Chord(0.0, 2.9, (38, 50, 57, 62, 65, 69)),  # Dm
    Chord(3.0, 1.7, (34, 50, 58, 62, 65, 70)),  # Bb
    Chord(4.8, 1.7, (41, 53, 57, 60, 65, 72)),  # F
    Chord(6.6, 1.7, (36, 52, 55, 60, 64, 67)),  # C
]
OPEN = [
    Chord(8.4, 1.2, (38, 57, 62, 66, 69, 74)),  # D, at last
    Chord(9.6, 1.2, (43, 59, 62, 67, 71, 74)),  # G
    Chord(10.8, 1.4, (38, 57, 62, 66, 69, 78)),  # D
]
AFTER = [OPENS + BEAT * beat for beat in range(6)]


def pulse() -> np.ndarray:
    """Bass in eighths, then in sixteenths, from a whisper to the brink."""
    sounds, when = [], 3.0
    while when < OPENS - 0.01:
        root = next(chord.pitches[0] for chord in reversed(HALL) if chord.start <= when + 1e-6)
        force = 0.35 + 0.65 * (when - 3.0) / (OPENS - 3.0)
        sounds.append((when, low_note(root + 12, 0.11) * force, 0.0))
        when += BEAT / 2 if when < 4.79 else BEAT / 4
    for chord in OPEN:
        for eighth in range(4 if chord.length < 1.3 else 1):
            length = 0.22 if chord.length < 1.3 else 1.1
            sounds.append((chord.start + eighth * BEAT / 2, low_note(chord.pitches[0] + 12, length), 0.0))
    return laid_out(LENGTH, sounds)


def chords() -> np.ndarray:
    """Saws that open slowly under the countdown, and wide open after it."""
    sounds = []
    for number, chord in enumerate(HALL[1:]):
        tone = swelling(chord.pitches[1:], chord.length, CHANCE, 300 * 2**number, 600 * 2**number)
        sounds.append((chord.start, tone * (0.4 + 0.2 * number), -0.3))
    for chord in OPEN:
        for side in (-0.7, 0.7):
            sounds.append((chord.start, swelling(chord.pitches[1:], chord.length, CHANCE, 7000, 2600), side))
    return laid_out(LENGTH, sounds)


def arpeggio() -> np.ndarray:
    sounds = []
    for chord in HALL[1:]:
        for step in range(12):
            midi = chord.pitches[2 + step % 4] + 12
            force = 0.3 + 0.5 * (chord.start + step * BEAT / 4 - 3.0) / 5.4
            side = 0.6 * np.sin(step * 1.3)
            sounds.append((chord.start + step * BEAT / 4, stab([midi], 0.09, CHANCE, bright=2500) * force, side))
    return instruments.echoed(laid_out(LENGTH, sounds), BEAT * 0.75, (0.30, 0.15))


def drums() -> np.ndarray:
    """A heart in the dark; ticks as the figures land; three blows; then a beat to dance to."""
    sounds = [(beat * 1.2 + late, kick(force), 0.0) for beat in range(3) for late, force in ((0.0, 0.7), (0.28, 0.45))]
    sounds += [(when, tom(midi) * 0.8, side) for when, midi, side in ((4.2, 45, -0.4), (4.5, 48, 0.0), (4.8, 52, 0.4))]
    sounds += [(5.4, kick(0.6), 0.0), (6.0, kick(0.7), 0.0)]
    for blow in range(3):
        when = 6.6 + blow * BEAT
        sounds += [(when, kick(1.1), 0.0), (when, impact(CHANCE, 0.9) * 0.55, 0.0), (when, tom(38 + 3 * blow), 0.0)]
    sounds += [(8.1 + 0.075 * roll, clap(CHANCE) * (0.16 + 0.07 * roll), 0.0) for roll in range(4)]
    sounds += [(when, kick(), 0.0) for when in AFTER]
    sounds += [(when, clap(CHANCE) * 0.40, 0.0) for when in AFTER[1:5:2]]
    sounds += [(when + BEAT / 2, hat(CHANCE, 0.10) * 0.34, 0.3) for when in AFTER[:5]]
    return laid_out(LENGTH, sounds)


def crowd() -> np.ndarray:
    """Thousands of voices: a murmur before, a cheer when the doors open."""
    t = times(LENGTH)
    murmur = 0.10 + 0.25 * np.clip((t - 6.0) / 2.4, 0, 1) ** 2
    cheer = np.clip((t - OPENS) / 0.25, 0, 1) * np.exp(-np.maximum(t - OPENS - 0.5, 0) / 2.2)
    shape = np.where(t < OPENS, murmur, 0.35 + cheer)
    track = silence(LENGTH)
    for low, high, level in ((260, 620, 0.5), (700, 1500, 1.0), (1900, 3300, 0.6)):
        for side in (-0.8, 0.8):
            waver = 1 + 5 * band(CHANCE.normal(0, 1, len(t)), 1, 6)
            placed(track, band(CHANCE.normal(0, 1, len(t)), low, high) * level * waver * shape, 0.0, side)
    return track


def mix() -> np.ndarray:
    """The whole bed, not yet at its loudness."""
    after = [6.6, 7.2, 7.8, *AFTER]
    airy = instruments.pad(HALL, LENGTH, CHANCE) * 0.030
    saws = ducked(chords() * 0.42 + arpeggio() * 0.28, after, 0.55, 0.16)
    low, beat = ducked(pulse() * 0.20, after, 0.5, 0.12), drums() * 0.42
    rise = laid_out(LENGTH, [(4.8, rush(3.6, CHANCE, 250, 9000) * 0.42, 0.0), (OPENS, impact(CHANCE) * 0.62, 0.0)])
    people = crowd() * 0.055
    wet = instruments.room(airy + saws + 0.35 * beat + 0.4 * rise + 0.5 * people, CHANCE, 2.4)
    return instruments.finished(0.55 * (airy + saws + low + beat + rise + people + 0.4 * wet), 0.9)
