"""The job state machine on both engines. Time passes by moving the rows' times, never by sleeping."""

import asyncio

import msgspec
import pytest

from app.db.engine import Engine, sql, tx
from app.db.tables import Account, Job
from app.services import accounts, dispatching, division, jobs, leftovers
from app.specs import QUEUES, RenderSpec, SegmentSpec

pytestmark = pytest.mark.usefixtures("database")
LEASE = 30.0
LIVE_ONLY = [
    dispatching._FAIR_ORDER,
    f"SELECT 1 FROM jobs WHERE queue = 'cpu' AND {dispatching._DUE}",
    f"SELECT {dispatching._SLOTS} FROM jobs WHERE queue = 'cpu' AND {dispatching._UNDER_WAY}",
    f"SELECT id FROM jobs WHERE {jobs._RUNNING} AND lease_until < :now",
]


async def account(name: str, running_limit: int | None = None) -> str:
    await Account.insert(Account(id=name, name=name, created_at=0, running_limit=running_limit))
    return name


async def submitted(owner: str, priority: int = 0) -> str:
    """A queued job, a little younger than all before it even within one millisecond."""
    async with tx():
        job_id = await jobs.submit(RenderSpec(template={"scenes": []}), account=owner, priority=priority)
        await sql("UPDATE jobs SET created_at = (SELECT COUNT(*) FROM jobs) WHERE id = {}", job_id)
    return job_id


async def claimed(owner: str = "ann") -> jobs.Claim:
    if not await Account.exists().where(Account.id == owner):
        await account(owner)
    claim = await jobs.claim(await submitted(owner), "w1", lease_s=LEASE)
    assert claim
    return claim


async def beat(claim: jobs.Claim, percent: int = 0) -> str:
    return await jobs.heartbeat(claim, lease_s=LEASE, stage="working", percent=percent)


async def state(job_id: str) -> jobs.Snapshot:
    return (await jobs.read([job_id]))[job_id]


async def let_time_pass(seconds: float) -> None:
    """Everything that was planned is that much nearer, or longer ago."""
    for column in ("run_at", "lease_until", "dispatched_until", "finished_at"):
        await sql(f"UPDATE jobs SET {column} = {column} - {{}}", round(seconds * 1000))


async def test_a_job_is_claimed_once_however_many_messages_name_it() -> None:
    job_id = await submitted(await account("ann"))
    claims = await asyncio.gather(*(jobs.claim(job_id, f"w{n}", lease_s=LEASE) for n in range(8)))
    assert [claim.attempt for claim in claims if claim] == [1]


async def test_a_submission_that_is_rolled_back_leaves_no_job() -> None:
    await account("ann")

    async def submit_and_fail() -> None:
        async with tx():
            await jobs.submit(RenderSpec(template={}), account="ann")
            raise LookupError

    with pytest.raises(LookupError):
        await submit_and_fail()
    assert await Job.count() == 0


async def test_the_result_of_the_winner_is_published_once() -> None:
    claim = await claimed()
    assert await jobs.finish(claim, {"key": "a"})
    assert await jobs.finish(claim, {"key": "a"}), "asking again after a lost answer finds the commit"
    snapshot = await state(claim.id)
    assert (snapshot.state, snapshot.progress, snapshot.result) == ("done", 100, {"key": "a"})


async def test_a_runner_that_slept_past_its_lease_can_change_nothing() -> None:
    late = await claimed()
    await let_time_pass(LEASE + 1)
    assert await jobs.sweep_lost() == 1
    await let_time_pass(10)
    winner = await jobs.claim(late.id, "w2", lease_s=LEASE)
    assert winner
    assert winner.attempt == 2
    assert await beat(late, percent=99) == "lost"
    assert not await jobs.finish(late, {"key": "late"})
    assert not await jobs.fail(late, "x", "late")
    assert (await state(late.id)).progress == 0
    assert await jobs.finish(winner, {"key": "winner"})
    assert not await jobs.finish(late, {"key": "late"})
    assert (await state(late.id)).result == {"key": "winner"}


async def test_a_running_job_whose_lease_is_renewed_is_left_alone() -> None:
    claim = await claimed()
    await let_time_pass(LEASE - 5)
    assert await beat(claim) == "ours"
    await let_time_pass(10)
    assert await jobs.sweep_lost() == 0


async def test_faults_wait_longer_each_time_and_end_in_a_failure() -> None:
    claim = await claimed()
    waits = []
    for _ in range(jobs.MAX_FAULTS):
        assert await jobs.retry(claim, "encode_failed", "The encoder failed.")
        rows = await sql("SELECT run_at - :now AS wait FROM jobs")
        waits.append(round(rows[0]["wait"] / 1000))
        assert await jobs.claim(claim.id, "w1", lease_s=LEASE) is None, "not before its time"
        await let_time_pass(200)
        again = await jobs.claim(claim.id, "w1", lease_s=LEASE)
        assert again
        claim = again
    assert waits == [2, 4, 8, 16, 32]
    assert await jobs.retry(claim, "encode_failed", "The encoder failed.")
    snapshot = await state(claim.id)
    assert (snapshot.state, snapshot.error_code) == ("failed", "encode_failed")


async def test_a_job_that_kills_every_worker_is_given_up() -> None:
    claim: jobs.Claim | None = await claimed()
    for _ in range(jobs.MAX_FAULTS + 1):
        assert claim
        await let_time_pass(LEASE + 1)
        assert await jobs.sweep_lost() == 1
        await let_time_pass(200)
        job_id = claim.id
        claim = await jobs.claim(job_id, "w1", lease_s=LEASE)
    assert claim is None
    snapshot = await state(job_id)
    assert (snapshot.state, snapshot.error_code) == ("failed", "worker_lost")


async def test_a_queued_job_is_cancelled_at_once() -> None:
    job_id = await submitted(await account("ann"))
    cancelled = await jobs.cancel(job_id, "ann")
    assert cancelled
    assert cancelled.state == "cancelled"
    assert await jobs.claim(job_id, "w1", lease_s=LEASE) is None


async def test_a_running_job_hears_of_its_cancellation_at_the_next_heartbeat() -> None:
    claim = await claimed()
    snapshot = await jobs.cancel(claim.id, "ann")
    assert snapshot
    assert (snapshot.state, snapshot.cancel_requested) == ("running", True)
    assert await beat(claim) == "cancel"
    assert await jobs.end_cancelled(claim)
    assert (await state(claim.id)).state == "cancelled"


async def test_a_cancelled_job_whose_worker_died_ends_cancelled() -> None:
    claim = await claimed()
    await jobs.cancel(claim.id, "ann")
    await let_time_pass(LEASE + 1)
    assert await jobs.sweep_lost() == 1
    assert (await state(claim.id)).state == "cancelled"


async def test_nobody_cancels_another_accounts_job() -> None:
    claim = await claimed()
    assert await jobs.cancel(claim.id, "eve") is None
    assert await beat(claim) == "ours"


async def test_shutdown_gives_a_job_back_without_blame() -> None:
    claim = await claimed()
    await jobs.release(claim)
    again = await jobs.claim(claim.id, "w2", lease_s=LEASE)
    assert again
    rows = await sql("SELECT faults FROM jobs")
    assert (again.attempt, rows[0]["faults"]) == (2, 0)


async def test_a_dead_predecessors_jobs_are_due_at_once() -> None:
    claim = await claimed()
    await dispatching.register("w1", "host", {"cpu": 1})
    other = await submitted("ann")
    assert [row["id"] for row in await dispatching.take_due("cpu", lease_s=LEASE)] == [other]
    assert await jobs.release_all() == 1
    taken = {row["id"] for row in await dispatching.take_due("cpu", lease_s=LEASE)}
    assert taken == {claim.id, other}


async def test_nothing_is_dispatched_without_a_live_worker() -> None:
    await submitted(await account("ann"))
    assert await dispatching.take_due("cpu", lease_s=LEASE) == []


async def test_dispatch_runs_only_about_twice_as_far_ahead_as_there_are_slots(database: Engine) -> None:
    await account("ann")
    await dispatching.register("w1", "host", {"cpu": 2})
    for _ in range(10):
        await submitted("ann")
    assert len(await dispatching.take_due("cpu", lease_s=LEASE)) == 4
    assert await dispatching.take_due("cpu", lease_s=LEASE) == []


async def test_accounts_take_turns_however_long_one_backlog_is() -> None:
    await account("busy")
    await account("small")
    await dispatching.register("w1", "host", {"cpu": 2})
    crowd = [await submitted("busy") for _ in range(6)]
    single = await submitted("small")
    order = [row["id"] for row in await dispatching.take_due("cpu", lease_s=LEASE)]
    assert set(order[:2]) == {crowd[0], single}
    assert order[2:] == crowd[1:3]


async def test_priority_then_age_decide_within_an_account() -> None:
    await account("ann")
    await dispatching.register("w1", "host", {"cpu": 3})
    first, second = await submitted("ann"), await submitted("ann")
    urgent = await submitted("ann", priority=5)
    order = [row["id"] for row in await dispatching.take_due("cpu", lease_s=LEASE)]
    assert order == [urgent, first, second]


async def test_an_account_never_has_more_under_way_than_its_limit() -> None:
    await account("ann", running_limit=1)
    await account("bob")
    await dispatching.register("w1", "host", {"cpu": 4})
    for _ in range(3):
        await submitted("ann")
        await submitted("bob")
    owners = [(await state(row["id"])).account for row in await dispatching.take_due("cpu", lease_s=LEASE)]
    assert sorted(owners) == ["ann", "bob", "bob", "bob"]


async def test_dispatchers_of_different_classes_at_once_keep_to_an_accounts_limit_together() -> None:
    await account("ann", running_limit=1)
    await dispatching.register("w1", "host", {"cpu": 4, "light": 4, "network": 4})
    for _ in range(5):
        for queue in QUEUES:
            await sql("UPDATE jobs SET queue = {} WHERE id = {}", queue, await submitted("ann"))
        taken = await asyncio.gather(*(dispatching.take_due(queue, lease_s=LEASE) for queue in QUEUES))
        assert sum(len(batch) for batch in taken) == 1
        await sql("UPDATE jobs SET state = 'done'")


async def test_nothing_of_a_banned_account_begins_until_the_ban_is_lifted() -> None:
    await account("bob")
    await dispatching.register("w1", "host", {"cpu": 4})
    running, published = await submitted(await account("ann")), await submitted("ann")
    claim = await jobs.claim(running, "w1", lease_s=LEASE)
    assert claim
    [part] = await division.divide(claim, [RenderSpec(template={"part": 1})])
    await dispatching.take_due("cpu", lease_s=LEASE)
    queued = await submitted("ann")
    await accounts.set_banned("ann", True)
    assert await dispatching.due_queues() == []
    bobs = await submitted("bob")
    assert [row["id"] for row in await dispatching.take_due("cpu", lease_s=LEASE)] == [bobs]
    assert await jobs.claim(published, "w1", lease_s=LEASE) is None, "though the broker had it already"
    assert await jobs.claim(part, "w1", lease_s=LEASE), "or what runs would never end"
    assert await jobs.finish(claim, {})
    await accounts.set_banned("ann", False)
    assert await jobs.claim(published, "w1", lease_s=LEASE)
    assert [row["id"] for row in await dispatching.take_due("cpu", lease_s=LEASE)] == [queued]


async def test_a_message_that_nobody_took_is_sent_again() -> None:
    job_id = await submitted(await account("ann"))
    await dispatching.register("w1", "host", {"cpu": 1})
    assert len(await dispatching.take_due("cpu", lease_s=LEASE)) == 1
    assert await dispatching.take_due("cpu", lease_s=LEASE) == []
    await let_time_pass(LEASE + 1)
    assert [row["id"] for row in await dispatching.take_due("cpu", lease_s=LEASE)] == [job_id]


async def test_two_dispatchers_never_take_the_same_job() -> None:
    await account("ann")
    await dispatching.register("w1", "host", {"cpu": 10})
    for _ in range(20):
        await submitted("ann")
    batches = await asyncio.gather(*(dispatching.take_due("cpu", lease_s=LEASE) for _ in range(4)))
    taken = [row["id"] for batch in batches for row in batch]
    assert len(taken) == len(set(taken))


async def test_what_is_published_is_not_published_again_while_every_slot_is_busy() -> None:
    await account("ann")
    await dispatching.register("w1", "host", {"cpu": 1})
    first, second = await submitted("ann"), await submitted("ann")
    assert len(await dispatching.take_due("cpu", lease_s=LEASE)) == 2
    claim = await jobs.claim(first, "w1", lease_s=LEASE)
    assert claim
    await let_time_pass(LEASE + 1)
    await beat(claim)
    await dispatching.register("w1", "host", {"cpu": 1})
    assert await dispatching.take_due("cpu", lease_s=LEASE) == []
    assert await jobs.finish(claim, {})
    await let_time_pass(LEASE + 1)
    assert [row["id"] for row in await dispatching.take_due("cpu", lease_s=LEASE)] == [second]


async def test_only_classes_with_something_due_are_looked_at() -> None:
    assert await dispatching.due_queues() == []
    await submitted(await account("ann"))
    assert await dispatching.due_queues() == ["cpu"]


async def test_cancelling_a_job_while_it_is_requeued_is_never_lost() -> None:
    claim = await claimed()
    requeue = jobs.retry(claim, "encode_failed", "The encoder failed.")
    _, cancelled = await asyncio.gather(requeue, jobs.cancel(claim.id, "ann"))
    assert cancelled
    assert cancelled.cancel_requested
    await let_time_pass(100)
    assert await jobs.claim(claim.id, "w2", lease_s=LEASE) is None


async def test_a_job_of_a_version_that_nobody_understands_can_be_claimed_and_failed() -> None:
    job_id = await submitted(await account("ann"))
    await sql("UPDATE jobs SET spec = {} WHERE id = {}", '{"type": "from the future"}', job_id)
    claim = await jobs.claim(job_id, "w1", lease_s=LEASE)
    assert claim
    with pytest.raises(msgspec.ValidationError):
        _ = claim.spec
    assert await jobs.fail(claim, "internal_error", "Nobody understands it.")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("statement", LIVE_ONLY)
async def test_what_is_asked_again_and_again_never_reads_the_history(statement: str) -> None:
    plan = await sql(f"EXPLAIN QUERY PLAN {statement.replace('{}', '1')}")
    steps = [row["detail"] for row in plan if "jobs" in row["detail"] or " q" in row["detail"]]
    assert steps
    live = ("jobs_live", "jobs_parent", "SCAN due", "SCAN q")
    assert all(any(word in step for word in live) for step in steps), steps


PARTS = [SegmentSpec(render="job", first=0, end=10), SegmentSpec(render="job", first=10, end=20)]


async def part(job_id: str, worker: str = "w2") -> jobs.Claim:
    claim = await jobs.claim(job_id, worker, lease_s=LEASE)
    assert claim
    return claim


async def test_parts_are_entered_once_and_what_is_done_stays_done_for_the_next_attempt() -> None:
    claim = await claimed()
    first, second = await division.divide(claim, PARTS)
    assert await jobs.finish(await part(first), {"key": "a"})
    await jobs.release(claim)
    again = await jobs.claim(claim.id, "w1", lease_s=LEASE)
    assert again
    assert await division.divide(again, PARTS) == [first, second]
    found = await jobs.read([first, second])
    assert [found[name].state for name in (first, second)] == ["done", "queued"]
    assert await division.waiting(claim.id) == second


async def test_parts_are_dispatched_like_jobs_and_after_those_of_accounts_that_run_nothing() -> None:
    claim = await claimed("ann")
    parts = await division.divide(claim, PARTS)
    other = await submitted(await account("bob"))
    await dispatching.register("w1", "here", {"cpu": 4})
    due = await dispatching.take_due("cpu", lease_s=LEASE)
    assert [row["id"] for row in due] == [other, *parts]
    assert [row["kind"] for row in due] == ["render", "segment", "segment"]


async def test_the_parts_of_a_job_are_that_one_job_of_those_an_account_may_have_running() -> None:
    claim = await claimed("ann")
    parts = await division.divide(claim, PARTS)
    blocked = await submitted("ann", priority=1)
    await dispatching.register("w1", "here", {"cpu": 4})
    due = await dispatching.take_due("cpu", lease_s=LEASE, account_slots=1)
    assert [row["id"] for row in due] == parts
    for name in parts:
        assert await jobs.finish(await part(name), {"key": "a", "warnings": []})
    assert await dispatching.take_due("cpu", lease_s=LEASE, account_slots=1) == []
    assert await jobs.finish(claim, {})
    due = await dispatching.take_due("cpu", lease_s=LEASE, account_slots=1)
    assert [row["id"] for row in due] == [blocked]


async def test_a_job_that_was_given_back_is_still_that_one_job_while_its_parts_are_under_way() -> None:
    await account("ann", running_limit=1)
    claim = await claimed("ann")
    for name in await division.divide(claim, PARTS):
        await part(name)
    await jobs.release(claim)
    await submitted("ann", priority=1)
    await dispatching.register("w1", "here", {"cpu": 8})
    assert [row["id"] for row in await dispatching.take_due("cpu", lease_s=LEASE)] == [claim.id]


async def test_a_job_that_does_one_of_its_parts_takes_one_slot() -> None:
    claim = await claimed("ann")
    helped, other = await division.divide(claim, PARTS)
    await part(helped, "w1")
    await part(await submitted(await account("bob")))
    later = await submitted("bob")
    await sql("UPDATE jobs SET created_at = :now + 1000 WHERE id = {}", later)
    await dispatching.register("w1", "here", {"cpu": 4})
    due = await dispatching.take_due("cpu", lease_s=LEASE)
    assert [row["id"] for row in due] == [other, later], "the second slot of each, the older first"


@pytest.mark.parametrize(("job", "slots"), [("waits", 3), ("was given back", 2)])
async def test_a_job_whose_parts_are_all_done_elsewhere_shares_its_slot_with_none_of_them(job: str, slots: int) -> None:
    claim = await claimed("ann")
    for name in await division.divide(claim, PARTS):
        await part(name)
    if job == "was given back":
        await jobs.release(claim)
    await submitted("ann")
    await dispatching.register("w1", "here", {"cpu": slots})
    assert await dispatching.take_due("cpu", lease_s=LEASE)
    await let_time_pass(LEASE + 1)
    await dispatching.register("w1", "here", {"cpu": slots})
    assert await dispatching.take_due("cpu", lease_s=LEASE) == [], "every slot is busy: it still lies in the broker"


async def test_parts_of_a_cut_that_is_not_made_any_more_begin_anew_or_go() -> None:
    claim = await claimed()
    old = await division.divide(claim, [*PARTS, SegmentSpec(render="job", first=20, end=30)])
    same, drawn, running = [await part(name) for name in old]
    for done in (same, drawn):
        assert await jobs.finish(done, {"key": "old", "warnings": []})
    await jobs.release(claim)
    again = await jobs.claim(claim.id, "w1", lease_s=LEASE)
    assert again
    assert await division.divide(again, [PARTS[0], SegmentSpec(render="job", first=10, end=30)]) == old[:2]
    found = await jobs.read(old)
    assert {name: part.state for name, part in found.items()} == {old[0]: "done", old[1]: "queued"}
    assert await beat(running) == "lost"
    redrawn = await part(old[1])
    assert redrawn.attempt == 2, "nothing that the old attempt may still do can be mistaken for its"
    assert redrawn.spec == SegmentSpec(render="job", first=10, end=30)


async def test_who_does_a_part_of_an_old_cut_has_lost_it() -> None:
    claim = await claimed()
    late = await part((await division.divide(claim, PARTS))[1])
    await division.divide(claim, [PARTS[0], SegmentSpec(render="job", first=10, end=30)])
    await part(late.id)
    assert not await jobs.finish(late, {"key": "old", "warnings": []})


async def test_a_part_whose_object_is_gone_is_done_again_so_many_times_and_no_other_is() -> None:
    claim = await claimed()
    first, second = await division.divide(claim, PARTS)
    assert not await division.redo(first), "it is not done"
    for _ in range(jobs.MAX_FAULTS):
        assert await jobs.finish(await part(first), {"key": "a", "warnings": []})
        assert await division.redo(first)
    last = await part(first)
    assert last.attempt == jobs.MAX_FAULTS + 1
    assert await jobs.finish(last, {"key": "a", "warnings": []})
    assert not await division.redo(first)
    assert (await state(second)).attempt == 0


@pytest.mark.parametrize("end", ["done", "failed", "cancelled"])
async def test_parts_go_with_their_job_whoever_runs_them(end: str) -> None:
    claim = await claimed()
    running = await part((await division.divide(claim, PARTS))[0])
    if end == "done":
        await jobs.finish(claim, {})
    elif end == "failed":
        await jobs.fail(claim, "media_unreadable", "This file is not a video.")
    else:
        await jobs.end_cancelled(claim)
    assert await Job.count() == 1
    assert await beat(running) == "lost"
    assert not await jobs.finish(running, {"key": "late"})
    await let_time_pass(1)
    assert [job.id for job in await leftovers.unswept(older_than_s=0)] == [claim.id], "what its parts stored is swept"


async def test_parts_go_with_a_job_that_is_cancelled_between_two_attempts() -> None:
    claim = await claimed()
    await division.divide(claim, PARTS)
    await jobs.release(claim)
    await jobs.cancel(claim.id, "ann")
    assert await Job.count() == 1


async def test_a_claim_that_was_lost_or_is_to_end_enters_no_parts() -> None:
    lost, unwanted = await claimed(), await claimed()
    await sql("UPDATE jobs SET attempt = attempt + 1 WHERE id = {}", lost.id)
    await jobs.cancel(unwanted.id, "ann")
    for claim in (lost, unwanted):
        await division.divide(claim, PARTS)
    assert await Job.count() == 2
