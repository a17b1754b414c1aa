"""A finished render told to its receiver: the bytes, the signature, and receivers that do not do their part."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from yarl import URL

from app.db.engine import sql
from app.egress import Egress
from app.services import jobs, renders, webhooks
from app.storage import verify_file_url
from tests.services.odd_servers import INSIDE
from tests.workers.conftest import OWNER
from workers import webhook
from workers.run import Context

RESULT = {"key": "renders/a/b/1/video.mp4", "width": 64, "height": 36, "frames": 10, "duration": 1.0, "warnings": []}
TEMPLATE = {"width": 64, "height": 36, "scenes": [{"duration": 1}]}


class Receiver:
    """Reads whole requests and answers each with `status` after `pause` seconds."""

    def __init__(self, status: int = 200, pause: float = 0.0, headers: str = "") -> None:
        self.status, self.pause, self.headers = status, pause, headers
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.over = asyncio.Event()
        self.serving: set[asyncio.Task[Any]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self.serving.add(task)
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        self.got.append((headers, await reader.readexactly(int(headers["content-length"]))))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.over.wait(), self.pause)
        writer.write(f"HTTP/1.1 {self.status} X\r\nContent-Length: 0\r\n{self.headers}\r\n".encode())
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    async def close(self) -> None:
        self.over.set()
        await asyncio.gather(*self.serving)


@asynccontextmanager
async def listening(receiver: Receiver) -> AsyncIterator[str]:
    server = await asyncio.start_server(receiver.serve, INSIDE, 0)
    try:
        yield f"http://{INSIDE}:{server.sockets[0].getsockname()[1]}/hook"
    finally:
        server.close()
        await receiver.close()


async def ended_render(context: Context, url: str) -> str:
    order = renders.Order(template=TEMPLATE, webhook_url=url, metadata="grüße")
    plan = await renders.prepare(order, account=OWNER, egress=Egress(allow_private=True))
    uid = await renders.submit(plan)
    [row] = await sql("SELECT job FROM renders WHERE uid = {}", uid)
    claim = await jobs.claim(row["job"], "w1", lease_s=30)
    assert claim
    assert await jobs.finish(claim, RESULT)
    return uid


async def deliver(context: Context) -> dict[str, Any]:
    """One attempt at the only delivery, and its row afterwards."""
    await sql("UPDATE webhook_deliveries SET next_at = 0 WHERE state = 'pending'")
    (due,) = await webhooks.take_due(10, lease_s=60)
    await webhook._deliver(context, due)
    return (await sql("SELECT *, next_at - :now AS wait FROM webhook_deliveries"))[0]


async def test_a_receiver_can_verify_what_it_gets(context: Context) -> None:
    receiver = Receiver()
    async with listening(receiver) as url:
        uid = await ended_render(context, url)
        row = await deliver(context)
    (headers, body), key = receiver.got[0], await webhooks.signing_secret(OWNER, context.secret)
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


async def test_the_link_in_a_message_is_good_for_as_long_as_the_file(context: Context) -> None:
    receiver = Receiver()
    async with listening(receiver) as url:
        await ended_render(context, url)
        await deliver(context)
    link = URL(msgspec.json.decode(receiver.got[0][1])["url"])
    key, a_year_later = link.path.removeprefix("/files/"), time.time() + 365 * 86_400
    signature = link.query["signature"]
    assert verify_file_url(key, expires="", signature=signature, secret=context.secret, now=a_year_later)
    assert not verify_file_url(key + "x", expires="", signature=signature, secret=context.secret, now=0)


async def test_a_repeated_message_has_the_same_id_and_bytes_and_a_new_signature(context: Context) -> None:
    receiver = Receiver(status=500)
    async with listening(receiver) as url:
        await ended_render(context, url)
        row = await deliver(context)
        assert (row["state"], row["response_code"], row["error"]) == ("pending", 500, "The receiver answered 500.")
        receiver.status = 204
        assert (await deliver(context))["state"] == "delivered"
    (first, body), (second, again) = receiver.got
    assert (first["webhook-id"], body) == (second["webhook-id"], again)
    Webhook(await webhooks.signing_secret(OWNER, context.secret)).verify(again, second)


async def test_a_receiver_that_hangs_is_left_and_asked_later(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "TIMEOUT_S", 0.2)
    async with listening(Receiver(pause=5)) as url:
        await ended_render(context, url)
        row = await deliver(context)
    assert (row["state"], row["response_code"]) == ("pending", None)
    assert 0 < row["wait"] <= 5000


async def test_a_redirect_is_not_followed(context: Context) -> None:
    inner = Receiver()
    async with listening(inner) as inside:
        receiver = Receiver(status=307, headers=f"Location: {inside}\r\n")
        async with listening(receiver) as url:
            await ended_render(context, url)
            row = await deliver(context)
    assert (row["state"], row["response_code"], inner.got) == ("pending", 307, [])


async def test_an_address_that_has_become_an_inner_one_is_not_called(context: Context) -> None:
    receiver = Receiver()
    async with listening(receiver) as url:
        await ended_render(context, url)
        strict = Egress()
        row = await deliver(msgspec.structs.replace(context, egress=strict))
        await strict.aclose()
    assert (row["state"], receiver.got) == ("pending", [])
    assert "private" in row["error"] or "loopback" in row["error"] or "not allowed" in row["error"]


async def test_a_secret_is_made_once_and_stored_encrypted(context: Context) -> None:
    first, second = [await webhooks.signing_secret(OWNER, context.secret) for _ in range(2)]
    assert first == second
    assert first.startswith("whsec_")
    [row] = await sql("SELECT webhook_secret FROM accounts WHERE id = {}", OWNER)
    assert first not in row["webhook_secret"]
    assert first.removeprefix("whsec_") not in row["webhook_secret"]


async def test_a_delivery_waits_while_its_secret_cannot_be_read(context: Context) -> None:
    receiver = Receiver()
    async with listening(receiver) as url:
        await ended_render(context, url)
        await webhooks.signing_secret(OWNER, context.secret)
        row = await deliver(msgspec.structs.replace(context, secret=b"y" * 32))
        assert (row["state"], row["error"], receiver.got) == ("pending", None, [])
        assert (await deliver(context))["state"] == "delivered"
