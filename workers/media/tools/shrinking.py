"""A video of fewer bytes: by a quality, or down to a size."""

import os
from itertools import pairwise

from msgspec import Struct

from app.tools import Compress
from renderer.errors import MediaError
from workers.media.orders import Made
from workers.media.tools import formats
from workers.media.tools.formats import CONTAINERS
from workers.media.tools.pixels import coded, evened
from workers.media.tools.source import Source, opened_video
from workers.media.tools.task import Task, reading

# x264 counts to 51; each step of 6 halves the bits.
_FACTORS = {"low": 32, "medium": 28, "high": 23}
_SOUND = {"low": 64_000, "medium": 96_000, "high": 128_000}
_AT_MOST = 0.9  # of the source's rate: what is coded again at the same one is only worse
_MB = 1_000_000
_WRAPPING = 0.98  # of a file is what the container's own tables leave
_ATTEMPTS = (0.0, 0.7, 0.85, 1.0)  # how far each one may get
_LEAST = 20_000  # bits a second of pictures; below that there is nothing to be seen


def compress(task: Task, tool: Compress) -> Made:
    """MP4. What does not get smaller that way stays as it is coded."""
    source = opened_video(task.source, task.stop)
    if tool.target_mb is not None:
        return _down_to(task, source, int(tool.target_mb * _MB))
    factor, sound = _FACTORS[tool.quality], _sound(source, _SOUND[tool.quality])
    rate = ["-preset", "medium", "-crf", str(factor), *_capped(source)]
    _encode(task, source, formats.h264(rate), sound)
    made = task.watched("mp4", source.duration)
    if made.bytes < source.path.stat().st_size:
        return made
    return _as_it_is(task, source) or made


def _capped(source: Source) -> list[str]:
    """Below the rate of the source, whatever quality was asked for."""
    known = source.pictures.bit_rate or round(source.path.stat().st_size * 8 / max(source.duration, 0.1))
    most = max(round(known * _AT_MOST), _LEAST)
    return ["-maxrate", str(most), "-bufsize", str(2 * most)]


def _as_it_is(task: Task, source: Source) -> Made | None:
    """The streams of the source, where MP4 holds them."""
    if not formats.fits(source.pictures, "mp4") or (source.heard and not formats.hears(source.heard, "mp4")):
        return None
    _encode(task, source, formats.copied_pictures(source.pictures, "mp4"), _kept(source), filtered=False)
    warnings = ("The video is as small already as this quality makes it, so its streams were kept.",)
    return task.watched("mp4", source.duration, copied=True, warnings=warnings)


def _kept(source: Source) -> list[str]:
    return ["-c:a", "copy"] if source.heard else ["-an"]


def _sound(source: Source, most: int) -> list[str]:
    """AAC, or the sound of the source when it is no larger than that."""
    heard = source.heard
    if heard is None:
        return ["-an"]
    if formats.hears(heard, "mp4") and heard.bit_rate and heard.bit_rate <= most * 1.1:
        return ["-c:a", "copy"]
    channels = min(heard.channels, 2)
    return ["-c:a", "aac", "-aac_coder", "fast", "-b:a", str(most * channels // 2), "-ac", str(channels)]


class _Budget(Struct, frozen=True):
    """Bits a second."""

    pictures: int
    sound: int


def _down_to(task: Task, source: Source, target: int) -> Made:
    """In two passes: the first learns where the bits are needed. What is small enough already is only copied."""
    if source.path.stat().st_size <= target and (kept := _as_it_is(task, source)) and kept.bytes <= target:
        return kept
    aim = round(target * _WRAPPING)
    for begin, end in pairwise(_ATTEMPTS):
        _two_passes(task.part(begin, end), source, _budget(source, aim, target))
        made = task.watched("mp4", source.duration)
        if made.bytes <= target:
            return made
        aim = round(aim * target / made.bytes * _WRAPPING)
    raise MediaError("target_too_small", _too_small(source, target))


def _budget(source: Source, size: int, target: int) -> _Budget:
    """A tenth for the sound, within what is worth hearing. MediaError where nothing is left for the pictures."""
    whole = round(size * 8 / max(source.duration, 0.1))
    sound = max(24_000, min(128_000, whole // 10)) if source.heard else 0
    if whole - sound < _LEAST:
        raise MediaError("target_too_small", _too_small(source, target))
    return _Budget(whole - sound, sound)


def _too_small(source: Source, target: int) -> str:
    least = (_LEAST + (24_000 if source.heard else 0)) * source.duration / 8 / _WRAPPING / _MB
    size = f"{target / _MB:g} MB are too few for {source.duration:.0f} seconds"
    return f"targetMb: {size}. Give at least {least + 0.005:.2f}, make the video smaller (resize-video) or shorter."


def _two_passes(task: Task, source: Source, budget: _Budget) -> None:
    log = task.scratch / "passes"
    rate = ["-preset", "medium", "-b:v", str(budget.pictures), "-passlogfile", os.fspath(log)]
    first = [
        "-map",
        f"0:{source.pictures.index}",
        *coded(source, evened(source), "mp4", formats.h264([*rate, "-pass", "1"])),
    ]
    task.part(0, 0.4).ffmpeg(reading(source), [*first, "-an", "-f", "null", "-"], source.duration)
    sound = _sound(source, budget.sound)
    _encode(task.part(0.4, 1), source, formats.h264([*rate, "-pass", "2"]), sound)


def _encode(task: Task, source: Source, pictures: list[str], sound: list[str], *, filtered: bool = True) -> None:
    mapped = ["-map", f"0:{source.pictures.index}"]
    mapped += ["-map", f"0:{source.heard.index}"] if source.heard else []
    drawn = coded(source, evened(source), "mp4", pictures) if filtered else pictures
    made = [*mapped, *drawn, *sound, *CONTAINERS["mp4"].muxer, f"file:{task.out}"]
    task.ffmpeg(reading(source), made, source.duration)
