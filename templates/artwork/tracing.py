"""Light that is followed through a scene of solids: from lamps, sun and sky, from wall to wall, in mirrors and panes.

The camera has a lens with depth of field. What chance leaves unsettled is smoothed by `calm`, which knows the edges.
"""

from collections.abc import Callable
from math import cos, pi, sin, sqrt
from typing import Any, NamedTuple

import cv2
import numpy as np
from numba import njit

from templates.artwork.marching import fast
from templates.artwork.shading import axes
from templates.artwork.solids import Solids, facing, first_met, local

Function = Callable[..., Any]
BOUNCES = 6
BRIGHTEST = 6.0  # of light that came over a wall; rarer rays would leave white dots
RECTANGLE, BALL, WINDOW = 0.0, 1.0, 2.0
MATTE, PANE = -1.0, -2.0


class Look(NamedTuple):
    """Two numba functions, colours are linear light.

    surface(material, number, lx, ly, lz, x, y, z, nx, ny, nz): r, g, b; MATTE, PANE or the share that is mirrored
    straight on; roughness of the mirror; r, g, b given off; slopes in x, y, z that bend the surface's direction.
    (lx, ly, lz) is the place in the solid's axes, (x, y, z) in the scene's, `number` the solid's.
    sky(dx, dy, dz): r, g, b seen in a direction
    """

    surface: Function
    sky: Function


class Place(NamedTuple):
    """A scene: solids, lamps in rows, the sun, and a painted distance round the horizon that only eyes see.

    A lamp's row: RECTANGLE, BALL or WINDOW; middle; half its one side, half its other (a ball's radius first); colour.
    With windows among the lamps the sky lights through those only. The distance spans `backdrop_span`: azimuths from
    z to x, then heights, in degrees.
    """

    solids: Solids
    lamps: np.ndarray
    sun: tuple[float, float, float]
    sunlight: tuple[float, float, float]
    sun_size: float  # radians
    enclosed: bool
    backdrop: np.ndarray  # (height, width, [r, g, b, cover]) float32, linear, not multiplied by its cover
    backdrop_span: tuple[float, float, float, float]


class Lens(NamedTuple):
    eye: tuple[float, float, float]
    at: tuple[float, float, float]
    focal: float
    shift: float = 0.0  # up, in half picture heights
    aperture: float = 0.0  # radius, metres
    focus: float = 5.0  # metres


def lamp(middle: Any, one: Any, other: Any, colour: Any, kind: float = RECTANGLE) -> list[float]:
    return [kind, *middle, *one, *other, *colour]


def ball_lamp(middle: Any, radius: float, colour: Any) -> list[float]:
    return [BALL, *middle, radius, 0, 0, 0, 0, 0, *colour]


@fast
def frame_of(nx, ny, nz):
    """Two directions across a third."""
    if abs(ny) < 0.9:
        length = sqrt(nx * nx + nz * nz)
        ax, ay, az = nz / length, 0.0, -nx / length
    else:
        length = sqrt(ny * ny + nz * nz)
        ax, ay, az = 0.0, nz / length, -ny / length
    return ax, ay, az, ny * az - nz * ay, nz * ax - nx * az, nx * ay - ny * ax


@fast
def about(nx, ny, nz, across, turn):
    """A direction that leans away from another by a sine of `across`, at an angle `turn`."""
    ax, ay, az, bx, by, bz = frame_of(nx, ny, nz)
    u, v, w = across * cos(turn), across * sin(turn), sqrt(max(1.0 - across * across, 0.0))
    return ax * u + bx * v + nx * w, ay * u + by * v + ny * w, az * u + bz * v + nz * w


@fast
def distant(place, look, dx, dy, dz):
    """Sky with the painted distance before it."""
    r, g, b = look.sky(dx, dy, dz)
    left, right, low, high = place.backdrop_span
    azimuth, height = np.degrees(np.arctan2(dx, dz)), np.degrees(np.arcsin(min(max(dy, -1.0), 1.0)))
    u, v = (azimuth - left) / (right - left), (height - low) / (high - low)
    if u < 0.0 or u >= 1.0 or v >= 1.0:
        return r, g, b
    h, w = place.backdrop.shape[0], place.backdrop.shape[1]
    i, j = min(max((1.0 - v) * h - 0.5, 0.0), h - 1.001), min(max(u * w - 0.5, 0.0), w - 1.001)
    i0, j0 = int(i), int(j)
    fi, fj = i - i0, j - j0
    for k in range(4):
        p = place.backdrop[i0 + (k >> 1), j0 + (k & 1)]
        share = (fi if k >> 1 else 1.0 - fi) * (fj if k & 1 else 1.0 - fj) * p[3]
        if k == 0:
            cr, cg, cb, cover = p[0] * share, p[1] * share, p[2] * share, share
        else:
            cr, cg, cb, cover = cr + p[0] * share, cg + p[1] * share, cb + p[2] * share, cover + share
    return r * (1.0 - cover) + cr, g * (1.0 - cover) + cg, b * (1.0 - cover) + cb


@fast
def open_way(place, look, x, y, z, dx, dy, dz, far):
    """Whether a ray of light arrives; panes let it through."""
    for _ in range(6):
        t, k = first_met(place.solids, x, y, z, dx, dy, dz, far)
        if k < 0:
            return True
        if place.solids.rows[k, 1] != 0.0:
            return False
        x, y, z, far = x + dx * (t + 1e-3), y + dy * (t + 1e-3), z + dz * (t + 1e-3), far - t - 1e-3
    return False


@fast
def chosen_lamp(place, x, y, z):
    """A lamp by chance, those that give more light here more often, and the chance it had."""
    lamps = place.lamps
    total = 0.0
    for i in range(lamps.shape[0]):
        total += weight_of(lamps[i], x, y, z)
    pick, i = np.random.random() * total, 0
    while i < lamps.shape[0] - 1:
        w = weight_of(lamps[i], x, y, z)
        if pick < w:
            break
        pick -= w
        i += 1
    return i, weight_of(lamps[i], x, y, z) / max(total, 1e-12)


@fast
def weight_of(row, x, y, z):
    dx, dy, dz = row[1] - x, row[2] - y, row[3] - z
    one = sqrt(row[4] ** 2 + row[5] ** 2 + row[6] ** 2)
    other = sqrt(row[7] ** 2 + row[8] ** 2 + row[9] ** 2)
    size = one * one * 3.0 if row[0] == 1.0 else one * other * 4.0
    return (row[10] + row[11] + row[12]) * size / (dx * dx + dy * dy + dz * dz + size * 0.3)


@fast
def lamp_light(place, look, x, y, z, nx, ny, nz):
    """Light of one lamp, chosen by chance, that falls on a surface."""
    if place.lamps.shape[0] == 0:
        return 0.0, 0.0, 0.0
    i, chance = chosen_lamp(place, x, y, z)
    row = place.lamps[i]
    if row[0] == 1.0:
        return ball_light(place, look, row, chance, x, y, z, nx, ny, nz)
    a, b = 2.0 * np.random.random() - 1.0, 2.0 * np.random.random() - 1.0
    dx = row[1] + a * row[4] + b * row[7] - x
    dy = row[2] + a * row[5] + b * row[8] - y
    dz = row[3] + a * row[6] + b * row[9] - z
    far = sqrt(dx * dx + dy * dy + dz * dz)
    dx, dy, dz = dx / far, dy / far, dz / far
    mx, my, mz = row[5] * row[9] - row[6] * row[8], row[6] * row[7] - row[4] * row[9], row[4] * row[8] - row[5] * row[7]
    area = sqrt(mx * mx + my * my + mz * mz)
    cosine = dx * nx + dy * ny + dz * nz
    away = -(dx * mx + dy * my + dz * mz) / area
    if row[0] == 2.0:
        away = abs(away)
    if cosine <= 0.0 or away <= 0.0 or not open_way(place, look, x, y, z, dx, dy, dz, far - 2e-3):
        return 0.0, 0.0, 0.0
    share = cosine * away * 4.0 * area / (pi * far * far * chance)
    if row[0] == 2.0:
        r, g, b_ = look.sky(dx, dy, dz)
        return r * row[10] * share, g * row[11] * share, b_ * row[12] * share
    return row[10] * share, row[11] * share, row[12] * share


@fast
def ball_light(place, look, row, chance, x, y, z, nx, ny, nz):
    dx, dy, dz = row[1] - x, row[2] - y, row[3] - z
    far2 = dx * dx + dy * dy + dz * dz
    far, radius = sqrt(far2), row[4]
    if far <= radius * 1.02:
        return 0.0, 0.0, 0.0
    widest = radius * radius / far2
    dx, dy, dz = about(dx / far, dy / far, dz / far, sqrt(np.random.random() * widest), 2 * pi * np.random.random())
    cosine = dx * nx + dy * ny + dz * nz
    if cosine <= 0.0 or not open_way(place, look, x, y, z, dx, dy, dz, far - radius * 1.01):
        return 0.0, 0.0, 0.0
    share = cosine * widest / chance
    return row[10] * share, row[11] * share, row[12] * share


@fast
def sun_light(place, look, x, y, z, nx, ny, nz):
    """Light of the sun that falls on a surface."""
    if place.sunlight[0] <= 0.0:
        return 0.0, 0.0, 0.0
    across = place.sun_size * sqrt(np.random.random())
    dx, dy, dz = about(place.sun[0], place.sun[1], place.sun[2], across, 2 * pi * np.random.random())
    cosine = dx * nx + dy * ny + dz * nz
    if cosine <= 0.0 or not open_way(place, look, x, y, z, dx, dy, dz, 200.0):
        return 0.0, 0.0, 0.0
    return place.sunlight[0] * cosine, place.sunlight[1] * cosine, place.sunlight[2] * cosine


@fast
def mirrored(dx, dy, dz, nx, ny, nz, rough):
    into = 2.0 * (dx * nx + dy * ny + dz * nz)
    x, y, z = dx - into * nx, dy - into * ny, dz - into * nz
    if rough > 0.0:
        across = min(rough * sqrt(np.random.random()), 0.98)
        x, y, z = about(x, y, z, across, 2 * pi * np.random.random())
    return x, y, z


@fast
def bent(nx, ny, nz, sx, sy, sz):
    nx, ny, nz = nx + sx, ny + sy, nz + sz
    length = sqrt(nx * nx + ny * ny + nz * nz)
    return nx / length, ny / length, nz / length


class Spot(NamedTuple):
    """Where a ray meets a surface: the place, its direction on the ray's side, and how the surface looks there."""

    x: float
    y: float
    z: float
    nx: float
    ny: float
    nz: float
    wx: float  # the direction bent by the surface's slopes
    wy: float
    wz: float
    into: float  # cosine between that and the ray
    r: float
    g: float
    b: float
    kind: float  # MATTE, PANE or the share that is mirrored
    rough: float
    glow: tuple[float, float, float]


@fast
def met(place, look, k, x, y, z, dx, dy, dz):
    """The spot on solid `k` at which a ray arrives."""
    row = place.solids.rows[k]
    lx, ly, lz = local(row, x - row[4], y - row[5], z - row[6])
    nx, ny, nz = facing(place.solids, row, lx, ly, lz)
    if nx * dx + ny * dy + nz * dz > 0.0:
        nx, ny, nz = -nx, -ny, -nz
    r, g, b, kind, rough, er, eg, eb, sx, sy, sz = look.surface(int(row[1]), k, lx, ly, lz, x, y, z, nx, ny, nz)
    wx, wy, wz = bent(nx, ny, nz, sx, sy, sz)
    into = min(-(dx * wx + dy * wy + dz * wz), 1.0)
    if into <= 0.02:
        wx, wy, wz, into = nx, ny, nz, max(-(dx * nx + dy * ny + dz * nz), 0.02)
    return Spot(x, y, z, nx, ny, nz, wx, wy, wz, into, r, g, b, kind, rough, (er, eg, eb))


@fast
def mirrors(spot):
    """Whether a ray is thrown back as by a mirror: by chance, more often the flatter it arrives."""
    if spot.kind == MATTE:
        return False
    straight = 0.04 if spot.kind == PANE else max(spot.kind, 0.0)
    share = straight + (1.0 - straight) * (1.0 - spot.into) ** 5 * (1.0 - 0.85 * min(spot.rough * 2.0, 1.0))
    return np.random.random() < share


@fast
def beyond(place, look, clear, dx, dy, dz):
    """Light from where nothing is met. What came by way of a wall finds none in an enclosed scene."""
    if clear:
        return distant(place, look, dx, dy, dz)
    if place.enclosed:
        return 0.0, 0.0, 0.0
    return look.sky(dx, dy, dz)


@fast
def falling(place, look, spot, bounce, tr, tg, tb):
    """Light of a lamp and the sun on a spot, of which a ray takes so much."""
    x, y, z = spot.x + spot.nx * 1e-3, spot.y + spot.ny * 1e-3, spot.z + spot.nz * 1e-3
    ar, ag, ab = lamp_light(place, look, x, y, z, spot.wx, spot.wy, spot.wz)
    br, bg, bb = sun_light(place, look, x, y, z, spot.wx, spot.wy, spot.wz)
    most = BRIGHTEST if bounce > 0 else 60.0
    return min(tr * (ar + br), most), min(tg * (ag + bg), most), min(tb * (ab + bb), most)


@fast
def chance_of(bounce, tr, tg, tb):
    """How likely a ray that takes so much goes on, which is what it counts for if it does; 0: it does not."""
    if bounce < 2:
        return 1.0
    chance = min(max(tr, max(tg, tb)) * 1.3, 1.0)
    return 0.0 if np.random.random() > chance else chance


@fast
def followed(place, look, ox, oy, oz, dx, dy, dz, notes):
    """Light along one ray; `notes` takes the first lasting surface's colour, direction, distance, how matte it is."""
    r, g, b, tr, tg, tb = 0.0, 0.0, 0.0, 1.0, 1.0, 1.0
    clear, noted, way = True, False, 0.0
    for bounce in range(BOUNCES):
        t, k = first_met(place.solids, ox, oy, oz, dx, dy, dz, 1e6)
        if k < 0:
            sr, sg, sb = beyond(place, look, clear, dx, dy, dz)
            if not noted:
                note(notes, 1.0, 1.0, 1.0, -dx, -dy, -dz, 300.0, 0.0)
            return r + tr * sr, g + tg * sg, b + tb * sb
        way += t
        spot = met(place, look, k, ox + dx * t, oy + dy * t, oz + dz * t, dx, dy, dz)
        if clear:
            r, g, b = r + tr * spot.glow[0], g + tg * spot.glow[1], b + tb * spot.glow[2]
        mirror = mirrors(spot)
        noted = noted or note_spot(notes, spot, mirror, way)
        if not mirror or spot.kind >= 0.5:
            tr, tg, tb = tr * spot.r, tg * spot.g, tb * spot.b
        if spot.kind == PANE and not mirror:
            ox, oy, oz = spot.x + dx * 1e-3, spot.y + dy * 1e-3, spot.z + dz * 1e-3
            continue
        ox, oy, oz = spot.x + spot.nx * 1e-3, spot.y + spot.ny * 1e-3, spot.z + spot.nz * 1e-3
        if mirror:
            dx, dy, dz = mirrored(dx, dy, dz, spot.wx, spot.wy, spot.wz, spot.rough)
        else:
            ar, ag, ab = falling(place, look, spot, bounce, tr, tg, tb)
            r, g, b = r + ar, g + ag, b + ab
            chance = chance_of(bounce, tr, tg, tb)
            if chance == 0.0:
                break
            tr, tg, tb = tr / chance, tg / chance, tb / chance
            dx, dy, dz = about(spot.wx, spot.wy, spot.wz, sqrt(np.random.random()), 2 * pi * np.random.random())
            clear = False
        if dx * spot.nx + dy * spot.ny + dz * spot.nz <= 0.0:
            break
    return r, g, b


@fast
def note_spot(notes, spot, mirror, way):
    """Takes down a surface, unless it is a pane; whether it did."""
    if spot.kind == PANE:
        return False
    if mirror:
        note(notes, 1.0, 1.0, 1.0, spot.nx, spot.ny, spot.nz, way, 0.15 + spot.rough)
    else:
        matte = 1.0 if spot.glow[0] + spot.glow[1] + spot.glow[2] == 0.0 else 0.0
        note(notes, spot.r, spot.g, spot.b, spot.wx, spot.wy, spot.wz, way, matte)
    return True


@fast
def note(notes, r, g, b, nx, ny, nz, way, matte):
    notes[0], notes[1], notes[2], notes[3], notes[4], notes[5] = r, g, b, nx, ny, nz
    notes[6], notes[7] = way, matte


@fast
def rendered(place, look, lens, width, height, samples, seed):
    """Light (height, width, 3), notes of the surfaces (height, width, 8) and the light's variance (height, width)."""
    forward, right, up = axes(lens)
    np.random.seed(seed)
    out, seen = np.zeros((height, width, 3), np.float32), np.zeros((height, width, 8), np.float32)
    spread = np.zeros((height, width), np.float32)
    notes = np.zeros(8)
    for row in range(height):
        for column in range(width):
            total, squares = 0.0, 0.0
            for sample in range(samples):
                u = (column + np.random.random()) * 2.0 / height - width / height
                v = lens.shift + 1.0 - (row + (sample + np.random.random()) / samples) * 2.0 / height
                dx = forward[0] * lens.focal + right[0] * u + up[0] * v
                dy = forward[1] * lens.focal + right[1] * u + up[1] * v
                dz = forward[2] * lens.focal + right[2] * u + up[2] * v
                ox, oy, oz = lens.eye
                scale = lens.focus / lens.focal
                dx, dy, dz = dx * scale, dy * scale, dz * scale
                if lens.aperture > 0.0:
                    a, turn = lens.aperture * sqrt(np.random.random()), 2 * pi * np.random.random()
                    p, q = a * cos(turn), a * sin(turn)
                    mx, my, mz = right[0] * p + up[0] * q, right[1] * p + up[1] * q, right[2] * p + up[2] * q
                    ox, oy, oz, dx, dy, dz = ox + mx, oy + my, oz + mz, dx - mx, dy - my, dz - mz
                n = sqrt(dx * dx + dy * dy + dz * dz)
                r, g, b = followed(place, look, ox, oy, oz, dx / n, dy / n, dz / n, notes)
                r, g, b = min(r, 30.0), min(g, 30.0), min(b, 30.0)
                out[row, column, 0] += r / samples
                out[row, column, 1] += g / samples
                out[row, column, 2] += b / samples
                for i in range(8):
                    seen[row, column, i] += notes[i] / samples
                grey = (r + g + b) / 3.0 / ((notes[0] + notes[1] + notes[2]) / 3.0 + 0.03)
                total, squares = total + grey / samples, squares + grey * grey / samples
            spread[row, column] = max(squares - total * total, 0.0) / samples
    return out, seen, spread


@njit(fastmath=True)
def smoothed(light, seen, spread, step, firm):
    """One round: the mean of 25 neighbours `step` apart that lie on the same surface and are lit alike."""
    height, width = light.shape[:2]
    out, left = light.copy(), spread.copy()
    kernel = (0.0625, 0.25, 0.375, 0.25, 0.0625)
    for i in range(height):
        for j in range(width):
            matte = seen[i, j, 7]
            if matte < 0.05:
                continue
            grey = (light[i, j, 0] + light[i, j, 1] + light[i, j, 2]) / 3.0
            scale = firm * sqrt(spread[i, j]) * matte + 1e-3 + 0.004 * grey
            sr, sg, sb, sv, sw = 0.0, 0.0, 0.0, 0.0, 0.0
            for a in range(5):
                y = i + (a - 2) * step
                if y < 0 or y >= height:
                    continue
                for c in range(5):
                    x = j + (c - 2) * step
                    if x < 0 or x >= width:
                        continue
                    same = 0.0
                    for n in range(3):
                        same += seen[y, x, 3 + n] * seen[i, j, 3 + n]
                    other = (light[y, x, 0] + light[y, x, 1] + light[y, x, 2]) / 3.0
                    off = (
                        abs(other - grey) / scale
                        + abs(seen[y, x, 6] - seen[i, j, 6]) * 12.0 / (seen[i, j, 6] * (1.0 + 0.6 * step) * 0.1 + 0.02)
                        + abs(seen[y, x, 7] - matte) * 6.0
                    )
                    w = kernel[a] * kernel[c] * max(same, 0.0) ** 24 * np.exp(-off)
                    sr, sg, sb = sr + w * light[y, x, 0], sg + w * light[y, x, 1], sb + w * light[y, x, 2]
                    sv, sw = sv + w * w * spread[y, x], sw + w
            if sw > 1e-9:
                out[i, j, 0], out[i, j, 1], out[i, j, 2] = sr / sw, sg / sw, sb / sw
                left[i, j] = sv / (sw * sw)
    return out, left


def calm(light: np.ndarray, seen: np.ndarray, spread: np.ndarray, rounds: int = 4, firm: float = 4.0) -> np.ndarray:
    """Smooths the light that falls on surfaces, not their colours."""
    colour = seen[..., :3] + np.float32(0.03)
    bare = light / colour
    spread = cv2.GaussianBlur(spread, (0, 0), 1.6)
    for number in range(rounds):
        bare, spread = smoothed(bare, seen, spread, 1 << number, firm)
    return bare * colour


def picture(place: Place, look: Look, lens: Lens, width: int, height: int, samples: int, seed: int = 1) -> np.ndarray:
    """Linear light, float32 (height, width, 3)."""
    return calm(*rendered(place, look, lens, width, height, samples, seed))
