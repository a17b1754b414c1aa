"""A living room in the last sun: a glazed side to the garden, a fire in a travertine wall, a long linen sofa."""

from math import exp, floor, hypot, sin

import numpy as np

from templates.artwork.finish import Grade
from templates.artwork.horizon import hills
from templates.artwork.marching import unit
from templates.artwork.materials import grasses, hedge, plaster, timber, travertine, tree, woven
from templates.artwork.noise import blend, fast, fractal, smoothstep, value
from templates.artwork.solids import Builder
from templates.artwork.tracing import MATTE, PANE, WINDOW, Lens, Look, Place, ball_lamp, lamp, picture

(GLASS, PLASTER, SLATS, STONE, OAK, LINEN, RUST, RUG, DARK, LEATHER, SHEER, FIRE, GLOW, ART, CERAMIC, LEAF, GRASS, LAWN,
 BRASS, PAPER, WATER) = range(21)  # fmt: skip
GRADE = Grade(
    exposure=0.40, bloom=0.05, saturation=0.94, shadows=(0.010, 0.005, 0.0), lights=(1.02, 1.0, 0.95), grain=0.009
)
ROOM = Lens(eye=(1.25, 1.3, -0.9), at=(-0.3, 1.3, 7.6), focal=1.95, shift=-0.02)
SUN = unit(-0.80, 0.25, -0.30)
WARM = np.array([1.0, 0.58, 0.28])


@fast
def sky(dx, dy, dz):
    up = max(dy, 0.0)
    low, mid = exp(-up * 4.5), exp(-up * 1.6)
    west = max(-0.93 * dx - 0.1 * dz, 0.0)
    r = 0.42 + 1.9 * low * (0.4 + 0.6 * west) + 0.5 * mid
    g = 0.46 + 1.1 * low * (0.4 + 0.6 * west) + 0.42 * mid
    b = 0.58 + 0.42 * low + 0.36 * mid
    return r, g, b


@fast
def painting(u, v):
    """Three stones in balance: an abstract picture in earth colours; u and v from -1 to 1."""
    ground = blend((0.62, 0.52, 0.40), (0.50, 0.40, 0.29), smoothstep(-0.2, 0.25, v + 0.12 * sin(u * 3.0)))
    rough = 0.88 + 0.24 * fractal(u * 6.0, v * 6.0, 2.0, 5)
    if hypot((u + 0.18) / 0.62, (v + 0.42) / 0.34) < 1.0 + 0.05 * sin(7.0 * u):
        ground = (0.30, 0.13, 0.065)
    if hypot((u - 0.20) / 0.40, (v - 0.06) / 0.24) < 1.0 + 0.05 * sin(9.0 * v):
        ground = (0.72, 0.46, 0.18)
    if hypot((u + 0.10) / 0.22, (v - 0.46) / 0.19) < 1.0:
        ground = (0.06, 0.05, 0.045)
    return ground[0] * rough, ground[1] * rough, ground[2] * rough


@fast
def flames(x, y):
    """Light of the fire at a place of its slot."""
    lick = fractal(x * 5.0, y * 2.2 - 0.4, 3.0, 4)
    tall = 0.16 + 0.30 * fractal(x * 2.6, 1.0, 8.0, 3)
    body = smoothstep(tall, tall * 0.25, y) * smoothstep(0.30, 0.62, lick + 0.28 * smoothstep(0.2, 0.0, y))
    return 0.05 + 11.0 * body, 0.02 + 4.6 * body**1.4, 0.008 + 1.2 * body**2.2


@fast
def outside(material, number, lx, ly, x, z):
    tone = 0.4 + 0.9 * value(lx * 31.0 + number, ly * 31.0, 3.0)
    if material == GRASS:
        return 0.42 * tone, 0.32 * tone, 0.13 * tone, MATTE, 0.0, 0.0, 0.0, 0.0, 0.0, 0.4, 0.0
    if material == LEAF:
        return 0.16 * tone, 0.18 * tone, 0.055 * tone, MATTE, 0.0, 0.0, 0.0, 0.0, 0.0, 0.4, 0.0
    if material == WATER:
        s = fractal(x * 2.0, 1.0, z * 2.0, 3) - 0.5
        return 0.9, 0.9, 0.9, 0.6, 0.0, 0.0, 0.0, 0.0, 0.03 * s, 0.0, 0.02 * s
    r, g, b = travertine(x, z, 1.2, 0.6)
    return r, g, b, MATTE, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0


@fast
def cloth(material, lx, ly, lz, x, nx, ny):
    u, v = (lx, lz) if abs(ny) > 0.6 else ((lz, ly) if abs(nx) > 0.6 else (lx, ly))
    crease = 0.35 * (fractal(lx * 3.0, ly * 3.0, lz * 3.0, 3) - 0.5)
    if material == SHEER:
        return 0.74, 0.67, 0.57, MATTE, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.55 * sin(lz * 58.0 + 2.0 * sin(lz * 11.0))
    if material == RUG:
        t = 0.72 + 0.5 * value(x * 60.0, 2.0, lz * 60.0) * fractal(lx * 9.0, 1.0, lz * 9.0, 3)
        line = smoothstep(0.02, 0.012, abs(abs(lx) - 1.72)) + smoothstep(0.02, 0.012, abs(abs(lz) - 1.27))
        r, g, b = blend((0.56, 0.48, 0.38), (0.30, 0.17, 0.09), min(line, 1.0))
        return r * t, g * t, b * t, MATTE, 0.0, 0.0, 0.0, 0.0, crease, 0.0, crease
    t = woven(u, v, 0.011)
    if material == RUST:
        return 0.40 * t, 0.165 * t, 0.065 * t, MATTE, 0.0, 0.0, 0.0, 0.0, crease, crease, crease
    return 0.66 * t, 0.58 * t, 0.47 * t, MATTE, 0.0, 0.0, 0.0, 0.0, crease, crease, crease


@fast
def glowing(material, lx, ly):
    if material == FIRE:
        r, g, b = flames(lx, ly + 0.3)
        return 0.02, 0.02, 0.02, MATTE, 0.0, r, g, b, 0.0, 0.0, 0.0
    return 0.8, 0.7, 0.5, MATTE, 0.0, 7.0, 4.3, 2.1, 0.0, 0.0, 0.0


@fast
def hard(material, lx, ly, x, y, z, nx, ny):
    """Stone, timber, metal and leather."""
    if material == OAK:
        r, g, b = timber(z, x, 0.2, (0.20, 0.115, 0.055), (0.38, 0.245, 0.135))
        return r, g, b, 0.04, 0.16, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if material == SLATS:
        r, g, b = timber(y, x + z, 0.11, (0.16, 0.085, 0.038), (0.33, 0.185, 0.085))
        return r, g, b, 0.03, 0.4, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if material == STONE:
        u, v = (x, z) if abs(ny) > 0.5 else ((z, y) if abs(nx) > 0.5 else (x, y))
        r, g, b = travertine(u, v, 1.5, 0.75)
        return r, g, b, 0.03, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if material == LEATHER:
        t = 0.8 + 0.4 * fractal(lx * 8.0, ly * 8.0, z * 8.0, 4)
        return 0.24 * t, 0.095 * t, 0.036 * t, 0.04, 0.35, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if material == BRASS:
        return 0.78, 0.52, 0.22, 0.85, 0.12, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    return 0.024, 0.019, 0.016, 0.04, 0.28, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0


@fast
def surface(material, number, lx, ly, lz, x, y, z, nx, ny, nz):
    if material == GLASS:
        return 0.96, 0.97, 0.95, PANE, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if material in (LEAF, GRASS, LAWN, WATER):
        return outside(material, number, lx, ly, x, z)
    if material in (LINEN, RUST, RUG, SHEER):
        return cloth(material, lx, ly, lz, x, nx, ny)
    if material in (FIRE, GLOW):
        return glowing(material, lx, ly)
    if material in (OAK, SLATS, STONE, LEATHER, BRASS, DARK):
        return hard(material, lx, ly, x, y, z, nx, ny)
    if material == ART:
        r, g, b = painting(lx / 0.72, ly / 0.9)
        return r, g, b, MATTE, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if material == CERAMIC:
        t = 0.85 + 0.3 * fractal(x * 9.0, y * 14.0, z * 9.0, 4)
        return 0.50 * t, 0.41 * t, 0.31 * t, 0.03, 0.4, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if material == PAPER:
        t = 0.5 + 0.5 * value(y * 160.0, floor(x * 3.0), 1.0)
        return 0.60 * t, 0.52 * t, 0.42 * t, MATTE, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    t = plaster(x, y, z)
    return 0.70 * t, 0.64 * t, 0.55 * t, MATTE, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0


def shell(b: Builder) -> None:
    """Floor, ceiling, walls and the glazed side: x -4 to 4.4, z -3 to 8, 3.1 m high."""
    b.span(OAK, (-4.1, -0.2, -3), (4.5, 0.0, 8.1))
    b.span(PLASTER, (-4.3, 3.1, -3), (4.6, 3.4, 8.2))
    b.span(PLASTER, (4.4, 0, -3), (4.6, 3.1, 8.2))
    b.span(PLASTER, (-4.3, 0, -3.2), (4.6, 3.1, -3.0))
    b.span(PLASTER, (-4.3, 0, 8.0), (4.6, 3.1, 8.2))
    b.span(DARK, (-4.12, 0, -3), (-3.98, 0.05, 8))
    b.span(DARK, (-4.12, 3.02, -3), (-3.98, 3.1, 8))
    for z in (-0.6, 1.7, 4.0, 6.3):
        b.span(DARK, (-4.1, 0, z - 0.03), (-4.0, 3.1, z + 0.03))
    b.span(GLASS, (-4.05, 0.05, -3), (-4.04, 3.02, 8))
    b.span(SHEER, (-3.86, 0.02, 7.0), (-3.74, 3.06, 7.98))
    b.span(SHEER, (-3.86, 0.02, -0.4), (-3.74, 3.06, 0.9))
    b.span(DARK, (-3.9, 3.04, -3), (-3.7, 3.1, 8))


def hearth(b: Builder) -> None:
    """The travertine wall with a slot of fire and a long bench, slats beside it with a picture."""
    low, high, left, right = 0.62, 1.16, -2.55, -0.35
    for a, c in (((-3.5, 0.36, 7.55), (left, 3.1, 8)), ((right, 0.36, 7.55), (0.55, 3.1, 8))):
        b.span(STONE, a, c)
    b.span(STONE, (left, 0.36, 7.55), (right, low, 8))
    b.span(STONE, (left, high, 7.55), (right, 3.1, 8))
    b.span(STONE, (-3.6, 0.2, 7.2), (4.4, 0.36, 8))
    b.span(DARK, (-3.5, 0.0, 7.4), (4.4, 0.2, 8))
    b.span(DARK, (left, low, 7.6), (right, low + 0.01, 7.98))
    b.box(FIRE, ((left + right) / 2, (low + high) / 2 + 0.03, 7.9), (right - left - 0.05, 0.54, 0.02))
    for k in range(7):
        b.rod(SLATS, (left + 0.35 + 0.25 * k, low + 0.06, 7.74), 0.045, 0.42, (20 * (k % 3) - 20, 0, 90))
    for k in range(34):
        b.span(SLATS, (0.62 + 0.112 * k, 0.36, 7.93), (0.62 + 0.112 * k + 0.06, 3.1, 8.0))
    b.box(DARK, (2.35, 1.72, 7.9), (1.5, 1.86, 0.05))
    b.box(ART, (2.35, 1.72, 7.88), (1.44, 1.8, 0.05))
    b.turned(CERAMIC, (0.95, 0.36, 7.55), [(0.08, 0), (0.15, 0.12), (0.14, 0.28), (0.06, 0.42), (0.075, 0.5)], 0.012)
    b.turned(DARK, (1.28, 0.36, 7.5), [(0.07, 0), (0.12, 0.07), (0.11, 0.15), (0.05, 0.2)], 0.012)
    for k, (wide, high_) in enumerate(((0.36, 0.05), (0.32, 0.04), (0.28, 0.045))):
        b.box((PAPER, RUST, PAPER)[k], (3.65, 0.385 + 0.045 * k, 7.6), (wide, high_, 0.25), (8 * k, 0, 0))
    b.cutout(LEAF, (0.95, 1.2, 7.56), (0.95, 1.0), 2)


def seats(b: Builder) -> None:
    """A long sofa on the right, a leather chair by the window, tables and a rug between."""
    b.soft(RUG, (0.1, 0.012, 4.6), (3.6, 0.03, 2.7), 0.012)
    b.at(2.75, 0, 4.5, 90)
    b.soft(LINEN, (0, 0.26, 0), (3.3, 0.26, 1.05), 0.06)
    for k in (-1, 0, 1):
        b.soft(LINEN, (1.06 * k, 0.46, -0.08), (1.05, 0.2, 0.92), 0.085)
        b.soft(LINEN, (1.06 * k, 0.70, 0.36), (1.03, 0.48, 0.24), 0.11, (0, 12, 0))
    b.soft(LINEN, (0, 0.48, 0.5), (3.3, 0.62, 0.2), 0.09)
    b.soft(LINEN, (1.68, 0.42, 0.02), (0.2, 0.5, 1.05), 0.09)
    b.soft(LINEN, (-1.68, 0.42, 0.02), (0.2, 0.5, 1.05), 0.09)
    b.soft(RUST, (1.22, 0.74, 0.16), (0.5, 0.46, 0.17), 0.085, (-18, 16, 4))
    b.soft(SHEER, (0.82, 0.72, 0.12), (0.44, 0.42, 0.15), 0.075, (14, 18, -5))
    b.soft(RUST, (-1.2, 0.74, 0.16), (0.5, 0.44, 0.16), 0.08, (15, 16, -4))
    b.soft(SHEER, (-0.62, 0.60, -0.36), (0.7, 0.06, 0.5), 0.03)
    for x, z in ((1.5, 0.42), (-1.5, 0.42), (1.5, -0.42), (-1.5, -0.42)):
        b.rod(DARK, (x, 0.07, z), 0.02, 0.14)
    b.at(-2.1, 0, 4.9, -62)
    b.soft(LEATHER, (0, 0.40, 0), (0.74, 0.17, 0.74), 0.07, (0, -6, 0))
    b.soft(LEATHER, (0, 0.72, 0.36), (0.72, 0.62, 0.15), 0.07, (0, 16, 0))
    for side in (-0.41, 0.41):
        b.rod(SLATS, (side, 0.27, -0.32), 0.022, 0.54)
        b.rod(SLATS, (side, 0.38, 0.36), 0.022, 0.8, (0, 12, 0))
        b.soft(SLATS, (side, 0.56, 0.0), (0.06, 0.035, 0.8), 0.015)
    b.soft(RUST, (0, 0.62, 0.20), (0.44, 0.40, 0.14), 0.07, (0, 18, 0))
    b.at(0, 0, 0)


def tables(b: Builder) -> None:
    b.rod(STONE, (0.25, 0.36, 4.9), 0.62, 0.06)
    b.rod(STONE, (0.25, 0.17, 4.9), 0.30, 0.33)
    b.rod(SLATS, (-0.55, 0.46, 4.25), 0.36, 0.035)
    for k in range(3):
        angle = 2.1 * k + 0.4
        b.rod(DARK, (-0.55 + 0.24 * np.cos(angle), 0.23, 4.25 + 0.24 * np.sin(angle)), 0.014, 0.45)
    b.turned(
        CERAMIC,
        (0.42, 0.39, 5.1),
        [(0.07, 0), (0.13, 0.08), (0.15, 0.18), (0.09, 0.30), (0.06, 0.34), (0.07, 0.38)],
        0.01,
    )
    b.cutout(LEAF, (0.42, 1.08, 5.1), (0.9, 0.9), 2, (-15, 0, 0))
    b.cutout(LEAF, (0.40, 1.02, 5.12), (0.8, 0.8), 2, (60, 0, 0))
    b.box(PAPER, (-0.05, 0.415, 4.72), (0.34, 0.045, 0.25), (24, 0, 0))
    b.box(RUST, (-0.04, 0.45, 4.72), (0.28, 0.03, 0.21), (10, 0, 0))
    b.turned(CERAMIC, (-0.55, 0.478, 4.25), [(0.02, 0.0), (0.10, 0.015), (0.16, 0.07)], 0.008)
    b.turned(CERAMIC, (0.55, 0.39, 4.62), [(0.03, 0), (0.04, 0.03), (0.042, 0.08)], 0.005)
    b.rod(DARK, (3.75, 0.02, 6.6), 0.18, 0.03)
    b.rod(BRASS, (3.75, 0.85, 6.6), 0.012, 1.66)
    b.rod(GLOW, (3.75, 1.72, 6.6), 0.2, 0.28)
    for x, y, z in ((-0.25, 2.15, 4.9), (0.15, 2.36, 5.1), (0.42, 2.05, 4.6)):
        b.rod(DARK, (x, (3.1 + y) / 2, z), 0.005, 3.1 - y)
        b.turned(BRASS, (x, y - 0.1, z), [(0.15, 0.0), (0.13, 0.08), (0.05, 0.14), (0.015, 0.2)], 0.006)
        b.ball(GLOW, (x, y - 0.06, z), 0.055)


def garden(b: Builder) -> None:
    b.masks += [grasses(3), grasses(5), tree(4, 8, 30, 15), hedge(9)]
    b.span(LAWN, (-9.0, -0.4, -20), (-4.1, -0.03, 30))
    b.span(WATER, (-16.0, -0.6, -20), (-9.0, -0.08, 30))
    b.span(LAWN, (-60.0, -0.4, -20), (-16.0, -0.03, 60))
    for k in range(9):
        b.cutout(GRASS, (-8.4, 0.55, -1.0 + 2.4 * k), (1.5, 1.25), k % 2, (-70 + 20 * (k % 3), 0, 0))
        b.cutout(GRASS, (-8.1, 0.5, -0.2 + 2.4 * k), (1.4, 1.1), (k + 1) % 2, (-50, 0, 0))
    for k in range(10):
        b.cutout(LEAF, (-18.5, 0.7, -4.0 + 3.0 * k), (3.4, 1.7), 3, (-90, 0, 0))
    b.cutout(LEAF, (-9.0, 2.3, 10.8), (4.6, 4.8), 2, (-40, 0, 0))
    b.cutout(LEAF, (-17.4, 2.4, 13.0), (5.0, 5.0), 2, (-50, 0, 0))
    b.cutout(LEAF, (-18.0, 2.6, 3.0), (5.4, 5.4), 2, (-70, 0, 0))


def lamps() -> np.ndarray:
    rows = [lamp((-4.0, 1.55, 2.5), (0, 0, 5.5), (0, 1.5, 0), (1.0, 1.0, 1.0), WINDOW)]
    rows.append(lamp((-1.45, 0.86, 7.85), (1.0, 0, 0), (0, 0.2, 0), WARM * 3.0))
    rows.append(ball_lamp((3.75, 1.72, 6.6), 0.23, WARM * 9))
    for x, y, z in ((-0.25, 2.15, 4.9), (0.15, 2.36, 5.1), (0.42, 2.05, 4.6)):
        rows.append(ball_lamp((x, y - 0.06, z), 0.058, WARM * 30))
    for x in (1.4, 2.4, 3.4):
        rows.append(lamp((x, 3.08, 7.6), (0.04, 0, 0), (0, 0, 0.04), WARM * 160))
    return np.array(rows)


def place() -> Place:
    b = Builder()
    for part in (shell, hearth, seats, tables, garden):
        part(b)
    backdrop, span = hills(21, -125, 40)
    return Place(b.build(), lamps(), SUN, (12.0, 7.6, 4.2), 0.012, True, backdrop, span)


def paint(width: int, height: int, samples: int, lens: Lens = ROOM) -> np.ndarray:
    """Linear light, float32 (height, width, 3)."""
    return picture(place(), Look(surface, sky), lens, width, height, samples, 5)
