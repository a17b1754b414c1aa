"""Deliveries to the addresses clients gave: made in the transaction that ends a job, sent later, logged."""

from typing import Any

from app import ids
from app.db.engine import sql
from app.db.tables import Render

SCHEDULE_S = (5, 300, 1800, 7200, 18000, 36000, 36000)
"""Waiting times after the first, second … failed attempt (Standard Webhooks' advice); then it fails."""


async def announce(kind: str, job_id: str, state: str) -> None:
    """Queue what must be told about the end of a job."""
    if kind == "render":
        rows = await Render.select(Render.uid, Render.account, Render.webhook_url).where(Render.job == job_id)
        for row in rows:
            if row["webhook_url"]:
                await _queue(row["account"], f"render.{state}", row["uid"], row["webhook_url"])


async def _queue(account: str, event: str, subject: str, url: str) -> None:
    await sql(
        "INSERT INTO webhook_deliveries "
        "(id, account, event, subject, url, state, attempts, next_at, created_at) "
        "VALUES ({}, {}, {}, {}, {}, 'pending', 0, :now, :now)",
        ids.delivery_id(),
        account,
        event,
        subject,
        url,
    )


async def take_due(limit: int, *, lease_s: float) -> list[dict[str, Any]]:
    """Claim deliveries whose time has come; one that is not settled within the lease comes up again."""
    due = await sql(
        "SELECT id, next_at FROM webhook_deliveries WHERE state = 'pending' AND next_at <= :now "
        "ORDER BY next_at LIMIT {}",
        limit,
    )
    taken = [await _take(row["id"], row["next_at"], lease_s) for row in due]
    return [row for rows in taken for row in rows]


async def _take(delivery_id: str, seen_next_at: int, lease_s: float) -> list[dict[str, Any]]:
    return await sql(
        "UPDATE webhook_deliveries SET attempts = attempts + 1, next_at = :now + {} "
        "WHERE id = {} AND state = 'pending' AND next_at = {} "
        "RETURNING id, account, event, subject, url, body, attempts",
        round(lease_s * 1000),
        delivery_id,
        seen_next_at,
    )


async def keep_body(delivery_id: str, body: str) -> None:
    """Every retry sends, and signs, the same bytes."""
    await sql("UPDATE webhook_deliveries SET body = {} WHERE id = {} AND body IS NULL", body, delivery_id)


async def delivered(delivery: dict[str, Any], status: int, answer: str) -> None:
    await _record(delivery, "delivered", status, answer, None, 0)


async def not_delivered(
    delivery: dict[str, Any],
    status: int | None,
    answer: str,
    error: str,
    *,
    gone: bool = False,
    retry_after_s: float | None = None,
) -> None:
    """Log a failed attempt and plan the next one; `gone` (the receiver said so) ends the delivery."""
    attempt = delivery["attempts"]
    if gone or attempt > len(SCHEDULE_S):
        await _record(delivery, "failed", status, answer, error, 0)
        return
    wait = max(SCHEDULE_S[attempt - 1], min(retry_after_s or 0, 86_400))
    await _record(delivery, "pending", status, answer, error, wait)


async def _record(
    delivery: dict[str, Any], state: str, status: int | None, answer: str, error: str | None, wait_s: float
) -> None:
    await sql(
        "UPDATE webhook_deliveries SET state = {}, response_code = {}, response_body = {}, error = {}, "
        "next_at = :now + {}, finished_at = CASE WHEN {} = 'pending' THEN NULL ELSE :now END WHERE id = {}",
        state,
        status,
        answer,
        error,
        round(wait_s * 1000),
        state,
        delivery["id"],
    )
    await sql("UPDATE renders SET webhook_response_code = {} WHERE uid = {}", status, delivery["subject"])
