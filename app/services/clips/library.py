"""The clips of an account: listed, renamed, pinned, deleted; those that nobody pins go after a day."""

from typing import Any

from msgspec import Struct

from app import ids
from app.db.engine import sql, tx
from app.errors import NotFound
from app.services import accounts, events, naming, storage_use
from app.services.clips.ends import LIFE_S
from app.services.clips.naming import searchable
from app.storage import Storage

MAX_TITLE = 200
_HERE = "(expires_at IS NULL OR expires_at > :now)"
"""What has expired is not there for anybody; its objects go when the sweeper comes."""


class Clip(Struct, frozen=True, kw_only=True):
    """A row, see `db.tables.clips`."""

    id: str
    account: str
    job: str
    upload: str | None
    key: str
    poster: str | None
    filename: str
    content_type: str
    title: str
    source_title: str
    format: str
    quality: str
    aspect_ratio: str
    width: int | None
    height: int | None
    start_ms: int | None
    end_ms: int | None
    duration_ms: int
    bytes: int
    captioned: bool
    pinned: bool
    views: int
    views_public: bool
    created_at: int
    expires_at: int | None


COLUMNS = ", ".join(Clip.__struct_fields__)
_FLAGS = ("captioned", "pinned", "views_public")


class Filter(Struct, frozen=True, kw_only=True):
    """What a list is to hold; None: whatever it is. Times in milliseconds; `search` in titles and names of files."""

    format: str | None = None
    pinned: bool | None = None
    captioned: bool | None = None
    job: str | None = None
    upload: str | None = None
    since: int | None = None
    before: int | None = None
    search: str | None = None


class Page(Struct, frozen=True, kw_only=True):
    clips: list[Clip]
    total: int


async def page(account: str, wanted: Filter, *, number: int, size: int) -> Page:
    """Newest first; `number` counts from 1."""
    where, values = _where(account, wanted)
    rows = await sql(
        f"SELECT {COLUMNS} FROM clips WHERE {where} ORDER BY created_at DESC, id LIMIT {{}} OFFSET {{}}",
        *(*values, size, (number - 1) * size),
    )
    total = await sql(f"SELECT COUNT(*) AS n FROM clips WHERE {where}", *values)
    return Page(clips=[clip_of(row) for row in rows], total=int(total[0]["n"]))


def _where(account: str, wanted: Filter) -> tuple[str, list[Any]]:
    compared = {
        "account = {}": account,
        "format = {}": wanted.format,
        "pinned = {}": wanted.pinned,
        "captioned = {}": wanted.captioned,
        "job = {}": wanted.job,
        "upload = {}": wanted.upload,
        "created_at >= {}": wanted.since,
        "created_at < {}": wanted.before,
    }
    chosen = {words: value for words, value in compared.items() if value is not None}
    conditions, values = [*chosen, _HERE], list(chosen.values())
    if wanted.search:
        conditions.append("search LIKE {} ESCAPE '!'")
        values.append(f"%{_literal(searchable(wanted.search))}%")
    return " AND ".join(conditions), values


def _literal(text: str) -> str:
    """Without a meaning to LIKE."""
    return "".join(f"!{letter}" if letter in "!%_" else letter for letter in text)


async def find(clip_id: str, account: str | None = None) -> Clip:
    """With `account`, only one of that account's; without, for whoever asks, unless its owner is banned.

    Raises NotFound, for what has expired, too.
    """
    query = f"SELECT {COLUMNS} FROM clips WHERE id = {{}} AND {_HERE}"
    rows = await sql(query, clip_id) if ids.possible(clip_id) else []
    if not rows or account not in (None, rows[0]["account"]):
        raise unknown(clip_id)
    if account is None and await accounts.is_shut_out(rows[0]["account"]):
        raise unknown(clip_id)
    return clip_of(rows[0])


async def held(clip_id: str) -> None:
    """It stays until the transaction ends. Raises NotFound."""
    query = f"UPDATE clips SET views = views WHERE id = {{}} AND {_HERE} RETURNING id"
    if not (await sql(query, clip_id) if ids.possible(clip_id) else []):
        raise unknown(clip_id)


async def rename(clip_id: str, account: str, title: str) -> Clip:
    """Raises InvalidInput and NotFound."""
    checked, found = naming.checked(title, MAX_TITLE, "title"), await find(clip_id, account)
    return await _changed(clip_id, account, "title = {}, search = {}", checked, searchable(checked, found.filename))


async def pin(clip_id: str, account: str, *, quota: int) -> Clip:
    """It stays until it is unpinned or deleted. Raises NotFound, and Forbidden while the account's storage is full."""
    found = await find(clip_id, account)
    if found.pinned:
        return found
    await storage_use.check(account, quota=quota)
    return await _changed(clip_id, account, "pinned = {}, expires_at = NULL", True)


async def unpin(clip_id: str, account: str) -> Clip:
    """From now on it has as long as a clip that is new. One that was not pinned stays as it is."""
    found = await find(clip_id, account)
    if not found.pinned:
        return found
    return await _changed(clip_id, account, "pinned = {}, expires_at = :now + {}", False, LIFE_S * 1000)


async def show_views(clip_id: str, account: str, *, visible: bool) -> Clip:
    return await _changed(clip_id, account, "views_public = {}", visible)


async def _changed(clip_id: str, account: str, change: str, *values: Any) -> Clip:
    query = f"UPDATE clips SET {change} WHERE id = {{}} AND account = {{}} AND {_HERE} RETURNING {COLUMNS}"
    rows = await sql(query, *values, clip_id, account) if ids.possible(clip_id) else []
    if not rows:
        raise unknown(clip_id)
    return clip_of(rows[0])


async def delete(clip_id: str, account: str) -> Clip:
    """Nobody finds it any more; its objects are `remove`d afterwards, by the sweeper at the latest. Raises NotFound."""
    return await _changed(clip_id, account, "pinned = FALSE, expires_at = {}", DELETED)


DELETED = 0
"""The time at which what its owner deleted has expired: no clip of that age was ever there, and nobody is told."""


async def remove(clip: Clip, storage: Storage) -> None:
    """Objects, then the row, with the news of its end. Raises StorageFailed, and then it is left to the sweeper."""
    for key in (clip.key, clip.poster):
        if key:
            await storage.delete(key)
    async with tx():
        rows = await sql("DELETE FROM clips WHERE id = {} AND NOT pinned RETURNING id", clip.id)
        if rows and clip.expires_at != DELETED:
            told = {"clip_id": clip.id, "job_id": clip.job, "title": clip.title, "file_name": clip.filename}
            await events.record(clip.account, "clip.expired", clip.id, told)


async def expired(*, at_most: int) -> list[Clip]:
    """Those whose time is over, the first of them first."""
    query = f"SELECT {COLUMNS} FROM clips WHERE NOT pinned AND expires_at <= :now ORDER BY expires_at LIMIT {{}}"
    return [clip_of(row) for row in await sql(query, at_most)]


async def forget(account: str) -> None:
    """The rows; `erasure` removes the files."""
    await sql("DELETE FROM clips WHERE account = {}", account)


def unknown(clip_id: str) -> NotFound:
    return NotFound(f'There is no clip "{clip_id[:64]}", or not any more.', code="unknown_clip")


def clip_of(row: dict[str, Any]) -> Clip:
    return Clip(**{**row, **{flag: bool(row[flag]) for flag in _FLAGS}})
