"""What webhooks are signed with: encrypted where it is stored, overlapping when rotated.

An owner is an endpoint, or an account for the hooks that its orders name.
"""

import contextlib
from typing import Any

from msgspec import Struct

from app import ids
from app.db.engine import sql, tx
from app.errors import Conflict
from app.secret import opened, resealed, sealed
from app.services import audit
from app.settings import SettingsError

OVERLAP_S = 24 * 3600
MOST_OLD = 3
"""Of the secrets before the current one, these many sign beside it, however often it is rotated."""


class Rotated(Struct, frozen=True, kw_only=True):
    """`previous_until`: how long the one before signs, too, in milliseconds since 1970; None: there was none."""

    secret: str
    previous_until: int | None


async def signing(owner: str, account: str, installation: bytes) -> list[str]:
    """`whsec_…` of the owner, the current one first; then those it replaced less than a day ago.

    An account's is made here; an endpoint has had its own from the start, and [] says that it is deleted.
    `installation`: what encrypts them (see `app.secret`). Raises SettingsError when the current one was encrypted under
    another.
    """
    rows = await _valid(owner)
    if not rows and owner == account:
        await _make(owner, account, installation)
        rows = await _valid(owner)  # another process may have been first
    return [opened(row["secret"], installation) for row in rows[:1]] + _readable(rows[1:], installation)


def _readable(rows: list[dict[str, Any]], installation: bytes) -> list[str]:
    """One that was replaced because nobody can read it keeps the current one from nothing."""
    found = []
    for row in rows:
        with contextlib.suppress(SettingsError):
            found.append(opened(row["secret"], installation))
    return found


async def make(owner: str, account: str, installation: bytes) -> str:
    """The first one of an owner that is made in this transaction."""
    made = await _make(owner, account, installation)
    assert made
    return made


async def rotate(owner: str, account: str, installation: bytes) -> Rotated:
    """A new current secret, of an owner that is there. Raises Conflict when another request is rotating it just now."""
    async with tx():
        replaced = await sql(
            "UPDATE signing_secrets SET valid_until = :now + {} WHERE owner = {} AND valid_until IS NULL "
            "RETURNING valid_until",
            OVERLAP_S * 1000,
            owner,
        )
        made = await _make(owner, account, installation)
        if made is None:
            raise Conflict("This secret is being rotated by another request.", code="rotating")
        await audit.record(account, "secret_rotated", owner)
        return Rotated(secret=made, previous_until=replaced[0]["valid_until"] if replaced else None)


async def reseal(before: bytes, installation: bytes) -> tuple[int, int]:
    """Encrypt all anew, after the installation's secret was another one; how many were, and how many neither opens."""
    async with tx():
        rows = await sql("SELECT id, secret FROM signing_secrets")
        anew = {row["id"]: resealed(row["secret"], installation, before=before) for row in rows}
        kept = {row_id: secret for row_id, secret in anew.items() if secret is not None}
        for row_id, secret in kept.items():
            await sql("UPDATE signing_secrets SET secret = {} WHERE id = {}", secret, row_id)
    return len(kept), len(rows) - len(kept)


async def drop(owner: str) -> None:
    await sql("DELETE FROM signing_secrets WHERE owner = {}", owner)


async def forget(account: str) -> None:
    """Its own, and those of its endpoints."""
    await sql("DELETE FROM signing_secrets WHERE account = {}", account)


async def forget_old() -> None:
    await sql("DELETE FROM signing_secrets WHERE valid_until <= :now")


async def _make(owner: str, account: str, installation: bytes) -> str | None:
    """None when the owner has a current one already."""
    made = ids.webhook_secret()
    rows = await sql(
        "INSERT INTO signing_secrets (id, owner, account, secret) VALUES ({}, {}, {}, {}) "
        "ON CONFLICT DO NOTHING RETURNING id",
        *(ids.signing_secret_id(), owner, account, sealed(made, installation)),
    )
    return made if rows else None


async def _valid(owner: str) -> list[dict[str, Any]]:
    return await sql(
        "SELECT secret, valid_until FROM signing_secrets "
        "WHERE owner = {} AND (valid_until IS NULL OR valid_until > :now) "
        "ORDER BY CASE WHEN valid_until IS NULL THEN 0 ELSE 1 END, valid_until DESC LIMIT {}",
        owner,
        1 + MOST_OLD,
    )
