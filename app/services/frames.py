"""Single frames of a template, drawn while the client waits, and what there is to warn of without drawing any."""

import asyncio
import logging
import time
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct

from app.egress import Egress
from app.errors import AppError, InvalidInput, Unavailable
from app.services import media, renders, templates
from app.stills import Frame, StillServers
from app.storage import Storage
from renderer.format.template import Source, parse, sources

CACHE_BYTES = 2_000_000_000
UNUSED_S = 86_400.0
"""What nobody draws any more goes, such as of an upload that was deleted or an account erased on another host."""
TRIM_EVERY_S = 60.0
TIDY_EVERY_S = 3600.0
PROOF_S = 10.0
"""A dry run waits no longer for warnings; a renderer that starts takes a second or two."""
WEB_FRESH_S = 300.0
"""Trying out texts on one background should fetch it once; a changed picture should not stay away for long."""


log = logging.getLogger("clipyard.frames")


class FrameOrder(Struct, frozen=True, kw_only=True):
    """`time` in seconds from the start of the video; `width` in pixels, the template's own when left out."""

    time: float
    modifications: list[Any]
    data: dict[str, Any] | None
    strict: bool
    format: Literal["jpeg", "png", "webp"]
    width: int | None


class DrawnFrame(Struct, frozen=True, kw_only=True):
    """An encoded picture, and sentences for the template's author."""

    image: bytes
    warnings: list[str]


class Studio(Struct, frozen=True, kw_only=True):
    """What drawing a frame needs; `cache` is a directory for the media of recent frames, with one for each account."""

    storage: Storage
    egress: Egress
    stills: StillServers
    cache: Path


async def draw(reference: str, order: FrameOrder, *, account: str, studio: Studio) -> DrawnFrame:
    """Raises AppError, TemplateError or MediaError."""
    stored = await templates.find(reference, account)
    applied = await templates.applied(stored.raw, order.modifications, order.data, account=account, strict=order.strict)
    frame = Frame(
        template=applied.raw,
        files=await _localised(sources(applied.template), account, studio),
        time=order.time,
        format=order.format,
        width=order.width,
    )
    still = await studio.stills.draw(frame)
    await _tidied(studio.cache)
    return DrawnFrame(image=still.image, warnings=list(dict.fromkeys([*applied.warnings, *still.warnings])))


async def warnings_of(plan: renders.Plan, *, studio: Studio) -> list[str]:
    """What the video will be warned of, as far as that is known without drawing it and without its pictures.

    Those of the plan, and letters and lines that do not fit; also a font that cannot be had now, but perhaps later. A
    renderer that has too much to do, or fails, says nothing. Raises InvalidInput or MediaError for a font that is none.
    """
    template = plan.spec.template
    wanted = sources(await asyncio.to_thread(parse, template))
    try:
        async with asyncio.timeout(PROOF_S):
            fonts = await _localised([source for source in wanted if source.kind == "font"], plan.account, studio)
            seen = list(await studio.stills.proofread(template, fonts))
    except (Unavailable, TimeoutError):
        seen = []
    except InvalidInput:
        raise
    except AppError as error:
        seen = [error.message]
    return list(dict.fromkeys([*plan.warnings, *seen]))


async def _localised(wanted: list[Source], account: str, studio: Studio) -> dict[str, str]:
    files = await media.localise(
        wanted,
        account=account,
        storage=studio.storage,
        egress=studio.egress,
        builtin_dir=templates.BUILTIN_DIR,
        into=studio.cache / account,
        caps=media.STILL_CAPS,
        fresh_s=WEB_FRESH_S,
    )
    return {url: str(path) for url, path in files.items()}


async def keep_tidy(cache: Path) -> None:
    """Until cancelled; also while nobody draws anything."""
    while True:
        try:
            await _tidied(cache)
        except OSError as error:
            log.warning("the media of frames are tidied later: %s", error)
        await asyncio.sleep(TIDY_EVERY_S)


async def _tidied(cache: Path) -> None:
    """Looking at every file of a full cache takes longer than many a frame."""
    now = time.monotonic()
    if now >= _next_trim.get(cache, 0.0):
        _next_trim[cache] = now + TRIM_EVERY_S
        await asyncio.to_thread(media.trim, cache, CACHE_BYTES, UNUSED_S)


_next_trim: dict[Path, float] = {}
