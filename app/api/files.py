"""`/files/…`: stored files for whoever has a signed address, whole or in ranges (RFC 9110 §13, §14)."""

import re
import time
from datetime import UTC, datetime
from email.utils import format_datetime

from litestar import HttpMethod, Response, Router, route
from litestar.params import FromPath
from litestar.response import Redirect, Stream

from app.api.bodies import ApiRequest
from app.api.context import Context, Shared
from app.errors import InvalidInput, NotFound
from app.services import accounts
from app.storage import ObjectInfo, content_disposition, owner, verify_file_url
from app.times import http_date

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
REDIRECTED_S = 3600.0
"""How long the address is good to which a lasting one leads, where the object store serves clients itself."""
_AS_IT_IS = {"X-Content-Type-Options": "nosniff"}


@route("/files/{key:path}", http_method=[HttpMethod.GET, HttpMethod.HEAD], status_code=200)
async def file(request: ApiRequest, context: Shared, key: FromPath[str]) -> Response[bytes] | Redirect | Stream:
    """A stored file. The address is signed, and expires or lasts as long as the file; HEAD and single ranges work.

    While the file's account is banned, the address leads nowhere.
    """
    name = request.query_params.get("filename")
    info = await _allowed(request, context, key.removeprefix("/"), name)
    if context.storage.direct and request.method == HttpMethod.GET:
        target = await context.storage.url(info.key, expires_s=REDIRECTED_S, filename=name)
        return Redirect(target, status_code=302, headers={**_AS_IT_IS, "Cache-Control": "private, max-age=300"})
    headers = {**_AS_IT_IS, "Accept-Ranges": "bytes", "ETag": info.etag, "Last-Modified": _date(info)}
    if name is not None:
        headers["Content-Disposition"] = content_disposition(name)
    if _unchanged(request, info):
        return Response(b"", status_code=304, headers=headers)
    return _content(request, context, info, headers)


def _content(
    request: ApiRequest, context: Context, info: ObjectInfo, headers: dict[str, str]
) -> Response[bytes] | Stream:
    span = _span(request, info)
    if span is None:
        headers["Content-Range"] = f"bytes */{info.size}"
        return Response(b"", status_code=416, headers=headers, media_type=info.content_type)
    start, end = span
    whole = (start, end) == (0, info.size) and not _partial_wanted(request, info)
    if not whole:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{info.size}"
    headers["Content-Length"] = str(end - start)
    return Stream(
        context.storage.open(info.key, start, end),
        status_code=200 if whole else 206,
        headers=headers,
        media_type=info.content_type,
    )


async def _allowed(request: ApiRequest, context: Context, key: str, name: str | None) -> ObjectInfo:
    """The object that the address was signed for; every other address gets one and the same answer.

    So does that of a banned account, as long as it is banned: who follows the link is somebody else, and need not know.
    """
    query = request.query_params
    signed = verify_file_url(
        key,
        expires=query.get("expires", ""),
        signature=query.get("signature", ""),
        secret=context.secret,
        now=time.time(),
        filename=name,
    )
    try:
        shown = signed and not await accounts.is_shut_out(owner(key))
        info = await context.storage.head(key) if shown else None
    except InvalidInput:
        info = None
    if info is None:
        raise NotFound("This address is not valid, or not any more. Ask for a new one.", code="unknown_file")
    return info


def _span(request: ApiRequest, info: ObjectInfo) -> tuple[int, int] | None:
    """First byte and end of what to send; None when the range lies outside the file."""
    if not _partial_wanted(request, info):
        return 0, info.size
    first, last = _ranges(request) or ("", "")
    start = int(first) if first else max(0, info.size - int(last))
    end = min(int(last) + 1, info.size) if first and last else info.size
    return (start, end) if start < end else None


def _partial_wanted(request: ApiRequest, info: ObjectInfo) -> bool:
    """Whether a range applies: an understood one, of the file that the client has the other parts of."""
    if _ranges(request) is None:
        return False
    condition = request.headers.get("if-range", "").strip()
    return condition in ("", info.etag, _date(info))


def _ranges(request: ApiRequest) -> tuple[str, str] | None:
    """Several ranges, or what is no range, are answered with the whole file, as RFC 9110 §14.2 allows."""
    match = _RANGE.fullmatch(request.headers.get("range", "").strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    return None if first and last and int(last) < int(first) else (first, last)


def _unchanged(request: ApiRequest, info: ObjectInfo) -> bool:
    if tags := request.headers.get("if-none-match"):
        return info.etag in [tag.strip().removeprefix("W/") for tag in tags.split(",")] or tags.strip() == "*"
    since = http_date(request.headers.get("if-modified-since", ""))
    return since is not None and since >= info.modified.replace(microsecond=0)


def _date(info: ObjectInfo) -> str:
    modified: datetime = info.modified.astimezone(UTC)
    return format_datetime(modified, usegmt=True)


router = Router("/", route_handlers=[file], tags=["Files"])
