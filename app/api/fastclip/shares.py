"""`/v1/share/{clip_id}`: a clip for whoever has its id, and how many have looked at it."""

from typing import Annotated

from litestar import get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from app.api import browsers
from app.api.bodies import ApiRequest, decoded
from app.api.context import Caller, Context, Shared
from app.services import holding
from app.services.clips import library, shares
from app.times import iso


class SharedClip(Struct, frozen=True, kw_only=True):
    """`views` is null while its owner keeps the number private."""

    clip_id: str
    title: str
    file_name: str
    file_size: int
    content_type: str
    format: str
    quality: str
    aspect_ratio: str
    width: int | None
    height: int | None
    duration: float
    captioned: bool
    views: int | None
    view_count_visible: bool
    media_url: str
    download_url: str
    poster_url: str | None
    share_url: str
    embed_url: str
    created_at: str
    expires_at: str | None


class Looking(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`visitor_id`: what your page calls this visitor; without it address and browser tell them apart."""

    visitor_id: Annotated[str, Meta(min_length=1, max_length=shares.MAX_VISITOR)] | None = None


class Viewed(Struct, frozen=True, kw_only=True):
    """`counted`: nobody had seen this visitor here before."""

    clip_id: str
    counted: bool
    views: int | None


class ViewerState(Struct, frozen=True, kw_only=True):
    clip_id: str
    is_owner: bool
    pinned: bool
    views: int
    view_count_visible: bool
    expires_at: str | None


class Visibility(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`visible`: whether visitors see how many have looked at the clip."""

    visible: bool


@get("/v1/share/{clip_id:str}", status_code=200)
async def read(context: Shared, clip_id: FromPath[str]) -> SharedClip:
    """What the page of a clip shows. The id is all that is needed; once it has expired there is nothing."""
    return told(await library.find(clip_id), context)


@post("/v1/share/{clip_id:str}/view", status_code=200)
async def view(request: ApiRequest, context: Shared, clip_id: FromPath[str]) -> Viewed:
    """Count a look at a clip, once for each visitor. The body may be empty."""
    body = await request.body()
    looking = decoded(body, Looking) if body.strip() else Looking()
    agent = request.headers.get("user-agent", "")
    viewer = shares.viewer_of(looking.visitor_id, browsers.address(request), agent)
    clip, counted = await shares.view(clip_id, viewer, context.secret)
    return Viewed(clip_id=clip.id, counted=counted, views=clip.views if clip.views_public else None)


@get("/v1/share/{clip_id:str}/viewer-state", status_code=200)
async def viewer_state(principal: Caller, clip_id: FromPath[str]) -> ViewerState:
    """Of a clip of yours: what its page does not tell visitors."""
    return _state(await library.find(clip_id, principal.account))


@patch("/v1/share/{clip_id:str}/view-count-visibility", status_code=200)
async def visibility(principal: Caller, clip_id: FromPath[str], data: JSONBody[Visibility]) -> ViewerState:
    """Show visitors how many have looked at your clip, or keep it to yourself."""
    async with holding.acting(principal):
        return _state(await library.show_views(clip_id, principal.account, visible=data.visible))


def _state(clip: library.Clip) -> ViewerState:
    return ViewerState(
        clip_id=clip.id,
        is_owner=True,
        pinned=clip.pinned,
        views=clip.views,
        view_count_visible=clip.views_public,
        expires_at=None if clip.expires_at is None else iso(clip.expires_at),
    )


def told(clip: library.Clip, context: Context) -> SharedClip:
    links = context.links
    return SharedClip(
        clip_id=clip.id,
        title=clip.title,
        file_name=clip.filename,
        file_size=clip.bytes,
        content_type=clip.content_type,
        format=clip.format,
        quality=clip.quality,
        aspect_ratio=clip.aspect_ratio,
        width=clip.width,
        height=clip.height,
        duration=clip.duration_ms / 1000,
        captioned=clip.captioned,
        views=clip.views if clip.views_public else None,
        view_count_visible=clip.views_public,
        media_url=links.file(clip.key) or "",
        download_url=links.download(clip.key, clip.filename) or "",
        poster_url=links.file(clip.poster),
        share_url=f"{links.base_url}/c/{clip.id}",
        embed_url=f"{links.base_url}/embed/{clip.id}",
        created_at=iso(clip.created_at),
        expires_at=None if clip.expires_at is None else iso(clip.expires_at),
    )


HANDLERS = [read, view, viewer_state, visibility]
