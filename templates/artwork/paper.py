"""Cut paper: silhouettes with rounded scissor cuts, the light on their faces and edges, and the shadows that they cast.

Silhouettes and shades are float32 (height, width) in 0..1, pictures float32 (height, width, 4): red, green, blue and
straight alpha in 0..1. The light comes from the upper left.
"""

from pathlib import Path

import cv2
import numpy as np

LIGHT = np.array([-0.55, -0.83], np.float32)  # towards it, x and y
SHADE = (0.27, 0.05, 0.15)  # of shadows on yellow and pink paper
FINE = 2  # silhouettes are drawn at this many times their size


def colour(text: str) -> np.ndarray:
    """Of "#rrggbb": red, green, blue in 0..1."""
    return np.array([int(text[at : at + 2], 16) / 255 for at in (1, 3, 5)], np.float32)


def rounded(mask: np.ndarray, radius: float) -> np.ndarray:
    """A drawing of FINE times its size, shrunk to it, outer and inner corners rounded by about so many pixels."""
    height, width = mask.shape[0] // FINE, mask.shape[1] // FINE
    soft = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), radius * FINE * 0.6)
    cut_off = np.clip((soft - 0.5) * radius * FINE * 0.75 + 0.5, 0, 1)
    return np.asarray(cv2.resize(cut_off, (width, height), interpolation=cv2.INTER_AREA))


def brushed(mask: np.ndarray, x: np.ndarray, y: np.ndarray, radius: np.ndarray) -> None:
    """Add a stroke that swells and thins to a drawing of FINE times its size; places and radii in pixels."""
    along = np.linspace(0, len(x) - 1, 160)
    for px, py, r in zip(*(np.interp(along, np.arange(len(x)), values) for values in (x, y, radius)), strict=True):
        centre = (round(px * FINE * 16), round(py * FINE * 16))
        cv2.circle(mask, centre, round(r * FINE * 16), 255, -1, cv2.LINE_AA, 4)


def framed(mask: np.ndarray, margin: int) -> np.ndarray:
    """With empty space all round, for the shadow."""
    return cv2.copyMakeBorder(mask, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=0)


def grain(width: int, height: int, seed: int) -> np.ndarray:
    """The tooth of drawing paper under raking light: about -1..1, fine, with fibres and a slow unevenness."""
    chance = np.random.default_rng(seed)
    relief = cv2.GaussianBlur(chance.normal(0, 1, (height, width)).astype(np.float32), (0, 0), 1.1) * 2.2
    relief += cv2.GaussianBlur(chance.normal(0, 1, (height, width)).astype(np.float32), (0, 0), 3.2) * 7.0
    fibres = np.zeros((height, width), np.uint8)
    for _ in range(width * height // 2600):
        angle, bend, length = chance.uniform(0, np.pi), chance.normal(0, 0.5), chance.uniform(8, 26)
        along = np.linspace(0, 1, 9)
        turn = angle + bend * along
        x = chance.uniform(0, width) + np.cumsum(np.cos(turn)) * length / 9
        y = chance.uniform(0, height) + np.cumsum(np.sin(turn)) * length / 9
        points = (np.stack([x, y], axis=1) * 16).astype(np.int32)
        cv2.polylines(fibres, [points], False, int(chance.uniform(60, 200)), 1, cv2.LINE_AA, 4)
    relief += cv2.GaussianBlur(fibres.astype(np.float32) / 255, (0, 0), 0.6) * 2.6
    lit = relief - np.roll(relief, (1, 1), (0, 1))
    blotches = cv2.GaussianBlur(chance.normal(0, 1, (height, width)).astype(np.float32), (0, 0), 40) * 30
    return np.asarray(np.clip(lit * 0.42 + blotches * 0.35, -1.2, 1.2))


def edge(mask: np.ndarray, thick: float) -> np.ndarray:
    """Light on the cut: positive where it faces the light, negative where it turns away, 0 on the face."""
    solid = (mask > 0.5).astype(np.uint8)
    inside = cv2.distanceTransform(solid, cv2.DIST_L2, 5)
    soft = cv2.GaussianBlur(mask, (0, 0), thick)
    dx, dy = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    steep = np.sqrt(dx * dx + dy * dy) + 1e-6
    facing = -(dx * LIGHT[0] + dy * LIGHT[1]) / steep
    rim = facing * np.clip(1.25 - inside / thick, 0, 1) * (mask > 0)
    return np.asarray(cv2.GaussianBlur(rim.astype(np.float32), (0, 0), 0.7))


def shadow(mask: np.ndarray, height: float, strength: float = 1.0) -> np.ndarray:
    """Opacity of what a sheet at a height over the table casts: a tight dark part and a wide pale one."""
    total = np.zeros_like(mask)
    for share, far, blur in ((0.30, 0.16, 0.22), (0.24, 0.5, 0.55), (0.16, 1.0, 1.3)):
        moved = np.float32([[1, 0, -LIGHT[0] * far * height], [0, 1, -LIGHT[1] * far * height]])
        cast = cv2.warpAffine(mask, moved, mask.shape[::-1])
        total = 1 - (1 - total) * (1 - share * strength * cv2.GaussianBlur(cast, (0, 0), blur * height))
    return total


def face(mask: np.ndarray, tint: np.ndarray, seed: int, *, bulge: float = 0.05) -> np.ndarray:
    """Red, green, blue of a sheet: grain, a gentle lift in the middle, and its cut edge."""
    height, width = mask.shape
    rise = cv2.GaussianBlur(mask, (0, 0), max(min(width, height) * 0.06, 4))
    slope = (
        cv2.Sobel(rise, cv2.CV_32F, 1, 0, ksize=5) * -LIGHT[0] + cv2.Sobel(rise, cv2.CV_32F, 0, 1, ksize=5) * -LIGHT[1]
    )
    slope /= np.abs(slope).max() + 1e-6
    shade = 1 + 0.04 * grain(width, height, seed) - bulge * slope
    shade = np.round(shade * 110) / 110  # few levels, small files
    rim = edge(mask, 2.2)[..., None]
    rgb = tint * shade[..., None]
    rgb = rgb + (1 - rgb) * np.clip(rim, 0, 1) * 0.42
    return np.asarray(rgb * (1 + 0.34 * np.clip(rim, -1, 0)))


def cut(mask: np.ndarray, tint: str, seed: int, *, height: float = 18, strength: float = 1.0) -> np.ndarray:
    """A piece of coloured paper and its shadow; the mask has room for it."""
    rgb = face(mask, colour(tint), seed)
    cast = shadow(mask, height, strength)
    alpha = mask + (1 - mask) * cast
    mixed = (rgb * mask[..., None] + np.array(SHADE) * ((1 - mask) * cast)[..., None]) / np.maximum(alpha, 1e-4)[
        ..., None
    ]
    return np.dstack([mixed, alpha]).astype(np.float32)


def over(lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """One picture laid on another of the same size."""
    top, under = upper[..., 3:], lower[..., 3:] * (1 - upper[..., 3:])
    alpha = top + under
    rgb = (upper[..., :3] * top + lower[..., :3] * under) / np.maximum(alpha, 1e-4)
    return np.dstack([rgb, alpha])


def sheen(mask: np.ndarray, seed: int) -> np.ndarray:
    """Grain and edge alone, white and black, to lie on a shape of any colour."""
    height, width = mask.shape
    light = np.round(0.045 * grain(width, height, seed) * 85) / 85 + np.where(mask > 0, edge(mask, 2.2), 0) * 0.34
    light = light * mask
    rgb = np.repeat((light > 0).astype(np.float32)[..., None], 3, axis=2)
    return np.dstack([rgb, np.minimum(np.abs(light) * np.where(light > 0, 1.5, 1.0), 1)])


def save(picture: np.ndarray, path: Path) -> str:
    """Write a PNG; returns its name and size."""
    pixels = (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)
    pixels[pixels[..., 3] == 0] = 0
    cv2.imwrite(str(path), cv2.cvtColor(pixels, cv2.COLOR_RGBA2BGRA), [cv2.IMWRITE_PNG_COMPRESSION, 9])
    return f"{path.name}: {picture.shape[1]}x{picture.shape[0]}, {path.stat().st_size / 1000:.0f} kB"
