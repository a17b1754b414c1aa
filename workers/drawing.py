"""The renderer as a child of a job: what it needs is fetched, what it says becomes progress, a result or a failure."""

import json
import logging
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from app.renderer_process import environment
from app.services import media
from app.services.templates import BUILTIN_DIR
from app.specs import RenderSpec
from renderer.format.template import parse, sources
from workers import child
from workers.run import BadInput, Fault, JobRun, prefix

log = logging.getLogger("clipyard.render")


FETCHED, DRAWN = 5, 95
"""Percent of a job's progress at which fetching and drawing end."""


class Drawing(Struct, frozen=True, kw_only=True):
    """A render's spec and a local path for each address in its template."""

    spec: RenderSpec
    files: dict[str, Path]


def progress_of(run: JobRun) -> Callable[[float], None]:
    """Says how far the drawing is, from 0 to 1."""

    def progress(share: float) -> None:
        run.at("working", FETCHED + (DRAWN - FETCHED) * share)

    progress(0)
    return progress


async def fetched(run: JobRun, spec: RenderSpec) -> Drawing:
    """With the files that the render's other segments, or its earlier attempts, are drawn with; the rest is new.

    Segments that are drawn by one worker share them.
    """
    media_dir = run.context.root.media(run.claim.parent) if run.claim.parent else run.workspace / "media"
    media_dir.mkdir(exist_ok=True)
    if run.claim.parent or run.claim.attempt > 1:
        storage, kept = run.context.storage, _kept(run)
        for key in [found.key async for found in storage.list(kept)]:
            if not (file := media_dir / key.removeprefix(kept)).exists():
                await storage.get_to_file(key, file)
    files = await media.localise(
        sources(parse(spec.template)),
        account=run.claim.account,
        storage=run.context.storage,
        egress=run.context.egress,
        builtin_dir=BUILTIN_DIR,
        into=media_dir,
        fresh_s=math.inf,
    )
    return Drawing(spec=spec, files=files)


async def keep(run: JobRun) -> None:
    """Store what came from the web: an address may answer differently each time, and is asked once for a video."""
    storage = run.context.storage
    there = {found.key async for found in storage.list(_kept(run))}
    for file in (run.workspace / "media").glob("web-*"):
        if (key := f"{_kept(run)}{file.name}") not in there:
            await storage.put_file(key, file, "application/octet-stream")


def _kept(run: JobRun) -> str:
    return f"{prefix('render', run.claim.account, run.claim.parent or run.claim.id)}media/"


async def draw(
    run: JobRun, drawing: Drawing, out: Path, on_progress: Callable[[float], None], **more: Any
) -> dict[str, Any]:
    """The renderer's result; `more` are other fields of its job file.

    `on_progress` gets a share of 0 to 1. Raises BadInput and Fault.
    """
    job = {
        "template": drawing.spec.template,
        "files": {url: str(path) for url, path in drawing.files.items()},
        "out": str(out),
        "format": drawing.spec.format,
        "quality": drawing.spec.quality,
        "segment_seconds": drawing.spec.segment_seconds,
        "ffmpeg": run.context.settings.ffmpeg or None,
        **more,
    }
    (run.workspace / "job.json").write_text(json.dumps(job))
    answer: dict[str, Any] = {}

    def heard(line: bytes) -> None:
        said = msgspec.json.decode(line)
        if "progress" in said:
            on_progress(said["progress"])
        else:
            answer.update(said)

    ended = await _child(run, heard)
    if "result" in answer and ended.code == 0:
        result: dict[str, Any] = answer["result"]
        return result
    raise _failure(answer.get("error"), ended)


async def _child(run: JobRun, heard: Callable[[bytes], None]) -> child.Exit:
    try:
        return await child.run(
            [sys.executable, "-m", "renderer", "--job", str(run.workspace / "job.json"), "--json"],
            cwd=run.workspace,
            # A killed renderer cannot remove its temporary files; the workspace goes in any case.
            env=environment(run.context.settings.data_path) | {"TMPDIR": str(run.workspace)},
            on_line=heard,
        )
    except child.ChildTimeout as error:
        raise BadInput("too_long", f"The render was stopped: {error}. Make the video shorter.") from error


def _failure(error: dict[str, Any] | None, ended: child.Exit) -> BadInput | Fault:
    """The child's exit code says whose fault it was: 1 the author's, anything else the machine's."""
    if error and ended.code == 1:
        where = "; ".join(f"{p['path']}: {p['message']}" for p in error.get("problems", ())[:5])
        return BadInput(error["code"], where or error["message"])  # the places say the sentence again
    if error:
        return Fault(error["code"], error["message"])
    log.warning("the renderer ended with code %d: %s", ended.code, ended.stderr[-2000:])
    return Fault("renderer_died", "The renderer was ended from outside, perhaps for want of memory.")
