"""A template and its files become a video, or one picture of it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import cv2
import msgspec
from msgspec import Struct

from renderer.composition import Composition
from renderer.encoding.audio import cues, sample_of
from renderer.encoding.ffmpeg import Encoder, Output, to_gif
from renderer.encoding.mixing import mix
from renderer.errors import EncodeError, MediaError, Problem, TemplateError
from renderer.format.output import OutputOptions, Quality, VideoFormat, check_length
from renderer.format.template import Template
from renderer.media.probe import probe

ImageFormat = Literal["jpeg", "png", "webp"]
MAX_SIDE = 4096  # pixels of a still
_DRAWN = 0.98  # of the progress; the rest is finishing the file
_TELLING = 0.4  # of the way into a video everything is on the screen and nothing has left

# JPEG and WebP at 90; PNG level 1, which takes a third of the time of the default for a tenth more bytes.
_ENCODERS: dict[ImageFormat, tuple[str, list[int]]] = {
    "jpeg": (".jpg", [cv2.IMWRITE_JPEG_QUALITY, 90]),
    "png": (".png", [cv2.IMWRITE_PNG_COMPRESSION, 1]),
    "webp": (".webp", [cv2.IMWRITE_WEBP_QUALITY, 90]),
}


class Rendered(Struct, frozen=True, kw_only=True):
    """A finished video: `duration` in seconds, `warnings` are sentences for the template's author."""

    frames: int
    duration: float
    width: int
    height: int
    bytes: int
    has_audio: bool
    warnings: tuple[str, ...] = ()


def render(
    template: Template,
    files: Mapping[str, Path],
    out: Path,
    *,
    on_progress: Callable[[float], None],
    stop: Callable[[], bool],
    format: VideoFormat = "mp4",  # noqa: A002
    quality: Quality = "high",
    preview: Path | None = None,
    ffmpeg: str | None = None,
) -> Rendered:
    """Writes a video to `out`, all of it or nothing, and a JPEG of it to `preview`.

    `files` holds a local file for each address; `on_progress` gets a share of 0 to 1. Raises TemplateError,
    MediaError, EncodeError, and Stopped once `stop` says so; it is asked at every frame.
    """
    with Composition(template, files) as composition, _workshop(out) as folder:
        check_length(OutputOptions(format=format), composition.timeline.duration)
        encoded: Literal["mp4", "webm"] = "webm" if format == "webm" else "mp4"
        film, sound = folder / f"video.{encoded}", folder / "sound.f32"
        output = Output(
            path=film,
            width=template.width,
            height=template.height,
            fps=template.frame_rate,
            format=encoded,
            quality="best" if format == "gif" else quality,
            audio=None if format == "gif" else _mix_sound(composition, sound, stop),
        )
        with Encoder(output, stop, ffmpeg) as encoder:
            _draw_frames(composition, encoder, on_progress)
            encoder.finish()
        rendered = _checked(film, composition)
        if format == "gif":
            film = folder / "video.gif"
            to_gif(output.path, film, stop, ffmpeg)
            rendered = msgspec.structs.replace(rendered, bytes=film.stat().st_size)
        if preview is not None:
            preview.write_bytes(take_still(composition, rendered.duration * _TELLING, "jpeg", None))
        film.replace(out)
        on_progress(1.0)
        return rendered


def still(
    template: Template,
    files: Mapping[str, Path],
    time: float,
    *,
    format: ImageFormat = "jpeg",  # noqa: A002
    width: int | None = None,
) -> bytes:
    """The picture that is on the screen at `time` seconds, scaled to `width`; drawn as in the video."""
    with Composition(template, files) as composition:
        return take_still(composition, time, format, width)


def take_still(composition: Composition, time: float, kind: ImageFormat, width: int | None) -> bytes:
    size = still_size(composition.template, width)
    duration = composition.timeline.duration
    if time > duration:
        message = f"the video is {duration:g} s long, so there is no picture at {time:g} s"
        raise TemplateError("invalid_value", f"time: {message}", (Problem("time", message),))
    picture = composition.draw(composition.timeline.frame_at(time))
    bgr = cv2.cvtColor(picture, cv2.COLOR_BGRA2BGR)
    if size[0] != picture.shape[1]:
        shrinks = size[0] < picture.shape[1]
        bgr = cv2.resize(bgr, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
    suffix, options = _ENCODERS[kind]
    return cv2.imencode(suffix, bgr, options)[1].tobytes()


def still_size(template: Template, width: int | None) -> tuple[int, int]:
    """Width and height of a still that is `width` wide, or as large as the video. May raise TemplateError."""
    if width is None:
        return template.width, template.height
    if not 1 <= width <= MAX_SIDE:
        raise TemplateError("invalid_value", f"A still is 1 to {MAX_SIDE} pixels wide, not {width}.")
    height = max(1, round(template.height * width / template.width))
    if height > MAX_SIDE:
        message = f"At a width of {width} the still would be {height} pixels high; at most {MAX_SIDE} are allowed."
        raise TemplateError("invalid_value", f"{message} Ask for a smaller width.")
    return width, height


@contextmanager
def _workshop(out: Path) -> Iterator[Path]:
    """A folder beside `out` for what is not finished; gone afterwards, whatever happened."""
    try:
        with TemporaryDirectory(prefix=".render-", dir=out.parent) as folder:
            yield Path(folder).resolve()
    except OSError as error:
        raise EncodeError("encode_failed", f"The video could not be written: {error.strerror}.") from error


def _mix_sound(composition: Composition, path: Path, stop: Callable[[], bool]) -> Path | None:
    """The sound of the whole video; a video in which nothing is to be heard has no sound track."""
    timeline = composition.timeline
    heard = cues(composition.template, timeline, composition.media)
    if not heard:
        return None
    mix(heard, composition.files, sample_of(timeline.frames, timeline.fps), path, stop)
    return path


def _draw_frames(composition: Composition, encoder: Encoder, on_progress: Callable[[float], None]) -> None:
    frames, shown = composition.timeline.frames, None
    for frame in range(frames):
        look = composition.look(frame)
        if look == shown:
            encoder.repeat()
        else:
            encoder.write(partial(composition.film, frame))
        shown = look
        on_progress(_DRAWN * (frame + 1) / frames)


def _checked(film: Path, composition: Composition) -> Rendered:
    """What is in the finished file; EncodeError if that is not what was to be made."""
    template, timeline = composition.template, composition.timeline
    try:
        info = probe(film)
    except MediaError as error:
        raise EncodeError("encode_failed", "The finished video cannot be read.") from error
    right_size = (info.width, info.height) == (template.width, template.height)
    if not right_size or abs(info.duration - timeline.duration) > 1 / timeline.fps:
        raise EncodeError("encode_failed", "The finished video is not of the size and length it should have.")
    return Rendered(
        frames=timeline.frames,
        duration=timeline.duration,
        width=info.width,
        height=info.height,
        bytes=film.stat().st_size,
        has_audio=info.has_audio,
        warnings=composition.warnings,
    )
