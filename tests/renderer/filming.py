"""Makes the media of the renderer's tests: tiny, and every frame and sample of it known."""

import subprocess
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

from renderer.media.info import RATE

SIZE = (160, 90)
Samples = NDArray[np.float32]


def run_ffmpeg(*arguments: object) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-loglevel", "error", "-nostdin"]
    subprocess.run([*command, *map(str, arguments)], check=True)


def film(
    path: Path,
    pictures: Iterable[NDArray[np.uint8]],
    *,
    fps: Fraction | int = 30,
    sound: Samples | None = None,
    times: list[int] | None = None,
    codec: str = "libx264",
    options: dict[str, str] | None = None,
    tags: dict[str, int] | None = None,
) -> Path:
    """I420 pictures (h * 3 // 2, w), coded without loss unless `options` say otherwise.

    `times` are the pictures' places in units of 1 / fps; `tags` are attributes such as `colorspace`.
    """
    pictures = list(pictures)
    with av.open(str(path), "w") as container:
        video = container.add_stream(codec, rate=Fraction(fps), options=options or {"qp": "0"})
        video.height, video.width = pictures[0].shape[0] * 2 // 3, pictures[0].shape[1]
        video.pix_fmt, video.time_base = "yuv420p", 1 / Fraction(fps)
        for name, value in (tags or {}).items():
            setattr(video.codec_context, name, value)
        audio = None if sound is None else container.add_stream(*_audio_codec(path), layout="stereo")
        for index, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, "yuv420p")
            frame.pts, frame.time_base = (times or range(len(pictures)))[index], 1 / Fraction(fps)
            for name, value in (tags or {}).items():
                setattr(frame, name, value)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if audio is not None and sound is not None:
            _record(container, audio, sound)
    return path


def record(path: Path, sound: Samples) -> Path:
    """Stereo float32 samples at 48 kHz."""
    with av.open(str(path), "w") as container:
        _record(container, container.add_stream(*_audio_codec(path), layout="stereo"), sound)
    return path


def numbered(count: int, size: tuple[int, int] = SIZE) -> list[NDArray[np.uint8]]:
    """Frame n is grey of luma 20 + 5 n: `number_of` reads it back."""
    return [grey(20 + 5 * n, size) for n in range(count)]


def number_of(picture: NDArray[np.uint8]) -> int:
    level = float(picture[..., :3].mean())
    return round((16 + level * 219 / 255 - 20) / 5)


def grey(luma: int, size: tuple[int, int] = SIZE) -> NDArray[np.uint8]:
    planes = np.full((size[1] * 3 // 2, size[0]), 128, np.uint8)
    planes[: size[1]] = luma
    return planes


def tone(seconds: float, hertz: float = 440, level: float = 0.5) -> Samples:
    mono = level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)
    return np.stack([mono, mono], axis=1).astype(np.float32)


def ramp(seconds: float) -> Samples:
    """Sample n has the value n / 10 000 000 on the left, and its negative on the right: its place can be read."""
    place = np.arange(round(seconds * RATE)) / 10_000_000
    return np.stack([place, -place], axis=1).astype(np.float32)


def place_of(sample: float) -> int:
    return round(float(sample) * 10_000_000)


def heard(path: Path) -> Samples:
    """What an independent decoder (ffmpeg) hears in a file: stereo at 48 kHz."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-nostdin", "-i", path]
    raw = subprocess.run([*command, "-f", "f32le", "-ac", "2", "-ar", str(RATE), "-"], stdout=-1, check=True).stdout
    return np.frombuffer(raw, np.float32).reshape(-1, 2)


def seen(path: Path) -> NDArray[np.uint8]:
    """What an independent decoder (ffmpeg) sees in a video: RGB (frames, h, w, 3), by its tags."""
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        shape = (-1, context.height, context.width, 3)
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-nostdin", "-i", path]
    exact = ["-sws_flags", "accurate_rnd+full_chroma_int", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    raw = subprocess.run([*command, *exact], stdout=subprocess.PIPE, check=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(shape)


def _audio_codec(path: Path) -> tuple[str, int]:
    return {".wav": "pcm_f32le", ".mkv": "pcm_f32le", ".webm": "libopus"}.get(path.suffix, "aac"), RATE


def _record(container: Any, stream: Any, sound: Samples) -> None:
    for start in range(0, len(sound), 1024):
        piece = np.ascontiguousarray(sound[start : start + 1024].reshape(1, -1))
        frame = av.AudioFrame.from_ndarray(piece, "flt", "stereo")
        frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def lateness(sound: Samples, wanted: Samples) -> int:
    """By how many samples it comes too late; the coding changes its level a little."""
    middle = wanted[1000:-1000]
    errors = {
        shift: np.abs(sound[1000 + shift : 1000 + shift + len(middle)] - middle).mean() for shift in range(-9, 10)
    }
    assert min(errors.values()) < 0.01
    return min(errors, key=errors.__getitem__)
