"""A job that its owner cancels, or that its worker gives back on SIGTERM, at each of its stages."""

import signal
import subprocess
import time
from contextlib import ExitStack

from app.db.engine import sql
from app.services import jobs
from tests.faults.harness import Yard, template
from tests.faults.holding import commit_held, store_held

PROMPTLY_S = 5.0


async def cancelled(yard: Yard, job_id: str) -> None:
    await jobs.cancel(job_id, yard.account)
    await yard.reaches(job_id, "cancelled", within_s=PROMPTLY_S)
    await yard.nothing_under_way()


async def leaves_nothing(yard: Yard, job_id: str) -> None:
    await yard.keeps_only(job_id, [])
    await yard.told_once(job_id, "render.cancelled")
    assert (await yard.job(job_id))["attempt"] == 1


async def test_a_job_is_cancelled_while_it_fetches(either: Yard) -> None:
    either.worker()
    job_id = await either.order(template(source=either.world.image))
    await either.world.asked.wait()
    await cancelled(either, job_id)
    await leaves_nothing(either, job_id)


async def test_a_job_is_cancelled_while_it_draws(either: Yard) -> None:
    either.worker()
    with either.drawing_held():
        job_id = await either.order()
        await either.draws(job_id)
        await cancelled(either, job_id)
    await leaves_nothing(either, job_id)


async def test_a_job_is_cancelled_while_it_stores(production: Yard) -> None:
    production.worker()
    with ExitStack() as held:
        with production.drawing_held():
            job_id = await production.order()
            await production.draws(job_id)
            held.enter_context(store_held(production))
        await production.reaches(job_id, "running", "storing")
        await cancelled(production, job_id)
    await leaves_nothing(production, job_id)


async def test_a_cancelled_job_whose_worker_dies_is_cancelled_by_the_next_one(either: Yard) -> None:
    worker = either.worker()
    with either.drawing_held():
        job_id = await either.order()
        await either.draws(job_id)
        worker.send_signal(signal.SIGSTOP)
        await jobs.cancel(job_id, either.account)
        either.kill(worker)
    either.worker()
    await either.lease_ends(job_id)
    await either.reaches(job_id, "cancelled", within_s=PROMPTLY_S)
    await leaves_nothing(either, job_id)


async def terminated(yard: Yard, worker: subprocess.Popen[bytes]) -> None:
    begun = time.monotonic()
    worker.terminate()
    await yard.until("the worker has ended", lambda: worker.poll() is not None, within_s=10)
    assert (worker.returncode, time.monotonic() - begun < 10) == (0, True), yard.log
    assert yard.pids() == []


async def test_sigterm_gives_running_and_waiting_jobs_back_without_blame(either: Yard) -> None:
    worker = either.worker()
    with either.drawing_held():
        running = await either.order()
        await either.draws(running)
        waiting = await either.order()

        async def dispatched() -> bool:
            return (await either.job(waiting))["dispatched_until"] is not None

        await either.until("the other one is on its way", dispatched)
        await terminated(either, worker)
    first, second = await either.job(running), await either.job(waiting)
    assert [(job["state"], job["attempt"], job["faults"]) for job in (first, second)] == [
        ("queued", 1, 0),
        ("queued", 0, 0),
    ]
    assert either.workspaces() == []
    either.worker()
    await either.lease_ends(waiting)  # its message may have been on its way to the worker that ended
    await either.ends_well(running, attempt=2)
    await either.ends_well(waiting, attempt=1)


async def test_sigterm_during_the_commit_leaves_a_finished_job(either: Yard) -> None:
    worker = either.worker()

    async def stored() -> bool:
        return await either.objects(job_id) == ["1/preview.jpg", "1/video.mp4"]

    with ExitStack() as drawing:
        drawing.enter_context(either.drawing_held())
        job_id = await either.order()
        await either.draws(job_id)
        async with commit_held(either, job_id):
            drawing.close()
            await either.until("the objects are stored", stored)
            worker.terminate()
            await either.until("the worker knows", lambda: "stopping" in either.log)
    await either.until("the worker has ended", lambda: worker.poll() is not None, within_s=10)
    job = await either.job(job_id)
    assert (job["state"], job["attempt"], job["faults"]) in [("done", 1, 0), ("queued", 1, 0)], either.log
    either.worker()
    await either.reaches(job_id, "done", within_s=30)
    await either.ends_well(job_id, attempt=(await either.job(job_id))["attempt"])


async def test_a_worker_that_cannot_do_one_of_its_duties_ends_with_an_error(production: Yard) -> None:
    """Its supervisor starts it again; a worker that only seems to live would be worse than none."""
    worker = production.worker()
    await production.reaches(await production.order(), "done")
    await sql("ALTER TABLE workers RENAME TO gone")
    try:
        await production.until("the worker has ended", lambda: worker.poll() is not None, within_s=10)
    finally:
        await sql("ALTER TABLE gone RENAME TO workers")
    assert worker.returncode == 1
    assert "UndefinedTableError" in production.log
