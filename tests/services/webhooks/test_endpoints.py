"""Endpoints on both engines: how many there may be, when one is given up, and what it is signed with."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from app.db.engine import sql
from app.egress import Egress
from app.errors import AddressRefused, Conflict, InvalidInput, NotFound
from app.services.webhooks import deliveries, endpoints, messages, secrets
from app.services.webhooks.deliveries import Attempt
from tests.conftest import Clock
from tests.services.webhooks.told import ARRIVED, FAILED, OWNER, SEAL, endpoint, happened, rows, sent, taken

HOUR = 3600

pytestmark = pytest.mark.usefixtures("time")


async def state(subscriber: str) -> tuple[bool, str | None]:
    found = await endpoints.find(subscriber, OWNER)
    return found.enabled, found.disabled_reason


async def test_of_fifteen_made_at_once_exactly_ten_are_there() -> None:
    made = await asyncio.gather(*(endpoint() for _ in range(15)), return_exceptions=True)
    refused = [outcome for outcome in made if isinstance(outcome, BaseException)]
    assert [type(error) for error in refused] == [Conflict] * 5
    assert len(await endpoints.of(OWNER)) == endpoints.MOST == 10
    assert await endpoint(account="bob"), "each account has its own"


async def test_there_is_room_again_when_one_is_deleted() -> None:
    *_, last = [await endpoint() for _ in range(10)]
    await happened()
    await endpoints.delete(last, OWNER)
    assert await endpoint()
    assert {row["endpoint"] for row in await rows()}.isdisjoint({last})
    assert await sql("SELECT id FROM signing_secrets WHERE owner = {}", last) == []


@pytest.mark.parametrize("act", [endpoints.find, endpoints.delete, endpoints.enabled])
async def test_somebody_elses_endpoint_is_not_there(act: Any) -> None:
    theirs = await endpoint(account="bob")
    with pytest.raises(NotFound):
        await act(theirs, OWNER)
    with pytest.raises(NotFound):
        await endpoints.change(theirs, OWNER, endpoints.Change(enabled=False))
    assert (await endpoints.find(theirs, "bob")).enabled


async def test_what_is_not_changed_stays() -> None:
    subscriber = await endpoint("upload.ready")
    changed = await endpoints.change(subscriber, OWNER, endpoints.Change(description="for the mail room"))
    assert (changed.description, changed.events, changed.url, changed.enabled) == (
        *("for the mail room", ["upload.ready"], "https://example.com/in", True),
    )


async def test_a_change_that_changes_nothing_leaves_no_trace(time: Clock) -> None:
    subscriber = await endpoint("upload.ready", "clip.failed")
    before, logged = await endpoints.find(subscriber, OWNER), await rows("audit_log")
    time.forward(1)
    for same in ({}, {"enabled": True, "events": ["upload.ready", "clip.failed", "upload.ready"]}):
        assert await endpoints.change(subscriber, OWNER, endpoints.Change(**same)) == before
    assert await rows("audit_log") == logged
    assert (await endpoints.change(subscriber, OWNER, endpoints.Change(description="x"))).updated_at == time.ms


async def test_an_address_that_may_not_be_called_is_refused_with_its_field() -> None:
    with pytest.raises(AddressRefused) as refused:
        endpoints.check(endpoints.Change(url="http://127.0.0.1/"), Egress())
    assert [problem.path for problem in refused.value.fields] == ["url"]
    with pytest.raises(InvalidInput, match="null character"):
        endpoints.check(endpoints.Change(description="a\0b"), Egress())


async def test_an_endpoint_is_disabled_by_a_whole_schedule_in_vain_when_nothing_has_arrived_for_120_hours(
    time: Clock,
) -> None:
    """Not by the first failure after a quiet time, however long ago the one before was."""
    subscriber = await endpoint()
    for quiet in (120, 0):
        await happened()
        for attempt in range(len(deliveries.SCHEDULE_S) + 1):
            assert await state(subscriber) == (True, None), (quiet, attempt)
            await sent(FAILED)
            time.forward(12 * HOUR)
        time.forward(quiet * HOUR)
    assert await state(subscriber) == (False, "Nothing has arrived there for 120 hours.")
    await happened()
    assert await taken() == [], "a disabled endpoint gets nothing"


async def test_one_success_forgives_all_failures_before(time: Clock) -> None:
    subscriber = await endpoint()
    for hour in range(0, 400, 24):
        await happened()
        for delivery in await taken():
            await deliveries.record(delivery, ARRIVED if hour == 96 else FAILED)
        assert (await state(subscriber))[0] == (hour < 96 + 24 + 7 * 24), hour
        time.forward(24 * HOUR)


async def test_an_endpoint_that_is_gone_is_disabled_at_once() -> None:
    subscriber = await endpoint()
    await happened()
    await sent(Attempt(status=410, error="The receiver answered 410."))
    assert await state(subscriber) == (False, "The receiver answered 410: it is gone.")
    changed = await endpoints.change(subscriber, OWNER, endpoints.Change(description="still dead"))
    assert changed.disabled_reason, "the reason stays as long as it is disabled"
    changed = await endpoints.change(subscriber, OWNER, endpoints.Change(enabled=True))
    assert (changed.enabled, changed.disabled_reason, changed.failing_since) == (True, None, None)


async def test_another_address_begins_without_the_failures_of_the_one_before() -> None:
    subscriber = await endpoint()
    await happened()
    await sent(FAILED)
    same = await endpoints.change(subscriber, OWNER, endpoints.Change(url="https://example.com/in"))
    assert same.failing_since is not None
    changed = await endpoints.change(subscriber, OWNER, endpoints.Change(url="https://example.com/elsewhere"))
    assert (changed.enabled, changed.failing_since) == (True, None)


async def test_what_waits_for_a_disabled_endpoint_is_given_up_and_can_be_replayed() -> None:
    subscriber = await endpoint()
    delivery = await happened() and (await rows())[0]["id"]
    await endpoints.change(subscriber, OWNER, endpoints.Change(enabled=False))
    [found] = await taken()
    assert found.url is None
    await deliveries.give_up(subscriber)
    assert [(row["state"], row["tries"]) for row in await rows()] == [("failed", 0)]
    assert await rows("webhook_attempts") == []
    await endpoints.change(subscriber, OWNER, endpoints.Change(enabled=True))
    await deliveries.replay(delivery, subscriber)
    assert [found.url for found in await taken()] == ["https://example.com/in"]


async def test_a_secret_is_stored_encrypted_and_is_the_same_each_time() -> None:
    first, again = [await secrets.signing(OWNER, OWNER, SEAL) for _ in range(2)]
    assert first == again
    [row] = await rows("signing_secrets")
    assert first[0].removeprefix("whsec_") not in row["secret"]


async def test_a_secret_that_many_ask_for_at_once_is_made_once() -> None:
    asked = await asyncio.gather(*(secrets.signing(OWNER, OWNER, SEAL) for _ in range(8)))
    assert len({tuple(found) for found in asked}) == 1


def verified(secret: str, signed: dict[str, str], body: str) -> bool:
    try:
        Webhook(secret).verify(body, signed)
    except WebhookVerificationError:
        return False
    return True


async def test_for_a_day_after_a_rotation_both_secrets_verify_and_then_only_the_new_one(time: Clock) -> None:
    old = await secrets.make("whk_1", OWNER, SEAL)
    rotated = await secrets.rotate("whk_1", OWNER, SEAL)
    assert rotated.previous_until == time.ms + 24 * HOUR * 1000
    for seconds, both in [(0, True), (24 * HOUR - 1, True), (1, False)]:
        time.forward(seconds)
        keys = await secrets.signing("whk_1", OWNER, SEAL)
        message = messages.Message(id="msg_1", event="upload.ready", dialect="fastclip", body='{"a":1}')
        signed = messages.headers(message, keys, now=int(datetime.now(UTC).timestamp()))
        assert verified(rotated.secret, signed, message.body)
        assert verified(old, signed, message.body) == both
    await secrets.forget_old()
    assert len(await rows("signing_secrets")) == 1


async def test_however_often_it_is_rotated_the_signatures_stay_few() -> None:
    made = [(await secrets.rotate("whk_1", OWNER, SEAL)).secret for _ in range(9)]
    keys = await secrets.signing("whk_1", OWNER, SEAL)
    assert keys[0] == made[-1]
    assert len(keys) == 1 + secrets.MOST_OLD


async def test_rotations_at_once_leave_one_secret_that_counts() -> None:
    await secrets.make("whk_1", OWNER, SEAL)
    asked = (secrets.rotate("whk_1", OWNER, SEAL) for _ in range(6))
    made = [one for one in await asyncio.gather(*asked, return_exceptions=True) if isinstance(one, secrets.Rotated)]
    assert made
    assert (await secrets.signing("whk_1", OWNER, SEAL))[0] in {one.secret for one in made}
    assert len(await sql("SELECT id FROM signing_secrets WHERE valid_until IS NULL")) == 1


async def test_an_endpoint_that_is_deleted_while_an_event_is_recorded_keeps_nothing_from_happening() -> None:
    """The event found it, and comes to the end of its transaction when the endpoint is gone."""
    subscriber = await endpoint()
    event = await happened()
    await endpoints.delete(subscriber, OWNER)
    await deliveries.to_endpoint(event, OWNER, subscriber)
    [orphan] = await taken()
    assert orphan.url is None
    await deliveries.give_up(subscriber)
    assert [row["state"] for row in await rows()] == ["failed"]
