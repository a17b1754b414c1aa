"""A template and its files become a video, in one piece or in segments that others draw."""

import errno
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import msgspec
from msgspec import Struct

from renderer.composition import Composition
from renderer.drawing.videos import look_at
from renderer.encoding.audio import cues, sample_of
from renderer.encoding.ffmpeg import Encoder, Output, encode_sound, join, to_gif
from renderer.encoding.mixing import mix
from renderer.errors import EncodeError, MediaError, writing
from renderer.format.output import OutputOptions, check_length
from renderer.format.timeline import Timeline, seconds_of
from renderer.media.probe import probe
from renderer.recipe import Recipe
from renderer.segments import Segment, cut
from renderer.stills import take_still

_UNFINISHED = ".render-"  # begins the names of folders for what is not finished
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_OFF = 0.5  # LU; by which the loudness of a finished video may be off without a word
_DRAWN = 0.98  # of the progress; the rest is finishing the file
_TELLING = 0.4  # of the way into a video everything is on the screen and nothing has left


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
    """A finished file of sound. `warnings` as of a video."""

    bytes: int
    warnings: tuple[str, ...] = ()


class DrawnSegment(Struct, frozen=True, kw_only=True):
    """A finished segment. `duration` in seconds, `warnings` as of a video."""

    frames: int
    duration: float
    width: int
    height: int
    bytes: int
    warnings: tuple[str, ...] = ()


def render(
    recipe: Recipe,
    out: Path,
    *,
    on_progress: Callable[[float], None],
    stop: Callable[[], bool],
    preview: Path | None = None,
) -> Rendered:
    """Writes a video to `out`, all of it or nothing, and a JPEG of it to `preview`.

    `on_progress` gets a share of 0 to 1. Raises TemplateError, MediaError, EncodeError, and Stopped once `stop` says
    so; it is asked at every frame. A long video is encoded in segments also here: its bytes are those that
    `draw_segment`, `draw_sound` and `join_segments` make together.
    """
    with _workshop(recipe, out, stop) as work:
        check_length(OutputOptions(format=recipe.format), work.timeline.duration)
        segments, video = work.segments, work.output("video")
        if len(segments) == 1:
            work.encode(segments[0], work.with_sound(video), on_progress)
        else:
            sound, pieces = work.sound(), [work.output(f"{segment.first}") for segment in segments]
            for segment, piece in zip(segments, pieces, strict=True):
                work.encode(segment, piece, _share(on_progress, segment, work.timeline.frames))
            work.join([piece.path for piece in pieces], sound, video)
        rendered = work.finish(video, out, preview)
    on_progress(1.0)
    return rendered


def cut_of(recipe: Recipe) -> Cut:
    """How `render` cuts the video. Raises what it raises for files and times."""
    media = look_at(recipe.template, recipe.files)
    timeline = Timeline.build(recipe.template, {url: info.duration for url, info in media.items()})
    segments = cut(timeline, recipe.format, recipe.segment_seconds)
    return Cut(segments=segments, audible=bool(cues(recipe.template, timeline, media)))


def draw_sound(recipe: Recipe, out: Path, *, stop: Callable[[], bool]) -> Mixed:
    """Writes the sound of a video that has some to `out`, for `join_segments`. Raises what `render` raises."""
    with _workshop(recipe, out, stop) as work:
        sound = work.sound()
        if sound is None:
            raise _changed()
        sound.replace(out)
        return Mixed(bytes=out.stat().st_size, warnings=work.composition.warnings)


def draw_segment(
    recipe: Recipe, segment: Segment, out: Path, *, on_progress: Callable[[float], None], stop: Callable[[], bool]
) -> DrawnSegment:
    """Writes one of the video's segments to `out`, without sound. Raises what `render` raises."""
    template = recipe.template
    with _workshop(recipe, out, stop) as work:
        if segment not in work.segments:
            raise _changed()
        piece = work.output("segment")
        work.encode(segment, piece, on_progress)
        piece.path.replace(out)
        on_progress(1.0)
        return DrawnSegment(
            frames=segment.frames,
            duration=seconds_of(segment.frames, template.frame_rate),
            width=template.width,
            height=template.height,
            bytes=out.stat().st_size,
            warnings=work.composition.warnings,
        )


def join_segments(
    recipe: Recipe,
    pieces: Sequence[Path],
    sound: Path | None,
    out: Path,
    *,
    stop: Callable[[], bool],
    preview: Path | None = None,
) -> Rendered:
    """Writes the whole video to `out` from the files of its segments, in order, and of its sound.

    Of the warnings only those that are known before anything is drawn, and the preview's. Raises what `render` raises.
    """
    with _workshop(recipe, out, stop) as work:
        if len(pieces) != len(work.segments):
            raise _changed()
        video = work.output("video")
        work.join(pieces, sound, video)
        return work.finish(video, out, preview)


class _Workshop(Struct, frozen=True):
    """A recipe that is being carried out, and a `folder` for what is not finished."""

    recipe: Recipe
    composition: Composition
    folder: Path
    stop: Callable[[], bool]

    @property
    def timeline(self) -> Timeline:
        return self.composition.timeline

    @property
    def segments(self) -> tuple[Segment, ...]:
        return cut(self.timeline, self.recipe.format, self.recipe.segment_seconds)

    def output(self, name: str) -> Output:
        """A silent file, with the suffix of what it holds. A GIF is first a film of the best quality."""
        template, kind = self.recipe.template, self.recipe.format
        encoded: Literal["mp4", "webm"] = "webm" if kind == "webm" else "mp4"
        return Output(
            path=self.folder / f"{name}.{encoded}",
            width=template.width,
            height=template.height,
            fps=template.frame_rate,
            format=encoded,
            quality="best" if kind == "gif" else self.recipe.quality,
        )

    def with_sound(self, output: Output) -> Output:
        """With all that is heard in the video; one in which nothing is to be heard has no sound track."""
        heard = cues(self.recipe.template, self.timeline, self.composition.media)
        if not heard or self.recipe.format == "gif":
            return output
        sound = output.path.with_suffix(".f32")
        samples, wanted = sample_of(self.timeline.frames, self.timeline.fps), self.recipe.template.loudness
        reached = mix(heard, self.recipe.files, samples, sound, self.stop, loudness=wanted)
        if wanted is not None and reached is not None and abs(reached - wanted) > _OFF:
            told = f"The sound is {reached:.1f} LUFS loud, not {wanted:g}: its peaks leave no room for more."
            self.composition.warn(told)
        return msgspec.structs.replace(output, audio=sound)

    def sound(self) -> Path | None:
        """A file of all that is heard, encoded; None where nothing is."""
        output = self.with_sound(self.output("sound"))
        if output.audio is None:
            return None
        encode_sound(output, self.stop, self.recipe.ffmpeg)
        return output.path

    def encode(self, segment: Segment, output: Output, on_progress: Callable[[float], None]) -> None:
        with Encoder(output, self.stop, self.recipe.ffmpeg) as encoder:
            _draw_frames(self.composition, segment, encoder, on_progress)
            encoder.finish()

    def join(self, pieces: Sequence[Path], sound: Path | None, output: Output) -> None:
        frames = [segment.frames for segment in self.segments]
        join(list(zip(pieces, frames, strict=True)), sound, output, self.stop, self.recipe.ffmpeg)

    def finish(self, output: Output, out: Path, preview: Path | None) -> Rendered:
        """Moves the film, as what was ordered, to `out`."""
        film, rendered = output.path, _checked(output.path, self.composition)
        if self.recipe.format == "gif":
            film = film.with_suffix(".gif")
            to_gif(output.path, film, self.stop, self.recipe.ffmpeg)
            rendered = msgspec.structs.replace(rendered, bytes=film.stat().st_size)
        if preview is not None:
            preview.write_bytes(take_still(self.composition, rendered.duration * _TELLING, "jpeg", None))
        film.replace(out)
        return rendered


@contextmanager
def _workshop(recipe: Recipe, out: Path, stop: Callable[[], bool]) -> Iterator[_Workshop]:
    """Its folder is beside `out`, and gone afterwards, whatever happened."""
    with Composition(recipe.template, recipe.files) as composition, _folder_beside(out) as folder:
        yield _Workshop(recipe, composition, folder, stop)


@contextmanager
def _folder_beside(out: Path) -> Iterator[Path]:
    """For what is not finished.

    Of the errors that an operating system has, only those of writing are told as such: a full disk's, and those of
    a file in this folder.
    """
    try:
        with TemporaryDirectory(prefix=_UNFINISHED, dir=out.parent) as folder:
            yield Path(folder).resolve()
    except OSError as error:
        if error.errno not in _FULL and _UNFINISHED not in str(error.filename):
            raise
        with writing("video"):
            raise


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
