"""The bounds: ffmpeg alone with the very frames and the very command of a render, and with the clip behind it."""

import shlex
import statistics
from pathlib import Path
from typing import NamedTuple

import imageio_ffmpeg

from benchmarks.speed import media
from benchmarks.speed.processes import Run, timed
from benchmarks.speed.product import render
from benchmarks.speed.scenes import Template

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
_INPUT = "pipe:0"

# Takes ffmpeg's place in one render: keeps its arguments, one a line, and the frames that come in through the pipe.
_RECORDER = """#!/bin/sh
case " $* " in
*" {input} "*) printf '%s\\n' "$@" >{arguments}; tee {frames} | {ffmpeg} "$@" ;;
*) exec {ffmpeg} "$@" ;;
esac
"""


class Recording(NamedTuple):
    """What a render said to ffmpeg. `film`: a file of so many I420 `frames`; `folder` may be written to."""

    arguments: list[str]
    film: Path
    frames: int
    folder: Path


def record(template: Template, folder: Path) -> Recording:
    arguments, frames, recorder = folder / "arguments", folder / "frames.i420", folder / "recorder"
    paths = {"arguments": arguments, "frames": frames, "ffmpeg": FFMPEG}
    recorder.write_text(_RECORDER.format(input=_INPUT, **{name: shlex.quote(str(it)) for name, it in paths.items()}))
    recorder.chmod(0o700)
    render(template, folder, ffmpeg=str(recorder))
    picture = template["width"] * template["height"] * 3 // 2
    return Recording(arguments.read_text().splitlines(), frames, frames.stat().st_size // picture, folder)


def encode_alone(recording: Recording) -> Run:
    """The frames lie in memory and are ffmpeg's stdin: no renderer that ends in this encoder can be faster."""
    return _started(recording, recording.arguments[:-1], recording.film)


def transcode_alone(recording: Recording) -> Run:
    """The clip decoded and encoded: what any program pays that puts something over a video."""
    seconds = recording.frames / _rate(recording.arguments)
    return _started(recording, _options(recording, ["-t", f"{seconds}", "-i", f"file:{media.clip()}"]))


def _options(recording: Recording, source: list[str]) -> list[str]:
    """The render's own, but for what describes the pipe."""
    arguments = recording.arguments
    return [*arguments[: arguments.index("-f")], *source, *arguments[arguments.index(_INPUT) + 1 : -1]]


def _rate(arguments: list[str]) -> float:
    frames, _, seconds = arguments[arguments.index("-framerate") + 1].partition("/")
    return int(frames) / int(seconds or 1)


def _started(recording: Recording, options: list[str], stdin: Path | None = None) -> Run:
    """`start_up` is what a single frame takes, the median of three."""
    out = f"file:{recording.folder / 'bound.mp4'}"
    short = statistics.median(timed([FFMPEG, *options, "-frames:v", "1", out], stdin).wall for _ in range(3))
    return timed([FFMPEG, *options, out], stdin)._replace(start_up=short)
