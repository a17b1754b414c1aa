"""A template and its files become a video, or one picture of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import cv2
import msgspec
from msgspec import Struct

from renderer.composition import Composition
from renderer.drawing.videos import look_at
from renderer.encoding.audio import cues, sample_of
from renderer.encoding.ffmpeg import Encoder, Output, encode_sound, join, to_gif
from renderer.encoding.mixing import mix
from renderer.errors import EncodeError, MediaError, Problem, TemplateError
from renderer.format.output import OutputOptions, Quality, VideoFormat, check_length
from renderer.format.template import Template
from renderer.format.timeline import Timeline, seconds_of
from renderer.media.probe import probe
from renderer.segments import SEGMENT_SECONDS, Segment, cut

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


class Cut(Struct, frozen=True, kw_only=True):
    """How a video is cut; `audible`: it has sound."""

    segments: tuple[Segment, ...]
    audible: bool


class Mixed(Struct, frozen=True, kw_only=True):
    """A finished file of sound."""

    bytes: int


class Drawn(Struct, frozen=True, kw_only=True):
    """A finished segment. `duration` in seconds, `warnings` as of a video."""

    frames: int
    duration: float
    width: int
    height: int
    bytes: int
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
    segment_seconds: float = SEGMENT_SECONDS,
    preview: Path | None = None,
    ffmpeg: str | None = None,
) -> Rendered:
    """Writes a video to `out`, all of it or nothing, and a JPEG of it to `preview`.

    `files` holds a local file for each address; `on_progress` gets a share of 0 to 1. Raises TemplateError,
    MediaError, EncodeError, and Stopped once `stop` says so; it is asked at every frame. A long video is encoded
    in segments also here: its bytes are those that `draw_segment`, `draw_sound` and `join_segments` make together.
    """
    with Composition(template, files) as composition, _workshop(out) as folder:
        check_length(OutputOptions(format=format), composition.timeline.duration)
        segments = cut(composition.timeline, format, segment_seconds)
        output = _output(template, folder / "video", format, quality)
        if len(segments) == 1:
            _encode(composition, segments[0], _with_sound(output, composition, format, stop), on_progress, stop, ffmpeg)
        else:
            sound = _sound(composition, folder, format, stop, ffmpeg)
            pieces = []
            for segment in segments:
                silent = _output(template, folder / f"{segment.first}", format, quality)
                _encode(composition, segment, silent, _share(on_progress, segment, segments[-1].end), stop, ffmpeg)
                pieces.append((silent.path, segment.frames))
            join(pieces, sound, output, stop, ffmpeg)
        rendered = _finished(composition, output.path, out, format, preview, stop, ffmpeg)
    on_progress(1.0)
    return rendered


def cut_of(
    template: Template,
    files: Mapping[str, Path],
    *,
    format: VideoFormat = "mp4",  # noqa: A002
    segment_seconds: float = SEGMENT_SECONDS,
) -> Cut:
    """How `render` cuts the video. Raises what it raises for files and times."""
    media = look_at(template, files)
    timeline = Timeline.build(template, {url: info.duration for url, info in media.items()})
    segments = cut(timeline, format, segment_seconds)
    return Cut(segments=segments, audible=bool(cues(template, timeline, media)))


def draw_sound(
    template: Template,
    files: Mapping[str, Path],
    out: Path,
    *,
    stop: Callable[[], bool],
    format: VideoFormat = "mp4",  # noqa: A002
    ffmpeg: str | None = None,
) -> Mixed:
    """Writes the sound of a video that has some to `out`, for `join_segments`. Raises what `render` raises."""
    with Composition(template, files) as composition, _workshop(out) as folder:
        sound = _sound(composition, folder, format, stop, ffmpeg)
        if sound is None:
            raise _changed()
        sound.replace(out)
        return Mixed(bytes=out.stat().st_size)


def draw_segment(
    template: Template,
    files: Mapping[str, Path],
    segment: Segment,
    out: Path,
    *,
    on_progress: Callable[[float], None],
    stop: Callable[[], bool],
    format: VideoFormat = "mp4",  # noqa: A002
    quality: Quality = "high",
    segment_seconds: float = SEGMENT_SECONDS,
    ffmpeg: str | None = None,
) -> Drawn:
    """Writes one of the video's segments to `out`, without sound. Raises what `render` raises."""
    with Composition(template, files) as composition, _workshop(out) as folder:
        if segment not in cut(composition.timeline, format, segment_seconds):
            raise _changed()
        output = _output(template, folder / "segment", format, quality)
        _encode(composition, segment, output, on_progress, stop, ffmpeg)
        output.path.replace(out)
        on_progress(1.0)
        return Drawn(
            frames=segment.frames,
            duration=seconds_of(segment.frames, template.frame_rate),
            width=template.width,
            height=template.height,
            bytes=out.stat().st_size,
            warnings=composition.warnings,
        )


def join_segments(
    template: Template,
    files: Mapping[str, Path],
    pieces: Sequence[Path],
    sound: Path | None,
    out: Path,
    *,
    stop: Callable[[], bool],
    format: VideoFormat = "mp4",  # noqa: A002
    quality: Quality = "high",
    segment_seconds: float = SEGMENT_SECONDS,
    preview: Path | None = None,
    ffmpeg: str | None = None,
) -> Rendered:
    """Writes the whole video to `out` from the files of its segments, in order, and of its sound.

    Of the warnings only those that are known before anything is drawn, and the preview's. Raises what `render` raises.
    """
    with Composition(template, files) as composition, _workshop(out) as folder:
        segments = cut(composition.timeline, format, segment_seconds)
        if len(pieces) != len(segments):
            raise _changed()
        output = _output(template, folder / "video", format, quality)
        frames = [segment.frames for segment in segments]
        join(list(zip(pieces, frames, strict=True)), sound, output, stop, ffmpeg)
        return _finished(composition, output.path, out, format, preview, stop, ffmpeg)


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


def _output(template: Template, path: Path, kind: VideoFormat, quality: Quality) -> Output:
    """A silent file, `path` with the suffix of what it holds. A GIF is first a film of the best quality."""
    encoded: Literal["mp4", "webm"] = "webm" if kind == "webm" else "mp4"
    return Output(
        path=path.with_suffix(f".{encoded}"),
        width=template.width,
        height=template.height,
        fps=template.frame_rate,
        format=encoded,
        quality="best" if kind == "gif" else quality,
    )


def _with_sound(output: Output, composition: Composition, kind: VideoFormat, stop: Callable[[], bool]) -> Output:
    """With all that is heard in the video; one in which nothing is to be heard has no sound track."""
    timeline = composition.timeline
    heard = cues(composition.template, timeline, composition.media)
    if not heard or kind == "gif":
        return output
    sound = output.path.with_suffix(".f32")
    mix(heard, composition.files, sample_of(timeline.frames, timeline.fps), sound, stop)
    return msgspec.structs.replace(output, audio=sound)


def _sound(
    composition: Composition, folder: Path, kind: VideoFormat, stop: Callable[[], bool], ffmpeg: str | None
) -> Path | None:
    """A file of all that is heard, encoded; None where nothing is."""
    output = _with_sound(_output(composition.template, folder / "sound", kind, "high"), composition, kind, stop)
    if output.audio is None:
        return None
    encode_sound(output, stop, ffmpeg)
    return output.path


def _encode(
    composition: Composition,
    segment: Segment,
    output: Output,
    on_progress: Callable[[float], None],
    stop: Callable[[], bool],
    ffmpeg: str | None,
) -> None:
    with Encoder(output, stop, ffmpeg) as encoder:
        _draw_frames(composition, segment, encoder, on_progress)
        encoder.finish()


def _draw_frames(
    composition: Composition, segment: Segment, encoder: Encoder, on_progress: Callable[[float], None]
) -> None:
    shown = None
    for frame in range(segment.first, segment.end):
        look = composition.look(frame)
        if look == shown:
            encoder.repeat()
        else:
            encoder.write(partial(composition.film, frame))
        shown = look
        on_progress(_DRAWN * (frame + 1 - segment.first) / segment.frames)


def _share(on_progress: Callable[[float], None], segment: Segment, frames: int) -> Callable[[float], None]:
    """What a segment tells, as progress of a video of so many frames."""
    return lambda share: on_progress((_DRAWN * segment.first + share * segment.frames) / frames)


def _changed() -> MediaError:
    message = "A file of the template is not the one it was when the rendering of the video began."
    return MediaError("media_changed", f"{message} Render it again.")


def _finished(
    composition: Composition,
    film: Path,
    out: Path,
    kind: VideoFormat,
    preview: Path | None,
    stop: Callable[[], bool],
    ffmpeg: str | None,
) -> Rendered:
    rendered = _checked(film, composition)
    if kind == "gif":
        gif = film.with_suffix(".gif")
        to_gif(film, gif, stop, ffmpeg)
        film, rendered = gif, msgspec.structs.replace(rendered, bytes=gif.stat().st_size)
    if preview is not None:
        preview.write_bytes(take_still(composition, rendered.duration * _TELLING, "jpeg", None))
    film.replace(out)
    return rendered


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
