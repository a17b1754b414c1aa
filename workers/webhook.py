"""Sends webhook deliveries: the stored bytes, one attempt at a time, each receiver on its own."""

import asyncio
import contextlib
import logging
import time
from typing import Any

import msgspec

from app.api.clipcat import wire
from app.db.engine import UNREACHABLE
from app.errors import AddressRefused, SourceFailed, StorageFailed
from app.services import renders, webhooks
from app.settings import SettingsError
from workers.run import Context

POLL_S = 0.5
TIMEOUT_S = 15.0
AT_ONCE = 32
GONE = 410

LATER: tuple[type[Exception], ...] = (*UNREACHABLE, StorageFailed, SettingsError)

log = logging.getLogger("clipyard.webhook")


async def run(context: Context) -> None:
    """Until cancelled. A slow receiver holds one of AT_ONCE places and delays nobody else."""
    sending: set[asyncio.Task[None]] = set()
    try:
        while True:
            try:
                due = await webhooks.take_due(AT_ONCE - len(sending), lease_s=4 * TIMEOUT_S)
                sending |= {asyncio.create_task(_deliver(context, delivery)) for delivery in due}
            except UNREACHABLE as error:
                log.warning("delivering later: %s", error)
            await asyncio.sleep(POLL_S)
            sending = {task for task in sending if not task.done()}
    finally:
        for task in sending:
            task.cancel()


async def _deliver(context: Context, delivery: dict[str, Any]) -> None:
    """One attempt. What cannot even be recorded comes up again when its lease ends."""
    try:
        body = delivery["body"] or await _body(context, delivery)
        key = await webhooks.signing_secret(delivery["account"], context.secret)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Clipyard",
            **webhooks.signed_headers(delivery["id"], body, key=key, now=int(time.time())),
        }
        try:
            posted = await context.egress.post(delivery["url"], body.encode(), headers, timeout_s=TIMEOUT_S)
        except (AddressRefused, SourceFailed) as error:
            await webhooks.not_delivered(delivery, None, "", error.message)
            return
        if 200 <= posted.status < 300:
            await webhooks.delivered(delivery, posted.status, posted.body_start)
            return
        await webhooks.not_delivered(
            delivery,
            posted.status,
            posted.body_start,
            f"The receiver answered {posted.status}.",
            gone=posted.status == GONE,
            retry_after_s=posted.retry_after,
        )
    except LATER as error:
        log.warning("delivery %s: %s", delivery["id"], error)
    except Exception:  # a bug of ours must count as an attempt, or it would be repeated every minute for ever
        log.exception("delivery %s", delivery["id"])
        with contextlib.suppress(*UNREACHABLE):
            await webhooks.not_delivered(delivery, None, "", "The message could not be made.")


async def _body(context: Context, delivery: dict[str, Any]) -> str:
    """The render object as its owner would read it now that it is over; kept, so that retries are equal."""
    view = await renders.view(delivery["subject"], links=context.links)
    body = webhooks.canonical(msgspec.to_builtins(wire.render(view)))
    await webhooks.keep_body(delivery["id"], body)
    return body
