"""Files that clients upload to use in templates as `asset:ID`."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

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


async def create(upload: Upload, *, asking: Principal, storage: Storage) -> Asset:
    """Store an upload under an id of its own. Raises Unsupported for what is no picture, video, sound or font."""
    kind = await asyncio.to_thread(kind_of, upload.path)
    if kind.is_font:  # a broken one is told now: once a render has it, its owner would have to wait to hear of it
        await opentype.examine(upload.path)
    async with kept(upload, kind, asking=asking, storage=storage) as asset:
        return asset


@contextlib.asynccontextmanager
async def kept(upload: Upload, kind: Kind, *, asking: Principal, storage: Storage) -> AsyncIterator[Asset]:
    """Store an upload that was looked at already; the block is part of the transaction that keeps it.

    Nothing stays when the block fails, or when who asks is not there any more (see `holding.acting`).
    """
    asset_id = ids.asset_id()
    key = f"assets/{asking.account}/{asset_id}.{kind.extension}"
    await storage.put_file(key, upload.path, kind.content_type)
    try:
        async with holding.acting(asking):
            rows = await sql(
                f"INSERT INTO assets ({_COLUMNS}) VALUES ({{}}, {{}}, {{}}, {{}}, {{}}, {{}}, {{}}, :now) "
                f"RETURNING {_COLUMNS}",
                *(asset_id, asking.account, key, naming.filename(upload.filename)),
                *(kind.content_type, upload.size, upload.sha256),
            )
            yield _asset(rows[0])
    except BaseException:
        with contextlib.suppress(StorageFailed):
            await asyncio.shield(storage.delete(key))
        raise


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
