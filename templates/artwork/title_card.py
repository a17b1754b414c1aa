"""Makes the papers and the sound of the title card: python -m templates.artwork.title_card"""

from pathlib import Path

import cv2
import numpy as np

from templates.artwork import instruments, paper, title_card_score

MEDIA = Path(__file__).parents[1] / "videos" / "media" / "title-card"


def frond(width: int, height: int, fingers: int, *, bend: float = 0.2) -> np.ndarray:
    """A weed as Matisse cut it: a bending stem with fingers on both sides, all cut round."""
    mask = np.zeros((height * paper.FINE, width * paper.FINE), np.uint8)
    along = np.linspace(0, 1, 60)
    x = width * (0.5 - bend * np.sin((along - 0.06) * np.pi * 1.6) * 0.5)
    y = height * (0.955 - 0.80 * along)
    paper.brushed(mask, x, y, width * (0.034 + 0.030 * along))
    for number in range(fingers):
        share = 0.11 + 0.70 * number / (fingers - 1)
        long = width * (0.30 + 0.10 * np.sin((share + 0.1) * np.pi) - 0.08 * share)
        for side in (-1, 1):
            at = int((share + 0.03 * side) * 59)
            t = np.linspace(0, 1, 20)
            out, up = t - 0.16 * t**2, 0.16 * t + (0.34 + 0.12 * share) * t**2
            radius = width * (0.034 + 0.028 * np.sin(t * np.pi / 2) ** 2)
            paper.brushed(mask, x[at] + side * long * out, y[at] - long * up, radius)
    return paper.rounded(mask, width * 0.014)


def flower(size: int, petals: int, *, deep: float = 0.2) -> np.ndarray:
    """A disc with a scalloped edge, a little uneven as scissors leave it."""
    angle = np.linspace(0, 2 * np.pi, 1440, endpoint=False)
    radius = size * 0.46 * (1 - deep + deep * np.abs(np.cos(angle * petals / 2)) ** 0.7)
    radius *= 1 + 0.018 * np.sin(3 * angle + 1) + 0.012 * np.sin(5 * angle)
    return _outline(size, size, size / 2 + radius * np.cos(angle), size / 2 + radius * np.sin(angle), size * 0.018)


def disc(size: int) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, 720, endpoint=False)
    radius = size * 0.47 * (1 + 0.012 * np.sin(3 * angle) + 0.008 * np.sin(7 * angle + 2))
    return _outline(size, size, size / 2 + radius * np.cos(angle), size / 2 + radius * np.sin(angle), 2)


def _outline(width: int, height: int, x: np.ndarray, y: np.ndarray, rounding: float) -> np.ndarray:
    mask = np.zeros((height * paper.FINE, width * paper.FINE), np.uint8)
    points = (np.stack([x, y], axis=1) * paper.FINE * 16).round().astype(np.int32)
    cv2.fillPoly(mask, [points], 255, cv2.LINE_AA, 4)
    return paper.rounded(mask, rounding)


def blossom(size: int, petals: int, tints: tuple[str, str, str], seed: int) -> np.ndarray:
    """A flower, on it a smaller one and a button."""
    laid = np.zeros((1, 1, 4), np.float32)
    layers = (
        (flower(size, petals), 20),
        (flower(2 * round(size * 0.28), petals, deep=0.16), 11),
        (disc(2 * round(size * 0.12)), 9),
    )
    for number, ((shape, height), tint) in enumerate(zip(layers, tints, strict=True)):
        mask = paper.framed(shape, (size + 80 - len(shape)) // 2)
        laid = paper.over(laid, paper.cut(mask, tint, seed + number, height=height))
    return laid


def _ellipse(width: int, height: int) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, 1440, endpoint=False)
    return _outline(width, height, width / 2 * (1 + np.cos(angle)), height / 2 * (1 + np.sin(angle)), 1)


def table() -> np.ndarray:
    """Grain of the lowest sheet, and the light that falls off over it; white and black."""
    height, width = 1080, 1920
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    lamp = np.exp(-(((x - 520) / 1500) ** 2 + ((y - 120) / 1000) ** 2))
    light = np.round((0.16 * lamp - 0.10 + 0.04 * paper.grain(width, height, 2)) * 64) / 64
    rgb = np.repeat((light > 0).astype(np.float32)[..., None], 3, axis=2)
    return np.dstack([rgb, np.abs(light) * np.where(light > 0, 1.5, 1.0)])


def pieces() -> dict[str, np.ndarray]:
    return {
        "frond-1": paper.cut(paper.framed(frond(400, 560, 5, bend=0.12), 50), "#A4114F", 3, height=16),
        "frond-2": paper.cut(paper.framed(frond(310, 420, 4, bend=-0.13), 40), "#FFD24A", 4, height=14),
        "blossom-1": blossom(400, 9, ("#FFB9CC", "#F0386B", "#FFD24A"), 5),
        "blossom-2": blossom(220, 7, ("#FFF1D6", "#FF8A3C", "#B3155A"), 15),
        "sheet-3": paper.sheen(np.pad(np.ones((620 - 2, 430 - 2), np.float32), 1), 12),
        "sun": paper.sheen(_ellipse(740, 740), 8),
        "sheet-1": paper.sheen(np.pad(np.ones((560 - 2, 400 - 2), np.float32), 1), 9),
        "sheet-2": paper.sheen(np.pad(np.ones((430 - 2, 340 - 2), np.float32), 1), 10),
        "table": table(),
    }


if __name__ == "__main__":
    MEDIA.mkdir(parents=True, exist_ok=True)
    for name, picture in pieces().items():
        print(paper.save(picture, MEDIA / f"{name}.png"))
    print(instruments.write(title_card_score.mix(), MEDIA / "bed.m4a"))
