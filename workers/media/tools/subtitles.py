"""Subtitles drawn into the pictures, by libass."""

from pathlib import Path

import renderer
from app.tools import BurnSubtitles
from renderer.errors import MediaError
from workers.media.orders import Made
from workers.media.tools import formats
from workers.media.tools.cues import Style, as_ass
from workers.media.tools.formats import CONTAINERS
from workers.media.tools.pixels import coded, evened, square
from workers.media.tools.sound import kept_sound
from workers.media.tools.source import opened_video
from workers.media.tools.task import Task, reading

_FONT = "Inter"
_SHARE = 0.055  # of the shorter side


def burn_subtitles(task: Task, tool: BurnSubtitles) -> Made:
    """The file of subtitles is read and written anew by us, so that nothing but the text of it reaches a parser."""
    source = opened_video(task.source, task.stop)
    if task.subtitles is None:
        raise MediaError(
            "media_missing", "There is no file of subtitles. Give one (SRT, WebVTT or ASS) with the video."
        )
    width, height = source.info.width, source.info.height
    size = tool.font_size or max(12, round(min(width, height) * _SHARE))
    folder = task.scratch / "subtitles"  # ffmpeg works in it: names with a colon or a quote have no place in a filter
    folder.mkdir()
    (folder / "cues.ass").write_text(as_ass(task.subtitles, Style(width, height, size, _FONT)))
    (folder / "fonts").symlink_to(Path(renderer.__file__).parent / "fonts" / _FONT)
    container = formats.own_video_format(source)
    drawn = [*square(source), *evened(source), "ass=filename=cues.ass:fontsdir=fonts:shaping=complex"]
    mapped = ["-map", f"0:{source.pictures.index}"]
    mapped += ["-map", f"0:{source.heard.index}"] if source.heard else []
    made = [*mapped, *coded(source, drawn, container), *kept_sound(source, container), *CONTAINERS[container].muxer]
    task.ffmpeg(reading(source), [*made, f"file:{task.out.resolve()}"], source.duration, folder=folder)
    return task.watched(container, source.duration)
