"""`/docs`: the API reference as a page. All of it is served from this folder; nothing is loaded from elsewhere."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from litestar import Request, Response, Router, get
from litestar.params import FromPath

from app.errors import NotFound

FOLDER = Path(__file__).parent
TYPES = {".css": "text/css", ".html": "text/html", ".js": "text/javascript", ".txt": "text/plain"}

# Swagger UI draws its icons from data addresses and shows binary answers from blobs; everything else comes from us.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",  # asked for again each time, and answered with 304
}


@get("/docs", status_code=200, include_in_schema=False)
async def page(request: Request[Any, Any, Any]) -> Response[bytes]:
    return _served(request, "index.html")


@get("/docs/{name:str}", status_code=200, include_in_schema=False)
async def file(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    return _served(request, name)


def _served(request: Request[Any, Any, Any], name: str) -> Response[bytes]:
    content, tag = _read(name)
    headers = {**_HEADERS, "ETag": tag}
    if request.headers.get("if-none-match") == tag:
        return Response(b"", status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=TYPES[Path(name).suffix])


@cache
def _read(name: str) -> tuple[bytes, str]:
    """A file of this folder and its ETag. Raises NotFound for whatever is no page, style or script."""
    if name not in {path.name for path in FOLDER.iterdir() if path.suffix in TYPES}:
        raise NotFound(f"There is no page {name[:64]}.", code="not_found")
    content = (FOLDER / name).read_bytes()
    return content, f'"{hashlib.sha256(content).hexdigest()[:32]}"'


router = Router("/", route_handlers=[page, file])
