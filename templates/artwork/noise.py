"""Lattice noise for numba code: one value a point in 0..1, the same on every machine."""

from math import floor

from numba import njit

Color = tuple[float, float, float]

fast = njit(fastmath=True)


@fast
def cell(x: int, y: int, z: int) -> float:
    """A number in 0..1 that belongs to one cell of the lattice (an integer hash with two rounds of mixing)."""
    h = (x * 374761393 + y * 668265263 + z * 2147483647 + 144269504) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 1274126177) & 0xFFFFFFFF
    h = ((h ^ (h >> 16)) * 2246822519) & 0xFFFFFFFF
    return ((h ^ (h >> 15)) & 0xFFFFFF) / 16777215.0


@fast
def value(x: float, y: float, z: float) -> float:
    """Smooth noise in space, one bump a unit."""
    i, j, k = floor(x), floor(y), floor(z)
    u, v, w = x - i, y - j, z - k
    u, v, w = u * u * (3 - 2 * u), v * v * (3 - 2 * v), w * w * (3 - 2 * w)
    a = cell(i, j, k) * (1 - u) + cell(i + 1, j, k) * u
    b = cell(i, j + 1, k) * (1 - u) + cell(i + 1, j + 1, k) * u
    c = cell(i, j, k + 1) * (1 - u) + cell(i + 1, j, k + 1) * u
    d = cell(i, j + 1, k + 1) * (1 - u) + cell(i + 1, j + 1, k + 1) * u
    return (a * (1 - v) + b * v) * (1 - w) + (c * (1 - v) + d * v) * w


@fast
def fractal(x: float, y: float, z: float, octaves: int) -> float:
    """Octaves of `value`, each half as strong and twice as fine as the one before; still in 0..1."""
    total, weight, sum_of_weights = 0.0, 1.0, 0.0
    for _ in range(octaves):
        total += weight * value(x, y, z)
        sum_of_weights += weight
        weight *= 0.5
        x, y, z = x * 2.03 + 17.1, y * 2.03 + 5.3, z * 2.03 + 9.7
    return total / sum_of_weights


@fast
def smoothstep(low: float, high: float, x: float) -> float:
    t = min(max((x - low) / (high - low), 0.0), 1.0)
    return t * t * (3 - 2 * t)


@fast
def mix(a: float, b: float, t: float) -> float:
    return a + (b - a) * t


@fast
def blend(a: Color, b: Color, t: float) -> Color:
    return a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t
