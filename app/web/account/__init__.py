"""`/account`: the page on which people sign in and look after their account, with the routes that everybody may use."""

from pathlib import Path
from typing import Any

from litestar import Request, Response, Router, get
from litestar.params import FromPath

from app.web.pages import served

FOLDER = Path(__file__).parent
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)


@get("/account", status_code=200, include_in_schema=False)
async def page(request: Request[Any, Any, Any]) -> Response[bytes]:
    return served(request, FOLDER / "index.html", POLICY)


@get("/account/page/{name:str}", status_code=200, include_in_schema=False)
async def file(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    return served(request, FOLDER / name, POLICY)


router = Router("/", route_handlers=[page, file])
