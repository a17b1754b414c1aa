"""Events: written when they become true, told to whom it concerns, forgotten after 90 days."""

import json

import pytest

from app.db.engine import tx
from app.services import events
from app.services.webhooks import deliveries, endpoints, secrets
from tests.conftest import Clock
from tests.services.webhooks.told import ARRIVED, HOOK, OWNER, ended_render, endpoint, happened, rows, sent, taken

pytestmark = pytest.mark.usefixtures("time")


@pytest.mark.parametrize(
    ("state", "name"), [("done", "render.completed"), ("failed", "render.failed"), ("cancelled", "render.cancelled")]
)
async def test_the_end_of_a_render_is_an_event_and_told_once(state: str, name: str) -> None:
    await ended_render(state)
    assert [(event["name"], event["subject"]) for event in await rows("events")] == [(name, "r1")]
    assert [(told.name, told.subject, told.url, told.dialect) for told in await taken()] == [
        (name, "r1", "https://example.com/hook", "clipcat")
    ]
    assert len(await rows()) == 1


async def test_a_render_that_nobody_asked_about_is_an_event_without_a_delivery() -> None:
    await ended_render(webhook_url=None)
    assert len(await rows("events")) == 1
    assert await rows() == []


async def test_what_is_rolled_back_has_not_happened() -> None:
    await endpoint()

    async def happened_and_failed() -> None:
        async with tx():
            await happened(hook=HOOK)
            raise LookupError

    with pytest.raises(LookupError):
        await happened_and_failed()
    assert await rows("events") == await rows() == []


async def test_an_event_is_told_to_those_who_subscribed_to_it() -> None:
    both = [await endpoint("upload.ready", "clip.complete"), await endpoint("upload.ready")]
    await endpoint("upload.failed")
    await endpoint("upload.ready", account="bob")
    event = await happened()
    told = await taken()
    assert sorted(delivery.endpoint or "" for delivery in told) == sorted(both)
    assert {(delivery.event, delivery.account, delivery.dialect) for delivery in told} == {(event, OWNER, "fastclip")}
    assert {delivery.payload for delivery in told} == {'{"file_id":"upl_1"}'}


async def test_an_order_that_named_an_address_is_told_beside_the_endpoints() -> None:
    subscriber = await endpoint("render.completed")
    await ended_render()
    assert {delivery.endpoint for delivery in await taken()} == {None, subscriber}


async def test_a_disabled_endpoint_is_told_nothing() -> None:
    subscriber = await endpoint()
    await endpoints.change(subscriber, OWNER, endpoints.Change(enabled=False))
    await happened()
    assert await rows() == []


async def test_a_test_goes_to_its_endpoint_alone() -> None:
    tested = await endpoint("clip.failed")
    await endpoint("clip.failed")
    await events.record_test(OWNER, tested)
    [told] = await taken()
    assert (told.endpoint, told.name) == (tested, events.TEST)
    assert json.loads(told.payload or "")["webhook_id"] == tested


async def test_what_is_told_of_a_subject_is_kept_as_it_was_first_told() -> None:
    await ended_render()
    [told] = await taken()
    assert told.payload is None
    assert await events.keep_payload(told.event, "first") == "first"
    assert await events.keep_payload(told.event, "second") == "first"


async def test_events_are_forgotten_after_ninety_days_with_all_that_was_sent(time: Clock) -> None:
    subscriber = await endpoint()
    await happened()
    await sent(ARRIVED)
    time.forward(60 * 86_400)
    await happened()
    await sent(ARRIVED)
    time.forward(31 * 86_400)
    assert await events.forget_old() == 1
    assert [len(await rows(table)) for table in ("events", "webhook_deliveries", "webhook_attempts")] == [1, 1, 1]
    assert len(await deliveries.page(subscriber, number=1, size=10)) == 1


async def test_more_old_events_than_are_forgotten_at_once_go_all_the_same(
    time: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "FORGOTTEN_AT_ONCE", 2)
    for _ in range(4):
        await happened()
    time.forward(91 * 86_400)
    assert await events.forget_old() == 4


async def test_an_account_can_be_forgotten_with_all_it_was_told() -> None:
    for account in (OWNER, "bob"):
        await endpoint(account=account)
        await happened(account=account, hook=HOOK)
    for delivery in await taken():
        await deliveries.record(delivery, ARRIVED)
    for forget in (events.forget, endpoints.forget, secrets.forget):
        await forget(OWNER)
    for table in ("events", "webhook_endpoints", "signing_secrets", "webhook_deliveries"):
        assert {row["account"] for row in await rows(table)} == {"bob"}, table
    assert len(await rows("webhook_attempts")) == 2


async def test_every_dialect_has_its_names() -> None:
    assert len(events.NAMES["fastclip"]) == 12
    assert events.NAMES["clipcat"] == ("render.completed", "render.failed", "render.cancelled")
    assert set(events.NAMES) == {"fastclip", "clipcat", "videodev", "tornado", "clipyard"}
