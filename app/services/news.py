"""What the end of a job is called in its dialect, and who ordered to be told: one function for each kind of job."""

from collections.abc import Awaitable, Callable

import msgspec

from app.db.engine import sql
from app.services import events, held, tools
from app.services.clips import ends as clips
from app.services.uploads import ends as uploads
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


async def _inspected(job_id: str, state: str) -> None:
    """The spec as it stands there: one of another version is why some jobs fail."""
    for row in await sql("SELECT spec, result, error_code, error_message FROM jobs WHERE id = {}", job_id):
        upload = msgspec.json.decode(row["spec"]).get("upload", "")
        if state == "done":
            await uploads.ready(upload, job_id, row["result"])
        elif state == "cancelled":
            await upload_failed(upload, uploads.ABORTED, "It was aborted.", job_id)
        else:
            await upload_failed(upload, row["error_code"], row["error_message"], job_id)


async def upload_failed(upload_id: str, code: str, message: str, job_id: str | None = None) -> None:
    """Inside a transaction. The clip that was ordered with it is not to be made, and costs nothing."""
    clip = await uploads.failed(upload_id, code, message, job_id)
    if clip and (kind := await held.give_up(clip, code, f"The upload failed: {message}")):
        await job_over(kind, clip, "failed")


async def _tool(job_id: str, _: str) -> None:
    await tools.job_over(job_id)


ENDS: dict[str, Callable[[str, str], Awaitable[None]]] = {
    "render": _render,
    "clip": clips.told,
    "inspect": _inspected,
    "fetch": _inspected,
    "tool": _tool,
}
