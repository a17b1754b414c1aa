"""Deliveries: made in the transaction that makes the event true, sent later on a schedule, logged by attempt.

Each waits in the lane of its receiver. A worker takes the oldest of each lane, so what one lane holds up, or how
much of it waits, is nothing to the others.
"""

import random
import zlib
from typing import Any, Literal

from msgspec import Struct
from yarl import URL

from app import ids
from app.db.engine import marks, sql, tx
from app.dialects import Dialect
from app.errors import Conflict, NotFound
from app.services.webhooks import endpoints, secrets
from app.services.webhooks.secrets import Rotated

SCHEDULE_S = (5, 300, 1800, 7200, 18000, 36000, 36000)
"""Waiting times after the first, second … failed attempt (Standard Webhooks' advice); then it fails."""
JITTER = 0.1
"""Up to so much of each is added by chance, so that what failed together does not come again together."""
MOST_PATIENCE_S = 86_400
"""A receiver that asks for more is asked again after a day."""
ATTEMPTS_KEPT = 50
"""Of a delivery, the last ones: its schedule has eight, but it can be replayed for as long as somebody likes."""
GONE = 410
ORDER_LANES = 16
"""Of an account, for the hosts that its orders name: a slow one delays those that share its lane. A lane for each
host would let an account decide what a look at the lanes costs."""

_CHANCE = random.SystemRandom()

State = Literal["pending", "delivered", "failed"]


class Hook(Struct, frozen=True, kw_only=True):
    """An address that an order named, and the dialect it was ordered in."""

    url: str
    dialect: Dialect


class Waiting(Struct, frozen=True, kw_only=True):
    """The oldest delivery that is due in a lane."""

    id: str
    lane: str

    @property
    def account(self) -> str:
        return self.lane.partition(" ")[0]


class Taken(Struct, frozen=True, kw_only=True):
    """A delivery that is ours to send until the lease ends. `url` None: its endpoint is disabled or deleted."""

    id: str
    account: str
    event: str
    name: str
    subject: str
    payload: str | None
    endpoint: str | None
    url: str | None
    dialect: Dialect
    tries: int
    leased_until: int

    @property
    def signed_by(self) -> str:
        """Whose secrets sign it."""
        return self.endpoint or self.account


class Attempt(Struct, frozen=True, kw_only=True):
    """What came of sending it once. `status` None: no answer, and `error` says why. `retry_after_s`: as it asked.

    `unsigned`: its secret could not be read, so nothing was sent.
    """

    status: int | None = None
    error: str | None = None
    response: str = ""
    duration_s: float = 0.0
    retry_after_s: float | None = None
    unsigned: bool = False

    @property
    def good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Logged(Struct, frozen=True, kw_only=True):
    at: int
    duration_ms: int
    status: int | None
    error: str | None
    response: str


class Delivery(Struct, frozen=True, kw_only=True):
    """One as its owner sees it. `next_at`: when it is tried again; None once it is over."""

    id: str
    event: str
    state: State
    attempts: list[Logged]
    response_code: int | None
    next_at: int | None
    created_at: int


async def fan_out(event: str, account: str, name: str) -> None:
    """To every endpoint that wants to be told; inside the transaction of the event."""
    for endpoint in await endpoints.subscribed(account, name):
        await to_endpoint(event, account, endpoint)


async def to_endpoint(event: str, account: str, endpoint: str) -> str:
    return await _queue(event, account, endpoint, None, "fastclip", _endpoint_lane(account, endpoint))


async def to_hook(event: str, account: str, hook: Hook) -> str:
    host = URL(hook.url).host_port_subcomponent or ""
    lane = _order_lane(account, zlib.crc32(host.encode()) % ORDER_LANES)
    return await _queue(event, account, None, hook.url, hook.dialect, lane)


def _endpoint_lane(account: str, endpoint: str) -> str:
    return f"{account} {endpoint}"


def _order_lane(account: str, number: int) -> str:
    return f"{account} orders-{number}"


async def _queue(event: str, account: str, endpoint: str | None, url: str | None, dialect: Dialect, lane: str) -> str:
    delivery = ids.delivery_id()
    await sql(
        "INSERT INTO webhook_deliveries (id, account, event, endpoint, url, dialect, lane, state, tries, next_at, "
        "created_at) VALUES ({}, {}, {}, {}, {}, {}, {}, 'pending', 0, :now, :now)",
        *(delivery, account, event, endpoint, url, dialect, lane),
    )
    return delivery


_FREE = "state = 'pending' AND next_at <= :now AND COALESCE(leased_until, 0) <= :now"

_HEADS = f"""
    SELECT lane, id FROM (
        WITH RECURSIVE lanes (lane) AS (
            SELECT MIN(lane) FROM webhook_deliveries WHERE state = 'pending'
            UNION ALL
            SELECT (SELECT MIN(lane) FROM webhook_deliveries WHERE state = 'pending' AND lane > lanes.lane)
            FROM lanes WHERE lanes.lane IS NOT NULL
        )
        SELECT lane, (
            SELECT id FROM webhook_deliveries WHERE lane = lanes.lane AND {_FREE} ORDER BY next_at LIMIT 1
        ) AS id
        FROM lanes WHERE lane IS NOT NULL
    ) heads WHERE NOT (
        SELECT a.banned FROM webhook_deliveries d JOIN accounts a ON a.id = d.account WHERE d.id = heads.id
    )"""
"""The lanes are stepped through by their index: the cost is that of the receivers, not of all that waits for them."""


async def heads() -> list[Waiting]:
    """Of each lane, the oldest delivery that is due and not being sent. What a banned account's receivers get waits."""
    return [Waiting(**row) for row in await sql(_HEADS)]


async def take(delivery: str, *, lease_s: float) -> Taken | None:
    """Claim one. What is not recorded within the lease comes up again; that is no attempt. None: it is taken."""
    rows = await sql(
        f"UPDATE webhook_deliveries SET leased_until = :now + {{}} WHERE id = {{}} AND {_FREE} RETURNING id",
        round(lease_s * 1000),
        delivery,
    )
    found = rows and await sql(
        "SELECT d.id, d.account, d.event, v.name, v.subject, v.payload, d.endpoint, d.dialect, d.tries, "
        "d.leased_until, CASE WHEN d.endpoint IS NULL THEN d.url WHEN e.enabled THEN e.url END AS url "
        "FROM webhook_deliveries d JOIN events v ON v.id = d.event LEFT JOIN webhook_endpoints e ON e.id = d.endpoint "
        "WHERE d.id = {}",
        delivery,
    )
    return Taken(**found[0]) if found else None


async def put_back(taken: Taken) -> None:
    """Let somebody else send it at once; that was no attempt."""
    await sql(
        "UPDATE webhook_deliveries SET leased_until = NULL WHERE id = {} AND leased_until = {}",
        taken.id,
        taken.leased_until,
    )


async def record(taken: Taken, attempt: Attempt) -> None:
    """Log an attempt and what follows from it.

    A success counts whenever it is told; a failure only while the delivery is still ours, since whoever has it now
    knows better.
    """
    duration_ms = round(attempt.duration_s * 1000)
    async with tx():
        if not await (_deliver(taken, attempt) if attempt.good else _postpone(taken, attempt)):
            return
        await sql(
            "INSERT INTO webhook_attempts (id, delivery, at, duration_ms, status, error, response) "
            "VALUES ({}, {}, :now - {}, {}, {}, {}, {})",
            *(ids.attempt_id(), taken.id, duration_ms, duration_ms),
            *(attempt.status, attempt.error, attempt.response),
        )
        await sql(
            f"DELETE FROM webhook_attempts WHERE id IN (SELECT id FROM {_placed(1)} WHERE place > {{}})",
            taken.id,
            ATTEMPTS_KEPT,
        )
        if attempt.unsigned:
            return
        if taken.endpoint:
            await _judge(taken.endpoint, attempt, given_up=_is_last(taken.tries, attempt))
        elif taken.dialect == "clipcat":
            await sql("UPDATE renders SET webhook_response_code = {} WHERE uid = {}", attempt.status, taken.subject)


async def _deliver(taken: Taken, attempt: Attempt) -> bool:
    rows = await sql(
        "UPDATE webhook_deliveries SET state = 'delivered', response_code = {}, leased_until = NULL, "
        "finished_at = :now WHERE id = {} AND state <> 'delivered' RETURNING id",
        attempt.status,
        taken.id,
    )
    return bool(rows)


async def _postpone(taken: Taken, attempt: Attempt) -> bool:
    state: State = "failed" if _is_last(taken.tries, attempt) else "pending"
    wait_s = _wait_s(taken.tries, attempt)
    rows = await sql(
        "UPDATE webhook_deliveries SET state = {}, tries = tries + 1, response_code = {}, leased_until = NULL, "
        "unsigned = {}, next_at = :now + {}, finished_at = CASE WHEN {} = 'failed' THEN :now END "
        "WHERE id = {} AND state = 'pending' AND leased_until = {} RETURNING id",
        *(state, attempt.status, attempt.unsigned, round(wait_s * 1000), state, taken.id, taken.leased_until),
    )
    return bool(rows)


def _is_last(tries: int, attempt: Attempt) -> bool:
    """After so many that failed before this one. What could not be signed is not given up: nobody has refused it."""
    return attempt.status == GONE or (tries >= len(SCHEDULE_S) and not attempt.unsigned)


def _wait_s(tries: int, attempt: Attempt) -> float:
    """Until the next attempt, after so many that failed before this one."""
    asked = min(attempt.retry_after_s or 0, MOST_PATIENCE_S)
    return max(SCHEDULE_S[min(tries, len(SCHEDULE_S) - 1)], asked) * (1 + JITTER * _CHANCE.random())


async def _judge(endpoint: str, attempt: Attempt, *, given_up: bool) -> None:
    if attempt.good:
        await endpoints.answered(endpoint)
    elif attempt.status == GONE:
        await endpoints.disable(endpoint, "The receiver answered 410: it is gone.")
    else:
        await endpoints.failed(endpoint, given_up=given_up)


async def give_up(endpoint: str) -> None:
    """End everything that waits for an endpoint that is disabled or deleted; it can be replayed."""
    await sql(
        "UPDATE webhook_deliveries SET state = 'failed', leased_until = NULL, finished_at = :now "
        "WHERE endpoint = {} AND state = 'pending'",
        endpoint,
    )


async def rotate_secret(account: str, endpoint: str | None, installation: bytes) -> Rotated:
    """Of an endpoint, or of an account for the addresses that its orders name; what waited for a secret is sent.

    Raises NotFound, or Conflict when another request is rotating it at this moment.
    """
    async with tx():
        lanes = (
            [_endpoint_lane(account, endpoint)] if endpoint else [_order_lane(account, n) for n in range(ORDER_LANES)]
        )
        await sql(f"{_SIGN_AGAIN} AND lane IN ({marks(len(lanes))})", *lanes)
        if endpoint:
            await endpoints.held(endpoint, account)
        return await secrets.rotate(endpoint or account, account, installation)


async def sign_again() -> None:
    """Try at once what waits because its secret could not be read."""
    await sql(_SIGN_AGAIN)


_SIGN_AGAIN = (
    "UPDATE webhook_deliveries SET next_at = :now, tries = 0 "
    "WHERE state = 'pending' AND unsigned AND COALESCE(leased_until, 0) <= :now"
)


async def page(endpoint: str, *, number: int, size: int) -> list[Delivery]:
    """Newest first; `number` counts from 1."""
    rows = await sql(f"{_SHOWN} WHERE d.endpoint = {{}} {_NEWEST}", endpoint, size, (number - 1) * size)
    return await _with_attempts(rows)


async def find(delivery: str, endpoint: str) -> Delivery:
    """Raises NotFound, also for another endpoint's."""
    query = f"{_SHOWN} WHERE d.id = {{}} AND d.endpoint = {{}}"
    rows = await sql(query, delivery, endpoint) if ids.possible(delivery) else []
    if not rows:
        raise NotFound(f"This webhook has no delivery {delivery[:60]}.", code="unknown_delivery")
    return (await _with_attempts(rows))[0]


async def replay(delivery: str, endpoint: str) -> Delivery:
    """Send it again at once, under its own id and with the schedule before it.

    Raises NotFound, or Conflict while it is being sent.
    """
    await find(delivery, endpoint)
    rows = await sql(
        "UPDATE webhook_deliveries SET state = 'pending', tries = 0, next_at = :now, leased_until = NULL, "
        "finished_at = NULL WHERE id = {} AND COALESCE(leased_until, 0) <= :now RETURNING id",
        delivery,
    )
    if not rows:
        raise Conflict("This delivery is being sent right now.", code="being_sent")
    return await find(delivery, endpoint)


_SHOWN = (
    "SELECT d.id, v.name AS event, d.state, d.response_code, d.created_at, "
    "CASE WHEN d.state = 'pending' THEN d.next_at END AS next_at "
    "FROM webhook_deliveries d JOIN events v ON v.id = d.event"
)
_NEWEST = "ORDER BY d.created_at DESC, d.id LIMIT {} OFFSET {}"


async def _with_attempts(rows: list[dict[str, Any]]) -> list[Delivery]:
    logged: dict[str, list[Logged]] = {row["id"]: [] for row in rows}
    attempts = rows and await sql(
        "SELECT delivery, at, duration_ms, status, error, response "
        f"FROM {_placed(len(rows))} WHERE place <= {{}} ORDER BY at, id",
        *logged,
        ATTEMPTS_KEPT,
    )
    for row in attempts:
        logged[row.pop("delivery")].append(Logged(**row))
    return [Delivery(**row, attempts=logged[row["id"]]) for row in rows]


def _placed(deliveries: int) -> str:
    """The attempts at so many deliveries; `place` counts those of each from the last one back."""
    return (
        "(SELECT a.*, ROW_NUMBER() OVER (PARTITION BY delivery ORDER BY at DESC, id DESC) AS place "
        f"FROM webhook_attempts a WHERE delivery IN ({marks(deliveries)})) placed"
    )
