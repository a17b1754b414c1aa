"""Housekeeping: what dead workers and losing attempts left goes, and nothing else does."""

import threading
from pathlib import Path

from app.db.engine import sql, tx
from app.services import audit, dispatching, events, jobs
from app.services.webhooks.deliveries import Hook
from app.specs import RenderSpec
from tests.workers.conftest import OWNER
from workers import sweep
from workers.run import Context, prefix
from workers.workspace import WorkRoot

LEASE_S = 30.0


async def claimed(attempt: int = 1) -> jobs.Claim:
    """A running job at its so-manieth attempt."""
    async with tx():
        job_id = await jobs.submit(RenderSpec(template={}), account=OWNER)
    await sql("UPDATE jobs SET attempt = {} WHERE id = {}", attempt - 1, job_id)
    claim = await jobs.claim(job_id, "w1", lease_s=LEASE_S)
    assert claim
    return claim


async def leave(context: Context, claim: jobs.Claim, *names: str) -> None:
    for name in names:
        await context.storage.put_bytes(f"{prefix('render', OWNER, claim.id)}{name}", b"x", "video/mp4")


async def left(context: Context) -> list[str]:
    return sorted(["/".join(found.key.split("/")[-2:]) async for found in context.storage.list()])


async def ended_long_ago() -> None:
    await sql("UPDATE jobs SET finished_at = finished_at - 60000")


async def test_only_the_winners_objects_stay(context: Context) -> None:
    claim = await claimed(attempt=3)
    await leave(context, claim, "1/video.mp4", "2/video.mp4", "3/video.mp4", "3/preview.jpg")
    await jobs.finish(claim, {"key": "3/video.mp4"})
    await ended_long_ago()
    assert await sweep.sweep_objects(context) == 2
    assert await left(context) == ["3/preview.jpg", "3/video.mp4"]
    await leave(context, claim, "2/video.mp4")
    assert await sweep.sweep_objects(context) == 0, "a job is swept once"


async def test_a_job_without_a_result_keeps_no_objects(context: Context) -> None:
    failed, cancelled = await claimed(), await claimed()
    for claim in (failed, cancelled):
        await leave(context, claim, "1/video.mp4")
    await jobs.fail(failed, "media_unreadable", "This file is not a video.")
    await jobs.end_cancelled(cancelled)
    await ended_long_ago()
    assert await sweep.sweep_objects(context) == 2
    assert await left(context) == []


async def test_objects_stay_while_a_loser_may_still_be_writing(context: Context) -> None:
    running, done = await claimed(attempt=2), await claimed(attempt=2)
    for claim in (running, done):
        await leave(context, claim, "1/video.mp4", "2/video.mp4")
    await jobs.finish(done, {})
    assert await sweep.sweep_objects(context) == 0
    assert len(await left(context)) == 4


async def test_jobs_of_a_lost_worker_are_queued_and_its_row_is_forgotten(context: Context) -> None:
    claim = await claimed()
    await dispatching.register("w2", "host", {"cpu": 1})
    await sql("UPDATE jobs SET lease_until = 0")
    await sql("UPDATE workers SET seen_at = 0")
    await sweep.sweep_jobs(context)
    assert (await jobs.read([claim.id]))[claim.id].state == "queued"
    assert await sql("SELECT id FROM workers") == []


async def test_a_job_that_kills_its_only_worker_each_time_is_given_up(context: Context) -> None:
    claim: jobs.Claim | None = await claimed()
    for _ in range(jobs.MAX_FAULTS + 1):
        assert claim
        job_id = claim.id
        assert await jobs.release_all() == 1
        claim = await jobs.claim(job_id, "w1", lease_s=LEASE_S)
    snapshot = (await jobs.read([job_id]))[job_id]
    assert (claim, snapshot.state, snapshot.error_code) == (None, "failed", "worker_lost")


async def test_directories_of_dead_workers_go_and_those_of_living_ones_stay(context: Context, tmp_path: Path) -> None:
    living = WorkRoot(tmp_path, "living")
    for half_removed in ("dead/job_1-1", "empty"):
        (tmp_path / "workspaces" / half_removed).mkdir(parents=True)
    await sweep.sweep_jobs(context)
    assert sorted(path.name for path in (tmp_path / "workspaces").iterdir()) == ["living", "w1"]
    living.close()


def test_workers_that_start_while_others_sweep_keep_their_directories(tmp_path: Path) -> None:
    roots: list[WorkRoot] = []

    def start(name: str) -> None:
        root = WorkRoot(tmp_path, name)
        root.sweep()
        roots.append(root)

    threads = [threading.Thread(target=start, args=(f"w{number}",)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list((tmp_path / "workspaces").iterdir())) == len(roots) == 20
    for root in roots:
        root.close()


async def test_old_answers_and_unfinished_uploads_are_forgotten_and_young_ones_kept(
    context: Context, tmp_path: Path
) -> None:
    for name, age_h in (("old", 25), ("young", 23)):
        await sql(
            "INSERT INTO idempotency (id, account, request_hash, status, body, created_at) "
            "VALUES ({}, {}, '', 202, '', :now - {})",
            name,
            OWNER,
            age_h * 3_600_000,
        )
    await context.storage.ensure_bucket()
    partial = tmp_path / "files" / ".partial" / "upload"
    partial.touch()
    await sweep.keep_house(context)
    assert await sql("SELECT id FROM idempotency") == [{"id": "young"}]
    assert partial.exists()


STRANGERS: tuple[audit.Action, ...] = ("sign_in_failed", "password_reset_asked")
OWNERS: tuple[audit.Action, ...] = ("signed_in", "password_reset")


async def test_addresses_of_a_season_ago_are_forgotten_and_what_was_done_is_not(context: Context) -> None:
    actions: tuple[audit.Action, ...] = (*STRANGERS, *OWNERS, "plan_changed")
    for action in actions:
        for age_d in (91, 89):
            await audit.record(audit.ANONYMOUS, action, f"{action} {age_d}", {"it": "192.0.2.77"})
            aged = "UPDATE audit_log SET created_at = :now - {} WHERE subject = {}"
            await sql(aged, age_d * 86_400_000, f"{action} {age_d}")
    await sweep.keep_house(context)
    kept = {row["subject"]: "192" in row["detail"] for row in await sql("SELECT subject, detail FROM audit_log")}
    young = {f"{action} 89": True for action in (*STRANGERS, *OWNERS)}
    old = {f"{action} 91": False for action in OWNERS}
    assert kept == {**young, **old, "plan_changed 89": True, "plan_changed 91": True}


async def test_events_of_a_season_ago_are_forgotten_with_what_was_sent(context: Context) -> None:
    for age_ms in (0, 91 * 86_400_000):
        event = await events.record(OWNER, "upload.ready", "upl_1", {}, hook=Hook(url="http://x.y/", dialect="clipcat"))
        await sql("UPDATE events SET created_at = created_at - {} WHERE id = {}", age_ms, event)
    await sweep.keep_house(context)
    assert [len(await sql(f"SELECT id FROM {table}")) for table in ("events", "webhook_deliveries")] == [1, 1]
