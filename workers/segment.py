"""Segments of a long render: each is a job of its own, drawn by any worker; the render waits, helps, and collects."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from app.db.engine import UNREACHABLE
from app.services import jobs
from app.specs import RenderSpec, SegmentSpec
from app.storage import content_type_of
from workers.drawing import Drawing, draw, fetched, keep
from workers.run import BadInput, Fault, JobRun, run_job

LOOK_S = 0.25
"""Seconds between looks at how far the segments are."""

FETCHED, DRAWN = 5, 95
"""Percent of a segment's progress at which fetching and drawing end."""


class Drawn(Struct, frozen=True, kw_only=True):
    """Local files of all segments in their order, and what was noticed while drawing."""

    pieces: list[str]
    warnings: list[str]


async def segment(run: JobRun) -> dict[str, Any]:
    """The segment job, on a worker that knows nothing of the render yet."""
    spec = await jobs.spec_of(_spec(run).render)
    if not isinstance(spec, RenderSpec):
        raise Fault("render_over", "The render was ended meanwhile.")
    return await _drawn(run, await fetched(run, spec))


async def drawn_in_segments(
    run: JobRun, drawing: Drawing, segments: list[tuple[int, int]], on_progress: Callable[[float], None]
) -> Drawn:
    """Enter the segments as jobs, or find them entered by an earlier attempt; return when all are drawn and here.

    This job keeps its slot, so it uses it: it draws what nobody has begun. One worker alone is enough.
    """
    specs = [SegmentSpec(render=run.claim.id, first=first, end=end) for first, end in segments]
    await keep(run)
    parts = await jobs.divide(run.claim, specs)
    results = await _results(run, drawing, dict(zip(parts, specs, strict=True)), on_progress)
    folder = run.workspace / "pieces"
    folder.mkdir()
    pieces = [folder / f"{number}.{drawing.spec.format}" for number in range(len(results))]
    for result, piece in zip(results, pieces, strict=True):
        await run.context.storage.get_to_file(result["key"], piece)
    warnings = [warning for result in results for warning in result["warnings"]]
    return Drawn(pieces=[str(piece) for piece in pieces], warnings=warnings)


async def _results(
    run: JobRun, drawing: Drawing, parts: dict[str, SegmentSpec], on_progress: Callable[[float], None]
) -> list[dict[str, Any]]:
    """Of all segments, in order. Raises BadInput with the words of one that failed."""
    helping: asyncio.Task[None] | None = None
    try:
        while True:
            with contextlib.suppress(*UNREACHABLE):  # the heartbeat says when that lasts too long
                found = await jobs.read(list(parts))
                results = _collected(parts, found)
                if len(results) == len(parts):
                    return results
                on_progress(_share(parts, found))
                if helping is None or helping.done():
                    helping = await _help(run, drawing)
            await asyncio.sleep(LOOK_S)
    finally:
        if helping is not None:
            helping.cancel()
            await asyncio.wait({helping})


def _collected(parts: dict[str, SegmentSpec], found: dict[str, jobs.Snapshot]) -> list[dict[str, Any]]:
    """Results of the segments that are done, in order."""
    if len(found) < len(parts):
        raise Fault("render_over", "The render was ended meanwhile.")
    if failed := next((part for part in found.values() if part.state == "failed"), None):
        raise BadInput(failed.error_code or "", failed.error_message or "")
    return [result for part in parts if (result := found[part].result)]


def _share(parts: dict[str, SegmentSpec], found: dict[str, jobs.Snapshot]) -> float:
    frames = {part: spec.end - spec.first for part, spec in parts.items()}
    return sum(found[part].progress * count for part, count in frames.items()) / 100 / sum(frames.values())


async def _help(run: JobRun, drawing: Drawing) -> asyncio.Task[None] | None:
    """Begin a segment that nobody has begun, with the files that are here already."""

    async def steps(part: JobRun) -> dict[str, Any]:
        return await _drawn(part, drawing)

    waiting = await jobs.waiting_part(run.claim.id)
    return asyncio.create_task(run_job(waiting, run.context, {"segment": steps})) if waiting else None


async def _drawn(run: JobRun, drawing: Drawing) -> dict[str, Any]:
    spec = _spec(run)

    def progress(share: float) -> None:
        run.at("working", FETCHED + (DRAWN - FETCHED) * share)

    progress(0)
    out = run.workspace / f"segment.{drawing.spec.format}"
    drawn = await draw(run, drawing, out, progress, segment=[spec.first, spec.end])
    run.at("storing", DRAWN)
    return {"key": await run.store(out, content_type_of(out.name)), "warnings": drawn["warnings"]}


def _spec(run: JobRun) -> SegmentSpec:
    spec = run.claim.spec
    assert isinstance(spec, SegmentSpec)
    return spec
