"""Accounts: who owns what, and the first of them."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from app import ids
from app.db.engine import sql, tx
from app.errors import Conflict, NotFound
from app.services import audit, emails, keys, naming
from app.settings import Settings, SettingsError

BOOTSTRAP = "acc_bootstrap"
"""The account that is there from the first start; its fixed id makes one of two racing starts the first."""

MAX_NAME = 200
_ACCOUNT = "id, name, email, admin, banned, plan_name, monthly_credits, created_at"


class Account(Struct, frozen=True, kw_only=True):
    """`email` None: it has keys only. `monthly_credits` None: no limit; `created_at` in milliseconds since 1970."""

    id: str
    name: str
    email: str | None
    admin: bool
    banned: bool
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
        first = await _insert_account(BOOTSTRAP, "bootstrap")
        if wanted:
            await keys.keep(BOOTSTRAP, "bootstrap", wanted)
            return None
        return (await keys.create(BOOTSTRAP, "bootstrap")).key if first else None


async def create_account(name: str, *, email: str | None = None, actor: str = audit.OPERATOR) -> str:
    """Its id. Raises InvalidInput, or Conflict when the e-mail is another account's."""
    account = ids.account_id()
    async with tx():
        await _insert_account(account, naming.checked(name, MAX_NAME))
        if email is not None:
            await set_email(account, email)
        await audit.record(actor, "account_created", account)
    return account


async def set_email(account: str, email: str) -> None:
    """What its owner signs in with. Raises InvalidInput, or Conflict when it is another account's."""
    wanted = emails.normalised(email)
    changed = await sql(
        "UPDATE accounts SET email = {} WHERE id = {} "
        "AND NOT EXISTS (SELECT 1 FROM accounts other WHERE other.email = {} AND other.id <> {}) RETURNING id",
        *(wanted, account, wanted, account),
    )
    if not changed:
        raise Conflict(f"Another account has the e-mail {wanted}.")


async def find(account: str) -> Account:
    """By id. Raises NotFound."""
    return _one(await sql(f"SELECT {_ACCOUNT} FROM accounts WHERE id = {{}}", account), account)


async def with_email(email: str) -> Account | None:
    """`email` as `emails.normalised` writes it."""
    rows = await sql(f"SELECT {_ACCOUNT} FROM accounts WHERE email = {{}}", email)
    return _account(rows[0]) if rows else None


async def named(name: str | None) -> Account:
    """By name, the oldest of several; the bootstrap account without one. Raises NotFound."""
    if name is None:
        return await find(BOOTSTRAP)
    query = f"SELECT {_ACCOUNT} FROM accounts WHERE name = {{}} AND erased_at IS NULL ORDER BY created_at, id LIMIT 1"
    return _one(await sql(query, name), name)


async def everyone() -> list[Account]:
    """All accounts, the oldest first."""
    rows = await sql(f"SELECT {_ACCOUNT} FROM accounts WHERE erased_at IS NULL ORDER BY created_at, id")
    return [_account(row) for row in rows]


async def set_plan(account: str, *, plan_name: str, monthly_credits: int | None) -> None:
    """Change what the account may render in a month; counts from the next order on."""
    async with tx():
        await sql(
            "UPDATE accounts SET plan_name = {}, monthly_credits = {} WHERE id = {}",
            plan_name[:60],
            monthly_credits,
            account,
        )
        detail = {"plan": plan_name[:60], "credits": monthly_credits}
        await audit.record(audit.OPERATOR, "plan_changed", account, detail)


async def set_banned(account: str, banned: bool) -> None:
    """Refuse every request of the account from now on, or accept them again."""
    async with tx():
        await sql("UPDATE accounts SET banned = {} WHERE id = {}", banned, account)
        await audit.record(audit.OPERATOR, "account_banned" if banned else "account_unbanned", account)


async def forget(account: str) -> None:
    """What stays is an id without a person, for the books."""
    await sql(
        "UPDATE accounts SET name = 'erased', email = NULL, password = '', "
        "erased_at = COALESCE(erased_at, :now), erasing = TRUE WHERE id = {}",
        account,
    )


def _one(rows: list[dict[str, Any]], wanted: str) -> Account:
    if not rows:
        raise NotFound(f"There is no account {wanted}.")
    return _account(rows[0])


def _account(row: dict[str, Any]) -> Account:
    return Account(**{**row, "admin": bool(row["admin"]), "banned": bool(row["banned"])})


async def create_key_for(account_name: str | None, name: str, *, limits: Mapping[str, int] | None = None) -> str:
    """A key, to be shown once, for the account of that name, made if new; the bootstrap account without one.

    `limits`: the key's own, by the name of a rule.
    """
    async with tx():
        if account_name is None:
            await _insert_account(BOOTSTRAP, "bootstrap")
            return (await keys.create(BOOTSTRAP, name, limits=limits)).key
        try:
            account = (await named(account_name)).id
        except NotFound:
            account = await create_account(account_name)
        return (await keys.create(account, name, limits=limits)).key


async def create_with_key(name: str, *, email: str | None = None) -> str:
    """A new account's first key, to be shown once. Raises Conflict when the name or e-mail is taken."""
    async with tx():
        if await sql("SELECT id FROM accounts WHERE name = {}", name):
            raise Conflict(f'There is an account "{name}" already. `keys create --account` makes another key for it.')
        return (await keys.create(await create_account(name, email=email), "first")).key


async def _insert_account(account: str, name: str) -> list[dict[str, Any]]:
    """The bootstrap account is the only one whose keys have no limits."""
    return await sql(
        "INSERT INTO accounts (id, name, plan_name, admin, created_at) VALUES ({}, {}, 'Self-hosted', {}, :now) "
        "ON CONFLICT (id) DO NOTHING RETURNING id",
        account,
        name,
        account == BOOTSTRAP,
    )
