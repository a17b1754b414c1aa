"""One tool at its task: the files, ffmpeg started for it, and what has been made."""

import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from app.tools import Format
from renderer.encoding.program import QUIET, Failed, ffmpeg_of, run
from renderer.errors import MediaError
from renderer.media.info import MAX_PIXELS, MAX_SECONDS
from renderer.media.probe import probe
from workers.media.orders import Made, Progress, Stop
from workers.media.tools.source import Source

_DISK_FULL = ("No space left on device", "Disk quota exceeded", "File too large")
_LITTLE = 0.5  # seconds by which a file may be shorter than expected, and a tenth of it


class Task(Struct, frozen=True, kw_only=True):
    """`source` is read, `out` written; `scratch` is a folder for what lies between, `others` follow in a merge."""

    source: Path
    out: Path
    scratch: Path
    progress: Progress
    stop: Stop
    others: tuple[Path, ...] = ()
    subtitles: Path | None = None
    program: str | None = None

    def part(self, begin: float, end: float) -> "Task":
        """The same, whose progress is this part of the whole."""
        return msgspec.structs.replace(self, progress=lambda share: self.progress(begin + share * (end - begin)))

    def ffmpeg(self, inputs: Sequence[str], made: Sequence[str], seconds: float, *, folder: Path | None = None) -> str:
        """Runs it, for about `seconds` of output; answers what it said. MediaError when the file is at fault."""
        command = [ffmpeg_of(self.program), *QUIET, "-nostdin", *inputs, *_NO_PLACE, *made]
        length = max(seconds, 0.001)

        def tell(now: float) -> None:
            self.progress(min(now / length, 1.0))

        try:
            return run(command, self.stop, on_time=tell, folder=folder)
        except Failed as error:
            if error.exit_code < 0 or any(word in error.said for word in _DISK_FULL):
                raise
            print(error.said, file=sys.stderr)
            raise MediaError("media_unreadable", _UNREADABLE) from error

    def watched(self, format: Format, expected: float, *, copied: bool = False, warnings: tuple[str, ...] = ()) -> Made:  # noqa: A002
        """The video or sound that lies in `out`. MediaError when nothing came of the source."""
        try:
            info = probe(self.out)
        except MediaError as error:
            raise MediaError("media_unreadable", _UNREADABLE) from error
        if info.duration + max(_LITTLE, expected / 10) < expected:
            warnings += (f"The file ends early: {info.duration:.1f} of {expected:.1f} seconds could be read.",)
        return Made(
            format=format,
            kind="gif" if format == "gif" else info.kind,
            bytes=self.out.stat().st_size,
            duration=round(info.duration, 3),
            width=info.width or None,
            height=info.height or None,
            copied=copied,
            warnings=warnings,
        )

    def pictured(self, format: Format, *, copied: bool = False, warnings: tuple[str, ...] = ()) -> Made:  # noqa: A002
        """The picture that lies in `out`."""
        from renderer.media.photographs import picture_size

        width, height = picture_size(self.out)
        size = self.out.stat().st_size
        return Made(
            format=format, kind="image", bytes=size, width=width, height=height, copied=copied, warnings=warnings
        )


_UNREADABLE = "The file is damaged, or holds something that cannot be converted. Save it again with another program."
_NO_PLACE = ["-metadata", "location=", "-metadata", "location-eng="]  # where a phone was is nobody's business


def reading(source: Source, *, start: float = 0, seconds: float | None = None) -> list[str]:
    """A source as an input of ffmpeg that can reach no other file."""
    allowed = ["-protocol_whitelist", "file", "-format_whitelist", source.demuxer, "-max_streams", "64"]
    decoder: list[str] = []
    if source.moving is not None:
        decoder = ["-max_pixels", str(MAX_PIXELS)]
        if source.moving.alpha and source.moving.codec in _ALPHA_DECODERS:
            decoder += ["-c:v", _ALPHA_DECODERS[source.moving.codec]]
    cut = ["-ss", f"{start:.6f}"] if start else []
    cut += ["-t", f"{MAX_SECONDS if seconds is None else seconds:.6f}"]  # its header may know nothing of its length
    return [*allowed, *decoder, "-f", source.demuxer, *cut, "-i", f"file:{source.path}"]


class Excerpt(Struct, frozen=True):
    """Some seconds of a source: its input, and what has to come first among the filters."""

    inputs: list[str]
    pictures: list[str]
    sound: list[str]


def excerpt(source: Source, start: float, seconds: float) -> Excerpt:
    """In a transport stream ffmpeg finds a place only at the key frame after it, so it begins to look before."""
    if source.demuxer not in _SOUGHT_LATE or not start:
        return Excerpt(reading(source, start=start, seconds=seconds), [], [])
    lead = min(start, _LEAD)
    inputs = reading(source, start=start - lead, seconds=lead + seconds)
    pictures = [f"trim=start={lead:.6f}", f"setpts=PTS-{lead:.6f}/TB"]
    return Excerpt(inputs, pictures, [f"atrim=start={lead:.6f}", f"asetpts=PTS-{lead:.6f}/TB"])


_SOUGHT_LATE = ("mpegts", "mpeg")
_LEAD = 15.0  # seconds, more than between most key frames
_ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}  # FFmpeg's own drop WebM's alpha
