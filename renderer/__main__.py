"""The renderer as a program. Exit code 0: done; 1: the template or a file of it is at fault; 2: we are."""

import argparse
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

import msgspec
from msgspec import Struct

from renderer.composition import Composition
from renderer.errors import MediaError, RenderError, TemplateError, writing
from renderer.format.output import Quality
from renderer.order import Joining, OneSegment, Order, Shared, SoundOnly, order_of_arguments, order_of_job
from renderer.proof import proof
from renderer.recipe import Manner
from renderer.render import cut_of, draw_segment, draw_sound, join_segments, render
from renderer.report import Lines, Report, Terminal, blamed, claim_stdout, failure_of
from renderer.segments import Segment
from renderer.stills import ImageFormat, still_size, take_still

_SUFFIXES: dict[str, ImageFormat] = {".jpg": "jpeg", ".jpeg": "jpeg", ".png": "png", ".webp": "webp"}


class StillMade(Struct, frozen=True):
    width: int
    height: int
    bytes: int
    warnings: tuple[str, ...] = ()


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parsed(list(sys.argv[1:] if arguments is None else arguments))
    if given.serve:
        from renderer.still_server import serve

        serve(sys.stdin.buffer, claim_stdout())
        return 0
    report: Report = Lines(claim_stdout()) if given.json else Terminal()
    try:
        report.result(*_done(given, report))
        return 0
    except Exception as error:  # noqa: BLE001 - whatever it was, whoever started us is told
        if not isinstance(error, RenderError):
            traceback.print_exc()
        report.error(failure_of(error))
        return 1 if isinstance(blamed(error), TemplateError | MediaError) else 2


def _parsed(arguments: list[str]) -> argparse.Namespace:
    """`clipyard render …` and `clipyard frame …` arrive here with that word in front."""
    word = arguments.pop(0) if arguments and arguments[0] in ("render", "frame") else "render"
    parser = argparse.ArgumentParser(
        prog=f"clipyard {word}", description="Draws a template: a video, or with --frame one picture of it."
    )
    parser.add_argument("template", nargs="?", help="a JSON file, - for stdin, or the name of a built-in one")
    parser.add_argument(
        "-o", "--out", type=Path, help="what to write (.mp4, .webm or .gif; with --frame .png, .jpg or .webp)"
    )
    parser.add_argument("--set", action="append", default=[], metavar="SCENE/OBJECT/PROPERTY=VALUE")
    parser.add_argument("--data", type=Path, help="JSON file with what fills {{placeholders}}")
    parser.add_argument("--files", type=Path, help="JSON file with a local path for each address")
    parser.add_argument("--frame", "--at", type=float, metavar="SECONDS", help="only the picture at this time")
    parser.add_argument("--width", type=int, help="pixels; the height follows")
    parser.add_argument("--frame-rate", metavar="RATE", help="of the video: 25, 29.97, 30000/1001 …")
    parser.add_argument("--quality", choices=get_args(Quality), default=Manner().quality)
    parser.add_argument("--ffmpeg", help="another ffmpeg than the one that came along")
    parser.add_argument("--json", action="store_true", help="progress and result as JSON lines on stdout")
    parser.add_argument("--job", type=Path, help="take everything from this JSON file")
    parser.add_argument("--serve", action="store_true", help="answer requests for stills on stdin")
    given = parser.parse_args(arguments)
    if word == "frame" and given.frame is None:
        given.frame = 0.0
    if not (given.template or given.job or given.serve):
        parser.error("which template?")
    return given


def _done(given: argparse.Namespace, report: Report) -> tuple[Struct, Path]:
    """What was made, and where it lies."""
    with TemporaryDirectory(prefix="clipyard-") as scratch:
        order = order_of_job(given.job) if given.job else order_of_arguments(given, Path(scratch))
        if given.frame is not None:
            return _still(order, given.frame, given.width), order.out
        made = _made(order, report, _stop_on_signals())
        return made, order.out


def _made(order: Order, report: Report, stop: Callable[[], bool]) -> Struct:
    """The video, or as much of the work as the order asks for."""
    recipe = order.recipe
    match order.part:
        case OneSegment(first, end):
            return draw_segment(recipe, Segment(first, end), order.out, on_progress=report.progress, stop=stop)
        case SoundOnly():
            return draw_sound(recipe, order.out, stop=stop)
        case Joining(pieces, sound):
            files, heard = [Path(piece) for piece in pieces], Path(sound) if sound else None
            return join_segments(recipe, files, heard, order.out, stop=stop, preview=order.preview)
        case Shared() if len((made := cut_of(recipe)).segments) > 1:
            return made
    rendered = render(recipe, order.out, on_progress=report.progress, stop=stop, preview=order.preview)
    return msgspec.structs.replace(rendered, warnings=order.warnings + rendered.warnings)


def _still(order: Order, seconds: float, width: int | None) -> StillMade:
    kind = _SUFFIXES.get(order.out.suffix.lower())
    if kind is None:
        known = ", ".join(_SUFFIXES)
        raise TemplateError("invalid_value", f"A picture is written as {known}, not as {order.out.name}.")
    template, files = order.recipe.template, order.recipe.files
    with Composition(template, files) as composition:
        image = take_still(composition, seconds, kind, width)
        with writing("picture"):
            order.out.write_bytes(image)
    return StillMade(*still_size(template, width), len(image), order.warnings + proof(template, files))


def _stop_on_signals() -> Callable[[], bool]:
    """The first SIGTERM or Ctrl-C is obeyed at the next frame, the second at once."""
    stopping = threading.Event()

    def obey(number: int, _frame: object) -> None:
        stopping.set()
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, obey)
    return stopping.is_set


if __name__ == "__main__":
    sys.exit(main())
