"""A worker that stood still past its lease finds its job in other hands: whatever it does then changes nothing."""

import os
import signal
from contextlib import AsyncExitStack

from app.db.engine import sql
from tests.faults.harness import Yard, template
from tests.faults.holding import commit_held


async def taken_over(yard: Yard, job_id: str) -> None:
    """A second worker, started now, makes the job."""
    yard.worker()
    await yard.is_given_up(job_id)
    await yard.reaches(job_id, "done", within_s=30)


async def changes_nothing(yard: Yard, job_id: str) -> None:
    await yard.until("the late attempt is settled", lambda: "attempt 1: " in yard.log)
    await yard.nothing_under_way()
    await yard.ends_well(job_id, attempt=2, faults=1)


async def test_a_worker_alone_that_slept_past_its_lease_changes_nothing(production: Yard) -> None:
    """Its child goes on meanwhile: when the worker wakes, the video is ready to be stored."""
    late = production.worker()
    with production.drawing_held():
        job_id = await production.order()
        await production.draws(job_id)
        os.kill(late.pid, signal.SIGSTOP)
    await taken_over(production, job_id)
    await production.until("the late child is done", lambda: not production.pids("ffmpeg"))
    os.kill(late.pid, signal.SIGCONT)
    await changes_nothing(production, job_id)


async def test_a_whole_family_that_slept_past_its_lease_changes_nothing(production: Yard) -> None:
    """As when a virtual machine is paused: worker, launcher, renderer and encoder wake up at once."""
    late = production.worker()
    with production.drawing_held():
        job_id = await production.order(template(60))
        await production.draws(job_id)
        asleep = [late.pid, *production.pids("launcher.py"), *production.pids("slow-ffmpeg")]
        for pid in asleep:
            os.kill(pid, signal.SIGSTOP)
    await taken_over(production, job_id)
    for pid in asleep:
        os.kill(pid, signal.SIGCONT)
    await changes_nothing(production, job_id)


async def test_a_late_worker_that_had_begun_to_commit_changes_nothing(production: Yard) -> None:
    """The worst moment: the objects are stored and the transaction is open when the worker falls asleep."""
    late = production.worker()

    async def commits() -> bool:
        """Its statement has reached the database, and waits there."""
        waiting = (
            "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE jobs SET state%'"
        )
        return bool(await sql(waiting))

    async with AsyncExitStack() as held:
        with production.drawing_held():
            job_id = await production.order()
            await production.draws(job_id)
            await held.enter_async_context(commit_held(production, job_id))
        await production.until("the late attempt commits", commits)
        assert await production.objects(job_id) == ["1/preview.jpg", "1/video.mp4"]
        os.kill(late.pid, signal.SIGSTOP)
    with production.drawing_held():
        production.worker()
        await production.is_given_up(job_id)
        await production.draws(job_id)
        os.kill(late.pid, signal.SIGCONT)
        await production.until("the late attempt is settled", lambda: "attempt 1: " in production.log)
        now = await production.job(job_id)
        assert (now["state"], now["attempt"]) == ("running", 2), "the second attempt goes on"
    await changes_nothing(production, job_id)
