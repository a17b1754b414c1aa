"""API keys: made once, kept as hashes, known again at every request."""

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from app import ids
from app.db.engine import lookup, sql
from app.errors import Forbidden, NotFound, Unauthorized

_PREFIX_LENGTH = 12
_USE_SHOWN_EVERY_MS = 60_000


class Principal(Struct, frozen=True, kw_only=True):
    """`limits`: the key's own, by the name of a rule. `use_due`: its time of last use is more than a minute old."""

    account: str
    admin: bool
    key_id: str
    by_user: bool
    limits: dict[str, int]
    use_due: bool


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
    """`limits`: the key's own, by the name of a rule. Raises NotFound when there is no such account."""
    if not await sql("SELECT id FROM accounts WHERE id = {}", account):
        raise NotFound(f"There is no account {account}.")
    key = ids.api_key()
    return Minted(id=await keep(account, name, key, limits=limits), key=key)


async def listing(account: str | None = None) -> list[Key]:
    """Newest first; of all accounts when none is given."""
    rows = await sql(
        "SELECT id, account, name, prefix, disabled, created_at, last_used_at FROM api_keys "
        "WHERE account = COALESCE({}, account) ORDER BY created_at DESC, id",
        account,
    )
    return [Key(**{**row, "disabled": bool(row["disabled"])}) for row in rows]


async def revoke(key: str) -> None:
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
    rows = await lookup(
        "SELECT k.id, k.account, k.disabled, k.by_user, k.limits, a.admin, "
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
    return Principal(
        account=row["account"],
        admin=bool(row["admin"]),
        key_id=row["id"],
        by_user=bool(row["by_user"]),
        limits=msgspec.json.decode(row["limits"] or "{}"),
        use_due=bool(row["use_due"]),
    )


async def note_use(key_id: str) -> None:
    """Remember that the key was used just now, at most once a minute."""
    await sql(
        "UPDATE api_keys SET last_used_at = :now WHERE id = {} AND (last_used_at IS NULL OR last_used_at < :now - {})",
        key_id,
        _USE_SHOWN_EVERY_MS,
    )


async def keep(account: str, name: str, key: str, *, limits: Mapping[str, int] | None = None) -> str:
    """Let this key act for the account from now on; answers its id. One that is there already stays as it is."""
    key_id = ids.api_key_id()
    await sql(
        "INSERT INTO api_keys (id, account, name, prefix, hash, disabled, by_user, limits, created_at) "
        "VALUES ({}, {}, {}, {}, {}, FALSE, FALSE, {}, :now) ON CONFLICT (hash) DO NOTHING",
        key_id,
        account,
        name,
        key[: min(_PREFIX_LENGTH, len(key) // 3)],
        ids.api_key_hash(key),
        msgspec.json.encode(limits).decode() if limits else None,
    )
    return key_id
