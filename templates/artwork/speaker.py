"""A still life: a round ceramic speaker in cobalt glaze on an apricot set, with the sun through a window."""

from math import atan2, cos, floor, hypot, pi, sqrt
from typing import NamedTuple

import numpy as np

from templates.artwork.finish import Grade
from templates.artwork.marching import fast, unit
from templates.artwork.noise import fractal, smoothstep
from templates.artwork.shading import Camera
from templates.artwork.studio import Box, Lens, Set, Sun, box_seen, exposed, settled

STAND = 1.5  # height of the plinth
HEART = STAND + 1.04  # of the ball, which has the radius 1
FACE = unit(-0.42, 0.16, -1.0)  # where the speaker looks
SIDE = unit(-FACE[2], 0.0, FACE[0])  # level along its front
FLAT = hypot(FACE[0], FACE[2])
OVER = (-FACE[0] * FACE[1] / FLAT, FLAT, -FACE[2] * FACE[1] / FLAT)  # up its front
CUT = 0.70  # from the ball's centre to its flat front
MESH = 0.60  # radius of the grille
RING = 0.058  # between two circles of holes
FLOOR, DISC, PLINTH, GLAZE, GRILLE, BRASS, PEBBLE = range(7)


@fast
def soft_max(a, b, k):
    h = max(k - abs(a - b), 0.0) / k
    return max(a, b) + h * h * k * 0.25


@fast
def soft_min(a, b, k):
    h = max(k - abs(a - b), 0.0) / k
    return min(a, b) - h * h * k * 0.25


@fast
def drum(across, along, radius, half, edge):
    """A disc or cylinder with a rounded edge, from the distance to its axis and to its middle."""
    a, b = across - radius + edge, abs(along) - half + edge
    return hypot(max(a, 0.0), max(b, 0.0)) + min(max(a, b), 0.0) - edge


@fast
def facing(x, y, z):
    """A point in the speaker's own frame: across its front, up its front, out of its front."""
    y -= HEART
    a = x * SIDE[0] + z * SIDE[2]
    b = x * OVER[0] + y * OVER[1] + z * OVER[2]
    return a, b, x * FACE[0] + y * FACE[1] + z * FACE[2]


@fast
def hole(a, b):
    """Distance in the plane of the grille to the rim of the nearest hole, negative in it."""
    r = hypot(a, b)
    k = floor(r / RING + 0.5)
    if k < 3.0 or k * RING > MESH - 0.03:
        return 1.0
    step = 2.0 * pi / (6.0 * k)
    turn = atan2(b, a) + k * 0.3
    turn -= floor(turn / step + 0.5) * step
    return hypot(r - k * RING, r * turn) - 0.017


@fast
def body(a, b, c, r):
    """The glazed ball with a flat front and a bowl in it."""
    d = soft_max(sqrt(r * r + c * c) - 1.0, c - CUT, 0.16)
    return soft_max(d, -drum(r, c - CUT - 0.2, MESH + 0.035, 0.31, 0.04), 0.05)


@fast
def grille(a, b, c, r):
    """A shallow dish with holes in circles."""
    dish = drum(r, c - CUT + 0.10 - 0.10 * r * r, MESH, 0.018, 0.012)
    if dish < 0.03:
        dish = max(dish, -hole(a, b))
    return dish * 0.8


@fast
def fittings(x, y, z, a, b, c, r):
    """Brass: a dome in the middle of the grille, a thin ring round it, the knob on top, and the foot."""
    dome = sqrt(r * r + ((c - CUT + 0.09) * 1.5) ** 2) - 0.118
    band = hypot(r - MESH - 0.012, c - CUT + 0.028) - 0.017
    across = hypot(x, z)
    ribs = 0.006 * cos(atan2(z, x) * 46.0)
    knob = drum(across + ribs, y - HEART - 1.055, 0.20, 0.075, 0.022)
    collar = drum(across, y - HEART - 0.985, 0.25, 0.02, 0.012)
    foot = drum(across, y - STAND - 0.03, 0.44, 0.05, 0.015)
    return min(min(dome * 0.7, band), min(min(knob * 0.9, collar), foot))


@fast
def plinths(x, y, z):
    main = drum(hypot(x, z), y - STAND / 2, 1.28, STAND / 2, 0.035)
    low = drum(hypot(x - 1.62, z + 0.25), y - 0.31, 0.62, 0.31, 0.03)
    return min(main, low)


@fast
def pebble(x, y, z):
    return hypot(hypot(x - 1.60, z + 0.30), y - 0.92) - 0.30


@fast
def disc(x, y, z):
    """The large round panel behind, like a low sun."""
    return drum(hypot(x - 0.75, y - 3.05), z - 2.1, 1.75, 0.11, 0.03)


@fast
def cove(x, y, z):
    return soft_min(y, 3.0 - z, 1.6)


@fast
def speaker(x, y, z):
    a, b, c = facing(x, y, z)
    far = sqrt(a * a + b * b + c * c) - 1.22
    if far > 0.25:
        return far
    r = hypot(a, b)
    return min(min(body(a, b, c, r), grille(a, b, c, r)), fittings(x, y, z, a, b, c, r))


@fast
def distance(x, y, z):
    things = min(min(plinths(x, y, z), pebble(x, y, z)), min(disc(x, y, z), cove(x, y, z)))
    return min(things, speaker(x, y, z))


@fast
def nearest(x, y, z):
    """Which of the things a point lies on."""
    a, b, c = facing(x, y, z)
    r = hypot(a, b)
    thing, least = FLOOR, cove(x, y, z)
    for other, d in (
        (DISC, disc(x, y, z)),
        (PLINTH, plinths(x, y, z)),
        (PEBBLE, pebble(x, y, z)),
        (GLAZE, body(a, b, c, r)),
        (GRILLE, grille(a, b, c, r)),
        (BRASS, fittings(x, y, z, a, b, c, r)),
    ):
        if d < least:
            thing, least = other, d
    return thing


@fast
def material(x, y, z):
    thing = nearest(x, y, z)
    if thing == GLAZE:
        pool = 0.85 + 0.3 * fractal(x * 2.2, y * 2.2, z * 2.2, 3)
        return 0.004 * pool, 0.018 * pool, 0.145 * pool, 0.06, 0.010, 0.0
    if thing == BRASS:
        return 0.91, 0.62, 0.28, 1.0, 0.14, 1.0
    if thing == GRILLE:
        a, b, _ = facing(x, y, z)
        if hole(a, b) < -0.002:
            return 0.02, 0.02, 0.025, 0.0, 1.0, 0.0
        return 0.66, 0.58, 0.46, 0.03, 0.30, 0.0
    if thing == PEBBLE:
        return 0.88, 0.80, 0.69, 0.045, 0.05, 0.0
    tone = 0.94 + 0.12 * fractal(x * 5.0, y * 5.0, z * 5.0, 4)
    if thing == DISC:
        return 0.72 * tone, 0.20 * tone, 0.075 * tone, 0.02, 0.5, 0.0
    if thing == PLINTH:
        return 0.82 * tone, 0.43 * tone, 0.22 * tone, 0.025, 0.45, 0.0
    return 0.83 * tone, 0.46 * tone, 0.25 * tone, 0.015, 0.5, 0.0


BOX = Box(*unit(-1.0, 1.55, -0.10), wide=0.30, high=0.46, color=(9.0, 8.7, 8.2))
RIM = Box(*unit(1.0, 0.35, -0.22), wide=0.10, high=0.75, color=(5.0, 4.1, 3.2))


@fast
def around(dx, dy, dz):
    """A dim room, brighter above, with a strip of warm light on the right that draws the edge of the glaze."""
    up = 0.5 + 0.5 * dy
    rim = box_seen(RIM, dx, dy, dz)
    return (
        0.07 + 0.15 * up + rim * RIM.color[0],
        0.07 + 0.15 * up + rim * RIM.color[1],
        0.08 + 0.16 * up + rim * RIM.color[2],
    )


@fast
def window(u, v):
    """Panes, three by four; what lies outside of the frame stays dark."""
    a, b = (u - 0.85) / 1.4, (v - 3.5) / 1.25
    if abs(a) > 1.5 or abs(b) > 2.0:
        return 0.0
    a += 0.5
    bar_a, bar_b = abs(a - floor(a) - 0.5) * 2.0, abs(b - floor(b) - 0.5) * 2.0
    return smoothstep(0.90, 0.86, bar_a) * smoothstep(0.89, 0.84, bar_b)


SCENE = Set(distance, material, around)
SUN = Sun(*unit(-0.80, 0.62, -0.72), color=(3.4, 2.55, 1.7), width=0.011, away=9.0, gobo=window)
GRADE = Grade(exposure=0.62, bloom=0.05, saturation=1.06, shadows=(0.010, 0.0, 0.012), vignette=0.14, grain=0.010)


class Shot(NamedTuple):
    camera: Camera
    lens: Lens


HERO = Shot(Camera((0.0, 3.1, -10.0), (0.0, 2.62, 0.0), 3.15, 0.20, 40.0), Lens(0.05, 10.0))
DETAIL = Shot(Camera((-4.0, 4.3, -3.1), (-0.22, 2.95, -0.10), 4.6, 0.0, 40.0), Lens(0.08, 4.7))
OFFER = Shot(Camera((3.0, 4.0, -8.2), (0.22, 2.42, 0.0), 4.2, 0.0, 40.0), Lens(0.05, 8.0))


def paint(shot: Shot, width: int, height: int, samples: int) -> np.ndarray:
    """Linear light, float32 (height, width, 3)."""
    planes = exposed(SCENE, shot.camera, shot.lens, BOX, SUN, (width, height), samples)
    return settled(planes, 1.0 / sqrt(samples))
