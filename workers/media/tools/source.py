"""What a tool is given: how the file is coded, beyond what is seen and heard of it."""

from pathlib import Path

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from msgspec import Struct

from renderer.errors import MediaError
from renderer.media.info import MediaInfo
from renderer.media.orientation import TURNS, display_size, has_alpha, orientation_of
from renderer.media.probe import audio_stream, check_size, first_frame, open_media, video_stream
from renderer.media.sniff import demuxer_of
from workers.media.duration import duration_of
from workers.media.orders import Stop

# Tags of ISO/IEC 23091-2.
_HDR = (16, 18)  # TransferCharacteristics: PQ and HLG
_PRIMARIES = (1, 4, 5, 6, 7, 8, 9, 11, 12, 22)
_MATRICES = (1, 5, 6, 7, 9, 14)
_ROUNDED = 1.0  # seconds by which an end may lie behind the file's: clients know lengths rounded
_CHANNELS, _RATES = 32, (2_000, 768_000)
_COVERS = ("mjpeg", "png")
_LOSSLESS = ("flac", "alac", "wavpack", "ape", "tta", "truehd", "mlp")


class Moving(Struct, frozen=True, kw_only=True):
    """The coded pictures. `steady`: at one rate; `tagged`: of known primaries and matrix.

    `turn`: how far a player turns them clockwise, None if it mirrors them.
    """

    index: int
    codec: str
    pixels: str
    steady: bool
    turn: int | None
    square: bool
    interlaced: bool
    hdr: bool
    tagged: bool
    seconds: float | None
    alpha: bool
    bit_rate: int | None


class Heard(Struct, frozen=True, kw_only=True):
    """The coded sound. `bits` of a sample where nothing of it was lost, else 0."""

    index: int
    codec: str
    channels: int
    rate: int
    bits: int
    seconds: float | None
    bit_rate: int | None


class Source(Struct, frozen=True, kw_only=True):
    """`cover`: the stream of the picture that belongs to a sound."""

    path: Path
    demuxer: str
    info: MediaInfo
    moving: Moving | None = None
    heard: Heard | None = None
    cover: int | None = None

    @property
    def duration(self) -> float:
        return self.info.duration

    @property
    def pictures(self) -> Moving:
        """Raises MediaError where there are none."""
        if self.moving is None:
            raise MediaError("unsupported_media", "The file has sound alone. This tool needs a video.")
        return self.moving

    @property
    def sound(self) -> Heard:
        """Raises MediaError where there is none."""
        if self.heard is None:
            raise MediaError("unsupported_media", "The video has no sound. This tool needs a file that can be heard.")
        return self.heard

    def lasting(self, *, pictures: bool, sound: bool) -> float:
        """How long what is kept of it should be: of one of two streams nothing may be known, which is 0."""
        kept = [self.moving] if pictures else []
        kept_sound = [self.heard] if sound else []
        if (not self.moving or pictures) and (not self.heard or sound):
            return self.duration
        return max((stream.seconds or 0 for stream in (*kept, *kept_sound) if stream), default=0)

    def until(self, start: float, end: float) -> float:
        """`end`, at most that of the file. MediaError where that leaves nothing, or less than was asked for."""
        length = f"the file is {self.duration:.2f} seconds long"
        if start >= self.duration:
            raise MediaError("outside_source", f"startTime is {start:g}, and {length}. Give an earlier time.")
        if end > self.duration + _ROUNDED:
            raise MediaError("outside_source", f"endTime is {end:g}, and {length}. Give a time up to that.")
        return min(end, self.duration)


def opened(path: Path, stop: Stop) -> Source:
    """Raises MediaError for what is neither video nor sound, or broken."""
    duration = duration_of(path, lambda share: None, stop)
    with open_media(path) as container:
        video, audio = video_stream(container), audio_stream(container)
        heard = _heard(audio) if audio else None
        frame = first_frame(container, video) if video else None
        return Source(
            path=path.resolve(),
            demuxer=demuxer_of(path),
            info=_info(duration, video, frame, heard),
            moving=_moving(video, frame) if video and frame else None,
            heard=heard,
            cover=_cover(container),
        )


def opened_video(path: Path, stop: Stop) -> Source:
    """Raises MediaError where there are no pictures, too."""
    source = opened(path, stop)
    assert source.pictures
    return source


def _info(duration: float, video: VideoStream | None, frame: VideoFrame | None, heard: Heard | None) -> MediaInfo:
    if not video or not frame:
        if not heard:
            raise MediaError("media_unreadable", "Nothing of the sound can be decoded: it is damaged.")
        return MediaInfo(kind="audio", duration=duration, has_audio=True)
    width, height = display_size(frame, video)
    check_size(width, height)
    return MediaInfo(
        kind="video",
        duration=duration,
        width=width,
        height=height,
        fps=video.average_rate,
        has_alpha=has_alpha(frame),
        has_audio=heard is not None,
    )


def _moving(stream: VideoStream, frame: VideoFrame) -> Moving:
    return Moving(
        index=stream.index,
        codec=stream.codec_context.codec.canonical_name,
        pixels=frame.format.name,
        steady=_steady(stream),
        turn=90 * TURNS.index(turn) if (turn := orientation_of(frame)) in TURNS else None,
        square=stream.sample_aspect_ratio in (None, 0, 1),
        interlaced=bool(frame.interlaced_frame),
        hdr=int(frame.color_trc) in _HDR,
        seconds=_seconds(stream),
        tagged=int(frame.color_primaries) in _PRIMARIES and int(frame.colorspace) in _MATRICES,
        alpha=has_alpha(frame),
        bit_rate=stream.bit_rate or None,
    )


def _steady(stream: VideoStream) -> bool:
    average, base = stream.average_rate, stream.base_rate
    return bool(average and base and abs(average / base - 1) < 0.02)


def _heard(stream: AudioStream) -> Heard | None:
    """None of what no recording is."""
    context = stream.codec_context
    sane = context.format and 1 <= context.channels <= _CHANNELS and _RATES[0] <= context.sample_rate <= _RATES[1]
    if not sane:
        return None
    codec = context.codec.canonical_name
    lossless = codec.startswith("pcm_") or codec in _LOSSLESS
    return Heard(
        index=stream.index,
        codec=codec,
        channels=context.channels,
        rate=context.sample_rate,
        bits=_bits(context.format.name, codec) if lossless else 0,
        seconds=_seconds(stream),
        bit_rate=stream.bit_rate or None,
    )


def _seconds(stream: VideoStream | AudioStream) -> float | None:
    return float(stream.duration * stream.time_base) if stream.duration and stream.time_base else None


def _bits(sample_format: str, codec: str) -> int:
    """FFmpeg decodes 24 bits into 32."""
    if "pcm_s24" in codec or sample_format.startswith(("s32", "flt", "dbl")):
        return 24
    return 16


def _cover(container: InputContainer) -> int | None:
    covers = (
        stream.index
        for stream in container.streams.video
        if stream.disposition & Disposition.attached_pic and stream.codec_context.codec.canonical_name in _COVERS
    )
    return next(covers, None)
