"""What the end of a job is called in its dialect, and who ordered to be told: one function for each kind of job."""

from collections.abc import Awaitable, Callable

from app.db.engine import sql
from app.services import events
from app.services.clips import ends as clips
from app.services.webhooks.deliveries import Hook

_RENDER_EVENTS = {"done": "render.completed", "failed": "render.failed", "cancelled": "render.cancelled"}


async def job_over(kind: str, job_id: str, state: str) -> None:
    """Record what has become true with the end of a job, inside the transaction that ends it."""
    if told := ENDS.get(kind):
        await told(job_id, state)


async def _render(job_id: str, state: str) -> None:
    for row in await sql("SELECT uid, account, webhook_url FROM renders WHERE job = {}", job_id):
        hook = Hook(url=row["webhook_url"], dialect="clipcat") if row["webhook_url"] else None
        await events.record(row["account"], _RENDER_EVENTS[state], row["uid"], None, hook=hook)


ENDS: dict[str, Callable[[str, str], Awaitable[None]]] = {"render": _render, "clip": clips.told}
