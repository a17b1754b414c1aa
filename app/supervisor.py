"""`clipyard serve`: one api and one worker, restarted when they die, ended when this process ends."""

import asyncio
import logging
import os
import sys
import time
from collections.abc import Sequence

from app.lifeline import stop_requested
from app.settings import Settings, environment

STOP_S = 12.0
QUICK_S = 5.0
"""A process that lived shorter than this waits before it is started again."""

log = logging.getLogger("clipyard.serve")


async def serve(settings: Settings, lifeline: int | None) -> None:
    """Until SIGTERM or Ctrl-C. If this process is killed, its children notice by their lifeline and stop."""
    stop = stop_requested(lifeline)
    reading, writing = os.pipe()  # the children hold the reading end and see its end of file
    keepers = [
        asyncio.create_task(_keep(settings, name, command, reading, stop)) for name, command in _commands(reading)
    ]
    try:
        await stop.wait()
        log.info("stopping")
    finally:
        os.close(writing)
        await asyncio.gather(*keepers)
        os.close(reading)


def _commands(lifeline: int) -> list[tuple[str, Sequence[str]]]:
    flag = ("--lifeline", str(lifeline))
    return [
        ("api", (sys.executable, "-m", "app.cli", "api", *flag)),
        ("worker", (sys.executable, "-m", "workers", *flag)),
    ]


async def _keep(settings: Settings, name: str, command: Sequence[str], lifeline: int, stop: asyncio.Event) -> None:
    """Run the command again whenever it ends, until `stop`; then wait for it, and kill it if it will not."""
    stopping = asyncio.create_task(stop.wait())
    while not stop.is_set():
        started = time.monotonic()
        try:
            process = await _start(settings, command, lifeline)
        except OSError as error:  # no memory or no process to be had for the moment
            log.error("%s could not be started: %s", name, error)
        else:
            ended = asyncio.create_task(process.wait())
            await asyncio.wait({ended, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if stop.is_set():
                return await _ended(process)
            log.error("%s ended with code %s; starting it again", name, process.returncode)
        if time.monotonic() - started < QUICK_S:
            await asyncio.wait({stopping}, timeout=1.0)
    return None


async def _start(settings: Settings, command: Sequence[str], lifeline: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *command,
        env={**os.environ, **environment(settings)},
        pass_fds=(lifeline,),
        start_new_session=True,  # Ctrl-C reaches us alone; the lifeline stops them in order
    )


async def _ended(process: asyncio.subprocess.Process) -> None:
    try:
        await asyncio.wait_for(process.wait(), STOP_S)
    except TimeoutError:
        process.kill()
        await process.wait()
