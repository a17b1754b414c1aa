"""The media that the tools are tried on: tiny, of every awkward sort, and what is in them known."""

from collections.abc import Callable
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.tools import AnyTool
from renderer.media.info import RATE
from tests.renderer.filming import SIZE, film, grey, heard, numbered, record, run_ffmpeg, tone
from workers.media.orders import Made, UseTools
from workers.media.tools.chain import use_tools

FPS = 10
FRAMES = 40
LEVELS = (40, 90, 150, 210)  # luma of the quarters: top left and right, bottom left and right

Picture = NDArray[np.uint8]


def never() -> bool:
    return False


def use(source: Path, out: Path, *steps: AnyTool, stop: Callable[[], bool] = never, **more: Any) -> Made:
    return use_tools(UseTools(source=source, out=out, steps=steps, **more), lambda share: None, stop)


def counted(path: Path, *options: str, sound: bool = True) -> Path:
    """Four seconds of numbered frames at 10 a second, a key frame every 25, under a tone of 440 Hz."""
    whole = path.with_name("counted.mkv")
    if not whole.exists():
        film(whole, numbered(FRAMES), fps=FPS, sound=tone(FRAMES / FPS), options={"qp": "0", "g": "25"})
    run_ffmpeg("-i", whole, *([] if sound else ["-an"]), *(options or H264), path)
    return path


H264 = ["-c:v", "libx264", "-qp", "4", "-g", "25", "-pix_fmt", "yuv420p"]


def quartered(path: Path, *options: str, size: tuple[int, int] = SIZE, turn: int | None = None) -> Path:
    """A second of four grey quarters, which tell how it is turned."""
    planes = grey(0, size)
    height, width = size[1], size[0]
    for quarter, level in enumerate(LEVELS):
        y, x = divmod(quarter, 2)
        planes[y * height // 2 : (y + 1) * height // 2, x * width // 2 : (x + 1) * width // 2] = level
    stored = film(path.with_name("quarters.mkv"), [planes] * FPS, fps=FPS)
    upright = path if turn is None else path.with_name("upright.mp4")
    run_ffmpeg("-i", stored, *(options or H264), upright)
    if turn is not None:
        run_ffmpeg("-display_rotation", turn, "-i", upright, "-c", "copy", path)
    return path


def quarters_of(picture: Picture) -> tuple[int, ...]:
    """The quarters of an RGB picture from top left to bottom right, by their numbers."""
    height, width = picture.shape[:2]
    middles = [
        picture[height // 4 + y * height // 2, width // 4 + x * width // 2].mean() for y in (0, 1) for x in (0, 1)
    ]
    return tuple(int(np.argmin([abs((level - 16) * 255 / 219 - middle) for level in LEVELS])) for middle in middles)


def times_of(path: Path) -> list[float]:
    """When each picture is shown, in seconds."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return [round(float(frame.pts * Fraction(stream.time_base)), 3) for frame in container.decode(stream)]


def streams_of(path: Path) -> dict[str, Any]:
    """`video` and `audio`: the codec; `rate`, `channels`, and `cover` whether there is one."""
    with av.open(str(path)) as container:
        found: dict[str, Any] = {"cover": False}
        for stream in container.streams:
            if stream.disposition & av.stream.Disposition.attached_pic:
                found["cover"] = True
            else:
                found[stream.type] = stream.codec_context.codec.canonical_name
                if stream.type == "audio":
                    found |= {"rate": stream.codec_context.sample_rate, "channels": stream.codec_context.channels}
        return found


def packets_of(path: Path, kind: str) -> list[bytes]:
    """The coded data of the first video or audio stream: the same after a copy."""
    with av.open(str(path)) as container:
        stream = next(stream for stream in container.streams if stream.type == kind)
        return [bytes(packet) for packet in container.demux(stream) if packet.size]


def pitch_of(path: Path) -> float:
    """Hertz of the strongest tone in the middle half."""
    sound = heard(path)[:, 0]
    middle = sound[len(sound) // 4 : len(sound) * 3 // 4]
    return float(np.argmax(np.abs(np.fft.rfft(middle * np.hanning(len(middle)))))) * RATE / len(middle)


def opened(path: Path) -> Image.Image:
    image = Image.open(BytesIO(path.read_bytes()))
    image.load()
    return image


def with_cover(path: Path, *codec: str) -> Path:
    """A second of sound and a red square."""
    cover, sound = path.with_name("cover.jpg"), path.with_name("covered.wav")
    Image.new("RGB", (32, 32), "red").save(cover)
    record(sound, tone(1.0))
    copied = ["-map", "0", "-map", "1", "-c:v", "copy", "-disposition:v", "attached_pic"]
    run_ffmpeg("-i", sound, "-i", cover, *copied, *codec, path)
    return path
