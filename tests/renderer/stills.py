"""Frames of small templates, and pictures to put in them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from renderer.drawing.painter import Painter
from renderer.drawing.pictures import Plain
from renderer.format.template import parse
from renderer.format.timeline import Timeline

Pixels = NDArray[np.uint8]
BLACK = (0, 0, 0)
WHITE = (255, 255, 255)
RED = (255, 0, 0)
GREEN = (0, 128, 0)
BLUE = (0, 0, 255)


def no_videos(key: str, _seconds: float) -> Pixels:
    raise AssertionError(f"no video was expected at {key}")


def painter_of(
    raw: dict[str, Any],
    files: dict[str, Path] | None = None,
    frames: Callable[[str, float], Pixels] = no_videos,
    **more: Any,
) -> tuple[Painter, Timeline]:
    """`frames` answers with BGRA."""
    template = parse(raw)
    timeline = Timeline.build(template, {})
    shots: list[Plain] = []

    def shot(key: str, seconds: float) -> Plain:
        picture = frames(key, seconds)
        if not shots or shots[-1].picture is not picture:
            shots.append(Plain(picture))
        return shots[-1]

    return Painter(template, timeline, files or {}, shot, **more), timeline


def still(
    *objects: dict[str, Any],
    size: tuple[int, int] = (200, 100),
    frame: int = 0,
    files: dict[str, Path] | None = None,
    frames: Callable[[str, float], Pixels] = no_videos,
    template: dict[str, Any] | None = None,
    **scene: Any,
) -> Pixels:
    """RGB (h, w, 3) of a one-scene template of 30 frames a second, two seconds long unless said otherwise."""
    raw = {
        "width": size[0],
        "height": size[1],
        **(template or {}),
        "scenes": [{"duration": 2, "objects": list(objects), **scene}],
    }
    painter, timeline = painter_of(raw, files, frames)
    target = np.full((size[1], size[0], 4), 77, np.uint8)
    painter.draw(timeline.at(frame), target)
    return target[:, :, 2::-1]


def colour(pixels: Pixels, x: int, y: int) -> tuple[int, ...]:
    return tuple(int(channel) for channel in pixels[y, x])


def ink(pixels: Pixels, paper: tuple[int, int, int] = BLACK) -> tuple[int, int, int, int]:
    """Left, top, right, bottom (first outside) of all that differs from the paper."""
    rows, columns = np.nonzero((pixels != np.array(paper)).any(axis=2))
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


def write_picture(path: Path, pixels: NDArray[np.generic]) -> Path:
    """`pixels` are RGB or RGBA rows."""
    code = cv2.COLOR_RGBA2BGRA if pixels.shape[2] == 4 else cv2.COLOR_RGB2BGR
    assert cv2.imwrite(str(path), cv2.cvtColor(pixels, code))
    return path


def halves(width: int = 80, height: int = 40) -> Pixels:
    """Red on the left, blue on the right."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, : width // 2] = RED
    pixels[:, width // 2 :] = BLUE
    return pixels
