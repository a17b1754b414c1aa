"""The news story's second picture: a sleeping compartment, its lamp lit, the mountains of the first outside."""

from math import cos, exp, hypot, sin, sqrt

import numpy as np

from templates.artwork import night_train
from templates.artwork.finish import Grade
from templates.artwork.marching import Scene, fast, march, normal, openness
from templates.artwork.noise import blend, fractal, smoothstep, value
from templates.artwork.shading import Camera
from templates.artwork.still_life import shot

CAMERA = Camera(eye=(0.10, 1.38, -2.35), at=(0.02, 1.20, 0.0), focal=1.72, shift=0.0, far=9.0)
GRADE = Grade(exposure=1.3, bloom=0.09, saturation=1.05, shadows=(0.004, 0.004, 0.018), lights=(1.0, 0.99, 0.97))
LAMP = (0.27, 1.075, -0.27)
WARM = (0.95, 0.52, 0.20)
ROOM = (0.085, 0.060, 0.048)  # what walls and ceiling give back
NEAR = 0.004  # metres: what is no farther from a surface lies on it
NIGHT = (0.030, 0.050, 0.100)  # through the window


@fast
def _box(x, y, z, a, b, c, r):
    """A box of half sizes a, b, c with round edges."""
    px, py, pz = abs(x) - a + r, abs(y) - b + r, abs(z) - c + r
    out = sqrt(max(px, 0.0) ** 2 + max(py, 0.0) ** 2 + max(pz, 0.0) ** 2)
    return out + min(max(px, max(py, pz)), 0.0) - r


@fast
def _pane(x, y, grow):
    """The window's outline with round corners, negative inside."""
    px, py = abs(x) - 0.53 - grow + 0.10, abs(y - 1.50) - 0.56 - grow + 0.10
    return hypot(max(px, 0.0), max(py, 0.0)) + min(max(px, py), 0.0) - 0.10


@fast
def _wall(x, y, z):
    """The outer wall with its window, a frame of brass round it, and a rail below."""
    wall = max(-z, -_pane(x, y, 0.0))
    frame = max(abs(_pane(x, y, 0.018)) - 0.020, abs(z + 0.004) - 0.020) - 0.004
    return min(max(wall, z - 0.12), frame)


@fast
def _sides(x, y, z):
    return min(min(x + 0.93, 0.93 - x), min(y + 0.2, 2.62 - y))


@fast
def _curtains(x, y, z):
    """Heavy cloth in folds, gathered at both sides and held by a band."""
    u = abs(x) - 0.63
    held = exp(-(((y - 1.02) / 0.16) ** 2))
    wide = 0.145 * (1.0 - 0.42 * held)
    fold = 0.026 * sin(u * 92.0 / (1.0 - 0.35 * held) + 1.3 * sin(y * 2.0)) * (1.0 - 0.3 * held)
    cloth = max(abs(u - 0.03 * held) - wide, abs(z + 0.085 + fold) - 0.012)
    return max(max(cloth, abs(y - 1.45) - 0.86) * 0.45, -0.2 - z)


@fast
def _rod(x, y, z):
    return max(hypot(y - 2.27, z + 0.085) - 0.013, abs(x) - 0.90)


@fast
def _table(x, y, z):
    """A folding table under the window, its edge bound in brass."""
    return min(
        _box(x - 0.06, y - 0.80, z + 0.28, 0.42, 0.016, 0.27, 0.012),
        _box(x - 0.06, y - 0.40, z + 0.05, 0.05, 0.4, 0.05, 0.01),
    )


@fast
def _lamp(x, y, z):
    """A foot, a stem and a bell of milk glass."""
    u, w = x - LAMP[0], z - LAMP[2]
    out = hypot(u, w)
    foot = max(out - 0.052 + 0.9 * max(y - 0.826, 0.0), abs(y - 0.826) - 0.014)
    stem = max(out - 0.0075, abs(y - 0.93) - 0.11)
    return min(foot, stem)


@fast
def _shade(x, y, z):
    u, w = x - LAMP[0], z - LAMP[2]
    out, up = hypot(u, w), y - 1.03
    wide = 0.098 * sqrt(max(1.0 - (max(up, 0.0) / 0.115) ** 2, 0.0)) if up < 0.115 else 0.0
    return max(out - max(wide, 0.001), max(-up, up - 0.115)) * 0.6


@fast
def _cup(x, y, z):
    """Tea in a glass with a metal holder."""
    u, w = x + 0.10, z + 0.34
    out = hypot(u, w)
    body = max(abs(out - 0.036) - 0.0035, abs(y - 0.868) - 0.052)
    tea = max(out - 0.034, abs(y - 0.852) - 0.034)
    ear = max(hypot(hypot(u + 0.052, y - 0.862) - 0.022, w) - 0.0045, u + 0.034)
    return min(min(body, tea), ear)


@fast
def _book(x, y, z):
    u, w = x - 0.07, z + 0.42
    c, s = cos(0.35), sin(0.35)
    return _box(u * c - w * s, y - 0.829, u * s + w * c, 0.075, 0.013, 0.105, 0.003)


@fast
def _bed(x, y, z):
    """A berth along the left side: mattress, sheet turned down over a blanket, and a pillow by the window."""
    crease = 0.012 * fractal(x * 7.0, y * 4.0, z * 7.0, 3)
    mattress = _box(x + 0.72, y - 0.50, z + 1.0, 0.30, 0.12, 1.0, 0.05) - crease
    blanket = _box(x + 0.71, y - 0.56, z + 1.35, 0.325, 0.10, 0.68, 0.06) - crease
    pillow = _box(x + 0.70, y - 0.70, z + 0.27, 0.20, 0.10, 0.19, 0.09) - 1.4 * crease
    return min(min(mattress, blanket), pillow) * 0.8


@fast
def _small(x, y, z):
    return min(min(_lamp(x, y, z), _shade(x, y, z)), min(_cup(x, y, z), _book(x, y, z)))


@fast
def _distance(x, y, z):
    d = min(min(_wall(x, y, z), _sides(x, y, z)), min(_curtains(x, y, z), _rod(x, y, z)))
    return min(min(d, _table(x, y, z)), min(_bed(x, y, z), _small(x, y, z)))


@fast
def _wood(x, y, k):
    """Cherry panels."""
    year = 0.5 + 0.5 * sin(30.0 * (x + 0.09 * fractal(x * 2.0, y * 0.7, k, 3)) + 5.0 * fractal(x * 3.0, y * 0.5, k, 2))
    return blend((0.165, 0.062, 0.026), (0.290, 0.125, 0.052), year)


@fast
def _small_surface(x, y, z, ny):
    """Colour, shine and glow of what stands on the table."""
    if _shade(x, y, z) < NEAR:
        return 0.8, 0.7, 0.55, 0.3, 1.0, 0.0
    if _lamp(x, y, z) < NEAR:
        return 0.50, 0.33, 0.13, 0.9, 0.0, 0.0
    if _cup(x, y, z) < NEAR:
        return (0.42, 0.38, 0.33, 1.0, 0.0, 0.0) if y < 0.862 else (0.55, 0.30, 0.12, 0.8, 0.02, 0.0)
    return (0.75, 0.68, 0.55, 0.0, 0.0, 0.0) if abs(ny) < 0.5 else (0.60, 0.085, 0.03, 0.25, 0.0, 0.0)


@fast
def _bed_surface(x, y, z):
    """White linen, over it a red blanket with a pale stripe."""
    if y < 0.46 or z > -0.62:
        return 0.78, 0.75, 0.70, 0.0, 0.0, 0.0
    weave = 0.85 + 0.3 * value(x * 240.0, y * 240.0, z * 240.0)
    stripe = 1.0 if abs(z + 0.86) > 0.04 else 3.4
    return 0.46 * weave, 0.075 * weave * stripe, 0.030 * weave * stripe, 0.0, 0.0, 0.0


@fast
def _surface(x, y, z, nx, ny, nz):
    """Colour, how much it shines, and how much it glows."""
    if _small(x, y, z) < NEAR:
        return _small_surface(x, y, z, ny)
    if _bed(x, y, z) < NEAR:
        return _bed_surface(x, y, z)
    if _curtains(x, y, z) < NEAR:
        weave = 0.8 + 0.35 * value(x * 300.0, y * 90.0, 1.0)
        return 0.095 * weave, 0.130 * weave, 0.24 * weave, 0.05, 0.0, 0.0
    on_table, on_frame = _table(x, y, z) < NEAR, z > -0.03 and abs(_pane(x, y, 0.018)) < 0.03
    bound = on_table and abs(y - 0.80) < 0.010 and abs(ny) < 0.6
    if bound or on_frame or _rod(x, y, z) < NEAR:
        return 0.50, 0.33, 0.13, 0.8, 0.0, 0.0
    if on_table:
        r, g, b = _wood(z, x, 3.0)
        return 0.8 * r, 0.8 * g, 0.8 * b, 0.55, 0.0, 0.0
    groove = smoothstep(0.0, 0.012, abs((x + 2.0) % 0.31 - 0.155)) if z > -0.05 else 1.0
    r, g, b = _wood(x if z > -0.05 else z, y, 1.0)
    return r * groove, g * groove, b * groove, 0.35, 0.0, 0.0


@fast
def _nothing(x, y, z):
    return 0.0, 0.0, 0.0


SCENE = Scene(_distance, _surface, _nothing, _nothing)


@fast
def _outside(dx, dy, dz):
    """The mountains, and the lake that mirrors them."""
    n = sqrt(dx * dx + (dy + 0.055) ** 2 + dz * dz)
    ax, ay, az = dx / n, (dy + 0.055) / n, dz / n
    if ay >= 0.0:
        r, g, b = night_train.sky(ax, ay, az)
        return 0.8 * r, 0.8 * g, 0.8 * b
    ripple = 0.010 * (value(ax / ay * 3.0, 1.0, 40.0 / (0.03 - ay)) - 0.5)
    r, g, b = night_train.sky(ax, -ay + ripple, az)
    return 0.50 * r, 0.52 * g, 0.56 * b


@fast
def _light(scene, ox, oy, oz, dx, dy, dz, turn, far_out):
    """Light along one ray; `turn` and `far_out` choose the place in the lamp."""
    t = march(scene, ox, oy, oz, dx, dy, dz, 0.3, 9.0)
    x, y, z = ox + dx * t, oy + dy * t, oz + dz * t
    if t < 0.0 or z > 0.10:
        return _outside(dx, dy, dz)
    nx, ny, nz = normal(scene, x, y, z, 0.0007)
    r, g, b, shine, glow, _ = scene.surface(x, y, z, nx, ny, nz)
    if glow > 0.5:
        edge = 0.55 + 0.45 * max(-(nx * dx + ny * dy + nz * dz), 0.0)
        return 5.2 * edge, 3.3 * edge, 1.35 * edge
    seen = max(openness(scene, x, y, z, nx, ny, nz, 0.16), 0.15)
    lx = LAMP[0] + 0.07 * far_out * cos(turn) - x
    ly = LAMP[1] + 0.05 * far_out * sin(turn) - y
    lz = LAMP[2] + 0.07 * far_out * cos(turn + 2.0) - z
    away = sqrt(lx * lx + ly * ly + lz * lz)
    lx, ly, lz = lx / away, ly / away, lz / away
    facing = max(nx * lx + ny * ly + nz * lz, 0.0)
    strength = 0.62 / (away * away + 0.03)
    if facing > 0.0 and away > 0.18:
        hit = march(scene, x + nx * 0.003, y + ny * 0.003, z + nz * 0.003, lx, ly, lz, 0.003, away - 0.15)
        strength *= 0.10 if hit > 0.0 else 1.0
    night = max(0.35 + 0.65 * nz, 0.0) * exp(-((x * x + z * z) * 0.5))
    bounce = seen * (0.7 + 0.3 * ny) * (0.55 + 0.7 * exp(-away * 1.1))
    fr = WARM[0] * facing * strength + ROOM[0] * 2.0 * bounce + NIGHT[0] * night
    fg = WARM[1] * facing * strength + ROOM[1] * 2.0 * bounce + NIGHT[1] * night
    fb = WARM[2] * facing * strength + ROOM[2] * 2.0 * bounce + NIGHT[2] * night
    hx, hy, hz = lx - dx, ly - dy, lz - dz
    n = sqrt(hx * hx + hy * hy + hz * hz)
    gloss = shine * 0.55 * strength * max((nx * hx + ny * hy + nz * hz) / n, 0.0) ** 40
    return r * fr + WARM[0] * gloss, g * fg + WARM[1] * gloss, b * fb + WARM[2] * gloss


def paint(width: int, height: int, side: int) -> np.ndarray:
    """Linear light, float32 (height, width, 3), by side x side rays a pixel."""
    return np.asarray(shot(_light, SCENE, CAMERA, width, height, side, 6))
