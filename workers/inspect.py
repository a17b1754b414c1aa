"""Whether what was uploaded can be used, by a look at it in a child process; what is at an address is stored first."""

from pathlib import Path
from typing import Any

import msgspec

from app.services.uploads.records import MAX_SECONDS
from app.specs import FetchSpec, InspectSpec
from workers import sources
from workers.answering import FETCHED
from workers.media_child import inspected
from workers.run import BadInput, JobRun


async def inspect(run: JobRun) -> dict[str, Any]:
    spec = run.claim.spec
    assert isinstance(spec, InspectSpec)
    return await _looked_at(run, await sources.stored(run, spec.key))


async def fetch(run: JobRun) -> dict[str, Any]:
    """Stored last, where every attempt stores it: what cannot be used does not have to be removed again."""
    spec = run.claim.spec
    assert isinstance(spec, FetchSpec)
    source = await sources.from_web(run, spec.url)
    found = await _looked_at(run, source)
    run.at("storing", 95)
    await run.context.storage.put_file(spec.key, source, found["content_type"])
    return found


async def _looked_at(run: JobRun, source: Path) -> dict[str, Any]:
    run.at("working", FETCHED)
    found = await inspected(run, source)
    if found.duration > MAX_SECONDS:
        message = f"The media lasts {found.duration / 60:.0f} minutes, and may last {MAX_SECONDS // 60}. Cut it first."
        raise BadInput("too_long", message)
    return {**msgspec.to_builtins(found), "bytes": source.stat().st_size}
