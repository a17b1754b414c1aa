"""A photographer's studio: things on a set, lit by soft boxes and by sun through a window, followed path by path."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from math import cos, pi, sin, sqrt
from typing import Any, NamedTuple

import cv2
import numpy as np

from templates.artwork.marching import fast
from templates.artwork.noise import smoothstep
from templates.artwork.shading import Camera, axes

STEPS = 160
BOUNCES = 4
BRIGHTEST = 12.0  # of one path; one that finds the sun by chance would leave a white dot


class Set(NamedTuple):
    """Three numba functions; y points up, colours are linear light.

    distance(x, y, z): how far the nearest surface is; may say less than it is
    material(x, y, z): r, g, b of the surface, how much it mirrors when seen head-on, roughness, 1.0 for metal
    around(dx, dy, dz): r, g, b of the studio's walls and weaker lamps in a direction
    """

    distance: Callable[..., Any]
    material: Callable[..., Any]
    around: Callable[..., Any]


class Box(NamedTuple):
    """The soft box: its direction (unit length), half its width and height at distance 1, its colour."""

    x: float
    y: float
    z: float
    wide: float
    high: float
    color: tuple[float, float, float]


class Sun(NamedTuple):
    """Towards the sun (unit length), its colour, its width, and the window that it falls through.

    gobo(u, v): share of light that passes, u and v measured across the beam.
    """

    x: float
    y: float
    z: float
    color: tuple[float, float, float]
    width: float
    away: float
    gobo: Callable[..., Any]


class Lens(NamedTuple):
    """How wide it opens and at what distance it is sharp."""

    aperture: float
    focus: float


@fast
def hit(scene, x, y, z, dx, dy, dz, near, far):
    """How far along the ray the first surface is, or -1."""
    t = near
    for _ in range(STEPS):
        d = scene.distance(x + dx * t, y + dy * t, z + dz * t)
        if d < 0.00035 * (1.0 + t):
            return t
        t += d
        if t > far:
            return -1.0
    return -1.0


@fast
def normal_at(scene, x, y, z, e):
    a, b = scene.distance(x + e, y - e, z - e), scene.distance(x - e, y - e, z + e)
    c, d = scene.distance(x - e, y + e, z - e), scene.distance(x + e, y + e, z + e)
    nx, ny, nz = a - b - c + d, -a - b + c + d, -a + b - c + d
    n = 1.0 / (sqrt(nx * nx + ny * ny + nz * nz) + 1e-12)
    return nx * n, ny * n, nz * n


@fast
def somewhere():
    """A direction at random."""
    y, turn = 2.0 * np.random.random() - 1.0, 2.0 * pi * np.random.random()
    r = sqrt(max(1.0 - y * y, 0.0))
    return r * cos(turn), y, r * sin(turn)


@fast
def unit_of(x, y, z):
    n = 1.0 / (sqrt(x * x + y * y + z * z) + 1e-12)
    return x * n, y * n, z * n


@fast
def sunshine(scene, sun, x, y, z, nx, ny, nz):
    """Share of the sun that reaches a point, by one ray to a random place on its face."""
    rx, ry, rz = somewhere()
    dx, dy, dz = unit_of(sun.x + rx * sun.width, sun.y + ry * sun.width, sun.z + rz * sun.width)
    facing = dx * nx + dy * ny + dz * nz
    if facing <= 0.0:
        return 0.0
    px, py, pz = x + dx * sun.away, y + dy * sun.away, z + dz * sun.away
    flat = sqrt(sun.x * sun.x + sun.z * sun.z)
    u = (px * sun.z - pz * sun.x) / flat
    v = py * flat - sun.y * (px * sun.x + pz * sun.z) / flat
    passed = sun.gobo(u, v)
    if passed <= 0.0 or hit(scene, x, y, z, dx, dy, dz, 0.01, sun.away) > 0.0:
        return 0.0
    return facing * passed


@fast
def box_seen(box, dx, dy, dz):
    """How much of the soft box lies in a direction; its edges fade."""
    along = dx * box.x + dy * box.y + dz * box.z
    if along <= 0.05:
        return 0.0
    flat = sqrt(box.x * box.x + box.z * box.z)
    u = (dx * box.z - dz * box.x) / flat / along
    v = (dy * flat - box.y * (dx * box.x + dz * box.z) / flat) / along
    edge_u, edge_v = smoothstep(box.wide, box.wide * 0.88, abs(u)), smoothstep(box.high, box.high * 0.88, abs(v))
    return edge_u * edge_v


@fast
def box_light(scene, box, x, y, z, nx, ny, nz, far):
    """Share of the soft box's colour that a point sends on, by one ray to a random place on it."""
    u, v = (2.0 * np.random.random() - 1.0) * box.wide, (2.0 * np.random.random() - 1.0) * box.high
    flat = sqrt(box.x * box.x + box.z * box.z)
    dx = box.x + u * box.z / flat - v * box.x * box.y / flat
    dy = box.y + v * flat
    dz = box.z - u * box.x / flat - v * box.z * box.y / flat
    away = sqrt(1.0 + u * u + v * v)
    dx, dy, dz = dx / away, dy / away, dz / away
    facing = dx * nx + dy * ny + dz * nz
    if facing <= 0.0 or hit(scene, x, y, z, dx, dy, dz, 0.01, far) > 0.0:
        return 0.0
    return facing * 4.0 * box.wide * box.high / (pi * away**3) * box_seen(box, dx, dy, dz)


@fast
def light_along(scene, box, sun, x, y, z, dx, dy, dz, far, first):
    """Light along one path; fills `first` with the normal and the colour of what it meets first."""
    r, g, b, wr, wg, wb = 0.0, 0.0, 0.0, 1.0, 1.0, 1.0
    mirrored = True
    for bounce in range(BOUNCES):
        t = hit(scene, x, y, z, dx, dy, dz, 0.004, far)
        if t < 0.0:
            er, eg, eb = scene.around(dx, dy, dz)
            lamp = box_seen(box, dx, dy, dz) if mirrored else 0.0
            r, g, b = (
                r + wr * (er + lamp * box.color[0]),
                g + wg * (eg + lamp * box.color[1]),
                b + wb * (eb + lamp * box.color[2]),
            )
            break
        x, y, z = x + dx * t, y + dy * t, z + dz * t
        nx, ny, nz = normal_at(scene, x, y, z, 0.0006 + 0.0001 * t)
        cr, cg, cb, mirror, rough, metal = scene.material(x, y, z)
        if bounce == 0:
            first[0], first[1], first[2], first[3], first[4], first[5] = nx, ny, nz, cr, cg, cb
        x, y, z = x + nx * 0.003, y + ny * 0.003, z + nz * 0.003
        into = max(-(dx * nx + dy * ny + dz * nz), 0.0)
        share = 1.0 if metal > 0.5 else mirror + (1.0 - mirror) * (1.0 - into) ** 5 * (1.0 - rough)
        sx, sy, sz = somewhere()
        chance = max(share, 0.3) if mirror > 0.04 and bounce == 0 else share  # glaze: its mirror image is what counts
        mirrored = np.random.random() < chance
        weight = share / chance if mirrored else (1.0 - share) / (1.0 - chance)
        wr, wg, wb = wr * weight, wg * weight, wb * weight
        if mirrored:
            if metal > 0.5:
                edge = (1.0 - into) ** 5
                wr, wg, wb = wr * (cr + (1 - cr) * edge), wg * (cg + (1 - cg) * edge), wb * (cb + (1 - cb) * edge)
            dx, dy, dz = dx + 2 * into * nx, dy + 2 * into * ny, dz + 2 * into * nz
            dx, dy, dz = unit_of(dx + sx * rough, dy + sy * rough, dz + sz * rough)
        else:
            wr, wg, wb = wr * cr, wg * cg, wb * cb
            sunny = sunshine(scene, sun, x, y, z, nx, ny, nz)
            soft = box_light(scene, box, x, y, z, nx, ny, nz, far)
            r += wr * (sunny * sun.color[0] + soft * box.color[0])
            g += wg * (sunny * sun.color[1] + soft * box.color[1])
            b += wb * (sunny * sun.color[2] + soft * box.color[2])
            dx, dy, dz = unit_of(nx + sx, ny + sy, nz + sz)
        if max(wr, max(wg, wb)) < 0.02:
            break
    return min(r, BRIGHTEST), min(g, BRIGHTEST), min(b, BRIGHTEST)


@fast
def seen_from(camera, lens, forward, right, up, u, v):
    """A ray of the camera through a place in the picture: from somewhere on its lens to where that is sharp."""
    a, c = (np.random.random() - 0.5) * lens.aperture, (np.random.random() - 0.5) * lens.aperture
    u, v = u - a * camera.focal / lens.focus, v - c * camera.focal / lens.focus
    dx, dy, dz = unit_of(
        forward[0] * camera.focal + right[0] * u + up[0] * v,
        forward[1] * camera.focal + right[1] * u + up[1] * v,
        forward[2] * camera.focal + right[2] * u + up[2] * v,
    )
    ox, oy, oz = camera.eye
    return ox + right[0] * a + up[0] * c, oy + right[1] * a + up[1] * c, oz + right[2] * a + up[2] * c, dx, dy, dz


@fast
def expose(out, row, scene, camera, lens, box, sun, samples, seed):
    """One row of a picture, added to `out`: light, normals and colours."""
    forward, right, up = axes(camera)
    height, width = out.shape[:2]
    first = np.zeros(6)
    np.random.seed(seed + row)
    for column in range(width):
        for sample in range(samples):
            u = (column + np.random.random()) * 2.0 / height - width / height
            v = camera.shift + 1.0 - (row + (sample + np.random.random()) / samples) * 2.0 / height
            ox, oy, oz, dx, dy, dz = seen_from(camera, lens, forward, right, up, u, v)
            first[:] = 0.0
            r, g, b = light_along(scene, box, sun, ox, oy, oz, dx, dy, dz, camera.far, first)
            out[row, column, 0] += r / samples
            out[row, column, 1] += g / samples
            out[row, column, 2] += b / samples
            for k in range(6):
                out[row, column, 3 + k] += first[k] / samples


def exposed(
    scene: Set, camera: Camera, lens: Lens, box: Box, sun: Sun, size: tuple[int, int], samples: int
) -> np.ndarray:
    """Light, normals and colours of a picture of (width, height): float32 (height, width, 9)."""
    out = np.zeros((size[1], size[0], 9), np.float32)
    expose(out, 0, scene, camera, lens, box, sun, samples, 7)  # compiles
    out[:] = 0.0
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda row: expose(out, row, scene, camera, lens, box, sun, samples, 7), range(size[1])))
    return out


def shifted(planes: np.ndarray, down: int, across: int) -> np.ndarray:
    """Moved by so many pixels, the edge repeated."""
    height, width = planes.shape[:2]
    rows = np.clip(np.arange(height) + down, 0, height - 1)
    columns = np.clip(np.arange(width) + across, 0, width - 1)
    return planes[rows][:, columns]


def settled(planes: np.ndarray, strength: float) -> np.ndarray:
    """Takes the noise out: an à-trous filter that stops at edges of light, form and colour; returns the light."""
    light = planes[..., :3] / (1.0 + planes[..., :3])  # so that highlights weigh no more than shadows
    form, color = planes[..., 3:6], planes[..., 6:9]
    light = np.minimum(light, cv2.medianBlur(light, 3) + 0.08)  # stray bright paths
    for level in range(4):
        step, total, weight = 1 << level, np.zeros_like(light), np.zeros(light.shape[:2], np.float32)
        guide = cv2.GaussianBlur(light, (0, 0), 1.2)
        tolerance = strength * 0.6**level
        for down in (-2, -1, 0, 1, 2):
            for across in (-2, -1, 0, 1, 2):
                far = ((shifted(guide, down * step, across * step) - guide) ** 2).sum(axis=2) / tolerance**2
                far += ((shifted(form, down * step, across * step) - form) ** 2).sum(axis=2) / 0.02
                far += ((shifted(color, down * step, across * step) - color) ** 2).sum(axis=2) / 0.004
                w = np.exp(-far) * (0.375, 0.25, 0.0625)[abs(down)] * (0.375, 0.25, 0.0625)[abs(across)]
                total += w[..., None] * shifted(light, down * step, across * step)
                weight += w
        light = total / weight[..., None]
    return light / (1.0 - np.minimum(light, 0.98))
