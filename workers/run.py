"""A job's life, written once: claim → workspace → the kind's own steps under a heartbeat → publish or give back."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from msgspec import Struct

from app.db.engine import UNREACHABLE
from app.egress import Egress
from app.errors import AppError, StorageFailed, Unavailable
from app.services import jobs
from app.services.links import Links
from app.settings import Settings
from app.storage import Storage
from workers.child import ChildTimeout
from workers.workspace import WorkRoot

PULSE_S = 1.0
"""Progress is written at most this often, and a cancellation heard of within a few pulses."""

DISCARD_S = 5.0
"""How long a lost attempt tries to remove its objects from a store that may be hanging."""

T = TypeVar("T")
log = logging.getLogger("clipyard.run")


class Context(Struct, frozen=True, kw_only=True):
    """What every job of this worker shares."""

    worker: str
    settings: Settings
    storage: Storage
    egress: Egress
    root: WorkRoot
    secret: bytes

    @property
    def links(self) -> Links:
        return Links(base_url=self.settings.base_url, secret=self.secret)


class Fault(Exception):
    """The machine's failure, not the input's: the job is tried again. `message` is shown if it never works."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class BadInput(Exception):
    """Another try would fail alike; the sentence says what to change."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class JobRun:
    """One attempt: its claim, its private directory while the steps run, what it stored, and how far it is."""

    def __init__(self, claim: jobs.Claim, context: Context) -> None:
        self.claim = claim
        self.context = context
        self.workspace = Path()
        self.stage: jobs.Stage = "fetching"
        self.percent = 0
        self._stored: list[str] = []

    def at(self, stage: jobs.Stage, percent: float) -> None:
        """Say how far the job is; readers hear of it at the next pulse."""
        self.stage, self.percent = stage, int(percent)

    async def store(self, path: Path, content_type: str) -> str:
        """Put a finished file under a key that carries the attempt, so that no two attempts share an object."""
        claim = self.claim
        key = f"{prefix(claim.kind, claim.account, claim.id, claim.parent)}{claim.attempt}/{path.name}"
        self._stored.append(key)
        await self.context.storage.put_file(key, path, content_type)
        return key

    async def discard(self) -> None:
        """Remove what a lost attempt stored; what cannot be removed now is the sweeper's."""
        with contextlib.suppress(StorageFailed, TimeoutError):
            async with asyncio.timeout(DISCARD_S):
                for key in self._stored:
                    await self.context.storage.delete(key)


def prefix(kind: str, account: str, job_id: str, parent: str | None = None) -> str:
    """Where all attempts of a job keep their objects; a part of a render keeps them where they are swept with it."""
    if parent is not None:
        return f"{prefix('render', account, parent)}{kind}s/{job_id}/"
    return f"{kind}s/{account}/{job_id}/"


Steps = Callable[[JobRun], Awaitable[dict[str, Any]]]
"""What one kind of job does; answers the result that readers will see."""


async def run_job(job_id: str, context: Context, kinds: Mapping[str, Steps]) -> None:
    """Look at a job that a message named. Never raises: the row says what happened."""
    claiming = jobs.claim(job_id, context.worker, lease_s=context.settings.lease_seconds)
    try:
        claim, stopping = await _uninterrupted(claiming)
    except UNREACHABLE as error:
        log.warning("%s could not be claimed (%s); it will be dispatched again", job_id, error)
        return
    if claim is None:
        return
    started = time.monotonic()
    run = JobRun(claim, context)
    outcome = Outcome(what="shutdown") if stopping else await _outcome(run, kinds)
    await _uninterrupted(_settled(run, outcome))
    took = time.monotonic() - started
    said = f" ({outcome.code}: {outcome.message})" if outcome.code else ""
    log.info("%s %s attempt %d: %s%s in %.1f s", claim.kind, claim.id, claim.attempt, outcome.what, said, took)


class Outcome(Struct, frozen=True, kw_only=True):
    what: Literal["done", "failed", "fault", "cancelled", "lost", "shutdown"]
    result: dict[str, Any] | None = None
    code: str = ""
    message: str = ""


async def _outcome(run: JobRun, kinds: Mapping[str, Steps]) -> Outcome:
    """Run the steps beside their heartbeat. Whichever ends first ends the other; a result that is there counts."""
    work = asyncio.create_task(_attempt(run, kinds))
    pulse = asyncio.create_task(_pulse(run))
    try:
        await asyncio.wait({work, pulse}, return_when=asyncio.FIRST_COMPLETED)
        without_work = None
    except asyncio.CancelledError:
        without_work = Outcome(what="shutdown")
    for task in (work, pulse):
        task.cancel()
    await _uninterrupted(asyncio.wait({work, pulse}))
    if not work.cancelled():
        return work.result()
    return without_work or _verdict(run, pulse)


def _verdict(run: JobRun, pulse: asyncio.Task[Outcome]) -> Outcome:
    if pulse.cancelled():
        return Outcome(what="fault", code="internal_error", message="The job's steps were cut short.")
    if error := pulse.exception():
        log.error("%s: the heartbeat failed, so the job is let go", run.claim.id, exc_info=error)
        return Outcome(what="lost")
    return pulse.result()


async def _uninterrupted(work: Coroutine[Any, Any, T]) -> tuple[T, bool]:
    """Await to the end what a shutdown must not cut short; also tells whether one came meanwhile."""
    task, stopping = asyncio.create_task(work), False
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            stopping = True
    return task.result(), stopping


async def _attempt(run: JobRun, kinds: Mapping[str, Steps]) -> Outcome:
    try:
        steps = kinds[run.claim.kind]
        with run.context.root.workspace(run.claim.id, run.claim.attempt) as run.workspace:
            return Outcome(what="done", result=await steps(run))
    except BadInput as error:
        return Outcome(what="failed", code=error.code, message=error.message)
    except ChildTimeout as error:
        return Outcome(what="failed", code="too_long", message=f"The job was stopped: {error}. Ask for less at once.")
    except (Fault, StorageFailed, Unavailable) as error:
        return Outcome(what="fault", code=error.code, message=error.message)
    except AppError as error:
        return Outcome(what="failed", code=error.code, message=error.message)
    except UNREACHABLE as error:  # or a full disk, an OSError as well
        log.warning("%s attempt %d: %s", run.claim.id, run.claim.attempt, error)
        return Outcome(what="fault", code="internal_error", message="The machine failed; please try again.")
    except Exception:  # the boundary of foreign code: logged whole, tried again, then given up
        log.exception("%s attempt %d", run.claim.id, run.claim.attempt)
        return Outcome(what="fault", code="internal_error", message="Something of ours failed on this job.")


async def _pulse(run: JobRun) -> Outcome:
    """Renew the lease until the job is no longer ours to run. A database that is away for a lease loses it."""
    lease = run.context.settings.lease_seconds
    renewed, told = time.monotonic(), (run.stage, run.percent)
    while True:
        await asyncio.sleep(min(PULSE_S, lease / 6))
        now = (run.stage, run.percent)
        if now == told and time.monotonic() - renewed < lease / 6:
            continue
        try:
            answer = await jobs.heartbeat(run.claim, lease_s=lease, stage=now[0], percent=now[1])
        except UNREACHABLE as error:
            log.warning("%s: no heartbeat (%s)", run.claim.id, error)
            if time.monotonic() - renewed > lease:
                return Outcome(what="lost")
            continue
        if answer != "ours":
            return Outcome(what="lost" if answer == "lost" else "cancelled")
        renewed, told = time.monotonic(), now


async def _settled(run: JobRun, outcome: Outcome) -> None:
    """Write the outcome. A database that is away is waited for as long as the lease could still be ours."""
    deadline = time.monotonic() + run.context.settings.lease_seconds
    while True:
        try:
            return await _write(run, outcome)
        except UNREACHABLE as error:
            log.warning("%s: outcome not written yet (%s)", run.claim.id, error)
            if time.monotonic() > deadline:
                # Whether the last try was committed is unknown, so the objects stay: the sweeper, who can
                # read the row, removes them if another attempt wins.
                return None
            await asyncio.sleep(0.5)


async def _write(run: JobRun, outcome: Outcome) -> None:
    claim = run.claim
    ours = False
    match outcome.what:
        case "done":
            ours = await jobs.finish(claim, outcome.result or {})
        case "failed":
            await jobs.fail(claim, outcome.code, outcome.message)
        case "fault":
            await jobs.retry(claim, outcome.code, outcome.message)
        case "cancelled":
            await jobs.end_cancelled(claim)
        case "shutdown":
            await jobs.release(claim)
    if outcome.what == "done" and not ours:
        log.warning("%s attempt %d came too late: another one has the job", claim.id, claim.attempt)
    if not ours:
        await run.discard()
