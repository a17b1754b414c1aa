"""The opening picture: limestone islands in a bay at dawn, two junks, the sun over the sea."""

from math import exp, sqrt

import numpy as np

from templates.artwork.finish import Bird, Grade, with_birds
from templates.artwork.marching import Light, Scene, unit
from templates.artwork.noise import blend, fast, fractal, smoothstep, value
from templates.artwork.shading import Camera, picture

SUN = unit(0.222, 0.122, 1.0)

LIGHT = Light(
    *SUN,
    sun=(7.0, 3.6, 1.7),
    above=(0.50, 0.55, 0.70),
    below=(0.40, 0.26, 0.20),
    haze=0.00072,
    thins=0.016,
    softness=14.0,
)
GRADE = Grade(exposure=0.70, bloom=0.065, saturation=1.28, shadows=(-0.01, 0.0, 0.025), lights=(1.03, 1.0, 0.96))
FLOCK = [Bird(0.505, 0.235, 0.010), Bird(0.528, 0.212, 0.012), Bird(0.547, 0.226, 0.009), Bird(0.470, 0.262, 0.008),
         Bird(0.562, 0.196, 0.010), Bird(0.488, 0.205, 0.007), Bird(0.592, 0.222, 0.008)]  # fmt: skip
CAMERA = Camera(eye=(0.0, 46.0, -130.0), at=(0.0, 10.0, 200.0), focal=1.8, shift=0.0, far=2600.0)


def _islands() -> np.ndarray:
    """Rows of x, z, radius, height: a hero group on the right, a smaller one left, the rest by chance."""
    chosen = [
        (176, 190, 24, 148), (204, 222, 25, 118), (150, 222, 17, 88), (232, 184, 20, 84), (262, 214, 22, 104),
        (-170, 350, 22, 112), (-200, 366, 24, 138), (-140, 372, 18, 74), (-236, 342, 24, 92), (-276, 372, 26, 70),
        (-20, 640, 26, 124), (-56, 660, 24, 92), (12, 668, 22, 70), (74, 560, 13, 44), (252, 700, 24, 88),
        (400, 470, 34, 170), (-430, 640, 40, 190), (-370, 610, 30, 124), (-320, 640, 26, 84), (-92, 236, 6, 11),
        (126, 176, 10, 30), (300, 232, 26, 88),
    ]  # fmt: skip
    chance = np.random.default_rng(7)
    far = [
        (x, z, chance.uniform(30, 70), chance.uniform(70, 210))
        for z in (900, 1200, 1550, 1950, 2300)
        for x in chance.uniform(-z * 0.75, z * 0.75, 8)
        if abs(x - 0.215 * (z + 130.0)) > 0.07 * z
    ]
    return np.array(chosen + far, dtype=np.float64)


ISLANDS = _islands()
JUNKS = np.array([(72.0, 150.0, 1.45, 0.35), (-30.0, 300.0, 1.3, -0.3)])


@fast
def _island(x, y, z):
    """Steep towers with rounded heads, melted together where they touch."""
    nearest = 1e9
    for i in range(ISLANDS.shape[0]):
        dx, dz, radius, height = x - ISLANDS[i, 0], z - ISLANDS[i, 1], ISLANDS[i, 2], ISLANDS[i, 3]
        out = sqrt(dx * dx + dz * dz)
        if out - radius * 1.6 > nearest + 20.0:
            continue
        up = min(max(y / height, 0.0), 1.0)
        wide = radius * (1.25 - 0.35 * up) * (1.0 - up**3.2) ** 0.5
        d = (out - wide) * 0.62 if y < height else sqrt(out * out + (y - height) ** 2) * 0.62
        melt = max(9.0 - abs(d - nearest), 0.0) / 9.0
        nearest = min(d, nearest) - melt * melt * 9.0 * 0.25
    return nearest


@fast
def _junk(x, y, z):
    """Hull and three battened sails of the nearest junk, in its own axes: (hull, sails)."""
    hull, sails = 1e9, 1e9
    for i in range(JUNKS.shape[0]):
        px, pz, size, turn = JUNKS[i, 0], JUNKS[i, 1], JUNKS[i, 2], JUNKS[i, 3]
        c, s = sqrt(1.0 - turn * turn), turn
        ax, ay, az = ((x - px) * c + (z - pz) * s) / size, y / size, (-(x - px) * s + (z - pz) * c) / size
        if ax * ax + az * az > 900.0:
            d = (sqrt(ax * ax + az * az) - 20.0) * size
            hull, sails = min(hull, d), min(sails, d)
            continue
        sheer = 1.5 + 0.012 * ax * ax
        wide = 2.3 * (1.0 - (ax / 11.5) ** 2) if abs(ax) < 11.5 else -0.5
        d = max(abs(az) - wide, max(ay - sheer, -ay))
        d = max(d, abs(ax) - 11.0)
        cabin = max(max(abs(ax + 2.0) - 5.0, abs(az) - 1.5), ay - 3.2)
        hull = min(hull, min(d, cabin) * 0.5 * size)
        for k in range(3):
            mast, tall, broad = -6.5 + 6.5 * k, 9.0 + 7.0 * (1 - abs(k - 1)) - 1.5 * k, 2.7 + 1.3 * (1 - abs(k - 1))
            v = (ay - 2.6) / tall
            lead = mast + broad * (0.75 - 0.25 * v)
            trail = mast - broad * (1.15 - 0.1 * v - 0.55 * v * v)
            edge = max(max(ax - lead, trail - ax), max(2.6 - ay, ay - 2.6 - tall))
            belly = 0.5 * (1.0 - v) + 0.16 * abs(((v * 7.0) % 1.0) - 0.5)
            sails = min(sails, max(edge, abs(az - belly) - 0.09) * 0.6 * size)
    return hull, sails


@fast
def distance(x, y, z):
    hull, sails = _junk(x, y, z)
    d = _island(x, y, z)
    if d < 16.0:
        cliff = fractal(x * 0.055, y * 0.022, z * 0.055, 5) - 0.5
        crack = abs(fractal(x * 0.16 + 40.0, y * 0.05, z * 0.16, 3) - 0.5)
        d += 9.0 * cliff - 6.0 * crack + 16.0 * (value(x * 0.035, y * 0.028, z * 0.035) - 0.5)
        if d < 2.5:
            d -= 1.5 * value(x * 0.42, y * 0.5, z * 0.42) * value(x * 0.13, y * 0.11, z * 0.13 + 8.0)
        d = d * 0.6
    else:
        d -= 12.0
    return min(d, min(hull, sails))


@fast
def surface(x, y, z, nx, ny, nz):
    hull, sails = _junk(x, y, z)
    if sails < 0.2 and sails < hull:
        warm = 0.35 + 0.2 * value(x * 2.0, y * 2.0, z)
        return warm, warm * 0.34, warm * 0.2, 0.10, 0.035, 0.012
    if hull < 0.2:
        return 0.10, 0.055, 0.035, 0.0, 0.0, 0.0
    tint = fractal(x * 0.09, y * 0.09, z * 0.09, 4)
    green = smoothstep(-0.08, 0.34, ny + (tint - 0.5) * 1.5)
    stain = 0.55 + 0.6 * fractal(x * 0.5, y * 0.07, z * 0.5, 3)
    bare = (0.34 * stain, 0.295 * stain, 0.25 * stain)
    r, g, b = blend(bare, (0.045 + 0.05 * tint, 0.095 + 0.07 * tint, 0.030 + 0.02 * tint), green)
    wet = 0.3 + 0.7 * smoothstep(1.5, 4.5, y)
    return r * wet, g * wet, b * wet, 0.0, 0.0, 0.0


@fast
def ground(x, z, t):
    calm = 0.20 / (1.0 + t * 0.0016)
    a = fractal(x * 0.10, 3.0, z * 0.16, 3) - fractal(x * 0.10 + 0.31, 3.0, z * 0.16, 3)
    b = fractal(x * 0.10, 7.0, z * 0.16, 3) - fractal(x * 0.10, 7.0, z * 0.16 + 0.31, 3)
    fine = 0.5 * smoothstep(420.0, 60.0, t)
    c = fine * (fractal(x * 0.55, 1.0, z * 0.8, 3) - 0.5)
    d = fine * (fractal(x * 0.55, 5.0, z * 0.8, 3) - 0.5)
    return calm * (2.0 * a + c), calm * (2.0 * b + d), 0.022, 0.065, 0.085, 1.0


@fast
def sky(dx, dy, dz):
    up = max(dy, 0.0)
    toward = max(dx * SUN[0] + dy * SUN[1] + dz * SUN[2], 0.0)
    low, high = exp(-up * 9.0), exp(-up * 3.0)
    r = 0.16 + 0.70 * low + 0.26 * high
    g = 0.24 + 0.30 * low + 0.24 * high
    b = 0.44 + 0.06 * low + 0.18 * high
    glow = toward**10 * 0.55 + toward**60 * 0.9 + toward**600 * 3.0
    r, g, b = r + glow * 1.25, g + glow * 0.66, b + glow * 0.24
    wide = 1.0 / (up + 0.12)
    streak = fractal(dx * wide * 0.8 - 0.4 * dz * wide, 1.7, dz * wide * 0.9 + 2.0, 6)
    cloud = smoothstep(0.46, 0.72, streak) * smoothstep(0.03, 0.14, up) * 0.8
    lit = 0.45 + 1.7 * toward**6
    r, g, b = blend((r, g, b), (1.15 * lit, 0.62 * lit, 0.56 * lit), cloud)
    disc = smoothstep(0.99955, 0.9997, toward) * 26.0
    return r + disc, g + disc * 0.72, b + disc * 0.42


SCENE = Scene(distance, surface, ground, sky)


def paint(width: int, height: int, samples: int) -> np.ndarray:
    """Linear light, float32 (height, width, 3)."""
    light = picture(SCENE, CAMERA, LIGHT, width, height, samples, 1)
    return with_birds(light, FLOCK)
