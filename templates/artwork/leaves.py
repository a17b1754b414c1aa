"""Shadows of twigs that move over a wall: soft, brown, the farther from the wall the softer."""

import cv2
import numpy as np

SHADE = (0.24, 0.12, 0.04)
FINE = 8  # bits of a pixel that OpenCV draws with


def _leaf(mask: np.ndarray, x: float, y: float, angle: float, long: float, wide: float) -> None:
    """A pointed leaf whose midrib bends a little."""
    t = np.linspace(0, 1, 24)
    half = wide * np.sin(np.pi * t**0.85) * (1 - 0.25 * t)
    bend = angle + 0.35 * t
    mid_x, mid_y = x + np.cumsum(np.cos(bend)) * long / 24, y + np.cumsum(np.sin(bend)) * long / 24
    side = np.stack([-np.sin(bend), np.cos(bend)]) * half
    there = np.stack([mid_x + side[0], mid_y + side[1]], axis=1)
    back = np.stack([mid_x - side[0], mid_y - side[1]], axis=1)[::-1]
    points = (np.concatenate([there, back]) * 2**FINE).round().astype(np.int32)
    cv2.fillPoly(mask, [points], 255, cv2.LINE_AA, FINE)


def _twig(mask: np.ndarray, start: tuple[float, float], angle: float, long: float, leaf: float, seed: int) -> None:
    """A hanging twig with leaves on both sides that get smaller towards its end."""
    chance = np.random.default_rng(seed)
    t = np.linspace(0, 1, 80)
    bend = angle + 0.7 * t**1.4
    x, y = start[0] + np.cumsum(np.cos(bend)) * long / 80, start[1] + np.cumsum(np.sin(bend)) * long / 80
    points = (np.stack([x, y], axis=1) * 2**FINE).round().astype(np.int32)
    cv2.polylines(mask, [points], False, 255, max(2, round(leaf * 0.045)), cv2.LINE_AA, FINE)
    for number, at in enumerate(np.linspace(6, 79, max(5, round(long / (leaf * 0.30)))).astype(int)):
        side = 1 if number % 2 else -1
        size = leaf * (1.05 - 0.45 * t[at]) * chance.uniform(0.82, 1.12)
        turn = bend[at] + side * chance.uniform(0.55, 0.95)
        _leaf(mask, float(x[at]), float(y[at]), float(turn), size, size * chance.uniform(0.14, 0.19))


def cast(
    width: int, height: int, twigs: list[tuple[float, float, float, float, float]], blur: float, dark: float
) -> np.ndarray:
    """Red, green, blue and straight alpha of the shadow of twigs: x, y, angle, length and leaf of each, in pixels."""
    mask = np.zeros((height, width), np.uint8)
    for seed, (x, y, angle, long, leaf) in enumerate(twigs):
        _twig(mask, (x, y), angle, long, leaf, seed + 3)
    soft = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), blur)
    away = np.minimum.reduce(np.broadcast_arrays(*_margins(width, height, blur * 3)))
    alpha = np.round(soft * away * dark * 255) / 255
    return np.dstack([np.broadcast_to(np.array(SHADE, np.float32), (height, width, 3)), alpha])


def _margins(width: int, height: int, wide: float) -> tuple[np.ndarray, np.ndarray]:
    """0 at the left, right and lower edge, 1 inside; the upper edge lies outside of the frame."""
    x, y = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    across = np.clip(np.minimum(x, width - 1 - x) / wide, 0, 1)
    return across[None, :], np.clip((height - 1 - y) / wide, 0, 1)[:, None]
