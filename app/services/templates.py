"""Templates that can be rendered: the built-in files, and those that an account keeps."""

import asyncio
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from app import ids
from app.db.engine import sql
from app.errors import Conflict, Forbidden, InvalidInput, NotFound, Problem, TooLarge
from app.services import fonts
from renderer.errors import TemplateError
from renderer.format.families import named
from renderer.format.modifications import Applied, apply
from renderer.format.names import did_you_mean
from renderer.format.output import OutputOptions, with_output
from renderer.format.template import MAX_FONTS, Font, Template, load, named_families, to_builtins

BUILTIN_DIR = Path(__file__).resolve().parent.parent.parent / "templates" / "videos"
"""Beside the `app` package in a checkout and in an installation alike."""

MAX_BYTES = 2_000_000
MAX_KEPT = 1_000
"""Of one account."""

_COLUMNS = "uid, title, body, created_at, updated_at"


class Stored(Struct, frozen=True, kw_only=True):
    """A template document with its address. `name` is a built-in's file name; times are ms since 1970."""

    uid: str
    name: str | None
    title: str
    raw: dict[str, Any]
    created_at: int
    updated_at: int


async def find(reference: str, account: str) -> Stored:
    """By uid, or by the name of a built-in. Raises NotFound that suggests the nearest built-in."""
    for builtin in builtins():
        if reference in (builtin.uid, builtin.name):
            return builtin
    if ids.possible(reference):
        rows = await sql(
            f"SELECT {_COLUMNS} FROM templates WHERE uid = {{}} AND account = {{}}",
            reference,
            account,
        )
        if rows:
            return _own(rows[0])
    raise _unknown(reference)


def _unknown(reference: str) -> NotFound:
    names = [builtin.name for builtin in builtins() if builtin.name]
    message = f'there is no template "{reference[:64]}"{did_you_mean(reference, names)} Built in: {", ".join(names)}.'
    return NotFound(f"template: {message}", code="unknown_template", fields=(Problem("template", message),))


async def page(account: str, *, number: int, size: int) -> list[Stored]:
    """The account's own, newest first, then the built-in ones by name. `number` counts from 1."""
    first = (number - 1) * size
    rows = await sql(
        f"SELECT {_COLUMNS} FROM templates WHERE account = {{}} ORDER BY created_at DESC, uid LIMIT {{}} OFFSET {{}}",
        account,
        size,
        first,
    )
    if len(rows) == size:
        return [_own(row) for row in rows]
    counted = await sql("SELECT COUNT(*) AS n FROM templates WHERE account = {}", account)
    start = max(0, first - counted[0]["n"])
    return [*map(_own, rows), *builtins()[start : start + size - len(rows)]]


async def create(document: object, *, account: str) -> Stored:
    """Keep a document that passed `applied`. Raises TooLarge, or Conflict when the account has too many."""
    body, title = _written(document)
    rows = await sql(
        "INSERT INTO templates (uid, account, title, body, created_at, updated_at) SELECT {}, {}, {}, {}, :now, :now "
        f"WHERE (SELECT COUNT(*) FROM templates WHERE account = {{}}) < {{}} RETURNING {_COLUMNS}",
        *(ids.template_uid(), account, title, body, account, MAX_KEPT),
    )
    if not rows:
        message = f"This account keeps {MAX_KEPT:,} templates already. Delete some that are not used."
        raise Conflict(message, code="too_many_templates")
    return _own(rows[0])


async def duplicate(original: Stored, title: str | None, *, account: str) -> Stored:
    """A copy of the account's own, to be changed."""
    return await create({**original.raw, "title": title or f"{original.title[:490]} (copy)"}, account=account)


async def replace(uid: str, document: object, *, account: str, seen: object = None) -> Stored:
    """Put a document that passed `applied` in the place of the account's own.

    With `seen`, only in the place of that very document. Raises NotFound, Forbidden, TooLarge, or Conflict.
    """
    await _changeable(uid, account)
    body, title = _written(document)
    rows = await sql(
        "UPDATE templates SET title = {}, body = {}, updated_at = :now WHERE uid = {} AND account = {} "
        f"AND body = COALESCE({{}}, body) RETURNING {_COLUMNS}",
        *(title, body, uid, account, None if seen is None else _written(seen)[0]),
    )
    if not rows:
        await find(uid, account)  # it may be gone, which is another answer
        raise Conflict("This template was changed by another request meanwhile. Try again.", code="template_changed")
    return _own(rows[0])


async def delete(uid: str, *, account: str) -> Stored:
    """Renders keep what they were made from. Raises NotFound, Forbidden."""
    found = await _changeable(uid, account)
    await sql("DELETE FROM templates WHERE uid = {} AND account = {}", uid, account)
    return found


async def forget(account: str) -> None:
    await sql("DELETE FROM templates WHERE account = {}", account)


async def _changeable(uid: str, account: str) -> Stored:
    found = await find(uid, account)
    if found.name is not None:
        message = f'"{found.name}" is built in and stays as it is. Duplicate it: POST /v1/templates {{"from": …}}.'
        raise Forbidden(message, code="builtin_template")
    return found


def _written(document: object) -> tuple[str, str]:
    """As JSON, and its title."""
    if not isinstance(document, dict):
        raise InvalidInput("A template is a JSON object with scenes in it.", code="invalid_template")
    body = msgspec.json.encode(document)
    if len(body) > MAX_BYTES:
        raise TooLarge(f"This template has {len(body):,} bytes; at most {MAX_BYTES:,} can be kept.")
    return body.decode(), str(document.get("title", ""))[:200]


async def applied(
    raw: object,
    modifications: list[Any],
    data: dict[str, Any] | None,
    *,
    account: str,
    strict: bool,
    output: OutputOptions | None = None,
) -> Applied:
    """With data, modifications, the account's fonts that it uses, and in the size and rate that `output` asks for.

    In a thread: a large template takes a third of a second to look at. Raises TemplateError with every problem.
    """
    own = await fonts.of(account)
    return await asyncio.to_thread(_applied, raw, modifications, data, strict, own, output)


def _applied(
    raw: object,
    modifications: list[Any],
    data: dict[str, Any] | None,
    strict: bool,
    own: list[fonts.BrandFont],
    output: OutputOptions | None,
) -> Applied:
    plain = apply(raw, modifications, data, strict, {font.family for font in own})
    template = _with_fonts(plain.template, own)
    if output:
        template = with_output(template, output)
    if template == plain.template:
        return plain
    return Applied(template=template, raw=to_builtins(template), warnings=plain.warnings)


def _with_fonts(template: Template, own: list[fonts.BrandFont]) -> Template:
    """With those fonts of the account that a text names and the template does not bring itself."""
    asked = {name.casefold() for _, family in named_families(template) for name in named(family)}
    asked -= {font.family.casefold() for font in template.fonts}
    added = tuple(
        Font(family=font.family, src=f"asset:{font.asset}", weight=font.weight, style=font.style)
        for font in own
        if font.family.casefold() in asked
    )
    count = len(template.fonts) + len(added)
    if count > MAX_FONTS:
        message = f"with the account's own, {count} fonts are named; at most {MAX_FONTS} can be"
        raise TemplateError("template_too_large", f"fonts: {message}.", (Problem("fonts", message),))
    return msgspec.structs.replace(template, fonts=template.fonts + added) if added else template


def builtins() -> tuple[Stored, ...]:
    """By name. The files do not change while the service runs."""
    return _read(BUILTIN_DIR)


@lru_cache(maxsize=4)
def _read(folder: Path) -> tuple[Stored, ...]:
    return tuple(_builtin(file) for file in sorted(folder.glob("*.json")))


def _builtin(file: Path) -> Stored:
    raw = load(file.read_bytes())
    assert isinstance(raw, dict)
    return Stored(
        uid=ids.builtin_template_uid(file.stem),
        name=file.stem,
        title=raw.get("title", file.stem),
        raw=raw,
        created_at=int(file.stat().st_mtime * 1000),
        updated_at=int(file.stat().st_mtime * 1000),
    )


def _own(row: dict[str, Any]) -> Stored:
    return Stored(
        uid=row["uid"],
        name=None,
        title=row["title"],
        raw=msgspec.json.decode(row["body"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
