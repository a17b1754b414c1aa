"""Makes the pictures and the sound of the sale banner: python -m templates.artwork.sale_banner"""

from functools import reduce
from pathlib import Path

import cv2
import numpy as np

from templates.artwork import instruments, sale_banner_score
from templates.artwork.confetti import Shower, thrown
from templates.artwork.waves import Wave, color_of, cut, mixed, paper

MEDIA = Path(__file__).parents[1] / "videos" / "media" / "sale-banner"
FRAME = 1080
SIZE = 1188  # of what fills the frame: a tenth more
REACH = 2160  # of the sheets that close over the frame
PALETTE = ["#FF4F8B", "#FFF1DC", "#FFC83D", "#FF6A24", "#7B2BFF", "#FF8FB3"]
TEXTS = ((0.04, 0.18, 0.96, 0.72), (0.60, 0.0, 0.98, 0.16), (0.56, 0.80, 0.98, 1.0))
SHOWERS = {
    "confetti": Shower(44, 0.018, 0.042, TEXTS, 0, 12),
    "confetti-near": Shower(7, 0.06, 0.10, (*TEXTS, (0.14, 0.16, 0.86, 0.84)), 0.006, 9),
}
DARK = color_of("#3A0413")


def sheet(offset, angle, phase, rim, base, deep, *, foil=False, glint=0.55) -> Wave:
    swings = ((0.060, 0.95, phase), (0.022, 0.47, phase * 1.7 + 0.2))
    return Wave(offset, angle, swings, color_of(rim), color_of(base), color_of(deep), 0.05, foil, glint)


BELOW = [  # from back to front, lower right corner
    sheet(0.13, -24, 0.10, "#D3152F", "#C10F2C", "#960A26", glint=0.14),
    sheet(0.27, -27, 0.32, "#D6221F", "#C21A1D", "#98101E", glint=0.14),
]
ABOVE = [  # upper left corner
    sheet(0.26, 156, 0.62, "#D3152F", "#C10F2C", "#960A26", glint=0.14),
    sheet(0.36, 153, 0.86, "#D6221F", "#C21A1D", "#98101E", glint=0.14),
]
FRONT = {
    "wave-1": sheet(0.31, -28, 0.55, "#FF8A3C", "#FF6A24", "#EE3F22", foil=True),
    "wave-2": sheet(0.42, -31, 0.80, "#FFEB9A", "#FFCE3A", "#FFA21F"),
    "wave-3": sheet(0.42, 151, 0.12, "#FF8A3C", "#FF6A24", "#EE3F22", foil=True),
    "wave-4": sheet(0.52, 148, 0.36, "#FFEB9A", "#FFCE3A", "#FFA21F"),
}


def valley(size: int) -> np.ndarray:
    """The deepest sheet: crimson, lit from the upper left."""
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / size
    return mixed(color_of("#A80A2C"), color_of("#7C0626"), np.clip(0.25 * x + 0.75 * y, 0, 1))


def background(size: int) -> np.ndarray:
    return paper(valley(size), 4)


def over(below: np.ndarray, above: np.ndarray) -> np.ndarray:
    """A sheet with alpha on another."""
    alpha = above[..., 3:] + below[..., 3:] * (1 - above[..., 3:])
    color = above[..., :3] * above[..., 3:] + below[..., :3] * below[..., 3:] * (1 - above[..., 3:])
    return np.dstack([color / np.maximum(alpha, 1e-4), alpha])


def behind(size: int) -> np.ndarray:
    """The sheets behind the texts, all in one."""
    sheets = [cut(wave, size, FRAME, DARK) for wave in (*ABOVE, *BELOW)]
    return reduce(over, sheets)


def pixels(picture: np.ndarray) -> np.ndarray:
    """8 bits, in the order that OpenCV writes."""
    out = (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)
    return out[..., [2, 1, 0, 3][: out.shape[2]]]


def write(name: str, picture: np.ndarray) -> None:
    """A JPEG, or a PNG if it has an alpha channel."""
    path = MEDIA / f"{name}.{'png' if picture.shape[2] == 4 else 'jpg'}"
    cv2.imwrite(str(path), picture, [cv2.IMWRITE_JPEG_QUALITY, 88] if path.suffix == ".jpg" else [])
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    MEDIA.mkdir(parents=True, exist_ok=True)
    print(instruments.write(sale_banner_score.mix(), MEDIA / "bed.m4a"))
    write("background", pixels(background(SIZE)))
    write("waves-back", pixels(behind(SIZE)))
    for name, wave in FRONT.items():
        write(name, pixels(cut(wave, REACH, FRAME, DARK)))
    for name, shower in SHOWERS.items():
        write(name, thrown(shower, PALETTE, SIZE))
