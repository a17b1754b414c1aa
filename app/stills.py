"""Warm renderer processes that draw single frames: `python -m renderer --serve`, a bounded queue before them.

The renderer is never imported here. Its framing: a length (4 bytes, big-endian) and that much JSON each way;
after an answer's JSON come as many bytes of image as its `bytes` says.
"""

import asyncio
import contextlib
import logging
import os
import resource
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from app.errors import Unavailable
from app.renderer_process import environment
from renderer.errors import MediaError, Problem, RenderError, TemplateError

STILL_S = 20.0
"""A frame that takes longer costs its process, which may be stuck."""
START_S = 30.0
"""Importing the renderer takes 1 to 2 s, on a cold disk much more."""
MAX_WAITING = 32
MAX_RSS = 700 << 20
_ADDRESS_SPACE = 8 << 30

SERVE = (sys.executable, "-m", "renderer", "--serve")
_MEDIA = {"media_missing", "media_unreadable", "unsupported_media", "media_too_large"}
_OURS = {"internal", "invalid_request", "out_of_memory", "encode_failed"}

log = logging.getLogger("clipyard.stills")


class Frame(Struct, frozen=True, kw_only=True):
    """Which frame of which template to draw; `files` holds a local path for each address in it."""

    template: dict[str, Any]
    files: dict[str, str]
    time: float
    format: Literal["jpeg", "png", "webp"] = "jpeg"
    width: int | None = None


class _Proof(Struct, frozen=True, kw_only=True):
    """No image: the warnings of all texts of a template."""

    template: dict[str, Any]
    files: dict[str, str]
    proof: bool = True


class Still(Struct, frozen=True):
    """The encoded image, and sentences for the template's author."""

    image: bytes
    warnings: tuple[str, ...] = ()


class _Failure(Struct, frozen=True):
    code: str
    message: str
    problems: tuple[Problem, ...] = ()


class _Answer(Struct, frozen=True):
    bytes: int
    warnings: tuple[str, ...] = ()
    error: _Failure | None = None


class StillServers:
    """Starts its processes when they are first needed; `aclose` ends them. They end by themselves when we die."""

    def __init__(self, *, count: int, data_dir: Path, command: Sequence[str] = SERVE) -> None:
        self._idle: asyncio.LifoQueue[_Server] = asyncio.LifoQueue()
        self._servers = [_Server(command, data_dir) for _ in range(count)]
        for server in self._servers:
            self._idle.put_nowait(server)
        self._waiting = 0

    async def draw(self, frame: Frame) -> Still:
        """Raises TemplateError, MediaError, or Unavailable when too many wait already."""
        return await self._answer(msgspec.json.encode(frame))

    async def proofread(self, template: dict[str, Any], files: dict[str, str]) -> tuple[str, ...]:
        """What the template's texts give cause to warn of; `files` has its fonts. Raises as `draw` does."""
        return (await self._answer(msgspec.json.encode(_Proof(template=template, files=files)))).warnings

    async def _answer(self, request: bytes) -> Still:
        if self._waiting >= MAX_WAITING:
            raise Unavailable("Too many frames are being drawn. Try again soon.", code="queue_full", retry_after_s=2)
        self._waiting += 1
        try:
            server = await self._idle.get()  # the one used last: its caches know the most
        finally:
            self._waiting -= 1
        try:
            return await server.draw(request)
        finally:
            self._idle.put_nowait(server)

    async def aclose(self) -> None:
        await asyncio.gather(*(server.close() for server in self._servers))


class _Server:
    """One process, replaced when it hangs, dies or has grown."""

    def __init__(self, command: Sequence[str], data_dir: Path) -> None:
        self._command = command
        self._data_dir = data_dir
        self._process: asyncio.subprocess.Process | None = None
        self._closed = False

    async def draw(self, request: bytes) -> Still:
        fresh = self._process is None
        try:
            answer, image = await self._ask(request)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            await self.stop()
            if not fresh:  # it may have died long before this request
                return await self.draw(request)
            log.warning("a still server died of a request: %r", error)
            message = "The renderer failed on this frame. Make the template simpler, or try again."
            raise Unavailable(message, code="still_failed") from error
        except TimeoutError as error:
            await self.stop()
            message = f"This frame takes longer than {STILL_S:g} seconds. Make the template simpler."
            raise Unavailable(message, code="still_timeout") from error
        except BaseException:
            await self.stop()  # its answer would be taken for the next one's
            raise
        if self._grown():
            await self.stop()
        if answer.error:
            raise _error(answer.error)
        return Still(image, answer.warnings)

    async def close(self) -> None:
        self._closed = True
        await self.stop()

    async def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await asyncio.shield(process.wait())

    async def _ask(self, request: bytes) -> tuple[_Answer, bytes]:
        limit = STILL_S if self._process else STILL_S + START_S
        async with asyncio.timeout(limit):
            process = self._process = self._process or await self._start()
            assert process.stdin
            assert process.stdout
            process.stdin.write(len(request).to_bytes(4) + request)
            await process.stdin.drain()
            length = int.from_bytes(await process.stdout.readexactly(4))
            answer = msgspec.json.decode(await process.stdout.readexactly(length), type=_Answer)
            return answer, await process.stdout.readexactly(answer.bytes)

    async def _start(self) -> asyncio.subprocess.Process:
        if self._closed:
            raise Unavailable("The service is stopping. Try again in a moment.", code="stopping")
        process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=environment(self._data_dir),
            start_new_session=True,
        )
        if hasattr(resource, "prlimit"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                resource.prlimit(process.pid, resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
        return process

    def _grown(self) -> bool:
        return self._process is not None and _resident(self._process.pid) > MAX_RSS


def _resident(pid: int) -> int:
    """Bytes of memory in use; 0 where /proc does not say."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * resource.getpagesize()


def _error(failure: _Failure) -> RenderError | Unavailable:
    if failure.code in _OURS:
        return Unavailable(failure.message, code="still_failed")
    kind = MediaError if failure.code in _MEDIA else TemplateError
    return kind(failure.code, failure.message, failure.problems)
