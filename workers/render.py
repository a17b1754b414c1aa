"""The render job: fetch what the template names, let the renderer child draw it, store video and preview."""

from typing import Any

from app.specs import RenderSpec
from app.storage import content_type_of
from workers.answering import DONE, progress_of
from workers.drawing import draw, fetched
from workers.parts import render_in_parts
from workers.run import JobRun


async def render(run: JobRun) -> dict[str, Any]:
    """A long video is not drawn here alone: its segments become jobs, for whichever workers are free."""
    spec = run.claim.spec
    assert isinstance(spec, RenderSpec)
    drawing = await fetched(run, spec)
    progress = progress_of(run)
    video, preview = run.workspace / f"video.{spec.format}", run.workspace / "preview.jpg"
    made = await draw(run, drawing, video, progress, preview=str(preview), part={"type": "shared"})
    if "segments" in made:
        made = await render_in_parts(run, drawing, made, video, preview, progress)
    run.at("storing", DONE)
    return {
        "key": await run.store(video, content_type_of(video.name)),
        "preview": await run.store(preview, "image/jpeg"),
        **made,
    }
