"""Tools for what is heard."""

import re

from msgspec import Struct

from app.tools import AudioConverter, ExtractAudio, Format, NormalizeLoudness, TrimAudio
from renderer.errors import MediaError
from workers.media.orders import Made
from workers.media.tools import formats
from workers.media.tools.formats import CONTAINERS
from workers.media.tools.pixels import coded, evened
from workers.media.tools.source import Source, opened
from workers.media.tools.task import Excerpt, Task, excerpt, reading

_PEAK = -2.0  # dBTP: with what coding and resampling add it stays below -1, as EBU R128 asks
_SILENT = -70.0  # LUFS: the gate of the standard
_MOST_ADDED = 6.0  # dB: what is limited by more sounds broken


def extract_audio(task: Task, tool: ExtractAudio) -> Made:
    return as_sound(task, opened(task.source, task.stop), tool.audio_format)


def audio_converter(task: Task, tool: AudioConverter) -> Made:
    return as_sound(task, opened(task.source, task.stop), tool.output_format)


def trim_audio(task: Task, tool: TrimAudio) -> Made:
    """Exact to the sample, in the format that the sound is in, or M4A."""
    source = opened(task.source, task.stop)
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
    """Measured first, then brought to the loudness by one gain, its peaks kept down where they would be too high.

    What that takes away is measured again and added. Pictures are copied.
    """
    source = opened(task.source, task.stop)
    measured = _measured(task.part(0, 0.3), source, [])
    if measured is None:
        raise MediaError("unsupported_media", "The sound is silent, so it has no loudness that could be changed.")
    gain = tool.target_lufs - measured.loudness
    level = [f"volume={gain:.2f}dB"]
    if measured.peak + gain > _PEAK:
        level = _limited(gain, source)
        heard = _measured(task.part(0.3, 0.6), source, level)
        level = _limited(gain + min(tool.target_lufs - heard.loudness, _MOST_ADDED), source) if heard else level
    container = formats.own_video_format(source) if source.moving else formats.own_audio_format(source)
    sound = [*formats.coded_sound(source.sound, container), "-af", ",".join(level)]
    return _written(task.part(0.6, 1), source, container, sound)


class _Measured(Struct, frozen=True):
    """LUFS and dBTP."""

    loudness: float
    peak: float


def _measured(task: Task, source: Source, filters: list[str]) -> _Measured | None:
    """By ITU-R BS.1770; None of silence."""
    meter = ",".join([*filters, "ebur128=peak=true:framelog=quiet"])
    made = ["-loglevel", "info", "-map", f"0:{source.sound.index}", "-af", meter, "-f", "null", "-"]
    said = task.ffmpeg(reading(source), made, source.duration)
    loudness, peak = re.findall(r"\bI: +(\S+) LUFS", said), re.findall(r"\bPeak: +(\S+) dBFS", said)
    if not loudness or not peak:
        raise MediaError("media_unreadable", "Nothing of the sound can be decoded.")
    measured = _Measured(float(loudness[-1]), float(peak[-1]))
    return measured if measured.loudness > _SILENT else None


def _limited(gain: float, source: Source) -> list[str]:
    """At four times the usual rate, where the peaks between the samples are seen."""
    limiter = f"alimiter=limit={10 ** (_PEAK / 20):.4f}:level=0:attack=3:release=60:latency=1"
    return [f"volume={gain:.2f}dB", "aresample=192000", limiter, f"aresample={source.sound.rate}"]


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
    pictures = container in ("mp4", "webm", "mkv")
    seconds = source.lasting(pictures=pictures, sound=True) if expected is None else expected
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
