"""The samples of a file at 48 kHz, read forwards in pieces of any size, each at its exact place."""

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import av.error
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from numpy.typing import NDArray

from renderer.errors import MediaError
from renderer.media.info import RATE
from renderer.media.probe import audio_stream, open_media, origin_of, packets_of

Samples = NDArray[np.float32]

_WARM_UP = Fraction(1, 2)  # seconds decoded before the first wanted sample: codecs refer back
_FAR = 120 * RATE  # decoding this much takes 0.2 s and is exact; a seek in Matroska is off by 1 ms
_GAP = RATE // 25  # a frame's time may differ by less from its place: Matroska rounds to 1 ms
_LOUDEST = 16.0  # 24 dB above full scale; files of floats may hold anything, and no number at all
_GUESSED_TIMES = {"mp3", "aac", "amr"}  # after a seek these have no exact times


class _Piece(NamedTuple):
    at: int
    samples: Samples


class Sound:
    """Stereo samples by number, counted from the file's time 0; silence where the file has none.

    Mono fills both channels, more than two are mixed down. Holds one decoded frame.
    """

    _read_to: int
    _pieces: Iterator[_Piece]
    _piece: _Piece | None

    def __init__(self, path: Path) -> None:
        self._path = path
        self._resources = ExitStack()
        self._start_at(0)

    def read(self, start: int, count: int) -> Samples:
        """Samples `start` to before `start + count`, float32 (count, 2). Quick when asked for in order."""
        if start < self._read_to or start > self._read_to + _FAR:
            self._resources.close()
            self._start_at(start)
        self._read_to = end = start + count
        out = np.zeros((count, 2), np.float32)
        while self._piece is not None:
            at, samples = self._piece
            first, last = max(start, at), min(end, at + len(samples))
            if first < last:
                out[first - start : last - start] = samples[first - at : last - at]
            if at + len(samples) > end:
                break
            self._piece = next(self._pieces, None)
        return out

    def close(self) -> None:
        self._resources.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start_at(self, start: int) -> None:
        container = self._resources.enter_context(open_media(self._path))
        stream = audio_stream(container)
        if stream is None:
            raise MediaError("unsupported_media", "The file has no sound.")
        self._read_to = start
        self._pieces = _pieces(container, stream, Fraction(start, RATE))
        self._piece = next(self._pieces, None)


def _pieces(container: InputContainer, stream: AudioStream, start: Fraction) -> Iterator[_Piece]:
    """From a little before `start`. Counted rather than timed, until a frame is elsewhere than expected."""
    origin = origin_of(container)
    resampler, place = None, 0
    try:
        for frame in _frames(container, stream, origin + start - _WARM_UP):
            at = _place(frame, origin, place)
            if resampler is None or abs(at - place) > _GAP:
                resampler, place = _resampler(frame), at
            for samples in _resampled(resampler, frame):
                yield _Piece(place, samples)
                place += len(samples)
        for samples in _resampled(resampler, None) if resampler else ():
            yield _Piece(place, samples)
            place += len(samples)
    except (av.error.FFmpegError, ValueError):
        message = "Its sound has a layout of channels that cannot be mixed down to stereo."
        raise MediaError("unsupported_media", message) from None


def _frames(container: InputContainer, stream: AudioStream, since: Fraction) -> Iterator[AudioFrame]:
    if since > 0 and container.format.name not in _GUESSED_TIMES:
        with suppress(av.error.FFmpegError):  # a file that cannot be searched is read from its start
            container.seek(int(since / Fraction(stream.time_base or 1)), stream=stream)
    for packet in packets_of(container, stream):
        early = packet.pts is not None and packet.pts * packet.time_base < since
        if packet.size and early:
            continue
        try:
            yield from stream.codec_context.decode(packet if packet.size else None)
        except av.error.FFmpegError:
            continue


def _place(frame: AudioFrame, origin: Fraction, expected: int) -> int:
    """The number of a frame's first sample, by its time if it has one."""
    if frame.pts is None or frame.time_base is None:
        return expected
    return round((frame.pts * frame.time_base - origin) * RATE)


def _resampler(frame: AudioFrame) -> AudioResampler:
    return AudioResampler("fltp", "mono" if frame.layout.nb_channels == 1 else "stereo", RATE)


def _resampled(resampler: AudioResampler, frame: AudioFrame | None) -> Iterator[Samples]:
    for piece in resampler.resample(frame):
        samples: Samples = np.asarray(piece.to_ndarray().T, np.float32)
        samples = np.nan_to_num(samples, nan=0.0).clip(-_LOUDEST, _LOUDEST)
        yield samples if samples.shape[1] == 2 else samples.repeat(2, axis=1)
