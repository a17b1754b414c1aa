"""The value types of the format, and how each is read, written and mixed; lengths are defined here."""

import re
from fractions import Fraction
from typing import Any, ClassVar, Literal, TypeVar

from renderer.format.colors import COLOR_FORMS, Color, Fill, parse_color
from renderer.format.easing import EASING_FORMS, Easing, parse_easing
from renderer.format.gradients import (
    FILL_FORMS,
    Gradient,
    LinearGradient,
    RadialGradient,
    Stop,
    mix_fills,
    parse_fill,
)

__all__ = [
    "Axis",
    "Color",
    "Easing",
    "Fill",
    "FontSize",
    "Gradient",
    "Length",
    "LinearGradient",
    "RadialGradient",
    "Size",
    "Spacing",
    "Stop",
    "Value",
    "decode",
    "encode",
    "interpolate",
    "parse_color",
    "parse_easing",
    "parse_fill",
    "parse_frame_rate",
    "parse_length",
    "shown",
]

Axis = Literal["x", "y", "min"]
MAX_AMOUNT = 100_000
_UNITS = ("px", "%", "vw", "vh", "vmin", "vmax", "em")
_LENGTH = re.compile(
    r"\s*([+-]?(?:\d{1,9}\.?\d{0,20}|\.\d{1,20})(?:e[+-]?\d{1,2})?)\s*(px|%|vw|vh|vmin|vmax|em)?\s*", re.I
)
_MEANT = {  # by words for a place, which are no lengths
    **dict.fromkeys(("left", "top"), "0"),
    **dict.fromkeys(("center", "centre", "middle"), '"50%", with an "anchor"'),
    **dict.fromkeys(("right", "bottom"), '"100%", with an "anchor"'),
}
_NTSC = {Fraction(n * 1000, 1001) for n in (24, 30, 48, 60, 120)}


class Length:
    """A sum of amounts, one for each of px, %, vw, vh, vmin, vmax and em; so any two can be mixed."""

    __slots__ = ("amounts",)
    least: ClassVar[float] = -MAX_AMOUNT
    units: ClassVar[tuple[str, ...]] = _UNITS[:-1]

    def __init__(
        self,
        px: float = 0.0,
        percent: float = 0.0,
        vw: float = 0.0,
        vh: float = 0.0,
        vmin: float = 0.0,
        vmax: float = 0.0,
        em: float = 0.0,
    ) -> None:
        self.amounts = (px, percent, vw, vh, vmin, vmax, em)

    def px(self, width: float, height: float, axis: Axis = "min", em: float = 0.0) -> float:
        """Pixels on a canvas of this size. `axis` says what 100% is: its width, height or shorter side."""
        px, percent, vw, vh, vmin, vmax, ems = self.amounts
        short, long = (width, height) if width <= height else (height, width)
        whole = width if axis == "x" else height if axis == "y" else short
        shares = percent * whole + vw * width + vh * height + vmin * short + vmax * long
        return px + shares / 100 + ems * em

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Length) and self.amounts == other.amounts

    def __hash__(self) -> int:
        return hash(self.amounts)

    def __str__(self) -> str:
        terms = [f"{n!r}{unit}" for n, unit in zip(self.amounts, _UNITS, strict=True) if n]
        return " + ".join(terms) or "0px"

    def __repr__(self) -> str:
        return f"<{self}>"


class Size(Length):
    """A length that is never negative: mixing with an overshooting easing stops at 0."""

    __slots__ = ()
    least = 0.0

    def px(self, width: float, height: float, axis: Axis = "min", em: float = 0.0) -> float:
        return max(0.0, super().px(width, height, axis, em))


class Spacing(Length):
    """A length that may also be given in em, the font size."""

    __slots__ = ()
    units = _UNITS


class FontSize(Size):
    """A size that may also be given in em, the font size of the text around it."""

    __slots__ = ()
    units = _UNITS


Value = float | Length | Fill
AnyLength = TypeVar("AnyLength", bound=Length)


def parse_length(value: object, kind: type[AnyLength]) -> AnyLength:
    """A number of pixels or a string such as "50%"; ValueError says what is expected."""
    forms = "20, " + ", ".join(f'"10{unit}"' for unit in kind.units[1:])
    amount, unit = None, "px"
    if isinstance(value, int | float) and not isinstance(value, bool):
        amount = value
    elif isinstance(value, str) and (match := _LENGTH.fullmatch(value)):
        amount, unit = float(match[1]), (match[2] or "px").lower()
    if amount is None or unit not in kind.units:
        meant = _MEANT.get(value.strip().lower()) if isinstance(value, str) else None
        raise ValueError(
            f"expected a length ({forms}), not {shown(value)}{f'; did you mean {meant}?' if meant else ''}"
        )
    if not kind.least <= amount <= MAX_AMOUNT:
        raise ValueError(f"expected a length from {kind.least:g} to {MAX_AMOUNT}, not {shown(value)}")
    amounts = [0.0] * len(_UNITS)
    amounts[_UNITS.index(unit)] = float(amount)
    return kind(*amounts)


def parse_frame_rate(value: object) -> Fraction:
    """30, 29.97 or "30000/1001", from 1 to 120; what is near an NTSC rate is that rate."""
    rate: Fraction | None = None
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1000:
        rate = Fraction(value)
    elif isinstance(value, float) and 0 < value < 1000:
        rate = Fraction(value).limit_denominator(1001)
        rate = next((ntsc for ntsc in _NTSC if abs(ntsc - rate) < Fraction(5, 1000)), rate)
    elif isinstance(value, str) and re.fullmatch(r"\d{1,3}\.\d{1,9}", value):
        return parse_frame_rate(float(value))
    elif isinstance(value, str) and re.fullmatch(r"\d{1,7}(/0*[1-9]\d{0,5})?", value):
        rate = Fraction(value)
    if rate is None or not 1 <= rate <= 120:
        raise ValueError(f'expected frames a second from 1 to 120, such as 25 or "30000/1001", not {shown(value)}')
    return rate


def interpolate(a: Value, b: Value, t: float) -> Value:
    """`a` at 0, `b` at 1, beyond them where an easing overshoots. Two kinds of value switch at 1."""
    if t == 0.0 or a == b:
        return a
    if t == 1.0:
        return b
    if isinstance(a, Length) and isinstance(b, Length):
        return type(a)(*(x + (y - x) * t for x, y in zip(a.amounts, b.amounts, strict=True)))
    if isinstance(a, Fill) and isinstance(b, Fill):
        return mix_fills(a, b, t)
    if isinstance(a, int | float) and isinstance(b, int | float):
        return a + (b - a) * t
    return b if t >= 1.0 else a


def decode(kind: type[Any], value: object) -> object:
    """msgspec's dec_hook: JSON to a value type. Its ValueError becomes an error with the path."""
    if issubclass(kind, Length):
        return parse_length(value, kind)
    if kind is Fraction:
        return parse_frame_rate(value)
    if kind is Easing:
        return parse_easing(_text(value, EASING_FORMS))
    if kind is Color:
        return parse_color(_text(value, COLOR_FORMS))
    if kind is Fill:
        return parse_fill(_text(value, FILL_FORMS))
    raise NotImplementedError(kind)


def encode(value: object) -> object:
    """msgspec's enc_hook: what `decode` reads back as the same value."""
    if isinstance(value, Length):
        return value.amounts[0] if not any(value.amounts[1:]) else str(value)
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else f"{value.numerator}/{value.denominator}"
    if isinstance(value, Fill | Easing):
        return str(value)
    raise NotImplementedError(type(value))


def _text(value: object, expected: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected {expected}, not {shown(value)}")
    return value


def shown(value: object) -> str:
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= 40 else f'"{value[:37]}…"'
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    if isinstance(value, bool) or value is None:
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)[:40]
