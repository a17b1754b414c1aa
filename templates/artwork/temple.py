"""The fourth picture: the towers of a Khmer temple and sugar palms against a sunrise, mirrored in a lily pond."""

from math import atan2, cos, exp, floor, hypot, sqrt

import numpy as np

from templates.artwork.finish import Bird, Grade, with_birds
from templates.artwork.marching import Light, Scene, unit
from templates.artwork.noise import blend, cell, fast, fractal, mix, smoothstep, value
from templates.artwork.shading import Camera, picture

SUN = unit(0.058, 0.140, 1.0)
LIGHT = Light(
    *SUN,
    sun=(6.0, 2.7, 1.0),
    above=(0.34, 0.26, 0.42),
    below=(0.30, 0.15, 0.13),
    haze=0.0016,
    thins=0.075,
    softness=20.0,
)
FLOCK = [Bird(0.395, 0.30, 0.010), Bird(0.418, 0.275, 0.012), Bird(0.437, 0.292, 0.009), Bird(0.372, 0.335, 0.008),
         Bird(0.445, 0.255, 0.008), Bird(0.63, 0.22, 0.009), Bird(0.652, 0.20, 0.011)]  # fmt: skip
CAMERA = Camera(eye=(-14.0, 3.0, -124.0), at=(-15.0, 3.0, 0.0), focal=2.45, shift=0.28, far=900.0)
GRADE = Grade(exposure=0.66, bloom=0.06, saturation=1.15, shadows=(0.006, -0.004, 0.024), lights=(1.02, 0.99, 0.97))

TOWERS = np.array(
    [(6.0, 40.0, 7.8, 25.0, 60.0), (-17.0, 24.0, 6.0, 19.0, 45.0), (29.0, 24.0, 6.0, 19.0, 45.0),
     (-15.0, 58.0, 6.0, 19.0, 46.0), (27.0, 58.0, 6.0, 19.0, 46.0), (6.0, 4.0, 4.2, 7.0, 17.5),
     (-58.0, 6.0, 3.6, 6.5, 14.5), (70.0, 6.0, 3.6, 6.5, 14.5)]
)  # fmt: skip
"""Rows of x, z, radius, foot, top."""

PALMS = np.array(
    [(-66.0, -4.0, 19.0), (-71.0, 2.0, 23.5), (-78.0, -6.0, 17.0), (-40.0, -2.0, 14.5), (56.0, -8.0, 21.0),
     (61.0, 0.0, 26.0), (47.0, -4.0, 15.0), (72.0, -10.0, 18.5), (-92.0, 4.0, 25.0), (88.0, -2.0, 24.0),
     (-52.0, 8.0, 20.0)]
)  # fmt: skip


@fast
def _tower(x, y, z, radius, foot, top):
    """A lotus bud of nine tiers, each with its row of pointed stones, on a square shaft with porches."""
    out = hypot(x, z)
    if out > radius * 2.6 or y > top + 6.0:
        return max(out - radius * 1.9, y - top - 1.0)
    square = (abs(x) ** 3 + abs(z) ** 3) ** (1.0 / 3.0)
    shaft = max(min(square - radius * 0.92, max(min(abs(x), abs(z)) - radius * 0.42, square - radius * 1.22)), y - foot)
    v = min(max((y - foot) / (top - foot), 0.0), 1.0)
    tier = 9.0 * v * (0.75 + 0.25 * v)
    part = tier - floor(tier)
    wide = radius * (1.0 + 0.22 * v * (1 - v)) * (1.0 - v**2.0) ** 0.70
    stones = abs(cos(atan2(z, x) * 8.0 + 0.5 * floor(tier)))
    pointed = smoothstep(0.25, 0.45, stones - 0.75 * part)
    wide *= 0.88 - 0.05 * part + 0.06 * smoothstep(0.14, 0.0, part) + 0.13 * pointed
    bud = max(mix(square, out, v) - wide, max(foot - 0.3 - y, y - top))
    spire = max(out - 0.28 - 0.3 * smoothstep(top + 1.2, top, y), y - top - 2.4)
    return min(min(shaft, bud) * 0.62, max(spire, top - 2.0 - y))


@fast
def _gallery(x, y, z):
    """Two long roofed walks with pillars, one behind and above the other, on stepped plinths."""
    d = 1e9
    for k in range(2):
        half, depth, base, deep = (86.0, 6.0, 1.6, 4.0) if k == 0 else (34.0, 30.0, 7.5, 5.0)
        px, pz = x - 6.0, z - depth
        plinth = max(max(abs(px) - half - 2.0, abs(pz) - deep - 1.6), y - base)
        steps = max(max(abs(px) - half - 1.0, abs(pz) - deep - 0.8), y - base - 0.5)
        roof = max(hypot(max(abs(pz) - deep + 2.6, 0.0), max(y - base - 4.0, 0.0) * 1.1) - 2.6, base + 4.0 - y)
        ridge = max(abs(pz) - 0.2, y - base - 7.0 - 0.3 * (0.5 + 0.5 * cos(x * 5.0)))
        roof = min(roof, max(ridge, base + 6.0 - y)) if k == 0 else roof
        roof = max(roof, abs(px) - half)
        u = (px + 400.0) % 2.6 - 1.3
        pillar = max(max(abs(u) - 0.34, abs(abs(pz) - deep + 0.5) - 0.34), max(base - y, y - base - 4.1))
        wall = max(abs(pz) - deep + 2.4, max(base - y, y - base - 4.0))
        row = max(min(pillar, wall), abs(px) - half)
        d = min(d, min(min(plinth, steps), min(roof, row)))
    for k in range(4):
        grow = 3.2 * k
        d = min(d, max(max(abs(x - 6.0) - 31.0 + grow, abs(z - 40.0) - 27.0 + grow), y - 8.0 - 2.7 * k))
    return d * 0.8


@fast
def _palms(x, y, z):
    d = 1e9
    for i in range(PALMS.shape[0]):
        px, pz, tall = PALMS[i, 0], PALMS[i, 1], PALMS[i, 2]
        lean = (cell(i, 2, 3) - 0.5) * 0.12
        dx, dy, dz = x - px - lean * y, y - tall, z - pz
        trunk = max(hypot(dx, dz) - 0.27 - 0.12 * smoothstep(3.0, 0.0, y), dy) * 0.9
        far = sqrt(dx * dx + dy * dy + dz * dz)
        crown = far - 3.3
        if crown < 0.8:
            ux, uy, uz = dx / (far + 1e-6), dy / (far + 1e-6), dz / (far + 1e-6)
            spread = value(ux * 3.4 + 9.0 * i, uy * 3.4, uz * 3.4)
            blade = value(ux * 15.0 + 3.0 * i, uy * 15.0, uz * 15.0)
            reach = 0.5 + 2.9 * smoothstep(0.34, 0.60, spread) * (0.4 + 0.6 * smoothstep(0.3, 0.75, blade))
            reach *= 1.0 - 0.25 * smoothstep(-0.2, -0.9, uy)
            crown = (far - reach) * 0.28
        d = min(d, min(trunk, crown))
    return d


@fast
def _trees(x, y, z):
    """The forest's roof left and right of the temple, and bushes along the bank."""
    side = abs(x - 6.0)
    if y > 24.0:
        return y - 23.0
    tall = smoothstep(44.0, 66.0, side) * smoothstep(2.0, 16.0, z) * (5.0 + 15.0 * fractal(x * 0.05, 0.0, z * 0.05, 3))
    bush = smoothstep(-13.0, -8.0, z) * smoothstep(0.50, 0.72, value(x * 0.11, 6.0, z * 0.11)) * 4.6
    top = max(tall, bush)
    if top < 0.1:
        return y + 1.2
    leaves = fractal(x * 0.28, y * 0.28, z * 0.28, 4) * 5.0 + value(x * 2.1, y * 2.1, z * 2.1) * 0.7
    return (y - top + leaves - 2.0) * 0.42


@fast
def _stone(x, y, z):
    d = _gallery(x, y, z)
    for i in range(TOWERS.shape[0]):
        d = min(d, _tower(x - TOWERS[i, 0], y, z - TOWERS[i, 1], TOWERS[i, 2], TOWERS[i, 3], TOWERS[i, 4]))
    if d < 0.8:
        d += 0.35 * (fractal(x * 1.3, y * 1.3, z * 1.3, 3) - 0.5) * 0.6
    return d


@fast
def _bank(x, y, z):
    """The far shore: a low grassy rise that starts at the water's edge."""
    edge = -16.0 + 3.0 * (fractal(x * 0.06, 0.0, 4.0, 3) - 0.5)
    rise = 1.1 * smoothstep(edge, edge + 7.0, z) - 0.25 * smoothstep(edge, edge - 1.0, z)
    return (y - rise - 0.25 * fractal(x * 0.9, 0.0, z * 0.9, 3) * smoothstep(edge, edge + 3.0, z)) * 0.7


@fast
def distance(x, y, z):
    return min(min(_stone(x, y, z), _bank(x, y, z)), min(_palms(x, y, z), _trees(x, y, z)))


@fast
def surface(x, y, z, nx, ny, nz):
    if _palms(x, y, z) < 0.05 or _trees(x, y, z) < 0.1:
        leaf = 0.5 + 0.8 * value(x * 1.7, y * 1.7, z * 1.7)
        return 0.05 * leaf, 0.075 * leaf, 0.02 * leaf, 0.0, 0.0, 0.0
    if _bank(x, y, z) < 0.05:
        tone = 0.5 + 0.8 * fractal(x * 0.5, 1.0, z * 0.5, 4)
        return 0.09 * tone, 0.11 * tone, 0.035 * tone, 0.0, 0.0, 0.0
    stain = 0.5 + 0.9 * fractal(x * 0.6, y * 0.16, z * 0.6, 5)
    course = y / 0.55
    joint = 0.75 + 0.25 * smoothstep(0.03, 0.12, abs(course - floor(course) - 0.5) * 2.0)
    tone = stain * joint
    return 0.26 * tone, 0.215 * tone, 0.165 * tone, 0.0, 0.0, 0.0


@fast
def _pad(x, z, size, seed):
    """A lily leaf's colour weight in one lattice of leaves: 0 where there is water, else its tone."""
    x, z = x + 2.2 * value(x * 0.4, 1.0, z * 0.4 + seed), z + 2.2 * value(x * 0.4, 9.0, z * 0.4 + seed)
    i, j = floor(x / size), floor(z / size)
    here = value(x * 0.075 + seed, 2.0, z * 0.05)
    if cell(int(i), int(j), seed) > smoothstep(0.50, 0.80, here) * 0.9:
        return 0.0
    u = x / size - i - 0.5 - 0.2 * (cell(int(i), int(j), seed + 1) - 0.5)
    v = z / size - j - 0.5 - 0.2 * (cell(int(i), int(j), seed + 2) - 0.5)
    r = hypot(u, v)
    turn = atan2(v, u) + 6.283 * cell(int(i), int(j), seed + 3)
    notch = abs(turn - floor(turn / 6.283 + 0.5) * 6.283) < 0.22 and r > 0.03
    if r > 0.34 + 0.06 * cell(int(i), int(j), seed + 4) or notch:
        return 0.0
    return 0.6 + 0.5 * r + 0.3 * cell(int(i), int(j), seed + 5)


@fast
def ground(x, z, t):
    tone = max(_pad(x, z, 1.5, 3), _pad(x + 0.7, z + 0.4, 1.1, 11))
    if tone > 0.0 and z < -34.0:
        return 0.0, 0.0, 0.075 * tone, 0.115 * tone, 0.055 * tone, 0.16
    calm = 0.030
    a = fractal(x * 0.35, 1.0, z * 0.5, 3) - fractal(x * 0.35 + 0.2, 1.0, z * 0.5, 3)
    b = fractal(x * 0.35, 5.0, z * 0.5, 3) - fractal(x * 0.35, 5.0, z * 0.5 + 0.2, 3)
    return calm * a, calm * b, 0.010, 0.012, 0.014, 1.0


@fast
def sky(dx, dy, dz):
    up = max(dy, 0.0)
    toward = max(dx * SUN[0] + dy * SUN[1] + dz * SUN[2], 0.0)
    low, mid = exp(-up * 7.5), exp(-up * 2.6)
    r = 0.05 + 1.15 * low + 0.30 * mid
    g = 0.09 + 0.46 * low + 0.15 * mid
    b = 0.26 + 0.02 * low + 0.26 * mid
    glow = toward**8 * 0.5 + toward**50 * 0.8 + toward**500 * 2.4
    r, g, b = r + glow * 1.3, g + glow * 0.62, b + glow * 0.16
    wide = 1.0 / (up + 0.14)
    streak = fractal(dx * wide * 1.1 + 21.0, 3.1, dz * wide * 2.2, 6)
    cloud = smoothstep(0.48, 0.72, streak) * smoothstep(0.05, 0.16, up)
    thick = smoothstep(0.52, 0.80, streak)
    lit = 0.30 + 1.5 * toward**5
    cr, cg, cb = blend((1.35, 0.46, 0.40), (0.42, 0.19, 0.30), thick)
    r, g, b = blend((r, g, b), (cr * lit, cg * lit, cb * lit), cloud * 0.85)
    disc = smoothstep(0.99962, 0.99974, toward) * 26.0
    return r + disc, g + disc * 0.66, b + disc * 0.30


SCENE = Scene(distance, surface, ground, sky)


def paint(width: int, height: int, samples: int) -> np.ndarray:
    """Linear light, float32 (height, width, 3)."""
    light = picture(SCENE, CAMERA, LIGHT, width, height, samples, 4)
    return with_birds(light, FLOCK)
