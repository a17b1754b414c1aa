"""`/v1/renders`: order a video, follow it, list, cancel."""

from typing import Annotated

import msgspec
from litestar import Response, delete, get, post
from litestar.enums import MediaType
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter

from app.api.bodies import ApiRequest
from app.api.context import Caller, Context, Shared
from app.api.idempotency import once
from app.api.paging import Limit, Page
from app.services import frames, holding, quotas, renders
from app.wire import clipcat as wire


class NewRender(renders.Order, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`template`: a template's uid or name, or a whole template. `output`: size, frame rate, format, quality.

    `strict` false turns unknown scenes, objects, properties and fonts into `warnings`. `dry_run` true checks and
    prices the render without making it.
    """

    dry_run: bool = False


class DryRun(renders.Forecast, frozen=True, kw_only=True):
    """What the render would be, as far as it is known before any media was looked at."""

    dry_run: bool
    template: str | None
    format: str
    warnings: list[str]


@post(
    "/v1/renders",
    status_code=202,
    responses={
        202: ResponseSpec(wire.Render, generate_examples=False, description="It is queued: poll `self`."),
        200: ResponseSpec(DryRun, generate_examples=False, description="`dry_run` was true; nothing was made."),
    },
)
async def create(request: ApiRequest, context: Shared, principal: Caller, data: JSONBody[NewRender]) -> Response[bytes]:
    """Order a video. The answer comes at once; poll `self` or give a `webhook_url` to hear of its end."""

    async def prepared() -> renders.Plan:
        return await renders.prepare(data, account=principal.account, egress=context.egress)

    async def made(plan: renders.Plan) -> wire.Render:
        uid = await renders.submit(plan)
        return wire.render(await renders.view(uid, links=context.links))

    if data.dry_run:
        return await _rehearsed(await prepared(), context)
    return await once(request, 202, prepared, made)


@get("/v1/renders", status_code=200)
async def listing(
    context: Shared,
    principal: Caller,
    page: Page = 1,
    limit: Limit = 25,
    template: Annotated[str | None, QueryParameter(description="Only those of this template: its uid or name.")] = None,
    completed: Annotated[bool | None, QueryParameter(description="Only those that are completed, or are not.")] = None,
) -> list[wire.Render]:
    """Your renders, newest first."""
    found = await renders.page(
        principal.account, number=page, size=limit, template=template, completed=completed, links=context.links
    )
    return [wire.render(view) for view in found]


@get("/v1/renders/{uid:str}", status_code=200)
async def read(context: Shared, principal: Caller, uid: FromPath[str]) -> wire.Render:
    """How far a render is, and where its video is once it is completed."""
    return wire.render(await renders.view(uid, account=principal.account, links=context.links))


@delete("/v1/renders/{uid:str}", status_code=200)
async def cancel(context: Shared, principal: Caller, uid: FromPath[str]) -> wire.Render:
    """Cancel a render that is pending or processing."""
    async with holding.acting(principal):
        return wire.render(await renders.cancel(uid, account=principal.account, links=context.links))


async def _rehearsed(plan: renders.Plan, context: Context) -> Response[bytes]:
    await quotas.check(plan.account, plan.forecast.credits)
    told = DryRun(
        dry_run=True,
        template=plan.template or None,
        format=plan.spec.format,
        warnings=await frames.warnings_of(plan, studio=context.studio),
        **msgspec.structs.asdict(plan.forecast),
    )
    return Response(msgspec.json.encode(told), status_code=200, media_type=MediaType.JSON)
