"""Events: what has become true in an account, written in the transaction that makes it true, and told at once.

Names are data, by dialect. FastClip's and Clipcat's can be subscribed to by endpoints; video.dev's and Tornado's go
to the address that an order named.
"""

from typing import Any, Literal, get_args

from app import ids
from app.db.engine import sql, tx
from app.dialects import Dialect
from app.services.webhooks import deliveries
from app.services.webhooks.deliveries import Hook
from app.services.webhooks.messages import canonical

KEPT_MS = 90 * 86_400_000
FORGOTTEN_AT_ONCE = 500

Subscribable = Literal[
    "clip.complete",
    "clip.failed",
    "clip.auto.segment_complete",
    "clip.auto.segment_failed",
    "clip.expired",
    "upload.ready",
    "upload.failed",
    "balance.low",
    "balance.empty",
    "balance.reloaded",
    "btc.deposit.failed",
    "card.reload.failed",
    "render.completed",
    "render.failed",
    "render.cancelled",
]
"""FastClip's names, and beyond them those of renders."""

TEST = "webhook.test"
NAMES: dict[Dialect, tuple[str, ...]] = {
    "fastclip": tuple(name for name in get_args(Subscribable) if not name.startswith("render.")),
    "clipcat": tuple(name for name in get_args(Subscribable) if name.startswith("render.")),
    "videodev": ("new_clips", "complete", "error"),
    "tornado": ("job_completed", "job_failed", "job_warning", "job_skipped", "batch_completed"),
    "clipyard": (TEST,),
}
_ALL = frozenset(name for names in NAMES.values() for name in names)


async def record(account: str, name: str, subject: str, data: Any, *, hook: Hook | None = None) -> str:
    """Write an event and queue what it is told by; answers its id.

    Call it inside the transaction that makes it true. `subject`: the id of what it is about; `data`: plain values,
    what the reference says of the event. None: the subject itself is told as it is when it is first told (a render
    that is over, which changes no more). `hook`: the address that the order named, if it wants this event.
    """
    async with tx():
        event = await _insert(account, name, subject, None if data is None else canonical(data))
        await deliveries.fan_out(event, account, name)
        if hook:
            await deliveries.to_hook(event, account, hook)
    return event


async def record_test(account: str, endpoint: str) -> str:
    """An event for one endpoint alone, whatever it subscribes to; answers the delivery's id."""
    data = {"webhook_id": endpoint, "message": "This is a test. Nothing has happened."}
    async with tx():
        event = await _insert(account, TEST, endpoint, canonical(data))
        return await deliveries.to_endpoint(event, account, endpoint)


async def _insert(account: str, name: str, subject: str, payload: str | None) -> str:
    assert name in _ALL, name
    event = ids.event_id()
    await sql(
        "INSERT INTO events (id, account, name, subject, payload, created_at) VALUES ({}, {}, {}, {}, {}, :now)",
        *(event, account, name, subject, payload),
    )
    return event


async def keep_payload(event: str, payload: str) -> str:
    """The first that is kept is what is told of an event without data, to everyone and at every attempt."""
    rows = await sql(
        "UPDATE events SET payload = COALESCE(payload, {}) WHERE id = {} RETURNING payload", payload, event
    )
    return rows[0]["payload"] if rows else payload


async def forget(account: str) -> None:
    """All that happened in an account, and what was sent of it."""
    await sql("DELETE FROM events WHERE account = {}", account)


async def forget_old() -> int:
    """Events of 90 days ago and what was sent of them, in pieces that hold nobody up; answers how many went."""
    gone = 0
    while True:
        rows = await sql(
            "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE created_at < :now - {} "
            "ORDER BY created_at LIMIT {}) RETURNING id",
            KEPT_MS,
            FORGOTTEN_AT_ONCE,
        )
        gone += len(rows)
        if len(rows) < FORGOTTEN_AT_ONCE:
            return gone
