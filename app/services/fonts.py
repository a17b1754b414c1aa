"""Brand fonts: uploads that every template of their account may name as a `font-family`."""

import asyncio
from typing import Any, Literal

from msgspec import Struct

from app import ids, opentype
from app.db.engine import Duplicate, sql
from app.errors import AppError, Conflict, InvalidInput, NotFound, Problem
from app.services import assets
from app.services.assets import Upload
from app.services.kinds import kind_of
from app.services.principals import Principal
from app.storage import Storage
from renderer.format.families import bundled, named

MAX_BYTES = 25_000_000
MAX_KEPT = 200
"""Of one account."""

_COLUMNS = "f.id, f.asset, f.family, f.weight, f.italic, f.created_at, a.filename, a.size"
_SELECT = f"SELECT {_COLUMNS} FROM fonts f JOIN assets a ON a.id = f.asset"


class Wanted(Struct, frozen=True, kw_only=True):
    """How the font is to be called; what is None is what the file says."""

    family: str | None = None
    weight: int | None = None
    style: Literal["normal", "italic"] | None = None


class Stored(Struct, frozen=True, kw_only=True):
    """A font whose file is stored, and of which nobody knows yet."""

    face: opentype.Face
    file: assets.Stored


class BrandFont(Struct, frozen=True, kw_only=True):
    """`asset`: the upload it is; `created_at` in milliseconds since 1970."""

    id: str
    asset: str
    family: str
    weight: int
    italic: bool
    filename: str
    size: int
    created_at: int

    @property
    def style(self) -> Literal["normal", "italic"]:
        return "italic" if self.italic else "normal"


async def of(account: str) -> list[BrandFont]:
    """By family, weight and style."""
    rows = await sql(f"{_SELECT} WHERE f.account = {{}} ORDER BY lower(f.family), f.weight, f.italic", account)
    return [_font(row) for row in rows]


async def store(upload: Upload, wanted: Wanted, *, account: str, storage: Storage) -> Stored:
    """What `keep` keeps, or else `assets.discard` its file.

    Raises Unsupported for what is no font, Conflict when the account has that face.
    """
    face = _called(await opentype.examine(upload.path), wanted)
    await _check_room(account, face)
    kind = await asyncio.to_thread(kind_of, upload.path)
    return Stored(face=face, file=await assets.store_as(kind, upload, account=account, storage=storage))


async def keep(stored: Stored) -> BrandFont:
    """In the transaction of who asked for it. Raises Conflict when the account has got that face meanwhile."""
    asset, font_id, face = await assets.keep(stored.file), ids.font_id(), stored.face
    try:
        await sql(
            "INSERT INTO fonts (id, account, asset, family, weight, italic, created_at) "
            "VALUES ({}, {}, {}, {}, {}, {}, :now)",
            *(font_id, asset.account, asset.id, face.family, face.weight, face.italic),
        )
    except Duplicate as error:
        raise _taken(face) from error
    return await find(font_id, asset.account)


async def find(font_id: str, account: str) -> BrandFont:
    """Raises NotFound, also for somebody else's."""
    query = f"{_SELECT} WHERE f.id = {{}} AND f.account = {{}}"
    rows = await sql(query, font_id, account) if ids.possible(font_id) else []
    if not rows:
        raise NotFound(f'There is no font "{font_id[:60]}" in this account.', code="unknown_font")
    return _font(rows[0])


async def delete(font_id: str, *, asking: Principal, storage: Storage) -> BrandFont:
    """Templates that name it are refused from now on; renders that are done keep it. Raises NotFound."""
    font = await find(font_id, asking.account)
    await assets.delete(font.asset, asking=asking, storage=storage)  # the row goes with it
    return font


async def forget(account: str) -> None:
    await sql("DELETE FROM fonts WHERE account = {}", account)


def _called(face: opentype.Face, wanted: Wanted) -> opentype.Face:
    """The face under the names it is given. Raises InvalidInput for a family that no text could name."""
    family = (wanted.family or face.family).strip()
    if named(family) != [family] or not family.isprintable():
        message = "A family has a name without commas, quotation marks and control characters. Give one: `family`."
        raise InvalidInput(message, fields=(Problem("family", message),))
    return opentype.Face(
        family=family[:200],
        weight=min(max(wanted.weight or face.weight, 1), 1000),
        italic=face.italic if wanted.style is None else wanted.style == "italic",
    )


async def _check_room(account: str, face: opentype.Face) -> None:
    if face.family.casefold() in {name.casefold() for name in bundled()}:
        message = f'"{face.family}" is the name of a family that comes with it. Give yours another name: `family`.'
        raise Conflict(message, code="font_bundled")
    kept = await of(account)
    if len(kept) >= MAX_KEPT:
        raise Conflict(f"This account keeps {MAX_KEPT} fonts already. Delete some.", code="too_many_fonts")
    taken = {(font.family.casefold(), font.weight, font.italic) for font in kept}
    if (face.family.casefold(), face.weight, face.italic) in taken:
        raise _taken(face)


def _taken(face: opentype.Face) -> AppError:
    style = "italic" if face.italic else "upright"
    message = f'"{face.family}" {style} of weight {face.weight} is there already. Delete it first.'
    return Conflict(message, code="font_exists")


def _font(row: dict[str, Any]) -> BrandFont:
    return BrandFont(**{**row, "italic": bool(row["italic"])})
