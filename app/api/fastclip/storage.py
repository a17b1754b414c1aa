"""`/v1/storage`: how much an account keeps, and how much it may."""

from litestar import get
from msgspec import Struct

from app.api.context import Caller, Shared
from app.services import storage_use


class StorageUse(Struct, frozen=True, kw_only=True):
    """Bytes. What counts are uploads, also those under way, and clips, until they expire. `quota_bytes` 0: no limit."""

    used_bytes: int
    quota_bytes: int
    available_bytes: int | None
    uploads_bytes: int
    clips_bytes: int


@get("/v1/storage", status_code=200)
async def read(context: Shared, principal: Caller) -> StorageUse:
    """How much of your storage is used, and by what."""
    found = await storage_use.used_bytes(principal.account)
    used, quota = sum(found.values()), context.settings.storage_quota
    return StorageUse(
        used_bytes=used,
        quota_bytes=quota,
        available_bytes=max(0, quota - used) if quota else None,
        uploads_bytes=found["uploads"],
        clips_bytes=found["clips"],
    )
