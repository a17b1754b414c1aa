"""The audit log: who did what to whom, written in the transaction that does it."""

from datetime import UTC, datetime
from typing import Literal, get_args

import msgspec
from msgspec import Struct

from app import ids
from app.db.engine import sql

OPERATOR = "operator"
"""Whoever can run `clipyard` commands, and the installation itself."""
ANONYMOUS = "anonymous"
ADDRESSES_KEPT_S = 90 * 86_400
"""From where somebody signed in, or tried to, or asked for a link, of which anybody can write as many as they like."""

_ABOUT = "actor = {} OR subject = {} OR subject IN (SELECT id FROM api_keys WHERE account = {})"
"""What an account did, and what was done to it or its keys."""

Action = Literal[
    "account_created",
    "account_banned",
    "account_unbanned",
    "account_erased",
    "email_changed",
    "plan_changed",
    "key_created",
    "key_revoked",
    "signed_in",
    "sign_in_failed",
    "signed_out",
    "signed_out_everywhere",
    "password_refused",
    "password_changed",
    "password_set",
    "password_reset_asked",
    "password_reset",
    "secret_rotated",
    "webhook_created",
    "webhook_changed",
    "webhook_deleted",
    "signup_credit_taken",
    "money_granted",
    "money_deposited",
]


ACTIONS: tuple[str, ...] = get_args(Action)


class Entry(Struct, frozen=True, kw_only=True):
    """`actor`: an account, OPERATOR or ANONYMOUS; `subject`: what it was done to; `at` is for people."""

    actor: str
    action: str
    subject: str
    detail: str
    created_at: int

    @property
    def at(self) -> str:
        return datetime.fromtimestamp(self.created_at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


async def record(actor: str, action: Action, subject: str, detail: dict[str, str | int | None] | None = None) -> None:
    """Call it inside the transaction that does what it tells. `detail` never holds a secret or an e-mail."""
    await sql(
        "INSERT INTO audit_log (id, actor, action, subject, detail, created_at) VALUES ({}, {}, {}, {}, {}, :now)",
        ids.audit_id(),
        actor,
        action,
        subject,
        msgspec.json.encode(detail or {}).decode(),
    )


async def latest(count: int, *, account: str = "", action: str = "", since: int = 0) -> list[Entry]:
    """The newest last, as a log is read: of one account, of one action, from a time (in milliseconds since 1970) on."""
    about, of_account = (f"({_ABOUT})", [account] * 3) if account else ("TRUE", [])
    rows = await sql(
        f"SELECT actor, action, subject, detail, created_at FROM audit_log WHERE {about} "
        "AND action = COALESCE({}, action) AND created_at >= {} ORDER BY created_at DESC, id LIMIT {}",
        *(*of_account, action or None, since, count),
    )
    return [Entry(**row) for row in reversed(rows)]


async def forget_old() -> None:
    """What strangers wrote goes; what was done stays, without the address."""
    old = f"created_at < :now - {ADDRESSES_KEPT_S * 1000}"
    await sql(f"DELETE FROM audit_log WHERE action IN ('sign_in_failed', 'password_reset_asked') AND {old}")
    addressed = "action IN ('signed_in', 'password_reset') AND detail <> '{{}}'"  # the words of an index
    await sql(f"UPDATE audit_log SET detail = {{}} WHERE {addressed} AND {old}", "{}")


async def forget_about(subjects: str) -> None:
    """What was done to these, which the query finds, stays; the names that it was done with go."""
    await sql(f"UPDATE audit_log SET detail = {{}} WHERE subject IN ({subjects})", "{}")


async def forget(account: str) -> None:
    """What was done stays, under the account's id; the names and addresses that it was done with go."""
    query = f"UPDATE audit_log SET detail = {{}} WHERE detail <> {{}} AND ({_ABOUT})"  # once, not at every sweep
    await sql(query, "{}", "{}", *[account] * 3)
