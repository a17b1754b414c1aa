"""Answers to creating requests, kept for a day so that a repeated request creates nothing more."""

import hashlib
import json

from msgspec import Struct

from app.db.engine import sql
from app.errors import IdempotencyMismatch

_KEPT_MS = 24 * 3600 * 1000


class Request(Struct, frozen=True, kw_only=True):
    """`id` stands for the account, the route and the client's key; `digest` for what was asked, in hex of SHA-256."""

    id: str
    account: str
    digest: str


class Answer(Struct, frozen=True, kw_only=True):
    status: int
    body: str


def request(account: str, route: str, key: str, digest: str) -> Request:
    named = json.dumps([account, route, key]).encode()
    return Request(id=hashlib.sha256(named).hexdigest(), account=account, digest=digest)


async def find(asked: Request) -> Answer | None:
    """The answer to the same request. Raises IdempotencyMismatch when the key came with another body."""
    rows = await sql(
        "SELECT request_hash, status, body FROM idempotency WHERE id = {} AND created_at > :now - {}",
        asked.id,
        _KEPT_MS,
    )
    if not rows:
        return None
    if rows[0]["request_hash"] != asked.digest:
        raise IdempotencyMismatch("This idempotency key was used with another body. Use a new key for a new request.")
    return Answer(status=rows[0]["status"], body=rows[0]["body"])


async def reserve(asked: Request) -> bool:
    """Take the key, inside the transaction that creates. False: another request had it first.

    A request under way with the same key is waited for: its uncommitted row blocks the insert.
    """
    rows = await sql(
        "INSERT INTO idempotency (id, account, request_hash, status, body, created_at) "
        "VALUES ({}, {}, {}, 0, '', :now) "
        "ON CONFLICT (id) DO UPDATE SET request_hash = excluded.request_hash, created_at = excluded.created_at "
        "WHERE idempotency.created_at <= :now - {} RETURNING id",
        asked.id,
        asked.account,
        asked.digest,
        _KEPT_MS,
    )
    return bool(rows)


async def keep(asked: Request, answer: Answer) -> None:
    """Fill the reserved row, in the same transaction."""
    await sql("UPDATE idempotency SET status = {}, body = {} WHERE id = {}", answer.status, answer.body, asked.id)


async def forget(account: str) -> None:
    await sql("DELETE FROM idempotency WHERE account = {}", account)


async def forget_old() -> None:
    await sql("DELETE FROM idempotency WHERE created_at <= :now - {}", _KEPT_MS)
