"""The news story's first picture: a lit train on a viaduct over a lake, snowy mountains in the last light."""

from math import atan2, exp, floor, hypot, sqrt

import numpy as np

from templates.artwork.finish import Grade
from templates.artwork.marching import Light, Scene, fast, unit
from templates.artwork.noise import blend, cell, fractal, mix, smoothstep, value
from templates.artwork.shading import Camera, picture

CAMERA = Camera(eye=(-20.0, 9.0, -105.0), at=(-26.8, 9.0, 0.0), focal=2.55, shift=0.06, far=700.0)
GLOW = unit(-0.80, 0.16, -0.42)  # towards where the sun has gone
LIGHT = Light(
    *GLOW,
    sun=(0.16, 0.10, 0.13),
    above=(0.085, 0.125, 0.235),
    below=(0.040, 0.050, 0.075),
    haze=0.0012,
    thins=0.02,
    softness=6.0,
)
GRADE = Grade(
    exposure=1.5, bloom=0.16, saturation=1.12, shadows=(0.0, 0.006, 0.022), lights=(1.0, 0.99, 1.0), vignette=0.2
)

CENTRE_X, CENTRE_Z, BEND = -75.0, -5.0, 80.0
"""The line runs on a circle round here, of this radius."""
DECK, PITCH, ARCH = 24.0, 9.6, 3.5
HEAD, CARS, CAR = 27.0, 9, 17.0
"""Where along the line the train's front is, how many cars follow, and how long one is."""


@fast
def _along(x, z):
    """How far along the line a place is, and how far outside of it."""
    u, v = x - CENTRE_X, z - CENTRE_Z
    return atan2(v, u) * BEND, hypot(u, v) - BEND


@fast
def _viaduct(s, q, y):
    """Round arches on tapering piers, a cornice and a parapet."""
    wide = 2.0 + 0.022 * (DECK - y)
    u = s - floor(s / PITCH) * PITCH - PITCH / 2
    span = ARCH - 0.012 * max(DECK - 5.4 - y, 0.0)
    opening = hypot(u, y - DECK + 5.4) - ARCH if y > DECK - 5.4 else abs(u) - span
    wall = max(max(abs(q) - wide, y - DECK), -opening)
    cornice = max(abs(q) - 2.55, abs(y - DECK + 0.25) - 0.3)
    parapet = max(abs(abs(q) - 2.4) - 0.16, max(y - DECK - 0.95, DECK - y))
    return max(min(wall, min(cornice, parapet)), -s - 0.6 * BEND)


@fast
def _train(s, q, y):
    """Round-shouldered cars, one after another."""
    back = s - HEAD
    if back < -1.0 or back > CARS * CAR + 1.0:
        return max(-back, back - CARS * CAR) * 0.8
    u = back - floor(back / CAR) * CAR - CAR / 2
    px, py, pz = abs(u) - CAR / 2 + 0.75, abs(y - DECK - 2.5) - 1.25, abs(q) - 0.85
    out = sqrt(max(px, 0.0) ** 2 + max(py, 0.0) ** 2 + max(pz, 0.0) ** 2)
    body = out + min(max(px, max(py, pz)), 0.0) - 0.6
    gap = max(max(abs(abs(u) - CAR / 2) - 0.5, abs(q) - 0.7), abs(y - DECK - 2.2) - 1.1)
    return min(body, gap)


@fast
def _land(x, z):
    """Height of the far shore and its hills."""
    near = 128.0 + 16.0 * fractal(x * 0.012, 3.0, z * 0.003, 3) + 0.10 * abs(x + 30.0)
    rise = max(z - near, 0.0)
    return -0.6 + 0.9 * smoothstep(0.0, 5.0, rise) + 0.17 * rise * (0.35 + 1.0 * fractal(x * 0.014, 8.0, z * 0.014, 2))


@fast
def _forest(x, y, z):
    """Firs on the far shore, one in every cell of a lattice that is not a clearing."""
    if z < 108.0:
        return 110.0 - z
    if y > 95.0:
        return y - 90.0
    ground = _land(x, z)
    d = (y - ground) * 0.7
    if y > ground + 24.0:
        return max(d - 16.0, 1.5)
    size = 5.4
    ci, cj = floor(x / size - 0.5), floor(z / size - 0.5)
    for i in range(2):
        for j in range(2):
            ti, tj = ci + i, cj + j
            kind = cell(ti, tj, 5)
            cx, cz = (ti + 0.2 + 0.6 * cell(ti, tj, 6)) * size, (tj + 0.2 + 0.6 * cell(ti, tj, 7)) * size
            foot = _land(cx, cz)
            if kind < 0.22 or foot < 0.2:
                continue
            tall = 8.0 + 11.0 * cell(ti, tj, 8)
            up = y - foot
            out = hypot(x - cx, z - cz)
            tier = 0.62 + 0.38 * (1.0 - (up * 0.75 - floor(up * 0.75)))
            cone = out - (tall - up) * 0.23 * tier
            d = min(d, max(cone, up - tall) * 0.55)
    return d


@fast
def distance(x, y, z):
    s, q = _along(x, z)
    d = min(_viaduct(s, q, y), _train(s, q, y)) * 0.9
    return min(d, _forest(x, y, z))


@fast
def _pane(s, y):
    """Light from a car's side: windows of compartments, some with a curtain drawn or a lamp turned down."""
    back = s - HEAD
    u = back - floor(back / CAR) * CAR
    if u < 1.6 or u > CAR - 1.6 or abs(y - DECK - 2.75) > 0.62:
        return 0.0
    number = floor((u - 1.6) / 1.97)
    across = u - 1.6 - number * 1.97
    if across < 0.22 or across > 1.75:
        return 0.0
    kind = cell(floor(back / CAR), number, 9)
    lamp = 0.12 if kind < 0.14 else 0.45 + 0.75 * kind
    return lamp * (0.75 + 0.25 * smoothstep(-0.62, 0.62, y - DECK - 2.75))


@fast
def surface(x, y, z, nx, ny, nz):
    s, q = _along(x, z)
    if _train(s, q, y) < 0.12:
        lamp = _pane(s, y)
        if lamp > 0.0:
            return 0.02, 0.02, 0.03, 5.2 * lamp, 2.75 * lamp, 0.92 * lamp
        if s < HEAD + 0.9 and abs(abs(q) - 0.62) < 0.24 and abs(y - DECK - 1.75) < 0.24:
            return 0.1, 0.1, 0.1, 40.0, 34.0, 25.0
        stripe = abs(y - DECK - 1.75) < 0.10
        return (0.55, 0.42, 0.20, 0.0, 0.0, 0.0) if stripe else (0.035, 0.055, 0.12, 0.0, 0.0, 0.0)
    if _viaduct(s, q, y) < 0.15:
        course = y / 0.62
        shift = s / 1.3 + 0.5 * floor(course)
        stone = 0.72 + 0.5 * cell(floor(shift), floor(course), 2)
        joint = smoothstep(0.0, 0.10, min(course - floor(course), 0.8 * (shift - floor(shift))))
        tone = stone * (0.7 + 0.3 * joint) * (0.6 + 0.7 * fractal(x * 0.3, y * 0.12, z * 0.3, 4))
        spill = 0.30 * smoothstep(DECK - 3.5, DECK + 0.4, y) if abs(s - HEAD - CARS * CAR / 2) < CARS * CAR / 2 else 0.0
        r, g, b = 0.36 * tone, 0.33 * tone, 0.31 * tone
        return r, g, b, spill * r * 1.5, spill * g * 0.85, spill * b * 0.35
    snow = smoothstep(0.55, 0.85, ny) * (0.35 + 0.65 * value(x * 1.4, y * 1.4, z * 1.4))
    tone = 0.6 + 0.6 * value(x * 2.0, y * 2.0, z * 2.0)
    r, g, b = blend((0.022 * tone, 0.036 * tone, 0.034 * tone), (0.55, 0.60, 0.70), 0.75 * snow)
    return r, g, b, 0.0, 0.0, 0.0


@fast
def ground(x, z, t):
    """The lake: slow swells under a fine ripple, and far out a breeze that roughens stripes of it."""
    calm = 0.016 + 0.04 * smoothstep(0.5, 0.7, fractal(x * 0.006, 2.0, z * 0.03, 3))
    a = fractal(x * 0.42, 1.0, z * 0.30, 3) - fractal(x * 0.42 + 0.2, 1.0, z * 0.30, 3)
    b = fractal(x * 0.42, 5.0, z * 0.30, 3) - fractal(x * 0.42, 5.0, z * 0.30 + 0.2, 3)
    fine = 0.05 * (value(x * 1.1, 3.0, z * 2.6) - 0.5)  # cat's paws, which draw lights out into streaks
    return calm * a * 1.5 + 0.3 * fine, calm * b * 3.0 + fine, 0.004, 0.008, 0.014, 0.96


@fast
def _ridge(x, z, octaves):
    """Height of the mountains: sharp crests, finer ones on them, and valleys that stay smooth."""
    total, weight, last = 0.0, 0.5, 1.0
    px, pz = x * 0.00052 + 6.3, z * 0.00052 + 2.9
    for k in range(octaves):
        n = 1.0 - abs(2.0 * value(px, 4.7 * k, pz) - 1.0)
        n = n * n
        total += weight * n * last
        last = min(1.0, n * 1.6)
        weight *= 0.5
        px, pz = px * 2.07 + 3.1, pz * 2.07 + 1.7
    saddle = 0.55 + 0.45 * smoothstep(0.0, 900.0, abs(x + 120.0 - 0.16 * z))
    return 1650.0 * total * smoothstep(500.0, 3000.0, z) * saddle


@fast
def _mountains(dx, dy, dz):
    """How far the mountains are in a direction, or -1."""
    if dz < 0.5 or dy > 0.42 or dy < -0.01:
        return -1.0
    t, last = 700.0, 0.0
    while t < 7000.0:
        gap = dy * t - _ridge(dx * t, dz * t, 6)
        if gap < 0.0:
            low, high = last, t
            for _ in range(9):
                middle = 0.5 * (low + high)
                if dy * middle < _ridge(dx * middle, dz * middle, 6):
                    high = middle
                else:
                    low = middle
            return high
        last = t
        t += max(14.0, gap * 0.55)
    return -1.0


@fast
def _alp(dx, dy, dz, t):
    """Snow and rock in the last light."""
    x, y, z, e = dx * t, dy * t, dz * t, 0.0016 * t
    here = _ridge(x, z, 9)
    gx, gz = (_ridge(x + e, z, 9) - here) / e, (_ridge(x, z + e, 9) - here) / e
    n = sqrt(gx * gx + gz * gz + 1.0)
    nx, ny, nz = -gx / n, 1.0 / n, -gz / n
    speck = fractal(x * 0.012, y * 0.02, z * 0.012, 4)
    snow = smoothstep(0.42, 0.62, ny + 0.30 * (speck - 0.5) + 0.10 * smoothstep(250.0, 900.0, y))
    r, g, b = blend((0.085, 0.080, 0.090), (0.80, 0.83, 0.90), snow)
    facing = max(nx * GLOW[0] + ny * GLOW[1] + nz * GLOW[2], 0.0) * smoothstep(60.0, 620.0, y)
    up = 0.55 + 0.45 * ny
    return (
        r * (1.55 * facing + 0.080 * up),
        g * (0.58 * facing + 0.115 * up),
        b * (0.46 * facing + 0.230 * up),
    )


@fast
def _air(dx, dy, dz):
    """The sky of the blue hour, with stars and a young moon."""
    up = max(dy, 0.0)
    low, mid = exp(-up * 9.0), exp(-up * 3.4)
    r = 0.010 + 0.34 * low + 0.035 * mid
    g = 0.024 + 0.150 * low + 0.085 * mid
    b = 0.072 + 0.090 * low + 0.200 * mid
    if up > 0.12:
        i, j = floor(dx / dz * 260.0), floor(dy / dz * 260.0)
        if cell(i, j, 31) > 0.988:
            u, v = dx / dz * 260.0 - i - 0.5, dy / dz * 260.0 - j - 0.5
            star = exp(-(u * u + v * v) * 60.0) * smoothstep(0.12, 0.30, up) * (0.25 + 0.9 * cell(i, j, 32))
            r, g, b = r + star, g + star, b + star
    mx, my = dx / dz + 0.105, dy / dz - 0.318
    if hypot(mx, my) < 0.0115:
        dark = hypot(mx - 0.0050, my - 0.0034) - 0.0108
        moon = smoothstep(-0.0004, 0.0006, dark) * smoothstep(0.0115, 0.0109, hypot(mx, my))
        r, g, b = r + 2.6 * moon, g + 2.5 * moon, b + 2.2 * moon
    wide = 1.0 / (up + 0.10)
    streak = fractal(dx * wide * 0.8 + 5.0, 1.0, dz * wide * 2.6, 5)
    veil = 0.30 * smoothstep(0.55, 0.80, streak) * smoothstep(0.06, 0.14, up) * smoothstep(0.5, 0.2, up)
    return blend((r, g, b), (0.42, 0.21, 0.24), veil)


@fast
def sky(dx, dy, dz):
    if dz < 0.05:
        return 0.05, 0.07, 0.14
    t = _mountains(dx, dy, dz)
    r, g, b = _air(dx, dy, dz)
    if t < 0.0:
        return r, g, b
    ar, ag, ab = _alp(dx, dy, dz, t)
    keep = exp(-t / 9000.0 - 0.35 * exp(-max(dy * t, 0.0) / 120.0))
    hr, hg, hb = 0.17, 0.17, 0.29
    return mix(hr, ar, keep), mix(hg, ag, keep), mix(hb, ab, keep)


SCENE = Scene(distance, surface, ground, sky)


def paint(width: int, height: int, samples: int) -> np.ndarray:
    """Linear light, float32 (height, width, 3)."""
    return np.asarray(picture(SCENE, CAMERA, LIGHT, width, height, samples, 8))
