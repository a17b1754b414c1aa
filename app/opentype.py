"""Fonts of clients, through the sanitizer that browsers use before anything else of ours reads them.

The OpenType Sanitizer parses every table and writes a new file of those it understands. It also unpacks WOFF and WOFF2.
"""

import asyncio
import contextlib
import logging
import resource
import secrets
from pathlib import Path

import ots
from msgspec import Struct

from app.errors import Unavailable, Unsupported

PATIENCE_S = 20.0
MEMORY = 1 << 30
CPU_S = 10
NAMELESS = "OTS derived font"
"""How the sanitizer calls a font that has no name."""
_UNREADABLE = "The font cannot be read. Use an undamaged TTF, OTF, WOFF or WOFF2 file."

log = logging.getLogger("clipyard.opentype")


class Face(Struct, frozen=True, kw_only=True):
    """What a font file says of itself; `family` is empty when it does not say."""

    family: str
    weight: int
    italic: bool


async def sanitise(source: Path, dest: Path) -> None:
    """Write the font at `source` to `dest` as a plain TTF or OTF, whole or not at all. Raises Unsupported."""
    draft = dest.with_name(f".{dest.name}.{secrets.token_hex(8)}.part")  # another process may write the same font
    try:
        if not await _ended_well(await _started(source, draft)):
            raise Unsupported(_UNREADABLE, code="font_unreadable")
        draft.replace(dest)
    finally:
        draft.unlink(missing_ok=True)


async def _started(source: Path, draft: Path) -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            ots.OTS_SANITIZE,
            str(source),
            str(draft),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env={},
        )
    except FileNotFoundError as error:
        raise Unavailable("The font sanitizer is not installed, so fonts cannot be used.") from error


async def examine(font: Path) -> Face:
    """What the font says of itself, once the sanitizer has seen it. Raises Unsupported."""
    clean = font.with_name(f"{font.name}.clean")
    try:
        await sanitise(font, clean)
        return await asyncio.to_thread(_face_of, clean)
    finally:
        clean.unlink(missing_ok=True)


def _face_of(sanitised: Path) -> Face:
    from fontTools.ttLib import TTFont, TTLibError

    try:
        with TTFont(sanitised, lazy=True) as font:
            family = font["name"].getBestFamilyName() or ""
            os2 = font["OS/2"]
            family = "" if family == NAMELESS else family
            return Face(family=family, weight=os2.usWeightClass, italic=bool(os2.fsSelection & 1))
    except (TTLibError, KeyError, AttributeError) as error:
        raise Unsupported(_UNREADABLE, code="font_unreadable") from error


async def _ended_well(process: asyncio.subprocess.Process) -> bool:
    try:
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(process.pid, resource.RLIMIT_AS, (MEMORY, MEMORY))
            resource.prlimit(process.pid, resource.RLIMIT_CPU, (CPU_S, CPU_S))
        async with asyncio.timeout(PATIENCE_S):
            _, said = await process.communicate()
    except TimeoutError:
        return False
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode != 0:
        log.info("a font was refused: %s", said[:300].decode(errors="replace").strip())
    return process.returncode == 0
