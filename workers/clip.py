"""The clip job: its source is fetched, cut in a child process, and stored with the picture that stands for it."""

from pathlib import Path
from typing import Any

import msgspec

from app import ids
from app.clips import Clip
from app.services import prices
from app.services.clips import naming, orders
from app.services.clips.ends import Made
from app.services.clips.sources import Facts
from app.specs import ClipSpec
from app.storage import content_type_of
from workers import sources
from workers.answering import DONE
from workers.media.orders import Cut, CutMade
from workers.media_child import inspected, media_job
from workers.run import JobRun


async def clip(run: JobRun) -> dict[str, Any]:
    spec = run.claim.spec
    assert isinstance(spec, ClipSpec)
    if spec.key is not None:
        source = await sources.stored(run, spec.key)
    else:
        assert spec.url is not None
        source = await sources.from_web(run, spec.url)
    wanted = await _looked_at(run, spec, source) if spec.unseen else spec.clip
    out, poster = run.workspace / f"clip.{wanted.format}", run.workspace / "poster.jpg"
    made = await media_job(run, Cut(source=source, out=out, clip=wanted, poster=poster), CutMade)
    run.at("storing", DONE)
    result: dict[str, Any] = msgspec.to_builtins(await _stored(run, spec, wanted, made, out, poster))
    return result


async def _looked_at(run: JobRun, spec: ClipSpec, source: Path) -> Clip:
    """What nobody could check before the file was here. Raises AppError and BadInput."""
    found = await inspected(run, source)
    facts = Facts(
        duration=found.duration,
        has_video=found.has_video,
        has_audio=found.has_audio,
        width=found.width,
        height=found.height,
    )
    wanted = orders.in_the_format(spec.clip, facts) if spec.open_format else spec.clip
    orders.check_against(wanted, facts)
    return wanted


async def _stored(run: JobRun, spec: ClipSpec, wanted: Clip, made: CutMade, out: Path, poster: Path) -> Made:
    content_type = content_type_of(out.name)
    return Made(
        clip_id=ids.clip_id(),
        key=await run.store(out, content_type),
        poster=await run.store(poster, "image/jpeg") if poster.exists() else None,
        file_name=naming.file_name(spec.stem, wanted),
        content_type=content_type,
        format=made.format,
        quality=made.quality,
        aspect_ratio=made.aspect_ratio,
        width=made.width,
        height=made.height,
        start=wanted.segments[0].start,
        end=wanted.segments[-1].end,
        duration=made.duration,
        bytes=made.bytes,
        method=made.method,
        reason=made.reason,
        used={} if prices.is_4k(made.width, made.height) else {"trim_4k": 0},
    )
