"""Child processes of a job: started through the launcher, watched, and gone when the job is."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

LAUNCHER = Path(__file__).with_name("launcher.py")
LINE_LIMIT = 1 << 20
STDERR_KEPT = 16_000


class Limits(Struct, frozen=True, kw_only=True):
    """What the kernel enforces on each process of the family, and the wall clock that we do."""

    address_space: int = 12 << 30
    file_size: int = 20 << 30
    open_files: int = 512
    wall_s: float = 6 * 3600

    def kernel(self) -> dict[str, int]:
        return {
            "RLIMIT_AS": self.address_space,
            "RLIMIT_FSIZE": self.file_size,
            "RLIMIT_NOFILE": self.open_files,
            "RLIMIT_CORE": 0,
        }


class Exit(Struct, frozen=True):
    """`code` as a shell would say it: 128 + signal for a killed child. `stderr`: its last 16,000 characters."""

    code: int
    stderr: str


class ChildTimeout(Exception):
    """The child was still running at the end of its time, and was killed."""


async def run(
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    on_line: Callable[[bytes], None],
    limits: Limits | None = None,
) -> Exit:
    """Run a command to its end, feeding each line of its output to `on_line`.

    Whatever ends this coroutine (a result, an error, a cancellation) ends the child and all it started, and
    returns only when they are gone. Raises ChildTimeout.
    """
    limits = limits or Limits()
    reading, writing = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(LAUNCHER), str(reading), json.dumps(limits.kernel())),
            *command,
            cwd=cwd,
            env=env,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            pass_fds=(reading,),
            start_new_session=True,
            limit=LINE_LIMIT,
        )
    except BaseException:
        os.close(writing)
        raise
    finally:
        os.close(reading)
    try:
        async with asyncio.timeout(limits.wall_s):
            with _group_ends_with(process.pid):
                return await _watched(process, on_line)
    except TimeoutError as error:
        raise ChildTimeout(f"not done after {limits.wall_s:.0f} s") from error
    finally:
        os.close(writing)  # the lifeline: the launcher kills what is left
        await _gone(process)


@contextlib.contextmanager
def _group_ends_with(launcher: int) -> Iterator[None]:
    """A launcher that was killed itself leaves its group behind, holding the pipes open: end it for it."""
    loop = asyncio.get_running_loop()
    try:
        ended = os.pidfd_open(launcher)
    except ProcessLookupError:  # on a busy machine it may be over, and waited for, by now
        _end_group(launcher)
        yield
        return

    def end_group() -> None:
        loop.remove_reader(ended)
        _end_group(launcher)

    loop.add_reader(ended, end_group)
    try:
        yield
    finally:
        loop.remove_reader(ended)
        os.close(ended)


def _end_group(launcher: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(launcher, signal.SIGKILL)


async def _watched(process: asyncio.subprocess.Process, on_line: Callable[[bytes], None]) -> Exit:
    assert process.stdout
    assert process.stderr
    errors = asyncio.create_task(_tail(process.stderr))
    try:
        async for line in process.stdout:
            on_line(line)
        return Exit(await process.wait(), await errors)
    finally:
        errors.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await errors


async def _tail(stream: asyncio.StreamReader) -> str:
    kept = b""
    while chunk := await stream.read(8192):
        kept = (kept + chunk)[-STDERR_KEPT:]
    return kept.decode(errors="replace")


async def _gone(process: asyncio.subprocess.Process) -> None:
    """Wait for the launcher's end even if the waiting is cancelled again: it takes milliseconds."""
    waiting = asyncio.ensure_future(process.wait())
    while not waiting.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.shield(waiting)
