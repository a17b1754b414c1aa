"""What becomes true of an upload when its inspection ends, or it fails before: in the transaction of that."""

from typing import Any

import msgspec

from app.db.engine import sql
from app.services import events, held
from app.services.uploads.records import COLUMNS, GRACE_S, Upload, of_row

ABORTED = "aborted"


async def ready(upload_id: str, job_id: str, result: str) -> None:
    """Its media can be used: what was ordered with it is due. Of what was aborted meanwhile nothing becomes true."""
    info = msgspec.json.decode(result)
    rows = await sql(
        "UPDATE uploads SET state = 'ready', info = {}, size = COALESCE(size, {}), look_at = expires_at + {} "
        f"WHERE id = {{}} AND job = {{}} AND state = 'processing' RETURNING {COLUMNS}",
        *(result, info["bytes"], GRACE_S * 1000, upload_id, job_id),
    )
    for upload in map(of_row, rows):
        await events.record(upload.account, "upload.ready", upload.id, told_of(upload))
        if upload.clip_job:
            await held.release(upload.clip_job)


async def failed(upload_id: str, code: str, message: str, job_id: str | None = None) -> str | None:
    """It will never be ready, and its bytes are due to go. Answers the held job of the clip that was ordered with it.

    `job_id`: only if that one inspected it.
    """
    ours, arguments = ("AND job = {}", (job_id,)) if job_id else ("", ())
    rows = await sql(
        "UPDATE uploads SET state = 'failed', error_code = {}, error_message = {}, look_at = :now "
        f"WHERE id = {{}} AND state IN ('pending', 'processing') {ours} RETURNING {COLUMNS}",
        *(code, message, upload_id, *arguments),
    )
    for upload in map(of_row, rows):
        if code != ABORTED:
            told = {**told_of(upload), "error": message, "code": code}
            await events.record(upload.account, "upload.failed", upload.id, told)
        return upload.clip_job
    return None


def told_of(upload: Upload) -> dict[str, Any]:
    info = upload.info or {}
    duration = info.get("duration")
    return {
        "file_id": upload.id,
        "filename": upload.filename,
        "file_size": upload.size,
        "duration": duration,
        "duration_seconds": duration,
        "max_height": info.get("max_height", 0),
        "format_detected": info.get("format_detected", ""),
        "content_type": info.get("content_type") or upload.content_type,
        "media_kind": info.get("media_kind", ""),
        "has_video": info.get("has_video", False),
        "has_audio": info.get("has_audio", False),
        "clip_requested": upload.clip_job is not None,
        "clip_job_id": upload.clip_job or "",
    }
