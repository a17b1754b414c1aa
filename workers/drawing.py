"""The renderer as a child of a job: what it needs is fetched, what it says becomes progress, a result or a failure."""

import json
import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import Struct

from app.services import media
from app.services.templates import BUILTIN_DIR
from app.specs import RenderSpec
from renderer.format.template import parse, sources
from workers import child
from workers.answering import answer_of
from workers.run import BadInput, Fault, JobRun, prefix


class Drawing(Struct, frozen=True, kw_only=True):
    """A render's spec and a local path for each address in its template."""

    spec: RenderSpec
    files: dict[str, Path]


async def fetched(run: JobRun, spec: RenderSpec) -> Drawing:
    """With the files that the render's other segments, or its earlier attempts, are drawn with; the rest is new.

    Parts that are done by one worker share them.
    """
    media_dir = run.context.root.media(run.claim.parent) if run.claim.parent else _own(run)
    media_dir.mkdir(exist_ok=True)
    if run.claim.parent or run.claim.attempt > 1:
        storage, kept = run.context.storage, _kept(run)
        for key in [found.key async for found in storage.list(kept)]:
            file = media_dir / key.removeprefix(kept)
            await media.once(file, partial(storage.get_to_file, key, file))
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


async def keep(run: JobRun, drawing: Drawing) -> Drawing:
    """The same drawing, whose files its parts have as well: those that are done here, and others from the store.

    What came from the web is stored: an address may answer differently each time, and is asked once for a video. Only
    then are the files shared here: an attempt that ends before leaves none, for the next may get others elsewhere.
    """
    storage, own, shared = run.context.storage, _own(run), run.context.root.media(run.claim.id)
    there = {found.key async for found in storage.list(_kept(run))}
    for file in own.glob("web-*"):
        if (key := f"{_kept(run)}{file.name}") not in there:
            await storage.put_file(key, file, "application/octet-stream")
    for file in own.iterdir():
        file.replace(shared / file.name)
    moved = {url: shared / path.name for url, path in drawing.files.items() if path.parent == own}
    return Drawing(spec=drawing.spec, files={**drawing.files, **moved})


def _own(run: JobRun) -> Path:
    """Where a render's files are until they are kept."""
    return run.workspace / "media"


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
    try:
        arguments = ["-m", "renderer", "--job", str(run.workspace / "job.json"), "--json"]
        return await answer_of(run, arguments, on_progress, _died)
    except child.ChildTimeout as error:
        raise BadInput("too_long", f"The render was stopped: {error}. Make the video shorter.") from error


def _died(_: child.Exit) -> Fault:
    return Fault("renderer_died", "The renderer was ended from outside, perhaps for want of memory.")
