"""Solids that rays meet exactly: boxes, soft boxes, rods, turned shapes and cut-outs, in a tree of bounds.

Unlike the distance fields of `marching`, a scene of some hundred solids is quick enough for light that is followed
from wall to wall. Lengths are metres, y points up.
"""

from math import cos, radians, sin
from typing import Any, NamedTuple

import numpy as np

from templates.artwork.marching import fast

BOX, SOFT, ROD, TURNED, CUTOUT = range(5)
NOWHERE = 1e30


class Solids(NamedTuple):
    """What `Builder.build` packs: rows of numbers that numba code reads."""

    rows: np.ndarray  # kind, material, roundness, profile or mask; centre; half sizes; rotation in nine numbers
    bounds: np.ndarray  # of the tree's nodes, depth first: lowest and highest corner
    links: np.ndarray  # node to go on with when a node is missed, first of its solids, how many
    profiles: np.ndarray  # outlines of turned shapes: (shape, point, [radius, height])
    masks: np.ndarray  # of cut-outs: (mask, row, column, [cover, tone]) in 0..255


def turned_by(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """A rotation: degrees about the upright axis, then about the solid's own x and z."""
    a, b, c = radians(yaw), radians(pitch), radians(roll)
    about_y = np.array([[cos(a), 0, sin(a)], [0, 1, 0], [-sin(a), 0, cos(a)]])
    about_x = np.array([[1, 0, 0], [0, cos(b), -sin(b)], [0, sin(b), cos(b)]])
    about_z = np.array([[cos(c), -sin(c), 0], [sin(c), cos(c), 0], [0, 0, 1]])
    return about_y @ about_x @ about_z


class Builder:
    """Collects solids. Places are (x, y, z) of the middle, sizes are whole ones; `at` moves all that follow."""

    def __init__(self) -> None:
        self.rows: list[np.ndarray] = []
        self.profiles: list[np.ndarray] = []
        self.masks: list[np.ndarray] = []
        self.origin, self.yaw = np.zeros(3), 0.0

    def at(self, x: float, y: float, z: float, yaw: float = 0.0) -> "Builder":
        self.origin, self.yaw = np.array([x, y, z], float), yaw
        return self

    def _add(self, kind: int, material: int, place: Any, size: Any, soft: float, extra: int, turn: Any) -> None:
        centre = self.origin + turned_by(self.yaw, 0, 0) @ np.array(place, float)
        rotation = turned_by(self.yaw, 0, 0) @ turned_by(*turn)
        half = np.array(size, float) / 2
        self.rows.append(np.concatenate([[kind, material, soft, extra], centre, half, rotation.ravel()]))

    def box(self, material: int, place: Any, size: Any, turn: Any = (0, 0, 0)) -> None:
        self._add(BOX, material, place, size, 0.0, 0, turn)

    def span(self, material: int, low: Any, high: Any) -> None:
        """A box between two corners."""
        a, b = np.array(low, float), np.array(high, float)
        self.box(material, (a + b) / 2, b - a)

    def soft(self, material: int, place: Any, size: Any, roundness: float, turn: Any = (0, 0, 0)) -> None:
        self._add(SOFT, material, place, size, roundness, 0, turn)

    def ball(self, material: int, place: Any, radius: float) -> None:
        self.soft(material, place, (2 * radius,) * 3, radius)

    def rod(self, material: int, place: Any, radius: float, height: float, turn: Any = (0, 0, 0)) -> None:
        self._add(ROD, material, place, (2 * radius, height, 2 * radius), 0.0, 0, turn)

    def turned(self, material: int, place: Any, outline: Any, thickness: float, turn: Any = (0, 0, 0)) -> None:
        """A shell round the upright axis: outline is a list of (radius, height), the place is its foot's."""
        points = smooth_outline(np.array(outline, float))
        wide, high = points[:, 0].max() + thickness, points[:, 1].max() + thickness
        low = points[:, 1].min() - thickness
        middle = (high + low) / 2
        points[:, 1] -= middle
        self.profiles.append(points)
        lifted = np.array(place, float) + turned_by(*turn) @ np.array([0, middle, 0])
        size = (2 * wide, high - low, 2 * wide)
        self._add(TURNED, material, lifted, size, thickness, len(self.profiles) - 1, turn)

    def cutout(self, material: int, place: Any, size: Any, mask: int, turn: Any = (0, 0, 0)) -> None:
        """An upright picture without thickness: size is (width, height)."""
        self._add(CUTOUT, material, place, (*size, 0.002), 0.0, mask, turn)

    def build(self) -> Solids:
        rows = np.array(self.rows)
        half, turns = rows[:, 7:10], rows[:, 10:19].reshape(-1, 3, 3)
        reach = np.einsum("nij,nj->ni", np.abs(turns), half) + 1e-4
        low, high = rows[:, 4:7] - reach, rows[:, 4:7] + reach
        order: list[int] = []
        bounds: list[np.ndarray] = []
        links: list[list[int]] = []
        grown(list(range(len(rows))), low, high, order, bounds, links)
        profiles = np.array(self.profiles) if self.profiles else np.zeros((1, 2, 2))
        masks = np.array(self.masks, np.uint8) if self.masks else np.zeros((1, 1, 1, 2), np.uint8)
        return Solids(rows[order], np.array(bounds), np.array(links), profiles, masks)


def smooth_outline(points: np.ndarray, count: int = 28) -> np.ndarray:
    """A Catmull-Rom curve through the points, at even steps of its parameter."""
    padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    t = np.linspace(0, len(points) - 1 - 1e-9, count)
    i, f = t.astype(int), (t % 1)[:, None]
    a, b, c, d = (padded[i + k] for k in range(4))
    curve = 0.5 * (2 * b + (c - a) * f + (2 * a - 5 * b + 4 * c - d) * f**2 + (3 * b - a - 3 * c + d) * f**3)
    curve[:, 0] = np.maximum(curve[:, 0], 0.0)
    return curve


def grown(members: list[int], low: Any, high: Any, order: list[int], bounds: list[Any], links: list[list[int]]) -> None:
    """Adds a node and all under it, halving the solids along the widest side of their middles."""
    node = len(bounds)
    bounds.append(np.concatenate([low[members].min(axis=0), high[members].max(axis=0)]))
    links.append([0, len(order), 0])
    if len(members) <= 2:
        order.extend(members)
        links[node][2] = len(members)
    else:
        middles = (low[members] + high[members]) / 2
        axis = int(np.argmax(np.ptp(middles, axis=0)))
        ranked = [members[i] for i in np.argsort(middles[:, axis])]
        for part in (ranked[: len(ranked) // 2], ranked[len(ranked) // 2 :]):
            grown(part, low, high, order, bounds, links)
    links[node][0] = len(bounds)


@fast
def inverse(d):
    return 1.0 / d if abs(d) > 1e-12 else (1e12 if d >= 0.0 else -1e12)


@fast
def local(row, x, y, z):
    """A direction in the axes of a solid."""
    return (
        row[10] * x + row[13] * y + row[16] * z,
        row[11] * x + row[14] * y + row[17] * z,
        row[12] * x + row[15] * y + row[18] * z,
    )


@fast
def world(row, x, y, z):
    """A direction of a solid's axes in those of the scene."""
    return (
        row[10] * x + row[11] * y + row[12] * z,
        row[13] * x + row[14] * y + row[15] * z,
        row[16] * x + row[17] * y + row[18] * z,
    )


@fast
def outline_distance(points, r, y):
    """To the nearest place of a turned shape's outline."""
    nearest = 1e9
    for i in range(points.shape[0] - 1):
        ax, ay = points[i, 0], points[i, 1]
        bx, by = points[i + 1, 0] - ax, points[i + 1, 1] - ay
        along = ((r - ax) * bx + (y - ay) * by) / (bx * bx + by * by + 1e-12)
        along = min(max(along, 0.0), 1.0)
        dx, dy = r - ax - along * bx, y - ay - along * by
        nearest = min(nearest, dx * dx + dy * dy)
    return nearest**0.5


@fast
def apart(solids, row, x, y, z):
    """How far a place in a solid's axes is from its surface."""
    if row[0] == 1.0:
        soft = row[2]
        x, y, z = abs(x) - row[7] + soft, abs(y) - row[8] + soft, abs(z) - row[9] + soft
        out = (max(x, 0.0) ** 2 + max(y, 0.0) ** 2 + max(z, 0.0) ** 2) ** 0.5
        return out + min(max(x, max(y, z)), 0.0) - soft
    r = (x * x + z * z) ** 0.5
    if row[0] == 2.0:
        a, b = r - row[7], abs(y) - row[8]
        return min(max(a, b), 0.0) + (max(a, 0.0) ** 2 + max(b, 0.0) ** 2) ** 0.5
    return outline_distance(solids.profiles[int(row[3])], r, y) - row[2]


@fast
def crossed(ox, oy, oz, dx, dy, dz, ax, ay, az, bx, by, bz):
    """Where a ray enters and leaves a box between two corners; it misses when it leaves before it enters."""
    ix, iy, iz = inverse(dx), inverse(dy), inverse(dz)
    x0, x1, y0, y1, z0, z1 = (
        (ax - ox) * ix,
        (bx - ox) * ix,
        (ay - oy) * iy,
        (by - oy) * iy,
        (az - oz) * iz,
        (bz - oz) * iz,
    )
    enter = max(min(x0, x1), max(min(y0, y1), min(z0, z1)))
    leave = min(max(x0, x1), min(max(y0, y1), max(z0, z1)))
    return enter, leave


@fast
def covered(solids, row, x, y):
    """Cover and tone of a cut-out at a place of its own."""
    mask = solids.masks[int(row[3])]
    h, w = mask.shape[0], mask.shape[1]
    i = min(max(int((0.5 - 0.5 * y / row[8]) * h), 0), h - 1)
    j = min(max(int((0.5 + 0.5 * x / row[7]) * w), 0), w - 1)
    return mask[i, j, 0], mask[i, j, 1]


@fast
def met(solids, row, ox, oy, oz, dx, dy, dz, nearest):
    """How far a ray goes until it meets one solid; NOWHERE when that is not nearer than `nearest`."""
    px, py, pz = local(row, ox - row[4], oy - row[5], oz - row[6])
    vx, vy, vz = local(row, dx, dy, dz)
    enter, leave = crossed(px, py, pz, vx, vy, vz, -row[7], -row[8], -row[9], row[7], row[8], row[9])
    if leave <= max(enter, 1e-4) or enter >= nearest:
        return NOWHERE
    if row[0] == 0.0:
        t = enter if enter > 1e-4 else leave
        return t if t < nearest else NOWHERE
    if row[0] == 4.0:
        t = -pz * inverse(vz)
        if t < 1e-4 or t >= nearest or covered(solids, row, px + vx * t, py + vy * t)[0] < 128:
            return NOWHERE
        return t
    t = max(enter, 1e-4)
    for _ in range(90):
        d = apart(solids, row, px + vx * t, py + vy * t, pz + vz * t)
        if d < 1e-4 + 1e-5 * t:
            return t if t < nearest else NOWHERE
        t += d
        if t > leave:
            break
    return NOWHERE


@fast
def first_met(solids, ox, oy, oz, dx, dy, dz, far):
    """Distance to the nearest solid along a ray and its row's number, which is -1 when there is none."""
    bounds, links = solids.bounds, solids.links
    ix, iy, iz = inverse(dx), inverse(dy), inverse(dz)
    node, nearest, found = 0, far, -1
    while node < bounds.shape[0]:
        b = bounds[node]
        x0, x1, y0, y1 = (b[0] - ox) * ix, (b[3] - ox) * ix, (b[1] - oy) * iy, (b[4] - oy) * iy
        z0, z1 = (b[2] - oz) * iz, (b[5] - oz) * iz
        enter = max(min(x0, x1), max(min(y0, y1), min(z0, z1)))
        leave = min(max(x0, x1), min(max(y0, y1), max(z0, z1)))
        if leave < max(enter, 0.0) or enter > nearest:
            node = links[node, 0]
            continue
        for k in range(links[node, 1], links[node, 1] + links[node, 2]):
            t = met(solids, solids.rows[k], ox, oy, oz, dx, dy, dz, nearest)
            if t < nearest:
                nearest, found = t, k
        node += 1
    return nearest, found


@fast
def facing(solids, row, x, y, z):
    """The surface's direction at a place in a solid's axes, in those of the scene."""
    if row[0] == 0.0:
        a, b, c = abs(x) / row[7], abs(y) / row[8], abs(z) / row[9]
        if a >= b and a >= c:
            return world(row, 1.0 if x > 0 else -1.0, 0.0, 0.0)
        if b >= c:
            return world(row, 0.0, 1.0 if y > 0 else -1.0, 0.0)
        return world(row, 0.0, 0.0, 1.0 if z > 0 else -1.0)
    if row[0] == 4.0:
        return world(row, 0.0, 0.0, 1.0)
    e = 2e-4
    a, b = apart(solids, row, x + e, y - e, z - e), apart(solids, row, x - e, y - e, z + e)
    c, d = apart(solids, row, x - e, y + e, z - e), apart(solids, row, x + e, y + e, z + e)
    nx, ny, nz = a - b - c + d, -a - b + c + d, -a + b - c + d
    length = (nx * nx + ny * ny + nz * nz) ** 0.5 + 1e-12
    return world(row, nx / length, ny / length, nz / length)
