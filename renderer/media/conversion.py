"""A decoded video frame becomes upright and of the size at which it is drawn: an sRGB picture, or planes."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, NamedTuple, cast

import av.error
import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.reformatter import (
    ColorPrimaries,
    ColorRange,
    Colorspace,
    ColorTrc,
    Interpolation,
    VideoReformatter,
)
from numpy.typing import NDArray

from renderer.errors import MediaError
from renderer.matrix import BT601, BT709, Matrix, matrix_for
from renderer.media.orientation import Orientation, has_alpha, orientation_of, turned
from renderer.pixels import premultiply, to_bgra, to_i420

Bytes = NDArray[np.uint8]

# AVColorSpace, ISO/IEC 23091-2: unspecified ones follow the size of the picture, as in players.
_MATRICES = {1: BT709, 5: BT601, 6: BT601}
_OTHER_MATRICES = {4: Colorspace.FCC, 7: Colorspace.SMPTE240M, 9: Colorspace.BT2020, 10: Colorspace.BT2020}
_SWSCALE = {BT601: Colorspace.ITU601, BT709: Colorspace.ITU709}
_WIDE_PRIMARIES = {9, 11, 12}  # BT.2020, DCI and Display P3
_HDR_CURVES = {16, 18}  # PQ, HLG
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
        """What it may come to hold."""
        width, height = self.size
        return width * height * 6

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

    `size` is the upright width and height to deliver, `matrix` the one of the planes.

    Where chroma samples sit is left as it is. Ours are the means of 2x2 pixels, most cameras' lie half a pixel
    further left: to move them by a quarter of their distance would blur them, and cost what copying them saves.
    """

    def __init__(self, size: tuple[int, int], matrix: Matrix) -> None:
        self.size, self.matrix = size, matrix
        self._scaler = VideoReformatter()

    def picture(self, frame: VideoFrame) -> Bytes:
        """BGRA (h, w, 4), premultiplied if the frame has alpha."""
        orientation = orientation_of(frame)
        width, height = self._lying(orientation)
        with _telling(frame):
            if _is_rgb(frame):
                return turned(self._from_rgb(frame, width, height), orientation)
            scaled = self._scaled(frame, width, height)
        picture = np.empty((height, width, 4), np.uint8)
        to_bgra((scaled.y, scaled.u, scaled.v), picture, scaled.matrix, full_range=scaled.full_range)
        return turned(picture, orientation)

    def copy_planes(self, frame: VideoFrame, planes: Bytes) -> bool:
        """Fills limited-range I420 of our matrix, or says that the frame's own planes are of another kind."""
        if _is_rgb(frame) or _is_wide(frame) or _is_full(frame) or _matrices(frame)[1] != self.matrix:
            return False
        orientation = orientation_of(frame)
        width, height = self._lying(orientation)
        with _telling(frame):
            scaled = self._scaled(frame, width, height)
        luma = width * height
        for plane, start, share in ((scaled.y, 0, 1), (scaled.u, luma, 2), (scaled.v, luma * 5 // 4, 2)):
            upright = turned(plane[: height // share, : width // share], orientation)
            np.copyto(planes[start : start + upright.size].reshape(upright.shape), upright)
        return True

    def _lying(self, orientation: Orientation) -> tuple[int, int]:
        """Width and height as the frame is stored."""
        return self.size[::-1] if orientation.transpose else self.size

    def _scaled(self, frame: VideoFrame, width: int, height: int) -> "_Planes":
        """4:2:0 planes, from which our own sums lead on: swscale's fast path to RGB is dark by one level,
        its exact one takes 10 ms for 1920x1080, this one 1.2 ms."""
        source, matrix = _matrices(frame)
        full, wide = _is_full(frame), _is_wide(frame)
        span = ColorRange.JPEG if full else ColorRange.MPEG
        scaled = self._scaler.reformat(
            frame,
            width,
            height,
            "yuv420p",
            src_colorspace=source,
            dst_colorspace=_SWSCALE[matrix],
            interpolation=Interpolation.BICUBIC,
            src_color_range=span,
            dst_color_range=span,
            dst_color_trc=ColorTrc.BT709 if wide else None,
            dst_color_primaries=ColorPrimaries.BT709 if wide else None,
            threads=1,
        )
        y, u, v = (_rows(plane) for plane in scaled.planes)
        return _Planes(y, u, v, matrix, full)

    def _from_rgb(self, frame: VideoFrame, width: int, height: int) -> Bytes:
        rgb = frame.format.is_rgb or frame.format.has_palette
        full = rgb or frame.color_range == ColorRange.JPEG
        scaled = self._scaler.reformat(
            frame,
            width,
            height,
            "bgra",
            src_colorspace=None if rgb else _matrices(frame)[0],
            interpolation=_FINE,
            src_color_range=ColorRange.JPEG if full else ColorRange.MPEG,
            dst_color_range=ColorRange.JPEG,
            threads=1,
        )
        picture = _rows(scaled.planes[0])[:, : width * 4].reshape(height, width, 4)
        if has_alpha(frame):
            picture = picture.copy() if scaled is frame else picture  # the decoder still needs its own
            premultiply(picture)
        return picture


class _Planes(NamedTuple):
    """Rows of 8-bit Y, U, V, with the decoder's padding."""

    y: Bytes
    u: Bytes
    v: Bytes
    matrix: Matrix
    full_range: bool


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


def _is_wide(frame: VideoFrame) -> bool:
    return frame.color_primaries in _WIDE_PRIMARIES or frame.color_trc in _HDR_CURVES


def _matrices(frame: VideoFrame) -> tuple[Colorspace, Matrix]:
    """The frame's own matrix in swscale's terms, and the one of ours that its planes shall have."""
    if other := _OTHER_MATRICES.get(frame.colorspace):
        return other, BT709
    matrix = _MATRICES.get(frame.colorspace) or matrix_for(frame.width, frame.height)
    return _SWSCALE[matrix], matrix


def _rows(plane: VideoPlane) -> Bytes:
    """The plane's bytes with their padding, without a copy."""
    rows: Bytes = np.frombuffer(cast(Any, plane), np.uint8).reshape(-1, plane.line_size)
    return rows
