"""An order to the tools: one of them, or several of which each works on what the one before has made."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from app import tools
from app.tools import AnyTool
from renderer.errors import MediaError
from workers.media.orders import Made, Progress, Stop, UseTools
from workers.media.tools.task import Task


def use_tools(order: UseTools, progress: Progress, stop: Stop) -> Made:
    """Raises MediaError, naming the step where there are several; files between steps do not outlive the call."""
    warnings: tuple[str, ...] = ()
    order.out.unlink(missing_ok=True)
    with TemporaryDirectory(prefix=".tools-", dir=order.out.parent) as folder:
        source, count = order.source, len(order.steps)
        for number, step in enumerate(order.steps, 1):
            scratch = Path(folder) / str(number)
            scratch.mkdir()
            task = Task(
                source=source,
                out=order.out if number == count else scratch / "made",
                scratch=scratch,
                progress=progress,
                stop=stop,
                others=order.others if number == 1 else (),
                subtitles=order.subtitles,
                program=order.ffmpeg,
            )
            made = _done(task.part((number - 1) / count, number / count), step, number if count > 1 else None)
            warnings += made.warnings
            if number > 1:
                source.unlink()
            source = task.out
    progress(1.0)
    return msgspec.structs.replace(made, warnings=warnings)


def _done(task: Task, step: AnyTool, number: int | None) -> Made:
    try:
        return function_of(step)(task, step)
    except BaseException as error:
        task.out.unlink(missing_ok=True)
        if not isinstance(error, MediaError) or number is None:
            raise
        message = f"Step {number}, {tools.name_of(step)}: {error.message}"
        raise MediaError(error.code, message, error.problems) from error


def function_of(tool: AnyTool) -> Callable[[Task, Any], Made]:
    """Its module is imported now: a child loads the libraries of one tool."""
    from importlib import import_module

    module = import_module(f"workers.media.tools.{_MODULES[type(tool)]}")
    function: Callable[[Task, Any], Made] = getattr(module, tools.name_of(tool).replace("-", "_"))
    return function


_MODULES: dict[type[AnyTool], str] = {
    tools.Convert: "video",
    tools.Compress: "shrinking",
    tools.ExtractAudio: "sound",
    tools.Gif: "stills",
    tools.Thumbnail: "stills",
    tools.TrimVideo: "video",
    tools.ResizeVideo: "video",
    tools.RotateVideo: "video",
    tools.RemoveAudio: "video",
    tools.VideoSpeed: "video",
    tools.AudioConverter: "sound",
    tools.TrimAudio: "sound",
    tools.ImageConverter: "pictures",
    tools.ResizeImage: "pictures",
    tools.CompressImage: "pictures",
    tools.Merge: "joining",
    tools.BurnSubtitles: "subtitles",
    tools.NormalizeLoudness: "sound",
}
