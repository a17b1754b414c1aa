"""What a clip can be: pieces of a source, in a format, quality and shape. Imports no media library."""

from fractions import Fraction
from math import ceil
from typing import Annotated, Literal

from msgspec import Meta, Struct

from renderer.errors import Problem
from renderer.media.info import MAX_SECONDS

VideoFormat = Literal["mp4", "gif"]
AudioFormat = Literal["mp3", "wav", "m4a", "flac"]
Format = Literal["mp4", "mp3", "wav", "m4a", "flac", "gif"]
GivenFormat = Literal["mp4", "mp3", "wav", "m4a", "aac", "flac", "gif"]
Quality = Literal["4k", "1080p", "720p", "high", "medium"]
AspectRatio = Literal["original", "9:16", "1:1", "4:5", "16:9"]
Fit = Literal["crop", "blur"]

AUDIO_FORMATS: tuple[Format, ...] = ("mp3", "wav", "m4a", "flac")
MAX_SEGMENTS = 50
MAX_SEGMENT_SECONDS = 600
MAX_JOINED_SECONDS = 3600
MAX_GIF_SECONDS = 30
GIF_SHORTER_SIDE = 480  # without a quality

_SHORTER_SIDES: dict[Quality, int] = {"4k": 2160, "1080p": 1080, "high": 1080, "720p": 720, "medium": 720}
_RATIOS: dict[AspectRatio, Fraction] = {
    "9:16": Fraction(9, 16),
    "1:1": Fraction(1),
    "4:5": Fraction(4, 5),
    "16:9": Fraction(16, 9),
}
_USUAL_SIDES = (1440, 1080, 720, 480, 360, 240, 144)
_KNOWN_RATIOS = ["16:9", "9:16", "4:3", "3:4", "1:1", "4:5", "5:4", "3:2", "2:3", "21:9", "9:21", "2:1", "1:2"]
_ROUNDED = 0.02  # by how much a size may miss its name: 1080 coded as 1088

Share = Annotated[float, Meta(ge=0, le=1, examples=[0.5])]
FadeSeconds = Annotated[float, Meta(ge=0, le=10, examples=[0.5])]


class Segment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Seconds of the source: what begins at `start` or later and before `end`."""

    start: Annotated[float, Meta(ge=0, le=MAX_SECONDS, examples=[12.5])]
    end: Annotated[float, Meta(gt=0, le=MAX_SECONDS, examples=[42])]

    @property
    def duration(self) -> float:
        return self.end - self.start


class Focus(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The point that stays in the middle of what is cropped, as far as there is picture: 0, 0 is the top left."""

    x: Share = 0.5
    y: Share = 0.5


class Fades(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Seconds of fading from and to black, or silence, at both ends of every segment."""

    video: FadeSeconds = 0
    audio: FadeSeconds = 0


class Shape(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the pictures fill another aspect ratio: cropped around `focus`, or whole before a blurred ground."""

    aspect_ratio: AspectRatio = "original"
    fit: Fit = "crop"
    focus: Focus = Focus()


class Clip(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file: its segments one after the other. Without a quality it is as large as the source."""

    segments: tuple[Segment, ...]
    format: Format = "mp4"
    quality: Quality | None = None
    shape: Shape = Shape()
    fades: Fades = Fades()

    @property
    def duration(self) -> float:
        return sum(segment.duration for segment in self.segments)


class Frame(Struct, frozen=True):
    """The size of a clip's pictures; `crop`: how much of the source's width and height is seen, where not all is."""

    width: int
    height: int
    crop: tuple[Fraction, Fraction] = (Fraction(1), Fraction(1))


def format_of(given: GivenFormat) -> Format:
    """AAC is a way to code sound; its file is an M4A."""
    return "m4a" if given == "aac" else given


def faults(clip: Clip, *, has_video: bool = True) -> list[Problem]:
    """What is wrong with a clip of such a source: each field with what to change."""
    found = _segment_faults(clip)
    if clip.format in AUDIO_FORMATS:
        alone = f"{clip.format.upper()} is sound alone. Leave this out, or ask for mp4."
        if clip.quality is not None:
            found.append(Problem("quality", alone))
        if clip.shape != Shape():
            found.append(Problem("aspect_ratio", alone))
    elif not has_video:
        listed = ", ".join(AUDIO_FORMATS)
        found.append(Problem("format", f"The source is sound alone. Ask for one of {listed}."))
    if clip.format == "gif" and clip.quality == "4k":
        found.append(Problem("quality", "A GIF cannot be 4k. Ask for 1080p, 720p, or leave quality out."))
    return found


def _segment_faults(clip: Clip) -> list[Problem]:
    if not 1 <= len(clip.segments) <= MAX_SEGMENTS:
        return [Problem("segments", f"A clip has 1 to {MAX_SEGMENTS} segments, not {len(clip.segments)}.")]
    found: list[Problem] = []
    kind = "GIF" if clip.format == "gif" else "segment"
    longest = MAX_GIF_SECONDS if clip.format == "gif" else MAX_SEGMENT_SECONDS
    for number, segment in enumerate(clip.segments):
        if segment.end <= segment.start:
            order = f"end ({segment.end:g}) has to be after start ({segment.start:g})."
            found.append(Problem(f"segments[{number}].end", order))
        elif segment.duration > longest:
            length = f"{segment.duration:g} seconds; a {kind} may last {longest}"
            found.append(Problem(f"segments[{number}].end", f"This {kind} lasts {length}. Choose a shorter one."))
    most, whole = MAX_GIF_SECONDS if clip.format == "gif" else MAX_JOINED_SECONDS, clip.duration
    if not found and whole > most:
        found.append(Problem("segments", f"The segments last {whole:g} seconds together; {most} are the limit."))
    return found


def frame_of(clip: Clip, width: int, height: int) -> Frame:
    """For pictures of a source that are shown `width` × `height`: even, and never larger than those."""
    side = _SHORTER_SIDES[clip.quality] if clip.quality else None
    if clip.format == "gif" and side is None:
        side = GIF_SHORTER_SIDE
    ratio = _RATIOS.get(clip.shape.aspect_ratio)
    if ratio is None:
        return _scaled(Fraction(width), Fraction(height), side)
    if clip.shape.fit == "blur":
        shorter = Fraction(min(width, height))
        return _scaled(max(shorter * ratio, shorter), max(shorter / ratio, shorter), side)
    seen = min(Fraction(width), height * ratio), min(Fraction(height), width / ratio)
    frame = _scaled(*seen, side)
    return Frame(frame.width, frame.height, (seen[0] / width, seen[1] / height))


def _scaled(width: Fraction, height: Fraction, side: int | None) -> Frame:
    scale = min(Fraction(1), side / min(width, height)) if side else Fraction(1)
    return Frame(_even(width * scale), _even(height * scale))


def _even(length: Fraction) -> int:
    """The nearest even number; what is odd becomes less."""
    return max(2, ceil(length / 2 - Fraction(1, 2)) * 2)


def quality_of(width: int, height: int) -> str:
    """What pictures of this size are called, by their shorter side: 4k, 1080p, 720p and the like, else its pixels."""
    shorter = min(width, height)
    if shorter >= 2160:
        return "4k"
    near = (side for side in _USUAL_SIDES if abs(shorter - side) <= side * _ROUNDED)
    return f"{next(near, shorter)}p"


def ratio_of(width: int, height: int) -> str:
    """The usual name of the size's ratio, such as 16:9, or the ratio in its smallest numbers."""
    exact = Fraction(width, height)
    for name in _KNOWN_RATIOS:
        across, _, down = name.partition(":")
        if abs(exact * int(down) / int(across) - 1) <= Fraction(1, 100):
            return name
    return f"{exact.numerator}:{exact.denominator}"
