"""What an uploaded file is, and whether it can be used: by its signature, its index and its first picture."""

from renderer.errors import MediaError
from renderer.media.probe import audio_stream, open_media, probe, video_stream
from workers.media.orders import Inspect, Inspected, Progress, Stop


def inspect(order: Inspect, progress: Progress, stop: Stop) -> Inspected:
    info = probe(order.source)
    with open_media(order.source) as container:
        video, audio = video_stream(container), audio_stream(container)
        if video is None and audio is None:
            raise MediaError("unsupported_media", "The file has neither pictures nor sound.")
        return Inspected(
            media_kind=info.kind,
            format_detected=container.format.name,
            content_type="application/octet-stream",
            duration=info.duration,
            has_video=info.has_video,
            has_audio=info.has_audio,
            width=info.width,
            height=info.height,
            max_height=info.height,
            fps=float(info.fps) if info.fps else None,
        )
