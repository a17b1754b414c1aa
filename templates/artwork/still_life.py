"""The quote's picture: stoneware, yellow flowers and a lemon on a walnut board, late sun through a window of panes.

Every ray has its own place in the pixel and on the sun, so that shadows soften with their length.
"""

from math import cos, exp, hypot, sin, sqrt

import numpy as np

from templates.artwork.finish import Grade
from templates.artwork.marching import Scene, fast, march, normal, openness, unit
from templates.artwork.noise import blend, cell, fractal, mix, smoothstep, value
from templates.artwork.shading import Camera, axes

SUN = unit(-0.80, 0.40, -0.42)
SUNLIGHT = (3.9, 2.92, 1.78)
ABOVE, BELOW = (0.92, 0.76, 0.62), (0.52, 0.34, 0.21)
SUN_RADIUS = 0.010
CAMERA = Camera(eye=(0.0, 0.52, -4.6), at=(0.0, 0.50, 0.0), focal=6.35, shift=0.0, far=12.0)
GRADE = Grade(
    exposure=0.62,
    bloom=0.02,
    saturation=1.08,
    shadows=(0.012, 0.004, -0.004),
    lights=(1.01, 0.985, 0.96),
    vignette=0.12,
)

VASE, BOWL, LEMON = (0.66, -0.30), (1.00, -0.46), (0.44, -0.56)
"""Where they stand: x and z."""

STEMS = np.array(
    [(-0.20, 0.46, -0.02), (-0.06, 0.56, 0.05), (0.09, 0.49, -0.05), (0.24, 0.40, 0.02), (-0.28, 0.28, -0.05),
     (0.01, 0.38, -0.08)]
)  # fmt: skip
"""Where the flowers are, seen from the vase's mouth."""
MOUTH = 0.425


@fast
def _melt(a, b, k):
    """The union of two shapes with a soft seam."""
    h = min(max(0.5 + 0.5 * (b - a) / k, 0.0), 1.0)
    return mix(b, a, h) - k * h * (1.0 - h)


@fast
def _ellipsoid(x, y, z, a, b):
    """A spheroid of radius a and half height b round the origin."""
    k = sqrt(x * x / (a * a) + y * y / (b * b) + z * z / (a * a))
    g = sqrt(x * x / a**4 + y * y / b**4 + z * z / a**4) + 1e-9
    return k * (k - 1.0) / g


@fast
def _vase(x, y, z):
    """A bottle with a round belly, a narrow neck and a lip, turned on a wheel."""
    out = hypot(x, z)
    ring = 0.0012 * sin(y * 260.0 + 2.0 * sin(y * 40.0))
    belly = max(_ellipsoid(x, y - 0.150, z, 0.142, 0.165), -y)
    neck = max(out - 0.036 - 0.5 * max(y - 0.36, 0.0) ** 1.5, abs(y - 0.30) - 0.125)
    body = _melt(belly, neck, 0.07) + ring * 0.4
    return max(body, min(0.024 - out, MOUTH - 0.14 - y) if y > 0.2 else -1.0)


@fast
def _flowers(x, y, z):
    """Thin stems that bend outwards, each with a round flower of many small ones."""
    if y < 0.2:
        return max((hypot(x, z) - 0.0042) * 0.62, 0.26 - y)
    nearest = 1e9
    for i in range(len(STEMS)):
        sx, sy, sz = STEMS[i]
        v = min(max((y - MOUTH + 0.1) / (sy + 0.1), 0.0), 1.0)
        bend = v * (0.45 + 0.55 * v)
        nearest = min(nearest, hypot(x - sx * bend, z - sz * bend) - 0.0042 + max(y - MOUTH - sy, 0.0))
        bx, by, bz = x - sx, y - MOUTH - sy, z - sz
        radius = 0.034 + 0.005 * sin(i * 2.3)
        ball = sqrt(bx * bx + by * by + bz * bz) - radius
        if ball < 0.03:
            ball += 0.0028 * (sin(bx * 420.0) * sin(by * 420.0) * sin(bz * 420.0))
        nearest = min(nearest, ball)
    return nearest * 0.62


@fast
def _bowl(x, y, z):
    """A shallow bowl with a thin wall on a foot."""
    whole = sqrt(x * x + (y - 0.155) ** 2 + z * z)
    shell = max(abs(whole - 0.145) - 0.006, y - 0.118)
    return min(shell * 0.9, max(hypot(x, z) - 0.06, abs(y - 0.008) - 0.010))


@fast
def _lemon(x, y, z):
    """It lies on its side, its tip towards us."""
    u, w = x * cos(0.5) - z * sin(0.5), x * sin(0.5) + z * cos(0.5)
    body = _ellipsoid(y - 0.052, u, w, 0.052, 0.068)
    tip = sqrt((u - 0.066) ** 2 + (y - 0.052) ** 2 + w * w) - 0.012
    return _melt(body, tip, 0.022)


@fast
def _distance(x, y, z):
    vx, vz = x - VASE[0], z - VASE[1]
    away = hypot(vx, vz)
    bunch = min(_vase(vx, y, vz), _flowers(vx, y, vz)) if away < 0.6 else away - 0.5
    d = min(min(-z, y), bunch)
    d = min(d, _bowl(x - BOWL[0], y, z - BOWL[1]))
    return min(d, _lemon(x - LEMON[0], y, z - LEMON[1]))


@fast
def _wall(x, y):
    """Limewash: clouds of cream and ochre that a wide brush has crossed."""
    cloud = fractal(x * 1.7 + 3.0, y * 1.7, 0.3, 5)
    brush = fractal(x * 5.0 + 2.0 * y, y * 9.0 - 3.0 * x, 4.0, 4)
    tone = smoothstep(0.25, 0.75, 0.65 * cloud + 0.35 * brush)
    return blend((0.64, 0.48, 0.32), (0.80, 0.685, 0.55), tone)


@fast
def _wood(x, z):
    """Walnut whose years run along the wall."""
    grain = 26.0 * (z + 0.05 * fractal(x * 1.3, z * 6.0, 7.0, 3) + 0.02 * x)
    year = 0.5 + 0.5 * sin(grain + 4.0 * fractal(x * 0.8, z * 3.0, 1.0, 2))
    pore = smoothstep(0.60, 0.78, value(x * 14.0, z * 260.0, 2.0))
    r, g, b = blend((0.105, 0.046, 0.020), (0.235, 0.115, 0.050), year)
    return r * (1 - 0.35 * pore), g * (1 - 0.35 * pore), b * (1 - 0.35 * pore)


@fast
def _surface(x, y, z, nx, ny, nz):
    """Colour, then how much it shines."""
    if z > -0.003:
        r, g, b = _wall(x, y)
        return r, g, b, 0.0, 0.0, 0.0
    if y < 0.003:
        r, g, b = _wood(x, z)
        return r, g, b, 0.30, 0.0, 0.0
    vx, vz = x - VASE[0], z - VASE[1]
    if _flowers(vx, y, vz) < 0.003:
        if _in_flower(vx, y, vz):
            fine = value(x * 300.0, y * 300.0, z * 300.0)
            return 0.86 * (0.8 + 0.3 * fine), 0.52 * (0.75 + 0.35 * fine), 0.03, 0.0, 0.0, 0.0
        return 0.30, 0.27, 0.09, 0.0, 0.0, 0.0
    if _vase(vx, y, vz) < 0.004:
        speck = smoothstep(0.80, 0.86, value(x * 190.0, y * 190.0, z * 190.0))
        glaze = smoothstep(0.095, 0.103, y + 0.012 * fractal(x * 14.0, 1.0, z * 14.0, 3) - 0.006)
        r, g, b = blend((0.34, 0.19, 0.10), (0.80, 0.72, 0.58), glaze)
        return mix(r, 0.22, speck), mix(g, 0.12, speck), mix(b, 0.06, speck), 0.22 * glaze, 0.0, 0.0
    if _bowl(x - BOWL[0], y, z - BOWL[1]) < 0.004:
        spot = fractal(x * 30.0, y * 30.0, z * 30.0, 3)
        r, g, b = blend((0.17, 0.075, 0.035), (0.27, 0.13, 0.06), spot)
        return r, g, b, 0.45, 0.0, 0.0
    pit = value(x * 170.0, y * 170.0, z * 170.0)
    return 0.90 * (0.92 + 0.1 * pit), 0.47 * (0.90 + 0.12 * pit), 0.03, 0.35, 0.0, 0.0


@fast
def _in_flower(x, y, z):
    """Whether a place near the flowers is one rather than a stem."""
    for i in range(len(STEMS)):
        sx, sy, sz = STEMS[i]
        if sqrt((x - sx) ** 2 + (y - MOUTH - sy) ** 2 + (z - sz) ** 2) < 0.044:
            return True
    return False


@fast
def _nothing(x, y, z):
    return 0.0, 0.0, 0.0


SCENE = Scene(_distance, _surface, _nothing, _nothing)


@fast
def _panes(x, y, z, sx, sy, sz):
    """Whether a sunbeam comes through the window on the left: two panes wide, four high."""
    t = (-3.0 - x) / sx
    wy, wz = y + sy * t - 1.36, z + sz * t + 1.00
    if wy < 0.0 or wy > 2.2 or wz > 0.0 or wz < -1.5:
        return False
    u, v = (-wz) % 0.50, wy % 0.55
    return 0.018 < u < 0.482 and 0.02 < v < 0.53


@fast
def _bent(x, y, z, nx, ny, nz):
    """The normal of plaster and wood, which are not flat."""
    if z > -0.003:
        e = 0.004
        here = fractal(x * 22.0, y * 22.0, 5.0, 4)
        bx = fractal((x + e) * 22.0, y * 22.0, 5.0, 4) - here
        by = fractal(x * 22.0, (y + e) * 22.0, 5.0, 4) - here
        k = 0.0032 / e
        nx, ny, nz = nx - bx * k, ny - by * k, nz
    n = sqrt(nx * nx + ny * ny + nz * nz)
    return nx / n, ny / n, nz / n


@fast
def _blocked(scene, x, y, z, sx, sy, sz):
    t = march(scene, x, y, z, sx, sy, sz, 0.004, 3.0)
    return t > 0.0


@fast
def _light(scene, ox, oy, oz, dx, dy, dz, turn, far_out):
    """Light along one ray; `turn` and `far_out` choose the place on the sun."""
    t = march(scene, ox, oy, oz, dx, dy, dz, 2.0, 12.0)
    if t < 0.0:
        return 0.0, 0.0, 0.0
    x, y, z = ox + dx * t, oy + dy * t, oz + dz * t
    nx, ny, nz = normal(scene, x, y, z, 0.0006)
    r, g, b, shine, _, _ = scene.surface(x, y, z, nx, ny, nz)
    near = openness(scene, x, y, z, nx, ny, nz, 0.05)
    seen = max(openness(scene, x, y, z, nx, ny, nz, 0.22) * (0.4 + 0.6 * near), 0.22)
    nx, ny, nz = _bent(x, y, z, nx, ny, nz)
    sx = SUN[0] + SUN_RADIUS * far_out * cos(turn)
    sy = SUN[1] + SUN_RADIUS * far_out * sin(turn)
    sz = SUN[2] + SUN_RADIUS * far_out * sin(turn + 1.0) * 0.5
    facing = max(nx * sx + ny * sy + nz * sz, 0.0)
    lit = 0.0
    if facing > 0.0 and _panes(x, y, z, sx, sy, sz):
        off = 0.003
        if not _blocked(scene, x + nx * off, y + ny * off, z + nz * off, sx, sy, sz):
            lit = 1.0
    up, side = 0.5 + 0.5 * ny, 0.72 - 0.28 * nx
    glow = 0.18 * exp(-((x - 0.8) ** 2 + y * y) / 0.8)  # from the sunny board
    fr = SUNLIGHT[0] * facing * lit + (mix(BELOW[0], ABOVE[0], up) * side + glow) * seen
    fg = SUNLIGHT[1] * facing * lit + (mix(BELOW[1], ABOVE[1], up) * side + glow * 0.6) * seen
    fb = SUNLIGHT[2] * facing * lit + (mix(BELOW[2], ABOVE[2], up) * side + glow * 0.3) * seen
    hx, hy, hz = sx - dx, sy - dy, sz - dz
    n = sqrt(hx * hx + hy * hy + hz * hz)
    half = max((nx * hx + ny * hy + nz * hz) / n, 0.0)
    gloss = shine * (lit * 1.3 * half**60 + 0.10 * (1.0 - max(-(nx * dx + ny * dy + nz * dz), 0.0)) ** 4 * seen)
    return r * fr + gloss * 1.0, g * fg + gloss * 0.86, b * fb + gloss * 0.62


@fast
def shot(light_along, scene, camera, width, height, side, seed):
    """Linear light of side x side rays a pixel; `light_along` takes a ray and where on the lamp or sun it asks."""
    forward, right, up = axes(camera)
    out = np.zeros((height, width, 3), np.float32)
    ox, oy, oz = camera.eye
    for row in range(height):
        for column in range(width):
            shift = cell(column, row, seed)
            for sample in range(side * side):
                i, j = sample % side, sample // side
                u = (column + (i + cell(column, row, sample + 77)) / side) * 2.0 / height - width / height
                v = 1.0 - (row + (j + cell(column, row, sample + 177)) / side) * 2.0 / height
                dx = forward[0] * camera.focal + right[0] * u + up[0] * v
                dy = forward[1] * camera.focal + right[1] * u + up[1] * v
                dz = forward[2] * camera.focal + right[2] * u + up[2] * v
                n = sqrt(dx * dx + dy * dy + dz * dz)
                turn = 6.2832 * ((sample * 0.618034 + shift) % 1.0)
                far_out = sqrt((sample + 0.5) / (side * side))
                r, g, b = light_along(scene, ox, oy, oz, dx / n, dy / n, dz / n, turn, far_out)
                out[row, column, 0] += min(r, 8.0) / (side * side)
                out[row, column, 1] += min(g, 8.0) / (side * side)
                out[row, column, 2] += min(b, 8.0) / (side * side)
    return out


def paint(width: int, height: int, side: int) -> np.ndarray:
    """Linear light, float32 (height, width, 3), by side x side rays a pixel."""
    return np.asarray(shot(_light, SCENE, CAMERA, width, height, side, 5))
