"""The tools' job: fetch what was sent or is at an address, let the media child work on it, store what it has made."""

from pathlib import Path
from typing import Any

from app.specs import Origin, ToolSpec
from app.storage import content_type_of
from workers import sources
from workers.answering import DONE
from workers.media.orders import Made, UseTools
from workers.media_child import media_job
from workers.run import JobRun


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


async def _fetched(run: JobRun, origin: Origin, called: str) -> Path:
    if origin.url is not None:
        return await sources.from_web(run, origin.url, called)
    assert origin.key is not None
    return await sources.stored(run, origin.key, called)
