"""A cup and a twig on a walnut table by a window at blue hour; the street behind it is lights out of focus."""

from math import sin

import cv2
import numpy as np

from templates.artwork.finish import Grade
from templates.artwork.marching import unit
from templates.artwork.materials import timber, tree, woven
from templates.artwork.noise import fast, fractal, smoothstep, value
from templates.artwork.solids import Builder
from templates.artwork.tracing import MATTE, Lens, Look, Place, ball_lamp, lamp, rendered, smoothed

TABLE, CUP, COFFEE, STEEL, VASE, LEAF, PAPER, CLOTH, FLAME, WAX = range(1, 11)
GRADE = Grade(
    exposure=1.0, bloom=0.05, saturation=1.05, shadows=(0.0, 0.006, 0.016), lights=(1.02, 1.0, 0.96), grain=0.0
)
LENS = Lens(eye=(0.0, 1.18, -1.05), at=(0.0, 1.10, 0.3), focal=2.2, shift=0.0, aperture=0.014, focus=1.28)
AWAY = 300.0  # what the notes of a ray say that meets nothing


@fast
def sky(dx, dy, dz):
    return 0.05, 0.07, 0.11


@fast
def surface(material, number, lx, ly, lz, x, y, z, nx, ny, nz):
    if material == TABLE:
        r, g, b = timber(x, z + 3.0, 0.16, (0.050, 0.026, 0.014), (0.17, 0.088, 0.043))
        s = 0.02 * (fractal(x * 20.0, 1.0, z * 60.0, 3) - 0.5)
        return r, g, b, 0.045, 0.10, 0.0, 0.0, 0.0, s, 0.0, s
    if material == COFFEE:
        foam = smoothstep(0.42, 0.56, fractal(lx * 26.0 + sin(lz * 40.0), 2.0, lz * 26.0, 3))
        return 0.16 + 0.42 * foam, 0.075 + 0.36 * foam, 0.03 + 0.25 * foam, 0.02, 0.2, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if material == STEEL:
        return 0.85, 0.80, 0.74, 0.8, 0.10, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if material == FLAME:
        t = smoothstep(-0.022, 0.02, ly)
        return 0.1, 0.1, 0.1, MATTE, 0.0, 16.0, 8.5 - 2.5 * t, 2.6 - 1.2 * t, 0.0, 0.0, 0.0
    if material == WAX:
        glow = 0.5 * smoothstep(-0.05, 0.04, ly)
        return 0.70, 0.62, 0.48, 0.03, 0.3, 1.1 * glow, 0.50 * glow, 0.15 * glow, 0.0, 0.0, 0.0
    if material == LEAF:
        tone = 0.5 + 0.8 * value(lx * 60.0, ly * 60.0, 3.0)
        return 0.07 * tone, 0.11 * tone, 0.07 * tone, MATTE, 0.0, 0.0, 0.0, 0.0, 0.0, 0.3, 0.0
    if material == CLOTH:
        t = woven(lx, lz, 0.003)
        s = 0.4 * (fractal(lx * 14.0, 2.0, lz * 14.0, 3) - 0.5)
        return 0.38 * t, 0.17 * t, 0.085 * t, MATTE, 0.0, 0.0, 0.0, 0.0, s, 0.0, s
    t = 0.88 + 0.24 * fractal(x * 20.0, y * 40.0, z * 20.0, 4)
    if material == VASE:
        return 0.055 * t, 0.095 * t, 0.105 * t, 0.05, 0.15, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if material == PAPER:
        return 0.55 * t, 0.48 * t, 0.38 * t, MATTE, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    return 0.70 * t, 0.64 * t, 0.55 * t, 0.045, 0.12, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0


def place() -> Place:
    b = Builder()
    b.masks += [tree(41, 1, 21, 26, 0.16), tree(46, 1, 21, 24, 0.16)]
    b.span(TABLE, (-3, 0.76, -1.0), (3, 0.80, 0.75))
    b.at(0.13, 0.80, 0.18)
    b.turned(CUP, (0, 0.0, 0), [(0.03, 0.006), (0.075, 0.012), (0.098, 0.026)], 0.004)
    b.turned(CUP, (0, 0.016, 0), [(0.03, 0.0), (0.05, 0.018), (0.058, 0.05), (0.060, 0.082)], 0.0035)
    b.rod(COFFEE, (0, 0.086, 0), 0.057, 0.006)
    for k in range(25):
        angle = np.pi * (k / 24 - 0.5)
        b.ball(CUP, (0.062 + 0.026 * np.cos(angle), 0.062 + 0.024 * np.sin(angle), -0.012), 0.0068)
    b.soft(STEEL, (-0.055, 0.028, -0.055), (0.13, 0.004, 0.007), 0.002, (28, 0, 9))
    b.soft(STEEL, (-0.118, 0.020, -0.022), (0.036, 0.008, 0.022), 0.004, (28, 0, 9))
    b.at(0, 0, 0)
    b.turned(VASE, (0.34, 0.80, 0.42), [(0.045, 0), (0.072, 0.05), (0.07, 0.11), (0.028, 0.17), (0.032, 0.20)], 0.005)
    b.cutout(LEAF, (0.34, 1.16, 0.42), (0.42, 0.42), 0, (10, 0, 0))
    b.cutout(LEAF, (0.34, 1.15, 0.43), (0.38, 0.40), 1, (-45, 0, 0))
    b.rod(WAX, (-0.20, 0.84, 0.40), 0.034, 0.08)
    b.soft(FLAME, (-0.20, 0.905, 0.40), (0.013, 0.042, 0.013), 0.006)
    b.soft(CLOTH, (-0.30, 0.806, 0.10), (0.30, 0.012, 0.20), 0.005, (18, 0, 0))
    b.soft(PAPER, (-0.30, 0.822, 0.10), (0.17, 0.022, 0.12), 0.004, (24, 0, 0))
    warm = np.array([1.0, 0.60, 0.30])
    lamps = [
        ball_lamp((-0.20, 0.91, 0.40), 0.03, warm * 95),
        lamp((0.9, 1.9, 0.2), (0.16, 0, 0), (0, 0, 0.16), warm * 80),
        lamp((-1.3, 1.9, -1.1), (0.5, 0, -0.5), (0, 0.4, 0), np.array([1.0, 0.74, 0.5]) * 1.7),
        lamp((0.0, 1.6, 1.6), (1.6, 0, 0), (0, 0.7, 0), (1.7, 2.0, 2.8)),
    ]
    nothing = np.zeros((2, 2, 4), np.float32)
    return Place(
        b.build(), np.array(lamps), unit(0, 1, 0), (0.0, 0.0, 0.0), 0.01, True, nothing, (-1.0, 1.0, -91.0, -90.0)
    )


def paint(size: int, samples: int) -> tuple[np.ndarray, np.ndarray]:
    """Linear light of the table and what is on it, and how much they cover."""
    light, seen, spread = rendered(place(), Look(surface, sky), LENS, size, size, samples, 7)
    cover = np.clip((AWAY - seen[..., 6]) / (AWAY - 1.6), 0, 1)
    light -= (1 - cover[..., None]) * np.array([0.05, 0.07, 0.11], np.float32)
    colour = seen[..., :3] + np.float32(0.03)
    bare, spread = light / colour, cv2.GaussianBlur(spread, (0, 0), 1.6)
    for step in (1, 2, 4):
        bare, spread = smoothed(bare, seen, spread, step, 4.0)
    return np.maximum(bare * colour, 0), cover
