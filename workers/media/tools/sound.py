"""Tools for what is heard."""

import json
import math
import re

from app.tools import AudioConverter, ExtractAudio, NormalizeLoudness, TrimAudio
from renderer.errors import MediaError
from workers.media.tools import formats
from workers.media.tools.formats import CONTAINERS, Format
from workers.media.tools.pixels import coded, evened
from workers.media.tools.source import Source, opened
from workers.media.tools.task import Excerpt, Made, Task, excerpt, reading

_PEAK = -1.5  # dBTP: what coding adds stays below -1, as EBU R128 asks
_SPREAD = 20  # LU of loudness range that are left as they are


def extract_audio(task: Task, tool: ExtractAudio) -> Made:
    return as_sound(task, opened(task.source), tool.audio_format)


def audio_converter(task: Task, tool: AudioConverter) -> Made:
    return as_sound(task, opened(task.source), tool.output_format)


def trim_audio(task: Task, tool: TrimAudio) -> Made:
    """Exact to the sample, in the format that the sound is in, or M4A."""
    source = opened(task.source)
    end = source.until(tool.start_time, tool.end_time)
    container = formats.own_audio_format(source)
    part = excerpt(source, tool.start_time, end - tool.start_time)
    sound = [*formats.coded_sound(source.sound, container), *(["-af", ",".join(part.sound)] if part.sound else [])]
    return _written(task, source, container, sound, part=part, expected=end - tool.start_time)


def as_sound(task: Task, source: Source, container: Format) -> Made:
    """Copied where the format holds it as it is coded; with its cover where the format has them."""
    heard = source.sound
    if formats.hears(heard, container):
        return _written(task, source, container, ["-c:a", "copy"], copied=True)
    return _written(task, source, container, formats.coded_sound(heard, container))


def kept_sound(source: Source, container: Format) -> list[str]:
    """The sound of a video, for its new container."""
    if source.heard is None:
        return ["-an"]
    return ["-c:a", "copy"] if formats.hears(source.heard, container) else formats.coded_sound(source.heard, container)


def normalize_loudness(task: Task, tool: NormalizeLoudness) -> Made:
    """Measured first, then brought to the loudness by one gain where the peaks allow it. Pictures are copied."""
    source = opened(task.source)
    measured = _measured(task.part(0, 0.5), source, tool.target_lufs)
    if measured is None:
        raise MediaError("unsupported_media", "The sound is silent, so it has no loudness that could be changed.")
    container = formats.own_video_format(source) if source.moving else formats.own_audio_format(source)
    known = ":".join(f"measured_{name}={measured[key]}" for name, key in _MEASURES.items())
    level = f"{_loudnorm(tool.target_lufs, measured)}:{known}:offset={measured['target_offset']}:linear=true"
    # The filter works at 192 kHz; what comes out has the rate of what went in.
    sound = [
        *formats.coded_sound(source.sound, container),
        "-af",
        f"{level},aresample={source.sound.rate},atrim=end={source.duration:.6f}",
    ]
    return _written(task.part(0.5, 1), source, container, sound)


_MEASURES = {"I": "input_i", "TP": "input_tp", "LRA": "input_lra", "thresh": "input_thresh"}


def _measured(task: Task, source: Source, target: float) -> dict[str, str] | None:
    """What the filter found, in its own words; None of silence."""
    found = f"{_loudnorm(target)}:print_format=json"
    made = ["-loglevel", "info", "-map", f"0:{source.sound.index}", "-af", found, "-f", "null", "-"]
    said = task.ffmpeg(reading(source), made, source.duration)
    printed = re.findall(r"\{[^{}]*\}", said)
    if not printed:
        raise MediaError("media_unreadable", "Nothing of the sound can be decoded.")
    values: dict[str, str] = json.loads(printed[-1])
    return values if all(math.isfinite(float(values[key])) for key in _MEASURES.values()) else None


def _loudnorm(target: float, measured: dict[str, str] | None = None) -> str:
    """A range that is larger than the target's would be pressed together, so the target's is the sound's own."""
    spread = min(50.0, max(_SPREAD, math.ceil(float(measured["input_lra"])))) if measured else _SPREAD
    return f"loudnorm=I={target:g}:TP={_PEAK}:LRA={spread:g}"


def _written(
    task: Task,
    source: Source,
    container: Format,
    sound: list[str],
    *,
    part: Excerpt | None = None,
    expected: float | None = None,
    copied: bool = False,
) -> Made:
    seconds = source.duration if expected is None else expected
    made = ["-map", f"0:{source.sound.index}", *sound, *_beside(source, container), *CONTAINERS[container].muxer]
    task.ffmpeg(part.inputs if part else reading(source), [*made, f"file:{task.out}"], seconds)
    return task.watched(container, seconds, copied=copied)


def _beside(source: Source, container: Format) -> list[str]:
    """The pictures of a video that stays one; the cover of a sound, where the format has covers."""
    if source.moving is not None and container in ("mp4", "webm", "mkv"):
        copied = formats.fits(source.moving, container)
        pictures = formats.copied_pictures(source.moving, container) if copied else None
        return ["-map", f"0:{source.moving.index}", *(pictures or coded(source, evened(source), container))]
    if source.cover is None or not CONTAINERS[container].covers:
        return []
    return ["-map", f"0:{source.cover}", "-c:v", "copy", "-disposition:v:0", "attached_pic"]
