"""`/v1/clip`: order clips of an upload or of a file on the web, and follow them."""

from typing import Literal

from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from app.api.access import ACCESS
from app.api.bodies import ApiRequest
from app.api.context import Caller, Shared
from app.api.idempotency import once
from app.api.limits import DIALECT
from app.api.queries import known_only
from app.services.clips import orders, progress
from app.services.money import dollars

_OF_FASTCLIP = {DIALECT: "fastclip", ACCESS: "either"}


class NewClip(orders.Order, frozen=True, kw_only=True, forbid_unknown_fields=True):
    __doc__ = orders.Wanted.__doc__


class Ordered(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`job_id` of one clip; `job_ids` of `segments`, in order. `reserved`: the most that it costs, in dollars.

    `partial`: there was no room for the last segments, and `error` says so.
    """

    job_id: str | None = None
    job_ids: list[str] | None = None
    status: Literal["pending", "partial"]
    reserved: float
    error: str | None = None


class ClipJob(Struct, frozen=True, kw_only=True):
    """`download_url`, `share_url` and `embed_url` are there as long as the clip is in the library.

    Amounts in dollars: `cost` once it is over, `reserved` before. `error` and `code` are there when it failed.
    `encoding` is "smart" where pictures were copied and only those beside the cuts encoded.
    """

    job_id: str
    status: progress.Status
    progress: int
    status_message: str
    file_id: str | None
    download_url: str | None
    poster_url: str | None
    file_name: str | None
    format: str
    quality: str
    aspect_ratio: str
    duration: float | None
    file_size: int | None
    encoding: str | None
    captioned: bool
    saved_to_library: bool
    clip_id: str | None
    share_url: str | None
    embed_url: str | None
    reserved: float
    cost: float
    balance: float
    error: str | None
    code: str | None


@post(
    "/v1/clip",
    status_code=200,
    opt=_OF_FASTCLIP,
    tags=["FastClip"],
    before_request=known_only,
    responses={
        200: ResponseSpec(Ordered, generate_examples=False, description="Queued; of `segments` each has its own job.")
    },
)
async def create(request: ApiRequest, context: Shared, principal: Caller, data: JSONBody[NewClip]) -> Response[bytes]:
    """Cut clips out of an upload, or of a file on the web. Poll GET /v1/clip/{job_id}, or be told by a webhook."""
    settings = context.settings

    async def prepared() -> orders.Plan:
        return await orders.prepare(
            data, account=principal.account, asked=principal.kind, mode=settings.billing, egress=context.egress
        )

    async def made(plan: orders.Plan) -> Ordered:
        return _ordered(plan, await orders.submit(plan, queue_limit=settings.account_queue))

    return await once(request, 200, prepared, made)


def _ordered(plan: orders.Plan, queued: orders.Queued) -> Ordered:
    reserved = dollars(queued.reserved)
    if not plan.many:
        return Ordered(job_id=queued.job_ids[0], status="pending", reserved=reserved)
    if queued.left_out:
        return Ordered(job_ids=queued.job_ids, status="partial", reserved=reserved, error=orders.QUEUE_BUSY)
    return Ordered(job_ids=queued.job_ids, status="pending", reserved=reserved)


@get(
    "/v1/clip/{job_id:str}",
    status_code=200,
    opt=_OF_FASTCLIP,
    tags=["FastClip"],
    before_request=known_only,
)
async def read(context: Shared, principal: Caller, job_id: FromPath[str]) -> ClipJob:
    """How far a clip is, and where its file is once it is complete."""
    return _told(await progress.view(job_id, principal.account), context)


def _told(view: progress.JobView, context: Shared) -> ClipJob:
    made, links = view.made, context.links
    kept = made if view.kept else None
    clip = view.spec.clip
    shape = "" if clip.shape.aspect_ratio == "original" else clip.shape.aspect_ratio
    return ClipJob(
        job_id=view.job.id,
        status=view.status,
        progress=view.job.progress,
        status_message=view.message,
        file_id=view.spec.upload,
        download_url=links.download(kept.key, kept.file_name) if kept else None,
        poster_url=links.file(kept.poster) if kept else None,
        file_name=made.file_name if made else None,
        format=made.format if made else clip.format,
        quality=made.quality if made else clip.quality or "",
        aspect_ratio=made.aspect_ratio if made else shape,
        duration=made.duration if made else None,
        file_size=made.bytes if made else None,
        encoding=made.method if made else None,
        captioned=view.captioned,
        saved_to_library=view.kept,
        clip_id=made.clip_id if made else None,
        share_url=f"/c/{kept.clip_id}" if kept else None,
        embed_url=f"/embed/{kept.clip_id}" if kept else None,
        reserved=dollars(view.cost.reserved),
        cost=dollars(view.cost.cost),
        balance=dollars(view.balance),
        error=view.job.error_message,
        code=view.job.error_code,
    )
