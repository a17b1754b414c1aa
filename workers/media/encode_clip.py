"""Cuts by decoding and encoding: one ffmpeg, whatever the source, the format, the size and the shape.

Every segment is an input of its own, opened a little before its start; which pictures and samples of it are used is
said in ticks on the file's own clock, so that nothing hangs on how a seek or a rounding went.
"""

import sys
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

from msgspec import Struct

from app.clips import AUDIO_FORMATS, Clip, Format, Frame
from renderer.encoding.ffmpeg import to_gif
from renderer.encoding.program import H264_FACTORS, QUIET, Failed, ffmpeg_of, run
from renderer.errors import MediaError
from renderer.media.info import MAX_PIXELS
from workers.media.clip_source import ClipSource, Moving
from workers.media.copied_sound import Range
from workers.media.frame_table import Table

_OURS = ("No space left on device", "Disk quota exceeded")  # what the machine lacks; want of memory is the file's
_UNREADABLE = "The source is damaged between start and end and cannot be decoded. Choose other times or another file."
LEADS = (1, 30, None)  # seconds decoded before a segment, for sound and pictures refer back; None: from the start
_FEW = 4  # segments whose decoders may have threads, each of which keeps pictures of its own
_SLACK = 1  # seconds above the length of a clip; whatever the source says, no more is written
_KEY_FRAMES = 4  # seconds between them at most
_GIF_RATES = (Fraction(5), Fraction(15))  # pictures a second, at least and at most
_GIF_FACTOR = 12
_BLUR = 4  # the ground is blurred in a quarter of the size
_HDR = {16: "smpte2084", 18: "arib-std-b67"}
_INEXACT = {"mp3", "aac", "amr", "ogg", "flv", "avi", "mpeg"}  # after a seek these may be elsewhere, or not know where


class Part(Struct, frozen=True):
    """A segment: what is seen and heard in it. `table` is more exact, where the packets tell their times."""

    heard: Range
    table: Table | None = None


def encode_clip(
    source: ClipSource,
    clip: Clip,
    frame: Frame,
    parts: Sequence[Part],
    out: Path,
    progress: Callable[[float], None],
    stop: Callable[[], bool],
    ffmpeg: str | None = None,
    lead: int | None = LEADS[0],
) -> None:
    total = float(sum(part.heard.end - part.heard.first for part in parts)) or 1.0
    film = out.with_suffix(".film.mp4") if clip.format == "gif" else out
    graph = _graph(source, clip, frame, parts)
    command = [ffmpeg_of(ffmpeg), *QUIET, "-nostdin", "-copyts", *_inputs(source, clip, parts, lead), *graph]
    command += [*_coding(source, clip, total), "-t", f"{total + _SLACK:.6f}", f"file:{film}"]
    try:
        run(command, stop, on_time=lambda seconds: progress(min(1.0, seconds / total)))
        if clip.format == "gif":
            to_gif(film, out, stop, ffmpeg)
    except Failed as error:
        if error.exit_code < 0 or any(word in error.said for word in _OURS):
            raise
        print(error.said, file=sys.stderr)
        raise MediaError("media_unreadable", _UNREADABLE) from error
    finally:
        if film != out:
            film.unlink(missing_ok=True)


def _inputs(source: ClipSource, clip: Clip, parts: Sequence[Part], lead: int | None) -> list[str]:
    threads = "2" if len(parts) <= _FEW else "1"
    opened = ["-f", source.demuxer, "-protocol_whitelist", "file", "-format_whitelist", source.demuxer]
    opened += ["-max_streams", "64", "-threads", threads, *(["-max_pixels", str(MAX_PIXELS)] if source.moving else [])]
    given = []
    for part in parts:
        since = 0.0 if lead is None else max(0.0, float(_first(part) - source.origin) - lead)
        is_inexact = part.table is None if _is_seen(source, clip) else source.demuxer in _INEXACT
        sought = ["-noaccurate_seek", "-ss", f"{since:.6f}"] if since and not is_inexact else []
        given += [*sought, *opened, "-i", f"file:{source.path}"]
    return given


def _is_seen(source: ClipSource, clip: Clip) -> bool:
    return source.moving is not None and clip.format not in AUDIO_FORMATS


def _first(part: Part) -> Fraction:
    table = part.table
    return part.heard.first if table is None or table.held is None else table.held * table.tick


def _graph(source: ClipSource, clip: Clip, frame: Frame, parts: Sequence[Part]) -> list[str]:
    chains, joined = [], ""
    for number, part in enumerate(parts):
        if source.moving and _is_seen(source, clip):
            chains.append(f"[{number}:{source.moving.index}]{_pictures(source.moving, clip, frame, part, number)}")
            joined += f"[v{number}]"
        if source.heard and clip.format != "gif":
            chains.append(f"[{number}:{source.heard.index}]{_sound(source.heard.rate, clip, part)}[a{number}]")
            joined += f"[a{number}]"
    pictures, sound = int("[v0]" in joined), int("[a0]" in joined)
    ends = "[v]" * pictures + "[a]" * sound
    chains.append(f"{joined}concat=n={len(parts)}:v={pictures}:a={sound}{ends}")
    maps = ["-map", "[v]"] * pictures + ["-map", "[a]"] * sound
    return ["-filter_complex", ";".join(chains), *maps, "-map_metadata", "-1", "-map_chapters", "-1"]


def _pictures(moving: Moving, clip: Clip, frame: Frame, part: Part, number: int) -> str:
    filters = _chosen(part)
    if moving.interlaced:
        filters.append("bwdif=mode=send_frame:deint=interlaced")
    if clip.format == "gif":
        rate = min(max(moving.fps or _GIF_RATES[1], _GIF_RATES[0]), _GIF_RATES[1])
        filters += [f"fps={rate}", f"trim=end={float(part.heard.end - part.heard.first):.6f}"]
    size = f"scale={frame.width}:{frame.height}:flags=bicubic:out_range=limited"
    if clip.shape.aspect_ratio != "original" and clip.shape.fit == "blur":
        filters.append(_before_blur(moving, frame, number))
    else:
        filters += [*_cropped(clip, frame), size]
    filters += [*_in_our_range(moving), "format=yuv420p", "setsar=1", *_fades("fade", clip.fades.video, part)]
    return ",".join(filters) + f"[v{number}]"


def _chosen(part: Part) -> list[str]:
    """The pictures of the part, the first one at time 0."""
    table = part.table
    if table is None:
        first, end = float(part.heard.first), float(part.heard.end)
        return [f"trim=start={first:.6f}:end={end:.6f}", f"setpts=PTS-{first:.6f}/TB"]
    first_pts = table.first if table.held is None else table.held
    return [f"trim=start_pts={first_pts}:end_pts={table.end}", rf"setpts=max(PTS-{table.first}\,0)"]


def _cropped(clip: Clip, frame: Frame) -> list[str]:
    across, down = frame.crop
    if across == down == 1:
        return []
    focus = clip.shape.focus
    place = [_place(focus.x, across), _place(focus.y, down)]
    return [f"crop=iw*{float(across):.8f}:ih*{float(down):.8f}:iw*{place[0]:.8f}:ih*{place[1]:.8f}"]


def _place(focus: float, seen: Fraction) -> float:
    """Where what is seen begins, so that the focus is in its middle as far as there is picture."""
    return min(max(focus - float(seen) / 2, 0.0), 1.0 - float(seen))


def _before_blur(moving: Moving, frame: Frame, number: int) -> str:
    """The whole picture in the middle of itself, enlarged and blurred."""
    across, down = Fraction(frame.width, moving.width), Fraction(frame.height, moving.height)
    inside = [round(length * min(across, down) / 2) * 2 for length in (moving.width, moving.height)]
    ground = [max(2, round(length * max(across, down) / _BLUR / 2) * 2) for length in (moving.width, moving.height)]
    small = [max(2, frame.width // _BLUR // 2 * 2), max(2, frame.height // _BLUR // 2 * 2)]
    cut = f"crop=min(iw\\,{small[0]}):min(ih\\,{small[1]})"
    sigma = max(1, min(small) // 20)
    return (
        f"split[w{number}][g{number}];"
        f"[g{number}]scale={ground[0]}:{ground[1]},{cut},gblur=sigma={sigma},"
        f"scale={frame.width}:{frame.height},setsar=1[b{number}];"
        f"[w{number}]scale={inside[0]}:{inside[1]}:flags=bicubic:out_range=limited,setsar=1[i{number}];"
        f"[b{number}][i{number}]overlay=(W-w)/2:(H-h)/2"
    )


def _in_our_range(moving: Moving) -> list[str]:
    """High dynamic range in the standard one, after it has become small."""
    if moving.transfer not in _HDR:
        return []
    known = f"tin={_HDR[moving.transfer]}:pin=bt2020:min=bt2020nc"
    light = f"zscale={known}:t=linear:npl=203,format=gbrpf32le,zscale=p=bt709"
    return [light, "tonemap=mobius:desat=0", "zscale=t=bt709:m=bt709:r=limited"]


def _sound(rate: int, clip: Clip, part: Part) -> str:
    """With silence where the source has none; with pictures, to their end.

    Samples are counted from where decoding began, since the times of single frames are not exact in every format; only
    holes of a tenth of a second are believed.
    """
    target = _rate(rate, clip.format)
    first, length = round(part.heard.first * target), round((part.heard.end - part.heard.first) * target)
    chosen = [f"atrim=start_pts={first}:end_pts={first + length}", f"asetpts=PTS-{first}"]
    filters = [f"aresample={target}:async=1", *chosen, f"aresample={target}:async=1:first_pts=0"]
    if clip.format == "mp4":
        filters += [f"apad=whole_len={length}", "asetpts=N"]
    if clip.format in ("mp4", "m4a", "mp3"):
        filters.append("aformat=channel_layouts=stereo")
    return ",".join([*filters, *_fades("afade", clip.fades.audio, part)])


def _rate(rate: int, wanted: Format) -> int:
    """That of the source, where the format has it and players are used to it."""
    if wanted in ("wav", "flac"):
        return rate
    return rate if rate in (44_100, 48_000) else 48_000


def _fades(name: str, seconds: float, part: Part) -> list[str]:
    length = float(part.heard.end - part.heard.first)
    fade = min(seconds, length / 2)
    if fade <= 0:
        return []
    return [f"{name}=t=in:st=0:d={fade:.6f}", f"{name}=t=out:st={length - fade:.6f}:d={fade:.6f}"]


def _coding(source: ClipSource, clip: Clip, seconds: float) -> list[str]:
    same = ["-flags", "+bitexact", "-fflags", "+bitexact"]
    if clip.format in ("mp4", "gif"):
        assert source.moving is not None
        factor = _GIF_FACTOR if clip.format == "gif" else H264_FACTORS["high"]
        pictures = ["-c:v", "libx264", "-preset", "veryfast", "-crf", str(factor), "-profile:v", "high"]
        pictures += ["-threads", "4", "-g", str(max(1, round((source.moving.fps or 30) * _KEY_FRAMES)))]
        pictures += ["-fps_mode", "vfr", "-enc_time_base:v", "filter"]
        pictures += [
            "-bsf:v",
            rf"setts=pts=PTS:dts=DTS:duration=min(DURATION\,{seconds:.6f}/TB-PTS)",
        ]  # of a picture that stays long
        return [*pictures, *_AAC, *same, "-movflags", "+faststart", "-f", "mp4"]
    assert source.heard is not None
    coded = _SOUND_CODING[clip.format]
    if clip.format in ("wav", "flac") and source.heard.bits > 16:
        coded = _FINER[clip.format]
    return [*coded, *same]


_AAC = ["-c:a", "aac", "-b:a", "192k", "-aac_coder", "fast"]
_SOUND_CODING: dict[Format, list[str]] = {
    "m4a": [*_AAC, "-movflags", "+faststart", "-f", "ipod"],
    "mp3": ["-c:a", "libmp3lame", "-q:a", "2", "-f", "mp3"],
    "wav": ["-c:a", "pcm_s16le", "-f", "wav"],
    "flac": ["-c:a", "flac", "-sample_fmt", "s16", "-f", "flac"],
}
_FINER: dict[Format, list[str]] = {
    "wav": ["-c:a", "pcm_s24le", "-f", "wav"],
    "flac": ["-c:a", "flac", "-sample_fmt", "s32", "-bits_per_raw_sample", "24", "-f", "flac"],
}
