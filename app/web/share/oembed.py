"""`/oembed`: how other people's sites show a link to a clip as its player (oEmbed 1.0)."""

import re
from html import escape
from typing import Annotated, Any

from litestar import Request, get
from litestar.params import FromQuery, QueryParameter

from app.errors import InvalidInput, NotFound, Problem
from app.services.clips import library
from app.services.clips.library import Clip
from app.services.links import Links
from app.web.share.words import size_of

_PAGE = re.compile(r"(?:https?://[^/]+)?/(?:c|embed)/([^/?#]{1,64})(?:[?#].*)?")
_Most = Annotated[int | None, QueryParameter(ge=1, le=10_000)]


@get("/oembed", status_code=200, include_in_schema=False)
async def oembed(
    request: Request[Any, Any, Any],
    url: FromQuery[str],
    format: FromQuery[str] = "json",  # noqa: A002 - its name in the standard
    maxwidth: _Most = None,
    maxheight: _Most = None,
) -> dict[str, Any]:
    links: Links = request.app.state.context.links
    if format != "json":
        raise InvalidInput("There is only JSON here.", fields=(Problem("format", "There is only JSON here."),))
    named = _PAGE.fullmatch(url.removeprefix(links.base_url))
    if named is None:
        raise NotFound("This is not the address of a clip.", code="unknown_clip")
    return described(await library.find(named[1]), links, maxwidth, maxheight)


def described(clip: Clip, links: Links, maxwidth: int | None, maxheight: int | None) -> dict[str, Any]:
    """No larger than somebody has room for."""
    whole = size_of(clip)
    scale = min(1.0, (maxwidth or whole[0]) / whole[0], (maxheight or whole[1]) / whole[1])
    width, height = (max(1, int(length * scale)) for length in whole)
    told: dict[str, Any] = {
        "version": "1.0",
        "provider_name": "Clipyard",
        "provider_url": links.base_url,
        "title": clip.title,
        "width": width,
        "height": height,
    }
    if clip.poster:
        told |= {"thumbnail_url": links.file(clip.poster), "thumbnail_width": whole[0], "thumbnail_height": whole[1]}
    if clip.format == "gif":
        return {**told, "type": "photo", "url": links.file(clip.key)}
    source, title = escape(f"{links.base_url}/embed/{clip.id}"), escape(clip.title)
    frame = f'<iframe src="{source}" width="{width}" height="{height}" title="{title}" allow="fullscreen" '
    kind = "video" if clip.width else "rich"
    return {**told, "type": kind, "html": f'{frame}frameborder="0" allowfullscreen></iframe>'}
