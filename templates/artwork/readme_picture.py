"""The picture at the top of the project's README: one frame of every built-in template, in three rows.

python -m templates.artwork.readme_picture
"""

from pathlib import Path

import cv2
import numpy as np

from renderer.format.template import load, parse, sources
from renderer.stills import still

VIDEOS = Path(__file__).parents[1] / "videos"
PICTURE = Path(__file__).parents[2] / "docs" / "templates.jpg"
WIDTH, GAP = 1600, 8  # pixels
PAPER = (240, 245, 247)  # blue, green, red
ROWS = (
    (("travel-list", 2.5), ("real-estate", 2.5), ("event-countdown", 2.0)),
    (("news-story", 2.0), ("sale-banner", 5.0), ("testimonial", 2.0), ("product-promo", 2.5)),
    (("title-card", 5.0), ("quote", 5.0), ("lower-third", 3.0)),
)


def frame(name: str, seconds: float) -> np.ndarray:
    template = parse(load((VIDEOS / f"{name}.json").read_bytes()))
    files = {source.url: VIDEOS / source.url for source in sources(template)}
    image = still(template, files, seconds, format="png")
    return cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_COLOR)


def row(frames: list[np.ndarray]) -> np.ndarray:
    """Side by side at one height, as wide as the picture."""
    shapes = [picture.shape[1] / picture.shape[0] for picture in frames]
    height = round((WIDTH - GAP * (len(frames) + 1)) / sum(shapes))
    canvas = np.full((height, WIDTH, 3), PAPER, np.uint8)
    left = float(GAP)
    for picture, shape in zip(frames, shapes, strict=True):
        width = min(round(shape * height), WIDTH - GAP - round(left))
        canvas[:, round(left) : round(left) + width] = cv2.resize(
            picture, (width, height), interpolation=cv2.INTER_AREA
        )
        left += shape * height + GAP
    return canvas


def main() -> None:
    gap = np.full((GAP, WIDTH, 3), PAPER, np.uint8)
    parts = [gap]
    for names in ROWS:
        parts += [row([frame(name, seconds) for name, seconds in names]), gap]
    cv2.imwrite(str(PICTURE), np.concatenate(parts), [cv2.IMWRITE_JPEG_QUALITY, 84, cv2.IMWRITE_JPEG_PROGRESSIVE, 1])


if __name__ == "__main__":
    main()
