"""Colour spaces as plain arithmetic: sRGB with its gamma, linear light, OKLab, XYZ."""

import math
from collections.abc import Iterable

Triple = tuple[float, float, float]

# The matrices of OKLab, by Björn Ottosson (https://bottosson.github.io/posts/oklab/): linear sRGB to cone
# responses, their cube roots to Lab, and both ways back.
_LINEAR_TO_LMS = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_LMS_TO_OKLAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
_OKLAB_TO_LMS = (
    (1.0, 0.3963377774, 0.2158037573),
    (1.0, -0.1055613458, -0.0638541728),
    (1.0, -0.0894841775, -1.2914855480),
)
_LMS_TO_LINEAR = (
    (4.0767416621, -3.3077115913, 0.2309699292),
    (-1.2684380046, 2.6097574011, -0.3413193965),
    (-0.0041960863, -0.7034186147, 1.7076147010),
)
# XYZ under D50 to linear sRGB, Bradford-adapted (Bruce Lindbloom's table).
_XYZ_D50_TO_LINEAR = (
    (3.1338561, -1.6168667, -0.4906146),
    (-0.9787684, 1.9161415, 0.0334540),
    (0.0719453, -0.2289914, 1.4052427),
)


def _times(matrix: tuple[Triple, Triple, Triple], vector: Iterable[float]) -> Triple:
    x, y, z = vector
    return tuple(row[0] * x + row[1] * y + row[2] * z for row in matrix)  # type: ignore[return-value]


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def gamma(channel: float) -> float:
    if channel <= 0.0031308:
        return channel * 12.92
    return 1.055 * math.pow(channel, 1 / 2.4) - 0.055


def clipped(channels: Iterable[float]) -> Triple:
    return tuple(min(1.0, max(0.0, channel)) for channel in channels)  # type: ignore[return-value]


def to_oklab(srgb: Iterable[float]) -> Triple:
    lms = _times(_LINEAR_TO_LMS, map(_linear, srgb))
    return _times(_LMS_TO_OKLAB, map(math.cbrt, lms))


def from_oklab(lab: Triple) -> Triple:
    """To sRGB; what lies outside it is clipped."""
    lms = _times(_OKLAB_TO_LMS, lab)
    return clipped(map(gamma, _times(_LMS_TO_LINEAR, (c * c * c for c in lms))))


def from_xyz_d50(xyz: Iterable[float]) -> Triple:
    """To sRGB; what lies outside it is clipped."""
    return clipped(map(gamma, _times(_XYZ_D50_TO_LINEAR, xyz)))
