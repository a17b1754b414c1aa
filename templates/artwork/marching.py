"""Where rays meet the surfaces of a scene that is given as a distance field, and how open those places lie."""

from collections.abc import Callable
from math import sqrt
from typing import Any, NamedTuple

from numba import njit

Field = Callable[..., Any]
STEPS = 400

fast = njit(fastmath=True, nogil=True)


class Scene(NamedTuple):
    """Four numba functions; lengths are metres, y points up, colours are linear light.

    distance(x, y, z): metres to the nearest surface (never the floor); may say less than it is
    surface(x, y, z, nx, ny, nz): r, g, b of the surface, then r, g, b that it gives off by itself
    ground(x, z, t): slope in x, slope in z, r, g, b, how much of a mirror it is (0..1); t is how far it lies
    sky(dx, dy, dz): r, g, b seen in a direction
    """

    distance: Field
    surface: Field
    ground: Field
    sky: Field


class Light(NamedTuple):
    """Towards the sun (unit length), its colour, and the light from above and from the ground."""

    x: float
    y: float
    z: float
    sun: tuple[float, float, float]
    above: tuple[float, float, float]
    below: tuple[float, float, float]
    haze: float  # share of light lost in a metre at height 0
    thins: float  # how fast the haze thins with height, per metre
    softness: float  # of the sun's shadows; larger is harder


def unit(x: float, y: float, z: float) -> tuple[float, float, float]:
    length = sqrt(x * x + y * y + z * z)
    return x / length, y / length, z / length


@fast
def march(scene, ox, oy, oz, dx, dy, dz, near, far):
    """How far along the ray the first surface is, or -1."""
    t = near
    for _ in range(STEPS):
        d = scene.distance(ox + dx * t, oy + dy * t, oz + dz * t)
        if d < 0.0004 * t:
            return t
        t += d
        if t > far:
            return -1.0
    return t


@fast
def normal(scene, x, y, z, e):
    """The surface's direction, from four probes on a tetrahedron."""
    a, b = scene.distance(x + e, y - e, z - e), scene.distance(x - e, y - e, z + e)
    c, d = scene.distance(x - e, y + e, z - e), scene.distance(x + e, y + e, z + e)
    nx, ny, nz = a - b - c + d, -a - b + c + d, -a + b - c + d
    length = sqrt(nx * nx + ny * ny + nz * nz) + 1e-12
    return nx / length, ny / length, nz / length


@fast
def sunlit(scene, light, x, y, z, far):
    """Share of the sun that reaches a point: 0 in shadow, between in the penumbra."""
    share, t = 1.0, 0.02 + far * 1e-4
    for _ in range(70):
        d = scene.distance(x + light.x * t, y + light.y * t, z + light.z * t)
        share = min(share, light.softness * d / t)
        if share < 0.01 or t > far:
            break
        t += max(d, 0.004 * t + 0.01)
    return max(share, 0.0)


@fast
def openness(scene, x, y, z, nx, ny, nz, reach):
    """Share of the sky that a point sees, from five probes along the normal."""
    blocked, weight = 0.0, 1.0
    for i in range(1, 6):
        h = reach * i / 5.0
        height = min(scene.distance(x + nx * h, y + ny * h, z + nz * h), y + ny * h)
        blocked += weight * max(h - height, 0.0) / h
        weight *= 0.72
    return max(1.0 - 0.5 * blocked, 0.0)
