"""Who asks is still there: looked for again, and held, in the transaction that does what they asked for.

They were known before their body arrived, which may take long: meanwhile the account may have been erased or banned,
the key revoked, the session ended. The account's row comes first, in every transaction that takes it, then what was
asked with, then anything else: transactions that lock in one order never deadlock.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from weakref import WeakValueDictionary

from app.db.engine import in_tx, sql, tx
from app.errors import Unauthorized
from app.services.principals import Principal, banned, key_revoked, session_over

_turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
"""Of each account that somebody acts for in this process."""


@contextlib.asynccontextmanager
async def acting(principal: Principal) -> AsyncIterator[None]:
    """The transaction of whatever somebody asked to change: they are there, and stay there until it ends.

    Raises Unauthorized, or Forbidden for a revoked key or a banned account.
    """
    async with turn(principal.account), tx():
        await account(principal.account)
        await _asked_with(principal)
        yield


@contextlib.asynccontextmanager
async def turn(account_id: str) -> AsyncIterator[None]:
    """Around a transaction that takes the account's row: those of one account come one after the other.

    They would wait for each other in the database all the same, but there each with a connection: a few requests of one
    account would leave none to all the others. A transaction that is under way has had its turn.
    """
    if in_tx():
        yield
        return
    async with _turns.setdefault(account_id, asyncio.Lock()):
        yield


async def account(account_id: str) -> None:
    """The account alone, where nobody asks by key or session. Raises Unauthorized, or Forbidden while it is banned."""
    held = await sql(
        "UPDATE accounts SET id = id WHERE id = {} AND erased_at IS NULL RETURNING banned",
        account_id,
    )
    if not held:
        raise Unauthorized("This account is not there any more.", code="account_gone")
    if held[0]["banned"]:
        raise banned()


async def _asked_with(principal: Principal) -> None:
    if principal.kind == "session":
        if not await sql("UPDATE sessions SET seen_at = seen_at WHERE id = {} RETURNING id", principal.id):
            raise session_over()
        return
    key = "UPDATE api_keys SET disabled = disabled WHERE id = {} AND NOT disabled RETURNING id"
    if not await sql(key, principal.id):
        raise key_revoked()
