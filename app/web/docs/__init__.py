"""`/docs`: the API reference as a page. All of it is served from this folder; nothing is loaded from elsewhere."""

from pathlib import Path
from typing import Any

from litestar import Request, Response, Router, get
from litestar.params import FromPath

from app.web.pages import served

FOLDER = Path(__file__).parent

# Swagger UI draws its icons from data addresses and shows binary answers from blobs; everything else comes from us.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


@get("/docs", status_code=200, include_in_schema=False)
async def page(request: Request[Any, Any, Any]) -> Response[bytes]:
    return served(request, FOLDER / "index.html", POLICY)


@get("/docs/{name:str}", status_code=200, include_in_schema=False)
async def file(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    return served(request, FOLDER / name, POLICY)


router = Router("/", route_handlers=[page, file])
