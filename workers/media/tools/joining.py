"""Several files one after another in one."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from app.tools import Format, Merge
from renderer.errors import MediaError
from renderer.media.info import MAX_SECONDS
from workers.media.orders import Made, Stop
from workers.media.tools import formats
from workers.media.tools.formats import CONTAINERS
from workers.media.tools.pixels import Size, seen, size_for, square
from workers.media.tools.source import Heard, Source, opened
from workers.media.tools.task import Task, reading

_RATE = 48_000
_FASTEST = Fraction(60)
_STEREO = Heard(index=0, codec="", channels=2, rate=_RATE, bits=0, seconds=None, bit_rate=None)


def merge(task: Task, tool: Merge) -> Made:
    """Of videos an MP4, of sounds an M4A. Each video fits into the size of the first, on black."""
    sources = [_named(number, path, task.stop) for number, path in enumerate((task.source, *task.others), 1)]
    if len(sources) < 2:
        raise MediaError("unsupported_media", "There is one file alone. Give at least two that are to be joined.")
    seconds = sum(source.duration for source in sources)
    if seconds > MAX_SECONDS:
        raise MediaError("media_too_large", f"Together the files are longer than {MAX_SECONDS // 3600} hours.")
    moving = sources[0].moving is not None
    for number, source in enumerate(sources, 1):
        if (source.moving is not None) != moving:
            kinds = ("sound alone", "the first is a video") if moving else ("a video", "the first is sound alone")
            raise MediaError("unsupported_media", f"File {number} is {kinds[0]}, and {kinds[1]}. Join what is alike.")
    inputs = [argument for source in sources for argument in ["-threads", "2", *reading(source)]]
    made = _videos(sources) if moving else _sounds(sources)
    container: Format = "mp4" if moving else "m4a"
    task.ffmpeg(
        inputs,
        [*made, "-map_metadata", "-1", "-map_chapters", "-1", *CONTAINERS[container].muxer, f"file:{task.out}"],
        seconds,
    )
    return task.watched(container, seconds)


def _named(number: int, path: Path, stop: Stop) -> Source:
    try:
        return opened(path, stop)
    except MediaError as error:
        raise MediaError(error.code, f"File {number}: {error.message}") from error


def _videos(sources: Sequence[Source]) -> list[str]:
    size, rate = size_for(sources[0], None, None), min(sources[0].info.fps or Fraction(25), _FASTEST)
    heard = any(source.heard for source in sources)
    chains, joined = [], ""
    for number, source in enumerate(sources):
        chains.append(f"[{number}:{source.pictures.index}]{_alike(source, size, rate)}[v{number}]")
        joined += f"[v{number}]"
        if heard:
            chains.append(f"{_heard_like(number, source)}[a{number}]")
            joined += f"[a{number}]"
    chains.append(f"{joined}concat=n={len(sources)}:v=1:a={int(heard)}[v]{'[a]' if heard else ''}")
    sound = ["-map", "[a]", *formats.coded_sound(_STEREO, "mp4")] if heard else []
    return ["-filter_complex", ";".join(chains), "-map", "[v]", *formats.coded_pictures("mp4"), *sound]


def _alike(source: Source, size: Size, rate: Fraction) -> str:
    whole = f"{size.width}:{size.height}"
    fitted = [f"scale={whole}:force_original_aspect_ratio=decrease:flags=lanczos", f"pad={whole}:-1:-1,setsar=1"]
    times = [
        f"fps={rate}",
        f"tpad=stop_mode=clone:stop_duration={source.duration:.6f}",
        f"trim=end={source.duration:.6f}",
    ]
    colours = "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p"
    return ",".join([*seen(source), *square(source), *fitted, "setpts=PTS-STARTPTS", *times, colours])


def _heard_like(number: int, source: Source) -> str:
    """As long as the pictures; silence where there is none."""
    exact = f"apad=whole_dur={source.duration:.6f},atrim=end={source.duration:.6f},asetpts=PTS-STARTPTS"
    if source.heard is None:
        return f"anullsrc=r={_RATE}:cl=stereo,{exact}".replace("apad=", "atrim=end=1,apad=", 1)
    return f"[{number}:{source.heard.index}]aresample={_RATE},aformat=sample_fmts=fltp:channel_layouts=stereo,{exact}"


def _sounds(sources: Sequence[Source]) -> list[str]:
    chains = [
        f"[{number}:{source.sound.index}]aresample={_RATE},aformat=sample_fmts=fltp:channel_layouts=stereo[a{number}]"
        for number, source in enumerate(sources)
    ]
    chains.append("".join(f"[a{number}]" for number in range(len(sources))) + f"concat=n={len(sources)}:v=0:a=1[a]")
    return ["-filter_complex", ";".join(chains), "-map", "[a]", *formats.coded_sound(_STEREO, "m4a")]
