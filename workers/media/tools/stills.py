"""Tools from a video to a picture, or to a moving one."""

from app.tools import Gif, Thumbnail
from renderer.errors import MediaError
from workers.media.orders import Made
from workers.media.tools.pixels import Size, scaled, seen, square
from workers.media.tools.source import Source, opened_video
from workers.media.tools.task import Task, excerpt, reading

_USUAL_WIDTH = 480
_BUFFERED = 400 << 20  # bytes of pictures that may wait for their palette
_FIRST = 1.0  # seconds: what comes before is often black

# JPEG is of BT.601's matrix and of full range, whatever the video was.
_CODERS = {
    "jpg": (["scale=out_color_matrix=bt601:out_range=pc", "format=yuvj420p"], ["-c:v", "mjpeg", "-q:v", "2"]),
    "png": (["format={rgb}"], ["-c:v", "png"]),
    "webp": (["format={bgr}"], ["-c:v", "libwebp", "-quality", "90"]),
}


def gif(task: Task, tool: Gif) -> Made:
    """One pass: of the pictures a palette is made, mostly of what moves, and then the pictures drawn in it."""
    source = opened_video(task.source, task.stop)
    end = source.until(tool.start_time, min(tool.start_time + tool.duration, source.duration))
    seconds = end - tool.start_time
    size = _shaped(source, tool.width or min(source.info.width, _USUAL_WIDTH), None)
    part = excerpt(source, tool.start_time, seconds)
    moving = [*part.pictures, *seen(source, alpha=True), f"fps={tool.fps}", scaled(size.width, size.height)]
    moving.append(f"format={_buffered(source, size, seconds * tool.fps)}")
    palette = "split[a][b];[a]palettegen=stats_mode=diff[p];[b][p]paletteuse=dither=sierra2_4a:diff_mode=rectangle"
    graph = f"[0:{source.pictures.index}]{','.join(moving)},{palette}"
    made = ["-filter_complex", graph, "-loop", "0", "-f", "gif", f"file:{task.out}"]
    task.ffmpeg(part.inputs, made, seconds)
    return task.watched("gif", seconds)


def _buffered(source: Source, size: Size, frames: float) -> str:
    """How the pictures wait: with all their colours, or in half the memory where there are many."""
    if source.pictures.alpha:
        return "rgba"
    return "yuv444p" if frames * size.width * size.height * 3 <= _BUFFERED else "yuv420p"


def thumbnail(task: Task, tool: Thumbnail) -> Made:
    source = opened_video(task.source, task.stop)
    filters, coder = _CODERS[tool.format]
    alpha = source.pictures.alpha and tool.format != "jpg"
    names = {"rgb": "rgba", "bgr": "bgra"} if alpha else {"rgb": "rgb24", "bgr": "bgr0"}
    crop, whole = _crop(source, tool)
    begin = _when(source, tool)
    part = excerpt(source, begin, source.duration - begin + 1)
    drawn = [*seen(source, alpha=alpha), *square(source), *crop]
    if tool.width or tool.height:
        size = _fitted(whole, tool.width, tool.height)
        drawn.append(scaled(size.width, size.height))
    drawn += [step.format(**names) for step in filters]
    mapped, written = ["-map", f"0:{source.pictures.index}"], ["-f", "image2", "-update", "1", f"file:{task.out}"]
    first = ["-vf", ",".join([*part.pictures, *drawn]), *coder, "-frames:v", "1"]
    task.ffmpeg(part.inputs, [*mapped, *first, *written], 1)
    if not task.out.exists():  # the last picture began long before: of all that there are the last is written
        task.ffmpeg(reading(source), [*mapped, "-vf", ",".join(drawn), *coder, *written], source.duration)
    return task.pictured(tool.format)


def _when(source: Source, tool: Thumbnail) -> float:
    """Where to look: ffmpeg shows the first picture from there on, and the one that is wanted has begun already."""
    if tool.timestamp is None:
        return min(_FIRST, source.duration / 2)  # any picture will do
    if tool.timestamp > source.duration:
        length = f"the video is {source.duration:.2f} seconds long"
        raise MediaError("outside_source", f"timestamp is {tool.timestamp:g}, and {length}. Give a time up to that.")
    rate = source.info.fps
    return max(0, tool.timestamp - 1 / rate + 0.001) if rate and source.pictures.steady else tool.timestamp


def _crop(source: Source, tool: Thumbnail) -> tuple[list[str], Size]:
    """The filter, and what it leaves. What is not given reaches to the edge."""
    whole = Size(source.info.width, source.info.height)
    if (tool.crop_x, tool.crop_y, tool.crop_w, tool.crop_h) == (None, None, None, None):
        return [], whole
    x, y = tool.crop_x or 0, tool.crop_y or 0
    width = whole.width - x if tool.crop_w is None else tool.crop_w
    height = whole.height - y if tool.crop_h is None else tool.crop_h
    if width < 1 or height < 1 or x + width > whole.width or y + height > whole.height:
        asked = (
            f"{width} x {height} pixels at {x}, {y}" if width > 0 and height > 0 else f"what lies right below {x}, {y}"
        )
        message = f"cropX, cropY, cropW and cropH ask for {asked}, and the video is {whole.width} x {whole.height}."
        raise MediaError("outside_source", f"{message} Give a rectangle inside it.")
    return [f"crop={width}:{height}:{x}:{y}:exact=1"], Size(width, height)


def _shaped(source: Source, width: int | None, height: int | None) -> Size:
    return _fitted(Size(source.info.width, source.info.height), width, height)


def _fitted(whole: Size, width: int | None, height: int | None) -> Size:
    """As asked for; where one is missing, in the shape of the whole."""
    if width is None:
        width = max(1, round(whole.width * (height or whole.height) / whole.height))
    if height is None:
        height = max(1, round(whole.height * width / whole.width))
    return Size(width, height)
