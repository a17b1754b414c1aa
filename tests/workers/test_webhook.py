"""Messages told to real receivers: bytes, signatures, receivers that do not do their part, and their neighbours."""

import asyncio
import contextlib
import hashlib
import hmac
import json
import time
from typing import Any

import msgspec
import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from yarl import URL

from app.db.engine import sql
from app.egress import Egress
from app.services import events, renders
from app.services.webhooks import deliveries, endpoints
from app.storage import verify_file_url
from tests.api.conftest import eventually
from tests.workers.conftest import OWNER
from tests.workers.receivers import (
    OK,
    breaking_off,
    hanging,
    hanging_up,
    listening,
    saying,
    trickling,
)
from tests.workers.telling import (
    all_delivered,
    attempts,
    clipcat,
    delivered_ids,
    ended_render,
    happened,
    sent_now,
    signing_secret,
    subscribed,
    working,
)
from workers import webhook
from workers.run import Context


async def test_the_receiver_of_a_render_can_verify_what_it_gets(context: Context) -> None:
    async with listening() as receiver:
        uid = await ended_render(context, receiver.url)
        [row] = await sent_now(context)
    (headers, body), key = receiver.got[0], await signing_secret(context)
    told = Webhook(key).verify(body, headers)
    view = await renders.view(uid, links=context.links)
    assert (told["uid"], told["status"], told["metadata"]) == (uid, "completed", "grüße")
    assert told["url"] == view.url, "the webhook and a look at the render agree"
    assert (row["state"], row["response_code"], view.webhook_response_code) == ("delivered", 200, 200)
    assert headers["webhook-id"] == row["id"]
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    with pytest.raises(WebhookVerificationError):
        Webhook(key).verify(body + b" ", headers)
    assert body == json.dumps(msgspec.json.decode(body), sort_keys=True, separators=(",", ":")).encode()


async def test_a_subscriber_gets_the_render_in_an_envelope_with_both_kinds_of_signature(context: Context) -> None:
    async with listening() as receiver, listening() as ordered:
        _, secret = await subscribed(context, receiver.url, "render.completed")
        await ended_render(context, ordered.url)
        await sent_now(context)
    headers, body = receiver.got[0]
    told = Webhook(secret).verify(body, headers)
    assert told == {"event": "render.completed", "data": json.loads(ordered.got[0][1])}
    assert headers["x-fastclip-event"] == "render.completed"
    assert headers["x-fastclip-delivery-id"] == headers["webhook-id"]
    assert headers["x-fastclip-signature"] == f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"
    assert "x-fastclip-signature" not in ordered.got[0][0]


async def test_the_link_in_a_message_is_good_for_as_long_as_the_file(context: Context) -> None:
    async with listening() as receiver:
        await ended_render(context, receiver.url)
        await sent_now(context)
    link = URL(msgspec.json.decode(receiver.got[0][1])["url"])
    key, a_year_later = link.path.removeprefix("/files/"), time.time() + 365 * 86_400
    signature = link.query["signature"]
    assert verify_file_url(key, expires="", signature=signature, secret=context.secret, now=a_year_later)
    assert not verify_file_url(key + "x", expires="", signature=signature, secret=context.secret, now=0)


async def test_a_receiver_that_fails_a_few_times_gets_the_same_id_and_bytes_each_time(context: Context) -> None:
    async with listening(saying(500, b"no"), saying(503), hanging_up, saying(204)) as receiver:
        await ended_render(context, receiver.url)
        states = [(await sent_now(context))[0]["state"] for _ in range(4)]
    assert states == ["pending", "pending", "pending", "delivered"]
    assert len({(headers["webhook-id"], body) for headers, body in receiver.got}) == 1
    for headers, body in receiver.got:
        Webhook(await signing_secret(context)).verify(body, headers)
    assert [(logged["status"], logged["response"]) for logged in await attempts()] == [
        *((500, "no"), (503, ""), (None, ""), (204, ""))
    ]


async def test_what_a_version_of_before_has_stored_is_sent_byte_for_byte(context: Context) -> None:
    stored = '{"uid": "r1", "name": "grüße", "at": 1.0}'
    async with listening(saying(500), OK) as receiver:
        event = await events.record(OWNER, "render.failed", "r1", {}, hook=clipcat(receiver.url))
        await sql("UPDATE events SET payload = {} WHERE id = {}", stored, event)
        for _ in range(2):
            await sent_now(context)
    assert [body.decode() for _, body in receiver.got] == [stored] * 2


async def test_a_replay_sends_the_same_message_again(context: Context) -> None:
    async with listening() as receiver:
        endpoint, secret = await subscribed(context, receiver.url)
        await happened()
        [row] = await sent_now(context)
        await deliveries.replay(row["id"], endpoint)
        [row] = await sent_now(context)
    (first, body), (second, again) = receiver.got
    assert (first["webhook-id"], body) == (second["webhook-id"], again)
    assert row["state"] == "delivered"
    Webhook(secret).verify(again, second)


@pytest.mark.parametrize("answer", [hanging, trickling])
async def test_a_receiver_that_does_not_come_to_the_point_is_left_and_asked_later(
    context: Context, monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    monkeypatch.setattr(webhook, "TIMEOUT_S", 0.3)
    async with listening(answer) as receiver:
        uid = await ended_render(context, receiver.url)
        [row] = await sent_now(context)
    assert (row["state"], row["response_code"], row["tries"]) == ("pending", None, 1)
    assert 0 < row["wait"] <= 5500
    assert "did not finish within 0.3 seconds. Answer first," in (await attempts())[0]["error"]
    assert (await renders.view(uid, links=context.links)).webhook_response_code is None


async def test_a_receiver_that_breaks_off_its_answer_has_received(context: Context) -> None:
    async with listening(breaking_off) as receiver:
        await ended_render(context, receiver.url)
        [row] = await sent_now(context)
    assert (row["state"], row["response_code"]) == ("delivered", 200)
    assert (await attempts())[0]["response"] == "ok  so far", "without the null character, which no database keeps"


async def test_a_long_answer_is_kept_in_part(context: Context) -> None:
    async with listening(saying(400, b"x" * 100_000)) as receiver:
        await ended_render(context, receiver.url)
        await sent_now(context)
    assert (await attempts())[0]["response"] == "x" * 2048


async def test_a_receiver_that_asks_for_patience_gets_it(context: Context) -> None:
    async with listening(saying(429, Retry_After="600")) as receiver:
        await ended_render(context, receiver.url)
        [row] = await sent_now(context)
    assert 595_000 < row["wait"] <= 660_000


async def test_an_endpoint_that_is_gone_is_disabled_and_gets_nothing_more(context: Context) -> None:
    async with listening(saying(410)) as receiver:
        endpoint, _ = await subscribed(context, receiver.url)
        await happened()
        await happened()
        await sent_now(context)
        states = [row["state"] for row in await sent_now(context)]
        await happened()
        await sent_now(context)
    assert (len(receiver.got), states) == (1, ["failed", "failed"])
    assert not (await endpoints.find(endpoint, OWNER)).enabled


async def test_a_redirect_is_not_followed(context: Context) -> None:
    async with listening() as inner, listening(saying(307, Location=inner.url)) as receiver:
        await ended_render(context, receiver.url)
        [row] = await sent_now(context)
    assert (row["state"], row["response_code"], inner.got) == ("pending", 307, [])
    assert "Redirects are not followed" in (await attempts())[0]["error"]


async def test_an_address_that_has_become_an_inner_one_is_not_called(context: Context) -> None:
    strict = Egress()
    async with listening() as receiver:
        await ended_render(context, receiver.url)
        [row] = await sent_now(msgspec.structs.replace(context, egress=strict))
    await strict.aclose()
    assert (row["state"], receiver.got) == ("pending", [])
    assert "loopback" in (await attempts())[0]["error"]


async def test_a_changed_address_gets_what_still_waits(context: Context) -> None:
    async with listening(saying(500)) as before, listening() as after:
        endpoint, _ = await subscribed(context, before.url)
        await happened()
        await sent_now(context)
        await endpoints.change(endpoint, OWNER, endpoints.Change(url=after.url))
        await sent_now(context)
    assert (len(before.got), len(after.got)) == (1, 1)


async def test_a_message_that_cannot_be_made_is_given_up_like_one_that_does_not_arrive(context: Context) -> None:
    await events.record(OWNER, "render.failed", "no-such-render", None, hook=clipcat("http://x.example/"))
    [row] = await sent_now(context)
    assert (row["state"], row["tries"]) == ("pending", 1)
    assert (await attempts())[0]["error"] == "The message could not be made."


async def test_a_hanging_and_a_trickling_receiver_delay_nobody_else(context: Context) -> None:
    """Each has far more waiting than its lane holds; a third endpoint of the same account gets all of its own."""
    async with listening(hanging) as slow, listening(trickling) as endless, listening() as quick:
        for receiver, name in ((slow, "clip.failed"), (endless, "clip.expired"), (quick, "upload.ready")):
            await subscribed(context, receiver.url, name)
        for _ in range(40):
            await events.record(OWNER, "clip.failed", "job_1", {})
            await events.record(OWNER, "clip.expired", "clip_1", {})
        async with working(context):
            await eventually(lambda: len(slow.got) == len(endless.got) == webhook.OF_LANE)
            for _ in range(20):
                await happened()
            await eventually(lambda: len(quick.got) == 20, seconds=8)
            assert len(slow.got) == len(endless.got) == webhook.OF_LANE, "and nothing more waits on the slow ones"


async def test_one_account_leaves_room_for_the_others(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "OF_ACCOUNT", 3)
    async with contextlib.AsyncExitStack() as stack:
        for number in range(5):
            slow = await stack.enter_async_context(listening(hanging))
            await events.record(OWNER, "render.failed", f"r{number}", {}, hook=clipcat(slow.url))
        quick = await stack.enter_async_context(listening())
        await sql("INSERT INTO accounts (id, name, admin, plan_name, created_at) VALUES ('bob', 'bob', FALSE, '', 0)")
        async with working(context):
            await eventually(three_are_being_sent)
            await events.record("bob", "render.failed", "r9", {}, hook=clipcat(quick.url))
            await eventually(lambda: len(quick.got) == 1)
            assert await three_are_being_sent()


async def three_are_being_sent() -> bool:
    rows = await sql("SELECT id FROM webhook_deliveries WHERE account = {} AND leased_until IS NOT NULL", OWNER)
    return len(rows) == 3


async def test_a_worker_that_ends_waits_for_an_answer_that_is_near(context: Context) -> None:
    async def soon(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.2)
        await OK(writer)

    async with listening(soon) as receiver:
        await subscribed(context, receiver.url)
        await happened()
        async with working(context):
            await eventually(lambda: len(receiver.got) == 1)
        assert len(await delivered_ids()) == 1


async def test_what_a_worker_could_not_send_to_the_end_is_anybodys_at_once_and_was_no_attempt(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "STOP_S", 0.05)
    async with listening(hanging, OK) as receiver:
        await subscribed(context, receiver.url)
        await happened()
        async with working(context):
            await eventually(lambda: len(receiver.got) == 1)
        assert await attempts() == []
        async with working(context):
            await eventually(lambda: all_delivered(1))


async def test_two_workers_send_each_delivery_once(context: Context) -> None:
    async with listening(OK) as receiver:
        await subscribed(context, receiver.url)
        for _ in range(30):
            await happened()
        async with working(context), working(context):
            await eventually(lambda: all_delivered(30))
    assert sorted(headers["webhook-id"] for headers, _ in receiver.got) == sorted(await delivered_ids())
