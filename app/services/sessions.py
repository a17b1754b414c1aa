"""Sessions: a browser that signed in. Only the hash of what its cookie holds is kept, and deleting the row ends it.

A row is only ever inserted at a sign-in: no request that is still under way brings an ended session back.
"""

import base64
import hmac

from msgspec import Struct

from app import ids
from app.db.engine import quick, sql
from app.errors import NotFound
from app.services import audit, holding
from app.services.principals import Principal, banned, session_over

IDLE_S = 7 * 86_400
LIFE_S = 30 * 86_400
_SEEN_EVERY_MS = 60_000

_LIVE = f"s.seen_at > :now - {IDLE_S * 1000} AND s.created_at > :now - {LIFE_S * 1000}"
_NAME = f"'ses_' || substr(id, 1, {ids.SESSION_NAME})"


class Session(Struct, frozen=True, kw_only=True):
    """One as its owner sees it. Times are milliseconds since 1970; `seen_at` is right to the minute."""

    id: str
    current: bool
    created_at: int
    seen_at: int


async def start(account: str) -> str:
    """A new session's secret id. Call it inside the transaction that says how it came to be."""
    session = ids.session_id()
    await sql(
        "INSERT INTO sessions (id, account, created_at, seen_at) VALUES ({}, {}, :now, :now)",
        ids.secret_hash(session),
        account,
    )
    return session


async def authenticate(session: str) -> Principal:
    """Whose session this is. Raises Unauthorized, and Forbidden while the account is banned."""
    rows = await quick(
        f"SELECT s.id, s.account, s.seen_at < :now - {_SEEN_EVERY_MS} AS use_due, a.admin, a.banned "
        f"FROM sessions s JOIN accounts a ON a.id = s.account WHERE s.id = {{}} AND a.erased_at IS NULL AND {_LIVE}",
        ids.secret_hash(session),
    )
    if not rows:
        raise session_over()
    row = rows[0]
    if row["banned"]:
        raise banned()
    return Principal(
        account=row["account"], kind="session", id=row["id"], admin=bool(row["admin"]), use_due=bool(row["use_due"])
    )


async def note_use(principal: Principal) -> None:
    """Remember that the session was used just now, if it is still there."""
    await sql("UPDATE sessions SET seen_at = :now WHERE id = {}", principal.id)


async def end(principal: Principal) -> None:
    if await sql("DELETE FROM sessions WHERE id = {} RETURNING id", principal.id):
        await audit.record(principal.account, "signed_out", principal.account)


async def end_one(asking: Principal, name: str) -> None:
    """Any one of the account's. Raises NotFound, and Unauthorized when the session that asks is over itself."""
    query = f"DELETE FROM sessions WHERE account = {{}} AND {_NAME} = {{}} RETURNING id"
    async with holding.acting(asking):
        if not ids.possible(name) or not await sql(query, asking.account, name):
            raise NotFound(f"There is no session {name[:60]} in this account.", code="unknown_session")
        await audit.record(asking.account, "signed_out", asking.account)


async def page(asking: Principal, *, number: int, size: int) -> list[Session]:
    """The account's: the one that asks, then the last used first; `number` counts from 1."""
    rows = await sql(
        f"SELECT s.id, s.created_at, s.seen_at FROM sessions s WHERE s.account = {{}} AND {_LIVE} "
        "ORDER BY CASE WHEN s.id = {} THEN 0 ELSE 1 END, s.seen_at DESC, s.id LIMIT {} OFFSET {}",
        *(asking.account, asking.id, size, (number - 1) * size),
    )
    return [Session(**{**row, "id": ids.session_name(row["id"])}, current=row["id"] == asking.id) for row in rows]


async def end_all(account: str) -> None:
    await sql("DELETE FROM sessions WHERE account = {}", account)


async def forget(account: str) -> None:
    await end_all(account)


async def forget_old() -> None:
    """Rows of sessions that nobody can use any more."""
    await sql(f"DELETE FROM sessions WHERE seen_at <= :now - {IDLE_S * 1000} OR created_at <= :now - {LIFE_S * 1000}")


def csrf_token(session_hash: str, secret: bytes) -> str:
    """What a page has to send along with the cookie; another site can make a browser send the cookie alone."""
    token = hmac.digest(secret, f"csrf {session_hash}".encode(), "sha256")
    return base64.urlsafe_b64encode(token).decode().rstrip("=")
