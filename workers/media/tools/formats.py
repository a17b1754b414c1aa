"""The formats of files: what each can hold as it is coded, and how what it cannot hold is coded for it."""

from msgspec import Struct

from app.tools import Format, VideoFormat
from renderer.encoding.program import H264_FACTORS, VP9_FACTORS
from workers.media.tools.source import Heard, Moving, Source

THREADS = ["-threads", "4"]  # an encoder's result depends on their number


class Container(Struct, frozen=True, kw_only=True):
    """`pictures` and `sounds`: the codecs that are copied into it, because what plays the format plays them."""

    muxer: list[str]
    pictures: frozenset[str] = frozenset()
    sounds: frozenset[str]
    covers: bool = False


_H264 = {"h264", "hevc", "av1"}
_VPX = {"vp8", "vp9", "av1"}
_PCM = {"pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_u8"}
_OLDER = {"mpeg4", "mpeg2video", "mpeg1video", "mjpeg", "theora", "prores", "ffv1", "vc1"}
CONTAINERS: dict[Format, Container] = {
    "mp4": Container(
        muxer=["-movflags", "+faststart", "-f", "mp4"],
        pictures=frozenset(_H264),
        sounds=frozenset({"aac", "mp3", "ac3", "eac3", "alac"}),
    ),
    "webm": Container(muxer=["-f", "webm"], pictures=frozenset(_VPX), sounds=frozenset({"opus", "vorbis"})),
    "mkv": Container(
        muxer=["-f", "matroska"],
        pictures=frozenset(_H264 | _VPX | _OLDER),
        sounds=frozenset({"aac", "mp3", "mp2", "ac3", "eac3", "dts", "alac", "opus", "vorbis", "flac"} | _PCM),
    ),
    "mp3": Container(muxer=["-f", "mp3"], sounds=frozenset({"mp3"}), covers=True),
    "m4a": Container(muxer=["-movflags", "+faststart", "-f", "ipod"], sounds=frozenset({"aac", "alac"}), covers=True),
    "wav": Container(muxer=["-f", "wav"], sounds=frozenset(_PCM)),
    "ogg": Container(muxer=["-f", "ogg"], sounds=frozenset({"vorbis", "opus"})),
    "flac": Container(muxer=["-f", "flac"], sounds=frozenset({"flac"}), covers=True),
}
_BY_DEMUXER: dict[str, Format] = {"mp3": "mp3", "wav": "wav", "ogg": "ogg", "flac": "flac", "mov": "m4a", "aac": "m4a"}


def own_video_format(source: Source) -> VideoFormat:
    """What the source is in, where that is a format we write; else MP4."""
    if source.demuxer != "matroska":
        return "mp4"
    return "webm" if fits(source.moving, "webm") and (not source.heard or hears(source.heard, "webm")) else "mkv"


def own_audio_format(source: Source) -> Format:
    if source.demuxer in _BY_DEMUXER:
        return _BY_DEMUXER[source.demuxer]
    return "flac" if source.sound.bits else "m4a"


def fits(pictures: Moving | None, container: Format) -> bool:
    """Whether its pictures can be copied there. In MP4 only such H.264 as every browser plays."""
    if pictures is None or pictures.codec not in CONTAINERS[container].pictures:
        return False
    return container != "mp4" or pictures.codec != "h264" or pictures.pixels in ("yuv420p", "yuvj420p")


def hears(sound: Heard, container: Format) -> bool:
    return sound.codec in CONTAINERS[container].sounds


def copied_pictures(pictures: Moving, container: Format) -> list[str]:
    """Apple's players want HEVC under its other name."""
    return ["-c:v", "copy", *(["-tag:v", "hvc1"] if pictures.codec == "hevc" and container == "mp4" else [])]


def coded_pictures(container: Format) -> list[str]:
    if container == "webm":
        return vp9(["-crf", str(VP9_FACTORS["high"]), "-b:v", "0"])
    return h264(["-preset", "veryfast", "-crf", str(H264_FACTORS["high"])])


def vp9(rate: list[str]) -> list[str]:
    return ["-c:v", "libvpx-vp9", "-deadline", "good", "-cpu-used", "5", "-row-mt", "1", *rate, *THREADS]


def h264(rate: list[str]) -> list[str]:
    return ["-c:v", "libx264", "-profile:v", "high", *rate, *THREADS]


def coded_sound(sound: Heard, container: Format) -> list[str]:
    """In a quality at which few hear a difference; MP3 knows two channels and 48 kHz, Opus 48 kHz, at most eight."""
    match container:
        case "mp3":
            return ["-c:a", "libmp3lame", "-q:a", "2", *_channels(sound, 2)]
        case "wav":
            return ["-c:a", "pcm_s24le" if sound.bits > 16 else "pcm_s16le"]
        case "flac":
            return ["-c:a", "flac", "-sample_fmt", "s32" if sound.bits > 16 else "s16", *_channels(sound, 8)]
        case "ogg":
            return ["-c:a", "libvorbis", "-q:a", "6", *_channels(sound, 8)]
        case "webm":
            return ["-c:a", "libopus", "-b:a", f"{_kilobits(sound, 80, 8)}k", *_channels(sound, 8)]
    if container == "m4a" and sound.codec == "alac":
        return ["-c:a", "alac"]
    return ["-c:a", "aac", "-aac_coder", "fast", "-b:a", f"{_kilobits(sound, 96, 6)}k", *_channels(sound, 6)]


def _channels(sound: Heard, most: int) -> list[str]:
    """Stereo, or the usual places of six or eight speakers; what has others, or more than `most`, becomes stereo."""
    if sound.channels <= 2:
        return []
    return ["-ac", str(sound.channels if sound.channels in (6, 8) and sound.channels <= most else 2)]


def _kilobits(sound: Heard, each: int, most: int) -> int:
    """Two channels share little, so each counts; those around them less."""
    channels = sound.channels if sound.channels in (6, 8) and sound.channels <= most else min(sound.channels, 2)
    return each * min(channels, 2) + each // 2 * max(channels - 2, 0)
