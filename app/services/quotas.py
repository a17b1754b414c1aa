"""Render credits and the monthly quota of an account: taken before a job exists, trued up or given back at its end.

What is taken at first counts a scene whose length its media decide as five seconds, since no media was looked at yet:
renders under way may end above the quota, and the next order is refused.
"""

import math
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from app.db.engine import sql
from app.errors import NotFound, PaymentRequired

PIXELS = 100_000_000
"""One credit for every started hundred million pixels, at least one."""


class Quota(Struct, frozen=True, kw_only=True):
    """`max` None: no limit. `current`: what this calendar month (UTC) has taken so far."""

    max: int | None
    current: int


def credits_of(width: int, height: int, frames: int) -> int:
    return max(1, math.ceil(width * height * frames / PIXELS))


def this_month() -> str:
    """`2026-11`; quotas begin anew on the first, UTC."""
    return datetime.now(UTC).strftime("%Y-%m")


async def quota(account: str) -> Quota:
    rows = await sql(
        "SELECT a.monthly_credits, COALESCE(u.used, 0) AS used FROM accounts a "
        "LEFT JOIN credit_usage u ON u.id = {} WHERE a.id = {}",
        _row(account, this_month()),
        account,
    )
    if not rows:
        raise NotFound(f"There is no account {account}.")
    return Quota(max=rows[0]["monthly_credits"], current=rows[0]["used"])


async def check(account: str, amount: int) -> None:
    """Raises PaymentRequired when the quota has no room for so much. Only `reserve` decides."""
    left = await quota(account)
    if left.max is not None and left.current + amount > left.max:
        raise _over(left, amount)


async def reserve(account: str, amount: int) -> str:
    """Take credits inside the transaction that makes a job, and answer the month they are of.

    Exact however many processes ask: the row of the month is locked until the transaction ends.
    Raises PaymentRequired.
    """
    period = this_month()
    row = _row(account, period)
    await sql(
        "INSERT INTO credit_usage (id, account, period, used) VALUES ({}, {}, {}, 0) ON CONFLICT (id) DO NOTHING",
        row,
        account,
        period,
    )
    taken = await sql(
        "UPDATE credit_usage SET used = used + {} WHERE id = {} AND used + {} <= "
        "COALESCE((SELECT monthly_credits FROM accounts WHERE id = {}), used + {}) RETURNING used",
        *(amount, row, amount, account, amount),
    )
    if not taken:
        raise _over(await quota(account), amount)
    return period


async def settle(job_id: str, result: dict[str, Any]) -> None:
    """The job is done. What its render takes was estimated; the result says what it is."""
    if "frames" in result:
        await _correct(job_id, credits_of(result["width"], result["height"], result["frames"]))


async def release(job_id: str) -> None:
    """The job failed or was cancelled, so its render costs nothing."""
    await _correct(job_id, 0)


async def _correct(job_id: str, amount: int) -> None:
    for render in await sql("SELECT uid, account, period, credits FROM renders WHERE job = {}", job_id):
        await sql("UPDATE renders SET credits = {} WHERE uid = {}", amount, render["uid"])
        await sql(
            "UPDATE credit_usage SET used = used + {} WHERE id = {}",
            amount - render["credits"],
            _row(render["account"], render["period"]),
        )


def _row(account: str, period: str) -> str:
    return f"{account}:{period}"


def _over(left: Quota, amount: int) -> PaymentRequired:
    message = f"Credits needed: {amount}. Left of this month's {left.max}: {_rest(left)}."
    return PaymentRequired(message, code="quota_exceeded")


def _rest(left: Quota) -> int:
    return max(0, (left.max or 0) - left.current)
