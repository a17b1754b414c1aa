"""`/api/tools/…`: a file goes in, a job works on it, what it has made can be fetched for a day."""

from typing import Annotated, Literal

from litestar import HttpMethod, Response, delete, get, post, route
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream
from msgspec import Struct

from app.api import progress
from app.api.bodies import ApiRequest
from app.api.clipi import recipes
from app.api.clipi.inbox import Inbox
from app.api.context import Caller, Context, Shared
from app.api.idempotency import REPLAYED, once
from app.api.limits import DIALECT
from app.api.queries import known_only
from app.api.serving import served
from app.errors import AppError, NotFound
from app.services import holding, jobs, tools
from app.services.principals import Principal
from app.services.tools import Order, ToolJob
from app.services.watch import Facts
from app.storage import content_disposition

Status = Literal["pending", "processing", "completed", "failed"]
STATUS: dict[jobs.State, Status] = {
    "held": "pending",
    "queued": "pending",
    "running": "processing",
    "done": "completed",
    "failed": "failed",
    "cancelled": "failed",
}
_SANDBOX = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"
"""For a browser's own page around a picture or video, whatever the file may turn out to be."""


class Queued(Struct, frozen=True, kw_only=True, rename="camel"):
    """`jobId` leads to the progress, `toolJobId` to the result."""

    success: bool = True
    job_id: str
    tool_job_id: str


class Progress(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """`queuePosition` and `queueTotal` while it is pending, `downloadUrl` once it is completed, `error` if it failed.

    `code` and `warnings` are additions to the documented events.
    """

    job_id: str
    status: Status
    percent: int
    queue_position: int | None = None
    queue_total: int | None = None
    download_url: str | None = None
    error: str | None = None
    code: str | None = None
    warnings: list[str] = []


class Cancelled(Struct, frozen=True, kw_only=True, rename="camel"):
    success: bool = True
    job_id: str


def handler(name: str, description: str) -> HTTPRouteHandler:
    """`POST /api/tools/NAME`."""

    @post(
        f"/api/tools/{name}",
        status_code=200,
        description=description,
        before_request=known_only,
        responses={200: ResponseSpec(Queued, generate_examples=False, description="The job is queued.")},
    )
    async def use(request: ApiRequest, context: Shared, principal: Caller) -> Response[bytes]:
        return await _used(request, context, principal, name)

    return use


async def _used(request: ApiRequest, context: Context, principal: Principal, name: str) -> Response[bytes]:
    """What has arrived stays only for a job; where it is not known whether there is one, the sweeper finds out."""
    inbox = Inbox(request, context, name)
    try:
        order = await inbox.order()
    except BaseException:
        await inbox.empty()
        raise

    async def prepared() -> Order:
        return order

    async def made(order: Order) -> Queued:
        queued = await tools.submit(order, inbox.tool_job, principal.account)
        return Queued(job_id=queued.job, tool_job_id=queued.id)

    try:
        answer = await once(request, 200, prepared, made, digest=inbox.digest)
    except AppError:
        await inbox.empty()
        raise
    if REPLAYED in answer.headers:
        await inbox.empty()
    return answer


@get(
    "/api/tools/jobs/{job_id:str}",
    status_code=200,
    responses={200: ResponseSpec(Progress, generate_examples=False, description="Events, or the present facts.")},
)
async def follow(request: ApiRequest, context: Shared, job_id: FromPath[str]) -> Response[bytes] | Stream:
    """How far a job is, as server-sent events.

    One at once, one at each change and one a second, until it is completed or has failed. With
    `Accept: application/json` the answer is what the last of them would say.
    """
    found = await tools.of_job(job_id)
    return await progress.followed(request, context.watcher, job_id, lambda facts: _progress(facts, found))


@delete("/api/tools/jobs/{job_id:str}", status_code=200, before_request=known_only, opt={DIALECT: "clipyard"})
async def cancel(principal: Caller, job_id: FromPath[str]) -> Cancelled:
    """Cancel a job that is pending or processing: its events then end as failed."""
    async with holding.acting(principal):
        await tools.cancel(job_id, principal.account)
    return Cancelled(job_id=job_id)


@route("/api/tools/download/{tool_job_id:str}", http_method=[HttpMethod.GET, HttpMethod.HEAD], status_code=200)
async def download(
    request: ApiRequest,
    context: Shared,
    tool_job_id: FromPath[str],
    preview: Annotated[bool, QueryParameter(description="1: to be shown in a browser instead of saved.")] = False,
) -> Response[bytes] | Stream:
    """What a job has made, for 24 hours; HEAD and single ranges work.

    It comes from us whatever the object store is: Clipi's clients follow no redirect.
    """
    found = await tools.result(tool_job_id)
    info = await context.storage.head(found.key)
    if info is None:
        raise NotFound("The file is not there any more.", code="unknown_file")
    headers = {"Content-Disposition": content_disposition(found.filename, inline=preview)}
    if preview:
        headers["Content-Security-Policy"] = _SANDBOX
    return served(request, context.storage, info, headers)


def _progress(facts: Facts, tool_job: ToolJob) -> Progress:
    job, place, state = facts.job, facts.place, facts.job.state
    return Progress(
        job_id=job.id,
        status=STATUS[state],
        percent=job.progress,
        queue_position=place.position if place else None,
        queue_total=place.total if place else None,
        download_url=f"/api/tools/download/{tool_job.id}" if state == "done" else None,
        error="The job was cancelled." if state == "cancelled" else job.error_message,
        code="cancelled" if state == "cancelled" else job.error_code,
        warnings=(job.result or {}).get("warnings", []),
    )


HANDLERS = [*(handler(name, told) for name, told in recipes.TOLD.items()), follow, cancel, download]
