"""ffmpeg as a program: started, listened to and ended. The only place that does."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile

import imageio_ffmpeg

from renderer.errors import EncodeError, Stopped

QUIET = ["-hide_banner", "-loglevel", "error", "-nostats", "-y"]
WAIT = 0.1  # seconds between looks at `stop` while ffmpeg is busy
LAST_SAID = 4 * 4096  # bytes of its stderr that are kept
_PROGRESS = ["-progress", "pipe:1", "-stats_period", "0.2"]
_SPOKEN = re.compile(rb"^out_time_us=(\d+)$", re.MULTILINE)


class Failed(EncodeError):
    """ffmpeg ended with an error. `exit_code` is negative when a signal ended it, `said` what it said, cleaned."""

    def __init__(self, said: str, exit_code: int) -> None:
        super().__init__("encode_failed", f"The video could not be encoded. {said}".strip())
        self.said, self.exit_code = said, exit_code


def ffmpeg_of(given: str | None = None) -> str:
    return given or str(imageio_ffmpeg.get_ffmpeg_exe())


def run(
    command: list[str],
    stop: Callable[[], bool],
    *,
    on_time: Callable[[float], None] | None = None,
    folder: Path | None = None,
) -> str:
    """Waits for the end of ffmpeg and answers the end of what it said. `on_time`: seconds of the output so far.

    `folder`: where it works, for the few names that cannot be absolute. Raises Failed and Stopped.
    """
    with TemporaryFile() as said:  # no pipe: one that nobody reads would hold ffmpeg up
        with _running(command, said.fileno(), listened_to=on_time is not None, folder=folder) as process:
            while process.poll() is None:
                if stop():
                    raise Stopped()
                with suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=WAIT)
                if on_time is not None:
                    _pass_on(process, on_time)
        said.seek(max(0, said.seek(0, os.SEEK_END) - LAST_SAID))
        words = said.read()
    if process.returncode != 0:
        raise failed(words, command, process.returncode)
    return words.decode(errors="replace")


@contextmanager
def _running(
    command: list[str], stderr: int, *, listened_to: bool, folder: Path | None
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that does not outlive the block."""
    whole = [command[0], *(_PROGRESS if listened_to else []), *command[1:]]
    stdout = subprocess.PIPE if listened_to else subprocess.DEVNULL
    process = spawned(whole, subprocess.DEVNULL, stderr, stdout=stdout, folder=folder)
    try:
        if process.stdout:
            os.set_blocking(process.stdout.fileno(), False)
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def _pass_on(process: subprocess.Popen[bytes], on_time: Callable[[float], None]) -> None:
    assert process.stdout
    if times := _SPOKEN.findall(process.stdout.read(1 << 16) or b""):
        on_time(int(times[-1]) / 1e6)


def failed(said: bytes, command: list[str], exit_code: int) -> Failed:
    """With what ffmpeg said, but for its own addresses and ours."""
    text = re.sub(r"\[[^\]\n]* @ 0x\w+\] ", "", said.decode(errors="replace"))
    for argument in command:
        if argument.startswith("file:"):
            text = text.replace(argument, "the file")
    text = re.sub(r"'file:[^'\n]*'", "the file", text)  # one that is listed in another
    return Failed(text.strip().replace("\n", "; "), exit_code)


def spawned(
    command: list[str], stdin: int, stderr: int, *, stdout: int = subprocess.DEVNULL, folder: Path | None = None
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(command, bufsize=0, stdin=stdin, stdout=stdout, stderr=stderr, cwd=folder)
    except OSError:
        raise EncodeError("encode_failed", "ffmpeg could not be started.") from None
