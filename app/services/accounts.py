"""Accounts: who owns what, and the first of them."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from app import ids
from app.db.engine import sql, tx
from app.errors import Conflict, NotFound
from app.services import keys
from app.settings import Settings, SettingsError

BOOTSTRAP = "acc_bootstrap"
"""The account that is there from the first start; its fixed id makes one of two racing starts the first."""

_ACCOUNT = "id, name, plan_name, monthly_credits, created_at"


class Account(Struct, frozen=True, kw_only=True):
    """`monthly_credits` None: no limit; `created_at` in milliseconds since 1970."""

    id: str
    name: str
    plan_name: str
    monthly_credits: int | None
    created_at: int


async def bootstrap(settings: Settings) -> str | None:
    """Make sure that somebody can sign in; answers a key to be shown once when this call minted it.

    Raises SettingsError when the key that the settings ask for cannot travel in a header.
    """
    wanted = settings.bootstrap_key
    if wanted and not (wanted.isascii() and wanted.isprintable() and " " not in wanted):
        raise SettingsError("The value of CLIPYARD_BOOTSTRAP_KEY may contain only printable ASCII without spaces.")
    async with tx():
        first = await _insert_account(BOOTSTRAP, "bootstrap", admin=True)
        if wanted:
            await keys.keep(BOOTSTRAP, "bootstrap", wanted)
            return None
        return (await keys.create(BOOTSTRAP, "bootstrap")).key if first else None


async def create_account(name: str, *, admin: bool = False) -> str:
    account = ids.account_id()
    await _insert_account(account, name, admin=admin)
    return account


async def find(account: str) -> Account:
    """By id. Raises NotFound."""
    return _one(await sql(f"SELECT {_ACCOUNT} FROM accounts WHERE id = {{}}", account), account)


async def named(name: str | None) -> Account:
    """By name, the oldest of several; the bootstrap account without one. Raises NotFound."""
    if name is None:
        return await find(BOOTSTRAP)
    query = f"SELECT {_ACCOUNT} FROM accounts WHERE name = {{}} ORDER BY created_at, id LIMIT 1"
    return _one(await sql(query, name), name)


async def everyone() -> list[Account]:
    """All accounts, the oldest first."""
    return [Account(**row) for row in await sql(f"SELECT {_ACCOUNT} FROM accounts ORDER BY created_at, id")]


async def set_plan(account: str, *, plan_name: str, monthly_credits: int | None) -> None:
    """Change what the account may render in a month; counts from the next order on."""
    await sql(
        "UPDATE accounts SET plan_name = {}, monthly_credits = {} WHERE id = {}",
        plan_name[:60],
        monthly_credits,
        account,
    )


def _one(rows: list[dict[str, Any]], wanted: str) -> Account:
    if not rows:
        raise NotFound(f"There is no account {wanted}.")
    return Account(**rows[0])


async def create_key_for(account_name: str | None, name: str, *, limits: Mapping[str, int] | None = None) -> str:
    """A key, to be shown once, for the account of that name, made if new; the bootstrap account without one.

    `limits`: the key's own, by the name of a rule.
    """
    async with tx():
        if account_name is None:
            await _insert_account(BOOTSTRAP, "bootstrap", admin=True)
            return (await keys.create(BOOTSTRAP, name, limits=limits)).key
        try:
            account = (await named(account_name)).id
        except NotFound:
            account = await create_account(account_name)
        return (await keys.create(account, name, limits=limits)).key


async def create_with_key(name: str) -> str:
    """A new account's first key, to be shown once. Raises Conflict when the name is taken."""
    async with tx():
        if await sql("SELECT id FROM accounts WHERE name = {}", name):
            raise Conflict(f'There is an account "{name}" already. `keys create --account` makes another key for it.')
        return (await keys.create(await create_account(name), "first")).key


async def _insert_account(account: str, name: str, *, admin: bool) -> list[dict[str, Any]]:
    return await sql(
        "INSERT INTO accounts (id, name, plan_name, admin, created_at) VALUES ({}, {}, 'Self-hosted', {}, :now) "
        "ON CONFLICT (id) DO NOTHING RETURNING id",
        account,
        name,
        admin,
    )
