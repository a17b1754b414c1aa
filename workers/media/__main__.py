"""`python -m workers.media ORDER.json` does one thing with media and tells of it in JSON lines, as the renderer does.

Exit code 0: done; 1: the file or what is wanted of it is at fault; 2: we are.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from renderer.errors import MediaError
from renderer.report import Lines, Report, claim_stdout, exit_code
from renderer.stopping import stop_on_signals
from workers.media.orders import decode, function_of


def main(arguments: Sequence[str] | None = None) -> int:
    [order_file] = sys.argv[1:] if arguments is None else arguments
    report = Lines(claim_stdout())
    return exit_code(report, lambda: _done(Path(order_file), report), _blamed)


def _done(order_file: Path, report: Report) -> tuple[Struct, Path]:
    order = decode(order_file.read_bytes())
    return function_of(order)(order, report.progress, stop_on_signals()), order_file


def _blamed(error: Exception) -> Exception:
    """The error; but want of memory is the file's: to try it again would end in the same way."""
    if isinstance(error, MemoryError):
        message = "This file needs more memory than a job may use. Use one with smaller pictures or fewer streams."
        return MediaError("out_of_memory", message)
    return error


if __name__ == "__main__":
    sys.exit(main())
