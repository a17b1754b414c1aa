"""`/v1/templates`: what can be rendered and modified; templates of one's own."""

from typing import Annotated, Any

import msgspec
from litestar import Response, delete, get, patch, post, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from app.api.bodies import ApiRequest, checked
from app.api.context import Caller, Context, Shared
from app.api.errors import ErrorBody, body_of
from app.api.idempotency import once
from app.api.paging import Limit, Page
from app.errors import AppError
from app.services import frames, holding, renders, templates
from app.services.principals import Principal
from app.times import iso
from renderer.errors import RenderError
from renderer.format.schema import schema as template_schema


class Template(Struct, frozen=True, kw_only=True):
    """`scenes` hold the objects and properties that modifications may change; `variables` what `data` fills.

    `name` is there for built-in templates, which it addresses as well as `uid`; those cannot be changed.
    """

    created_at: str
    updated_at: str
    frame_rate: float | str
    width: int
    height: int
    scenes: list[Any]
    self_url: str = msgspec.field(name="self")
    title: str
    type: str
    uid: str
    name: str | None
    variables: dict[str, Any]
    audio: list[Any]
    fonts: list[Any]


class WholeTemplate(Template, frozen=True, kw_only=True):
    """`document` is the template as it was written: change it and send it back with PUT."""

    document: dict[str, Any]


class Copy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Instead of a document: `from` is the uid or name of the template to be copied."""

    source: str = msgspec.field(name="from")
    title: Annotated[str, Meta(max_length=500, pattern=r"^[^\x00]*$")] | None = None


class Deleted(Struct, frozen=True, kw_only=True):
    uid: str
    deleted: bool = True


class Examined(renders.Forecast, frozen=True, kw_only=True):
    """What the template would become with the defaults of its variables."""

    valid: bool
    warnings: list[str]


class Refused(ErrorBody, frozen=True, kw_only=True, omit_defaults=True):
    """The same as the error that rendering it would give."""

    valid: bool


@get("/v1/templates", status_code=200)
async def listing(context: Shared, principal: Caller, page: Page = 1, limit: Limit = 25) -> list[Template]:
    """Your templates, newest first, then the built-in ones."""
    found = await templates.page(principal.account, number=page, size=limit)
    return [Template(**_fields(stored, context)) for stored in found]


@post(
    "/v1/templates",
    status_code=201,
    responses={201: ResponseSpec(WholeTemplate, generate_examples=False, description="It is kept under `uid`.")},
)
async def create(
    request: ApiRequest, context: Shared, principal: Caller, data: JSONBody[dict[str, Any]]
) -> Response[bytes]:
    """Keep a template: the body is the document, or `{"from": uid, "title": …}` to copy one, built-in ones too."""
    copy = checked(data, Copy) if "from" in data else None

    async def prepared() -> templates.Stored | None:
        if copy:
            return await templates.find(copy.source, principal.account)
        await _examined(data, context, principal.account)
        return None

    async def made(original: templates.Stored | None) -> WholeTemplate:
        if copy and original:
            return _whole(await templates.duplicate(original, copy.title, account=principal.account), context)
        return _whole(await templates.create(data, account=principal.account), context)

    return await once(request, 201, prepared, made)


@get("/v1/templates/schema", status_code=200)
async def schema() -> dict[str, Any]:
    """JSON Schema of a template, for editors that complete and check."""
    return template_schema()


@post("/v1/templates/validate", status_code=200)
async def validate(context: Shared, principal: Caller, data: JSONBody[dict[str, Any]]) -> Examined | Refused:
    """Check a template document without keeping it. A wrong one is answered with everything that is wrong with it."""
    try:
        plan = await _examined(data, context, principal.account)
        warnings = await frames.warnings_of(plan, studio=context.studio)
    except (AppError, RenderError) as error:
        body = body_of(error)
        return Refused(valid=False, error=body.error, code=body.code, fields=body.fields)
    return Examined(valid=True, warnings=warnings, **msgspec.structs.asdict(plan.forecast))


@get("/v1/templates/{uid:str}", status_code=200)
async def read(context: Shared, principal: Caller, uid: FromPath[str]) -> WholeTemplate:
    """A template by its uid or a built-in's name."""
    return _whole(await templates.find(uid, principal.account), context)


@put("/v1/templates/{uid:str}", status_code=200)
async def replace(
    context: Shared, principal: Caller, uid: FromPath[str], data: JSONBody[dict[str, Any]]
) -> WholeTemplate:
    """Put another document in the place of one of your templates."""
    return await _replaced(uid, data, context, principal)


@patch("/v1/templates/{uid:str}", status_code=200)
async def change(
    context: Shared, principal: Caller, uid: FromPath[str], data: JSONBody[dict[str, Any]]
) -> WholeTemplate:
    """Change members of the document, such as its `title` or `variables`; null takes one away (RFC 7396, one level)."""
    stored = await templates.find(uid, principal.account)
    changed = {key: value for key, value in {**stored.raw, **data}.items() if value is not None}
    return await _replaced(uid, changed, context, principal, seen=stored.raw)


@delete("/v1/templates/{uid:str}", status_code=200)
async def remove(principal: Caller, uid: FromPath[str]) -> Deleted:
    """Delete one of your templates. Its renders stay."""
    async with holding.acting(principal):
        return Deleted(uid=(await templates.delete(uid, account=principal.account)).uid)


async def _replaced(
    uid: str, document: dict[str, Any], context: Context, principal: Principal, seen: object = None
) -> WholeTemplate:
    await _examined(document, context, principal.account)
    async with holding.acting(principal):
        stored = await templates.replace(uid, document, account=principal.account, seen=seen)
    return _whole(stored, context)


async def _examined(document: dict[str, Any], context: Context, account: str) -> renders.Plan:
    """What rendering it as it is would be. Raises AppError or TemplateError for what could not be rendered."""
    return await renders.prepare(renders.Order(template=document), account=account, egress=context.egress)


def _whole(stored: templates.Stored, context: Context) -> WholeTemplate:
    return WholeTemplate(**_fields(stored, context), document=stored.raw)


def _fields(stored: templates.Stored, context: Context) -> dict[str, Any]:
    raw = stored.raw
    return {
        "created_at": iso(stored.created_at),
        "updated_at": iso(stored.updated_at),
        "frame_rate": raw.get("frame-rate", 30),
        "width": raw.get("width", 1280),
        "height": raw.get("height", 720),
        "scenes": raw["scenes"],
        "self_url": context.links.template(stored.uid),
        "title": raw.get("title", stored.title),
        "type": raw.get("type", "video"),
        "uid": stored.uid,
        "name": stored.name,
        "variables": raw.get("variables", {}),
        "audio": raw.get("audio", []),
        "fonts": raw.get("fonts", []),
    }
