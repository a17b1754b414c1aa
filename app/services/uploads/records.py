"""What is known of an upload, and who may hear of it."""

from typing import Any, Literal

import msgspec
from msgspec import Struct

from app import ids
from app.db.engine import sql
from app.errors import Conflict, Gone, NotFound

Way = Literal["put", "multipart", "tus", "url"]
State = Literal["pending", "processing", "ready", "failed"]

LIFE_S = 86_400
"""From the request on; then it answers 410."""
GRACE_S = 3600
"""How much longer the bytes stay, for jobs that were ordered in time."""
MAX_BYTES = 5 << 30
MAX_SECONDS = 3 * 3600
PLACE = "uploads"


class Division(Struct, frozen=True, kw_only=True):
    """A file in parts of one size, but for the last; `upload` is what the store calls it."""

    key: str
    upload: str
    size: int
    part: int
    count: int

    def size_of(self, number: int) -> int:
        return min(self.part, self.size - (number - 1) * self.part)


class Upload(Struct, frozen=True, kw_only=True):
    """A row; `over`: it has expired. `info`: what was found out about the media, once it is ready."""

    id: str
    account: str
    way: Way
    state: State
    key: str
    filename: str
    content_type: str
    size: int | None
    received: int
    store_id: str | None
    part_size: int | None
    part_count: int | None
    job: str | None
    info: dict[str, Any] | None
    error_code: str | None
    error_message: str | None
    clip_job: str | None
    created_at: int
    url_expires_at: int | None
    expires_at: int
    over: bool
    now: int

    @property
    def whole(self) -> int:
        """How many bytes were announced, where they were."""
        assert self.size is not None
        return self.size

    @property
    def tail_key(self) -> str:
        """Where those of the `received` bytes are that do not fill a part."""
        return f"{self.key}.tail-{self.received}"

    @property
    def division(self) -> Division:
        """Of one that comes in parts."""
        assert self.store_id
        assert self.part_size
        assert self.part_count
        return Division(key=self.key, upload=self.store_id, size=self.whole, part=self.part_size, count=self.part_count)


COLUMNS = "*, expires_at <= :now AS over, :now AS now"


def of_row(row: dict[str, Any]) -> Upload:
    info = msgspec.json.decode(row["info"]) if row["info"] else None
    return msgspec.convert({**row, "over": bool(row["over"]), "info": info}, Upload)


async def find(file_id: str, account: str) -> Upload:
    """Raises NotFound, also for somebody else's, and Gone when it has expired."""
    upload = await seen(file_id)
    if upload is None or upload.account != account:
        raise NotFound(f'There is no upload "{file_id[:64]}".', code="unknown_upload")
    check_here(upload)
    return upload


async def seen(file_id: str) -> Upload | None:
    rows = await sql(f"SELECT {COLUMNS} FROM uploads WHERE id = {{}}", file_id) if ids.possible(file_id) else []
    return of_row(rows[0]) if rows else None


def check_here(upload: Upload) -> None:
    if upload.over:
        raise Gone("This upload has expired. Upload the file again.", code="expired")


def check_pending(upload: Upload) -> None:
    """Raises Conflict unless its bytes may still come."""
    if upload.state != "pending":
        raise over(upload)


def over(upload: Upload) -> Conflict:
    """The refusal of whatever would bring bytes, or take them back, too late."""
    if upload.error_code == "aborted":
        return Conflict("This upload was aborted. Request a new one.", code="upload_aborted")
    message = f"This upload is {upload.state}: its bytes have arrived. Request a new one for another file."
    return Conflict(message, code="upload_complete")
