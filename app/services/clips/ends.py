"""What the end of a clip's job makes true: the clip in its library, and the news, in the transaction that ends it."""

from typing import Any

import msgspec
from msgspec import Struct

from app import specs
from app.clips import Format
from app.db.engine import marks, sql
from app.errors import NotFound
from app.services import billing, events
from app.services.clips import naming
from app.services.links import Links
from app.services.money import dollars

LIFE_S = 86_400
"""How long a clip is kept that nobody pins."""


class Made(Struct, frozen=True, kw_only=True):
    """The result of a clip's job, as its worker tells it. Of sound alone there are no sizes and no `poster`.

    `used`: see `billing.settle`; `method`, `reason`: how it was cut, see `workers.media.orders.CutMade`.
    """

    clip_id: str
    key: str
    poster: str | None
    file_name: str
    content_type: str
    format: Format
    quality: str
    aspect_ratio: str
    width: int
    height: int
    start: float
    end: float
    duration: float
    bytes: int
    method: str
    reason: str
    used: dict[str, int]


def made_of(result: dict[str, Any] | str) -> Made:
    return msgspec.json.decode(result, type=Made) if isinstance(result, str) else msgspec.convert(result, Made)


async def told(job_id: str, state: str) -> None:
    """See `news.ENDS`."""
    for row in await sql("SELECT account, spec, result, error_code, error_message FROM jobs WHERE id = {}", job_id):
        if state == "done":
            spec = specs.decode(row["spec"])
            assert isinstance(spec, specs.ClipSpec)
            await _keep(job_id, row["account"], spec, made_of(row["result"]))
            await events.record(row["account"], "clip.complete", job_id, None)
        else:
            await events.record(row["account"], "clip.failed", job_id, _failure(job_id, row))


async def _keep(job_id: str, account: str, spec: specs.ClipSpec, made: Made) -> None:
    one = len(spec.clip.segments) == 1
    facts = {
        "id": made.clip_id,
        "account": account,
        "job": job_id,
        "upload": spec.upload,
        "key": made.key,
        "poster": made.poster,
        "filename": made.file_name,
        "content_type": made.content_type,
        "title": spec.source_title,
        "search": naming.searchable(spec.source_title, made.file_name),
        "source_title": spec.source_title,
        "format": made.format,
        "quality": made.quality,
        "aspect_ratio": made.aspect_ratio,
        "width": made.width or None,
        "height": made.height or None,
        "start_ms": round(made.start * 1000) if one else None,
        "end_ms": round(made.end * 1000) if one else None,
        "duration_ms": round(made.duration * 1000),
        "bytes": made.bytes,
        "captioned": False,
        "pinned": False,
        "views": 0,
        "views_public": True,
    }
    await sql(
        f"INSERT INTO clips ({', '.join(facts)}, created_at, expires_at) "
        f"VALUES ({marks(len(facts))}, :now, :now + {{}})",
        *facts.values(),
        LIFE_S * 1000,
    )


def _failure(job_id: str, row: dict[str, Any]) -> dict[str, Any]:
    """The spec as it stands there: one of another version is why some jobs fail."""
    spec = msgspec.json.decode(row["spec"])
    clip = spec.get("clip") or {}
    return {
        "job_id": job_id,
        "file_id": spec.get("upload") or "",
        "format": clip.get("format") or "",
        "quality": clip.get("quality") or "",
        "error": row["error_message"] or "The job was cancelled.",
        "code": row["error_code"] or "cancelled",
        "cost": 0.0,
    }


async def completion(job_id: str, links: Links) -> dict[str, Any]:
    """What `clip.complete` tells, as it is when it is first told."""
    rows = await sql("SELECT result FROM jobs WHERE id = {} AND result IS NOT NULL", job_id)
    if not rows:
        raise NotFound(f"There is no clip of {job_id}.")
    made = made_of(rows[0]["result"])
    return {
        "job_id": job_id,
        "clip_id": made.clip_id,
        "format": made.format,
        "quality": made.quality,
        "duration": made.duration,
        "download_url": links.download(made.key, made.file_name),
        "cost": dollars((await billing.cost_of(job_id)).cost),
    }
