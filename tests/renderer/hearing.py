"""A meter that is not ours: ffmpeg's ebur128 filter."""

import re
import subprocess
from pathlib import Path

import imageio_ffmpeg

from renderer.media.info import RATE
from tests.renderer.filming import Samples


def loudness_of(path: Path, *source: str) -> float:
    """Integrated loudness of a file in LUFS, to a tenth."""
    return _measured(r"I: +(\S+) LUFS", path, *source)


def peak_of(path: Path, *source: str) -> float:
    """True peak of a file in dBTP, to a tenth."""
    return _measured(r"Peak: +(\S+) dBFS", path, *source)


def true_peak(sound: Samples, folder: Path) -> float:
    return peak_of(_raw(sound, folder), *_RAW)


def loudness(sound: Samples, folder: Path) -> float:
    return loudness_of(_raw(sound, folder), *_RAW)


_RAW = ["-f", "f32le", "-ar", str(RATE), "-ch_layout", "stereo"]


def _raw(sound: Samples, folder: Path) -> Path:
    sound.tofile(folder / "measured.f32")
    return folder / "measured.f32"


def _measured(pattern: str, path: Path, *source: str) -> float:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostats", "-nostdin", *source, "-i", str(path)]
    meter = ["-map", "0:a", "-af", "ebur128=peak=true:framelog=quiet", "-f", "null", "-"]
    said = subprocess.run([*command, *meter], capture_output=True, text=True, check=True).stderr
    return float(re.findall(pattern, said)[-1])
