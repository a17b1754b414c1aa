"""`/v1/renders`: order a video, follow it, list, cancel."""

from litestar import Response, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from app.api.bodies import ApiRequest
from app.api.clipcat import wire
from app.api.context import Caller, Context, Shared
from app.api.idempotency import once
from app.api.paging import Limit, Page
from app.services import renders


class NewRender(renders.Order, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`template`: a template's uid or name, or a whole template.

    `strict` false turns unknown scenes, objects and properties into `warnings`.
    """


@post("/v1/renders", status_code=202, responses={202: ResponseSpec(wire.Render, generate_examples=False)})
async def create(request: ApiRequest, context: Shared, principal: Caller, data: JSONBody[NewRender]) -> Response[bytes]:
    """Order a video. The answer comes at once; poll `self` or give a `webhook_url` to hear of its end."""

    async def made(plan: renders.Plan) -> wire.Render:
        uid = await renders.submit(plan)
        return wire.render(await renders.view(uid, storage=context.storage, base_url=_base(context)))

    return await once(
        request,
        202,
        lambda: renders.prepare(data, account=principal.account, egress=context.egress),
        made,
    )


@get("/v1/renders", status_code=200)
async def listing(
    context: Shared,
    principal: Caller,
    page: Page = 1,
    limit: Limit = 25,
    template: FromQuery[str | None] = None,
    completed: FromQuery[bool] = False,
) -> list[wire.Render]:
    """Your renders, newest first."""
    found = await renders.page(
        principal.account,
        number=page,
        size=limit,
        template=template,
        completed=completed,
        storage=context.storage,
        base_url=_base(context),
    )
    return [wire.render(view) for view in found]


@get("/v1/renders/{uid:str}", status_code=200)
async def read(context: Shared, principal: Caller, uid: FromPath[str]) -> wire.Render:
    """How far a render is, and where its video is once it is completed; the address is good for a day."""
    view = await renders.view(uid, account=principal.account, storage=context.storage, base_url=_base(context))
    return wire.render(view)


@delete("/v1/renders/{uid:str}", status_code=200)
async def cancel(context: Shared, principal: Caller, uid: FromPath[str]) -> wire.Render:
    """Cancel a render that is pending or processing."""
    view = await renders.cancel(uid, account=principal.account, storage=context.storage, base_url=_base(context))
    return wire.render(view)


def _base(context: Context) -> str:
    return context.settings.base_url
