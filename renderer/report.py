"""What the renderer's process tells of its work: JSON lines for a program, a bar for a person."""

import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import msgspec
from msgspec import Struct

from renderer.errors import MediaError, Problem, RenderError, TemplateError, sentence

_PAUSE = 0.2  # seconds between two words on the progress
_BAR = 30


class Failure(Struct, frozen=True):
    code: str
    message: str
    problems: tuple[Problem, ...] = ()


def blamed(error: Exception) -> Exception:
    """The error; but want of memory is one of the template: to try it again would end in the same way."""
    if isinstance(error, MemoryError) or _of_opencv(error):
        message = "This template needs more memory than a render may use. "
        return MediaError("out_of_memory", f"{message}Use fewer or smaller pictures, videos and shadows.")
    return error


def _of_opencv(error: Exception) -> bool:
    """Whether it wanted memory; who never loaded it, and it takes a while to load, has no error of it."""
    cv2 = sys.modules.get("cv2")
    return cv2 is not None and isinstance(error, cv2.error) and error.code == cv2.Error.StsNoMem


def failure_of(error: Exception) -> Failure:
    """An error as it may be told to anybody: no trace, no path."""
    error = blamed(error)
    match error:
        case RenderError():
            return Failure(error.code, error.message, error.problems)
        case msgspec.MsgspecError():
            return Failure("invalid_request", f"The request is not understood: {error}.")
        case OSError():
            return Failure("internal", f"A file could not be used: {error.strerror}.")
    return Failure("internal", "Our program failed unexpectedly.")


def exit_code(
    report: "Report", work: Callable[[], tuple[Struct, Path]], as_told: Callable[[Exception], Exception]
) -> int:
    """Of a program that does this work and tells of its end. 0: done; 1: what it was given is at fault; 2: we are."""
    try:
        report.result(*work())
        return 0
    except Exception as error:  # noqa: BLE001 - whatever it was, whoever started us is told
        if not isinstance(error, RenderError):
            traceback.print_exc()
        told = as_told(error)
        report.error(failure_of(told))
        return 1 if isinstance(blamed(told), TemplateError | MediaError) else 2


def claim_stdout() -> BinaryIO:
    """Our own way to stdout; whatever else is printed, by us or by a library, goes to stderr from now on."""
    sys.stdout.flush()
    ours = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return ours


class Report(Protocol):
    def progress(self, share: float) -> None: ...

    def result(self, facts: Struct, out: Path) -> None: ...

    def error(self, failure: Failure) -> None: ...


class Lines:
    """`{"progress": 0.42}` now and then, at last `{"result": {…}}` or `{"error": {…}}`."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._said_at = 0.0

    def progress(self, share: float) -> None:
        now = time.monotonic()
        if now - self._said_at >= _PAUSE:
            self._said_at = now
            self._say({"progress": round(share, 3)})

    def result(self, facts: Struct, out: Path) -> None:
        self._say({"result": facts})

    def error(self, failure: Failure) -> None:
        self._say({"error": failure})

    def _say(self, message: object) -> None:
        self._out.write(msgspec.json.encode(message) + b"\n")
        self._out.flush()


class Terminal:
    """A bar while there is a terminal to draw it on; sentences on stderr."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._started = self._said_at = time.monotonic()

    def progress(self, share: float) -> None:
        now = time.monotonic()
        if self._shown and (now - self._said_at >= _PAUSE or share == 1.0):
            self._said_at = now
            full = round(share * _BAR)
            bar = "█" * full + "░" * (_BAR - full)
            end = "\n" if share == 1.0 else ""
            self._print(f"\r{bar} {share:4.0%}  {now - self._started:.1f} s ", end)

    def result(self, facts: Struct, out: Path) -> None:
        """Of a picture or a video; other results are for programs."""
        given = msgspec.to_builtins(facts)
        for warning in given.pop("warnings", ()):
            self._print(f"warning: {sentence(warning)}")
        self._print(f"{out}: {_in_words(given)} in {time.monotonic() - self._started:.1f} s")

    def error(self, failure: Failure) -> None:
        """One problem in a line; of several each in its own."""
        if len(failure.problems) > 1:
            self._print(f"error: {len(failure.problems)} mistakes:")
            for problem in failure.problems:
                self._print(f"  {problem.path or 'template'}: {sentence(problem.message)}")
        else:
            self._print(f"error: {sentence(failure.message)}")

    @staticmethod
    def _print(text: str, end: str = "\n") -> None:
        print(text, end=end, file=sys.stderr, flush=True)


def _in_words(facts: dict[str, Any]) -> str:
    """Of a video `14.0 s, 1920x1080, 420 frames, 3.3 MB`, of a picture `640x360, 48 kB`."""
    words = [f"{facts['width']}x{facts['height']}"]
    if "duration" in facts:
        words = [f"{facts['duration']:.1f} s", *words, f"{facts['frames']} frames"]
    size: int = facts["bytes"]
    words.append(f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(1, round(size / 1e3))} kB")
    return ", ".join(words)
