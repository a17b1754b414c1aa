"""A potter's table before a plaster wall, in two lights that a film mixes in every frame: soft day, and the sun."""

from math import sin

import numpy as np

from templates.artwork.finish import Grade
from templates.artwork.marching import unit
from templates.artwork.materials import plaster, timber, tree, woven
from templates.artwork.noise import fast, fractal, smoothstep, value
from templates.artwork.solids import Builder
from templates.artwork.tracing import MATTE, Lens, Look, Place, lamp, picture

WALL, TABLE, CHALK, CLAY, INK, SAGE, SPECKLED, LEAF, WOOD, CLOTH = range(1, 11)
GRADE = Grade(
    exposure=0.34, bloom=0.04, saturation=1.06, shadows=(0.006, 0.008, 0.014), lights=(1.01, 1.0, 0.99), grain=0.0
)
LENS = Lens(eye=(0.5, 1.42, -3.3), at=(0.5, 1.40, 0.6), focal=5.4, shift=0.0, aperture=0.02, focus=3.85)
SUN = unit(-0.72, 0.52, -0.62)


@fast
def sky(dx, dy, dz):
    return 0.10, 0.11, 0.13


@fast
def glaze(material, x, y, z, ly):
    """Earthenware: bare clay at the foot, glaze with speckles above."""
    t = 0.84 + 0.32 * fractal(x * 7.0, y * 22.0, z * 7.0, 4)
    if material == CLAY:
        return 0.46 * t, 0.185 * t, 0.095 * t, MATTE, 0.0
    if material == INK:
        return 0.035 * t, 0.050 * t, 0.075 * t, 0.05, 0.16
    if material == SAGE:
        return 0.26 * t, 0.31 * t, 0.235 * t, 0.045, 0.2
    if material == SPECKLED:
        spot = smoothstep(0.70, 0.76, value(x * 150.0, y * 150.0, z * 150.0))
        bare = smoothstep(0.02, 0.035, ly + 0.10 + 0.02 * sin(x * 30.0))
        r, g, b = 0.68 - 0.5 * spot, 0.63 - 0.5 * spot, 0.54 - 0.46 * spot
        return (
            (0.40 + (r - 0.40) * bare) * t,
            (0.22 + (g - 0.22) * bare) * t,
            (0.13 + (b - 0.13) * bare) * t,
            0.04,
            0.22,
        )
    return 0.72 * t, 0.68 * t, 0.60 * t, MATTE, 0.0


@fast
def surface(material, number, lx, ly, lz, x, y, z, nx, ny, nz):
    if material == WALL:
        t = plaster(x, y, z) * (0.94 + 0.12 * fractal(x * 0.9, y * 0.9, 7.0, 4))
        s = 0.10 * (fractal(x * 5.0, y * 5.0, 1.0, 4) - 0.5)
        return 0.60 * t, 0.56 * t, 0.475 * t, MATTE, 0.0, 0.0, 0.0, 0.0, s, s, 0.0
    if material == TABLE:
        r, g, b = timber(x, z, 0.24, (0.20, 0.115, 0.06), (0.40, 0.26, 0.15))
        return r, g, b, 0.04, 0.25, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if material == WOOD:
        r, g, b = timber(ly, lx, 0.09, (0.22, 0.12, 0.055), (0.42, 0.26, 0.13))
        return r, g, b, 0.03, 0.4, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if material == LEAF:
        tone = 0.5 + 0.8 * value(lx * 40.0, ly * 40.0, 3.0)
        return 0.075 * tone, 0.105 * tone, 0.055 * tone, MATTE, 0.0, 0.0, 0.0, 0.0, 0.0, 0.3, 0.0
    if material == CLOTH:
        t = woven(lx, lz, 0.006)
        s = 0.4 * (fractal(lx * 6.0, 2.0, lz * 6.0, 3) - 0.5)
        return 0.50 * t, 0.47 * t, 0.40 * t, MATTE, 0.0, 0.0, 0.0, 0.0, s, 0.0, s
    r, g, b, kind, rough = glaze(material, x, y, z, ly)
    return r, g, b, kind, rough, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0


def pots(b: Builder) -> None:
    """From left to right along the table; outlines are (radius, height)."""
    jar = [(0.07, 0), (0.15, 0.06), (0.20, 0.18), (0.17, 0.30), (0.075, 0.37), (0.08, 0.40)]
    tall = [(0.075, 0), (0.10, 0.10), (0.115, 0.30), (0.09, 0.46), (0.045, 0.56), (0.055, 0.62)]
    bowl = [(0.05, 0.0), (0.06, 0.015), (0.12, 0.05), (0.155, 0.11)]
    cup = [(0.035, 0), (0.05, 0.02), (0.055, 0.10)]
    bottle = [(0.06, 0), (0.09, 0.08), (0.08, 0.18), (0.03, 0.25), (0.022, 0.34), (0.03, 0.36)]
    table = 0.9
    b.turned(SPECKLED, (0.62, table, 0.55), jar, 0.01)
    b.turned(CLAY, (1.02, table, 0.62), tall, 0.01)
    b.turned(INK, (0.30, table, 0.62), bottle, 0.008)
    for k, material in enumerate((CHALK, SAGE, CHALK)):
        b.turned(material, (1.42, table + 0.055 * k, 0.5), bowl, 0.008)
    b.turned(SAGE, (0.86, table, 0.30), cup, 0.006)
    b.turned(CHALK, (1.08, table, 0.26), cup, 0.006)
    b.turned(CLAY, (0.10, table, 0.38), [(0.05, 0), (0.11, 0.03), (0.13, 0.075)], 0.008)
    b.turned(CHALK, (1.78, table, 0.66), [(0.09, 0), (0.16, 0.10), (0.13, 0.24), (0.10, 0.30), (0.12, 0.34)], 0.01)
    for k in range(5):
        lean = (18 * (k - 2), 9 - 3 * k, 6 * (k - 2))
        b.rod(WOOD, (1.78 + 0.02 * (k - 2), table + 0.42, 0.66), 0.008, 0.46, lean)
        b.soft(
            (CLAY, INK, SAGE, CLAY, INK)[k],
            (1.78 + 0.05 * (k - 2), table + 0.66, 0.66 + 0.02 * k),
            (0.03, 0.09, 0.03),
            0.014,
        )
    b.cutout(LEAF, (1.02, table + 0.88, 0.62), (0.80, 0.72), 0, (12, 0, 0))
    b.cutout(LEAF, (1.01, table + 0.86, 0.64), (0.72, 0.66), 1, (-40, 0, 0))


def place(sunny: bool) -> Place:
    b = Builder()
    b.masks += [tree(31, 1, 21, 26, 0.165), tree(36, 1, 21, 24, 0.165)]
    b.span(WALL, (-6, -1, 1.15), (6, 5, 1.4))
    b.span(TABLE, (-6, 0.83, -0.9), (6, 0.9, 1.1))
    b.soft(CLOTH, (-0.2, 0.905, 0.4), (0.7, 0.016, 0.46), 0.007, (-16, 0, 0))
    b.box(CLAY, (-0.24, 0.935, 0.42), (0.30, 0.045, 0.21), (-8, 0, 0))
    b.box(SAGE, (-0.23, 0.972, 0.42), (0.26, 0.03, 0.18), (4, 0, 0))
    pots(b)
    soft = np.array([lamp((-3.2, 2.6, -1.6), (0, 1.2, 0.4), (0.7, 0, -1.0), (1.25, 1.4, 1.65))])
    none = np.zeros((0, 13))
    light = (8.6, 6.7, 4.8) if sunny else (0.0, 0.0, 0.0)
    nothing = np.zeros((2, 2, 4), np.float32)
    return Place(b.build(), none if sunny else soft, SUN, light, 0.012, sunny, nothing, (-1.0, 1.0, -91.0, -90.0))


def paint(width: int, height: int, samples: int, sunny: bool = False) -> np.ndarray:
    """Linear light, float32 (height, width, 3): of the soft light, or of the sun alone."""
    return picture(place(sunny), Look(surface, sky), LENS, width, height, samples, 9)
