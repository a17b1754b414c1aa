"""A modern house at dusk: a timber storey over a glazed one, a stone tower, a pool that doubles the lights."""

from math import exp, sin

import numpy as np

from templates.artwork.finish import Grade
from templates.artwork.horizon import hills
from templates.artwork.marching import unit
from templates.artwork.materials import grasses, hedge, plaster, slate, timber, travertine, tree, woven
from templates.artwork.noise import fast, fractal, smoothstep, value
from templates.artwork.solids import Builder
from templates.artwork.tracing import MATTE, PANE, Lens, Look, Place, ball_lamp, lamp, picture

GLASS, PLASTER, CEDAR, STONE, PAVING, WATER, LEAF, GRASS, OAK, DARK, LINEN, GLOW, CURTAIN, EARTH, LIME = range(15)
GRADE = Grade(
    exposure=1.12, bloom=0.05, saturation=1.04, shadows=(0.012, 0.006, 0.0), lights=(1.03, 1.0, 0.94), grain=0.009
)
FRONT = Lens(eye=(-7.2, 1.6, -9.6), at=(-0.4, 1.6, 8.0), focal=2.02, shift=0.36)
TERRACE = Lens(eye=(-3.4, 1.5, 0.4), at=(4.6, 1.5, 8.0), focal=1.75, shift=0.30)
WARM = np.array([1.0, 0.56, 0.25])


@fast
def sky(dx, dy, dz):
    up = max(dy, 0.0)
    west = max(-0.55 * dx + 0.83 * dz, 0.0)
    low, mid = exp(-up * 5.5), exp(-up * 1.9)
    r = 0.052 + 0.74 * low * (0.35 + 0.65 * west**2) + 0.16 * mid
    g = 0.056 + 0.34 * low * (0.35 + 0.65 * west**2) + 0.115 * mid
    b = 0.080 + 0.08 * low + 0.105 * mid
    wide = 1.0 / (up + 0.16)
    streak = fractal(dx * wide * 0.9 + 4.0, 2.1, dz * wide * 2.6, 6)
    cloud = smoothstep(0.46, 0.74, streak) * smoothstep(0.03, 0.16, up) * 0.75
    lit = 0.30 + 0.95 * west**3 * mid
    return r + (0.80 * lit - r) * cloud, g + (0.40 * lit - g) * cloud, b + (0.27 * lit - b) * cloud


@fast
def ripple(x, z):
    """Slopes of the pool: nearly still, longer waves towards the eye."""
    a = fractal(x * 1.1, 3.0, z * 2.2, 3) - fractal(x * 1.1 + 0.3, 3.0, z * 2.2, 3)
    b = fractal(x * 1.1, 7.0, z * 2.2, 3) - fractal(x * 1.1, 7.0, z * 2.2 + 0.3, 3)
    return 0.030 * a, 0.040 * b


@fast
def garden(material, number, lx, ly, x, z):
    """Plants, water, earth and paving."""
    if material == WATER:
        sx, sz = ripple(x, z)
        return 0.80, 0.80, 0.78, 0.58, 0.0, 0.0, 0.0, 0.0, sx, 0.0, sz
    if material == PAVING:
        r, g, b = travertine(x, z, 1.2, 0.6)
        wet = 0.35 * smoothstep(0.45, 0.6, fractal(x * 0.6, 2.0, z * 0.6, 4))
        return r * (1 - wet), g * (1 - wet), b * (1 - wet), 0.03, 0.28, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    tone = 0.4 + 0.9 * value(lx * 31.0 + number, ly * 31.0, 3.0)
    if material == GRASS:
        return 0.30 * tone, 0.22 * tone, 0.085 * tone, MATTE, 0.0, 0.0, 0.0, 0.0, 0.0, 0.4, 0.0
    if material == LEAF:
        return 0.10 * tone, 0.115 * tone, 0.035 * tone, MATTE, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5, 0.0
    return 0.05 * tone, 0.05 * tone, 0.02 * tone, MATTE, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0


@fast
def walls(material, x, y, z, nx, ny):
    """What the house is built of."""
    if material == CEDAR:
        along, across = (x, y) if abs(ny) < 0.5 else (x, z)
        if abs(nx) > 0.5:
            along = z
        r, g, b = timber(along, across, 0.14, (0.15, 0.068, 0.026), (0.42, 0.215, 0.095))
        return r, g, b, 0.03, 0.45, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if material == STONE:
        u = z if abs(nx) > 0.5 else x
        r, g, b = slate(u, y)
        s = 0.5 * (fractal(u * 8.0, y * 16.0, 1.0, 3) - 0.5)
        return r, g, b, MATTE, 0.0, 0.0, 0.0, 0.0, 0.25 * s, s, 0.25 * s
    if material == LIME:
        u = z if abs(nx) > 0.5 else x
        r, g, b = travertine(u, y, 1.1, 0.55)
        return r, g, b, MATTE, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    t = plaster(x, y, z)
    return 0.66 * t, 0.58 * t, 0.47 * t, MATTE, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0


@fast
def surface(material, number, lx, ly, lz, x, y, z, nx, ny, nz):
    if material == GLASS:
        return 0.96, 0.97, 0.95, PANE, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if material in (WATER, PAVING, LEAF, GRASS, EARTH):
        return garden(material, number, lx, ly, x, z)
    if material in (CEDAR, STONE, PLASTER, LIME):
        return walls(material, x, y, z, nx, ny)
    if material == OAK:
        r, g, b = timber(z, x, 0.18, (0.22, 0.12, 0.055), (0.42, 0.26, 0.135))
        return r, g, b, 0.03, 0.25, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if material == DARK:
        return 0.022, 0.018, 0.015, 0.04, 0.3, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if material == GLOW:
        return 0.8, 0.7, 0.5, MATTE, 0.0, 9.0, 5.2, 2.2, 0.0, 0.0, 0.0
    if material == CURTAIN:
        fold = 0.45 * sin(x * 42.0 + 2.0 * sin(x * 9.0))
        return 0.62, 0.54, 0.43, MATTE, 0.0, 0.0, 0.0, 0.0, fold, 0.0, 0.0
    t = woven(lx, ly + lz, 0.02)
    return 0.52 * t, 0.45 * t, 0.36 * t, MATTE, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0


def lower_floor(b: Builder) -> None:
    """Glazed living and dining room between a stone tower and a wall of lime stone: x -2 to 10.5, z 8 to 14.5."""
    b.span(OAK, (-2, 0.0, 8), (10.5, 0.16, 14.5))
    b.span(PLASTER, (-2, 0.16, 14.5), (10.5, 3.2, 14.8))
    b.span(CEDAR, (1.6, 0.16, 14.36), (5.0, 3.0, 14.5))
    b.span(PLASTER, (-2.4, 3.0, 7.2), (11.2, 3.36, 14.8))
    b.span(LIME, (10.5, 0, 6.2), (10.95, 3.0, 14.8))
    for x in (-2.0, 0.45, 2.95, 5.45, 7.95, 10.44):
        b.span(DARK, (x - 0.03, 0.16, 7.98), (x + 0.03, 3.0, 8.08))
    b.span(DARK, (-2, 0.14, 7.96), (10.5, 0.22, 8.1))
    b.span(GLASS, (-2, 0.2, 8.02), (2.95, 3.0, 8.03))
    b.span(GLASS, (7.95, 0.2, 8.02), (10.5, 3.0, 8.03))
    b.span(CURTAIN, (9.2, 0.2, 8.3), (10.4, 2.98, 8.42))
    b.span(CURTAIN, (-1.95, 0.2, 8.3), (-1.2, 2.98, 8.42))


def furniture(b: Builder) -> None:
    """What is seen through the panes of the lower floor."""
    b.soft(LINEN, (3.3, 0.42, 11.6), (3.0, 0.42, 1.0), 0.12)
    b.soft(LINEN, (3.3, 0.78, 12.0), (3.0, 0.6, 0.28), 0.12)
    b.soft(CURTAIN, (2.3, 0.8, 11.75), (0.55, 0.5, 0.2), 0.1, (0, -15, 8))
    b.soft(CEDAR, (4.3, 0.8, 11.75), (0.55, 0.5, 0.2), 0.1, (0, -15, -8))
    b.rod(OAK, (3.2, 0.45, 10.2), 0.62, 0.09)
    b.rod(DARK, (3.2, 0.3, 10.2), 0.16, 0.3)
    b.span(OAK, (6.6, 0.86, 10.6), (9.4, 0.93, 11.7))
    for x in (6.8, 9.2):
        b.span(DARK, (x - 0.04, 0.16, 10.75), (x + 0.04, 0.86, 11.55))
    for x in (7.0, 7.7, 8.4, 9.1):
        b.soft(DARK, (x, 0.62, 10.25), (0.46, 0.08, 0.46), 0.04)
        b.soft(DARK, (x, 0.92, 10.05), (0.46, 0.56, 0.06), 0.03)
        b.rod(DARK, (x, 0.38, 10.25), 0.03, 0.45)
    for x in (7.2, 8.0, 8.8):
        b.rod(DARK, (x, 2.6, 11.1), 0.006, 0.8)
        b.ball(GLOW, (x, 2.12, 11.1), 0.13)
    b.rod(DARK, (0.4, 0.95, 12.6), 0.02, 1.6)
    b.rod(GLOW, (0.4, 1.85, 12.6), 0.2, 0.34)
    b.span(DARK, (5.6, 1.0, 14.42), (7.6, 2.3, 14.5))
    b.span(LIME, (5.66, 1.06, 14.40), (7.54, 2.24, 14.46))
    b.span(DARK, (8.4, 0.16, 14.1), (10.2, 2.4, 14.48))
    for y in (0.6, 1.05, 1.5, 1.95):
        b.span(OAK, (8.45, y, 14.0), (10.15, y + 0.04, 14.2))
        for k in range(5):
            wide = 0.1 + 0.12 * ((k * 7 + int(y * 10)) % 3)
            b.span(
                (LINEN, CEDAR, STONE)[k % 3], (8.6 + 0.32 * k, y + 0.04, 14.0), (8.6 + 0.32 * k + wide, y + 0.24, 14.1)
            )


def upper_floor(b: Builder) -> None:
    """Cedar boxes that reach out over the terrace: x 1.2 to 11.8, z 6.4 to 13.5, y 3.36 to 6.5."""
    b.span(CEDAR, (1.2, 3.36, 6.4), (11.8, 3.62, 13.5))
    b.span(CEDAR, (1.0, 6.3, 6.0), (12.0, 6.52, 13.7))
    b.span(DARK, (0.96, 6.5, 5.96), (12.04, 6.58, 13.74))
    b.span(CEDAR, (1.2, 3.62, 6.4), (1.42, 6.3, 13.5))
    b.span(CEDAR, (11.58, 3.62, 6.4), (11.8, 6.3, 13.5))
    b.span(PLASTER, (1.4, 3.62, 12.2), (11.6, 6.3, 12.4))
    b.span(CEDAR, (6.9, 3.62, 7.2), (7.2, 6.3, 12.2))
    for x in (1.44, 4.2, 6.9):
        b.span(DARK, (x - 0.03, 3.62, 7.3), (x + 0.03, 6.3, 7.38))
    b.span(GLASS, (1.44, 3.62, 7.33), (6.9, 6.3, 7.34))
    b.span(CURTAIN, (1.5, 3.64, 7.7), (2.7, 6.25, 7.8))
    b.span(CURTAIN, (6.1, 3.64, 7.7), (6.85, 6.25, 7.8))
    b.soft(LINEN, (4.4, 4.1, 10.6), (2.2, 0.5, 2.2), 0.15)
    b.span(OAK, (2.9, 3.62, 12.05), (5.9, 5.0, 12.2))
    for x in (2.95, 5.85):
        b.rod(GLOW, (x, 4.7, 11.7), 0.13, 0.26)
    for k in range(31):
        x = 7.22 + 0.145 * k
        b.span(CEDAR, (x, 3.62, 6.46), (x + 0.06, 6.3, 6.56))
    b.span(GLASS, (1.44, 3.64, 6.44), (6.9, 4.6, 6.45))
    b.span(DARK, (1.44, 4.6, 6.42), (6.9, 4.63, 6.47))


def tower(b: Builder) -> None:
    """The stone stair tower left of the glass, a slot of light in it."""
    b.span(STONE, (-4.9, 0, 7.6), (-3.72, 7.3, 13.0))
    b.span(STONE, (-3.3, 0, 7.6), (-2.0, 7.3, 13.0))
    b.span(STONE, (-3.72, 6.4, 7.6), (-3.3, 7.3, 13.0))
    b.span(STONE, (-3.72, 0, 7.6), (-3.3, 1.0, 13.0))
    b.span(PLASTER, (-3.72, 1.0, 8.6), (-3.3, 6.4, 8.7))
    b.span(DARK, (-5.0, 7.3, 7.5), (-1.9, 7.38, 13.1))
    b.span(LIME, (-22, 0, 9.4), (-4.9, 2.1, 9.7))


def terrace(b: Builder) -> None:
    """Paving, pool, loungers, pots and beds."""
    b.span(PAVING, (-30, -0.4, 4.4), (30, 0.0, 30))
    b.span(PAVING, (10.6, -0.4, -30), (30, 0.0, 4.4))
    b.span(PAVING, (-30, -0.4, -30), (-9.2, 0.0, 4.4))
    b.span(LIME, (-9.2, -1.6, 4.38), (10.6, -0.02, 4.44))
    b.span(WATER, (-9.2, -1.0, -30), (10.6, -0.09, 4.4))
    b.span(OAK, (-1.8, 0.0, 5.6), (10.4, 0.1, 8.0))
    for x, turn in ((5.4, 12), (7.6, 12)):
        b.at(x, 0.1, 6.0, turn)
        b.soft(CEDAR, (0, 0.22, 0), (0.72, 0.08, 1.9), 0.03)
        b.soft(LINEN, (0, 0.31, -0.2), (0.66, 0.12, 1.4), 0.05)
        b.soft(LINEN, (0, 0.5, 0.72), (0.66, 0.12, 0.72), 0.05, (0, -42, 0))
        for dx in (-0.3, 0.3):
            b.box(CEDAR, (dx, 0.09, -0.7), (0.06, 0.2, 0.06))
            b.box(CEDAR, (dx, 0.09, 0.7), (0.06, 0.2, 0.06))
    b.at(0, 0, 0)
    b.rod(STONE, (6.5, 0.3, 6.2), 0.22, 0.4)
    for x, z, size in ((-1.1, 6.6, 0.42), (9.9, 5.2, 0.5), (-5.6, 5.4, 0.55)):
        outline = [(size * 0.55, 0.0), (size * 0.9, size * 0.6), (size, size * 1.2), (size * 0.8, size * 1.75)]
        b.turned(DARK, (x, 0.02, z), outline, 0.03)
        b.rod(EARTH, (x, size * 1.45, z), size * 0.78, 0.1)


def planting(b: Builder) -> None:
    b.masks += [grasses(3), grasses(5), tree(4, 8, 30, 15), hedge(9), tree(12, 9, 26, 14), grasses(8, 120)]
    for x, z, wide, high, mask in (
        (-1.1, 6.6, 1.5, 1.6, 5), (9.9, 5.2, 1.7, 1.9, 0), (-5.6, 5.4, 1.9, 1.9, 1), (-7.2, 5.0, 1.7, 1.5, 0),
        (-8.2, 5.3, 1.8, 1.7, 5), (-9.4, 5.0, 2.0, 1.9, 1), (-6.6, 6.0, 1.7, 1.6, 5), (-11.0, 5.4, 2.0, 1.6, 0),
        (-12.3, 5.6, 2.0, 1.7, 1), (11.6, 4.9, 2.0, 1.7, 1), (12.6, 5.3, 2.0, 2.1, 5),
    ):  # fmt: skip
        lift = 0.5 if (x, z) in ((-1.1, 6.6), (9.9, 5.2), (-5.6, 5.4)) else 0.0
        b.cutout(GRASS, (x, high / 2 + lift, z), (wide, high), mask, (15, 0, 0))
        b.cutout(GRASS, (x + 0.1, high / 2 + lift, z + 0.1), (wide, high * 0.9), (mask + 1) % 2, (-40, 0, 0))
    for k in range(6):
        b.cutout(LEAF, (-6.2 - 2.6 * k, 2.4, 10.0), (3.0, 2.4), 3)
        b.cutout(LEAF, (-5.4 - 2.6 * k, 2.2, 10.4), (3.0, 2.9), 3)
    for k in range(9):
        b.cutout(LEAF, (12.2 + 2.6 * k, 0.9, 14.0), (3.0, 1.9), 3)
        b.cutout(LEAF, (13.1 + 2.6 * k, 0.8, 13.5), (3.0, 1.5), 3)
    for k in range(8):
        b.cutout(LEAF, (19.0, 0.8, -8.0 + 2.7 * k), (3.2, 1.7), 3, (-80, 0, 0))
    b.cutout(LEAF, (-7.6, 3.0, 7.6), (5.2, 6.0), 2, (-10, 0, 0))
    b.cutout(LEAF, (-7.5, 3.0, 7.75), (5.0, 6.0), 4, (25, 0, 0))
    b.cutout(LEAF, (-12.8, 2.9, 8.4), (5.6, 5.8), 4, (-20, 0, 0))
    b.cutout(LEAF, (14.6, 3.6, 9.6), (6.4, 7.2), 2, (-20, 0, 0))
    b.cutout(LEAF, (14.4, 3.6, 9.3), (6.0, 7.0), 4, (10, 0, 0))


def lamps() -> np.ndarray:
    down, rows = ((0.0, 0.0, 0.5), (1.0, 0.0, 0.0)), []
    for x, z, strength in ((0.4, 11.0, 22.0), (3.6, 11.2, 25.0), (8.2, 11.2, 25.0), (3.4, 13.6, 25.0)):
        rows.append(lamp((x, 2.97, z), down[1], down[0], WARM * strength))
    for x, strength in ((3.0, 19.0), (5.4, 19.0), (9.6, 22.0)):
        rows.append(lamp((x, 6.27, 9.8), down[1], down[0], WARM * strength))
    for x in (7.2, 8.0, 8.8):
        rows.append(ball_lamp((x, 2.12, 11.1), 0.15, WARM * 16))
    rows.append(lamp((-3.5, 3.6, 8.2), (0.16, 0, 0), (0, 2.4, 0), WARM * 11))
    for x in (-4.4, -2.6):
        rows.append(lamp((x, 0.05, 7.2), (0, 0, 0.06), (0.1, 0, 0), WARM * 320))
    for x, z in ((-7.4, 6.8), (-12.4, 7.6)):
        rows.append(lamp((x, 0.05, z), (0, 0, 0.1), (0.1, 0, 0), WARM * 420))
    for x in (2.4, 5.4, 8.4):
        rows.append(lamp((x, 3.33, 6.9), (0.06, 0, 0), (0, 0, 0.06), WARM * 260))
    return np.array(rows)


def place() -> Place:
    b = Builder()
    for part in (lower_floor, furniture, upper_floor, tower, terrace, planting):
        part(b)
    backdrop, span = hills(21, -75, 135)
    return Place(b.build(), lamps(), unit(-0.5, 0.1, 0.8), (0.0, 0.0, 0.0), 0.01, False, backdrop, span)


def paint(width: int, height: int, samples: int, lens: Lens = FRONT) -> np.ndarray:
    """Linear light, float32 (height, width, 3)."""
    return picture(place(), Look(surface, sky), lens, width, height, samples, 3)
