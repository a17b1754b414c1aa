"""Deliveries to the addresses clients gave: made in the transaction that ends a job, sent later, signed, logged."""

import base64
import hmac
import json
from typing import Any

from app import ids, secret
from app.db.engine import sql
from app.db.tables import Render
from app.errors import NotFound

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


def canonical(message: Any) -> str:
    """JSON as it is stored, signed and sent: sorted keys, no spaces, ASCII, so that everybody gets the same bytes."""
    return json.dumps(message, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


async def signing_secret(account: str, installation_secret: bytes) -> str:
    """The account's `whsec_…`, made when it is first asked for, encrypted where it is stored. Raises NotFound."""
    stored = await _stored_secret(account)
    if not stored:
        made = secret.sealed(ids.webhook_secret(), installation_secret)
        await sql("UPDATE accounts SET webhook_secret = {} WHERE id = {} AND webhook_secret = ''", made, account)
        stored = await _stored_secret(account)  # another process may have been first
    return secret.opened(stored, installation_secret)


async def _stored_secret(account: str) -> str:
    rows = await sql("SELECT webhook_secret FROM accounts WHERE id = {}", account)
    if not rows:
        raise NotFound(f"There is no account {account}.")
    return str(rows[0]["webhook_secret"])


def signed_headers(delivery_id: str, body: str, *, key: str, now: int) -> dict[str, str]:
    """The headers of Standard Webhooks 1.0.0: HMAC-SHA256 over `id.timestamp.body`; `now` in seconds since 1970.

    Each attempt has its own timestamp, so that a receiver may refuse what is older than five minutes.
    """
    signature = hmac.digest(
        base64.b64decode(key.removeprefix("whsec_")), f"{delivery_id}.{now}.{body}".encode(), "sha256"
    )
    return {
        "webhook-id": delivery_id,
        "webhook-timestamp": str(now),
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }


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


async def forget(account: str) -> None:
    await sql("DELETE FROM webhook_deliveries WHERE account = {}", account)
