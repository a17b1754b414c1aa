"""`/v1/clips`: the library of what was made."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from litestar import delete, get, patch, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta, Struct

from app.api.context import Caller, Shared
from app.api.paging import Limit, Page
from app.api.queries import known_only
from app.errors import InvalidInput, NotFound, Problem
from app.services import holding
from app.services.clips import library
from app.services.links import Links
from app.times import iso

MAX_BULK = 50

Format = Literal["mp4", "mp3", "wav", "m4a", "flac", "gif"]
Search = Annotated[
    str | None, QueryParameter(max_length=200, description="Only those with this in the title or the file's name.")
]


class Clip(Struct, frozen=True, kw_only=True):
    """`start` and `end`: seconds of its source, if it is of one piece. `expires_at` is null while it is pinned.

    `views`: how many have looked at its page; visitors see the number while `view_count_visible` is true.
    """

    clip_id: str
    job_id: str
    file_id: str | None
    title: str
    source_title: str
    file_name: str
    file_size: int
    content_type: str
    format: str
    quality: str
    aspect_ratio: str
    width: int | None
    height: int | None
    start: float | None
    end: float | None
    duration: float
    captioned: bool
    pinned: bool
    views: int
    view_count_visible: bool
    download_url: str
    poster_url: str | None
    share_url: str
    embed_url: str
    created_at: str
    expires_at: str | None


class Clips(Struct, frozen=True, kw_only=True):
    """`total`: how many there are on all pages."""

    clips: list[Clip]
    total: int
    page: int
    limit: int


class Renaming(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`title`: 1 to 200 characters."""

    title: Annotated[str, Meta(max_length=10_000)]


class Several(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`clip_ids`: 1 to 50 of them."""

    clip_ids: Annotated[list[str], Meta(min_length=1, max_length=MAX_BULK)]


class Deleted(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`error` says why it was not deleted."""

    clip_id: str
    deleted: bool
    error: str | None = None


class DeletedMany(Struct, frozen=True, kw_only=True):
    """`results`: what came of each, in order."""

    deleted: int
    results: list[Deleted]


@get("/v1/clips", status_code=200, before_request=known_only)
async def listing(
    context: Shared,
    principal: Caller,
    page: Page = 1,
    limit: Limit = 25,
    search: Search = None,
    format: Annotated[Format | None, QueryParameter(description="Only those in this format.")] = None,  # noqa: A002
    pinned: Annotated[bool | None, QueryParameter(description="Only those that are pinned, or are not.")] = None,
    captioned: Annotated[bool | None, QueryParameter(description="Only those with captions, or without.")] = None,
    job_id: Annotated[str | None, QueryParameter(max_length=64, description="Only what this job made.")] = None,
    file_id: Annotated[str | None, QueryParameter(max_length=64, description="Only what is of this upload.")] = None,
    created_after: Annotated[str | None, QueryParameter(description="Only from this time on (ISO 8601).")] = None,
    created_before: Annotated[str | None, QueryParameter(description="Only from before this time (ISO 8601).")] = None,
) -> Clips:
    """Your clips, newest first. Those that have expired are not among them."""
    wanted = library.Filter(
        format=format,
        pinned=pinned,
        captioned=captioned,
        job=_plain(job_id),
        upload=_plain(file_id),
        since=_moment(created_after, "created_after"),
        before=_moment(created_before, "created_before"),
        search=_plain(search),
    )
    found = await library.page(principal.account, wanted, number=page, size=limit)
    shown = [told(clip, context.links) for clip in found.clips]
    return Clips(clips=shown, total=found.total, page=page, limit=limit)


@patch("/v1/clips/{clip_id:str}", status_code=200)
async def rename(context: Shared, principal: Caller, clip_id: FromPath[str], data: JSONBody[Renaming]) -> Clip:
    """Give a clip another title. The name of its file stays."""
    async with holding.acting(principal):
        return told(await library.rename(clip_id, principal.account, data.title), context.links)


@post("/v1/clips/{clip_id:str}/pin", status_code=200)
async def pin(context: Shared, principal: Caller, clip_id: FromPath[str]) -> Clip:
    """Keep a clip until you unpin or delete it; not while your storage is full."""
    quota = context.settings.storage_quota
    async with holding.acting(principal):
        return told(await library.pin(clip_id, principal.account, quota=quota), context.links)


@post("/v1/clips/{clip_id:str}/unpin", status_code=200)
async def unpin(context: Shared, principal: Caller, clip_id: FromPath[str]) -> Clip:
    """Let a clip expire again: in 24 hours from now."""
    async with holding.acting(principal):
        return told(await library.unpin(clip_id, principal.account), context.links)


@delete("/v1/clips/{clip_id:str}", status_code=200)
async def remove(principal: Caller, clip_id: FromPath[str]) -> Deleted:
    """Delete a clip: its file and page are gone at once."""
    async with holding.acting(principal):
        await library.delete(clip_id, principal.account)
    return Deleted(clip_id=clip_id, deleted=True)


@post("/v1/clips/bulk-delete", status_code=200)
async def remove_many(principal: Caller, data: JSONBody[Several]) -> DeletedMany:
    """Delete up to 50 clips. What cannot be deleted is told, and hinders nothing else."""
    results = []
    async with holding.acting(principal):
        for clip_id in dict.fromkeys(data.clip_ids):
            try:
                await library.delete(clip_id, principal.account)
                results.append(Deleted(clip_id=clip_id, deleted=True))
            except NotFound as error:
                results.append(Deleted(clip_id=clip_id, deleted=False, error=error.message))
    return DeletedMany(deleted=sum(result.deleted for result in results), results=results)


def told(clip: library.Clip, links: Links) -> Clip:
    return Clip(
        clip_id=clip.id,
        job_id=clip.job,
        file_id=clip.upload,
        title=clip.title,
        source_title=clip.source_title,
        file_name=clip.filename,
        file_size=clip.bytes,
        content_type=clip.content_type,
        format=clip.format,
        quality=clip.quality,
        aspect_ratio=clip.aspect_ratio,
        width=clip.width,
        height=clip.height,
        start=_seconds(clip.start_ms),
        end=_seconds(clip.end_ms),
        duration=clip.duration_ms / 1000,
        captioned=clip.captioned,
        pinned=clip.pinned,
        views=clip.views,
        view_count_visible=clip.views_public,
        download_url=links.download(clip.key, clip.filename) or "",
        poster_url=links.file(clip.poster),
        share_url=f"/c/{clip.id}",
        embed_url=f"/embed/{clip.id}",
        created_at=iso(clip.created_at),
        expires_at=None if clip.expires_at is None else iso(clip.expires_at),
    )


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def _plain(text: str | None) -> str | None:
    """The null character is in no text of ours, and PostgreSQL takes it for none."""
    return None if text is None else text.replace("\0", "\ufffd")


def _moment(text: str | None, path: str) -> int | None:
    """Milliseconds since 1970; a time without a zone is in UTC. Raises InvalidInput."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        message = f"{path} is a time such as 2026-11-25T12:00:00Z."
        raise InvalidInput(message, fields=(Problem(path, message),)) from error


HANDLERS = [listing, rename, pin, unpin, remove, remove_many]
