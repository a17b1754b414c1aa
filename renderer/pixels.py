"""BGRA and planar YCbCr: to and fro, one over the other, enlarged. Compiled kernels in fixed point, without the GIL."""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from renderer.matrix import Matrix, matrix_for

Bytes = NDArray[np.uint8]

_ONE = 1 << 16


class Planes(NamedTuple):
    """Limited-range Y (h, w), U and V (half as many rows and columns, rounded up): 4:2:0.

    A chroma sample lies in the middle of its 2x2 pixels.
    """

    y: Bytes
    u: Bytes
    v: Bytes

    @classmethod
    def on(cls, i420: Bytes, width: int, height: int) -> "Planes":
        """The planes within a contiguous I420 buffer."""
        luma, across, down = width * height, -(-width // 2), -(-height // 2)
        u, v = i420[luma:].reshape(2, down, across)
        return cls(i420[:luma].reshape(height, width), u, v)

    def part(self, left: int, top: int, right: int, bottom: int) -> "Planes":
        """A view of some pixels. `left` and `top` are even; `right` and `bottom` too, or the picture's own."""
        chroma = np.s_[top // 2 : -(-bottom // 2), left // 2 : -(-right // 2)]
        return Planes(self.y[top:bottom, left:right], self.u[chroma], self.v[chroma])

    def copy_from(self, other: "Planes") -> None:
        for mine, its in zip(self, other, strict=True):
            np.copyto(mine, its)


def to_i420(bgra: Bytes, i420: Bytes, matrix: Matrix) -> None:
    """Opaque BGRA (h, w, 4), both sides even -> `i420`, h * w * 3 // 2 bytes of limited-range Y, U, V.

    A chroma sample is the mean of its 2x2 pixels. 1.0 ms for 1920x1080 on one core with AVX2.
    """
    height, width = bgra.shape[:2]
    _compiled(_encode)(_packed(bgra), *Planes.on(i420, width, height), *_forward(matrix))


def lay_over(bgra: Bytes, planes: Planes, left: int, top: int, matrix: Matrix) -> None:
    """Premultiplied BGRA, contiguous, over the planes from (left, top) on, in place. All four numbers are even.

    "Source over" of Porter and Duff; a 2x2 of chroma takes the mean of the colours and of the alphas. Opaque pixels
    become what `to_i420` makes of them. 1.5 ms for 1920x1080.
    """
    _compiled(_overlay)(_packed(bgra), *planes, left, top, *_forward(matrix))


def zoom(plane: Bytes, out: Bytes, x: tuple[float, float], y: tuple[float, float]) -> None:
    """Fills `out` from a plane, bilinearly; beyond its edges its last samples are repeated.

    Sample i of a row of `out` is read at x[0] + i * x[1] (0 is the middle of the plane's first sample), sample j of
    a column at y[0] + j * y[1]; both steps are above 0. Positions are exact to 1/256 of a sample. Four rows are made
    at once, as sixteen-bit lanes of one number: 1.4 ms for 1920x1080, where OpenCV's warp takes 3.7.
    """
    _compiled(_zoom)(plane, out, *_steps(plane.shape[1], out.shape[1], *x), *_steps(plane.shape[0], out.shape[0], *y))


def to_bgra(planes: tuple[Bytes, Bytes, Bytes], bgra: Bytes, matrix: Matrix, *, full_range: bool) -> None:
    """Planes (their rows may be padded) -> opaque BGRA (h, w, 4); each 2x2 shares its chroma."""
    _compiled(_decode)(*planes, _packed(bgra), *_backward(matrix, full_range))


def premultiply(bgra: Bytes) -> None:
    """Straight BGRA becomes premultiplied, in place."""
    _compiled(_premultiply)(bgra)


def warm_up() -> None:
    """Compile every kernel and keep it on disk (NUMBA_CACHE_DIR): the next process starts without that second."""
    canvas, i420, matrix = np.zeros((4, 4, 4), np.uint8), np.zeros(24, np.uint8), matrix_for(4, 4)
    planes = Planes.on(i420, 4, 4)
    to_i420(canvas, i420, matrix)
    lay_over(canvas, planes, 0, 0, matrix)
    zoom(planes.y, planes.u, (0.0, 0.5), (0.0, 0.5))
    for some in (planes, Planes.on(np.zeros(48, np.uint8), 8, 4).part(0, 0, 4, 4)):  # padded rows are another type
        to_bgra(some, canvas, matrix, full_range=False)
    premultiply(canvas)


def _packed(bgra: Bytes) -> NDArray[np.uint32]:
    return bgra.view(np.uint32)[:, :, 0]


def _steps(size: int, count: int, first: float, step: float) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """For each of `count` samples which two of `size` it lies between: the first one, and 256ths of the second."""
    at = np.rint((first + step * np.arange(count)) * 256).clip(0, (size - 1) * 256).astype(np.int32)
    whole = np.minimum(at >> 8, max(0, size - 2))
    return whole, at - (whole << 8)


def _fixed(values: list[float]) -> tuple[np.int32, ...]:
    return tuple(np.int32(round(value * _ONE)) for value in values)


def _forward(matrix: Matrix) -> tuple[np.int32, ...]:
    """Weights of (R, G, B) in Y, U and V, sixteen fractional bits, 219 and 224 levels."""
    kr, kb = matrix.kr, matrix.kb
    kg = 1 - kr - kb
    y, c = 219 / 255, 224 / 255 / 2
    luma = [kr * y, kg * y, kb * y]
    blueness = [-kr / (1 - kb) * c, -kg / (1 - kb) * c, c]
    redness = [c, -kg / (1 - kr) * c, -kb / (1 - kr) * c]
    return _fixed(luma + blueness + redness)


def _backward(matrix: Matrix, full_range: bool) -> tuple[np.int32, ...]:
    """Black level, then the weights of Y, V in R, (U, V) in G, U in B."""
    kr, kb = matrix.kr, matrix.kb
    kg = 1 - kr - kb
    y, c = (1.0, 2.0) if full_range else (255 / 219, 255 / 112)
    weights = [y, (1 - kr) * c, -kb * (1 - kb) / kg * c, -kr * (1 - kr) / kg * c, (1 - kb) * c]
    return (np.int32(0 if full_range else 16), *_fixed(weights))


@cache
def _compiled(function: Callable[..., None]) -> Callable[..., None]:
    """Kept on disk where a directory for it can be written (NUMBA_CACHE_DIR, else beside this file)."""
    import numba  # 0.3 s, which a still without videos does not spend

    try:
        return numba.njit(nogil=True, cache=True)(function)
    except RuntimeError:  # numba found no place for its cache: compile in every process (about 1 s)
        return numba.njit(nogil=True)(function)


def _encode(p, y, u, v, yr, yg, yb, ur, ug, ub, vr, vg, vb):  # type: ignore[no-untyped-def]
    height, width = p.shape
    for j in range(0, height, 2):
        for k in range(j, j + 2):
            row, out = p[k], y[k]
            for i in range(width):
                q = row[i]
                r, g, b = np.int32((q >> 16) & 255), np.int32((q >> 8) & 255), np.int32(q & 255)
                out[i] = (yr * r + yg * g + yb * b + np.int32((16 << 16) + (1 << 15))) >> 16
        top, low, us, vs = p[j], p[j + 1], u[j // 2], v[j // 2]
        for i in range(width // 2):
            q0, q1, q2, q3 = top[2 * i], top[2 * i + 1], low[2 * i], low[2 * i + 1]
            r = np.int32(((q0 >> 16) & 255) + ((q1 >> 16) & 255) + ((q2 >> 16) & 255) + ((q3 >> 16) & 255))
            g = np.int32(((q0 >> 8) & 255) + ((q1 >> 8) & 255) + ((q2 >> 8) & 255) + ((q3 >> 8) & 255))
            b = np.int32((q0 & 255) + (q1 & 255) + (q2 & 255) + (q3 & 255))
            us[i] = (ur * r + ug * g + ub * b + np.int32((128 << 18) + (1 << 17))) >> 18
            vs[i] = (vr * r + vg * g + vb * b + np.int32((128 << 18) + (1 << 17))) >> 18


def _overlay(p, y, u, v, left, top, yr, yg, yb, ur, ug, ub, vr, vg, vb):  # type: ignore[no-untyped-def]
    # int32 throughout, as in _decode: 255 * 1020 * 257 is the largest product. `x * 257 >> 16` is x / 255 to within
    # a 65536th; 1052689 >> 8 and 263173 >> 3 are 16 and 128 levels in 255ths of alpha.
    height, width = p.shape
    c3, c8, c16, c18 = np.int32(3), np.int32(8), np.int32(16), np.int32(18)
    for j in range(0, height, 2):
        for k in range(j, j + 2):
            row, out = p[k], y[top + k][left : left + width]
            for i in range(width):
                q = row[i]
                r, g, b, a = np.int32((q >> 16) & 255), np.int32((q >> 8) & 255), np.int32(q & 255), np.int32(q >> 24)
                light = yr * r + yg * g + yb * b + ((a * np.int32(1052689)) >> c8) + np.int32(1 << 15)
                out[i] = (light + np.int32(out[i]) * (np.int32(255) - a) * np.int32(257)) >> c16
        upper, lower = p[j], p[j + 1]
        us = u[(top + j) // 2][left // 2 : (left + width) // 2]
        vs = v[(top + j) // 2][left // 2 : (left + width) // 2]
        for i in range(width // 2):
            q0, q1, q2, q3 = upper[2 * i], upper[2 * i + 1], lower[2 * i], lower[2 * i + 1]
            r = np.int32(((q0 >> 16) & 255) + ((q1 >> 16) & 255) + ((q2 >> 16) & 255) + ((q3 >> 16) & 255))
            g = np.int32(((q0 >> 8) & 255) + ((q1 >> 8) & 255) + ((q2 >> 8) & 255) + ((q3 >> 8) & 255))
            b = np.int32((q0 & 255) + (q1 & 255) + (q2 & 255) + (q3 & 255))
            a = np.int32((q0 >> 24) + (q1 >> 24) + (q2 >> 24) + (q3 >> 24))
            middle = ((a * np.int32(263173)) >> c3) + np.int32(1 << 17)
            through = (np.int32(1020) - a) * np.int32(257)
            us[i] = (ur * r + ug * g + ub * b + middle + np.int32(us[i]) * through) >> c18
            vs[i] = (vr * r + vg * g + vb * b + middle + np.int32(vs[i]) * through) >> c18


def _zoom(p, out, columns, wx, rows, wy):  # type: ignore[no-untyped-def]
    height, width = out.shape
    first = columns[0]
    count = min(columns[width - 1] + 2, p.shape[1]) - first
    last = p.shape[0] - 1
    c8, c16, c32, one, half = np.int32(8), np.int32(16), np.uint64(32), np.int32(256), np.int32(128)
    lanes, halves = np.uint64(255), np.uint64(0x0080008000800080)
    four = np.zeros(count + 1, np.uint64)
    for j in range(0, height, 4):
        j1, j2, j3 = min(j + 1, height - 1), min(j + 2, height - 1), min(j + 3, height - 1)
        a0, b0, v0 = p[rows[j], first:], p[min(rows[j] + 1, last), first:], wy[j]
        a1, b1, v1 = p[rows[j1], first:], p[min(rows[j1] + 1, last), first:], wy[j1]
        a2, b2, v2 = p[rows[j2], first:], p[min(rows[j2] + 1, last), first:], wy[j2]
        a3, b3, v3 = p[rows[j3], first:], p[min(rows[j3] + 1, last), first:], wy[j3]
        for i in range(count):
            q0 = (np.int32(a0[i]) * (one - v0) + np.int32(b0[i]) * v0 + half) >> c8
            q1 = (np.int32(a1[i]) * (one - v1) + np.int32(b1[i]) * v1 + half) >> c8
            q2 = (np.int32(a2[i]) * (one - v2) + np.int32(b2[i]) * v2 + half) >> c8
            q3 = (np.int32(a3[i]) * (one - v3) + np.int32(b3[i]) * v3 + half) >> c8
            four[i] = np.uint64(np.uint32(q0 | q1 << c16)) | np.uint64(np.uint32(q2 | q3 << c16)) << c32
        o0, o1, o2, o3 = out[j], out[j1], out[j2], out[j3]
        for i in range(width):
            k, right = columns[i] - first, np.uint64(wx[i])
            mixed = four[k] * (np.uint64(256) - right) + four[k + 1] * right + halves
            o0[i] = np.uint8(mixed >> np.uint64(8) & lanes)
            o1[i] = np.uint8(mixed >> np.uint64(24) & lanes)
            o2[i] = np.uint8(mixed >> np.uint64(40) & lanes)
            o3[i] = np.uint8(mixed >> np.uint64(56))


def _decode(y, u, v, p, black, yw, rv, gu, gv, bu):  # type: ignore[no-untyped-def]
    # Every constant is an int32: with one int64 literal the loop is not vectorized (12 ms, not 1.2).
    height, width = p.shape
    zero, full, half, middle = np.int32(0), np.int32(255), np.int32(1 << 15), np.int32(128)
    red, green, blue = (
        np.empty(width + 1, np.int32),
        np.empty(width + 1, np.int32),
        np.empty(width + 1, np.int32),
    )
    for j in range(height):
        row, luma = p[j], y[j]
        if j % 2 == 0:
            us, vs = u[j // 2], v[j // 2]
            for i in range((width + 1) // 2):
                cu, cv = np.int32(us[i]) - middle, np.int32(vs[i]) - middle
                red[2 * i] = red[2 * i + 1] = rv * cv + half
                green[2 * i] = green[2 * i + 1] = gu * cu + gv * cv + half
                blue[2 * i] = blue[2 * i + 1] = bu * cu + half
        for i in range(width):
            light = yw * (np.int32(luma[i]) - black)
            r = min(max((light + red[i]) >> np.int32(16), zero), full)
            g = min(max((light + green[i]) >> np.int32(16), zero), full)
            b = min(max((light + blue[i]) >> np.int32(16), zero), full)
            packed = np.uint32(b) | np.uint32(g) << np.uint32(8) | np.uint32(r) << np.uint32(16)
            row[i] = np.uint32(0xFF000000) | packed


def _premultiply(p):  # type: ignore[no-untyped-def]
    height, width = p.shape[:2]
    for j in range(height):
        for i in range(width):
            alpha = np.int32(p[j, i, 3])
            for k in range(3):
                p[j, i, k] = (p[j, i, k] * alpha + np.int32(127)) // np.int32(255)
