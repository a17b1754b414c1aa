"""Child processes of a job: started through the launcher, watched, and gone when the job is."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

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
        launcher = _launched(command, cwd, env, limits, reading)
    except BaseException:
        os.close(writing)
        raise
    finally:
        os.close(reading)
    ended = asyncio.create_task(_ended(launcher))
    try:
        async with asyncio.timeout(limits.wall_s):
            return await _watched(launcher, ended, on_line)
    except TimeoutError as error:
        raise ChildTimeout(f"not done after {limits.wall_s:.0f} s") from error
    finally:
        os.close(writing)  # the lifeline: the launcher kills what is left
        await _gone(ended)


def _launched(
    command: Sequence[str], cwd: Path, env: Mapping[str, str], limits: Limits, lifeline: int
) -> subprocess.Popen[bytes]:
    """The launcher of the command, which leads a group of its own. Nobody waits for it unasked, as asyncio would."""
    return subprocess.Popen(
        [sys.executable, "-I", "-S", str(LAUNCHER), str(lifeline), json.dumps(limits.kernel()), *command],
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=(lifeline,),
        start_new_session=True,
    )


async def _ended(launcher: subprocess.Popen[bytes]) -> int:
    """The launcher's exit code, once it is over.

    One that was killed itself leaves its group behind, holding the pipes open. That is ended before the launcher is
    waited for, which is done only here: until then no other group can have its number.
    """
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    descriptor = os.pidfd_open(launcher.pid)
    loop.add_reader(descriptor, over.set)
    try:
        await over.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
    os.killpg(launcher.pid, signal.SIGKILL)
    return launcher.wait()


async def _watched(
    launcher: subprocess.Popen[bytes], ended: asyncio.Task[int], on_line: Callable[[bytes], None]
) -> Exit:
    assert launcher.stdout
    assert launcher.stderr
    with launcher.stdout, launcher.stderr:
        async with _reading(launcher.stdout) as output, _reading(launcher.stderr) as said:
            errors = asyncio.create_task(_tail(said))
            try:
                async for line in output:
                    on_line(line)
                return Exit(await asyncio.shield(ended), await errors)
            finally:
                errors.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await errors


@contextlib.asynccontextmanager
async def _reading(pipe: IO[bytes]) -> AsyncIterator[asyncio.StreamReader]:
    """What comes through a pipe, as long as it is listened to."""
    stream = asyncio.StreamReader(LINE_LIMIT)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stream), pipe)
    try:
        yield stream
    finally:
        transport.close()


async def _tail(stream: asyncio.StreamReader) -> str:
    kept = b""
    while chunk := await stream.read(8192):
        kept = (kept + chunk)[-STDERR_KEPT:]
    return kept.decode(errors="replace")


async def _gone(ended: asyncio.Task[int]) -> None:
    """Wait for the launcher's end even if the waiting is cancelled again: it takes milliseconds."""
    while not ended.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.shield(ended)
