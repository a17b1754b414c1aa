"""The files that the goldens draw, made anew every time: what they show does not depend on a codec."""

from pathlib import Path

import cv2
import numpy as np

from renderer.format.families import FONT_FOLDER
from tests.renderer.filming import film
from tests.renderer.stills import Pixels, write_picture

STRIPES = ((231, 111, 81), (233, 196, 106), (42, 157, 143), (38, 70, 83))


def files(folder: Path) -> dict[str, Path]:
    """By the address that the cases use."""
    return {
        "photo.png": write_picture(folder / "photo.png", _stripes()),
        "hills.png": write_picture(folder / "hills.png", _hills()),
        "ring.png": write_picture(folder / "ring.png", _ring()),
        "clip.mkv": film(folder / "clip.mkv", [_bar(n, 40) for n in range(8)], fps=4),
        "other.mkv": film(folder / "other.mkv", [_bar(n, 200) for n in range(8)], fps=4),
        "Anton.ttf": FONT_FOLDER / "Anton" / "Anton_400Regular.ttf",
        "Bangers.ttf": FONT_FOLDER / "Bangers" / "Bangers_400Regular.ttf",
    }


def _stripes() -> Pixels:
    """Twice as wide as high; another colour at each end, and a mark at the top and at the bottom."""
    pixels = np.repeat(np.array(STRIPES, np.uint8)[None], 20, axis=1).repeat(40, axis=0)
    pixels[4:12, 8:16] = 255
    pixels[28:36, 36:60] = 0
    return pixels


def _hills() -> Pixels:
    y, x = np.mgrid[0:240, 0:400].astype(np.float32)
    tones = [90 + 80 * np.sin(x / 40), 110 + 60 * np.cos(y / 30), 140 + 80 * np.sin((x - y) / 55)]
    hills: Pixels = np.stack(tones, axis=-1).clip(0, 255).astype(np.uint8)
    cv2.circle(hills, (200, 120), 60, (255, 255, 255), 3, cv2.LINE_AA)
    return hills


def _ring() -> Pixels:
    """With holes in and around it."""
    ring = np.zeros((200, 200, 4), np.uint8)
    cv2.circle(ring, (100, 100), 80, (255, 160, 40, 255), 30, cv2.LINE_AA)
    return ring


def _bar(number: int, tint: int) -> Pixels:
    """I420 rows of a clip: a bright bar that has come `number` eighths of the way, and marks at the top and bottom."""
    planes = np.full((48 * 3 // 2, 80), 128, np.uint8)
    planes[:48] = 90
    planes[:48, number * 10 : number * 10 + 10] = 220
    planes[4:12, 4:20], planes[34:44, 60:76] = 30, 160
    planes[48:60] = tint
    return planes
