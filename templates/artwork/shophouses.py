"""The third picture: a street of shophouses after rain, lanterns across it, the last light at its end."""

from math import exp, floor, hypot, sin, sqrt

import numpy as np

from templates.artwork.finish import Grade
from templates.artwork.marching import Light, Scene, unit
from templates.artwork.noise import blend, cell, fast, fractal, mix, smoothstep, value
from templates.artwork.shading import Camera, picture
from templates.artwork.shapes import figure

SUN = unit(-0.10, 0.10, 1.0)
LIGHT = Light(
    *SUN,
    sun=(0.9, 0.42, 0.28),
    above=(0.17, 0.19, 0.38),
    below=(0.13, 0.08, 0.07),
    haze=0.0026,
    thins=0.05,
    softness=8.0,
)
CAMERA = Camera(eye=(-2.8, 1.75, -10.0), at=(1.5, 1.75, 1.5), focal=1.6, shift=0.25, far=220.0)
GRADE = Grade(exposure=0.80, bloom=0.09, saturation=1.10, shadows=(0.004, -0.002, 0.024), lights=(1.02, 1.0, 0.97))

FRONT = 6.2  # metres from the middle of the street to the facades
HOUSE = 6.0  # metres of street front a house
EAVE = 8.6
WALLS = np.array(
    [(0.62, 0.40, 0.18), (0.24, 0.46, 0.44), (0.68, 0.58, 0.44), (0.60, 0.24, 0.17), (0.20, 0.32, 0.50),
     (0.66, 0.50, 0.24), (0.60, 0.42, 0.40), (0.34, 0.48, 0.32)]
)  # fmt: skip
SHUTTERS = np.array(
    [(0.06, 0.22, 0.20), (0.50, 0.20, 0.08), (0.05, 0.17, 0.26), (0.40, 0.32, 0.16), (0.52, 0.40, 0.20),
     (0.10, 0.24, 0.12), (0.24, 0.09, 0.07), (0.44, 0.14, 0.09)]
)  # fmt: skip
PEOPLE = np.array(
    [(1.2, 16.0, 1.70), (1.9, 16.4, 1.62), (-1.4, 27.0, 1.75), (3.6, 34.0, 1.7), (0.4, 44.0, 1.7), (-2.8, 19.0, 1.66)]
)
"""Rows of x, z, height."""

STRINGS, SPACING = 12, 5.6  # rows of lanterns across the street, and metres between them
FIRST = -1.5


@fast
def _house(side, z):
    """A house's number, its colours' row and the place along its front, -3..3."""
    i = floor(z / HOUSE)
    return i, int(cell(int(i), int(side), 12) * 7.99), z - (i + 0.5) * HOUSE


@fast
def _window(u, v):
    """Upper windows, three a house: place across (-1..1 inside the shutters) and how far inside the arch."""
    w = u - floor(u / 1.7 + 0.5) * 1.7
    if abs(u) > 2.5:
        return 9.0, 1.0
    return w / 0.58, (abs(w) - 0.58 if v < 6.55 else hypot(w, v - 6.55) - 0.58)


@fast
def _relief(u, v):
    """How far the upper wall stands back from (or, negative, out of) the front's plane. Edges are bevelled."""
    if v < 4.42:
        return -0.32 + 0.22 * abs(v - 4.05) / 0.3
    if v > 7.7:
        return -0.12 - 0.30 * smoothstep(7.75, 8.4, v)
    across, inside = _window(u, v)
    post = -0.14 * smoothstep(0.40, 0.34, abs(abs(u) - 3.0))
    frame = -0.08 * smoothstep(0.15, 0.10, inside)
    sill = -0.10 * smoothstep(4.70, 4.64, v) * smoothstep(0.2, 0.1, inside)
    louvre = 0.05 * ((v * 11.0) % 1.0) if 0.10 < abs(across) < 0.88 and v < 6.45 else 0.0
    opening = (0.23 + louvre) * smoothstep(0.0, -0.05, inside) * smoothstep(4.62, 4.68, v)
    return post + frame + sill + opening


@fast
def _arcade(u, v):
    """The arched way through the ground floor of a house; negative inside."""
    if v < 2.7:
        return abs(u) - 2.5
    return (hypot(u / 2.5, (v - 2.7) / 0.8) - 1.0) * 0.8


@fast
def _front(x, z, u, v):
    """Upper wall with its relief above an arcade 2.6 m deep. Close to the wall the steps are short."""
    if x < FRONT - 0.4:
        return hypot(FRONT - 0.34 - x, max(v - EAVE, 0.0))
    near = 0.03 + 0.004 * max(z + 9.0, 0.0)
    upper = max(min((FRONT + _relief(u, v) - x) * 0.4, near), 3.75 - v)
    lower = max(max(max(FRONT - x, x - FRONT - 0.45), -_arcade(u, v)), v - 3.8)
    return max(min(min(upper, lower), FRONT + 2.6 - x), v - EAVE)


@fast
def _roofs(x, u, v):
    out = x - FRONT
    if v < 7.0:
        return max(EAVE - 0.4 - v, 0.1)
    slope = EAVE + (out + 0.9) * 0.55
    tiles = 0.07 * abs(sin(u * 9.0)) + 0.05 * ((x * 2.6) % 1.0)
    roof = max(max(v - slope - tiles, slope - 0.24 - v), -0.95 - out)
    party = max(max(abs(abs(u) - 3.0) - 0.2, -0.25 - out), max(v - slope - 0.55, 7.0 - v))
    return min(roof, party) * 0.7


@fast
def _sign(x, y, u, i):
    """A board that hangs out from a post of some houses: the plane across the street faces the eye."""
    return max(max(abs(x - FRONT + 0.75) - 0.34, abs(y - 5.6) - 0.95), abs(u - 2.6) - 0.05) if i % 3 != 1 else 1.0


@fast
def _facade(side, x, y, z):
    i, _, u = _house(side, z)
    v = y - 0.9 * cell(int(i), int(side), 31) * smoothstep(3.0, 4.2, y)
    awning = max(max(abs(u) - 2.8, FRONT - 0.95 - x), abs(v - 3.98 + (FRONT - x) * 0.42) - 0.07)
    d = min(_front(x, z, u, v), min(_roofs(x, u, v), awning * 0.7))
    return min(d, _sign(x, y, u, i + side) * 0.9)


@fast
def _sag(x):
    return 5.9 - 0.75 * (1.0 - (x / FRONT) ** 2)


@fast
def _lantern(x, y, z):
    """Distance to the nearest lantern, its height inside it (-1..1), and the distance to the strings."""
    k = min(max(floor((z - FIRST) / SPACING + 0.5), 0.0), STRINGS - 1.0)
    dz = z - FIRST - k * SPACING
    j = min(max(floor(x / 1.55 + 0.5), -3.0), 3.0)
    size = 0.26 + 0.10 * cell(int(k), int(j), 4)
    dx, dy = x - j * 1.55, y - _sag(j * 1.55) + 0.25 + size
    body = sqrt(dx * dx + (dy * 1.18) ** 2 + dz * dz) - size
    cap = max(hypot(dx, dz) - size * 0.42, abs(abs(dy) - size * 0.84) - 0.035)
    tassel = max(hypot(dx, dz) - 0.025 - 0.02 * sin(dy * 30.0), max(dy, -dy - size * 2.3))
    string = max(hypot(y - _sag(x), dz) - 0.012, abs(x) - FRONT)
    line = max(hypot(dx, dz) - 0.008, max(-dy, dy - size - 0.3))
    return body * 0.8, dy / size, min(min(cap, tassel), min(string, line)) * 0.8


@fast
def _plants(x, y, z):
    """Pots with shrubs in front of the posts."""
    k = floor(z / HOUSE + 0.5)
    dz, dx = z - k * HOUSE, x - FRONT + 0.55
    size = 0.30 + 0.25 * cell(int(k), 7, 7)
    pot = max(hypot(dx, dz) - 0.15 - 0.12 * y, y - 0.55)
    leaf = sqrt(dx * dx + ((y - 0.55 - size) * 0.8) ** 2 + dz * dz) - size
    if leaf < 0.6:
        leaf += 0.7 * (fractal(x * 4.5, y * 4.5, z * 4.5 + k, 4) - 0.45)
    return pot, leaf * 0.5


@fast
def _people(x, y, z):
    d = 1e9
    for i in range(PEOPLE.shape[0]):
        px, pz, tall = x - PEOPLE[i, 0], z - PEOPLE[i, 1], PEOPLE[i, 2]
        d = min(d, figure(px, y, pz, tall))
        if i % 2 == 0:
            over = y - tall - 0.05
            dome = abs(sqrt(px * px + pz * pz + (over * 1.5) ** 2) - 0.62) - 0.012
            d = min(d, max(dome, -over) * 0.6)
    return d


@fast
def distance(x, y, z):
    side = 1.0 if x > 0.0 else 0.0
    ax = abs(x)
    body, _, rest = _lantern(x, y, z)
    pot, leaf = _plants(ax, y, z)
    kerb = max(FRONT - 1.15 - ax, y - 0.16)
    d = min(min(_facade(side, ax, y, z), kerb), min(body, rest))
    return min(d, min(min(pot, leaf), _people(x, y, z)))


@fast
def _lamplight(x, y, z, nx, ny, nz):
    """Light of the lanterns: three points a string, the four nearest strings."""
    total = 0.0
    near = floor((z - FIRST) / SPACING)
    for k in range(-1, 3):
        row = near + k
        if row < 0.0 or row >= STRINGS:
            continue
        for j in range(-1, 2):
            lx, lz = j * 3.4, FIRST + row * SPACING
            dx, dy, dz = lx - x, _sag(lx) - 0.6 - y, lz - z
            far = dx * dx + dy * dy + dz * dz
            total += max((dx * nx + dy * ny + dz * nz) / sqrt(far) + 0.15, 0.0) / (far + 1.2)
    return total * 4.2


@fast
def _interior(side, y, z):
    """What glows behind the arcade: lit shops with shelves, doors and dark frames."""
    i, _, u = _house(side, z)
    kind = cell(int(i), int(side), 21)
    lit = 0.15 + 0.85 * smoothstep(0.2, 0.6, kind)
    bay = abs(u) % 1.25
    frame = smoothstep(0.05, 0.09, bay) * smoothstep(0.05, 0.09, 1.25 - bay)
    board = smoothstep(0.03, 0.06, abs((y * 1.45) % 1.0 - 0.5))
    thing = cell(floor(u * 4.0), floor(y * 1.45 + 0.5), int(i))
    tall = 0.30 + 0.55 * cell(floor(u * 4.0), floor(y * 1.45 + 0.5), int(i) + 9)
    shade = 0.30 + 0.5 * thing if (y * 1.45 + 0.5) % 1.0 < tall and y < 2.6 else 1.0
    lamp = exp(-2.2 * ((abs(u) - 1.2) ** 2 + (y - 2.7) ** 2))
    g = lit * frame * (0.25 + 0.75 * board) * shade * (0.22 + 1.1 * lamp) * smoothstep(3.75, 3.3, y)
    cold = smoothstep(0.8, 0.85, kind)
    return g * mix(1.9, 1.1, cold), g * mix(0.86, 1.0, cold), g * mix(0.24, 0.62, cold)


@fast
def _sign_colour(x, y):
    """Three golden medallions and a rim on red lacquer; the place is counted from the board's middle."""
    part = y / 0.56
    r = hypot(x, (part - floor(part + 0.5)) * 0.56)
    medal = smoothstep(0.055, 0.035, abs(r - 0.19)) + smoothstep(0.10, 0.075, r)
    rim = smoothstep(0.88, 0.92, max(abs(x) / 0.34, abs(y) / 0.95))
    return blend((0.30, 0.03, 0.02), (0.75, 0.50, 0.14), min(medal + rim, 1.0))


@fast
def _facade_colour(side, x, y, z):
    i, row, u = _house(side, z)
    v = y - 0.9 * cell(int(i), int(side), 31) * smoothstep(3.0, 4.0, y)
    damp = fractal(z * 0.9 + 40.0 * side, y * 0.22, 2.0, 5)
    streak = fractal(z * 5.0, y * 0.35, 7.0 + side, 3)
    stain = 0.50 + 0.75 * damp - 0.35 * smoothstep(0.52, 0.75, streak) * smoothstep(0.40, 0.60, damp)
    r, g, b = WALLS[row, 0] * stain, WALLS[row, 1] * stain, WALLS[row, 2] * stain
    if abs(u - 2.6) < 0.08 and x < FRONT - 0.40 and y > 4.6:
        return _sign_colour(x - FRONT + 0.75, y - 5.6)
    if v > EAVE - 0.1 or (x < FRONT - 0.36 and v > 3.4):
        tone = 0.55 + 0.6 * cell(floor(u * 2.9), floor(x * 2.6), int(i))
        return 0.30 * tone, 0.115 * tone, 0.065 * tone
    across, inside = _window(u, v)
    if inside < 0.0 and 4.62 < v < 8.0:
        if v > 6.6:
            return 0.10, 0.10, 0.10
        seam = smoothstep(0.03, 0.07, abs(across))
        return SHUTTERS[row, 0] * seam, SHUTTERS[row, 1] * seam, SHUTTERS[row, 2] * seam
    trim = (inside < 0.10 and v > 4.5) or v > 7.75 or 3.75 < v < 4.62 or abs(abs(u) - 3.0) < 0.34
    if trim:
        return 0.70 * stain, 0.64 * stain, 0.54 * stain
    return r, g, b


@fast
def surface(x, y, z, nx, ny, nz):
    ax, side = abs(x), 1.0 if x > 0.0 else 0.0
    lamp = _lamplight(x, y, z, nx, ny, nz)
    body, high, rest = _lantern(x, y, z)
    if body < 0.02:
        glow = 1.0 - 0.45 * abs(high - 0.1)
        rib = 0.75 + 0.25 * abs(sin(high * 14.0))
        glow *= rib
        return 0.4, 0.05, 0.02, 2.7 * glow, 0.42 * glow * glow, 0.085 * glow * glow
    if rest < 0.02:
        return 0.35, 0.16, 0.05, 0.25, 0.08, 0.02
    pot, leaf = _plants(ax, y, z)
    er, eg, eb = 0.0, 0.0, 0.0
    if leaf < 0.03:
        r, g, b = 0.05, 0.11, 0.035
    elif pot < 0.03:
        r, g, b = 0.12, 0.20, 0.26
    elif _people(x, y, z) < 0.03:
        r, g, b = (0.36, 0.06, 0.03) if y > 1.82 else (0.05, 0.045, 0.06)
    elif ax > FRONT + 2.4 and y < 3.7 + 0.9:
        er, eg, eb = _interior(side, y, z)
        r, g, b = 0.06, 0.04, 0.03
    elif y < 0.17:
        r, g, b = 0.20, 0.15, 0.12
    else:
        r, g, b = _facade_colour(side, ax, y, z)
    if ax > FRONT + 0.15 and 6.6 < y < 8.6 and ax < FRONT + 0.4:
        i, _, u = _house(side, z)
        lit = 1.3 * smoothstep(0.45, 0.5, cell(int(i), floor(u / 1.7 + 0.5), 5))
        er, eg, eb = lit * 1.3, lit * 0.62, lit * 0.2
    if ax > FRONT + 0.05 and y < 4.0:
        shop = 0.30
        er, eg, eb = er + r * shop, eg + g * shop * 0.6, eb + b * shop * 0.3
    return r, g, b, er + r * lamp * 1.5, eg + g * lamp * 0.62, eb + b * lamp * 0.26


@fast
def ground(x, z, t):
    """Wet asphalt: puddles mirror cleanly, the rest is rough and dark."""
    wet = smoothstep(0.42, 0.58, fractal(x * 0.35, 3.0, z * 0.22, 4))
    rough = mix(0.10, 0.006, wet)
    a = value(x * 7.0, 1.0, z * 7.0) - 0.5 + 0.7 * (value(x * 23.0, 4.0, z * 23.0) - 0.5)
    b = value(x * 7.0, 8.0, z * 7.0) - 0.5 + 0.7 * (value(x * 23.0, 6.0, z * 23.0) - 0.5)
    lamp = _lamplight(x, 0.0, z, 0.0, 1.0, 0.0)
    tone = mix(0.055, 0.025, wet) * (0.7 + 0.6 * value(x * 15.0, 2.0, z * 15.0))
    r, g, b_ = tone * (1.0 + lamp * 6.0), tone * (1.0 + lamp * 2.6), tone * (1.05 + lamp)
    return rough * a, rough * b, r, g, b_, mix(0.72, 1.0, wet)


@fast
def sky(dx, dy, dz):
    up = max(dy, 0.0)
    toward = max(dx * SUN[0] + dy * SUN[1] + dz * SUN[2], 0.0)
    low, mid = exp(-up * 6.0), exp(-up * 2.0)
    r = 0.030 + 1.20 * low * toward**3 + 0.16 * mid
    g = 0.065 + 0.48 * low * toward**3 + 0.11 * mid
    b = 0.19 + 0.10 * low + 0.22 * mid
    wide = 1.0 / (up + 0.2)
    streak = fractal(dx * wide * 1.2 + 2.0, 3.1, dz * wide * 1.6, 6)
    cloud = smoothstep(0.44, 0.74, streak) * smoothstep(0.03, 0.2, up) * 0.8
    lit = 0.35 + 1.0 * toward**4 * low
    return blend((r, g, b), (0.78 * lit, 0.34 * lit, 0.42 * lit), cloud)


SCENE = Scene(distance, surface, ground, sky)


def paint(width: int, height: int, samples: int) -> np.ndarray:
    """Linear light, float32 (height, width, 3)."""
    return picture(SCENE, CAMERA, LIGHT, width, height, samples, 3)
