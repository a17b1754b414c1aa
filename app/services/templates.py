"""Templates that can be rendered: the built-in files, and those that an account keeps."""

import asyncio
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from app import ids
from app.db.engine import sql
from app.errors import NotFound, Problem
from renderer.format.modifications import Applied, apply
from renderer.format.names import did_you_mean
from renderer.format.template import load

BUILTIN_DIR = Path(__file__).resolve().parent.parent.parent / "templates" / "videos"
"""Beside the `app` package in a checkout and in an installation alike."""

_REFERENCE = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


class Stored(Struct, frozen=True, kw_only=True):
    """A template document with its address. `name` is a built-in's file name; times are ms since 1970."""

    uid: str
    name: str | None
    title: str
    raw: dict[str, Any]
    created_at: int


async def find(reference: str, account: str) -> Stored:
    """By uid, or by the name of a built-in. Raises NotFound that suggests the nearest built-in."""
    for builtin in builtins():
        if reference in (builtin.uid, builtin.name):
            return builtin
    if _REFERENCE.fullmatch(reference):
        rows = await sql(
            "SELECT uid, title, body, created_at FROM templates WHERE uid = {} AND account = {}",
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
        "SELECT uid, title, body, created_at FROM templates WHERE account = {} "
        "ORDER BY created_at DESC, uid LIMIT {} OFFSET {}",
        account,
        size,
        first,
    )
    if len(rows) == size:
        return [_own(row) for row in rows]
    counted = await sql("SELECT COUNT(*) AS n FROM templates WHERE account = {}", account)
    start = max(0, first - counted[0]["n"])
    return [*map(_own, rows), *builtins()[start : start + size - len(rows)]]


async def applied(raw: object, modifications: list[Any], data: dict[str, Any] | None, *, strict: bool) -> Applied:
    """With data and modifications. In a thread: a large template takes a third of a second to look at.

    Raises TemplateError with every problem.
    """
    return await asyncio.to_thread(apply, raw, modifications, data, strict)


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
    )


def _own(row: dict[str, Any]) -> Stored:
    raw = msgspec.json.decode(row["body"])
    return Stored(uid=row["uid"], name=None, title=row["title"], raw=raw, created_at=row["created_at"])
