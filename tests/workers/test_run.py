"""One attempt of a job, with steps made for each way it can end. Both engines, local files, real child processes."""

import asyncio
import errno
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.db.engine import Engine, sql, tx
from app.errors import NotFound, StorageFailed
from app.services import jobs
from app.specs import RenderSpec
from tests.workers.conftest import OWNER
from workers import child
from workers.run import BadInput, Context, Fault, JobRun, Steps, run_job

RESULT = {"key": "k"}


async def submitted() -> str:
    async with tx():
        return await jobs.submit(RenderSpec(template={}), account=OWNER)


async def ran(context: Context, steps: Steps) -> dict[str, Any]:
    """The row after one attempt of a new job."""
    job_id = await submitted()
    await run_job(job_id, context, {"render": steps})
    return await row(job_id)


async def row(job_id: str) -> dict[str, Any]:
    return (await sql("SELECT * FROM jobs WHERE id = {}", job_id))[0]


async def until_row(job_id: str, true: Callable[[dict[str, Any]], bool]) -> None:
    async with asyncio.timeout(10):
        while True:
            if true(await row(job_id)):
                return
            await asyncio.sleep(0.01)


async def objects(context: Context) -> list[str]:
    return sorted([found.key.rpartition("/")[2] async for found in context.storage.list()])


def workspaces(context: Context) -> list[Path]:
    return list(context.root.path.glob("job_*"))


async def stores(run: JobRun) -> dict[str, Any]:
    """A result as every kind makes it: a file of the workspace, put into the store."""
    (run.workspace / "video.mp4").write_text("frames")
    return {"key": await run.store(run.workspace / "video.mp4", "video/mp4")}


class Held:
    """Steps that store an object and then wait: `begun` says that they do, `go` ends the waiting."""

    def __init__(self) -> None:
        self.begun, self.go = asyncio.Event(), asyncio.Event()

    async def __call__(self, run: JobRun) -> dict[str, Any]:
        result = await stores(run)
        self.begun.set()
        await self.go.wait()
        return result


async def under_way(context: Context) -> tuple[str, "asyncio.Task[None]", Held]:
    steps, job_id = Held(), await submitted()
    task = asyncio.create_task(run_job(job_id, context, {"render": steps}))
    await steps.begun.wait()
    return job_id, task, steps


async def test_the_result_is_published_under_a_key_of_the_attempt(context: Context) -> None:
    job = await ran(context, stores)
    assert (job["state"], job["attempt"], job["progress"]) == ("done", 1, 100)
    snapshot = (await jobs.read([job["id"]]))[job["id"]]
    assert snapshot.result == {"key": f"renders/{OWNER}/{job['id']}/1/video.mp4"}
    assert await objects(context) == ["video.mp4"]
    assert workspaces(context) == []


async def test_each_attempt_works_in_an_empty_directory_of_its_own(context: Context) -> None:
    seen: list[tuple[Path, list[Path]]] = []

    async def look(run: JobRun) -> dict[str, Any]:
        seen.append((run.workspace, list(run.workspace.iterdir())))
        (run.workspace / "left").touch()
        return RESULT

    await ran(context, look)
    await ran(context, look)
    assert seen[0][0] != seen[1][0]
    assert [files for _, files in seen] == [[], []]


FAULTS = {
    "bug": ZeroDivisionError("division by zero"),
    "full disk": OSError(errno.ENOSPC, "No space left on device", "/secret/path"),
    "store": StorageFailed("The file store is full.", code="storage_full"),
    "renderer": Fault("renderer_died", "The renderer ended with code 137."),
}


@pytest.mark.parametrize("error", FAULTS.values(), ids=FAULTS.keys())
async def test_the_machines_failure_is_tried_again_and_never_shows_its_insides(
    context: Context, error: Exception
) -> None:
    async def fail(run: JobRun) -> dict[str, Any]:
        await stores(run)
        raise error

    job_id = await submitted()
    for attempt in range(jobs.MAX_FAULTS + 1):
        job = await row(job_id)
        assert (job["state"], job["faults"]) == ("queued", attempt)
        await sql("UPDATE jobs SET run_at = 0")
        await run_job(job_id, context, {"render": fail})
    job = await row(job_id)
    assert job["state"] == "failed"
    code = getattr(error, "code", "internal_error")
    assert job["error_code"] == code
    assert not any(word in job["error_message"] for word in ("division", "/secret", "Errno"))
    assert await objects(context) == []
    assert workspaces(context) == []


INPUTS = {
    "bad input": BadInput("media_unreadable", "This file is not a video."),
    "not found": NotFound("There is no such upload.", code="unknown_asset"),
}


@pytest.mark.parametrize("error", INPUTS.values(), ids=INPUTS.keys())
async def test_broken_input_fails_at_once_with_its_own_sentence(context: Context, error: BadInput | NotFound) -> None:
    async def fail(run: JobRun) -> dict[str, Any]:
        raise error

    job = await ran(context, fail)
    assert (job["state"], job["faults"], job["error_code"]) == ("failed", 0, error.code)
    assert job["error_message"] == error.message


async def test_a_child_that_exceeds_its_time_ends_the_job_for_good(context: Context) -> None:
    async def sleep(run: JobRun) -> dict[str, Any]:
        command = [sys.executable, "-c", "import time; time.sleep(100)"]
        await child.run(command, cwd=run.workspace, env={}, on_line=print, limits=child.Limits(wall_s=0.1))
        return RESULT

    job = await ran(context, sleep)
    assert (job["state"], job["error_code"]) == ("failed", "too_long")


async def test_a_worker_that_cannot_make_a_directory_gives_the_job_back(context: Context) -> None:
    shutil.rmtree(context.root.path)
    job = await ran(context, stores)
    assert (job["state"], job["faults"]) == ("queued", 1)


async def test_a_message_about_a_job_that_is_not_queued_starts_nothing(context: Context) -> None:
    job_id = await submitted()
    await jobs.cancel(job_id, OWNER)

    async def never(run: JobRun) -> dict[str, Any]:
        raise AssertionError("ran")

    for name in (job_id, "job_unknown"):
        await run_job(name, context, {"render": never})
    assert (await row(job_id))["state"] == "cancelled"


async def test_readers_hear_of_stage_and_progress_while_it_runs(context: Context) -> None:
    go = asyncio.Event()

    async def work(run: JobRun) -> dict[str, Any]:
        run.at("working", 41.9)
        await go.wait()
        return RESULT

    job_id = await submitted()
    task = asyncio.create_task(run_job(job_id, context, {"render": work}))
    await until_row(job_id, lambda job: (job["stage"], job["progress"]) == ("working", 41))
    go.set()
    await task
    assert (await row(job_id))["state"] == "done"


async def test_the_lease_is_renewed_even_when_there_is_no_news(context: Context) -> None:
    job_id, task, steps = await under_way(context)
    await sql("UPDATE jobs SET lease_until = 0 WHERE id = {}", job_id)
    await until_row(job_id, lambda job: job["lease_until"] > 0)
    steps.go.set()
    await task


async def test_a_cancelled_job_stops_and_leaves_nothing(context: Context) -> None:
    job_id, task, _ = await under_way(context)
    await jobs.cancel(job_id, OWNER)
    await asyncio.wait_for(task, 5)
    assert (await row(job_id))["state"] == "cancelled"
    assert await objects(context) == []
    assert workspaces(context) == []


async def test_a_cancelled_job_that_fails_meanwhile_is_not_tried_again(context: Context) -> None:
    async def fail(run: JobRun) -> dict[str, Any]:
        await jobs.cancel(run.claim.id, OWNER)
        raise OSError(errno.ENOSPC, "No space left on device")

    assert (await ran(context, fail))["state"] == "cancelled"


async def test_an_attempt_that_lost_its_job_stops_and_removes_what_it_stored(context: Context) -> None:
    job_id, task, _ = await under_way(context)
    await sql("UPDATE jobs SET attempt = attempt + 1, progress = 7 WHERE id = {}", job_id)
    await asyncio.wait_for(task, 5)
    job = await row(job_id)
    assert (job["state"], job["attempt"], job["progress"]) == ("running", 2, 7)
    assert await objects(context) == []


async def test_shutdown_gives_the_job_back_without_blame(context: Context) -> None:
    job_id, task, _ = await under_way(context)
    task.cancel()
    await task
    job = await row(job_id)
    assert (job["state"], job["faults"]) == ("queued", 0)
    assert await objects(context) == []


async def test_shutdown_of_a_cancelled_job_ends_it(context: Context) -> None:
    job_id, task, _ = await under_way(context)
    await sql("UPDATE jobs SET cancel_requested = TRUE WHERE id = {}", job_id)
    task.cancel()
    await task
    assert (await row(job_id))["state"] == "cancelled"


async def test_shutdown_while_a_cancelled_job_is_still_stopping_does_not_leave_it_running(context: Context) -> None:
    begun, stopping, stopped = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow_to_stop(run: JobRun) -> dict[str, Any]:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            stopping.set()
            await stopped.wait()
        return RESULT

    job_id = await submitted()
    task = asyncio.create_task(run_job(job_id, context, {"render": slow_to_stop}))
    await begun.wait()
    await jobs.cancel(job_id, OWNER)
    await stopping.wait()
    task.cancel()
    stopped.set()
    await task
    assert (await row(job_id))["state"] == "cancelled"


async def test_shutdown_during_the_commit_still_settles_the_job(context: Context) -> None:
    """Whenever the cancellation arrives, the row ends up finished or queued, never running."""
    for delay in (0.0, 0.01, 0.05):
        job_id, task, steps = await under_way(context)
        async with tx():
            await sql("UPDATE jobs SET priority = priority WHERE id = {}", job_id)  # its commit has to wait
            steps.go.set()
            await asyncio.sleep(delay)
            task.cancel()
            await asyncio.sleep(0.01)
            task.cancel()
        await task
        assert (await row(job_id))["state"] in ("done", "queued")


async def test_a_result_is_committed_when_a_database_that_was_away_is_back(context: Context, database: Engine) -> None:
    async def outage(run: JobRun) -> dict[str, Any]:
        result = await stores(run)
        await database.close()
        return result

    job_id = await submitted()
    task = asyncio.create_task(run_job(job_id, context, {"render": outage}))
    await asyncio.wait({task}, timeout=0.3)
    assert not task.done()
    await database.open()
    await task
    assert (await row(job_id))["state"] == "done"
    assert await objects(context) == ["video.mp4"]
