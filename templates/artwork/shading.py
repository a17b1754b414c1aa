"""The light that a camera sees in a scene: sun, sky light, haze, and a floor at height 0 that may mirror."""

from math import exp, sqrt
from typing import NamedTuple

import numpy as np

from templates.artwork.marching import fast, march, normal, openness, sunlit

BRIGHTEST = 40.0  # of one sample; a stray ray into the sun would leave a white dot


class Camera(NamedTuple):
    """Where the eye is, what it looks at, the focal length and the lens shift up in half picture heights."""

    eye: tuple[float, float, float]
    at: tuple[float, float, float]
    focal: float
    shift: float
    far: float


@fast
def hazy(scene, light, r, g, b, oy, dx, dy, dz, t):
    """Aerial perspective: what is far takes the colour of the sky behind it."""
    fall = light.thins * dy
    depth = t if abs(fall) * t < 1e-4 else (1.0 - exp(-fall * t)) / fall
    keep = exp(-light.haze * exp(-light.thins * oy) * depth)
    hr, hg, hb = scene.sky(dx, max(dy, 0.015), dz)
    return hr + (r - hr) * keep, hg + (g - hg) * keep, hb + (b - hb) * keep


@fast
def lit(scene, light, x, y, z, t, far, careful):
    """Light from a surface. Without `careful` all places count as equally open, which mirrors do not show."""
    nx, ny, nz = normal(scene, x, y, z, 0.0005 * t + 0.001)
    r, g, b, er, eg, eb = scene.surface(x, y, z, nx, ny, nz)
    facing = max(nx * light.x + ny * light.y + nz * light.z, 0.0)
    if facing > 0.0:
        off = 0.002 * t + 0.01
        facing *= sunlit(scene, light, x + nx * off, y + ny * off, z + nz * off, far * 0.3)
    seen = openness(scene, x, y, z, nx, ny, nz, 0.4 + 0.012 * t) if careful else 0.8
    up = 0.5 + 0.5 * ny
    fr = light.sun[0] * facing + (light.below[0] + (light.above[0] - light.below[0]) * up) * seen
    fg = light.sun[1] * facing + (light.below[1] + (light.above[1] - light.below[1]) * up) * seen
    fb = light.sun[2] * facing + (light.below[2] + (light.above[2] - light.below[2]) * up) * seen
    return r * fr + er, g * fg + eg, b * fb + eb


@fast
def reflected(scene, light, x, z, dx, dy, dz, far):
    """What a ray that leaves the floor sees."""
    t = march(scene, x, 0.02, z, dx, dy, dz, 0.05, far)
    if t < 0.0:
        return scene.sky(dx, dy, dz)
    r, g, b = lit(scene, light, x + dx * t, 0.02 + dy * t, z + dz * t, t, far, False)
    return hazy(scene, light, r, g, b, 0.02, dx, dy, dz, t)


@fast
def floor_light(scene, light, x, z, dx, dy, dz, t, far):
    """Light from the floor: its own colour, and by Schlick's formula what it mirrors."""
    sx, sz, r, g, b, mirror = scene.ground(x, z, t)
    length = sqrt(sx * sx + 1.0 + sz * sz)
    nx, ny, nz = -sx / length, 1.0 / length, -sz / length
    shade = sunlit(scene, light, x, 0.01, z, far * 0.3) * max(nx * light.x + ny * light.y + nz * light.z, 0.0)
    seen = openness(scene, x, 0.0, z, 0.0, 1.0, 0.0, 0.4 + 0.012 * t)
    r *= light.sun[0] * shade + light.above[0] * seen
    g *= light.sun[1] * shade + light.above[1] * seen
    b *= light.sun[2] * shade + light.above[2] * seen
    if mirror <= 0.0:
        return r, g, b
    into = dx * nx + dy * ny + dz * nz
    share = mirror * (0.03 + 0.97 * (1.0 - min(abs(into), 1.0)) ** 5)
    rx, ry, rz = dx - 2 * into * nx, abs(dy - 2 * into * ny) + 1e-3, dz - 2 * into * nz
    mr, mg, mb = reflected(scene, light, x, z, rx, ry, rz, far)
    return r + (mr - r) * share, g + (mg - g) * share, b + (mb - b) * share


@fast
def seen_along(scene, light, ox, oy, oz, dx, dy, dz, far):
    """Light along one ray of the camera."""
    floor = -oy / dy if dy < -1e-6 else 1e9
    t = march(scene, ox, oy, oz, dx, dy, dz, 0.1, min(floor, far))
    if t >= 0.0:
        r, g, b = lit(scene, light, ox + dx * t, oy + dy * t, oz + dz * t, t, far, True)
    elif floor <= far:
        t = floor
        r, g, b = floor_light(scene, light, ox + dx * t, oz + dz * t, dx, dy, dz, t, far)
    else:
        return scene.sky(dx, dy, dz)
    return hazy(scene, light, r, g, b, oy, dx, dy, dz, t)


@fast
def axes(camera):
    """Unit vectors forward, right (level) and up of the camera."""
    fx, fy, fz = camera.at[0] - camera.eye[0], camera.at[1] - camera.eye[1], camera.at[2] - camera.eye[2]
    length = sqrt(fx * fx + fy * fy + fz * fz)
    fx, fy, fz = fx / length, fy / length, fz / length
    flat = sqrt(fx * fx + fz * fz)
    rx, rz = fz / flat, -fx / flat
    return (fx, fy, fz), (rx, 0.0, rz), (fy * rz, fz * rx - fx * rz, -fy * rx)


@fast
def picture(scene, camera, light, width, height, samples, seed):
    """Linear light, float32 (height, width, 3); every pixel is the mean of some rays at random places in it."""
    forward, right, up = axes(camera)
    np.random.seed(seed)
    out = np.zeros((height, width, 3), np.float32)
    for row in range(height):
        for column in range(width):
            for sample in range(samples):
                u = (column + np.random.random()) * 2.0 / height - width / height
                v = camera.shift + 1.0 - (row + (sample + np.random.random()) / samples) * 2.0 / height
                dx = forward[0] * camera.focal + right[0] * u + up[0] * v
                dy = forward[1] * camera.focal + right[1] * u + up[1] * v
                dz = forward[2] * camera.focal + right[2] * u + up[2] * v
                n = sqrt(dx * dx + dy * dy + dz * dz)
                ox, oy, oz = camera.eye
                r, g, b = seen_along(scene, light, ox, oy, oz, dx / n, dy / n, dz / n, camera.far)
                out[row, column, 0] += min(r, BRIGHTEST) / samples
                out[row, column, 1] += min(g, BRIGHTEST) / samples
                out[row, column, 2] += min(b, BRIGHTEST) / samples
    return out
