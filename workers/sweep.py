"""Housekeeping: lost jobs, left objects, old answers and dead workers' directories."""

import asyncio
import logging
from datetime import timedelta

from app.db.engine import UNREACHABLE
from app.errors import StorageFailed
from app.services import (
    answers,
    audit,
    credentials,
    dispatching,
    erasure,
    events,
    jobs,
    keys,
    leftovers,
    limits,
    sessions,
    tools,
)
from app.services.clips import library
from app.services.uploads import sweeping as uploads
from app.services.webhooks import secrets
from workers import sources
from workers.run import Context, prefix

PARTIAL_KEPT = timedelta(hours=24)
"""How long an unfinished upload may take before its parts are removed."""
HOUSEKEEPING_S = 3600.0
CLIPS_AT_ONCE = 200

LATER: tuple[type[Exception], ...] = (*UNREACHABLE, StorageFailed)

log = logging.getLogger("clipyard.sweep")


async def run(context: Context) -> None:
    """Until cancelled: what leases need every third of one, the rest every hour."""
    pause = min(context.settings.lease_seconds / 3, 10)
    until_housekeeping = 0.0
    while True:
        try:
            await sweep_jobs(context)
            if until_housekeeping <= 0:
                await keep_house(context)
                until_housekeeping = HOUSEKEEPING_S
        except LATER as error:
            log.warning("sweeping later: %s", error)
        await asyncio.sleep(pause)
        until_housekeeping -= pause


async def sweep_jobs(context: Context) -> None:
    lost = await jobs.sweep_lost()
    if lost:
        log.warning("%d jobs had lost their worker", lost)
    await dispatching.forget_dead(lease_s=context.settings.lease_seconds)
    await asyncio.to_thread(context.root.sweep)
    await sweep_media(context)
    await asyncio.to_thread(sources.tidy, context.root.sources)
    await sweep_objects(context)
    await sweep_clips(context)
    await uploads.sweep(context.storage)
    await tools.sweep(context.storage)


async def sweep_media(context: Context) -> None:
    """Remove what parts shared of jobs that are over."""
    shared = context.root.with_media()
    found = await jobs.read(shared)
    for job_id in shared:
        if job_id not in found or found[job_id].state in jobs.OVER:
            await asyncio.to_thread(context.root.forget_media, job_id)


async def sweep_objects(context: Context) -> int:
    """Remove what losing attempts stored, two leases after the end: by then no loser can be writing.

    Answers how many objects were removed.
    """
    removed = 0
    for ended in await leftovers.unswept(older_than_s=2 * context.settings.lease_seconds):
        try:
            removed += await _sweep_losers(context, ended)
        except StorageFailed as error:  # it comes up again; the others need not wait for it
            log.warning("%s is swept later: %s", ended.id, error)
    return removed


async def _sweep_losers(context: Context, ended: jobs.Snapshot) -> int:
    base = prefix(ended.kind, ended.account, ended.id)
    winner = f"{base}{ended.attempt}/" if ended.state == "done" else None
    losers = [found.key async for found in context.storage.list(base) if not (winner and found.key.startswith(winner))]
    for key in losers:
        await context.storage.delete(key)
    await leftovers.mark_swept(ended.id)
    return len(losers)


async def sweep_clips(context: Context) -> int:
    """Remove clips whose time is over, and what is left of those that were deleted; answers how many."""
    removed = 0
    for clip in await library.expired(at_most=CLIPS_AT_ONCE):
        try:
            await library.remove(clip, context.storage)
            removed += 1
        except StorageFailed as error:  # it comes up again; the others need not wait for it
            log.warning("%s is removed later: %s", clip.id, error)
    return removed


async def keep_house(context: Context) -> None:
    await context.storage.sweep_partial(PARTIAL_KEPT.total_seconds())
    await answers.forget_old()
    await limits.forget_old()
    await events.forget_old()
    await secrets.forget_old()
    await sessions.forget_old()
    await credentials.forget_old()
    await keys.forget_old()
    await audit.forget_old()
    await uploads.forget_old()
    await tools.sweep_orphans(context.storage)
    await erasure.sweep(context.storage, context.settings.frames_cache)
