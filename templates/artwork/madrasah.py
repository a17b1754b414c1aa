"""The second picture: a tiled madrasah with turquoise domes at golden hour, a pool in front, mountains far behind."""

from math import atan2, exp, floor, hypot, sin, sqrt

import numpy as np

from templates.artwork.finish import Bird, Grade, with_birds
from templates.artwork.marching import Light, Scene, unit
from templates.artwork.noise import blend, cell, fast, fractal, smoothstep, value
from templates.artwork.shading import Camera, picture
from templates.artwork.shapes import arch, box
from templates.artwork.tiles import IVORY, LAPIS, SAND, TURQUOISE, arabesque, bricks, frieze, star, tiles

SUN = unit(-0.88, 0.20, -0.50)
LIGHT = Light(
    *SUN,
    sun=(5.6, 3.15, 1.5),
    above=(0.52, 0.62, 0.88),
    below=(0.42, 0.30, 0.20),
    haze=0.0026,
    thins=0.02,
    softness=40.0,
)
FLOCK = [Bird(0.49, 0.17, 0.011), Bird(0.515, 0.145, 0.013), Bird(0.535, 0.165, 0.010), Bird(0.56, 0.128, 0.011),
         Bird(0.70, 0.16, 0.008), Bird(0.735, 0.19, 0.009), Bird(0.465, 0.205, 0.008)]  # fmt: skip
CAMERA = Camera(eye=(-38.0, 2.6, -74.0), at=(-12.5, 2.6, 0.0), focal=2.35, shift=0.40, far=900.0)
GRADE = Grade(
    exposure=0.62, bloom=0.07, saturation=1.12, shadows=(-0.012, 0.0, 0.022), lights=(1.03, 1.0, 0.95), grain=0.008
)

POPLARS = np.array(
    [(-63.0, 10.0, 13.0), (-68.5, 16.0, 15.0), (-74.0, 9.0, 12.0), (-79.0, 20.0, 16.0), (-85.0, 12.0, 13.5),
     (-92.0, 22.0, 15.0), (62.0, 12.0, 14.0), (67.0, 20.0, 16.0), (73.0, 10.0, 12.5), (80.0, 22.0, 16.0),
     (87.0, 14.0, 14.0), (96.0, 24.0, 17.0), (-100.0, 14.0, 14.0), (106.0, 16.0, 15.0)]
)  # fmt: skip
"""Rows of x, z, half height."""


@fast
def _portal(ax, y, z):
    d = box(ax, y - 17.0, z - 6.0, 13.0, 17.0, 6.0)
    if d > 3.0:
        return d
    frame = max(abs(ax) - 9.6, y - 30.2)
    d = max(d, -max(frame, z - 0.35))
    way = arch(ax, y, 7.2, 13.0)
    rise = min(max((y - 13.0) / 9.4, 0.0), 1.0)
    steps = 0.55 * floor(rise * 6.0) / 6.0 + 0.45 * rise
    depth = 7.0 * sqrt(1.0 - 0.96 * steps * steps)
    d = max(d, -max(way, z - depth))
    for k in range(3):
        u = ax - 4.6 * k if k < 2 else ax
        low = 0.0 if k < 2 else 9.2
        door = arch(u, y - low, 1.7, 3.6 if k < 2 else 2.2)
        d = max(d, -max(max(door, low + 0.4 - y), z - 8.6))
    return d


@fast
def _wing(ax, y, z):
    d = box(ax - 30.5, y - 7.6, z - 7.0, 18.0, 7.6, 5.0)
    if d > 2.0:
        return d
    u = (ax - 13.0) % 5.8 - 2.9
    v = y % 7.3
    frame = max(abs(u) - 2.45, abs(v - 3.7) - 3.1)
    d = max(d, -max(frame, z - 2.18))
    way = max(arch(u, v, 1.85, 3.2), 0.5 - v)
    d = max(d, -max(way, z - 3.6))
    door = max(abs(u) - 0.9, max(v - 3.0, 0.5 - v))
    return max(d, -max(door, z - 4.0))


@fast
def _minaret(ax, y, z):
    x, z = ax - 52.0, z - 5.0
    out = hypot(x, z)
    flare = smoothstep(33.5, 37.0, y) * 0.75 + 0.5 * smoothstep(2.5, 1.5, y)
    ribs = 0.12 * smoothstep(33.0, 35.0, y) * sin(atan2(z, x) * 24.0)
    wide = 3.3 - 0.024 * y + flare + ribs
    return max(out - wide, y - 38.0) * 0.8


@fast
def _dome(ax, y, z):
    x, z = ax - 27.0, z - 17.0
    out = hypot(x, z)
    if out > 14.0 or y > 44.0:
        return max(out - 11.0, y - 42.0)
    turn = atan2(z, x)
    drum = max(out - 7.4 - 0.35 * smoothstep(21.0, 22.2, y), y - 23.0)
    v = min(max((y - 22.6) / 15.5, 0.0), 1.0)
    ribs = abs(sin(turn * 18.0)) ** 0.7 * 0.42 * (1.0 - v)
    wide = 7.5 * (1.0 + 0.42 * v * (1.0 - v)) * (1.0 - v**1.7) ** 0.66 + ribs
    shell = max(max(out - wide, y - 38.1), 22.6 - y) * 0.6
    ball = min(hypot(out, y - 39.3) - 0.42, hypot(out, y - 40.5) - 0.28)
    finial = min(max(out - 0.11, y - 42.0), ball)
    return min(min(drum, shell), max(finial, 37.0 - y))


@fast
def _trees(x, y, z):
    d = 1e9
    for i in range(POPLARS.shape[0]):
        dx, dz, half = x - POPLARS[i, 0], z - POPLARS[i, 1], POPLARS[i, 2]
        high = (y - half - 1.0) / half
        crown = hypot(dx, dz) - 2.7 * sqrt(max(1.0 - high * high, 0.0)) * (1.0 - 0.35 * high)
        crown = max(crown, (abs(high) - 1.0) * half)
        if crown < 3.0:
            leaves = 3.2 * (fractal(x * 0.6, y * 0.4, z * 0.6, 4) - 0.5)
            crown = (crown + leaves + 0.8 * (value(x * 2.6, y * 2.6, z * 2.6) - 0.5)) * 0.45
        else:
            crown -= 2.0
        d = min(d, crown)
    return d


@fast
def distance(x, y, z):
    ax = abs(x)
    d = min(min(_portal(ax, y, z), _wing(ax, y, z)), min(_minaret(ax, y, z), _dome(ax, y, z)))
    return min(d, _trees(x, y, z))


@fast
def _portal_face(ax, y, z):
    inside = z > 0.6
    if inside:
        if y > 13.0:
            return tiles(atan2(ax, 7.0 - z + 0.01) * 5.0, y, 1.3)
        return tiles(ax + z, y, 1.6) if y < 9.0 else frieze(ax + z, y, 9.0, 13.0)
    rim = max(abs(ax) - 11.4, 0.0)
    if abs(ax) > 12.3 or y > 33.2:
        return SAND
    if y > 30.6:
        return frieze(ax, y, 30.6, 33.0)
    if ax > 9.7:
        return tiles(ax - 9.7, y, 2.4) if rim < 0.7 else TURQUOISE
    way = arch(ax, y, 7.2, 13.0)
    if way < 0.5:
        return IVORY if way > 0.25 else TURQUOISE
    if ax > 9.2 or y > 29.6:
        return IVORY
    return arabesque(ax / 1.25, y / 1.25)


@fast
def _wing_face(ax, y, z):
    u, v = (ax - 13.0) % 5.8 - 2.9, y % 7.3
    if z > 3.3:
        return (0.10, 0.065, 0.04) if abs(u) < 0.92 and v < 3.02 else (0.44, 0.31, 0.19)
    if abs(u) < 2.45 and abs(v - 3.7) < 3.1:
        way = arch(u, v, 1.85, 3.2)
        if way < 0.22:
            return TURQUOISE
        return tiles(u, v, 0.9) if v > 3.0 else bricks(u, v)
    if y > 14.3:
        return frieze(ax, y, 14.3, 15.2)
    return tiles(ax, y, 0.7) if abs(v - 7.3 * (v > 3.0)) < 0.36 else bricks(ax, y)


@fast
def _round_face(turn, y, radius, top):
    u = turn * radius
    if y > top:
        return tiles(u, y, 1.4)
    band = (y + 2.0) % 9.0
    return frieze(u, band, 0.0, 1.5) if band < 1.5 else bricks(u + 0.35 * y, y)


@fast
def _dome_face(turn, y):
    if y < 22.7:
        band = y - 15.0
        if band > 5.9:
            return TURQUOISE
        return frieze(turn * 7.4, band, 2.8, 5.8) if band > 2.8 else tiles(turn * 7.4, y, 1.45)
    rib = turn * 18.0 / 3.14159265
    shade = 0.75 + 0.35 * cell(floor(rib), 1, 2) + 0.18 * (value(turn * 60.0, y * 2.5, 0.0) - 0.5)
    scales = smoothstep(0.3, 0.2, star(rib, y * 0.62)) * 0.5
    return blend((0.020 * shade, 0.165 * shade, 0.245 * shade), (LAPIS[0], LAPIS[1], LAPIS[2] * 1.4), scales)


@fast
def surface(x, y, z, nx, ny, nz):
    ax = abs(x)
    if _trees(x, y, z) < 0.12:
        leaf = 0.6 + 0.8 * value(x * 1.7, y * 1.7, z * 1.7)
        return 0.032 * leaf, 0.052 * leaf, 0.018 * leaf, 0.0, 0.0, 0.0
    if _dome(ax, y, z) < 0.06:
        if y > 37.6:
            return 0.75, 0.48, 0.16, 0.06, 0.035, 0.01
        r, g, b = _dome_face(atan2(z - 17.0, ax - 27.0), y)
    elif _minaret(ax, y, z) < 0.06:
        r, g, b = _round_face(atan2(z - 5.0, ax - 52.0), y, 3.0, 33.5)
    elif ax < 13.05 and y < 34.1 and _portal(ax, y, z) < 0.06:
        r, g, b = _portal_face(ax, y, z) if ny < 0.6 else SAND
    else:
        r, g, b = _wing_face(ax, y, z) if ny < 0.6 else SAND
    worn = 0.78 + 0.4 * fractal(x * 0.35, y * 0.35, z * 0.35, 4)
    return r * worn, g * worn, b * worn, 0.0, 0.0, 0.0


@fast
def ground(x, z, t):
    """Paving with joints; a long pool in the middle of the court."""
    px, pz = abs(x + 8.0) - 60.0, abs(z + 49.0) - 33.0
    pool = max(px, pz)
    if pool < 0.0:
        a = fractal(x * 0.5, 1.0, z * 0.5, 3) - fractal(x * 0.5 + 0.2, 1.0, z * 0.5, 3)
        b = fractal(x * 0.5, 5.0, z * 0.5, 3) - fractal(x * 0.5, 5.0, z * 0.5 + 0.2, 3)
        return 0.045 * a, 0.045 * b, 0.012, 0.035, 0.045, 1.0
    if pool < 1.1:
        tone = 0.85 + 0.25 * value(x * 1.2, 0.0, z * 1.2)
        return 0.0, 0.0, 0.50 * tone, 0.44 * tone, 0.36 * tone, 0.10
    u, v = x / 2.2, z / 2.2
    joint = smoothstep(0.02, 0.05, min(abs(u - floor(u + 0.5)), abs(v - floor(v + 0.5))))
    tone = (0.72 + 0.32 * cell(floor(u + 0.5), floor(v + 0.5), 1)) * (0.6 + 0.4 * joint)
    tone *= 0.75 + 0.5 * fractal(x * 0.3, 2.0, z * 0.3, 4)
    return 0.0, 0.0, 0.40 * tone, 0.335 * tone, 0.265 * tone, 0.22


@fast
def _ridge(turn, seed, rough):
    return fractal(turn * rough + seed, seed, 0.5, 6)


@fast
def sky(dx, dy, dz):
    up = max(dy, 0.0)
    toward = max(dx * SUN[0] + dy * SUN[1] + dz * SUN[2], 0.0)
    away = 1.0 - 0.4 * toward
    low, high = exp(-up * 8.0), exp(-up * 2.2)
    r = 0.07 + 1.10 * low + 0.24 * high
    g = (0.17 + 0.56 * low + 0.30 * high) * away**0.2
    b = 0.36 + 0.10 * low + 0.28 * high
    wide = 1.0 / (up + 0.15)
    streak = fractal(dx * wide * 0.7 + 3.0, 4.2, dz * wide * 1.3, 6)
    cloud = smoothstep(0.47, 0.78, streak) * smoothstep(0.04, 0.2, up) * 0.9
    soft = fractal(dx * wide * 1.4 + 9.0, 1.2, dz * wide * 2.6, 4)
    r, g, b = blend((r, g, b), (1.7 - 0.7 * soft, 1.1 - 0.5 * soft, 0.84 - 0.2 * soft), cloud)
    turn = atan2(dx, dz)
    crest = 0.05 + 0.20 * _ridge(turn, 3.0, 4.0)
    if 0.0 < dy < crest:
        snow = smoothstep(0.36, 0.64, dy / crest + 0.5 * (_ridge(turn, 9.0, 30.0) - 0.5))
        face = 0.7 + 0.6 * (_ridge(turn + dy * 3.0, 5.0, 26.0) - 0.3)
        mountain = blend((0.26, 0.27, 0.40), (1.05 * face, 0.80 * face, 0.74 * face), snow)
        veil = 0.12 + 0.5 * (1.0 - dy / crest)
        r, g, b = blend(mountain, (r, g, b), veil)
    return r, g, b


SCENE = Scene(distance, surface, ground, sky)


def paint(width: int, height: int, samples: int) -> np.ndarray:
    """Linear light, float32 (height, width, 3)."""
    light = picture(SCENE, CAMERA, LIGHT, width, height, samples, 2)
    return with_birds(light, FLOCK)
