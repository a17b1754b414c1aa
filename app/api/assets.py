"""`/v1/assets`: files of the client's own, for templates to use as `asset:ID`."""

from dataclasses import dataclass

from litestar import Response, Router, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIFormat, OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.params import FromPath
from msgspec import Struct

from app.api.bodies import ApiRequest
from app.api.context import Caller, Shared
from app.api.idempotency import once
from app.api.queries import known_only
from app.api.receiving import Filename, received
from app.services import assets
from app.times import iso


class Asset(Struct, frozen=True, kw_only=True):
    """`url` is what to write where a template or a modification names a file."""

    id: str
    url: str
    filename: str
    content_type: str
    size: int
    sha256: str
    created_at: str


class Deleted(Struct, frozen=True, kw_only=True):
    id: str
    deleted: bool = True


@dataclass
class TakesAFile(Operation):
    """The description of a body that Litestar does not read."""

    def __post_init__(self) -> None:
        file = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
        form = Schema(type=OpenAPIType.OBJECT, properties={"file": file}, required=["file"])
        content = {"multipart/form-data": OpenAPIMediaType(schema=form), "*/*": OpenAPIMediaType(schema=file)}
        self.request_body = RequestBody(content=content, required=True)


@post(
    "/v1/assets",
    status_code=201,
    operation_class=TakesAFile,
    responses={201: ResponseSpec(Asset, generate_examples=False, description="It is there to be used.")},
)
async def create(request: ApiRequest, context: Shared, principal: Caller, filename: Filename = "") -> Response[bytes]:
    """Upload a picture, video, sound or font of up to 5 GB.

    Send it as the first file of multipart/form-data, or as the plain body with `?filename=`.
    """
    async with received(request, context.settings.data_path / "uploads", filename=filename) as upload:

        async def stored() -> assets.Stored:
            return await assets.store(upload, account=principal.account, storage=context.storage)

        async def kept(stored: assets.Stored) -> Asset:
            return _shown(await assets.keep(stored))

        async def undo(stored: assets.Stored) -> None:
            await assets.discard(stored, context.storage)

        return await once(request, 201, stored, kept, digest=upload.digest, undo=undo)


@get("/v1/assets/{asset_id:str}", status_code=200)
async def read(context: Shared, principal: Caller, asset_id: FromPath[str]) -> Asset:
    """What is known of an upload."""
    return _shown(await assets.find(asset_id, principal.account))


@delete("/v1/assets/{asset_id:str}", status_code=200)
async def remove(context: Shared, principal: Caller, asset_id: FromPath[str]) -> Deleted:
    """Delete an upload. Renders that are done keep what they show of it."""
    gone = await assets.delete(asset_id, asking=principal, storage=context.storage)
    return Deleted(id=gone.id)


def _shown(asset: assets.Asset) -> Asset:
    return Asset(
        id=asset.id,
        url=f"asset:{asset.id}",
        filename=asset.filename,
        content_type=asset.content_type,
        size=asset.size,
        sha256=asset.sha256,
        created_at=iso(asset.created_at),
    )


router = Router("/", route_handlers=[create, read, remove], tags=["Assets"], before_request=known_only)
