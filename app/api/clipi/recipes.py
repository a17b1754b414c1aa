"""How the fields of a request become steps: for each tool those of its own, for a pipeline a list of tools."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from app import tools
from app.errors import InvalidInput, Problem, sentence
from app.tools import AnyTool

PIPELINE = "pipeline"
TOLD = {
    "convert": "Convert a video or its sound to another format.",
    "compress": "Make a video smaller: by quality, or to `targetMb` megabytes.",
    "extract-audio": "The sound of a video as a file of its own.",
    "gif": "Some seconds of a video as an animated GIF.",
    "thumbnail": "One frame of a video as a picture, cropped and scaled if you like.",
    "trim-video": "Keep what lies between two times of a video, to the frame.",
    "resize-video": "Give a video another size; of width and height one is enough.",
    "rotate-video": "Turn a video clockwise.",
    "remove-audio": "A video without its sound.",
    "video-speed": "Play a video faster or slower; voices keep their pitch.",
    "audio-converter": "Convert a sound to another format.",
    "trim-audio": "Keep what lies between two times of a sound.",
    "image-converter": "Convert a picture to another format.",
    "resize-image": "Give a picture another size; of width and height one is enough.",
    "compress-image": "Make a picture smaller by its quality.",
    "merge": "Several videos, or sounds, one after another: each as `file` or `url`, in their order.",
    "burn-subtitles": "Draw subtitles (SRT, WebVTT or ASS, as `subtitles` or `subtitlesUrl`) into a video.",
    "normalize-loudness": "Make a video or sound as loud as others, by EBU R128.",
    PIPELINE: "Several tools in one job: `steps` is a JSON list of them, each working on what the one before made.",
}
"""What each does."""

Steps = tuple[AnyTool, ...]


def most_files(name: str) -> int:
    """That a request can bring; how many a pipeline can work on its first step says."""
    return tools.MAX_FILES if name == PIPELINE else tools.TOOLS[name].files


def from_form(name: str, fields: Mapping[str, str]) -> Steps:
    """Raises InvalidInput that names every field at fault."""
    if name != PIPELINE:
        return (tools.from_form(tools.TOOLS[name], fields),)
    _only_steps(fields)
    try:
        return tools.steps_from(json.loads(fields.get("steps", "null")))
    except (ValueError, RecursionError) as error:
        raise refused("steps", f"expected JSON: {error}") from error


def from_json(name: str, fields: Mapping[str, Any]) -> Steps:
    if name != PIPELINE:
        return (tools.from_json(tools.TOOLS[name], fields),)
    _only_steps(fields)
    return tools.steps_from(fields.get("steps"))


def check_early(name: str, fields: Mapping[str, str]) -> None:
    """Raises InvalidInput for what is wrong of fields to which others may still come."""
    try:
        from_form(name, fields)
    except InvalidInput as error:
        wrong = tuple(problem for problem in error.fields if _root(problem.path) in fields)
        if wrong:
            raise _together(wrong) from error


def _only_steps(fields: Mapping[str, Any]) -> None:
    unknown = tuple(
        Problem(field[:100], f'unknown field "{field[:100]}"; {PIPELINE} takes steps')
        for field in fields
        if field != "steps"
    )
    if unknown:
        raise _together(unknown)


def _root(path: str) -> str:
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def refused(path: str, message: str, kind: type[InvalidInput] = InvalidInput, code: str = "") -> InvalidInput:
    return kind(sentence(f"{path}: {message}"), code=code, fields=(Problem(path, message),))


def _together(problems: Sequence[Problem]) -> InvalidInput:
    return InvalidInput(sentence(*(f"{p.path}: {p.message}" for p in problems)), fields=tuple(problems))
