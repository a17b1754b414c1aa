"""How one frame becomes another: fade, slide, push, wipe, zoom and circle over two finished frames.

`direction` is where the coming frame moves: `left` starts at the right edge. Fade, zoom and circle have none.
"""

import math

import cv2
import numpy as np
import skia

from renderer.drawing.geometry import Affine
from renderer.drawing.sheet import Pixels, Sheet, place, skia_image
from renderer.format.template import Transition

# In `zoom` the leaving frame grows to this and the coming one from its inverse, as if flying through.
ZOOM = 1.3

_HEADINGS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}


def combine(transition: Transition, progress: float, old: Pixels, new: Pixels, target: Pixels) -> None:
    """Fills `target` from the leaving and the coming frame: three arrays (h, w, 4) of opaque BGRA.

    `progress` has gone through the easing; where it overshoots 0..1 the nearer end is shown.
    """
    way = min(1.0, max(0.0, progress))
    match transition.type:
        case "fade":
            cv2.addWeighted(old, 1 - way, new, way, 0, dst=target)
        case "zoom":
            cv2.addWeighted(_zoomed(old, ZOOM**way), 1 - way, _zoomed(new, ZOOM ** (way - 1)), way, 0, dst=target)
        case "circle":
            np.copyto(target, old)
            _draw_circle(way, new, target)
        case kind:
            _travel(kind, _HEADINGS[transition.direction], way, old, new, target)


def _travel(kind: str, heading: tuple[int, int], way: float, old: Pixels, new: Pixels, target: Pixels) -> None:
    """Slide: the coming frame over the other. Push: both. Wipe: neither moves, the edge between them does."""
    height, width = target.shape[:2]
    x, y = heading
    left = round(-x * width * (1 - way))
    top = round(-y * height * (1 - way))
    if kind == "push":
        place(old, target, left + x * width, top + y * height)
    else:
        np.copyto(target, old)
    if kind == "wipe":
        seen = np.s_[max(0, top) : height + min(0, top), max(0, left) : width + min(0, left)]
        target[seen] = new[seen]
    else:
        place(new, target, left, top)


def _zoomed(frame: Pixels, scale: float) -> Pixels:
    """Scaled about the middle; where it no longer reaches the edges it is mirrored there."""
    height, width = frame.shape[:2]
    middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
    matrix = Affine(scale, 0.0, middle_x * (1 - scale), 0.0, scale, middle_y * (1 - scale))
    return np.asarray(
        cv2.warpAffine(
            frame,
            np.array(matrix).reshape(2, 3),
            (width, height),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT_101,
        ),
        np.uint8,
    )


def _draw_circle(way: float, new: Pixels, target: Pixels) -> None:
    height, width = target.shape[:2]
    image = skia_image(np.ascontiguousarray(new), opaque=True)
    shader = image.makeShader(skia.TileMode.kClamp, skia.TileMode.kClamp)
    paint = skia.Paint(AntiAlias=True, Shader=shader)
    radius = way * math.hypot(width, height) / 2
    Sheet(target, opaque=True).canvas.drawCircle(width / 2, height / 2, radius, paint)
