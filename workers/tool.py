"""The tools' job: fetch what was sent or is at an address, let the media child work on it, store what it has made."""

from pathlib import Path
from typing import Any

from app.errors import NotFound
from app.services import media
from app.specs import Origin, ToolSpec
from app.storage import content_type_of
from renderer.media.sniff import called
from workers.answering import DONE
from workers.media.orders import Made, UseTools
from workers.media_child import media_job
from workers.run import BadInput, JobRun

MAX_BYTES = 5 << 30


async def tool(run: JobRun) -> dict[str, Any]:
    spec = run.claim.spec
    assert isinstance(spec, ToolSpec)
    source, *others = [await _fetched(run, origin, f"source-{n}") for n, origin in enumerate(spec.sources)]
    subtitles = await _fetched(run, spec.subtitles, "subtitles") if spec.subtitles else None
    out = run.workspace / "made"
    order = UseTools(source=source, others=tuple(others), subtitles=subtitles, out=out, steps=spec.steps)
    made = await media_job(run, order, Made)
    named = out.rename(out.with_name(f"result.{made.format}"))
    run.at("storing", DONE)
    return {
        "key": await run.store(named, content_type_of(named.name)),
        "bytes": made.bytes,
        "warnings": list(made.warnings),
        **({} if made.duration is None else {"duration": made.duration}),
    }


async def _fetched(run: JobRun, origin: Origin, name: str) -> Path:
    """Its own name is of no use: what a file is, its first bytes say."""
    path, context = run.workspace / name, run.context
    if origin.url is not None:
        await context.egress.fetch(origin.url, path, max_bytes=MAX_BYTES, total_timeout_s=media.JOB_CAPS.stream_s)
        if called(path) == _PAGE:
            message = "The address leads to a web page. Give that of the file itself."
            raise BadInput("needs_downloader", message)
        return path
    assert origin.key is not None
    try:
        await context.storage.get_to_file(origin.key, path)
    except NotFound as error:
        raise BadInput("source_gone", "The file that was sent is not there any more. Send it again.") from error
    return path


_PAGE = "a web page"
