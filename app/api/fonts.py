"""`/v1/fonts`: the families that texts may name, and brand fonts of one's own."""

from typing import Annotated, Literal

from litestar import Router, delete, get, post
from litestar.params import FromPath, QueryParameter
from msgspec import Meta, Struct

from app.api.assets import TakesAFile
from app.api.bodies import ApiRequest, decoded
from app.api.context import Caller, Shared
from app.api.receiving import downloaded, received
from app.api.times import iso
from app.services import fonts
from renderer.format.families import bundled

Family = Annotated[str, Meta(min_length=1, max_length=200)]
Weight = Annotated[int, Meta(ge=1, le=1000)]
Style = Literal["normal", "italic"]


class FontAtUrl(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A font to be fetched: TTF, OTF, WOFF or WOFF2. What is left out is what the file says."""

    url: Annotated[str, Meta(min_length=1, max_length=4096)]
    family: Family | None = None
    weight: Weight | None = None
    style: Style | None = None


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


class Deleted(Struct, frozen=True, kw_only=True):
    id: str
    deleted: bool = True


@get("/v1/fonts", status_code=200)
async def listing(principal: Caller) -> Fonts:
    """Your own fonts, and the families that come with it."""
    return Fonts(fonts=[_shown(font) for font in await fonts.of(principal.account)], bundled=list(bundled()))


@post("/v1/fonts", status_code=201, operation_class=TakesAFile)
async def create(
    request: ApiRequest,
    context: Shared,
    principal: Caller,
    family: Annotated[Family | None, QueryParameter(description="What texts write as font-family.")] = None,
    weight: Annotated[Weight | None, QueryParameter()] = None,
    style: Annotated[Style | None, QueryParameter()] = None,
) -> Font:
    """Add a font: as the first file of multipart/form-data, as the plain body, or as JSON `{"url": …, "family": …}`."""
    folder = context.settings.data_path / "uploads"
    if request.content_type[0] == "application/json":
        asked = decoded(await request.body(), FontAtUrl)
        wanted = fonts.Wanted(family=asked.family, weight=asked.weight, style=asked.style)
        arriving = downloaded(asked.url, folder, context.egress, max_bytes=fonts.MAX_BYTES)
    else:
        wanted = fonts.Wanted(family=family, weight=weight, style=style)
        arriving = received(request, folder, max_bytes=fonts.MAX_BYTES)
    async with arriving as upload:
        return _shown(await fonts.create(upload, wanted, account=principal.account, storage=context.storage))


@delete("/v1/fonts/{font_id:str}", status_code=200)
async def remove(context: Shared, principal: Caller, font_id: FromPath[str]) -> Deleted:
    """Delete a font. Renders that are done keep it; templates that name its family are refused."""
    return Deleted(id=(await fonts.delete(font_id, account=principal.account, storage=context.storage)).id)


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


router = Router("/", route_handlers=[listing, create, remove], tags=["Fonts"])
