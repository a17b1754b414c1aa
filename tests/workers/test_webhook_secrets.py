"""What signs messages: rotated, unreadable after a restore, or gone with its endpoint."""

import hashlib
import hmac

import msgspec
import pytest
from standardwebhooks.webhooks import Webhook

from app.db.engine import sql
from app.errors import NotFound
from app.services.webhooks import deliveries, endpoints, secrets
from tests.api.conftest import eventually
from tests.workers.conftest import OWNER
from tests.workers.receivers import OK, listening, saying
from tests.workers.telling import (
    all_delivered,
    ended_render,
    happened,
    sent_now,
    signing_secret,
    subscribed,
    waiting,
    working,
)
from workers import webhook
from workers.run import Context


async def test_after_a_rotation_the_old_secret_still_verifies_and_fastclip_s_signature_is_the_new_one_s(
    context: Context,
) -> None:
    async with listening() as receiver:
        endpoint, old = await subscribed(context, receiver.url)
        new = (await secrets.rotate(endpoint, OWNER, context.secret)).secret
        await happened()
        await sent_now(context)
    headers, body = receiver.got[0]
    assert Webhook(old).verify(body, headers) == Webhook(new).verify(body, headers)
    assert headers["x-fastclip-signature"] == f"sha256={hmac.new(new.encode(), body, hashlib.sha256).hexdigest()}"


async def test_what_cannot_be_signed_says_so_and_waits_until_its_secret_is_rotated(
    context: Context, caplog: pytest.LogCaptureFixture
) -> None:
    """As after a restore with another CLIPYARD_SECRET: the log has a line for each owner, the receiver no blame."""
    restored = msgspec.structs.replace(context, secret=b"y" * 32)
    async with listening() as receiver, listening() as ordered:
        endpoint, _ = await subscribed(context, receiver.url, "render.completed")
        await signing_secret(context)
        await ended_render(context, ordered.url)
        office = webhook.Office(restored)
        for _ in range(10):
            rows = await sent_now(restored, office)
        assert [(row["state"], row["tries"], row["wait"] > 35_000_000) for row in rows] == [("pending", 10, True)] * 2
        assert sorted(record.args[0] for record in caplog.records) == sorted([endpoint, OWNER])
        [told] = await deliveries.page(endpoint, number=1, size=10)
        assert told.attempts[-1].error == "The secret of this webhook cannot be read. Rotate it, and this is sent."
        found = await endpoints.find(endpoint, OWNER)
        assert (found.enabled, found.failing_since, receiver.got, ordered.got) == (True, None, [], [])
        new = (await deliveries.rotate_secret(OWNER, endpoint, restored.secret)).secret
        assert sorted(row["wait"] > 0 for row in await waiting()) == [False, True], "the account's has not been rotated"
        of_orders = (await deliveries.rotate_secret(OWNER, None, restored.secret)).secret
        async with working(restored):
            await eventually(lambda: all_delivered(2))
    Webhook(new).verify(receiver.got[0][1], receiver.got[0][0])
    Webhook(of_orders).verify(ordered.got[0][1], ordered.got[0][0])


async def test_who_starts_with_the_right_secret_sends_at_once_what_could_not_be_signed(context: Context) -> None:
    async with listening(saying(500), OK) as receiver:
        await subscribed(context, receiver.url)
        await happened()
        for _ in range(10):
            await sent_now(msgspec.structs.replace(context, secret=b"y" * 32))
        async with working(context):
            await eventually(lambda: len(receiver.got) == 1)
        [row] = await waiting()
        assert (row["state"], row["tries"], row["wait"] < 6000) == ("pending", 1, True), (
            "on the schedule from its start"
        )
        await deliveries.sign_again()
        assert (await waiting())[0]["wait"] > 0, "its receiver's failures are no matter of the secret"


async def test_a_secret_is_not_made_for_an_endpoint_that_is_deleted_while_it_is_told(context: Context) -> None:
    async with listening() as receiver:
        endpoint, _ = await subscribed(context, receiver.url)
        await happened()
        [head] = await deliveries.heads()
        taken = await deliveries.take(head.id, lease_s=60)
        assert taken
        await endpoints.delete(endpoint, OWNER)
        await webhook.Office(context).send(taken)
        with pytest.raises(NotFound):
            await deliveries.rotate_secret(OWNER, endpoint, context.secret)
    assert (receiver.got, await sql("SELECT * FROM signing_secrets")) == ([], [])
