"""Glazed tiles and bricks of the madrasah: colours at a place (u, v) of a wall, in metres."""

from math import atan2, floor, hypot, log, sin

from templates.artwork.noise import blend, cell, fast, smoothstep

SAND, LAPIS = (0.45, 0.315, 0.205), (0.022, 0.060, 0.190)
TURQUOISE, IVORY, GOLD = (0.030, 0.215, 0.240), (0.60, 0.55, 0.45), (0.62, 0.42, 0.10)


@fast
def star(u, v):
    """An eight-pointed star in the unit cell: 0 in its heart, 1 on its outline, more outside."""
    u, v = abs(u - floor(u) - 0.5), abs(v - floor(v) - 0.5)
    return min(max(u, v), (u + v) * 0.7071) / 0.36


@fast
def tiles(u, v, size):
    """Mosaic of stars: ivory lines, turquoise hearts, lapis ground."""
    s = star(u / size, v / size)
    line = smoothstep(0.16, 0.08, abs(s - 0.95))
    heart = smoothstep(0.62, 0.52, s)
    bud = smoothstep(0.28, 0.2, s)
    return blend(blend(blend(LAPIS, TURQUOISE, heart), GOLD, bud), IVORY, line)


@fast
def bricks(u, v):
    """Sand bricks with glazed ones set in lozenges."""
    row = floor(v / 0.28)
    column = floor(u / 0.62 + 0.5 * (row % 2))
    tone = 0.82 + 0.32 * cell(int(column), int(row), 5)
    a, b = (u + v) / 3.1, (u - v) / 3.1
    edge = min(abs(a - floor(a) - 0.5), abs(b - floor(b) - 0.5))
    glaze = smoothstep(0.10, 0.06, edge)
    return blend((SAND[0] * tone, SAND[1] * tone, SAND[2] * tone), TURQUOISE, glaze * 0.85)


@fast
def frieze(u, v, low, high):
    """A band of large stars between two thin lines, ivory on lapis."""
    t = (v - low) / (high - low)
    s = star(u / (high - low), t)
    line = smoothstep(0.17, 0.09, abs(s - 0.86)) + smoothstep(0.09, 0.05, abs(s - 0.42))
    rim = smoothstep(0.05, 0.03, min(t, 1.0 - t))
    return blend(blend(LAPIS, TURQUOISE, 0.8 * smoothstep(0.40, 0.34, s)), IVORY, min(line + rim, 1.0))


@fast
def arabesque(u, v):
    """Golden scrolls on lapis: two arms that coil round every point of a lattice, with buds between."""
    i, j = floor(u), floor(v)
    x, y = u - i - 0.5, v - j - 0.5
    turn = 1.0 if (i + j) % 2 == 0 else -1.0
    r = hypot(x, y)
    coil = sin(2.0 * atan2(y, x) * turn + 7.0 * log(r + 0.05))
    scroll = smoothstep(0.45, 0.75, coil) * smoothstep(0.50, 0.44, r) * smoothstep(0.05, 0.09, r)
    bud = smoothstep(0.20, 0.15, hypot(abs(x) - 0.5, abs(y) - 0.5))
    return blend(blend(LAPIS, (0.55, 0.42, 0.16), 0.85 * scroll), (0.30, 0.46, 0.46), 0.9 * bud)
