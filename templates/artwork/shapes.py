"""Distances to simple shapes, in metres."""

from math import hypot, sqrt

from templates.artwork.noise import fast


@fast
def arch(x, y, half, spring):
    """A pointed arch of a half width that springs at a height; negative inside."""
    if y < spring:
        return abs(x) - half
    c = half * 0.32
    return hypot(abs(x) + c, y - spring) - half - c


@fast
def box(x, y, z, a, b, c):
    """A box of half sizes a, b, c round the origin."""
    x, y, z = abs(x) - a, abs(y) - b, abs(z) - c
    out = sqrt(max(x, 0.0) ** 2 + max(y, 0.0) ** 2 + max(z, 0.0) ** 2)
    return out + min(max(x, max(y, z)), 0.0)


@fast
def figure(x, y, z, tall):
    """Somebody standing at the origin in a long coat."""
    near = x * x + z * z
    if near > 16.0:
        return sqrt(near) - 1.0
    up = min(max(y, 0.0), tall * 0.8)
    coat = sqrt(near + (y - up) ** 2) - 0.20 - 0.12 * (1.0 - up / tall)
    return min(coat, sqrt(near + (y - tall) ** 2) - 0.14)
