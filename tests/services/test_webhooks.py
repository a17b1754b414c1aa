"""Webhook deliveries on both engines: one for each end that somebody waits for, retried on a schedule, logged."""

from typing import Any

import pytest

from app.db.engine import sql, tx
from app.db.tables import Account
from app.services import jobs, webhooks
from app.specs import RenderSpec

pytestmark = pytest.mark.usefixtures("database")


async def ended_render(webhook_url: str | None = "https://example.com/hook") -> None:
    await Account.insert(Account(id="ann", name="ann", created_at=0))
    async with tx():
        job_id = await jobs.submit(RenderSpec(template={}), account="ann")
        await sql(
            "INSERT INTO renders "
            "(uid, account, job, template, modifications, webhook_url, credits, warnings, created_at) "
            "VALUES ('r1', 'ann', {}, 't', '[]', {}, 1, '[]', :now)",
            job_id,
            webhook_url,
        )
    claim = await jobs.claim(job_id, "w1", lease_s=30)
    assert claim
    assert await jobs.finish(claim, {})
    assert await jobs.finish(claim, {}), "an answer that is asked for twice"


async def due() -> list[dict[str, Any]]:
    await sql("UPDATE webhook_deliveries SET next_at = next_at - 100000000")
    return await webhooks.take_due(10, lease_s=60)


async def row() -> dict[str, Any]:
    return (await sql("SELECT *, next_at - :now AS wait FROM webhook_deliveries"))[0]


async def test_the_end_of_a_render_is_announced_once() -> None:
    await ended_render()
    assert [(d["event"], d["subject"], d["attempts"]) for d in await due()] == [("render.done", "r1", 1)]
    assert len(await sql("SELECT id FROM webhook_deliveries")) == 1


async def test_a_render_without_a_webhook_announces_nothing() -> None:
    await ended_render(webhook_url=None)
    assert await due() == []


async def test_a_delivery_is_sent_by_one_worker_at_a_time() -> None:
    await ended_render()
    assert len(await due()) == 1
    assert await webhooks.take_due(10, lease_s=60) == []


async def test_a_failing_receiver_is_tried_on_the_schedule_and_then_given_up() -> None:
    await ended_render()
    waits = []
    for _ in webhooks.SCHEDULE_S:
        (delivery,) = await due()
        await webhooks.not_delivered(delivery, 500, "no", "The receiver answered 500.")
        waits.append(round((await row())["wait"] / 1000))
    assert waits == list(webhooks.SCHEDULE_S)
    (delivery,) = await due()
    await webhooks.not_delivered(delivery, 500, "no", "The receiver answered 500.")
    assert (await row())["state"] == "failed"
    assert await due() == []


async def test_a_receiver_that_asks_for_patience_gets_it() -> None:
    await ended_render()
    (delivery,) = await due()
    await webhooks.not_delivered(delivery, 429, "", "The receiver answered 429.", retry_after_s=120)
    assert round((await row())["wait"] / 1000) == 120


async def test_a_receiver_that_is_gone_is_not_asked_again() -> None:
    await ended_render()
    (delivery,) = await due()
    await webhooks.not_delivered(delivery, 410, "", "The receiver answered 410.", gone=True)
    assert (await row())["state"] == "failed"


async def test_the_receivers_answer_is_kept_with_the_render() -> None:
    await ended_render()
    (delivery,) = await due()
    await webhooks.keep_body(delivery["id"], "first")
    await webhooks.keep_body(delivery["id"], "second")
    await webhooks.delivered(delivery, 204, "")
    kept = await row()
    assert (kept["state"], kept["response_code"], kept["body"]) == ("delivered", 204, "first")
    assert (await sql("SELECT webhook_response_code AS code FROM renders"))[0]["code"] == 204
