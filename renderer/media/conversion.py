"""A decoded video frame becomes upright and of the size at which it is drawn: an sRGB picture, or planes."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, cast

import av.error
import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.reformatter import (
    ColorRange,
    Colorspace,
    Interpolation,
    VideoReformatter,
)
from numpy.typing import NDArray

from renderer.errors import MediaError
from renderer.matrix import BT601, BT709, BT2020, FCC, MATRICES, SMPTE240, Matrix, matrix_for
from renderer.media.light import light_of
from renderer.media.orientation import Orientation, has_alpha
from renderer.pixels import STEPS, Light, premultiply, through_light, to_bgra, to_i420

Bytes = NDArray[np.uint8]

_SWSCALE = {
    BT601: Colorspace.ITU601,
    BT709: Colorspace.ITU709,
    FCC: Colorspace.FCC,
    SMPTE240: Colorspace.SMPTE240M,
    BT2020: Colorspace.BT2020,
}
_FINE = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT


class Developed:
    """One frame, converted when first asked for. What it gives is shared: never write to it."""

    def __init__(self, frame: VideoFrame, converter: "FrameConverter") -> None:
        self.frame, self._converter = frame, converter

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self._converter.size

    @property
    def bytes(self) -> int:
        """What it may come to hold: its picture, its planes and the frame, which may be much larger."""
        width, height = self.size
        return width * height * 6 + sum(plane.buffer_size for plane in self.frame.planes)

    @cached_property
    def picture(self) -> Bytes:
        """BGRA (h, w, 4), premultiplied where `has_alpha` says that the frame has an alpha channel, else opaque."""
        return self._converter.picture(self.frame)

    @cached_property
    def planes(self) -> Bytes | None:
        """Y, U, V in one piece, h * w * 3 // 2 bytes of limited range; None for alpha and for odd sizes.

        Planes that are already like that are copied. All others go by way of the picture, whose sums are exact.
        """
        width, height = self._converter.size
        if has_alpha(self.frame) or width % 2 or height % 2:
            return None
        planes = np.empty(height * width * 3 // 2, np.uint8)
        if not self._converter.copy_planes(self.frame, planes):
            to_i420(self.picture, planes, self._converter.matrix)
        return planes


class FrameConverter:
    """Converts the frames of one video, keeping swscale's tables from frame to frame.

    `size` is the upright width and height to deliver, `matrix` the one of the planes. All frames have the orientation
    of the first: to ask each one would tie it into a cycle, and keep dozens of them until a collection.

    Where chroma samples sit is not corrected for. Ours are the means of 2x2 pixels; those of most cameras, and of
    what swscale has scaled, lie half a pixel further left. To move them by a quarter of their distance would blur
    them, and cost what copying them saves.
    """

    def __init__(self, size: tuple[int, int], matrix: Matrix, orientation: Orientation) -> None:
        self.size, self.matrix = size, matrix
        self._orientation = orientation
        self._stored = size[::-1] if orientation.transpose else size
        self._scaler = VideoReformatter()

    def picture(self, frame: VideoFrame) -> Bytes:
        """BGRA (h, w, 4), premultiplied if the frame has alpha."""
        light, alpha = _light(frame), has_alpha(frame)
        # Clear pixels have colours, too: mixed with others before they are premultiplied, these would show.
        size = (frame.width, frame.height) if alpha else self._stored
        with _telling(frame):
            if light is not None:
                picture = self._relit(frame, size, light)
            elif _is_rgb(frame):
                picture = self._from_rgb(frame, size)
            else:
                picture = self._from_planes(frame, size)
        if alpha:
            premultiply(picture)
            picture = _resized(picture, self._stored)
        return turned(picture, self._orientation)

    def copy_planes(self, frame: VideoFrame, planes: Bytes) -> bool:
        """Fills limited-range I420 of our matrix, or says that the frame's own planes are of another kind."""
        if _is_rgb(frame) or _light(frame) is not None or _is_full(frame) or _matrix(frame) != self.matrix:
            return False
        width, height = self._stored
        with _telling(frame):
            y, u, v = self._scaled(frame, self._stored)
        luma = width * height
        for plane, start, share in ((y, 0, 1), (u, luma, 2), (v, luma * 5 // 4, 2)):
            upright = turned(plane[: height // share, : width // share], self._orientation)
            np.copyto(planes[start : start + upright.size].reshape(upright.shape), upright)
        return True

    def _from_planes(self, frame: VideoFrame, size: tuple[int, int]) -> Bytes:
        """Our own sums: swscale's fast path to RGB is dark by one level, its exact one takes 10 ms for
        1920x1080, this one 1.2 ms."""
        picture = np.empty((size[1], size[0], 4), np.uint8)
        to_bgra(self._scaled(frame, size), picture, _matrix(frame), full_range=_is_full(frame))
        return picture

    def _from_rgb(self, frame: VideoFrame, size: tuple[int, int]) -> Bytes:
        scaled = self._to_rgb(frame, size, "bgra")
        picture = _rows(scaled.planes[0])[:, : size[0] * 4].reshape(size[1], size[0], 4)
        return picture.copy() if scaled is frame else picture  # the decoder still needs its own

    def _relit(self, frame: VideoFrame, size: tuple[int, int], light: Light) -> Bytes:
        picture = np.full((size[1], size[0], 4), 255, np.uint8)
        scaled = self._to_rgb(frame, size, "gbrap12le" if has_alpha(frame) else "gbrp12le")
        g, b, r, *alpha = (_rows(plane).view("<u2") for plane in scaled.planes)
        through_light((r, g, b), picture, light)
        if alpha:
            picture[..., 3] = alpha[0][:, : size[0]] >> 4
        return picture

    def _scaled(self, frame: VideoFrame, size: tuple[int, int]) -> tuple[Bytes, Bytes, Bytes]:
        """Rows of 4:2:0 in 8 bits, padded, of the frame's own range and matrix."""
        matrix, span = _SWSCALE[_matrix(frame)], ColorRange.JPEG if _is_full(frame) else ColorRange.MPEG
        scaled = self._scaler.reformat(
            frame,
            *size,
            "yuv420p",
            src_colorspace=matrix,
            dst_colorspace=matrix,
            interpolation=Interpolation.BICUBIC,
            src_color_range=span,
            dst_color_range=span,
            threads=1,
        )
        y, u, v = (_rows(plane) for plane in scaled.planes)
        return y, u, v

    def _to_rgb(self, frame: VideoFrame, size: tuple[int, int], pixel_format: str) -> VideoFrame:
        rgb = frame.format.is_rgb or frame.format.has_palette
        full = rgb or _is_full(frame)
        return self._scaler.reformat(
            frame,
            *size,
            pixel_format,
            src_colorspace=None if rgb else _SWSCALE[_matrix(frame)],
            interpolation=_FINE,
            src_color_range=ColorRange.JPEG if full else ColorRange.MPEG,
            dst_color_range=ColorRange.JPEG,
            threads=1,
        )


@contextmanager
def _telling(frame: VideoFrame) -> Iterator[None]:
    try:
        yield
    except av.error.FFmpegError:
        message = f"Its pixel format ({frame.format.name}) cannot be converted."
        raise MediaError("unsupported_media", message) from None


def _is_rgb(frame: VideoFrame) -> bool:
    """Or has to become it: our kernels know no planes with alpha."""
    return frame.format.is_rgb or has_alpha(frame)


def _is_full(frame: VideoFrame) -> bool:
    return frame.color_range == ColorRange.JPEG or frame.format.name.startswith("yuvj")


def _light(frame: VideoFrame) -> Light | None:
    """swscale makes 255 * 16 of YUV's white at 12 bits, but leaves RGB's as it is."""
    return light_of(frame.color_primaries, frame.color_trc, STEPS - 1 if frame.format.is_rgb else 255 * 16)


def _resized(picture: Bytes, size: tuple[int, int]) -> Bytes:
    if picture.shape[1::-1] == size:
        return picture
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _matrix(frame: VideoFrame) -> Matrix:
    """An unspecified one follows the size of the picture, as in players."""
    return MATRICES.get(frame.colorspace) or matrix_for(frame.width, frame.height)


def _rows(plane: VideoPlane) -> Bytes:
    """The plane's bytes with their padding, without a copy."""
    rows: Bytes = np.frombuffer(cast(Any, plane), np.uint8).reshape(-1, plane.line_size)
    return rows


def turned(picture: Bytes, orientation: Orientation) -> Bytes:
    """The same array when nothing is to be done."""
    if orientation.transpose:
        picture = cast(Bytes, cv2.transpose(picture))
    if orientation.flip_x or orientation.flip_y:
        code = -1 if orientation.flip_x and orientation.flip_y else int(orientation.flip_x)
        picture = cast(Bytes, cv2.flip(picture, code))
    return picture
