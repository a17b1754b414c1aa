"""Deliveries on both engines: one sender at a time, retried on a schedule, logged by attempt, each lane on its own."""

from collections import Counter
from itertools import pairwise

import pytest

from app.db.engine import LocalEngine, ServerEngine, sql
from app.errors import Conflict, NotFound
from app.services import accounts
from app.services.webhooks import deliveries
from app.services.webhooks.deliveries import JITTER, SCHEDULE_S, Attempt, Hook
from tests.conftest import Clock
from tests.services.webhooks.told import (
    ARRIVED,
    FAILED,
    HOOK,
    ended_render,
    endpoint,
    happened,
    rows,
    sent,
    taken,
)

pytestmark = pytest.mark.usefixtures("time")

UNREACHABLE = Attempt(error="example.com takes no connection. Check the address and its port.")


async def until_due(time: Clock) -> float:
    """Move on to the moment of the next attempt; answers how many seconds that took."""
    [row] = await rows()
    wait_ms = row["next_at"] - time.ms
    time.forward(wait_ms / 1000 - 0.001)
    assert await deliveries.heads() == [], "not a millisecond early"
    time.forward(0.001)
    return wait_ms / 1000


async def test_a_failing_receiver_is_tried_on_the_whole_schedule_and_then_given_up(time: Clock) -> None:
    subscriber = await endpoint()
    await happened()
    for planned in SCHEDULE_S:
        await sent(FAILED)
        assert planned <= await until_due(time) <= planned * (1 + JITTER) + 0.001
    await sent(FAILED)
    time.forward(30 * 86_400)
    assert await deliveries.heads() == []
    [delivery] = await deliveries.page(subscriber, number=1, size=10)
    assert (delivery.state, delivery.response_code, delivery.next_at) == ("failed", 500, None)
    assert [attempt.status for attempt in delivery.attempts] == [500] * 8
    assert all(before.at < after.at for before, after in pairwise(delivery.attempts))


async def test_receivers_that_failed_together_do_not_come_again_together(time: Clock) -> None:
    await endpoint()
    for _ in range(20):
        await happened()
    for delivery in await taken():
        await deliveries.record(delivery, FAILED)
    assert len({row["next_at"] for row in await rows()}) > 10


@pytest.mark.parametrize(
    ("asked", "least"), [(120, 120), (1, 5), (10**9, 86_400), (None, 5)], ids=["later", "sooner", "never", "nothing"]
)
async def test_a_receiver_that_asks_for_patience_gets_it_within_bounds(
    time: Clock, asked: float | None, least: float
) -> None:
    await happened(hook=HOOK)
    await sent(Attempt(status=429, error="The receiver answered 429.", retry_after_s=asked))
    assert least <= await until_due(time) <= least * (1 + JITTER) + 0.001


@pytest.mark.parametrize(("status", "good"), [(200, True), (204, True), (299, True), (199, False), (302, False)])
async def test_nothing_but_2xx_is_a_success(status: int, good: bool) -> None:
    await happened(hook=HOOK)
    await sent(Attempt(status=status))
    assert [row["state"] for row in await rows()] == ["delivered" if good else "pending"]


async def test_an_order_s_receiver_that_is_gone_is_not_asked_again() -> None:
    await happened(hook=HOOK)
    await sent(Attempt(status=410, error="The receiver answered 410."))
    assert [(row["state"], row["response_code"]) for row in await rows()] == [("failed", 410)]


async def test_a_delivery_is_sent_by_one_worker_at_a_time(time: Clock) -> None:
    await happened(hook=HOOK)
    [head] = await deliveries.heads()
    assert await deliveries.take(head.id, lease_s=60)
    assert await deliveries.take(head.id, lease_s=60) is None
    assert await deliveries.heads() == []
    time.forward(60)
    assert await deliveries.take(head.id, lease_s=60)


async def test_what_was_taken_and_not_sent_is_no_attempt(time: Clock) -> None:
    await happened(hook=HOOK)
    for _ in range(20):
        await taken()
        time.forward(60)
    await sent(FAILED)
    [row] = await rows()
    assert (row["tries"], row["state"], len(await rows("webhook_attempts"))) == (1, "pending", 1)
    assert (row["next_at"] - time.ms) / 1000 <= SCHEDULE_S[0] * (1 + JITTER)


async def test_a_failure_that_is_told_after_the_lease_changes_nothing(time: Clock) -> None:
    await happened(hook=HOOK)
    [late] = await taken()
    time.forward(60)
    [winner] = await taken()
    await deliveries.record(late, FAILED)
    assert await rows("webhook_attempts") == []
    await deliveries.record(winner, ARRIVED)
    assert [(row["state"], row["response_code"]) for row in await rows()] == [("delivered", 204)]


async def test_a_success_counts_whenever_it_is_told_and_once(time: Clock) -> None:
    await happened(hook=HOOK)
    [late] = await taken()
    time.forward(60)
    [winner] = await taken()
    await deliveries.record(late, ARRIVED)
    await deliveries.record(winner, FAILED)
    await deliveries.record(winner, ARRIVED)
    assert [row["state"] for row in await rows()] == ["delivered"]
    assert len(await rows("webhook_attempts")) == 1


async def test_the_receivers_last_word_is_shown_with_the_render(time: Clock) -> None:
    await ended_render()
    for attempt in (FAILED, UNREACHABLE, ARRIVED):
        await sent(attempt)
        assert [row["webhook_response_code"] for row in await rows("renders")] == [attempt.status]
        time.forward(3600)


async def test_an_endpoint_s_answer_is_not_the_render_s() -> None:
    await endpoint("render.completed")
    await ended_render(webhook_url=None)
    await sent(ARRIVED)
    assert [row["webhook_response_code"] for row in await rows("renders")] == [None]


async def test_a_delivery_is_replayed_under_its_own_id_with_the_schedule_before_it(time: Clock) -> None:
    subscriber = await endpoint()
    await happened()
    first = await sent(ARRIVED)
    told = await deliveries.replay(first.id, subscriber)
    assert (told.state, told.next_at) == ("pending", time.ms)
    again = await sent(FAILED)
    assert (again.id, again.payload, again.tries) == (first.id, first.payload, 0)
    [delivery] = await deliveries.page(subscriber, number=1, size=10)
    assert [attempt.status for attempt in delivery.attempts] in ([204, 500], [500, 204])
    assert (delivery.state, delivery.response_code) == ("pending", 500)


async def test_however_often_a_delivery_is_replayed_its_last_fifty_attempts_are_kept_and_shown(time: Clock) -> None:
    subscriber = await endpoint()
    await happened()
    delivery = (await sent(FAILED)).id
    for number in range(60):  # more than are kept, as before that was so
        await sql(
            "INSERT INTO webhook_attempts (id, delivery, at, duration_ms, status, response) "
            "VALUES ({}, {}, {}, 1, 500, '')",
            *(f"att_{number:02}", delivery, number),
        )
    assert len((await deliveries.find(delivery, subscriber)).attempts) == 50 == deliveries.ATTEMPTS_KEPT
    time.forward(1)
    await deliveries.replay(delivery, subscriber)
    await sent(ARRIVED)
    assert [row["at"] for row in await rows("webhook_attempts") if row["at"] < 1000] == list(range(12, 60))
    found = await deliveries.find(delivery, subscriber)
    assert [attempt.status for attempt in found.attempts] == [500] * 49 + [204]


async def test_a_delivery_that_waits_for_hours_is_replayed_at_once_but_not_while_it_is_sent() -> None:
    subscriber = await endpoint()
    await happened()
    waiting = await sent(FAILED)
    await deliveries.replay(waiting.id, subscriber)
    await taken()
    with pytest.raises(Conflict, match="right now"):
        await deliveries.replay(waiting.id, subscriber)


async def test_another_endpoints_delivery_is_not_there() -> None:
    subscriber, other = await endpoint(), await endpoint("clip.failed")
    await happened()
    delivery = (await rows())[0]["id"]
    for act in (deliveries.find, deliveries.replay):
        with pytest.raises(NotFound):
            await act(delivery, other)
    assert (await deliveries.find(delivery, subscriber)).attempts == []


async def test_deliveries_are_listed_page_by_page_the_newest_first(time: Clock) -> None:
    subscriber = await endpoint()
    for _ in range(5):
        await happened()
        time.forward(1)
    pages = [await deliveries.page(subscriber, number=number, size=2) for number in (1, 2, 3, 4)]
    times = [delivery.created_at for page in pages for delivery in page]
    assert [len(page) for page in pages] == [2, 2, 1, 0]
    assert times == sorted(times, reverse=True)


async def test_each_receiver_waits_in_a_lane_of_its_own_and_its_oldest_comes_first(time: Clock) -> None:
    busy, quiet = await endpoint("upload.ready"), await endpoint("clip.failed")
    for _ in range(30):
        await happened("upload.ready")
        time.forward(1)
    await happened("clip.failed")
    heads = await deliveries.heads()
    assert sorted(head.lane for head in heads) == sorted([f"ann {busy}", f"ann {quiet}"])
    [of_busy] = [head.id for head in heads if head.lane == f"ann {busy}"]
    [oldest] = await sql("SELECT id FROM webhook_deliveries WHERE lane = {} ORDER BY next_at LIMIT 1", f"ann {busy}")
    assert of_busy == oldest["id"]


async def test_the_hosts_that_orders_name_share_sixteen_lanes_of_their_account() -> None:
    hosts = [f"h{number}.example" for number in range(100)]
    for host, path, account in [*((h, p, "ann") for h in hosts for p in "xy"), (hosts[0], "x", "bob")]:
        await happened(account=account, hook=Hook(url=f"https://{host}/{path}", dialect="clipcat"))
    heads = await deliveries.heads()
    assert Counter(head.account for head in heads) == {"ann": deliveries.ORDER_LANES, "bob": 1}
    lanes = await sql("SELECT url, lane FROM webhook_deliveries WHERE account = 'ann'")
    assert len({(row["url"][:-1], row["lane"]) for row in lanes}) == len(hosts), "each host has one"
    assert max(Counter(row["lane"] for row in lanes).values()) < 2 * len(lanes) / 8, "and they are spread"


async def test_what_a_banned_accounts_receivers_get_waits_until_the_ban_is_lifted() -> None:
    await endpoint()
    for owner in ("ann", "bob"):
        await happened(account=owner, hook=HOOK)
    await accounts.set_banned("ann", True)
    await happened()
    assert [delivery.account for delivery in await taken()] == ["bob"]
    await accounts.set_banned("ann", False)
    assert [delivery.account for delivery in await taken()] == ["ann"] * 3


async def test_a_look_reads_no_more_of_a_lane_than_its_oldest(database: LocalEngine | ServerEngine) -> None:
    """However much waits, due or not: every step goes to a place in the index."""
    del database.now  # with the true clock, not the test's
    explain = "EXPLAIN " if isinstance(database, ServerEngine) else "EXPLAIN QUERY PLAN "
    plan = str(await sql(explain + deliveries._HEADS))
    assert "webhook_deliveries_waiting" in plan
    assert "Seq Scan on webhook_deliveries" not in plan
    assert "SCAN webhook_deliveries" not in plan
    assert "next_at<?" in plan or "(next_at <= $" in plan
