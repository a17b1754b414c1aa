"""What has to be known of a source before a clip of it is made."""

from fractions import Fraction
from pathlib import Path

from av.audio.stream import AudioStream
from av.video.stream import VideoStream
from msgspec import Struct

from renderer.errors import MediaError
from renderer.media.probe import audio_stream, decoder_of, frames_of, open_media, origin_of, probe, video_stream
from renderer.media.sniff import demuxer_of

_LOSSLESS = ("pcm_s24", "pcm_s32", "pcm_f", "flac", "alac", "wavpack", "ape", "truehd", "mlp")


class Moving(Struct, frozen=True):
    """The pictures as they are shown; `transfer` in the numbers of ISO/IEC 23091-2."""

    index: int
    width: int
    height: int
    fps: Fraction | None
    interlaced: bool
    transfer: int


class Heard(Struct, frozen=True):
    """`bits` of a sample, above 16 only where they are not lost in the coding."""

    index: int
    rate: int
    bits: int


class ClipSource(Struct, frozen=True):
    """`origin`: the file's own clock at time 0."""

    path: Path
    demuxer: str
    duration: float
    origin: Fraction
    moving: Moving | None
    heard: Heard | None


def source_of(path: Path) -> ClipSource:
    """Raises MediaError for what is neither video nor sound, or broken."""
    info = probe(path)
    with open_media(path) as container:
        video, audio = video_stream(container), audio_stream(container)
        moving = None
        if video is not None:
            frame = next(frames_of(container, video, decoder_of(video)), None)
            if frame is None:
                raise MediaError("media_unreadable", "No picture of the video can be decoded.")
            interlaced, transfer = bool(frame.interlaced_frame) or _fields(video), int(frame.color_trc)
            moving = Moving(video.index, info.width, info.height, video.average_rate, interlaced, transfer)
        heard = None if audio is None or not audio.codec_context.sample_rate else _heard(audio)
        return ClipSource(path.resolve(), demuxer_of(path), info.duration, origin_of(container), moving, heard)


def _fields(video: VideoStream) -> bool:
    return str(getattr(video.codec_context, "field_order", "")).lower() in {"tt", "bb", "tb", "bt"}


def _heard(audio: AudioStream) -> Heard:
    context = audio.codec_context
    fine = context.name.startswith(_LOSSLESS) and not context.format.name.startswith(("s16", "u8"))
    return Heard(audio.index, context.sample_rate, 24 if fine else 16)
