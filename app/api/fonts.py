"""`/v1/fonts`: the families that texts may name, and brand fonts of one's own."""

import asyncio
from typing import Annotated, Literal

import msgspec
from litestar import Response, Router, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter
from msgspec import Meta, Struct

from app.api.assets import Deleted, TakesAFile
from app.api.bodies import ApiRequest, checked, decoded
from app.api.context import Caller, Context, Shared
from app.api.idempotency import once
from app.api.queries import known_only
from app.api.receiving import Filename, downloaded, received
from app.services import assets, fonts
from app.services.assets import Upload
from app.services.principals import Principal
from app.times import iso
from renderer.format.families import bundled

Family = Annotated[str, Meta(min_length=1, max_length=200)]
Weight = Annotated[int, Meta(ge=1, le=1000)]
Style = Literal["normal", "italic"]


class Names(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the font is to be called. What is left out is what the file says."""

    family: Family | None = None
    weight: Weight | None = None
    style: Style | None = None


class FontAtUrl(Names, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A font to be fetched: TTF, OTF, WOFF or WOFF2."""

    url: Annotated[str, Meta(min_length=1, max_length=4096)]


class Font(Struct, frozen=True, kw_only=True):
    """`url` is what a template's `fonts` may name; in templates of your account `family` alone is enough."""

    id: str
    family: str
    weight: int
    style: str
    url: str
    filename: str
    size: int
    created_at: str


class Fonts(Struct, frozen=True, kw_only=True):
    """`bundled`: the families that every template may name."""

    fonts: list[Font]
    bundled: list[str]


@get("/v1/fonts", status_code=200)
async def listing(principal: Caller) -> Fonts:
    """Your own fonts, and the families that come with it."""
    return Fonts(fonts=[_shown(font) for font in await fonts.of(principal.account)], bundled=list(bundled()))


@post(
    "/v1/fonts",
    status_code=201,
    operation_class=TakesAFile,
    responses={201: ResponseSpec(Font, generate_examples=False, description="Every template may name it from now on.")},
)
async def create(
    request: ApiRequest,
    context: Shared,
    principal: Caller,
    family: Annotated[str | None, QueryParameter(description="What texts write as font-family.")] = None,
    weight: Annotated[str | None, QueryParameter(description="1 to 1000.")] = None,
    style: Annotated[str | None, QueryParameter(description="normal or italic.")] = None,
    filename: Filename = "",
) -> Response[bytes]:
    """Add a font: as the first file of multipart/form-data, as the plain body, or as JSON `{"url": …, "family": …}`.

    With a file `family`, `weight` and `style` are form fields or query parameters; left out, they are the file's own.
    """
    folder, query = context.settings.data_path / "uploads", {"family": family, "weight": weight, "style": style}
    keep = Names.__struct_fields__
    async with received(request, folder, filename=filename, max_bytes=fonts.MAX_BYTES, keep=keep) as arrived:
        given = {name: text for name, text in query.items() if text is not None}
        body = msgspec.structs.replace(arrived, fields={**given, **arrived.fields})

        async def stored() -> fonts.Stored:
            if not _is_json(request, body):
                return await _stored(body, _names(body.fields), context, principal)
            asked = decoded(await asyncio.to_thread(body.path.read_bytes), FontAtUrl)
            async with downloaded(asked.url, folder, context.egress, max_bytes=fonts.MAX_BYTES) as upload:
                return await _stored(upload, asked, context, principal)

        async def kept(stored: fonts.Stored) -> Font:
            return _shown(await fonts.keep(stored))

        async def undo(stored: fonts.Stored) -> None:
            await assets.discard(stored.file, context.storage)

        return await once(request, 201, stored, kept, digest=body.digest, undo=undo)


@delete("/v1/fonts/{font_id:str}", status_code=200)
async def remove(context: Shared, principal: Caller, font_id: FromPath[str]) -> Deleted:
    """Delete a font. Renders that are done keep it; templates that name its family are refused."""
    return Deleted(id=(await fonts.delete(font_id, asking=principal, storage=context.storage)).id)


def _is_json(request: ApiRequest, body: Upload) -> bool:
    """By its Content-Type, or by how it begins: curl says something else of `-d`, and no font begins with a brace."""
    if request.content_type[0] == "multipart/form-data":
        return False
    with body.path.open("rb") as file:
        return request.content_type[0] == "application/json" or file.read(100).lstrip()[:1] == b"{"


async def _stored(upload: Upload, names: Names, context: Context, principal: Principal) -> fonts.Stored:
    wanted = fonts.Wanted(family=names.family, weight=names.weight, style=names.style)
    return await fonts.store(upload, wanted, account=principal.account, storage=context.storage)


def _names(fields: dict[str, str]) -> Names:
    """From a form or a query, in which everything is text."""
    weight = fields.get("weight", "")
    return checked({**fields, "weight": int(weight)} if weight.isdecimal() and len(weight) < 9 else fields, Names)


def _shown(font: fonts.BrandFont) -> Font:
    return Font(
        id=font.id,
        family=font.family,
        weight=font.weight,
        style=font.style,
        url=f"asset:{font.asset}",
        filename=font.filename,
        size=font.size,
        created_at=iso(font.created_at),
    )


router = Router("/", route_handlers=[listing, create, remove], tags=["Fonts"], before_request=known_only)
