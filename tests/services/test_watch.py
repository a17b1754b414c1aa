"""Following jobs: facts first, then every change, one query for all."""

import asyncio
from contextlib import aclosing

import pytest

from app.db.engine import sql, tx
from app.services import accounts, jobs
from app.services.watch import Facts, Watcher
from app.specs import RenderSpec

pytestmark = pytest.mark.usefixtures("database")
POLL_S = 0.01


async def submitted() -> str:
    account = await accounts.create_account("ann")
    async with tx():
        return await jobs.submit(RenderSpec(template={}), account=account)


async def claimed(job_id: str) -> jobs.Claim:
    claim = await jobs.claim(job_id, "w1", lease_s=30)
    assert claim
    return claim


async def test_a_watch_tells_the_present_then_each_change_and_ends_with_the_job() -> None:
    watcher, job_id = Watcher(POLL_S), await submitted()
    seen: list[tuple[str, int]] = []
    async for facts in watcher.watch(job_id):
        seen.append((facts.job.state, facts.job.progress))
        if facts.job.state == "queued":
            claim = await claimed(job_id)
        elif facts.job.progress == 0:
            await jobs.heartbeat(claim, lease_s=30, stage="working", percent=40)
        elif facts.job.progress == 40:
            await jobs.finish(claim, {"key": "x"})
    assert seen == [("queued", 0), ("running", 0), ("running", 40), ("done", 100)]
    await watcher.aclose()


async def test_a_job_that_is_over_is_told_once_and_at_once() -> None:
    watcher, job_id = Watcher(60), await submitted()
    await jobs.fail(await claimed(job_id), "bad", "It is broken.")
    states = [facts.job.state async for facts in watcher.watch(job_id)]
    assert states == ["failed"]
    await watcher.aclose()


async def test_a_slow_reader_gets_the_newest_facts_only() -> None:
    watcher, job_id = Watcher(POLL_S), await submitted()
    claim = await claimed(job_id)
    async with aclosing(watcher.watch(job_id)) as slow:
        await anext(slow)
        async with aclosing(watcher.watch(job_id)) as quick:
            await anext(quick)
            for percent in (10, 20, 30):
                await jobs.heartbeat(claim, lease_s=30, stage="working", percent=percent)
                assert (await anext(quick)).job.progress == percent
        assert (await anext(slow)).job.progress == 30
    await watcher.aclose()


async def test_who_waits_is_told_the_place_in_the_fair_order() -> None:
    """Bob comes last, but before those that Ann has beyond her first."""
    ann, bob = await accounts.create_account("ann"), await accounts.create_account("bob")
    async with tx():
        anns = [await jobs.submit(RenderSpec(template={}), account=ann) for _ in range(3)]
        bobs = await jobs.submit(RenderSpec(template={}), account=bob)
    for number, job_id in enumerate((*anns, bobs)):
        await sql("UPDATE jobs SET created_at = created_at + {} WHERE id = {}", number, job_id)
    watcher = Watcher(POLL_S)

    async def places() -> list[tuple[int, int] | None]:
        told = []
        for job_id in (*anns, bobs):
            async with aclosing(watcher.watch(job_id)) as facts:
                place = (await anext(facts)).place
                told.append((place.position, place.total) if place else None)
        return told

    assert await places() == [(1, 4), (3, 4), (4, 4), (2, 4)]
    claim = await claimed(anns[0])
    watcher._placed_at = 0
    assert await places() == [None, (2, 3), (3, 3), (1, 3)], "Ann has had a turn"
    await jobs.end_cancelled(claim)
    await watcher.aclose()


async def test_an_unknown_job_has_nothing_to_tell() -> None:
    watcher = Watcher(POLL_S)
    assert [facts async for facts in watcher.watch("job_unknown")] == []
    await watcher.aclose()


async def test_many_readers_cost_one_query_a_look(monkeypatch: pytest.MonkeyPatch) -> None:
    watcher, job_id = Watcher(60), await submitted()
    asked: list[int] = []
    read = jobs.read

    async def counted(job_ids: list[str]) -> dict[str, jobs.Snapshot]:
        asked.append(len(job_ids))
        return await read(job_ids)

    monkeypatch.setattr(jobs, "read", counted)
    await jobs.fail(await claimed(job_id), "bad", "It is broken.")

    async def follow() -> list[Facts]:
        return [facts async for facts in watcher.watch(job_id)]

    told = await asyncio.gather(*(follow() for _ in range(50)))
    assert [len(facts) for facts in told] == [1] * 50
    assert len(asked) <= 2
    await watcher.aclose()


async def test_nothing_is_asked_when_nobody_watches() -> None:
    watcher, job_id = Watcher(POLL_S), await submitted()
    async with aclosing(watcher.watch(job_id)) as facts:
        await anext(facts)
        polling = watcher._polling
    assert polling
    await asyncio.wait_for(asyncio.shield(polling), 5)
    await watcher.aclose()


async def test_closing_ends_every_watch() -> None:
    watcher, job_id = Watcher(POLL_S), await submitted()
    first = asyncio.Event()

    async def follow() -> int:
        count = 0
        async for _ in watcher.watch(job_id):
            count += 1
            first.set()
        return count

    following = asyncio.create_task(follow())
    await first.wait()
    await watcher.aclose()
    assert await asyncio.wait_for(following, 5) == 1
    assert [facts async for facts in watcher.watch(job_id)] == [], "and none begins any more"
