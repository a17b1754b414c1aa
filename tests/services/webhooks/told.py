"""What tests of events and webhooks do again and again."""

from typing import Any

from app.db.engine import sql, tx
from app.services import events, holding, jobs
from app.services.webhooks import deliveries, endpoints
from app.services.webhooks.deliveries import Attempt, Hook, Taken
from app.specs import RenderSpec

OWNER, SEAL = "ann", b"s" * 32
HOOK = Hook(url="https://example.com/hook", dialect="clipcat")
FAILED = Attempt(status=500, error="The receiver answered 500.")
ARRIVED = Attempt(status=204)


async def endpoint(*names: str, account: str = OWNER) -> str:
    wanted = endpoints.Wanted(url="https://example.com/in", events=names or ("upload.ready",))
    async with tx():
        await holding.account(account)
        return (await endpoints.create(wanted, account, SEAL))[0].id


async def happened(name: str = "upload.ready", account: str = OWNER, hook: Hook | None = None) -> str:
    return await events.record(account, name, "upl_1", {"file_id": "upl_1"}, hook=hook)


async def rows(table: str = "webhook_deliveries") -> list[dict[str, Any]]:
    return await sql(f"SELECT * FROM {table} ORDER BY 1")


async def taken(lease_s: float = 60) -> list[Taken]:
    """Everything that is due, one of each lane after the other."""
    found = []
    while heads := await deliveries.heads():
        found += [await deliveries.take(head.id, lease_s=lease_s) for head in heads]
    return [delivery for delivery in found if delivery]


async def sent(attempt: Attempt) -> Taken:
    """The only delivery that is due, with this answer."""
    [delivery] = await taken()
    await deliveries.record(delivery, attempt)
    return delivery


async def ended_render(state: str = "done", webhook_url: str | None = "https://example.com/hook") -> str:
    """The job of the render r1, which is over."""
    async with tx():
        job_id = await jobs.submit(RenderSpec(template={}), account=OWNER)
        await sql(
            "INSERT INTO renders "
            "(uid, account, job, template, modifications, webhook_url, credits, warnings, created_at) "
            "VALUES ('r1', {}, {}, 't', '[]', {}, 1, '[]', :now)",
            *(OWNER, job_id, webhook_url),
        )
    if state == "cancelled":
        await jobs.cancel(job_id, OWNER)
        return job_id
    claim = await jobs.claim(job_id, "w1", lease_s=30)
    assert claim
    if state == "failed":
        assert await jobs.fail(claim, "media_unreadable", "This file is not a video.")
        return job_id
    assert await jobs.finish(claim, {})
    assert await jobs.finish(claim, {}), "an answer that is asked for twice"
    return job_id
