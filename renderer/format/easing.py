"""How a value travels from one keyframe to the next: a curve over 0..1 that ends at 1."""

import math
import re
from collections.abc import Callable
from functools import lru_cache

from renderer.format.names import did_you_mean

Curve = Callable[[float], float]
_CALLS = ("cubic-bezier(0.2, 0, 0, 1)", "steps(4)", "spring(1, 100, 10)")
EASING_FORMS = f"an easing such as linear, hold, ease-out, ease-in-out-cubic, {_CALLS[0]}, {_CALLS[1]} or {_CALLS[2]}"
SETTLED = 0.001  # a spring's time is scaled so that this much of the way is left at the end
_STEADY = 0.0, 1.0
_OVERSHOOTING = -1.0, 2.0  # more than any spring, "back" or "elastic" takes


class Easing:
    """Called with the share of the time (0..1) it answers the share of the way, which stays within `span`."""

    __slots__ = ("curve", "span", "text")

    def __init__(self, text: str, curve: Curve, span: tuple[float, float] = _STEADY) -> None:
        self.text = text
        self.curve = curve
        self.span = span

    def __call__(self, t: float) -> float:
        if t < 0.0:
            return 0.0
        return 1.0 if t >= 1.0 else self.curve(t)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Easing) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<easing {self.text}>"


@lru_cache(maxsize=1024)
def parse_easing(text: str) -> Easing:
    """A named easing or a CSS-like function; ValueError says what is expected."""
    word = text.strip().lower()
    if word in NAMED:
        return Easing(word, NAMED[word], _OVERSHOOTING if word.endswith(("-back", "-elastic")) else _STEADY)
    call = re.fullmatch(r"(cubic-bezier|steps|spring)\((.{0,100})\)", word)
    if call is None:
        hint = did_you_mean(text.strip(), (*NAMED, *_CALLS)).removesuffix(".")
        raise ValueError(f'expected {EASING_FORMS}, not "{text[:60]}"{hint}')
    arguments = [argument.strip() for argument in call[2].split(",")]
    if call[1] == "steps":
        return _steps(arguments)
    numbers = [_number(argument) for argument in arguments if argument]
    return _cubic_bezier(numbers) if call[1] == "cubic-bezier" else _spring(numbers)


def _number(text: str) -> float:
    if not re.fullmatch(r"[+-]?(\d{1,9}(\.\d{0,20})?|\.\d{1,20})(e[+-]?\d{1,2})?", text):
        raise ValueError(f'"{text[:20]}" is not a number an easing can use')
    return float(text)


def _cubic_bezier(numbers: list[float]) -> Easing:
    if len(numbers) != 4:
        raise ValueError("cubic-bezier takes four numbers: cubic-bezier(x1, y1, x2, y2)")
    x1, y1, x2, y2 = numbers
    if not (0 <= x1 <= 1 and 0 <= x2 <= 1):
        raise ValueError("the first and third number of cubic-bezier lie between 0 and 1")
    if not (-10 <= y1 <= 10 and -10 <= y2 <= 10):
        raise ValueError("the second and fourth number of cubic-bezier lie between -10 and 10")
    span = min(0.0, y1, y2), max(1.0, y1, y2)  # a Bézier curve lies between its control points
    return Easing(f"cubic-bezier({x1!r}, {y1!r}, {x2!r}, {y2!r})", bezier(x1, y1, x2, y2), span)


def bezier(x1: float, y1: float, x2: float, y2: float) -> Curve:
    """CSS Easing Level 1's curve: solve x(s) = t, answer y(s). Newton first, bisection where it stalls."""
    cx, cy = 3 * x1, 3 * y1
    bx, by = 3 * (x2 - x1) - cx, 3 * (y2 - y1) - cy
    ax, ay = 1 - cx - bx, 1 - cy - by

    def solve(t: float) -> float:
        s = t
        for _ in range(8):
            slope = (3 * ax * s + 2 * bx) * s + cx
            error = ((ax * s + bx) * s + cx) * s - t
            if abs(error) < 1e-12:
                return s
            if abs(slope) < 1e-6:
                break
            s -= error / slope
        low, high = 0.0, 1.0
        for _ in range(60):
            s = (low + high) / 2
            if ((ax * s + bx) * s + cx) * s < t:
                low = s
            else:
                high = s
        return s

    def curve(t: float) -> float:
        s = solve(t)
        return ((ay * s + by) * s + cy) * s

    return curve


def _steps(arguments: list[str]) -> Easing:
    count = int(arguments[0]) if re.fullmatch(r"\d{1,4}", arguments[0]) else 0
    side = arguments[1] if len(arguments) > 1 else "end"
    if not 1 <= count <= 1000 or side not in ("start", "end") or len(arguments) > 2:
        raise ValueError("steps takes a count from 1 to 1000 and perhaps start or end: steps(4, start)")
    if side == "start":
        return Easing(f"steps({count}, start)", lambda t: math.floor(t * count + 1) / count)
    return Easing(f"steps({count}, end)", lambda t: math.floor(t * count) / count)


def _spring(numbers: list[float]) -> Easing:
    if len(numbers) > 3:
        raise ValueError("spring takes up to three numbers: spring(mass, stiffness, damping)")
    mass, stiffness, damping = numbers + [1.0, 100.0, 10.0][len(numbers) :]
    if not all(0.01 <= number <= 10_000 for number in (mass, stiffness, damping)):
        raise ValueError("the mass, stiffness and damping of a spring lie between 0.01 and 10000")
    return Easing(f"spring({mass!r}, {stiffness!r}, {damping!r})", spring(mass, stiffness, damping), _OVERSHOOTING)


def spring(mass: float, stiffness: float, damping: float) -> Curve:
    """The damped harmonic oscillator released at 0 with its rest at 1, in closed form.

    Time is scaled so that it has settled (SETTLED) at 1; what is left then is spread evenly over the way, so
    that the curve ends at exactly 1 without a jump.
    """
    left, end = released(mass, stiffness, damping)
    rest = left(end)
    return lambda t: 1 - left(t * end) + t * rest


def released(mass: float, stiffness: float, damping: float) -> tuple[Curve, float]:
    """The way that is left after so many seconds, and the seconds until it has settled."""
    omega = math.sqrt(stiffness / mass)
    zeta = damping / (2 * math.sqrt(stiffness * mass))
    if zeta < 1 - 1e-6:  # underdamped: a cosine under an exponential
        damped = math.sqrt(1 - zeta * zeta)
        end = -math.log(SETTLED * damped) / (zeta * omega)
        wave = omega * damped
        lag = zeta / damped
        return lambda t: math.exp(-zeta * omega * t) * (math.cos(wave * t) + lag * math.sin(wave * t)), end
    if zeta <= 1 + 1e-6:  # critically damped; (1 + x) e^-x = 0.001 at x = 9.2334
        return lambda t: (1 + omega * t) * math.exp(-omega * t), 9.2334 / omega
    fast = omega * (zeta + math.sqrt(zeta * zeta - 1))  # overdamped: two exponentials
    slow = omega * omega / fast
    end = math.log(fast / (fast - slow) / SETTLED) / slow
    return lambda t: (fast * math.exp(-slow * t) - slow * math.exp(-fast * t)) / (fast - slow), end


# Robert Penner's easing equations (http://robertpenner.com/easing/) over 0..1, in their "in" form.
def _expo(t: float) -> float:
    return 2.0 ** (10 * t - 10) if t else 0.0


def _back(overshoot: float) -> Curve:
    return lambda t: t * t * ((overshoot + 1) * t - overshoot)


def _elastic(period: float) -> Curve:
    return lambda t: -_expo(t) * math.sin((t - 1 - period / 4) * 2 * math.pi / period)


# Until when, where its parabola has its vertex, and how high that lies.
_BOUNCES = (
    (1 / 2.75, 0.0, 0.0),
    (2 / 2.75, 1.5 / 2.75, 0.75),
    (2.5 / 2.75, 2.25 / 2.75, 0.9375),
    (math.inf, 2.625 / 2.75, 0.984375),
)


def _bounce(t: float) -> float:
    back = 1 - t
    middle, height = next((middle, height) for until, middle, height in _BOUNCES if back < until)
    return 1 - (7.5625 * (back - middle) ** 2 + height)


_FAMILIES: dict[str, Curve] = {
    "quad": lambda t: t**2,
    "cubic": lambda t: t**3,
    "quart": lambda t: t**4,
    "quint": lambda t: t**5,
    "sine": lambda t: 1 - math.cos(t * math.pi / 2),
    "expo": _expo,
    "circ": lambda t: 1 - math.sqrt(1 - t * t),
    "back": _back(1.70158),
    "elastic": _elastic(0.3),
    "bounce": _bounce,
}
_IN_OUT = _FAMILIES | {"back": _back(1.70158 * 1.525), "elastic": _elastic(0.45)}


def _reversed(curve: Curve) -> Curve:
    return lambda t: 1 - curve(1 - t)


def _both(curve: Curve) -> Curve:
    return lambda t: curve(2 * t) / 2 if t < 0.5 else 1 - curve(2 - 2 * t) / 2


NAMED: dict[str, Curve] = {
    "linear": lambda t: t,
    "hold": lambda t: 0.0,
    "ease": bezier(0.25, 0.1, 0.25, 1.0),
    "ease-in": bezier(0.42, 0.0, 1.0, 1.0),
    "ease-out": bezier(0.0, 0.0, 0.58, 1.0),
    "ease-in-out": bezier(0.42, 0.0, 0.58, 1.0),
}
for _name, _curve in _FAMILIES.items():
    NAMED[f"ease-in-{_name}"] = _curve
    NAMED[f"ease-out-{_name}"] = _reversed(_curve)
    NAMED[f"ease-in-out-{_name}"] = _both(_IN_OUT[_name])
