"""Opens media with PyAV under the whitelists and limits, and says what is in a file."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TypeVar, cast

import av
import av.error
from av.audio.stream import AudioStream
from av.codec import CodecContext
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard, Disposition, Stream
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from renderer.errors import MediaError
from renderer.media.info import MAX_PIXELS, MAX_SECONDS, MAX_SIDE, MAX_STREAMS, MediaInfo
from renderer.media.orientation import display_size, has_alpha
from renderer.media.sniff import demuxer_of

S = TypeVar("S", VideoStream, AudioStream)

DAMAGED = "The file is damaged or incomplete and cannot be read."
_UNKNOWN_PICTURES = "Its pictures cannot be decoded: their codec is unknown here. Use H.264, for example."
_UNKNOWN_SOUND = "Its sound cannot be decoded: its codec is unknown here. Use AAC, for example."
_PRIMING = Fraction(1, 2)  # seconds; no encoder needs so much
_ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}  # FFmpeg's own decoders drop WebM's alpha


def probe(path: Path) -> MediaInfo:
    """Opens the file and decodes its first picture. MediaError for what cannot be used."""
    with open_media(path) as container:
        video, audio = video_stream(container), audio_stream(container)
        if video is None and audio is None:
            raise MediaError("unsupported_media", "The file has neither pictures nor sound.")
        duration, has_audio = _duration(path, container), audio is not None
        if video is None:
            return MediaInfo(kind="audio", duration=duration, has_audio=has_audio)
        frame = first_frame(container, video)
        width, height = display_size(frame, video)
        check_size(width, height)
        return MediaInfo(
            kind="video",
            duration=duration,
            width=width,
            height=height,
            fps=video.average_rate,
            has_alpha=has_alpha(frame),
            has_audio=has_audio,
        )


@contextmanager
def open_media(path: Path) -> Iterator[InputContainer]:
    """A container that can reach no other file, whatever its bytes say."""
    demuxer = demuxer_of(path)
    whitelists = {"protocol_whitelist": "file", "format_whitelist": demuxer, "max_streams": "64"}
    try:
        container = av.open(f"file:{path.resolve()}", format=demuxer, options=whitelists, metadata_errors="replace")
    except (av.error.FFmpegError, OSError):
        raise MediaError("media_unreadable", DAMAGED) from None
    with closing(container):
        if len(container.streams) > MAX_STREAMS:
            raise MediaError("media_too_large", f"The file has more than {MAX_STREAMS} streams.")
        yield container


def moving(container: InputContainer) -> list[VideoStream]:
    """Pictures that move and can be decoded; the cover of a sound file does not. MediaError where none of some can."""
    streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    return _decodable(streams, _UNKNOWN_PICTURES)


def video_stream(container: InputContainer) -> VideoStream | None:
    """The first moving picture. MediaError when it is too large."""
    stream = next(iter(moving(container)), None)
    if stream is not None:
        check_size(stream.codec_context.width, stream.codec_context.height)
    return stream


def audio_stream(container: InputContainer) -> AudioStream | None:
    """The first sound. MediaError when there are some, and none can be decoded."""
    return next(iter(_decodable(container.streams.audio, _UNKNOWN_SOUND)), None)


def _decodable(streams: Sequence[S], otherwise: str) -> list[S]:
    known = [stream for stream in streams if stream.codec_context is not None]
    if streams and not known:
        raise MediaError("unsupported_media", otherwise)
    return known


def check_size(width: int, height: int) -> None:
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        limit = f"{MAX_SIDE} pixels a side and {MAX_PIXELS // 1_000_000} megapixels"
        raise MediaError("media_too_large", f"The video is {width}x{height}; the limit is {limit}.")


def origin_of(container: InputContainer) -> Fraction:
    """The file's own clock at our time 0, in seconds; sound before 0 is an encoder's priming.

    Much before 0 begins what was recorded while the clock of its broadcast started anew.
    """
    start = Fraction(container.start_time or 0, av.time_base)
    return start if start > 0 or start < -_PRIMING else Fraction(0)


def packets_of(container: InputContainer, stream: Stream) -> Iterator["Packet[Stream]"]:
    """The stream's packets from where the container stands; broken data ends it like the end of the file.

    So does a stream that begins on the way, which PyAV knows nothing of.
    """
    for other in container.streams:
        other.discard = Discard.default if other is stream else Discard.all
    try:
        yield from container.demux(stream)
    except (av.error.FFmpegError, IndexError):
        return


def decoder_of(stream: VideoStream) -> VideoCodecContext:
    """The stream's decoder, two threads; one that knows alpha where the file announces it."""
    own = stream.codec_context
    special = _ALPHA_DECODERS.get(own.name) if stream.metadata.get("alpha_mode") == "1" else None
    decoder = cast(VideoCodecContext, CodecContext.create(special, "r")) if special else own
    decoder.thread_type = "AUTO"
    decoder.thread_count = 2
    decoder.options = {"max_pixels": str(MAX_PIXELS)}
    return decoder


def first_frame(container: InputContainer, stream: VideoStream) -> VideoFrame:
    for frame in frames_of(container, stream, decoder_of(stream)):
        return frame
    raise MediaError("media_unreadable", "No picture of the video can be decoded: it is damaged or encrypted.")


def frames_of(container: InputContainer, stream: VideoStream, decoder: VideoCodecContext) -> Iterator[VideoFrame]:
    """Pictures in the order they are shown, from where the container stands; broken ones are left out."""
    for packet in packets_of(container, stream):
        try:
            yield from decoder.decode(packet if packet.size else None)
        except av.error.FFmpegError:
            continue


def _duration(path: Path, container: InputContainer) -> float:
    known = container.duration
    seconds = known / av.time_base if known else _last_time(path)
    if seconds > MAX_SECONDS:
        raise MediaError("media_too_large", f"The file is longer than {MAX_SECONDS // 3600} hours.")
    return seconds


def _last_time(path: Path) -> float:
    """Where the last packet ends: for files whose header has no duration, as browsers record them."""
    end = Fraction(0)
    with open_media(path) as container:
        stream = video_stream(container) or audio_stream(container)
        assert stream is not None
        for packet in packets_of(container, stream):
            if packet.pts is not None:
                end = max(end, (packet.pts + (packet.duration or 0)) * Fraction(packet.time_base))
        return max(float(end - origin_of(container)), 0.0)
