"""From linear light to a JPEG: bloom, tone curve, grade, vignette and grain."""

from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np


class Grade(NamedTuple):
    exposure: float = 1.0
    bloom: float = 0.12
    saturation: float = 1.05
    shadows: tuple[float, float, float] = (0.0, 0.0, 0.0)  # added in the dark, display values
    lights: tuple[float, float, float] = (1.0, 1.0, 1.0)  # multiplied in the light
    vignette: float = 0.18
    grain: float = 0.011


class Bird(NamedTuple):
    """Where it flies and how wide it spans, in shares of the picture's width (x, span) and height (y)."""

    x: float
    y: float
    span: float


def with_birds(light: np.ndarray, birds: list[Bird]) -> np.ndarray:
    """Gliding birds as dark strokes, each with its own tilt."""
    height, width = light.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    along = np.linspace(-1.0, 1.0, 25)
    for number, bird in enumerate(birds):
        tilt, lift = 0.30 * np.sin(number * 2.4), 0.45 + 0.2 * np.cos(number * 1.7)
        wing = lift * (1.5 * np.abs(along) ** 0.7 - 0.8 * np.abs(along) ** 2.5)
        x = bird.x * width + along * bird.span * width / 2
        y = bird.y * height + (along * tilt - wing) * bird.span * width / 2
        points = np.stack([x, y], axis=1) * 16
        thick = max(1, round(bird.span * width * 0.06))
        cv2.polylines(mask, [points.round().astype(np.int32)], False, 255, thick, cv2.LINE_AA, 4)
    return light * (1.0 - 0.85 * (mask[..., None] / np.float32(255)))


def bloomed(light: np.ndarray, amount: float) -> np.ndarray:
    """Light spills from what is brighter than white: four blurs, each twice as wide."""
    height = light.shape[0]
    bright = np.clip(light - 0.9, 0.0, 12.0)
    spilled = np.zeros_like(light)
    for share, width in ((0.4, 0.004), (0.3, 0.012), (0.2, 0.035), (0.1, 0.09)):
        spilled += share * cv2.GaussianBlur(bright, (0, 0), width * height)
    return light + amount * 6.0 * spilled


def toned(light: np.ndarray) -> np.ndarray:
    """Narkowicz's fit of the ACES film curve, then the sRGB transfer function."""
    mapped = np.clip(light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14), 0.0, 1.0)
    return np.where(mapped <= 0.0031308, mapped * 12.92, 1.055 * np.maximum(mapped, 1e-6) ** (1 / 2.4) - 0.055)


def graded(picture: np.ndarray, grade: Grade) -> np.ndarray:
    grey = picture @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    picture = grey[..., None] + (picture - grey[..., None]) * grade.saturation
    dark = (1.0 - grey[..., None]) ** 2
    picture = picture + np.array(grade.shadows, np.float32) * dark
    picture = picture * (1.0 + (np.array(grade.lights, np.float32) - 1.0) * grey[..., None])
    height, width = grey.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    far = ((x / width - 0.5) ** 2 + (y / height - 0.5) ** 2) / 0.5
    return picture * (1.0 - grade.vignette * far[..., None] ** 1.4)


def grained(picture: np.ndarray, amount: float, seed: int) -> np.ndarray:
    """Film grain: mostly grey, a little softer than a pixel, weaker in the lights."""
    noise = np.random.default_rng(seed).normal(0.0, 1.0, picture.shape[:2]).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), 0.7)[..., None] * 1.9
    return picture + noise * amount * (1.15 - 0.8 * np.clip(picture, 0, 1))


def save(light: np.ndarray, path: Path, grade: Grade, *, quality: int = 88, seed: int = 1) -> int:
    """Write a JPEG; returns its size in bytes."""
    picture = toned(bloomed(light * grade.exposure, grade.bloom)).astype(np.float32)
    picture = grained(graded(picture, grade), grade.grain, seed)
    pixels = (np.clip(picture, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)[..., ::-1]
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_PROGRESSIVE, 1, cv2.IMWRITE_JPEG_OPTIMIZE, 1]
    cv2.imwrite(str(path), pixels, options)
    return path.stat().st_size
