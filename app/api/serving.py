"""A stored file as an answer, whole or in ranges, and with what lets a client keep its copy (RFC 9110 §13, §14)."""

import re
from datetime import UTC, datetime
from email.utils import format_datetime

from litestar import Response
from litestar.response import Stream

from app.api.bodies import ApiRequest
from app.storage import ObjectInfo, Storage
from app.times import http_date

AS_IT_IS = {"X-Content-Type-Options": "nosniff"}
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


def served(
    request: ApiRequest, storage: Storage, info: ObjectInfo, headers: dict[str, str]
) -> Response[bytes] | Stream:
    """What GET and HEAD answer; `headers` of its own go with it."""
    headers = {
        **AS_IT_IS,
        **headers,
        "Accept-Ranges": "bytes",
        "ETag": info.etag,
        "Last-Modified": _date(info),
    }
    if _unchanged(request, info):
        return Response(b"", status_code=304, headers=headers)
    return _content(request, storage, info, headers)


def _content(
    request: ApiRequest, storage: Storage, info: ObjectInfo, headers: dict[str, str]
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
        storage.open(info.key, start, end),
        status_code=200 if whole else 206,
        headers=headers,
        media_type=info.content_type,
    )


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
