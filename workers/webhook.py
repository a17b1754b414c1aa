"""Sends webhook deliveries: the stored facts, one attempt at a time, no receiver at another's cost."""

import asyncio
import contextlib
import logging
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from app.db.engine import UNREACHABLE
from app.errors import AddressRefused, SourceFailed, StorageFailed
from app.services import events, renders
from app.services.clips import ends as clips
from app.services.webhooks import deliveries, messages, secrets
from app.services.webhooks.deliveries import Attempt, Taken, Waiting
from app.settings import SettingsError
from app.wire import clipcat as wire
from workers.run import Context

POLL_S = 0.5
TIMEOUT_S = 15.0
LEASE_S = 4 * TIMEOUT_S
PLACES, OF_ACCOUNT, OF_LANE = 256, 64, 8
"""How many are sent at once: in all, for one account, and to one receiver. Each waits for an answer, no more."""

STOP_S = 1.0
"""How long a worker that ends waits for answers; what has none by then is sent by another one."""

LATER: tuple[type[Exception], ...] = (*UNREACHABLE, StorageFailed)

log = logging.getLogger("clipyard.webhook")


async def run(context: Context) -> None:
    """Until cancelled."""
    office = Office(context)
    try:
        while True:
            try:
                await office.work()
            except UNREACHABLE as error:
                log.warning("delivering later: %s", error)
                await asyncio.sleep(POLL_S)
    finally:
        await office.close()


class Office:
    """What is being sent, so that no receiver and no account takes more than its share of the places."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._sending: dict[asyncio.Task[None], Waiting] = {}
        self._chance = random.SystemRandom()
        self._unreadable: set[str] = set()

    async def work(self) -> None:
        """Until the database does not answer. Who starts may have the right CLIPYARD_SECRET at last."""
        await deliveries.sign_again()
        while True:
            if not await self.send_due():
                await self.pause()

    async def send_due(self) -> int:
        """Begin to send the oldest of each lane that has room; answers how many."""
        begun = 0
        for waiting in self._chosen(await deliveries.heads()):
            if taken := await deliveries.take(waiting.id, lease_s=LEASE_S):
                self._sending[asyncio.create_task(self.send(taken))] = waiting
                begun += 1
        return begun

    def _chosen(self, heads: list[Waiting]) -> list[Waiting]:
        """As many as there is room for; those first whose account and lane have the least under way."""
        self._sending = {task: waiting for task, waiting in self._sending.items() if not task.done()}
        in_lane = Counter(waiting.lane for waiting in self._sending.values())
        of_account = Counter(waiting.account for waiting in self._sending.values())
        chosen = []
        for waiting in sorted(heads, key=lambda h: (of_account[h.account], in_lane[h.lane], self._chance.random())):
            if in_lane[waiting.lane] < OF_LANE and of_account[waiting.account] < OF_ACCOUNT:
                of_account[waiting.account] += 1
                chosen.append(waiting)
        return chosen[: PLACES - len(self._sending)]

    async def pause(self) -> None:
        """Until a place is free again, or for as long as something new may wait."""
        if self._sending:
            await asyncio.wait(self._sending, timeout=POLL_S, return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.sleep(POLL_S)

    async def close(self) -> None:
        if self._sending:
            _, unanswered = await asyncio.wait(self._sending, timeout=STOP_S)
            for task in unanswered:
                task.cancel()
            await asyncio.gather(*unanswered, return_exceptions=True)

    async def send(self, taken: Taken) -> None:
        """One attempt. What cannot even be recorded comes up again when its lease ends."""
        try:
            if attempt := await self._attempt(taken):
                await deliveries.record(taken, attempt)
            else:
                await deliveries.give_up(taken.signed_by)
        except asyncio.CancelledError:
            with contextlib.suppress(*UNREACHABLE):
                await deliveries.put_back(taken)
            raise
        except LATER as error:
            log.warning("delivery %s: %s", taken.id, error)
        except Exception:  # a bug of ours must count as an attempt, or it would be repeated every minute for ever
            log.exception("delivery %s", taken.id)
            with contextlib.suppress(*UNREACHABLE):
                await deliveries.record(taken, Attempt(error="The message could not be made."))

    async def _attempt(self, taken: Taken) -> Attempt | None:
        """None: its endpoint is disabled or deleted."""
        if taken.url is None:
            return None
        try:
            keys = await secrets.signing(taken.signed_by, taken.account, self._context.secret)
        except SettingsError as error:
            self._say_once(taken.signed_by, error)
            whose = "this webhook" if taken.endpoint else "this account's webhooks"
            return Attempt(error=f"The secret of {whose} cannot be read. Rotate it, and this is sent.", unsigned=True)
        self._unreadable.discard(taken.signed_by)
        return await _posted(self._context, taken, taken.url, keys) if keys else None

    def _say_once(self, owner: str, error: SettingsError) -> None:
        if owner not in self._unreadable:
            self._unreadable.add(owner)
            log.error("what %s is told waits until this is put right or its secret is rotated: %s", owner, error)


async def _posted(context: Context, taken: Taken, url: str, keys: list[str]) -> Attempt:
    body = messages.body(taken.dialect, taken.name, await _stored(context, taken))
    message = messages.Message(id=taken.id, event=taken.name, dialect=taken.dialect, body=body)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Clipyard",
        **messages.headers(message, keys, int(time.time())),
    }
    started = time.monotonic()
    try:
        posted = await context.egress.post(url, body.encode(), headers, timeout_s=TIMEOUT_S)
    except (AddressRefused, SourceFailed) as error:
        return Attempt(error=error.message, duration_s=time.monotonic() - started)
    return Attempt(
        status=posted.status,
        error=_refusal(posted.status),
        response=posted.body_start,
        duration_s=posted.duration_s,
        retry_after_s=posted.retry_after,
    )


def _refusal(status: int) -> str | None:
    if 200 <= status < 300:
        return None
    hint = " Redirects are not followed: give the address that they lead to." if 300 <= status < 400 else ""
    return f"The receiver answered {status}.{hint}"


async def _stored(context: Context, taken: Taken) -> str:
    """What is told of the event; once it is kept, every receiver and every attempt gets the same."""
    if taken.payload is not None:
        return taken.payload
    told = await SUBJECTS[taken.name.partition(".")[0]](context, taken.subject)
    return await events.keep_payload(taken.event, messages.canonical(told))


async def _render(context: Context, uid: str) -> Any:
    """The render object as its owner would read it now that it is over."""
    return msgspec.to_builtins(wire.render(await renders.view(uid, links=context.links)))


async def _clip(context: Context, job_id: str) -> Any:
    return await clips.completion(job_id, context.links)


SUBJECTS: dict[str, Callable[[Context, str], Awaitable[Any]]] = {"render": _render, "clip": _clip}
"""How what an event is about is told, by the first word of its name, where the event has no data of its own."""
