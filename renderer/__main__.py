"""The renderer as a program. Exit code 0: done; 1: the template or a file of it is at fault; 2: we are."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from msgspec import Struct

from renderer.arguments import as_typed, parsed
from renderer.composition import Composition
from renderer.errors import TemplateError, writing
from renderer.order import Joining, OneSegment, Order, Shared, SoundOnly, order_of_arguments, order_of_job
from renderer.proof import proof
from renderer.render import cut_of, draw_segment, draw_sound, join_segments, render
from renderer.report import Lines, Report, Terminal, claim_stdout, exit_code
from renderer.segments import Segment
from renderer.stills import ImageFormat, still_size, take_still
from renderer.stopping import stop_on_signals

_SUFFIXES: dict[str, ImageFormat] = {".jpg": "jpeg", ".jpeg": "jpeg", ".png": "png", ".webp": "webp"}


class StillMade(Struct, frozen=True):
    width: int
    height: int
    bytes: int
    warnings: tuple[str, ...] = ()


def main(arguments: Sequence[str] | None = None) -> int:
    given = parsed(sys.argv[1:] if arguments is None else arguments)
    if given.serve:
        from renderer.still_server import serve

        serve(sys.stdin.buffer, claim_stdout())
        return 0
    report: Report = Lines(claim_stdout()) if given.json else Terminal()
    return exit_code(report, lambda: _done(given, report), lambda error: as_typed(error, given))


def _done(given: argparse.Namespace, report: Report) -> tuple[Struct, Path]:
    """What was made, and where it lies."""
    with TemporaryDirectory(prefix="clipyard-") as scratch:
        order = order_of_job(given.job) if given.job else order_of_arguments(given, Path(scratch))
        if given.at is not None:
            return _still(order, given.at, given.width), order.out
        made = _made(order, report, stop_on_signals())
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
        raise TemplateError("invalid_value", f'A picture is written as {known}, not as "{order.out.name}".')
    template, files = order.recipe.template, order.recipe.files
    with Composition(template, files) as composition:
        image = take_still(composition, seconds, kind, width)
        with writing("picture"):
            order.out.write_bytes(image)
    return StillMade(*still_size(template, width), len(image), order.warnings + proof(template, files))


if __name__ == "__main__":
    sys.exit(main())
