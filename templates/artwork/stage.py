"""A concert at night: beams of light in haze, and a ring of light over the stage."""

from typing import NamedTuple

import cv2
import numpy as np

Light = tuple[float, float, float]  # linear

STEEL: Light = (0.16, 0.42, 0.85)
TEAL: Light = (0.04, 0.48, 0.52)
CORAL: Light = (1.00, 0.16, 0.10)
AMBER: Light = (1.00, 0.45, 0.11)
WHITE: Light = (1.00, 0.84, 0.66)


class Beam(NamedTuple):
    """A lamp's place (shares of the height, from the picture's upper left), where it points (degrees, 90 is down)."""

    x: float
    y: float
    angle: float
    spread: float
    color: Light
    power: float = 1.0


class Ring(NamedTuple):
    """Shares of the picture's height; its light changes from `first` above to `second` below."""

    x: float
    y: float
    radius: float
    power: float
    first: Light = AMBER
    second: Light = CORAL
    thick: float = 0.006


class Picture(NamedTuple):
    """What is lit: the haze's light above and at the horizon (share of the height), the beams, the ring."""

    sky: Light
    horizon: Light
    level: float
    beams: tuple[Beam, ...]
    ring: Ring | None = None
    seed: int = 1


def clouds(height: int, width: int, seed: int, *, stretch: float = 1.6) -> np.ndarray:
    """Drifting haze, 0..1: octaves of soft noise, longer than high."""
    chance = np.random.default_rng(seed)
    out, total = np.zeros((height, width), np.float32), 0.0
    for octave in range(6):
        rows = 3 * 2**octave
        columns = round(rows * width / height / stretch)
        patch = chance.random((rows + 3, columns + 3)).astype(np.float32)
        grown = cv2.resize(patch, (width + width // 4, height + height // 4), interpolation=cv2.INTER_CUBIC)
        out += 0.55**octave * grown[:height, :width]
        total += 0.55**octave
    out /= total
    return np.clip((out - 0.22) / 0.56, 0, 1)


def beam_light(beam: Beam, x: np.ndarray, y: np.ndarray, haze: np.ndarray) -> np.ndarray:
    """How bright the haze is in one beam: a bundle of shafts in a cone with a soft halo, that fades along its way."""
    turn = np.radians(beam.angle)
    dx, dy = x - beam.x, y - beam.y
    along, across = dx * np.cos(turn) + dy * np.sin(turn), -dx * np.sin(turn) + dy * np.cos(turn)
    ahead = np.clip(along, 0, None)
    wide = 0.005 + ahead * np.tan(np.radians(beam.spread))
    place = across / wide
    shafts = 0.62 + 0.38 * np.sin(place * 5.2 + beam.x * 40) * np.sin(place * 2.3 + beam.angle)
    cone = np.exp(-(np.abs(place) ** 5)) * shafts * 0.85 + 0.15 * np.exp(-((place / 2.6) ** 2))
    fade = np.exp(-1.5 * ahead) / (0.10 + wide * 7)
    lamp = np.exp(-(dx**2 + dy**2) / 0.00012) * 14
    flare = np.exp(-np.abs(dy) / 0.0022 - np.abs(dx) / 0.05) * 2.2
    return beam.power * (cone * fade * np.clip(along / 0.01, 0, 1) * (0.16 + 1.5 * haze**1.6) * 0.34 + lamp + flare)


def ring_light(ring: Ring, x: np.ndarray, y: np.ndarray, haze: np.ndarray) -> np.ndarray:
    """A tube of light: white inside, coloured round it, with a wide glow in the haze."""
    far = np.hypot(x - ring.x, y - ring.y)
    away = np.abs(far - ring.radius)
    part = np.clip(0.5 + (0.5 * (y - ring.y) + 0.25 * (x - ring.x)) / ring.radius, 0, 1)[..., None]
    color = np.asarray(ring.first, np.float32) * (1 - part) + np.asarray(ring.second, np.float32) * part
    tube = np.exp(-((away / ring.thick) ** 4))
    glow = 0.20 / (1 + (away / (ring.thick * 2.2)) ** 2) + 0.05 * np.exp(-away / 0.10) * (0.5 + haze)
    within = 0.045 * np.clip(1 - far / ring.radius, 0, 1) ** 0.5 * (0.3 + 1.4 * haze)
    hot = np.asarray(WHITE, np.float32) * (tube * 3.2)[..., None]
    return ring.power * (hot + color * (tube * 2 + glow * 4 + within * 4)[..., None])


def lit(picture: Picture, width: int, height: int) -> np.ndarray:
    """Linear light, float32 (height, width, 3)."""
    y, x = (np.mgrid[0:height, 0:width].astype(np.float32) + 0.5) / height
    haze = clouds(height, width, picture.seed)
    near = np.exp(-np.abs(y - picture.level) * 5.5)[..., None]
    out = np.asarray(picture.sky, np.float32) * (0.5 + haze)[..., None]
    out = out + np.asarray(picture.horizon, np.float32) * near * (0.35 + haze)[..., None]
    for beam in picture.beams:
        out = out + np.asarray(beam.color, np.float32) * beam_light(beam, x, y, haze)[..., None]
    if picture.ring:
        out = out + ring_light(picture.ring, x, y, haze)
    return out.astype(np.float32)
