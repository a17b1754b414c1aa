"""The picture of a video at any time, read forwards: exact times, trim, loop, the last one held."""

from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import av.error
from av.video.frame import VideoFrame

from renderer.errors import MediaError
from renderer.matrix import BT709, Matrix
from renderer.media.conversion import Developed, FrameConverter
from renderer.media.info import MediaInfo
from renderer.media.orientation import orientation_of
from renderer.media.probe import check_size, decoder_of, frames_of, open_media, origin_of, video_stream

_SECOND = 1_000_000  # times are whole microseconds, so that loops and trims meet exactly
_NEAR = 5 * _SECOND  # decoding this far ahead is no dearer than going back to a key frame
_STEPS_BACK = (0, 2 * _SECOND, 10 * _SECOND)  # a seek may land late: key frames are indexed by decoding time


class Footage:
    """One decoder for one use of a video. Holds two decoded frames and what was made of the one that is shown.

    `size` is the width and height of the pictures (default: the video's own), `matrix` the one of the planes.
    Time 0 is `trim_start` of the file; after the end the last picture is held, or with `loop` it starts again.
    """

    def __init__(
        self,
        path: Path,
        info: MediaInfo,
        *,
        size: tuple[int, int] | None = None,
        matrix: Matrix = BT709,
        trim_start: float = 0,
        trim_end: float | None = None,
        loop: bool = False,
    ) -> None:
        self._film = _Film(path)
        self._start, self._loop = _ticks(trim_start), loop
        self._end = _ticks(info.duration if trim_end is None else min(trim_end, info.duration))
        orientation = orientation_of(self._film.shown.frame)
        self._converter = FrameConverter(size or (info.width, info.height), matrix, orientation)
        self._shown: Developed | None = None

    def shot_at(self, time: float) -> Developed:
        """The same one as long as the picture is the same."""
        frame = self._film.go_to(self._file_time(time))
        if self._shown is None or self._shown.frame is not frame:
            check_size(frame.width, frame.height)
            self._shown = Developed(frame, self._converter)
        return self._shown

    def close(self) -> None:
        self._film.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _file_time(self, time: float) -> int:
        since = max(_ticks(time), 0)
        if self._loop and self._end > self._start:
            since %= self._end - self._start
        return max(min(self._start + since, self._end - self._film.tolerance - 1), self._start)


class _Timed(NamedTuple):
    frame: VideoFrame
    at: int


class _Film:
    """An open video file, standing at one frame and knowing the one after it. Times are microseconds."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._resources = ExitStack()
        self._next: _Timed | None = None
        self.shown = self._first = self._open()

    def close(self) -> None:
        self._resources.close()

    def go_to(self, time: int) -> VideoFrame:
        """The last frame that begins at or before `time`; before the first one that one."""
        latest = max(time, self._first.at) + self.tolerance
        if self.shown.at > latest or (self._next is not None and self._next.at + _NEAR < latest):
            self.shown = self._seek(latest)
        while self._next is not None and self._next.at <= latest:
            self.shown, self._next = self._next, self._read()
        return self.shown.frame

    def _seek(self, latest: int) -> _Timed:
        """To a key frame at or before `latest`; a file that cannot be searched is read from its start."""
        for back in _STEPS_BACK:
            try:
                self._container.seek(self._pts(latest - back), stream=self._stream)
            except av.error.FFmpegError:
                break
            self._decoder.flush_buffers()
            first = self._begin()
            if first is not None and first.at <= latest:
                return first
        self._resources.close()
        return self._open()

    def _open(self) -> _Timed:
        self._container = self._resources.enter_context(open_media(self._path))
        stream = video_stream(self._container)
        if stream is None:
            raise MediaError("unsupported_media", "The file has no moving picture.")
        self._stream, self._decoder = stream, decoder_of(stream)
        self._origin, self._tick = origin_of(self._container), Fraction(stream.time_base or 1)
        # Half a tick: Matroska rounds times to milliseconds. No more than that: in AVI a tick is a frame.
        self.tolerance = max(1, min(_SECOND // 2000, round(self._tick * _SECOND / 2)))
        first = self._begin()
        if first is None:
            raise MediaError("media_unreadable", "No picture of the video can be decoded.")
        return first

    def _begin(self) -> _Timed | None:
        """The first frame from where the container stands."""
        self._frames = frames_of(self._container, self._stream, self._decoder)
        self._next = None
        first = self._next = self._read()
        self._next = self._read() if first else None
        return first

    def _read(self) -> _Timed | None:
        frame = next(self._frames, None)
        if frame is None:
            return None
        pts = frame.pts if frame.pts is not None else frame.dts
        if pts is not None:
            return _Timed(frame, round((pts * self._tick - self._origin) * _SECOND))
        pause = round(_SECOND / (self._stream.average_rate or 25))
        return _Timed(frame, self._next.at + pause if self._next else 0)

    def _pts(self, time: int) -> int:
        return int((Fraction(max(time, self._first.at), _SECOND) + self._origin) / self._tick)


def _ticks(seconds: float) -> int:
    return round(seconds * _SECOND)
