"""CSS gradients, and the fills that are either a colour or a gradient."""

import math
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

import tinycss2

from renderer.format.colors import COLOR_FORMS, MAX_TEXT, Color, Fill, color_of, mix_colors, quoted

FILL_FORMS = f'{COLOR_FORMS}, or "linear-gradient(90deg, red, blue)"'
MAX_STOPS = 32


class Stop(NamedTuple):
    color: Color
    position: float  # 0..1 along the gradient; never less than the stop before


class Gradient(Fill):
    __slots__ = ("stops",)

    def __init__(self, stops: tuple[Stop, ...]) -> None:
        self.stops = stops

    def _stops_text(self) -> str:
        return ", ".join(f"{stop.color} {_percent(stop.position)}%" for stop in self.stops)


class LinearGradient(Gradient):
    """`angle` in degrees (0 up, 90 right), or `corner` (x, y of -1 or 1) for `to top left` and such."""

    __slots__ = ("angle", "corner")

    def __init__(self, stops: tuple[Stop, ...], angle: float = 180.0, corner: tuple[int, int] | None = None) -> None:
        super().__init__(stops)
        self.angle = angle
        self.corner = corner

    def line(self, width: float, height: float) -> tuple[tuple[float, float], tuple[float, float]]:
        """Where the gradient starts and ends on a box of this size (CSS Images 3, section 3.1)."""
        if self.corner is not None:
            dx, dy = self.corner[0] * height, self.corner[1] * width
            norm = math.hypot(dx, dy) or 1.0
            dx, dy = dx / norm, dy / norm
        else:
            turned = math.radians(self.angle)
            dx, dy = math.sin(turned), -math.cos(turned)
        half = (abs(width * dx) + abs(height * dy)) / 2
        x, y = width / 2, height / 2
        return (x - dx * half, y - dy * half), (x + dx * half, y + dy * half)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, LinearGradient)
            and self.stops == other.stops
            and self.angle == other.angle
            and self.corner == other.corner
        )

    def __hash__(self) -> int:
        return hash((self.stops, self.angle, self.corner))

    def __str__(self) -> str:
        if self.corner is None:
            return f"linear-gradient({self.angle!r}deg, {self._stops_text()})"
        side = f"{'left' if self.corner[0] < 0 else 'right'} {'top' if self.corner[1] < 0 else 'bottom'}"
        return f"linear-gradient(to {side}, {self._stops_text()})"

    def __repr__(self) -> str:
        return f"<{self}>"


class RadialGradient(Gradient):
    """From the centre of the box; the last stop is an ellipse through its corners, as in CSS."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RadialGradient) and self.stops == other.stops

    def __hash__(self) -> int:
        return hash(self.stops)

    def __str__(self) -> str:
        return f"radial-gradient({self._stops_text()})"

    def __repr__(self) -> str:
        return f"<{self}>"


@lru_cache(maxsize=4096)
def parse_fill(text: str) -> Fill:
    """A colour or a gradient; ValueError says what is expected."""
    token = None if len(text) > MAX_TEXT else tinycss2.parse_one_component_value(text, True)
    if token is not None and token.type == "function" and token.lower_name.endswith("-gradient"):
        return _gradient(token)
    color = None if token is None else color_of(token)
    if color is None:
        raise ValueError(f"expected {FILL_FORMS}, not {quoted(text)}")
    return color


def mix_fills(a: Fill, b: Fill, t: float) -> Fill:
    """Colours, and gradients of one kind with equal stop counts, are mixed; others switch at 1."""
    if isinstance(a, Color) and isinstance(b, Color):
        return mix_colors(a, b, t)
    if isinstance(a, RadialGradient) and isinstance(b, RadialGradient) and len(a.stops) == len(b.stops):
        return RadialGradient(_mix_stops(a.stops, b.stops, t))
    if isinstance(a, LinearGradient) and isinstance(b, LinearGradient) and _alike(a, b):
        angle = a.angle + (b.angle - a.angle) * t
        return LinearGradient(_mix_stops(a.stops, b.stops, t), angle, a.corner)
    return b if t >= 1.0 else a


def _alike(a: LinearGradient, b: LinearGradient) -> bool:
    return len(a.stops) == len(b.stops) and a.corner == b.corner


def _mix_stops(a: tuple[Stop, ...], b: tuple[Stop, ...], t: float) -> tuple[Stop, ...]:
    stops: list[Stop] = []
    least = 0.0
    for x, y in zip(a, b, strict=True):
        least = min(1.0, max(least, x.position + (y.position - x.position) * t))
        stops.append(Stop(mix_colors(x.color, y.color, t), least))
    return tuple(stops)


def _gradient(function: Any) -> Gradient:
    if function.lower_name not in ("linear-gradient", "radial-gradient"):
        raise ValueError(f"{function.lower_name} is not supported; use linear-gradient or radial-gradient")
    parts = _split_at_commas(function.arguments)
    if function.lower_name == "radial-gradient":
        return RadialGradient(_stops(parts))
    angle, corner = 180.0, None
    if parts[0] and (parts[0][0].type == "dimension" or _is_word(parts[0][0], "to")):
        angle, corner = _direction(parts.pop(0))
    return LinearGradient(_stops(parts), angle, corner)


def _split_at_commas(tokens: Iterable[Any]) -> list[list[Any]]:
    parts: list[list[Any]] = [[]]
    for token in tokens:
        if token.type == "literal" and token.value == ",":
            parts.append([])
        elif token.type not in ("whitespace", "comment"):
            parts[-1].append(token)
    return parts


def _is_word(token: Any, word: str) -> bool:
    return bool(token.type == "ident" and token.lower_value == word)


_TURN = {"deg": 1.0, "grad": 0.9, "turn": 360.0, "rad": math.degrees(1)}
_SIDES = {"top": (0, -1), "bottom": (0, 1), "left": (-1, 0), "right": (1, 0)}
_SIDE_ANGLES = {(0, -1): 0.0, (1, 0): 90.0, (0, 1): 180.0, (-1, 0): 270.0}


def _direction(tokens: list[Any]) -> tuple[float, tuple[int, int] | None]:
    """`45deg` → (45, None); `to right` → (90, None); `to top left` → (180, (-1, -1))."""
    if len(tokens) == 1 and tokens[0].type == "dimension" and tokens[0].lower_unit in _TURN:
        angle = float(tokens[0].value) * _TURN[tokens[0].lower_unit]
        if abs(angle) <= 36_000:
            return angle, None
    sides = [_SIDES.get(token.lower_value) for token in tokens[1:] if token.type == "ident"]
    if tokens[0].type == "ident" and 1 <= len(sides) == len(tokens) - 1 <= 2 and None not in sides:
        x = sum(side[0] for side in sides if side)
        y = sum(side[1] for side in sides if side)
        if len(sides) == 1:
            return _SIDE_ANGLES[x, y], None
        if x and y:
            return 180.0, (x, y)
    raise ValueError('a linear-gradient starts with an angle such as "45deg", or "to right", or "to top left"')


def _stops(parts: list[list[Any]]) -> tuple[Stop, ...]:
    """Fills in missing positions as CSS Images 3, section 3.4.3 does; `red 20% 40%` is two stops."""
    colors: list[Color] = []
    positions: list[float | None] = []
    for tokens in parts:
        color = color_of(tokens[0]) if tokens else None
        if color is None or len(tokens) > 3 or any(t.type != "percentage" for t in tokens[1:]):
            raise ValueError('each stop of a gradient is a colour and perhaps a percentage, such as "red 20%"')
        if any(not 0 <= t.value <= 100 for t in tokens[1:]):
            raise ValueError("the stops of a gradient lie between 0% and 100%")
        places: list[float | None] = [_share(t.representation) for t in tokens[1:]] or [None]
        colors += [color] * len(places)
        positions += places
    if not 2 <= len(colors) <= MAX_STOPS:
        raise ValueError(f"a gradient has 2 to {MAX_STOPS} stops, not {len(colors)}")
    return tuple(Stop(color, place) for color, place in zip(colors, _placed(positions), strict=True))


# Through decimals, so that what is written reads back as the same number.
def _share(percent: str) -> float:
    return float(Decimal(percent) / 100)


def _percent(share: float) -> Decimal:
    return Decimal(repr(share)) * 100


def _placed(positions: list[float | None]) -> list[float]:
    known = list(positions)
    known[0] = known[0] or 0.0
    known[-1] = 1.0 if known[-1] is None else known[-1]
    placed: list[float] = []
    for index, place in enumerate(known):
        if place is None:
            ahead = next(i for i in range(index, len(known)) if known[i] is not None)
            end = max(known[ahead] or 0.0, placed[-1])
            place = placed[-1] + (end - placed[-1]) / (ahead - index + 1)
        placed.append(max(place, placed[-1]) if placed else place)
    return placed
