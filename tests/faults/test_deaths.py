"""SIGKILL for a process at any moment of a job: the job is done in the end, once, and nothing is left behind."""

import os
import signal
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

from tests.faults.harness import Yard, template
from tests.faults.holding import commit_held, store_held


async def test_a_job_that_nobody_disturbs_is_done_by_its_first_attempt(either: Yard) -> None:
    either.worker()
    await either.ends_well(await either.order(), attempt=1)
    await either.nothing_under_way()


async def test_temporary_files_of_a_renderer_lie_in_the_workspace_and_go_with_it(embedded: Yard) -> None:
    embedded.worker()
    with embedded.drawing_held():
        await embedded.draws(await embedded.order())
        (workspace,), (renderer,) = embedded.workspaces(), embedded.pids("renderer", without="launcher.py")
        said = Path(f"/proc/{renderer}/environ").read_bytes().split(b"\0")
        assert f"TMPDIR={workspace}".encode() in said
    await embedded.nothing_under_way()


async def recovers(yard: Yard, job_id: str) -> None:
    """The dead worker's family ends by itself; the next worker finds the job and finishes it."""
    await yard.until("the dead worker's family is gone", lambda: not yard.pids())
    yard.worker()
    if not yard.embedded:  # there the next worker knows at once that its predecessor is dead
        await yard.is_given_up(job_id)
    await yard.ends_well(job_id, attempt=2, faults=1)
    await yard.nothing_under_way()


async def test_a_queued_job_outlives_the_worker(either: Yard) -> None:
    worker = either.worker()
    with either.drawing_held():
        first = await either.order()
        await either.draws(first)
        waiting = await either.order()
        either.kill(worker)
    either.worker()
    await either.lease_ends(waiting)
    await either.ends_well(waiting, attempt=1)


async def test_a_job_outlives_the_worker_while_it_fetches(either: Yard) -> None:
    worker = either.worker()
    job_id = await either.order(template(source=either.world.image))
    await either.world.asked.wait()
    either.kill(worker)
    either.world.give.set()
    await recovers(either, job_id)


async def test_a_job_outlives_the_worker_while_it_draws(either: Yard) -> None:
    worker = either.worker()
    with either.drawing_held():
        job_id = await either.order()
        await either.draws(job_id)
        either.kill(worker)
    await recovers(either, job_id)


async def test_a_job_outlives_the_worker_while_it_stores(production: Yard) -> None:
    worker = production.worker()
    with ExitStack() as held:
        with production.drawing_held():
            job_id = await production.order()
            await production.draws(job_id)
            held.enter_context(store_held(production))
        await production.reaches(job_id, "running", "storing")
        production.kill(worker)
    await recovers(production, job_id)


async def test_a_result_that_was_stored_and_never_committed_is_removed_and_made_again(either: Yard) -> None:
    worker = either.worker()

    async def stored() -> bool:
        return await either.objects(job_id) == ["1/preview.jpg", "1/video.mp4"]

    async with AsyncExitStack() as held:
        with either.drawing_held():
            job_id = await either.order()
            await either.draws(job_id)
            await held.enter_async_context(commit_held(either, job_id))
        await either.until("the first attempt's objects are stored", stored)
        either.kill(worker)
    assert (await either.job(job_id))["state"] == "running"
    await recovers(either, job_id)


async def test_a_job_outlives_its_launcher_its_renderer_and_its_encoder_in_turn(either: Yard) -> None:
    either.worker()
    with either.drawing_held():
        job_id = await either.order()
        for victim, other in (
            ("launcher.py", "nothing else"),
            ("renderer", "launcher.py"),
            ("slow-ffmpeg", "renderer"),
        ):
            await either.draws(job_id)
            (pid,) = either.pids(victim, without=other)
            os.kill(pid, signal.SIGKILL)
            await either.wait_ends(job_id)
            assert either.pids("ffmpeg") == [], "a new attempt begins without the old one's processes"
    await either.ends_well(job_id, attempt=4, faults=3)
    await either.nothing_under_way()
