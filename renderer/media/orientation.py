"""The shape of a decoded frame: how it is turned, mirrored and stretched to stand upright, and its alpha."""

from typing import Any, cast

import cv2
import numpy as np
from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from msgspec import Struct
from numpy.typing import NDArray


class Orientation(Struct, frozen=True):
    """Swap rows and columns first, then mirror: every turn by right angles, mirrored or not."""

    transpose: bool = False
    flip_x: bool = False
    flip_y: bool = False


UPRIGHT = Orientation()
TURNS = (UPRIGHT, Orientation(True, True, False), Orientation(False, True, True), Orientation(True, False, True))
"""By clockwise quarter turns."""


def orientation_of(frame: VideoFrame) -> Orientation:
    """From the display matrix [a b u; c d v; x y w] (ISO/IEC 14496-12 §6.2.2), rounded to right angles."""
    try:
        matrix = np.frombuffer(cast(Any, frame.side_data)[Type.DISPLAYMATRIX], np.int32)
    except KeyError:
        return UPRIGHT
    except ValueError:  # of a frame with data of a kind that PyAV has no name for (a JPEG's Exif) it tells none at all
        return TURNS[round(-frame.rotation / 90) % 4]
    a, b, c, d = (int(matrix[i]) for i in (0, 1, 3, 4))
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return Orientation(False, a < 0, d < 0)
    return Orientation(True, c < 0, b < 0)


def turned(picture: NDArray[np.uint8], orientation: Orientation) -> NDArray[np.uint8]:
    """The same array when nothing is to be done."""
    if orientation.transpose:
        picture = cast(NDArray[np.uint8], cv2.transpose(picture))
    if orientation.flip_x or orientation.flip_y:
        code = -1 if orientation.flip_x and orientation.flip_y else int(orientation.flip_x)
        picture = cast(NDArray[np.uint8], cv2.flip(picture, code))
    return picture


def display_size(frame: VideoFrame, stream: VideoStream) -> tuple[int, int]:
    """Width and height as seen, the width following from the shape of the samples (DV, DVD)."""
    width, height, aspect = frame.width, frame.height, stream.sample_aspect_ratio
    if aspect and aspect > 0 and aspect != 1:
        width = max(1, round(width * aspect))
    return (height, width) if orientation_of(frame).transpose else (width, height)


def has_alpha(frame: VideoFrame) -> bool:
    return frame.format.has_palette or any(component.is_alpha for component in frame.format.components)
