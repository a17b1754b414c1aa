"""Encodes pictures and sound into one file, through ffmpeg."""

import fcntl
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from fractions import Fraction
from io import FileIO
from itertools import accumulate, pairwise
from pathlib import Path
from queue import Empty, Full, Queue
from types import TracebackType
from typing import Literal, Self, TypeVar, cast

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from renderer.encoding.program import QUIET, WAIT, failed, ffmpeg_of, run, spawned
from renderer.errors import EncodeError, Stopped
from renderer.format.output import Quality
from renderer.matrix import matrix_for
from renderer.media.info import RATE

# Constant rate factors: x264 counts to 51, VP9 to 63; in a row both look about alike.
H264_FACTORS: dict[Quality, int] = {"low": 28, "medium": 23, "high": 20, "best": 16}
VP9_FACTORS: dict[Quality, int] = {"low": 42, "medium": 36, "high": 31, "best": 23}

_PIPE_BYTES = 1 << 20
_AHEAD = 3  # pictures drawn while ffmpeg is busy with another
_LAST_READS = 4  # of stderr, of at most 4096 bytes

I420 = NDArray[np.uint8]
_Result = TypeVar("_Result")


class Output(Struct, frozen=True, kw_only=True):
    """The file to write. `audio`: raw float32 stereo at 48 kHz, exactly as long as the pictures, or None.

    A GIF is made from a finished MP4, by `to_gif`.
    """

    path: Path
    width: int
    height: int
    fps: Fraction
    format: Literal["mp4", "webm"] = "mp4"
    quality: Quality = "high"
    audio: Path | None = None


def arguments(ffmpeg: str, output: Output) -> list[str]:
    """The command line: I420 pictures on stdin, the same bytes out on every machine.

    An encoder's result depends on its number of threads, so that is fixed. Colours are drawn as sRGB, whose
    primaries are BT.709's whatever the matrix; the tags say so. A key frame every 4 s keeps seeking quick.
    """
    matrix = matrix_for(output.width, output.height).ffmpeg
    tags = ["-color_range", "tv", "-colorspace", matrix, "-color_primaries", "bt709", "-color_trc", "bt709"]
    tags += ["-chroma_sample_location", "center"]
    size = ["-video_size", f"{output.width}x{output.height}"]
    fps = ["-framerate", f"{output.fps.numerator}/{output.fps.denominator}"]
    pictures = ["-f", "rawvideo", "-pixel_format", "yuv420p", *size, *fps, *tags]
    video = [*_VIDEO_CODECS[output.format](output.quality), "-pix_fmt", "yuv420p", "-threads", "4"]
    video += ["-g", str(round(output.fps * 4))]
    return [
        *(ffmpeg, *QUIET, *pictures, "-protocol_whitelist", "pipe", "-i", "pipe:0"),
        *(*_sound_of(output), *video, *tags, *_written(output)),
    ]


def _sound_of(output: Output) -> list[str]:
    if output.audio is None:
        return []
    raw = ["-f", "f32le", "-ar", str(RATE), "-ch_layout", "stereo"]
    return [*raw, "-protocol_whitelist", "file", "-i", f"file:{output.audio}"]


def _written(output: Output) -> list[str]:
    same = ["-flags", "+bitexact", "-fflags", "+bitexact", "-map_metadata", "-1"]
    sound = _SOUND_CODECS[output.format] if output.audio else []
    return [*sound, *same, *_CONTAINERS[output.format], f"file:{output.path}"]


def _h264(quality: Quality) -> list[str]:
    return ["-c:v", "libx264", "-preset", "veryfast", "-crf", str(H264_FACTORS[quality]), "-profile:v", "high"]


def _vp9(quality: Quality) -> list[str]:
    """At the speed that still keeps up with drawing; `-b:v 0` makes the rate factor alone decide."""
    factor = ["-crf", str(VP9_FACTORS[quality]), "-b:v", "0"]
    return ["-c:v", "libvpx-vp9", "-deadline", "good", "-cpu-used", "5", "-row-mt", "1", *factor]


_VIDEO_CODECS = {"mp4": _h264, "webm": _vp9}
_SOUND_CODECS = {
    # Without a coder named, which one it is depends on the version. The other one, "twoloop", adds up to 5 dB to the
    # peaks of a sound that begins at once, and is no nearer to it at this rate.
    "mp4": ["-c:a", "aac", "-b:a", "192k", "-aac_coder", "fast"],
    "webm": ["-c:a", "libopus", "-b:a", "160k"],
}
_CONTAINERS = {"mp4": ["-movflags", "+faststart", "-f", "mp4"], "webm": ["-f", "webm"]}


def to_gif(film: Path, out: Path, stop: Callable[[], bool], ffmpeg: str | None = None) -> None:
    """Writes `out` from a finished video. Two passes: the palette of the whole, then the pictures in it.

    One pass would hold every picture in memory until the palette is known.
    """
    program, palette = ffmpeg_of(ffmpeg), out.with_suffix(".palette.png")
    quiet = [program, *QUIET, "-nostdin", "-protocol_whitelist", "file"]
    source = ["-f", "mov", "-i", f"file:{film}"]
    run([*quiet, *source, "-vf", "palettegen=stats_mode=diff", "-f", "image2", "-update", "1", f"file:{palette}"], stop)
    drawn = "[0:v][1:v]paletteuse=dither=sierra2_4a:diff_mode=rectangle"
    both = [*source, "-protocol_whitelist", "file", "-f", "image2", "-i", f"file:{palette}"]
    run([*quiet, *both, "-lavfi", drawn, "-bitexact", "-loop", "0", "-f", "gif", f"file:{out}"], stop)
    palette.unlink()


def encode_sound(output: Output, stop: Callable[[], bool], ffmpeg: str | None = None) -> None:
    """Writes a file of the sound alone, encoded as in a video of that format."""
    run([ffmpeg_of(ffmpeg), *QUIET, "-nostdin", *_sound_of(output), *_written(output)], stop)


def join(
    pieces: Sequence[tuple[Path, int]],
    sound: Path | None,
    output: Output,
    stop: Callable[[], bool],
    ffmpeg: str | None = None,
) -> None:
    """Writes `output` from silent files of its format, in order, each with its number of frames, and a file of sound.

    All is copied as it is encoded, at the times it would have in one piece: where a file starts is told to the
    nearest microsecond, then every picture is moved to the nearest frame.
    """
    program, listed = ffmpeg_of(ffmpeg), output.path.with_suffix(".pieces")
    starts = [round(frames * 1_000_000 / output.fps) for frames in accumulate((n for _, n in pieces), initial=0)]
    lines = [
        f"file {_quoted(path)}\nduration {end - start}us\n"
        for (path, _), (start, end) in zip(pieces, pairwise(starts), strict=True)
    ]
    listed.write_text("ffconcat version 1.0\n" + "".join(lines))
    inputs = ["-protocol_whitelist", "file", "-f", "concat", "-safe", "0", "-auto_convert", "0", "-i", f"file:{listed}"]
    inputs += ["-protocol_whitelist", "file", "-i", f"file:{sound}"] if sound else []
    frames = f"time_base={output.fps.denominator}/{output.fps.numerator}:prescale=1:pts=PTS:dts=DTS"
    copied = ["-c", "copy", "-bsf:v", f"setts={frames}"]
    run([program, *QUIET, "-nostdin", *inputs, *copied, *_written(output)], stop)
    listed.unlink()


def _quoted(path: Path) -> str:
    return "'file:" + str(path).replace("'", "'\\''") + "'"


class Encoder:
    """A running ffmpeg that takes pictures. A thread writes to its pipe while the next picture is drawn.

    Leaving the block without `finish` removes the file; ffmpeg never outlives the block. `stop` is asked
    whenever we wait: the methods raise Stopped when it says yes, and EncodeError when ffmpeg has failed.
    """

    _process: subprocess.Popen[bytes]

    def __init__(self, output: Output, stop: Callable[[], bool], ffmpeg: str | None = None) -> None:
        self._output, self._stop = output, stop
        self._command = arguments(ffmpeg_of(ffmpeg), output)
        self._free: Queue[I420] = Queue()
        for _ in range(_AHEAD + 3):  # beside those in the queue: one being filled, one being written, one written last
            self._free.put(np.empty(output.width * output.height * 3 // 2, np.uint8))
        self._last: I420 | None = None
        self._queue: Queue[I420 | None] = Queue(_AHEAD)
        self._messages: deque[bytes] = deque(maxlen=_LAST_READS)
        self._finished = False

    def __enter__(self) -> Self:
        self._process, pipe, messages = _start(self._command)
        self._writer = threading.Thread(target=self._feed, args=[pipe], daemon=True)
        self._listener = threading.Thread(target=self._listen, args=[messages], daemon=True)
        self._writer.start()
        self._listener.start()
        return self

    def write(self, draw: Callable[[I420], None]) -> None:
        """Has the next picture drawn: height * width * 3 // 2 bytes of limited-range Y, U, V."""
        planes = self._patiently(lambda: self._free.get(timeout=WAIT))
        draw(planes)
        self._last = planes
        self.repeat()

    def repeat(self) -> None:
        """The picture written last, once more."""
        self._patiently(lambda: self._queue.put(self._last, timeout=WAIT))

    def finish(self) -> None:
        """Waits until the file is complete."""
        self._patiently(lambda: self._queue.put(None, timeout=WAIT))
        if self._patiently(lambda: self._process.wait(timeout=WAIT)) != 0:
            raise self._failure()
        self._finished = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        with suppress(Full):  # the writer of a full queue is not waiting for more
            self._queue.put_nowait(None)
        self._writer.join()
        self._listener.join()
        if not self._finished:
            self._output.path.unlink(missing_ok=True)

    def _patiently(self, attempt: Callable[[], _Result]) -> _Result:
        while True:
            if self._stop():
                raise Stopped()
            try:
                return attempt()
            except (Empty, Full, subprocess.TimeoutExpired):
                if self._process.poll() is not None and not self._stop():
                    raise self._failure() from None

    def _failure(self) -> EncodeError:
        self._listener.join()
        return failed(b"".join(self._messages), self._command, self._process.poll() or 0)

    def _feed(self, pipe: FileIO) -> None:
        written: I420 | None = None
        with suppress(OSError), pipe:  # when ffmpeg is gone its exit code tells
            while (planes := self._queue.get()) is not None:
                rest = memoryview(planes.data)
                while rest:
                    rest = rest[pipe.write(rest) :]
                if written is not None and written is not planes:
                    self._free.put(written)
                written = planes

    def _listen(self, messages: FileIO) -> None:
        with messages:
            while said := messages.read(4096):
                self._messages.append(said)


def _start(command: list[str]) -> tuple[subprocess.Popen[bytes], FileIO, FileIO]:
    """ffmpeg, its enlarged stdin and its stderr, both unbuffered."""
    process = spawned(command, subprocess.PIPE, subprocess.PIPE)
    stdin, stderr = cast(FileIO, process.stdin), cast(FileIO, process.stderr)
    with suppress(OSError):  # above the user's limit for pipes: slower, no worse
        fcntl.fcntl(stdin, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    return process, stdin, stderr
