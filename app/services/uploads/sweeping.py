"""Uploads that are due for a look: whether their bytes have come, and whether what is stored of them has to go."""

import logging

from app.db.engine import sql, tx
from app.errors import StorageFailed
from app.services import news
from app.services.uploads.arrivals import notice, remove
from app.services.uploads.records import COLUMNS, GRACE_S, Upload, of_row
from app.storage import Storage

AT_ONCE = 100
WAIT_MS = 5_000, 600_000
"""Between two looks: as long as it has waited so far, within these."""
LATE_MS = 3 * 3_600_000
"""How long a PUT may go on after the end of its address, before which it has to begin."""
REMEMBERED_MS = 7 * 86_400_000
"""How long an upload that has expired is told from one that never was."""

log = logging.getLogger("clipyard.uploads")


async def sweep(storage: Storage) -> None:
    due = await sql(f"SELECT {COLUMNS} FROM uploads WHERE look_at <= :now ORDER BY look_at LIMIT {{}}", AT_ONCE)
    for upload in map(of_row, due):
        try:
            await _look(upload, storage)
        except StorageFailed as error:  # it comes up again; the others need not wait for it
            log.warning("%s is looked at later: %s", upload.id, error.message)


async def _look(upload: Upload, storage: Storage) -> None:
    match upload.state:
        case "pending" if not upload.over:
            if not await notice(upload, storage):
                await _wait_or_give_up(upload)
        case "pending" | "processing" if upload.over:
            await _fail(upload, "expired", "It was not complete when it expired. Upload the file again.")
        case "processing":
            await _look_again(upload, upload.expires_at)
        case "ready" if upload.now < upload.expires_at + GRACE_S * 1000:
            await _look_again(upload, upload.expires_at + GRACE_S * 1000)
        case _:
            await remove(upload, storage)
            # Once more when nobody can send anything any longer: an address that was given cannot be taken back.
            await _look_again(upload, None if upload.over else upload.expires_at)


async def _wait_or_give_up(upload: Upload) -> None:
    if upload.way == "put" and upload.now > (upload.url_expires_at or 0) + LATE_MS:
        await _fail(upload, "not_sent", "No file arrived before its address expired. Request a new one.")
        return
    waited = upload.now - upload.created_at
    pause = min(max(waited, WAIT_MS[0]), WAIT_MS[1])
    await _look_again(upload, min(upload.now + pause, upload.expires_at))


async def _look_again(upload: Upload, at: int | None) -> None:
    """Unless it has become something else meanwhile, which is looked at when that says."""
    await sql("UPDATE uploads SET look_at = {} WHERE id = {} AND state = {}", at, upload.id, upload.state)


async def _fail(upload: Upload, code: str, message: str) -> None:
    async with tx():
        await news.upload_failed(upload.id, code, message)


async def forget_old() -> None:
    await sql("DELETE FROM uploads WHERE expires_at < (SELECT :now - {}) AND look_at IS NULL", REMEMBERED_MS)


async def in_parts(account: str) -> list[tuple[str, str]]:
    """Keys and the store's names of uploads that have begun, and are in no listing of the store."""
    query = "SELECT key, store_id FROM uploads WHERE account = {} AND store_id IS NOT NULL AND state = 'pending'"
    return [(row["key"], row["store_id"]) for row in await sql(query, account)]


async def forget(account: str) -> None:
    """The rows; `erasure` removes the files."""
    await sql("DELETE FROM uploads WHERE account = {}", account)
