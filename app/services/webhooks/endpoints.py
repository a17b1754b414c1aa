"""Addresses that an account wants to be told at, what for, and whether they still listen.

Who makes, changes or deletes one holds its account in the same transaction (see `holding`): requests at the same
moment come one after the other.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from app import ids
from app.db.engine import sql, tx
from app.egress import Egress
from app.errors import AppError, Conflict, InvalidInput, NotFound, Problem
from app.services import audit
from app.services.webhooks import secrets

MOST = 10
"""Of one account."""
PATIENCE_S = 120 * 3600
"""An endpoint that has only failed for so long is disabled, by a delivery that has used up its schedule.

One success forgives everything before it. One failure after a quiet time says little: its delivery is tried again for a
day, like any other.
"""

_COLUMNS = "id, account, url, events, description, enabled, disabled_reason, failing_since, created_at, updated_at"


class Endpoint(Struct, frozen=True, kw_only=True):
    """`disabled_reason`: why we disabled it; None when its owner did. Times are milliseconds since 1970."""

    id: str
    account: str
    url: str
    events: list[str]
    description: str
    enabled: bool
    disabled_reason: str | None
    failing_since: int | None
    created_at: int
    updated_at: int


class Wanted(Struct, frozen=True, kw_only=True):
    """What its owner says of an endpoint."""

    url: str
    events: Sequence[str]
    description: str = ""
    enabled: bool = True


class Change(Struct, frozen=True, kw_only=True):
    """What is None stays as it is."""

    url: str | None = None
    events: Sequence[str] | None = None
    description: str | None = None
    enabled: bool | None = None


def check(wanted: Wanted | Change, egress: Egress) -> None:
    """Raises AddressRefused, or InvalidInput, naming the field."""
    if "\0" in (wanted.description or ""):
        message = "A description cannot hold the null character. Leave it out."
        raise InvalidInput(f"description: {message}", fields=(Problem("description", message),))
    if wanted.url is None:
        return
    try:
        egress.check_url(wanted.url)
    except AppError as error:
        raise type(error)(f"url: {error.message}", code=error.code, fields=(Problem("url", error.message),)) from error


async def create(wanted: Wanted, account: str, installation: bytes) -> tuple[Endpoint, str]:
    """The endpoint and its secret, which is in no other answer. Raises Conflict when the account has MOST of them."""
    endpoint = ids.webhook_id()
    async with tx():
        [kept] = await sql("SELECT COUNT(*) AS count FROM webhook_endpoints WHERE account = {}", account)
        if kept["count"] >= MOST:
            message = f"This account has {MOST} webhooks already. Delete one first."
            raise Conflict(message, code="too_many_webhooks")
        await sql(
            "INSERT INTO webhook_endpoints (id, account, url, events, description, enabled, created_at, updated_at) "
            "VALUES ({}, {}, {}, {}, {}, {}, :now, :now)",
            *(endpoint, account, wanted.url, _names(wanted.events), wanted.description, wanted.enabled),
        )
        secret = await secrets.make(endpoint, account, installation)
        await audit.record(account, "webhook_created", endpoint)
    return await find(endpoint, account), secret


async def of(account: str) -> list[Endpoint]:
    """Newest first."""
    query = f"SELECT {_COLUMNS} FROM webhook_endpoints WHERE account = {{}} ORDER BY created_at DESC, id"
    return [_endpoint(row) for row in await sql(query, account)]


async def find(endpoint: str, account: str) -> Endpoint:
    """Raises NotFound, also for somebody else's."""
    query = f"SELECT {_COLUMNS} FROM webhook_endpoints WHERE id = {{}} AND account = {{}}"
    rows = await sql(query, endpoint, account) if ids.possible(endpoint) else []
    if not rows:
        raise NotFound(f"There is no webhook {endpoint[:60]} in this account.", code="unknown_webhook")
    return _endpoint(rows[0])


async def enabled(endpoint: str, account: str) -> Endpoint:
    """Raises NotFound, or Conflict when it is disabled: then it gets nothing."""
    found = await find(endpoint, account)
    if not found.enabled:
        raise Conflict(
            'This webhook is disabled. Enable it first: PATCH it with {"enabled": true}.', code="webhook_disabled"
        )
    return found


async def held(endpoint: str, account: str) -> Endpoint:
    """As `find`, and until the end of the transaction it stays as it is."""
    if ids.possible(endpoint):
        await sql("UPDATE webhook_endpoints SET id = id WHERE id = {} AND account = {}", endpoint, account)
    return await find(endpoint, account)


async def change(endpoint: str, account: str, wanted: Change) -> Endpoint:
    """Whoever enables an endpoint that was disabled, or names another address, forgives its failures.

    Raises NotFound.
    """
    async with tx():
        before = await held(endpoint, account)
        after = _changed(before, wanted)
        if after == before:
            return before
        await sql(
            "UPDATE webhook_endpoints SET url = {}, events = {}, description = {}, enabled = {}, disabled_reason = {}, "
            "failing_since = {}, updated_at = :now WHERE id = {}",
            *(after.url, _names(after.events), after.description, after.enabled, after.disabled_reason),
            *(after.failing_since, endpoint),
        )
        await audit.record(account, "webhook_changed", endpoint)
        return await find(endpoint, account)


def _changed(before: Endpoint, wanted: Change) -> Endpoint:
    given = {name: value for name, value in msgspec.structs.asdict(wanted).items() if value is not None}
    if "events" in given:
        given["events"] = sorted(set(given["events"]))
    after = msgspec.structs.replace(before, **given)
    forgiven = (after.enabled, after.url) != (before.enabled, before.url)
    return msgspec.structs.replace(
        after,
        disabled_reason=None if after.enabled else before.disabled_reason,
        failing_since=None if forgiven and after.enabled else before.failing_since,
    )


async def delete(endpoint: str, account: str) -> None:
    """With its secrets and everything it was sent or should have been. Raises NotFound."""
    async with tx():
        await find(endpoint, account)
        # In the order of all who lock these rows, so that none waits for another in a circle.
        await sql("DELETE FROM webhook_deliveries WHERE endpoint = {}", endpoint)
        await sql("DELETE FROM webhook_endpoints WHERE id = {} AND account = {}", endpoint, account)
        await secrets.drop(endpoint)
        await audit.record(account, "webhook_deleted", endpoint)


async def forget(account: str) -> None:
    """Every endpoint of an account; what was sent there goes with its events."""
    await sql("DELETE FROM webhook_endpoints WHERE account = {}", account)


async def subscribed(account: str, event: str) -> list[str]:
    """Ids of the enabled endpoints that want to be told of it."""
    rows = await sql("SELECT id, enabled, events FROM webhook_endpoints WHERE account = {} ORDER BY id", account)
    return [row["id"] for row in rows if row["enabled"] and event in msgspec.json.decode(row["events"])]


async def answered(endpoint: str) -> None:
    await sql("UPDATE webhook_endpoints SET failing_since = NULL WHERE id = {} AND failing_since IS NOT NULL", endpoint)


async def failed(endpoint: str, *, given_up: bool) -> None:
    """Note one more failure. `given_up`: it was the last of its delivery's schedule; that may end our patience."""
    rows = await sql(
        "UPDATE webhook_endpoints SET failing_since = COALESCE(failing_since, :now) WHERE id = {} AND enabled "
        "RETURNING :now - failing_since AS failing_ms",
        endpoint,
    )
    if given_up and rows and rows[0]["failing_ms"] >= PATIENCE_S * 1000:
        await disable(endpoint, f"Nothing has arrived there for {PATIENCE_S // 3600} hours.")


async def disable(endpoint: str, reason: str) -> None:
    await sql(
        "UPDATE webhook_endpoints SET enabled = FALSE, disabled_reason = {}, updated_at = :now "
        "WHERE id = {} AND enabled",
        reason,
        endpoint,
    )


def _names(events: Sequence[str]) -> str:
    return msgspec.json.encode(sorted(set(events))).decode()


def _endpoint(row: dict[str, Any]) -> Endpoint:
    return Endpoint(**{**row, "events": msgspec.json.decode(row["events"]), "enabled": bool(row["enabled"])})
