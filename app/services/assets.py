"""Files that clients upload to use in templates as `asset:ID`."""

import asyncio
import contextlib
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from app import ids, opentype
from app.db.engine import marks, sql
from app.errors import NotFound, StorageFailed
from app.services import holding, naming
from app.services.kinds import Kind, kind_of
from app.services.principals import Principal
from app.storage import Storage

_COLUMNS = "id, account, key, filename, content_type, size, sha256, created_at"


class Upload(Struct, frozen=True, kw_only=True):
    """A file that has arrived whole at `path`; `sha256` in hex; `fields`: the other fields of its form."""

    path: Path
    filename: str
    size: int
    sha256: str
    fields: dict[str, str] = {}

    @property
    def digest(self) -> str:
        """Of all that was sent: file, name and fields. The bytes of a form have another boundary each time."""
        sent = [self.sha256, self.filename, sorted(self.fields.items())]
        return hashlib.sha256(json.dumps(sent).encode()).hexdigest()


class Stored(Struct, frozen=True, kw_only=True):
    """An upload whose file is stored under its key, and of which nobody knows yet."""

    id: str
    account: str
    key: str
    filename: str
    content_type: str
    size: int
    sha256: str


class Asset(Struct, frozen=True, kw_only=True):
    """`created_at`: milliseconds since 1970."""

    id: str
    account: str
    key: str
    filename: str
    content_type: str
    size: int
    sha256: str
    created_at: int


async def store(upload: Upload, *, account: str, storage: Storage) -> Stored:
    """What `keep` keeps, or else `discard` removes. Raises Unsupported for what is no picture, video, sound or font."""
    kind = await asyncio.to_thread(kind_of, upload.path)
    if kind.is_font:  # a broken one is told now: once a render has it, its owner would have to wait to hear of it
        await opentype.examine(upload.path)
    return await store_as(kind, upload, account=account, storage=storage)


async def store_as(kind: Kind, upload: Upload, *, account: str, storage: Storage) -> Stored:
    """The same of an upload that was looked at already."""
    asset_id = ids.asset_id()
    stored = Stored(
        id=asset_id,
        account=account,
        key=f"assets/{account}/{asset_id}.{kind.extension}",
        filename=naming.filename(upload.filename),
        content_type=kind.content_type,
        size=upload.size,
        sha256=upload.sha256,
    )
    await storage.put_file(stored.key, upload.path, kind.content_type)
    return stored


async def keep(stored: Stored) -> Asset:
    """In the transaction of who asked for it (see `holding.acting`)."""
    rows = await sql(
        f"INSERT INTO assets ({_COLUMNS}) VALUES ({{}}, {{}}, {{}}, {{}}, {{}}, {{}}, {{}}, :now) RETURNING {_COLUMNS}",
        *msgspec.structs.astuple(stored),
    )
    return _asset(rows[0])


async def discard(stored: Stored, storage: Storage) -> None:
    """Whatever happens meanwhile: nobody knows of the file, so nobody else would remove it."""
    with contextlib.suppress(StorageFailed):
        await asyncio.shield(storage.delete(stored.key))


async def find(asset_id: str, account: str) -> Asset:
    """Raises NotFound, also for somebody else's."""
    query = f"SELECT {_COLUMNS} FROM assets WHERE id = {{}} AND account = {{}}"
    rows = await sql(query, asset_id, account) if ids.possible(asset_id) else []
    if not rows:
        raise unknown(asset_id)
    return _asset(rows[0])


async def content_types(asset_ids: Iterable[str], account: str) -> dict[str, str]:
    """By id, of those that exist and belong to the account."""
    wanted = sorted({asset_id for asset_id in asset_ids if ids.possible(asset_id)})
    if not wanted:
        return {}
    rows = await sql(
        f"SELECT id, content_type FROM assets WHERE account = {{}} AND id IN ({marks(len(wanted))})",
        account,
        *wanted,
    )
    return {row["id"]: row["content_type"] for row in rows}


async def delete(asset_id: str, *, asking: Principal, storage: Storage) -> Asset:
    """A render that still needs the file fails with a sentence about it. Raises NotFound."""
    async with holding.acting(asking):
        asset = await find(asset_id, asking.account)
        await sql("DELETE FROM assets WHERE id = {}", asset.id)
    await storage.delete(asset.key)
    return asset


async def forget(account: str) -> None:
    """The rows; `erasure` removes the files."""
    await sql("DELETE FROM assets WHERE account = {}", account)


def unknown(asset_id: str) -> NotFound:
    return NotFound(f'There is no upload "{asset_id[:60]}" in this account.', code="unknown_asset")


def _asset(row: dict[str, Any]) -> Asset:
    return Asset(**row)
