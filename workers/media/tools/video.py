"""Tools from a video to a video."""

from app.tools import AUDIO_FORMATS, Convert, Format, RemoveAudio, ResizeVideo, RotateVideo, TrimVideo, VideoSpeed
from renderer.errors import MediaError
from workers.media.orders import Made
from workers.media.tools import formats
from workers.media.tools.formats import CONTAINERS
from workers.media.tools.pixels import coded, evened, scaled, size_for, square
from workers.media.tools.sound import as_sound, kept_sound
from workers.media.tools.source import Source, opened, opened_video
from workers.media.tools.task import Excerpt, Task, excerpt, reading

_MAX_RATE = 120


def convert(task: Task, tool: Convert) -> Made:
    """Copies what the new format can hold, in an instant and without loss, and codes the rest anew."""
    source = opened(task.source, task.stop)
    if tool.output_format in AUDIO_FORMATS:
        return as_sound(task, source, tool.output_format)
    return as_video(task, source, tool.output_format)


def as_video(task: Task, source: Source, container: Format) -> Made:
    moving = source.pictures
    if formats.fits(moving, container):
        try:
            copied = formats.copied_pictures(moving, container)
            return _written(task, source, container, copied, kept_sound(source, container), copied=True)
        except MediaError:  # times that only a decoder can mend
            pass
    pictures = coded(source, evened(source), container)
    return _written(task, source, container, pictures, kept_sound(source, container))


def remove_audio(task: Task, tool: RemoveAudio) -> Made:
    """A copy; what no format of the web holds becomes Matroska. Coded anew is only what cannot be copied, as a GIF."""
    source = opened_video(task.source, task.stop)
    moving, own = source.pictures, formats.own_video_format(source)
    if source.demuxer == "gif":
        return as_video(task, source, "mp4")
    container: Format = (
        own if formats.fits(moving, own) or (source.demuxer == "mov" and moving.codec == "h264") else "mkv"
    )
    warnings = () if source.heard else ("The video had no sound.",)
    copied = formats.copied_pictures(moving, container)
    try:
        return _written(task, source, container, copied, ["-an"], copied=True, warnings=warnings)
    except MediaError:  # without times, or as no file but AVI has it
        coded_anew = coded(source, evened(source), "mp4")
        return _written(task, source, "mp4", coded_anew, ["-an"], warnings=warnings)


def trim_video(task: Task, tool: TrimVideo) -> Made:
    source = opened_video(task.source, task.stop)
    end = source.until(tool.start_time, tool.end_time)
    return cut(task, source, tool.start_time, end)


def cut(task: Task, source: Source, start: float, end: float) -> Made:
    """From the first picture at `start` or later to before `end`, all coded anew."""
    container = formats.own_video_format(source)
    part = excerpt(source, start, end - start)
    pictures = coded(source, [*part.pictures, *evened(source)], container)
    sound = ["-an"]
    if source.heard:
        sound = formats.coded_sound(source.heard, container)
        sound += ["-af", ",".join(part.sound)] if part.sound else []
    return _written(task, source, container, pictures, sound, part=part, expected=end - start)


def resize_video(task: Task, tool: ResizeVideo) -> Made:
    source = opened_video(task.source, task.stop)
    size = size_for(source, tool.width, tool.height)
    odd = [given for given, made in ((tool.width, size.width), (tool.height, size.height)) if given not in (None, made)]
    warnings = (f"Videos have even sizes: this one is {size.width} x {size.height}.",) if odd else ()
    return _changed(task, source, [scaled(size.width, size.height)], warnings)


def rotate_video(task: Task, tool: RotateVideo) -> Made:
    """In MP4 by its metadata alone, which every player follows: instantly and without loss. Else by coding it anew."""
    source = opened_video(task.source, task.stop)
    moving = source.pictures
    if source.demuxer == "mov" and formats.fits(moving, "mp4") and moving.turn is not None:
        turned = (moving.turn + tool.rotation) % 360
        # ffmpeg counts against the clock.
        display = ["-display_rotation:v:0", str(-turned % 360)]
        copied = formats.copied_pictures(moving, "mp4")
        return _written(task, source, "mp4", copied, kept_sound(source, "mp4"), before=display, copied=True)
    turn = {90: ["transpose=clock"], 180: ["hflip", "vflip"], 270: ["transpose=cclock"]}[tool.rotation]
    return _changed(task, source, [*square(source), *turn, *evened(source)])


def video_speed(task: Task, tool: VideoSpeed) -> Made:
    """Sound keeps its pitch. Of what would be shown faster than before some pictures are left out."""
    source = opened_video(task.source, task.stop)
    container = formats.own_video_format(source)
    timing = ["settb=1/90000", f"setpts=(PTS-STARTPTS)/{tool.speed:.9g}"]
    if tool.speed > 1 and source.pictures.steady and (rate := source.info.fps):
        timing.append(f"fps={min(rate, _MAX_RATE)}")
        lasting = []
    else:  # the filter leaves each picture as long as it was
        lasting = ["-bsf:v", f"setts=pts=PTS:dts=DTS:duration=DURATION/{tool.speed:.9g}"]
    sound = ["-an"]
    if heard := source.heard:
        tempo = ",".join(f"atempo={step:.9g}" for step in tempo_steps(tool.speed))
        sound = [*formats.coded_sound(heard, container), "-af", f"asetpts=PTS-STARTPTS,{tempo}", "-map_chapters", "-1"]
    return _changed(task, source, [*timing, *evened(source)], sound=[*lasting, *sound], slower=1 / tool.speed)


def tempo_steps(speed: float) -> list[float]:
    """In steps of at most 2 either way: beyond that the filter leaves out sound instead of blending it."""
    steps = []
    while not 0.5 <= speed <= 2:
        step = 2.0 if speed > 2 else 0.5
        steps.append(step)
        speed /= step
    return [*steps, speed]


def _changed(
    task: Task,
    source: Source,
    filters: list[str],
    warnings: tuple[str, ...] = (),
    sound: list[str] | None = None,
    slower: float = 1,
) -> Made:
    """Pictures through filters, in the format that the source is in."""
    container = formats.own_video_format(source)
    pictures = coded(source, filters, container)
    heard = kept_sound(source, container) if sound is None else sound
    return _written(task, source, container, pictures, heard, warnings=warnings, expected=source.duration * slower)


def _written(
    task: Task,
    source: Source,
    container: Format,
    pictures: list[str],
    sound: list[str],
    *,
    before: list[str] | None = None,
    part: Excerpt | None = None,
    expected: float | None = None,
    copied: bool = False,
    warnings: tuple[str, ...] = (),
) -> Made:
    seconds = source.lasting(pictures=True, sound="-an" not in sound) if expected is None else expected
    mapped = ["-map", f"0:{source.pictures.index}"]
    mapped += ["-map", f"0:{source.heard.index}"] if source.heard and "-an" not in sound else []
    made = [*mapped, *pictures, *sound, *CONTAINERS[container].muxer, f"file:{task.out}"]
    inputs = part.inputs if part else reading(source)
    task.ffmpeg([*(before or []), *inputs], made, seconds)
    return task.watched(container, seconds, copied=copied, warnings=warnings)
