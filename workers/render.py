"""The render job: fetch what the template names, let the renderer child draw it, store video and preview."""

import json
import logging
import sys
from pathlib import Path
from typing import Any

import msgspec

from app.renderer_process import environment
from app.services import media
from app.services.templates import BUILTIN_DIR
from app.specs import RenderSpec
from app.storage import content_type_of
from renderer.format.template import parse, sources
from workers import child
from workers.run import BadInput, Fault, JobRun

log = logging.getLogger("clipyard.render")

FETCHED, DRAWN = 5, 95
"""Percent of a render's progress at which fetching and drawing end."""


async def render(run: JobRun) -> dict[str, Any]:
    spec = run.claim.spec
    assert isinstance(spec, RenderSpec)
    files = await media.localise(
        sources(parse(spec.template)),
        account=run.claim.account,
        storage=run.context.storage,
        egress=run.context.egress,
        builtin_dir=BUILTIN_DIR,
        into=run.workspace / "media",
    )
    run.at("working", FETCHED)
    video = run.workspace / f"video.{spec.format}"
    rendered = await _draw(run, spec, files, video)
    run.at("storing", DRAWN)
    return {
        "key": await run.store(video, content_type_of(video.name)),
        "preview": await run.store(run.workspace / "preview.jpg", "image/jpeg"),
        **rendered,
    }


async def _draw(run: JobRun, spec: RenderSpec, files: dict[str, Path], video: Path) -> dict[str, Any]:
    job = {
        "template": spec.template,
        "files": {url: str(path) for url, path in files.items()},
        "out": str(video),
        "preview": str(run.workspace / "preview.jpg"),
        "format": spec.format,
        "quality": spec.quality,
        "ffmpeg": run.context.settings.ffmpeg or None,
    }
    (run.workspace / "job.json").write_text(json.dumps(job))
    answer: dict[str, Any] = {}

    def heard(line: bytes) -> None:
        said = msgspec.json.decode(line)
        if "progress" in said:
            run.at("working", FETCHED + (DRAWN - FETCHED) * said["progress"])
        else:
            answer.update(said)

    ended = await _child(run, heard)
    if "result" in answer and ended.code == 0:
        result: dict[str, Any] = answer["result"]
        return result
    raise _failure(answer.get("error"), ended)


async def _child(run: JobRun, heard: Any) -> child.Exit:
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
