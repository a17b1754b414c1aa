"""What a clip is cut from: an upload that is ready, or a file on the web of which nothing is known yet."""

import msgspec
from msgspec import Struct

from app.egress import Egress
from app.errors import Conflict, InvalidInput, Problem, Unsupported
from app.services import remote
from app.services.clips.naming import stem_of, stem_of_url
from app.services.uploads import records


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
    """Raises InvalidInput unless there is exactly one, and what `of_upload` and `remote.peek` raise."""
    if (file_id is None) == (url is None):
        message = "Name the source once: `file_id` of an upload, or the `url` of a file on the web."
        raise InvalidInput(message, fields=(Problem("file_id", message),))
    if file_id is not None:
        return await of_upload(file_id, account)
    assert url is not None
    await remote.peek(url, egress)
    return Source(url=url, stem=stem_of_url(url), title=stem_of_url(url))


async def of_upload(file_id: str, account: str) -> Source:
    """Raises NotFound, Conflict while it is not ready, Gone once it has expired, Unsupported where it failed."""
    upload = await records.find(file_id, account)
    if upload.state == "failed":
        reason = upload.error_message or "Its media cannot be used."
        raise Unsupported(f"This upload failed: {reason}", code="upload_failed")
    if upload.state != "ready":
        message = "This upload is not ready. Send its bytes, poll GET /v1/upload/{file_id}, and ask again then."
        raise Conflict(message, code="upload_not_ready")
    stem = stem_of(upload.filename)
    facts = msgspec.convert(upload.info, Facts)
    return Source(key=upload.key, upload=upload.id, stem=stem, title=stem, facts=facts)
