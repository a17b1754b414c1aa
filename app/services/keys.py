"""API keys: made once, kept as hashes, known again at every request."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from app import ids
from app.db.engine import quick, sql, tx
from app.errors import Conflict, NotFound, Unauthorized
from app.services import audit, holding, naming
from app.services.principals import Principal, banned, key_revoked

MAX_NAME = 100
MAX_KEPT = 10
"""Keys that a user may have; operators may make more for them."""
REVOKED_KEPT_S = 90 * 86_400
"""Meanwhile whoever still sends it is told why it is refused."""
_PREFIX_LENGTH = 12
_USE_SHOWN_EVERY_MS = 60_000
_SHOWN = "id, account, name, prefix, disabled, created_at, last_used_at"


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


async def create(account: str, name: str, *, limits: Mapping[str, int] | None = None) -> Minted:
    """An operator's. `limits`: the key's own, by the name of a rule. Raises NotFound when there is no such account."""
    if not await sql("SELECT id FROM accounts WHERE id = {}", account):
        raise NotFound(f"There is no account {account}.")
    key = ids.api_key()
    async with tx():
        return Minted(id=await keep(account, name, key, limits=limits), key=key)


async def create_own(principal: Principal, name: str) -> Minted:
    """A user's. Raises Conflict beyond MAX_KEPT, however many are asked for at once."""
    key = ids.api_key()
    async with holding.acting(principal):  # also: one at a time
        kept = await sql("SELECT COUNT(*) AS n FROM api_keys WHERE account = {} AND NOT disabled", principal.account)
        if kept[0]["n"] >= MAX_KEPT:
            raise Conflict(f"This account has {MAX_KEPT} API keys already. Revoke one first.", code="too_many_keys")
        key_id = await keep(principal.account, name, key, actor=principal.account)
    return Minted(id=key_id, key=key)


async def listing(account: str | None = None) -> list[Key]:
    """Newest first; of all accounts when none is given."""
    rows = await sql(
        f"SELECT {_SHOWN} FROM api_keys WHERE account = COALESCE({{}}, account) ORDER BY created_at DESC, id", account
    )
    return [_key(row) for row in rows]


async def find(key_id: str, account: str) -> Key:
    """Raises NotFound, also for somebody else's."""
    query = f"SELECT {_SHOWN} FROM api_keys WHERE id = {{}} AND account = {{}}"
    rows = await sql(query, key_id, account) if ids.possible(key_id) else []
    if not rows:
        raise NotFound(f"There is no key {key_id[:60]} in this account.", code="unknown_key")
    return _key(rows[0])


async def revoke(given: str) -> Key:
    """Refuse requests with the key from now on. `given`: its id, or its prefix with or without the dots behind it.

    Raises NotFound, and Conflict when several begin so or it was revoked already.
    """
    async with tx():
        prefix = given.strip().rstrip(".…")
        rows = await sql(f"SELECT {_SHOWN} FROM api_keys WHERE id = {{}} OR prefix = {{}} ORDER BY id", given, prefix)
        if not rows:
            raise NotFound(f"No key has the id or prefix {given}. `keys list` shows all.")
        if len(rows) > 1:
            raise Conflict(f"{len(rows)} keys begin with {prefix}. Say which: {', '.join(row['id'] for row in rows)}.")
        key = _key(rows[0])
        if not await _end(key.id, audit.OPERATOR):
            raise Conflict(f"The key {key.id} was revoked already.")
    return key


async def revoke_own(key_id: str, principal: Principal) -> Key:
    """Refuse requests with the key from now on. Raises NotFound, also for one that was revoked already."""
    async with holding.acting(principal):
        key = await find(key_id, principal.account)
        if not await _end(key.id, principal.account):
            raise NotFound(f"The key {key.id} was revoked already.", code="unknown_key")
    return key


async def _end(key_id: str, actor: str) -> bool:
    """Whether it worked until now."""
    query = "UPDATE api_keys SET disabled = TRUE, revoked_at = :now WHERE id = {} AND NOT disabled RETURNING id"
    if not await sql(query, key_id):
        return False
    await audit.record(actor, "key_revoked", key_id)
    return True


async def authenticate(key: str) -> Principal:
    """Whose key this is. Raises Unauthorized for an unknown key, Forbidden for a revoked one or a banned account."""
    rows = await quick(
        "SELECT k.id, k.account, k.disabled, k.by_user, k.limits, a.admin, a.banned, "
        "(k.last_used_at IS NULL OR k.last_used_at < :now - {}) AS use_due "
        "FROM api_keys k JOIN accounts a ON a.id = k.account WHERE k.hash = {} AND a.erased_at IS NULL",
        _USE_SHOWN_EVERY_MS,
        ids.secret_hash(key),
    )
    if not rows:
        raise Unauthorized("This API key is not known. Check that it was copied whole.")
    row = rows[0]
    if row["disabled"]:
        raise key_revoked()
    if row["banned"]:
        raise banned()
    return Principal(
        account=row["account"],
        kind="key",
        id=row["id"],
        admin=bool(row["admin"]),
        by_user=bool(row["by_user"]),
        limits=msgspec.json.decode(row["limits"] or "{}"),
        use_due=bool(row["use_due"]),
    )


async def note_use(principal: Principal) -> None:
    """Remember that the key was used just now, at most once a minute."""
    await sql(
        "UPDATE api_keys SET last_used_at = :now WHERE id = {} AND (last_used_at IS NULL OR last_used_at < :now - {})",
        principal.id,
        _USE_SHOWN_EVERY_MS,
    )


async def keep(
    account: str,
    name: str,
    key: str,
    *,
    limits: Mapping[str, int] | None = None,
    actor: str = audit.OPERATOR,
) -> str:
    """Let this key act for the account from now on; answers its id. One that is there already stays as it is.

    Call it in a transaction. Raises InvalidInput for a name that is none.
    """
    name, digest = naming.checked(name, MAX_NAME), ids.secret_hash(key)
    kept = await sql(
        "INSERT INTO api_keys (id, account, name, prefix, hash, disabled, by_user, limits, created_at) "
        "VALUES ({}, {}, {}, {}, {}, FALSE, {}, {}, :now) ON CONFLICT (hash) DO NOTHING RETURNING id",
        ids.api_key_id(),
        account,
        name,
        key[: min(_PREFIX_LENGTH, len(key) // 3)],
        digest,
        actor != audit.OPERATOR,
        msgspec.json.encode(limits).decode() if limits else None,
    )
    if not kept:
        return str((await sql("SELECT id FROM api_keys WHERE hash = {}", digest))[0]["id"])
    await audit.record(actor, "key_created", kept[0]["id"], {"account": account, "name": name})
    return str(kept[0]["id"])


async def bring(account: str, name: str, key: str) -> bool:
    """The key of a setting, which revokes those that it brought before; whether it works.

    One that was revoked stays so, however often the setting brings it, and revokes none. Call it in a transaction.
    """
    key_id = await keep(account, name, key)
    query = "UPDATE api_keys SET by_setting = TRUE WHERE id = {} AND account = {} AND NOT by_setting RETURNING id"
    is_new = await sql(query, key_id, account)
    works = bool(await sql("SELECT id FROM api_keys WHERE id = {} AND account = {} AND NOT disabled", key_id, account))
    if is_new and works:
        for before in await sql("SELECT id FROM api_keys WHERE by_setting AND NOT disabled AND id <> {}", key_id):
            await _end(before["id"], audit.OPERATOR)
    return works


async def forget_old() -> None:
    """Those that were revoked long ago, and what they were called; but none that a setting would bring back."""
    old = f"revoked_at < :now - {REVOKED_KEPT_S * 1000} AND NOT by_setting"
    async with tx():
        await audit.forget_about(f"SELECT id FROM api_keys WHERE {old}")
        await sql(f"DELETE FROM api_keys WHERE {old}")


async def forget(account: str) -> None:
    await sql("DELETE FROM api_keys WHERE account = {}", account)


def _key(row: dict[str, Any]) -> Key:
    return Key(**{**row, "disabled": bool(row["disabled"])})
