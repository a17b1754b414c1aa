"""The media child of a job: an order goes in, its result comes back."""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from workers import child
from workers.answering import answer_of, progress_of
from workers.media import orders
from workers.run import BadInput, Fault, JobRun

T = TypeVar("T", bound=Struct)

INSPECTION = child.Limits(address_space=4 << 30, file_size=1 << 20, wall_s=300)
"""Of what only reads. Where a file says nothing of its length, all of its 5 GB are gone through."""

_CRASHES = {128 + number for number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL)}


async def inspected(run: JobRun, source: Path) -> orders.Inspected:
    """Raises BadInput for what is no video or sound that can be used."""
    try:
        return await media_job(run, orders.Inspect(source=source), orders.Inspected, limits=INSPECTION)
    except child.ChildTimeout as error:
        message = "The file takes too long to read: it is damaged, or mostly empty. Export it again."
        raise BadInput("media_unreadable", message) from error


async def media_job(
    run: JobRun,
    order: orders.Order,
    result: type[T],
    *,
    limits: child.Limits | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> T:
    """Have one order done in the job's workspace, with progress told as that of the job unless somebody asks for it.

    Raises BadInput and Fault, and ChildTimeout at the end of its time.
    """
    settings = run.context.settings
    order = msgspec.structs.replace(order, ffmpeg=settings.ffmpeg or None)
    file = run.workspace / "order.json"
    file.write_bytes(orders.encode(order))
    answer = await answer_of(run, ["-m", "workers.media", str(file)], on_progress or progress_of(run), _died, limits)
    return msgspec.convert(answer, result)


def _died(ended: child.Exit) -> BadInput | Fault:
    """A file that makes a library crash does it again; a child that was killed may live the next time."""
    if ended.code in _CRASHES:
        return BadInput("media_unreadable", "The file is damaged in a way that no program of ours survives.")
    return Fault("media_died", "The work was ended from outside, perhaps for want of memory.")
