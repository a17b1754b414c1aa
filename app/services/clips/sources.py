"""What a clip is cut from: an upload that is ready, or a file on the web of which nothing is known yet."""

from typing import Any

import msgspec
from msgspec import Struct

from app import ids
from app.db.engine import sql
from app.egress import Egress
from app.errors import AppError, Conflict, Gone, InvalidInput, NotFound, Problem, Unsupported
from app.services.clips.naming import stem_of, stem_of_url


class Facts(Struct, frozen=True, kw_only=True):
    """What a look at the media found, as far as a clip depends on it. Pictures as they are shown."""

    duration: float
    has_video: bool
    has_audio: bool
    width: int = 0
    height: int = 0


class Source(Struct, frozen=True, kw_only=True):
    """`facts` None: nobody has looked yet. `title`: what it is called where nobody says otherwise."""

    key: str | None = None
    url: str | None = None
    upload: str | None = None
    stem: str
    title: str
    facts: Facts | None = None


async def find(file_id: str | None, url: str | None, *, account: str, egress: Egress) -> Source:
    """Raises InvalidInput unless there is exactly one, and what `of_upload` and the address policy raise."""
    if (file_id is None) == (url is None):
        message = "Name the source once: `file_id` of an upload, or the `url` of a file on the web."
        raise InvalidInput(message, fields=(Problem("file_id", message),))
    if file_id is not None:
        return await of_upload(file_id, account)
    assert url is not None
    try:
        egress.check_url(url)
    except AppError as error:
        raise type(error)(error.message, code=error.code, fields=(Problem("url", error.message),)) from error
    return Source(url=url, stem=stem_of_url(url), title=stem_of_url(url))


async def of_upload(file_id: str, account: str) -> Source:
    """Raises NotFound, Conflict while it is not ready, Gone once it has expired, Unsupported where it failed."""
    query = "SELECT *, expires_at <= :now AS over FROM uploads WHERE id = {} AND account = {}"
    rows = await sql(query, file_id, account) if ids.possible(file_id) else []
    if not rows:
        raise NotFound(f'There is no upload "{file_id[:64]}".', code="unknown_upload")
    return _ready(rows[0])


def _ready(row: dict[str, Any]) -> Source:
    if row["over"]:
        raise Gone("This upload has expired. Upload the file again.", code="upload_expired")
    if row["state"] == "failed":
        reason = row["error_message"] or "Its media cannot be used."
        raise Unsupported(f"This upload failed: {reason}", code="upload_failed")
    if row["state"] != "ready":
        message = "This upload is not ready. Send its bytes, poll GET /v1/upload/{file_id}, and ask again then."
        raise Conflict(message, code="upload_not_ready")
    stem = stem_of(row["filename"])
    facts = msgspec.json.decode(row["info"], type=Facts)
    return Source(key=row["key"], upload=row["id"], stem=stem, title=stem, facts=facts)
