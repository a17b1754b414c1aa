"""Accounts and their API keys: whom a request acts for."""

from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from app import ids
from app.db.engine import sql, tx
from app.errors import Conflict, Forbidden, NotFound, Unauthorized
from app.settings import Settings, SettingsError

BOOTSTRAP = "acc_bootstrap"
"""The account that is there from the first start; its fixed id makes one of two racing starts the first."""

_ACCOUNT = "id, name, plan_name, monthly_credits, created_at"
_PREFIX_LENGTH = 12
_USE_SHOWN_EVERY_MS = 60_000


class Principal(Struct, frozen=True, kw_only=True):
    """`use_due`: the key's time of last use is more than a minute old."""

    account: str
    admin: bool
    key_id: str
    use_due: bool


class Account(Struct, frozen=True, kw_only=True):
    """`monthly_credits` None: no limit; `created_at` in milliseconds since 1970."""

    id: str
    name: str
    plan_name: str
    monthly_credits: int | None
    created_at: int


class Minted(Struct, frozen=True, kw_only=True):
    """A new key. `key` is in no other answer: only its hash is kept."""

    id: str
    key: str


class Key(Struct, frozen=True, kw_only=True):
    """What can be said of a key afterwards. Times are milliseconds since 1970, `last_used` is for people."""

    id: str
    account: str
    name: str
    prefix: str
    disabled: bool
    created_at: int
    last_used_at: int | None

    @property
    def last_used(self) -> str | None:
        if self.last_used_at is None:
            return None
        return datetime.fromtimestamp(self.last_used_at / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")


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
            await _insert_key(BOOTSTRAP, "bootstrap", wanted)
            return None
        return (await create_key(BOOTSTRAP, "bootstrap")).key if first else None


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


async def create_key(account: str, name: str) -> Minted:
    """Raises NotFound when there is no such account."""
    if not await sql("SELECT id FROM accounts WHERE id = {}", account):
        raise NotFound(f"There is no account {account}.")
    key = ids.api_key()
    return Minted(id=await _insert_key(account, name, key), key=key)


async def list_keys(account: str | None = None) -> list[Key]:
    """Newest first; of all accounts when none is given."""
    rows = await sql(
        "SELECT id, account, name, prefix, disabled, created_at, last_used_at FROM api_keys "
        "WHERE account = COALESCE({}, account) ORDER BY created_at DESC, id",
        account,
    )
    return [Key(**{**row, "disabled": bool(row["disabled"])}) for row in rows]


async def create_key_for(account_name: str | None, name: str) -> str:
    """A key, to be shown once, for the account of that name, made if new; the bootstrap account without one."""
    async with tx():
        if account_name is None:
            await _insert_account(BOOTSTRAP, "bootstrap", admin=True)
            return (await create_key(BOOTSTRAP, name)).key
        try:
            account = (await named(account_name)).id
        except NotFound:
            account = await create_account(account_name)
        return (await create_key(account, name)).key


async def create_with_key(name: str) -> str:
    """A new account's first key, to be shown once. Raises Conflict when the name is taken."""
    async with tx():
        if await sql("SELECT id FROM accounts WHERE name = {}", name):
            raise Conflict(f'There is an account "{name}" already. `keys create --account` makes another key for it.')
        return (await create_key(await create_account(name), "first")).key


async def revoke_key(key: str) -> None:
    """Refuse requests with the key from now on. `key`: its id, or its prefix when no other key shares that.

    Raises NotFound.
    """
    rows = await sql(
        "UPDATE api_keys SET disabled = TRUE WHERE id = {} "
        "OR (prefix = {} AND (SELECT COUNT(*) FROM api_keys WHERE prefix = {}) = 1) RETURNING id",
        key,
        key,
        key,
    )
    if not rows:
        raise NotFound(f"No key has the id or prefix {key}.")


async def authenticate(key: str) -> Principal:
    """Whose key this is. Raises Unauthorized for an unknown key and Forbidden for a revoked one."""
    rows = await sql(
        "SELECT k.id, k.account, k.disabled, a.admin, "
        "(k.last_used_at IS NULL OR k.last_used_at < :now - {}) AS use_due "
        "FROM api_keys k JOIN accounts a ON a.id = k.account WHERE k.hash = {}",
        _USE_SHOWN_EVERY_MS,
        ids.api_key_hash(key),
    )
    if not rows:
        raise Unauthorized("This API key is not known. Check that it was copied whole.")
    row = rows[0]
    if row["disabled"]:
        raise Forbidden("This API key was revoked. Use another one.", code="key_disabled")
    return Principal(account=row["account"], admin=bool(row["admin"]), key_id=row["id"], use_due=bool(row["use_due"]))


async def note_use(key_id: str) -> None:
    """Remember that the key was used just now, at most once a minute."""
    await sql(
        "UPDATE api_keys SET last_used_at = :now WHERE id = {} AND (last_used_at IS NULL OR last_used_at < :now - {})",
        key_id,
        _USE_SHOWN_EVERY_MS,
    )


async def _insert_account(account: str, name: str, *, admin: bool) -> list[dict[str, Any]]:
    return await sql(
        "INSERT INTO accounts (id, name, plan_name, admin, webhook_secret, created_at) "
        "VALUES ({}, {}, 'Self-hosted', {}, '', :now) "
        "ON CONFLICT (id) DO NOTHING RETURNING id",
        account,
        name,
        admin,
    )


async def _insert_key(account: str, name: str, key: str) -> str:
    key_id = ids.api_key_id()
    await sql(
        "INSERT INTO api_keys (id, account, name, prefix, hash, disabled, created_at) "
        "VALUES ({}, {}, {}, {}, {}, FALSE, :now) ON CONFLICT (hash) DO NOTHING",
        key_id,
        account,
        name,
        key[: min(_PREFIX_LENGTH, len(key) // 3)],
        ids.api_key_hash(key),
    )
    return key_id
