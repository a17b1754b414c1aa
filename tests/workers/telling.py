"""What tests of the worker's webhooks do again and again: things happen, and are told."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from app.db.engine import sql
from app.egress import Egress
from app.services import events, jobs, renders
from app.services.webhooks import deliveries, endpoints, secrets
from app.services.webhooks.deliveries import Hook
from tests.workers.conftest import OWNER
from workers import webhook
from workers.run import Context

RESULT = {"key": "renders/a/b/1/video.mp4", "width": 64, "height": 36, "frames": 10, "duration": 1.0, "warnings": []}
TEMPLATE = {"width": 64, "height": 36, "scenes": [{"duration": 1}]}


async def ended_render(context: Context, url: str | None) -> str:
    order = renders.Order(template=TEMPLATE, webhook_url=url, metadata="grüße")
    plan = await renders.prepare(order, account=OWNER, egress=Egress(allow_private=True))
    uid = await renders.submit(plan)
    [row] = await sql("SELECT job FROM renders WHERE uid = {}", uid)
    claim = await jobs.claim(row["job"], "w1", lease_s=30)
    assert claim
    assert await jobs.finish(claim, RESULT)
    return uid


async def subscribed(context: Context, url: str, *names: str) -> tuple[str, str]:
    """An endpoint's id and its secret."""
    wanted = endpoints.Wanted(url=url, events=names or ("upload.ready",))
    endpoint, secret = await endpoints.create(wanted, OWNER, context.secret)
    return endpoint.id, secret


def clipcat(url: str) -> Hook:
    return Hook(url=url, dialect="clipcat")


async def happened() -> None:
    await events.record(OWNER, "upload.ready", "upl_1", {"file_id": "upl_1", "filename": "grüße.mp4"})


async def sent_now(context: Context, office: webhook.Office | None = None) -> list[dict[str, Any]]:
    """One attempt at everything that waits, and the rows afterwards."""
    office = office or webhook.Office(context)
    await sql("UPDATE webhook_deliveries SET next_at = 0 WHERE state = 'pending'")
    for head in await deliveries.heads():
        taken = await deliveries.take(head.id, lease_s=60)
        assert taken
        await office.send(taken)
    return await waiting()


async def waiting() -> list[dict[str, Any]]:
    return await sql("SELECT *, next_at - :now AS wait FROM webhook_deliveries ORDER BY id")


async def attempts() -> list[dict[str, Any]]:
    return await sql("SELECT status, error, response FROM webhook_attempts ORDER BY at, id")


async def signing_secret(context: Context) -> str:
    return (await secrets.signing(OWNER, OWNER, context.secret))[0]


@contextlib.asynccontextmanager
async def working(context: Context) -> AsyncIterator[None]:
    duty = asyncio.create_task(webhook.run(context))
    try:
        yield
    finally:
        duty.cancel()
        await asyncio.wait({duty})


async def delivered_ids() -> list[str]:
    return [row["id"] for row in await sql("SELECT id FROM webhook_deliveries WHERE state = 'delivered'")]


async def all_delivered(count: int) -> bool:
    return len(await delivered_ids()) == count
