"""A long render in parts: its segments and its sound are jobs, done by any worker; the render helps, and joins them."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.db.engine import UNREACHABLE
from app.errors import NotFound
from app.services import division, jobs
from app.specs import PartSpec, RenderSpec, SegmentSpec, SoundSpec
from app.storage import content_type_of
from workers.answering import DONE, progress_of
from workers.drawing import Drawing, draw, fetched, keep
from workers.run import BadInput, Fault, JobRun, run_job

LOOK_S = 0.25
"""Seconds between looks at how far the parts are."""

WHOLE_S = 24 * 3600.0
"""What an attempt at a whole render may take. One worker alone draws the longest video in it: an hour of 120 frames a
second, at five frames a second. Each of its children has its own, shorter time."""

log = logging.getLogger("clipyard.render")


async def part(run: JobRun) -> dict[str, Any]:
    """The job of a part, on a worker that knows nothing of the render yet."""
    spec = await jobs.spec_of(_spec(run).render)
    if not isinstance(spec, RenderSpec):
        raise Fault("render_over", "The render was ended meanwhile.")
    return await _done(run, await fetched(run, spec))


async def render_in_parts(
    run: JobRun, drawing: Drawing, cut: dict[str, Any], video: Path, preview: Path, on_progress: Callable[[float], None]
) -> dict[str, Any]:
    """What the renderer says of the whole video, joined from parts that were entered as jobs, now or before.

    This job keeps its slot, so it uses it: it does what nobody has begun. One worker alone is enough.
    Raises BadInput after WHOLE_S, and with the words of a part that failed.
    """
    limit = asyncio.timeout(WHOLE_S)
    try:
        async with limit:
            return await _whole(run, drawing, cut, video, preview, on_progress)
    except TimeoutError as error:
        if not limit.expired():
            raise
        message = f"The render was stopped: not done after {WHOLE_S / 3600:.0f} hours. Make the video shorter."
        raise BadInput("too_long", message) from error


async def _whole(
    run: JobRun, drawing: Drawing, cut: dict[str, Any], video: Path, preview: Path, on_progress: Callable[[float], None]
) -> dict[str, Any]:
    render = run.claim.id
    sound: list[PartSpec] = [SoundSpec(render=render)] if cut["audible"] else []
    segments: list[PartSpec] = [SegmentSpec(render=render, first=first, end=end) for first, end in cut["segments"]]
    specs = sound + segments
    drawing = await keep(run, drawing)
    ids = await division.divide(run.claim, specs)
    results, files = await _collected(run, drawing, dict(zip(ids, specs, strict=True)), on_progress)
    joining = {"type": "joining", "pieces": files[len(sound) :], "sound": files[0] if sound else None}
    rendered = await draw(run, drawing, video, lambda _: None, preview=str(preview), part=joining)
    noticed = [warning for result in results for warning in result["warnings"]]
    return {**rendered, "warnings": list(dict.fromkeys([*noticed, *rendered["warnings"]]))}


async def _collected(
    run: JobRun, drawing: Drawing, parts: dict[str, PartSpec], on_progress: Callable[[float], None]
) -> tuple[list[dict[str, Any]], list[str]]:
    """Results and files of all parts, in order. A part whose file is not in the store any more is done again."""
    folder = run.workspace / "parts"
    folder.mkdir()
    while True:
        results = await _results(run, drawing, parts, on_progress)
        files = {name: folder / f"{name}{Path(result['key']).suffix}" for name, result in results.items()}
        gone = [name for name, file in files.items() if not await _arrived(run, results[name]["key"], file)]
        if not gone:
            return list(results.values()), [str(file) for file in files.values()]
        for name in gone:
            log.warning("%s: %s is not in the store any more", name, results[name]["key"])
            if not await division.redo(name):
                # Another attempt would find the part given up.
                raise BadInput("part_lost", "The store lost a part of the video again and again. Render it again.")


async def _arrived(run: JobRun, key: str, file: Path) -> bool:
    """Whether the file is here, now or before; the store may have it no more."""
    if not file.exists():
        try:
            await run.context.storage.get_to_file(key, file)
        except NotFound:
            return False
    return True


async def _results(
    run: JobRun, drawing: Drawing, parts: dict[str, PartSpec], on_progress: Callable[[float], None]
) -> dict[str, dict[str, Any]]:
    """Of all parts, in order. Raises BadInput with the words of one that failed."""
    helping: asyncio.Task[None] | None = None
    try:
        while True:
            with contextlib.suppress(*UNREACHABLE):  # the heartbeat says when that lasts too long
                found = await jobs.read(list(parts))
                results = _ready(list(parts), found)
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


def _ready(ids: list[str], found: dict[str, jobs.Snapshot]) -> dict[str, dict[str, Any]]:
    """Results of the parts that are done, in order."""
    if len(found) < len(ids):
        raise Fault("render_over", "The render was ended meanwhile.")
    for name in ids:
        _refuse_without(found[name])
    return {name: result for name in ids if (result := found[name].result)}


def _refuse_without(part: jobs.Snapshot) -> None:
    """The whole cannot be finished when a part of it is over without a result."""
    match part.state:
        case "failed":
            raise BadInput(part.error_code or "", part.error_message or "")
        case "cancelled":
            raise BadInput("part_cancelled", "A part of the video was cancelled. Render it again.")


def _share(parts: dict[str, PartSpec], found: dict[str, jobs.Snapshot]) -> float:
    frames = {name: spec.end - spec.first for name, spec in parts.items() if isinstance(spec, SegmentSpec)}
    return sum(found[name].progress * count for name, count in frames.items()) / 100 / sum(frames.values())


async def _help(run: JobRun, drawing: Drawing) -> asyncio.Task[None] | None:
    """Begin a part that nobody has begun, with the files that are here already."""

    async def steps(part: JobRun) -> dict[str, Any]:
        return await _done(part, drawing)

    waiting = await division.waiting(run.claim.id)
    kinds = {"segment": steps, "sound": steps}
    return asyncio.create_task(run_job(waiting, run.context, kinds)) if waiting else None


async def _done(run: JobRun, drawing: Drawing) -> dict[str, Any]:
    spec = _spec(run)
    wanted: dict[str, Any] = {"type": "sound"}
    if isinstance(spec, SegmentSpec):
        wanted = {"type": "segment", "first": spec.first, "end": spec.end}
    out = run.workspace / f"{run.claim.kind}.{drawing.spec.format}"
    made = await draw(run, drawing, out, progress_of(run), part=wanted)
    run.at("storing", DONE)
    return {"key": await run.store(out, content_type_of(out.name)), "warnings": made["warnings"]}


def _spec(run: JobRun) -> PartSpec:
    spec = run.claim.spec
    assert isinstance(spec, SegmentSpec | SoundSpec)
    return spec
