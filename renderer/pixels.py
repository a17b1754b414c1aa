"""BGRA to planar YCbCr and back, in fixed point. Compiled kernels that release the GIL."""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from renderer.matrix import Matrix, matrix_for

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint16]

_ONE = 1 << 16
STEPS = 1 << 12  # of the tables of light: 12 bits, as fine as any video's codes


def to_i420(bgra: Bytes, planes: Bytes, matrix: Matrix) -> None:
    """Opaque BGRA (h, w, 4), both sides even -> `planes`, h * w * 3 // 2 bytes of limited-range Y, U, V.

    A chroma sample is the mean of its 2x2 pixels. 1.0 ms for 1920x1080 on one core with AVX2.
    """
    height, width = bgra.shape[:2]
    luma = height * width
    chroma = (height // 2, width // 2)
    _compiled(_encode)(
        bgra.view(np.uint32)[:, :, 0],
        planes[:luma].reshape(height, width),
        planes[luma : luma * 5 // 4].reshape(chroma),
        planes[luma * 5 // 4 :].reshape(chroma),
        *_forward(matrix),
    )


def to_bgra(planes: tuple[Bytes, Bytes, Bytes], bgra: Bytes, matrix: Matrix, *, full_range: bool) -> None:
    """Y, U, V rows (they may be padded) -> opaque BGRA (h, w, 4); each 2x2 shares its chroma."""
    _compiled(_decode)(*planes, bgra.view(np.uint32)[:, :, 0], *_backward(matrix, full_range))


class Light(NamedTuple):
    """How codes become light and that another picture's codes. Tables of STEPS entries, from 0 to 1.

    Those that are asked for an amount of light are asked for its square root: as fine in the dark as eyes are.
    """

    curve: NDArray[np.float32]  # light of a code
    weights: NDArray[np.float32]  # of R, G and B in the luminance
    system: NDArray[np.float32]  # what a pixel's light is multiplied with, by its luminance
    roll_off: NDArray[np.float32]  # and then, by its strongest channel
    matrix: NDArray[np.float32]  # (3, 3), from its primaries to ours
    codes: Bytes  # code of an amount of light


def through_light(planes: tuple[Words, Words, Words], bgra: Bytes, light: Light) -> None:
    """R, G, B rows of 12 bits (they may be padded) -> blue, green and red of BGRA (h, w, 4)."""
    _compiled(_relight)(*planes, bgra, *light)


def premultiply(bgra: Bytes) -> None:
    """Straight BGRA becomes premultiplied, in place."""
    _compiled(_premultiply)(bgra)


def warm_up() -> None:
    """Compile every kernel and keep it on disk (NUMBA_CACHE_DIR): the next process starts without that second."""
    canvas, planes, matrix = np.zeros((2, 2, 4), np.uint8), np.zeros(6, np.uint8), matrix_for(2, 2)
    to_i420(canvas, planes, matrix)
    for stride in (2, 64):  # whole rows and padded ones are two types to the compiler
        luma, chroma = np.zeros((2, stride), np.uint8)[:, :2], np.zeros((1, stride // 2), np.uint8)[:, :1]
        to_bgra((luma, chroma, chroma), canvas, matrix, full_range=False)
    premultiply(canvas)
    for stride in (2, 64):
        row = np.zeros((2, stride), np.uint16)[:, :2]
        table, codes = np.zeros(STEPS, np.float32), np.zeros(STEPS, np.uint8)
        light = Light(table, table[:3], table, table, table[:9].reshape(3, 3), codes)
        through_light((row, row, row), canvas, light)


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


def _relight(r, g, b, p, curve, weights, system, roll_off, matrix, codes):  # type: ignore[no-untyped-def]
    # A loop for each step of a row: only so the arithmetic is vectorized (8 ms for 1920x1080, not 30).
    height, width = p.shape[:2]
    last, half, zero, one = np.float32(len(codes) - 1), np.float32(0.5), np.float32(0), np.float32(1)
    top = np.uint16(len(curve) - 1)  # a damaged file may say more
    red, green, blue, gain = np.empty((4, width), np.float32)
    step = np.empty(width, np.uint32)
    for j in range(height):
        reds, greens, blues, row = r[j], g[j], b[j], p[j]
        for i in range(width):
            red[i], green[i], blue[i] = curve[min(reds[i], top)], curve[min(greens[i], top)], curve[min(blues[i], top)]
        for i in range(width):
            luminance = weights[0] * red[i] + weights[1] * green[i] + weights[2] * blue[i]
            step[i] = np.int32(np.sqrt(luminance) * last + half)
        for i in range(width):
            gain[i] = system[step[i]]
        for i in range(width):
            step[i] = np.int32(np.sqrt(max(red[i], green[i], blue[i]) * gain[i]) * last + half)
        for i in range(width):
            gain[i] *= roll_off[step[i]]
        for k in range(3):
            weight = matrix[2 - k]
            for i in range(width):
                mixed = (weight[0] * red[i] + weight[1] * green[i] + weight[2] * blue[i]) * gain[i]
                step[i] = np.int32(np.sqrt(min(max(mixed, zero), one)) * last + half)
            for i in range(width):
                row[i, k] = codes[step[i]]


def _premultiply(p):  # type: ignore[no-untyped-def]
    height, width = p.shape[:2]
    for j in range(height):
        for i in range(width):
            alpha = np.int32(p[j, i, 3])
            for k in range(3):
                p[j, i, k] = (p[j, i, k] * alpha + np.int32(127)) // np.int32(255)
