"""`/v1/templates`: what can be rendered and modified, and single frames of it."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from app.api.context import Caller, Context, Shared
from app.api.paging import Limit, Page
from app.api.times import iso
from app.services import frames, templates
from renderer.format.schema import schema as template_schema

FORMATS: dict[str, str] = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp"}


class Template(Struct, frozen=True, kw_only=True):
    """`scenes` hold the objects and properties that modifications may change; `variables` what `data` fills.

    `name` is there for built-in templates, which it addresses as well as `uid`.
    """

    created_at: str
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


class NewFrame(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`time` in seconds from the start; `width` in pixels, the template's own when left out."""

    time: Annotated[float, Meta(ge=0, le=3600)] = 0.0
    modifications: list[Any] = []
    data: dict[str, Any] | None = None
    strict: bool = True
    format: Literal["jpeg", "png", "webp"] = "jpeg"
    width: Annotated[int, Meta(ge=16, le=4096)] | None = None


@get("/v1/templates", status_code=200)
async def listing(
    context: Shared,
    principal: Caller,
    page: Page = 1,
    limit: Limit = 25,
) -> list[Template]:
    """Your templates, newest first, then the built-in ones."""
    found = await templates.page(principal.account, number=page, size=limit)
    return [_shown(stored, context) for stored in found]


@get("/v1/templates/schema", status_code=200)
async def schema() -> dict[str, Any]:
    """JSON Schema of a template, for editors that complete and check."""
    return template_schema()


@get("/v1/templates/{uid:str}", status_code=200)
async def read(context: Shared, principal: Caller, uid: FromPath[str]) -> Template:
    """A template by its uid or a built-in's name."""
    return _shown(await templates.find(uid, principal.account), context)


@post("/v1/templates/{uid:str}/frame", status_code=200, media_type="image/*")
async def frame(
    context: Shared, principal: Caller, uid: FromPath[str], data: JSONBody[NewFrame | None] = None
) -> Response[bytes]:
    """One frame as a picture, with modifications applied: what the video will show at that time."""
    wanted = data or NewFrame()
    order = frames.FrameOrder(**msgspec.structs.asdict(wanted))
    image = await frames.draw(uid, order, account=principal.account, studio=context.studio)
    return Response(image, media_type=FORMATS[wanted.format])


def _shown(stored: templates.Stored, context: Context) -> Template:
    raw = stored.raw
    return Template(
        created_at=iso(stored.created_at),
        frame_rate=raw.get("frame-rate", 30),
        width=raw.get("width", 1280),
        height=raw.get("height", 720),
        scenes=raw["scenes"],
        self_url=f"{context.settings.base_url}/v1/templates/{stored.uid}",
        title=stored.title,
        type=raw.get("type", "video"),
        uid=stored.uid,
        name=stored.name,
        variables=raw.get("variables", {}),
        audio=raw.get("audio", []),
    )
