"""The tools: what may be asked of each, what kinds of file it takes and which it makes. Imports no media library."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, get_args

from msgspec import Meta, Struct

from app.errors import InvalidInput, Problem, sentence
from renderer.errors import TemplateError
from renderer.format.names import did_you_mean
from renderer.format.refusals import expectation, fields_of, structured
from renderer.media.info import MAX_SECONDS

Kind = Literal["video", "audio", "image", "gif"]
"""A GIF is a video to the tools for videos, and a picture to those for pictures."""

AudioFormat = Literal["mp3", "m4a", "wav", "ogg", "flac"]
ImageFormat = Literal["jpg", "png", "webp"]
VideoFormat = Literal["mp4", "webm", "mkv"]
Format = VideoFormat | AudioFormat | ImageFormat | Literal["gif"]
AUDIO_FORMATS: tuple[str, ...] = get_args(AudioFormat)

MAX_STEPS = 10
MAX_FILES = 20

Seconds = Annotated[float, Meta(ge=0, le=MAX_SECONDS, examples=[10])]
Width = Annotated[int, Meta(ge=16, le=7680, examples=[1280])]
Height = Annotated[int, Meta(ge=16, le=4320, examples=[720])]
Side = Annotated[int, Meta(ge=1, le=8192, examples=[640])]
Offset = Annotated[int, Meta(ge=0, le=8192, examples=[100])]

_MOVING: tuple[Kind, ...] = ("video", "gif")
_HEARD: tuple[Kind, ...] = ("video", "audio")
_STILL: tuple[Kind, ...] = ("image", "gif")
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,15}(?:\.[0-9]*)?|\.[0-9]+)")
_CALLED: dict[Kind, str] = {"video": "a video", "audio": "a sound", "image": "a picture", "gif": "a GIF"}


class Tool(Struct, frozen=True, kw_only=True, rename="camel", tag_field="tool", forbid_unknown_fields=True):
    """`takes` these kinds of files; `makes` says what one of them becomes. `fault`: what the fields are together."""

    takes: ClassVar[tuple[Kind, ...]] = _MOVING
    files: ClassVar[int] = 1
    """How many media files it takes at most."""

    def wants(self) -> tuple[Kind, ...]:
        return self.takes

    def makes(self, kind: Kind) -> Kind:
        return "video"

    def fault(self) -> Problem | None:
        return None


class Convert(Tool, frozen=True, kw_only=True, tag="convert"):
    output_format: Literal["mp4", "webm", "mkv", "mp3", "m4a", "wav", "ogg", "flac"]

    def wants(self) -> tuple[Kind, ...]:
        return _HEARD if self.output_format in AUDIO_FORMATS else _MOVING

    def makes(self, kind: Kind) -> Kind:
        return "audio" if self.output_format in AUDIO_FORMATS else "video"


class Compress(Tool, frozen=True, kw_only=True, tag="compress"):
    """`quality` is that of the result, so the smallest file has the low one; `target_mb` decides instead of it."""

    quality: Literal["low", "medium", "high"] = "medium"
    target_mb: Annotated[float, Meta(ge=0.05, le=5000, examples=[8])] | None = None


class ExtractAudio(Tool, frozen=True, kw_only=True, tag="extract-audio"):
    takes: ClassVar[tuple[Kind, ...]] = _HEARD
    audio_format: AudioFormat = "mp3"

    def makes(self, kind: Kind) -> Kind:
        return "audio"


class Gif(Tool, frozen=True, kw_only=True, tag="gif"):
    """`width` unless given: the video's own, at most 480."""

    start_time: Seconds
    duration: Annotated[float, Meta(ge=0.5, le=15, examples=[3])]
    width: Annotated[int, Meta(ge=120, le=800, examples=[480])] | None = None
    fps: Annotated[int, Meta(ge=5, le=30, examples=[15])] = 15

    def makes(self, kind: Kind) -> Kind:
        return "gif"


class Thumbnail(Tool, frozen=True, kw_only=True, tag="thumbnail"):
    """A frame as it is seen, upright; of it the crop, in its pixels; of that the size. Else a second from the start."""

    timestamp: Seconds | None = None
    width: Annotated[int, Meta(ge=50, le=3840, examples=[640])] | None = None
    height: Annotated[int, Meta(ge=50, le=2160, examples=[360])] | None = None
    format: ImageFormat = "jpg"
    crop_x: Offset | None = None
    crop_y: Offset | None = None
    crop_w: Side | None = None
    crop_h: Side | None = None

    def makes(self, kind: Kind) -> Kind:
        return "image"


class _Trim(Tool, frozen=True, kw_only=True):
    start_time: Seconds
    end_time: Seconds

    def fault(self) -> Problem | None:
        if self.end_time > self.start_time:
            return None
        message = f"expected a time after startTime, which is {self.start_time:g}, not {self.end_time:g}"
        return Problem("endTime", message)


class TrimVideo(_Trim, frozen=True, kw_only=True, tag="trim-video"):
    pass


class ResizeVideo(Tool, frozen=True, kw_only=True, tag="resize-video"):
    """Of width and height one is enough: the shape stays."""

    width: Width | None = None
    height: Height | None = None

    def fault(self) -> Problem | None:
        return _no_size(self.width, self.height)


class RotateVideo(Tool, frozen=True, kw_only=True, tag="rotate-video"):
    """Clockwise."""

    rotation: Annotated[Literal[90, 180, 270], Meta(examples=[90])]


class RemoveAudio(Tool, frozen=True, kw_only=True, tag="remove-audio"):
    pass


class VideoSpeed(Tool, frozen=True, kw_only=True, tag="video-speed"):
    speed: Annotated[float, Meta(ge=0.25, le=4, examples=[1.5])]


class AudioConverter(Tool, frozen=True, kw_only=True, tag="audio-converter"):
    takes: ClassVar[tuple[Kind, ...]] = _HEARD
    output_format: AudioFormat

    def makes(self, kind: Kind) -> Kind:
        return "audio"


class TrimAudio(_Trim, frozen=True, kw_only=True, tag="trim-audio"):
    """Of a video its sound."""

    takes: ClassVar[tuple[Kind, ...]] = _HEARD

    def makes(self, kind: Kind) -> Kind:
        return "audio"


class _Picture(Tool, frozen=True, kw_only=True):
    takes: ClassVar[tuple[Kind, ...]] = _STILL

    def makes(self, kind: Kind) -> Kind:
        return "image"


class ImageConverter(_Picture, frozen=True, kw_only=True, tag="image-converter"):
    output_format: ImageFormat


class ResizeImage(_Picture, frozen=True, kw_only=True, tag="resize-image"):
    """Of width and height one is enough: the shape stays."""

    width: Annotated[int, Meta(ge=1, le=7680, examples=[1280])] | None = None
    height: Annotated[int, Meta(ge=1, le=4320, examples=[720])] | None = None

    def fault(self) -> Problem | None:
        return _no_size(self.width, self.height)


class CompressImage(_Picture, frozen=True, kw_only=True, tag="compress-image"):
    quality: Annotated[int, Meta(ge=1, le=100, examples=[75])] = 75


class Merge(Tool, frozen=True, kw_only=True, tag="merge"):
    """Several files one after another: videos in the size and at the rate of the first, or sounds."""

    takes: ClassVar[tuple[Kind, ...]] = (*_MOVING, "audio")
    files: ClassVar[int] = MAX_FILES

    def makes(self, kind: Kind) -> Kind:
        return "audio" if kind == "audio" else "video"


class BurnSubtitles(Tool, frozen=True, kw_only=True, tag="burn-subtitles"):
    """From a file of them: SRT, WebVTT or ASS, whose own styles hold. `font_size` in pixels, else by the height."""

    font_size: Annotated[int, Meta(ge=8, le=400, examples=[48])] | None = None


class NormalizeLoudness(Tool, frozen=True, kw_only=True, tag="normalize-loudness"):
    """EBU R128: the loudness of the whole in LUFS, peaks below -1 dBTP."""

    takes: ClassVar[tuple[Kind, ...]] = _HEARD
    target_lufs: Annotated[float, Meta(ge=-40, le=-5, examples=[-14])] = -14

    def makes(self, kind: Kind) -> Kind:
        return kind


AnyTool = (
    Convert
    | Compress
    | ExtractAudio
    | Gif
    | Thumbnail
    | TrimVideo
    | ResizeVideo
    | RotateVideo
    | RemoveAudio
    | VideoSpeed
    | AudioConverter
    | TrimAudio
    | ImageConverter
    | ResizeImage
    | CompressImage
    | Merge
    | BurnSubtitles
    | NormalizeLoudness
)
TOOLS: dict[str, type[AnyTool]] = {str(tool.__struct_config__.tag): tool for tool in get_args(AnyTool)}


def name_of(tool: Tool | type[Tool]) -> str:
    return str(tool.__struct_config__.tag)


def from_form(kind: type[AnyTool], fields: Mapping[str, str]) -> AnyTool:
    """A tool from the texts of a form, where an empty one stands for none. InvalidInput names every field at fault."""
    filled = {name: text.strip() for name, text in fields.items() if text.strip() or name not in fields_of(kind)}
    return _checked(kind, {name: _plain(text) for name, text in filled.items()}, "")


def from_json(kind: type[AnyTool], fields: Mapping[str, Any]) -> AnyTool:
    """A tool from the fields of a JSON object."""
    return _checked(kind, fields, "")


def steps_from(raw: object) -> tuple[AnyTool, ...]:
    """The steps of a pipeline from JSON: `[{"tool": "trim-video", "startTime": 0, "endTime": 5}, …]`."""
    if not isinstance(raw, list) or not 1 <= len(raw) <= MAX_STEPS:
        example = (
            '[{"tool": "trim-video", "startTime": 0, "endTime": 5}, {"tool": "gif", "startTime": 0, "duration": 5}]'
        )
        raise _refused([Problem("steps", f"expected a list of 1 to {MAX_STEPS} tools; for example {example}")])
    steps = tuple(_step(step, f"steps[{index}]") for index, step in enumerate(raw))
    check_chain(steps)
    return steps


def check_chain(steps: Sequence[Tool], kind: Kind | None = None) -> Kind:
    """What becomes of a file of this `kind` in the end, or of one that the first tool takes. Raises InvalidInput."""
    made, before = kind or steps[0].wants()[0], "the file"
    for index, step in enumerate(steps):
        at = f"steps[{index}]" if len(steps) > 1 else "file"
        if index and step.files > 1:
            raise _refused([Problem(at, f"{name_of(step)} takes several files, so it can only be the first step")])
        if made not in step.wants():
            wanted = " or ".join(_CALLED[taken] for taken in step.wants())
            raise _refused([Problem(at, f"{name_of(step)} needs {wanted}, and {before} is {_CALLED[made]}")])
        made, before = step.makes(made), f"what {name_of(step)} makes"
    if sum(isinstance(step, BurnSubtitles) for step in steps) > 1:
        raise _refused([Problem("steps", "burn-subtitles can be one step only, for there is one file of them")])
    return made


def _step(raw: object, at: str) -> AnyTool:
    name = raw.get("tool") if isinstance(raw, dict) else None
    if not isinstance(raw, dict) or not isinstance(name, str) or name not in TOOLS:
        hint = did_you_mean(name, TOOLS) if isinstance(name, str) else "."
        raise _refused([Problem(f"{at}.tool", f"expected one of {', '.join(TOOLS)}{hint}".removesuffix("."))])
    return _checked(TOOLS[name], {key: value for key, value in raw.items() if key != "tool"}, at)


def _checked(kind: type[AnyTool], given: Mapping[str, Any], at: str) -> AnyTool:
    """`given` as that tool, or one InvalidInput with all that is wrong."""
    fields = fields_of(kind)
    problems = [*_unknown(kind, given, at), *_missing(kind, given, at)]
    try:
        tool = structured({name: value for name, value in given.items() if name in fields}, kind, at)
    except TemplateError as error:
        problems += (problem for problem in error.problems if problem.path != at)  # at itself: what is missing
        raise _refused(problems) from error
    fault = tool.fault()
    if fault:
        problems.append(Problem(_below(at, fault.path), fault.message))
    if problems:
        raise _refused(problems)
    return tool


def _unknown(kind: type[Tool], given: Mapping[str, Any], at: str) -> list[Problem]:
    known = list(fields_of(kind))
    there = f"{name_of(kind)} takes {', '.join(known)}" if known else f"{name_of(kind)} takes no fields"
    return [
        Problem(_below(at, name[:100]), f'unknown field "{name[:100]}"{did_you_mean(name, known)} {there}')
        for name in given
        if name not in known
    ]


def _missing(kind: type[Tool], given: Mapping[str, Any], at: str) -> list[Problem]:
    return [
        Problem(_below(at, name), f"missing: expected {expectation(field.type)}")
        for name, field in fields_of(kind).items()
        if field.required and given.get(name) is None
    ]


def _no_size(width: int | None, height: int | None) -> Problem | None:
    if width or height:
        return None
    return Problem("width", "missing: give width, height or both; for example 1280")


def _plain(text: str) -> Any:
    """A number where the text is one."""
    if not _NUMBER.fullmatch(text):
        return text
    return float(text) if "." in text else int(text)


def _below(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name


def _refused(problems: Sequence[Problem]) -> InvalidInput:
    return InvalidInput(sentence(*(f"{p.path}: {p.message}" for p in problems)), fields=tuple(problems))
