"""CSS colours: read, written, and mixed in OKLab."""

import math
from functools import lru_cache
from typing import Any

import tinycss2
from tinycss2 import color4

from renderer.format.oklab import Triple, clipped, from_oklab, from_xyz_d50, gamma, to_oklab

COLOR_FORMS = 'a colour such as "#ff8800", "tomato" or "rgb(255 136 0 / 50%)"'
MAX_TEXT = 2_000

Rgba = tuple[float, float, float, float]


class Fill:
    """What a surface is painted with: a Color, a LinearGradient or a RadialGradient."""

    __slots__ = ()


class Color(Fill):
    """Straight (not premultiplied) sRGB, each channel 0..1."""

    __slots__ = ("rgba",)

    def __init__(self, r: float, g: float, b: float, a: float = 1.0) -> None:
        self.rgba: Rgba = (r, g, b, a)

    @property
    def r(self) -> float:
        return self.rgba[0]

    @property
    def g(self) -> float:
        return self.rgba[1]

    @property
    def b(self) -> float:
        return self.rgba[2]

    @property
    def a(self) -> float:
        return self.rgba[3]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Color) and self.rgba == other.rgba

    def __hash__(self) -> int:
        return hash(self.rgba)

    def __str__(self) -> str:
        eight = [round(channel * 255) for channel in self.rgba]
        if all(n / 255 == channel for n, channel in zip(eight, self.rgba, strict=True)):
            return "#" + "".join(f"{n:02x}" for n in (eight if eight[3] < 255 else eight[:3]))
        return "color(srgb {} {} {} / {})".format(*map(repr, self.rgba))

    def __repr__(self) -> str:
        return f"<{self}>"


@lru_cache(maxsize=4096)
def parse_color(text: str) -> Color:
    """Any CSS colour of the sRGB, Lab and OKLab families; ValueError says what is expected."""
    color = None if len(text) > MAX_TEXT else color_of(tinycss2.parse_one_component_value(text, True))
    if color is None:
        raise ValueError(f"expected {COLOR_FORMS}, not {quoted(text)}")
    return color


def mix_colors(a: Color, b: Color, t: float) -> Color:
    """OKLab, premultiplied by alpha (CSS Color 4, section 12); beyond 0..1 it extrapolates, clipped."""
    alpha = min(1.0, max(0.0, a.a + (b.a - a.a) * t))
    if alpha == 0.0:
        return Color(*(b if t > 0.5 else a).rgba[:3], 0.0)
    ends = zip(_oklab(a), _oklab(b), strict=True)
    lightness, green_red, blue_yellow = ((x * a.a + (y * b.a - x * a.a) * t) / alpha for x, y in ends)
    return Color(*from_oklab((lightness, green_red, blue_yellow)), alpha)


@lru_cache(maxsize=4096)
def _oklab(color: Color) -> Triple:
    return to_oklab(color.rgba[:3])


def color_of(token: Any) -> Color | None:
    """The colour of a parsed CSS token, or None."""
    try:
        parsed = color4.parse_color(token)
    except ValueError:  # `color()` without arguments
        return None
    if not isinstance(parsed, color4.Color):
        return None
    try:
        channels = _srgb(parsed)
    except (OverflowError, ValueError, ZeroDivisionError):  # coordinates such as 1e300
        return None
    return None if channels is None else Color(*channels, float(parsed.alpha))


def _srgb(color: Any) -> Triple | None:
    """Colours outside sRGB are clipped to it; the wide-gamut spaces are refused (None)."""
    if color.space in ("srgb", "hsl", "hwb"):
        return clipped(tuple(color.to("srgb"))[:3])
    coordinates = [coordinate or 0.0 for coordinate in color.coordinates]
    if color.space == "srgb-linear":
        return clipped(map(gamma, coordinates))
    if color.space in ("oklab", "oklch"):
        if color.space == "oklch":
            lightness, chroma, hue = coordinates
            turned = math.radians(hue)
            coordinates = [lightness, chroma * math.cos(turned), chroma * math.sin(turned)]
        return from_oklab((coordinates[0], coordinates[1], coordinates[2]))
    if color.space in ("lab", "lch"):
        return from_xyz_d50(tuple(color.to("xyz-d50"))[:3])
    return None


def quoted(text: str) -> str:
    return f'"{text}"' if len(text) <= 60 else f'"{text[:57]}…"'
