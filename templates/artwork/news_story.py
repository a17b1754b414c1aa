"""Makes the pictures and the sound of the news story: python -m templates.artwork.news_story [NAME...]

Names are those of the files without their endings. Each of the two photographs takes two to four minutes on one core.
"""

import sys
from pathlib import Path

import cv2
import numpy as np

from templates.artwork import finish, instruments, news_story_score, night_train, paper, sleeper

MEDIA = Path(__file__).parents[1] / "videos" / "media" / "news-story"
WIDTH, HEIGHT = 1134, 2016  # a twentieth more than the frame

LINES = [  # of the map: places on a lattice of 60 pixels, each one straight or diagonal from the one before
    [(-1, 3), (4, 3), (8, 7), (8, 12), (13, 17), (19, 17)],
    [(2, -1), (2, 6), (7, 11), (13, 11), (16, 8), (19, 8)],
    [(-1, 14), (5, 14), (8, 11), (8, 7), (13, 2), (13, -1)],
    [(-1, 9), (3, 9), (5, 7), (12, 7), (15, 4), (19, 4)],
    [(6, -1), (6, 2), (11, 7), (11, 13), (6, 18), (6, 21)],
    [(16, -1), (16, 13), (12, 17), (12, 21)],
    [(-1, 18), (3, 18), (8, 13), (19, 13)],
]
STOPS = [
    *((2, 3), (4, 3), (8, 7), (8, 11), (11, 7), (11, 11), (5, 14), (13, 11), (16, 8), (13, 2)),
    *((3, 9), (5, 7), (16, 4), (8, 13), (11, 13), (16, 13), (6, 18), (2, 6), (14, 17), (6, 2)),
]


def _rounded_line(points: list[tuple[int, int]], step: float, radius: float) -> np.ndarray:
    """Places along a line of a map, its bends rounded."""
    corners = [np.array(point, np.float64) * step for point in points]
    path = [corners[0]]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        into = corner + (before - corner) / np.linalg.norm(before - corner) * radius
        out = corner + (after - corner) / np.linalg.norm(after - corner) * radius
        path += [into * (1 - t) ** 2 + corner * 2 * t * (1 - t) + out * t**2 for t in np.linspace(0, 1, 12)]
    return np.array([*path, corners[-1]])


def network() -> np.ndarray:
    """A map of lines that cross, pressed into the ground they lie on; red, green, blue and alpha."""
    width, height, step, fine = 1134, 1260, 63.0, 4
    dark = np.zeros((height, width), np.uint8)
    for points in LINES:
        path = (_rounded_line(points, step, 44) * 2**fine).round().astype(np.int32)
        cv2.polylines(dark, [path], False, 255, 22, cv2.LINE_AA, fine)
    lines = dark.astype(np.float32) / 255
    soft = cv2.GaussianBlur(lines, (0, 0), 5)
    lit = np.clip(cv2.warpAffine(soft, np.float32([[1, 0, 3], [0, 1, 4]]), (width, height)) - soft, 0, 1) * (1 - lines)
    rgb, alpha = np.zeros((height, width, 3), np.float32), 0.15 * lines
    rgb[lines > 0] = (0.35, 0.02, 0.0)
    rgb = np.where((lit > 0.02)[..., None] & (lines[..., None] == 0), 1.0, rgb)
    picture = np.dstack([rgb, np.maximum(alpha, 0.35 * lit)])
    picture = paper.over(picture, _stops(width, height, step, fine))
    row = np.arange(height)
    fading = np.clip((height - 90 - row) / 420, 0, 1) ** 0.8 * np.clip((row - 110) / 150, 0, 1)
    picture[..., 3] = np.round(picture[..., 3] * fading[:, None] * 128) / 128
    return picture


def _stops(width: int, height: int, step: float, fine: int) -> np.ndarray:
    """Cream rings where the trains halt, with a little shadow."""
    outer, inner = np.zeros((height, width), np.uint8), np.zeros((height, width), np.uint8)
    for x, y in STOPS:
        centre = (round(x * step * 2**fine), round(y * step * 2**fine))
        cv2.circle(outer, centre, 21 * 2**fine, 255, -1, cv2.LINE_AA, fine)
        cv2.circle(inner, centre, 10 * 2**fine, 255, -1, cv2.LINE_AA, fine)
    ring = outer.astype(np.float32) / 255
    cast = 0.35 * cv2.GaussianBlur(np.roll(ring, (5, 3), (0, 1)), (0, 0), 6) * (1 - ring)
    core = (inner.astype(np.float32) / 255)[..., None]
    cream, hole = np.array((0.98, 0.95, 0.90), np.float32), np.array((0.07, 0.08, 0.09), np.float32)
    rgb = np.where(ring[..., None] > 0, cream * (1 - core) + hole * core, np.array((0.25, 0.02, 0.0), np.float32))
    return np.dstack([rgb, np.maximum(ring, cast)])


def make(name: str) -> str:
    """Write one file; returns what is to be said of it."""
    if name in ("train", "sleeper"):
        path = MEDIA / f"{name}.jpg"
        light, grade = (
            (night_train.paint(WIDTH, HEIGHT, 5), night_train.GRADE)
            if name == "train"
            else (sleeper.paint(WIDTH, HEIGHT, 3), sleeper.GRADE)
        )
        return f"{path.name}: {finish.save(light, path, grade, quality=86) / 1000:.0f} kB"
    if name == "network":
        return paper.save(network(), MEDIA / "network.png")
    return instruments.write(news_story_score.mix(), MEDIA / "bed.m4a")


if __name__ == "__main__":
    MEDIA.mkdir(parents=True, exist_ok=True)
    for wanted in sys.argv[1:] or ("train", "sleeper", "network", "bed"):
        print(make(wanted))
