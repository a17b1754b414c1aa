"""Makes the pictures and the sound of the event countdown: python -m templates.artwork.event_countdown [NAME...]

Names are those of the files without their endings.
"""

import sys
from pathlib import Path

import cv2
import numpy as np

from templates.artwork import event_countdown_score, instruments
from templates.artwork.crowd import Rank, gathered
from templates.artwork.finish import Grade, save
from templates.artwork.stage import (
    AMBER,
    CORAL,
    STEEL,
    TEAL,
    WHITE,
    Beam,
    Picture,
    Ring,
    beam_light,
    clouds,
    lit,
)

MEDIA = Path(__file__).parents[1] / "videos" / "media" / "event-countdown"
WIDTH, HEIGHT = 2112, 1188  # a tenth more than the frame
GRADE = Grade(exposure=1.0, bloom=0.10, saturation=1.08, shadows=(0.012, 0.006, 0.03), vignette=0.30, grain=0.014)
NIGHT = (0.006, 0.005, 0.022)


def row(
    places: list[float], y: float, aim: tuple[float, float], spread: float, colors: list, power: float
) -> list[Beam]:
    """Lamps side by side that point from the angle `aim[0]` at the left to `aim[1]` at the right."""
    beams = []
    for number, x in enumerate(places):
        share = number / max(len(places) - 1, 1)
        angle = aim[0] + (aim[1] - aim[0]) * share
        beams.append(Beam(x, y, angle, spread, colors[number % len(colors)], power))
    return beams


STAGE = Picture(
    sky=NIGHT,
    horizon=(0.07, 0.12, 0.17),
    level=0.80,
    beams=(
        *row([0.62, 0.82, 1.02, 1.64, 1.76, 1.88], -0.03, (124, 58), 2.4, [STEEL, TEAL], 1.15),
        *row([0.80, 0.95, 1.55, 1.70], 0.80, (-128, -52), 1.9, [WHITE, STEEL], 0.85),
    ),
    ring=Ring(1.43, 0.41, 0.24, 0.85),
    seed=5,
)
LIGHTS = Picture(
    sky=NIGHT,
    horizon=(0.04, 0.07, 0.10),
    level=1.0,
    beams=(
        *row([0.06, 0.30, 0.54, 1.22, 1.46, 1.70], 1.04, (-58, -122), 2.2, [STEEL, TEAL, WHITE], 1.3),
        *row([-0.02, 1.80], -0.04, (36, 144), 4.2, [AMBER, AMBER], 0.8),
    ),
    seed=9,
)
PORTAL = Picture(
    sky=NIGHT,
    horizon=(0.06, 0.05, 0.06),
    level=1.0,
    beams=(
        *row([0.05, 0.36, 1.42, 1.73], -0.04, (60, 120), 2.6, [STEEL, TEAL], 0.7),
        *row([0.14, 0.46, 1.32, 1.64], 1.05, (-68, -112), 2.6, [WHITE, STEEL], 0.5),
    ),
    ring=Ring(0.889, 0.5, 0.40, 0.7, thick=0.008),
    seed=14,
)
OPEN = Picture(
    sky=(0.016, 0.010, 0.022),
    horizon=(0.55, 0.16, 0.07),
    level=0.80,
    beams=(
        *row([0.46, 0.64, 0.82, 1.00, 1.50, 1.68, 1.84], -0.03, (134, 50), 2.6, [AMBER, CORAL, WHITE], 0.9),
        *row([0.66, 0.80, 0.95, 1.55, 1.70, 1.84], 0.80, (-142, -44), 2.2, [WHITE, AMBER], 0.9),
    ),
    ring=Ring(1.43, 0.41, 0.24, 1.6, thick=0.009),
    seed=5,
)
PICTURES = {"stage": STAGE, "lights": LIGHTS, "portal": PORTAL, "open": OPEN}
RANKS = [
    Rank(0.80, 0.030, 1.25, 0.45, (14, 16, 22), 0.55),
    Rank(0.86, 0.044, 1.35, 0.45, (10, 11, 16), 0.75),
    Rank(0.95, 0.068, 1.6, 0.38, (6, 7, 10), 0.9),
]


BEAMS = {"beam-cold": (0.62, 0.80, 1.0), "beam-warm": (1.0, 0.80, 0.52)}


def beam(path: Path, color: tuple[float, float, float]) -> int:
    """One moving light with alpha, its lamp in the middle of the upper edge; returns the file's size."""
    width, height = 560, 1300
    y, x = (np.mgrid[0:height, 0:width].astype(np.float32) + 0.5) / height
    lamp = Beam(width / height / 2, 0.0, 90, 4.6, WHITE, 1.5)
    cover = np.clip(beam_light(lamp, x, y, clouds(height, width, 3)), 0, 1)
    cover *= (
        np.clip(y / 0.03, 0, 1)
        * np.clip((1 - y) / 0.35, 0, 1)
        * np.clip(x / 0.06, 0, 1)
        * np.clip((width / height - x) / 0.06, 0, 1)
    )
    picture = np.dstack([np.broadcast_to(np.float32(color[::-1]), (height, width, 3)), cover * 0.72])
    cv2.imwrite(str(path), (picture * 255 + 0.5).astype(np.uint8))
    return path.stat().st_size


CROWDS = {"crowd": ((0.24, 0.40, 0.58), (1.0, 0.58, 0.30)), "crowd-warm": ((0.80, 0.26, 0.12), (1.0, 0.66, 0.36))}
"""The light on heads and hands: at the sides, and below the ring."""


def crowd(path: Path, sides: tuple[float, float, float], middle: tuple[float, float, float]) -> int:
    """The people in front, with alpha; returns the file's size."""
    near = np.exp(-(((np.arange(WIDTH) / HEIGHT - 1.37) / 0.42) ** 2))[:, None]
    light = np.float32(sides) * (1 - near) + np.float32(middle) * near
    cv2.imwrite(str(path), gathered(RANKS, WIDTH, HEIGHT, light, 21))
    return path.stat().st_size


def make(name: str) -> None:
    if name == "bed":
        print(instruments.write(event_countdown_score.mix(), MEDIA / "bed.m4a"))
        return
    if name not in PICTURES:
        path = MEDIA / f"{name}.png"
        size = crowd(path, *CROWDS[name]) if name in CROWDS else beam(path, BEAMS[name])
        print(f"{path.name}: {size / 1000:.0f} kB")
        return
    path = MEDIA / f"{name}.jpg"
    size = save(lit(PICTURES[name], WIDTH, HEIGHT), path, GRADE, quality=86)
    print(f"{path.name}: {size / 1000:.0f} kB")


if __name__ == "__main__":
    MEDIA.mkdir(parents=True, exist_ok=True)
    for wanted in sys.argv[1:] or [*PICTURES, *BEAMS, *CROWDS, "bed"]:
        make(wanted)
