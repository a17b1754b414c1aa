"""A clip with the picture that stands for it until it is played."""

from contextlib import suppress
from pathlib import Path

from app.clips import AUDIO_FORMATS, Format
from renderer.encoding.program import QUIET, Failed, ffmpeg_of, run
from workers.media.cut import cut
from workers.media.orders import Cut, CutMade, Progress, Stop

_WIDEST = 1280
_LATEST = 1.0  # seconds: what comes before is often black
_DEMUXERS: dict[Format, str] = {"mp4": "mov", "gif": "gif"}


def cut_with_poster(order: Cut, progress: Progress, stop: Stop) -> CutMade:
    made = cut(order, progress, stop)
    if order.poster and made.format not in AUDIO_FORMATS:
        _draw(order.out, made, order.poster, stop, order.ffmpeg)
    return made


def _draw(film: Path, made: CutMade, poster: Path, stop: Stop, ffmpeg: str | None) -> None:
    """From a third of the film, or its first picture: a film of few pictures may have none to be seen there."""
    demuxer = _DEMUXERS[made.format]
    opened = ["-f", demuxer, "-protocol_whitelist", "file", "-format_whitelist", demuxer, "-i", f"file:{film}"]
    drawn = ["-vf", f"scale='min({_WIDEST},iw)':-2,format=yuvj420p", "-frames:v", "1", "-c:v", "mjpeg", "-q:v", "3"]
    for second in (min(_LATEST, made.duration / 3), 0):
        command = [ffmpeg_of(ffmpeg), *QUIET, "-nostdin", "-ss", f"{second:.3f}", *opened, "-an", *drawn]
        with suppress(Failed):
            run([*command, "-f", "image2", "-update", "1", f"file:{poster}"], stop)
        if poster.exists():
            return
