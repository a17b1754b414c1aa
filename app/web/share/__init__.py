"""`/c/{id}` and `/embed/{id}`: the page of a clip and its player for other people's pages."""

from pathlib import Path
from typing import Any

from litestar import Request, Response, Router, get
from litestar.enums import MediaType
from litestar.params import FromPath
from yarl import URL

from app.errors import NotFound
from app.services.clips import library
from app.services.clips.library import Clip
from app.services.links import Links
from app.web.pages import served
from app.web.share.words import drawn, gone

FOLDER = Path(__file__).parent

PageRequest = Request[Any, Any, Any]


@get("/c/{clip_id:str}", status_code=200, include_in_schema=False)
async def page(request: PageRequest, clip_id: FromPath[str]) -> Response[str]:
    return await _page(request, clip_id, "share.html", framed_by="'none'")


@get("/embed/{clip_id:str}", status_code=200, include_in_schema=False)
async def embed(request: PageRequest, clip_id: FromPath[str]) -> Response[str]:
    return await _page(request, clip_id, "embed.html", framed_by="*")


@get("/c/page/{name:str}", status_code=200, include_in_schema=False)
async def file(request: PageRequest, name: FromPath[str]) -> Response[bytes]:
    if name.endswith(".html"):  # what is filled in is no page by itself
        raise NotFound(f"There is no page {name[:64]}.", code="not_found")
    return served(request, FOLDER / name, "default-src 'none'")


async def _page(request: PageRequest, clip_id: str, name: str, *, framed_by: str) -> Response[str]:
    context = request.app.state.context
    try:
        clip = await library.find(clip_id)
    except NotFound:
        return _answer(gone(), 404, _policy("", framed_by))
    elsewhere = await _elsewhere(context.storage, clip)
    return _answer(drawn(name, clip, context.links, _here(context.links)), 200, _policy(elsewhere, framed_by))


def _here(links: Links) -> Links:
    """Addresses for the page itself, whatever name of this host it was asked by."""
    return Links(base_url="", secret=links.secret)


async def _elsewhere(storage: Any, clip: Clip) -> str:
    """Where files come from in the end, when the object store itself serves them."""
    return f" {URL(await storage.url(clip.key, expires_s=60)).origin()}" if storage.direct else ""


def _policy(elsewhere: str, framed_by: str) -> str:
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:{elsewhere}; "
        f"media-src 'self'{elsewhere}; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        f"frame-ancestors {framed_by}; require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _answer(text: str, status: int, policy: str) -> Response[str]:
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex",
    }
    return Response(text, status_code=status, headers=headers, media_type=MediaType.HTML)


router = Router("/", route_handlers=[page, embed, file])
