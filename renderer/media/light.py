"""Other primaries and high dynamic range, brought to sRGB in linear light.

What is done to a pixel: its codes become light, HLG's of the scene becomes that of a display (BT.2100-2, table 5),
what is brighter than our white is rolled off, the primaries are exchanged, and what still lies outside sRGB is
clipped. Standard dynamic range keeps its codes' curve whatever it is called: greys stay as they are.
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from renderer.pixels import STEPS, Light

Floats = NDArray[np.float64]

WHITE = 203.0  # cd/m² of paper in high dynamic range, and so of our white (Report ITU-R BT.2408, table 1)
PEAK = 1000.0  # cd/m² up to which highlights keep their detail: of HLG's nominal display and of most masters

# x and y of red, green and blue by ColourPrimaries (ISO/IEC 23091-2). All have the white of ours; that of DCI
# projectors (11) is greener, but no screen shows it so.
_PAL = ((0.640, 0.330), (0.290, 0.600), (0.150, 0.060))
_NTSC = ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070))
_P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
_BT2020 = ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046))
_BT709 = ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060))
_PRIMARIES = {5: _PAL, 6: _NTSC, 7: _NTSC, 9: _BT2020, 11: _P3, 12: _P3}
_D65 = (0.3127, 0.3290)

_PQ, _HLG = 16, 18  # TransferCharacteristics
_LIGHTS = np.linspace(0.0, 1.0, STEPS) ** 2  # what the steps of a table of light stand for


@lru_cache(maxsize=8)  # a hostile film may change its tags from frame to frame
def light_of(primaries: int, transfer: int, white: int = STEPS - 1) -> Light | None:
    """How to bring pixels with these tags (ISO/IEC 23091-2) to sRGB; None where nothing is to be done.

    `white` is the code of the strongest light, of those that the tables know.
    """
    if primaries not in _PRIMARIES and transfer not in (_PQ, _HLG):
        return None
    to_xyz = _to_xyz(_PRIMARIES.get(primaries, _BT709))
    system: Floats = np.ones(STEPS)
    roll_off: Floats = np.ones(STEPS)
    curve: Callable[[Floats], Floats] = _srgb_light
    if transfer == _PQ:
        curve, roll_off = _pq_light, _gain(_LIGHTS, 10_000.0)
    elif transfer == _HLG:
        curve, roll_off = _hlg_light, _gain(_LIGHTS, PEAK)
        system = _LIGHTS**0.2  # BT.2100-2, table 5: its γ is 1.2 at 1000 cd/m²
    return Light(
        curve=_single(curve(np.minimum(np.arange(STEPS) / white, 1.0))),
        weights=_single(to_xyz[1]),
        system=_single(system),
        roll_off=_single(roll_off),
        matrix=_single(np.linalg.solve(_to_xyz(_BT709), to_xyz)),
        codes=np.rint(_srgb_code(_LIGHTS) * 255).astype(np.uint8),
    )


def _srgb_light(code: Floats) -> Floats:
    """IEC 61966-2-1."""
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)


def _srgb_code(light: Floats) -> Floats:
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def _pq_light(code: Floats) -> Floats:
    """BT.2100-2, table 4: 1 is 10 000 cd/m²."""
    root = np.power(code, 1 / _M2)
    return np.power(np.maximum(root - _C1, 0) / (_C2 - _C3 * root), 1 / _M1)


def _pq_code(light: Floats) -> Floats:
    power = np.power(light, _M1)
    return np.power((_C1 + _C2 * power) / (1 + _C3 * power), _M2)


_M1, _M2 = 2610 / 16384, 2523 / 4096 * 128
_C1, _C2, _C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32


def _hlg_light(code: Floats) -> Floats:
    """BT.2100-2, table 5, of the scene: 1 is its brightest."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12)


def _gain(light: Floats, peak: float) -> Floats:
    """What to multiply light with, of which 1 is `peak` cd/m², so that 1 becomes our white.

    The EETF of Report ITU-R BT.2390 from PEAK down to WHITE, without its lift of blacks. Up to about 90 cd/m²
    nothing is changed, paper comes out at nine tenths of our white's code, and PEAK at all of it.
    """
    shown = np.maximum(light * peak, 1e-6)
    top, target = (float(_pq_code(np.array(nits / 10_000.0))) for nits in (PEAK, WHITE))
    most = target / top
    knee = 1.5 * most - 0.5
    code = np.minimum(_pq_code(shown / 10_000.0) / top, 1.0)
    t = (code - knee) / (1 - knee)
    spline = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (3 * t**2 - 2 * t**3) * most
    rolled = np.where(code < knee, code, spline)
    return _pq_light(rolled * top) * 10_000.0 / WHITE / shown * peak


def _to_xyz(primaries: tuple[tuple[float, float], ...]) -> Floats:
    """Linear RGB to CIE XYZ, the white being D65 (SMPTE RP 177)."""
    xyz = np.array([(x / y, 1.0, (1 - x - y) / y) for x, y in (*primaries, _D65)]).T
    colours, white = xyz[:, :3], xyz[:, 3]
    return colours * np.linalg.solve(colours, white)


def _single(values: NDArray[np.floating]) -> NDArray[np.float32]:
    return np.ascontiguousarray(values, np.float32)
