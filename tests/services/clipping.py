"""Uploads that are ready and clips that are made, without anybody having to wait for them."""

import json
from typing import Any

from app import ids
from app.db.engine import marks, sql
from app.services.clips.naming import searchable
from app.storage import Storage


async def insert(table: str, row: dict[str, Any], **times: int) -> None:
    """`times`: milliseconds from now."""
    later = "".join(", :now + {}" for _ in times)
    columns = ", ".join([*row, *times])
    await sql(f"INSERT INTO {table} ({columns}) VALUES ({marks(len(row))}{later})", *row.values(), *times.values())


async def uploaded(account: str, upload_id: str = "", *, expires_s: float = 3600, **other: Any) -> str:
    """A 1080p video of 100 seconds with sound, unless `info` says otherwise."""
    upload_id = upload_id or ids.upload_id()
    info = {"duration": 100.5, "has_video": True, "has_audio": True, "width": 1920, "height": 1080}
    row = {
        "id": upload_id,
        "account": account,
        "way": "put",
        "state": "ready",
        "key": f"uploads/{account}/{upload_id}.mp4",
        "filename": "My talk.mp4",
        "content_type": "video/mp4",
        "size": 1000,
        "received": 0,
        **other,
        "info": json.dumps({**info, **other.get("info", {})}),
    }
    await insert("uploads", row, created_at=0, expires_at=round(expires_s * 1000))
    return upload_id


async def clipped(
    account: str,
    clip_id: str = "",
    *,
    age_s: float = 0,
    storage: Storage | None = None,
    content: bytes = b"clip",
    **other: Any,
) -> str:
    """A clip as a job leaves it. With `storage`, its file as well."""
    clip_id = clip_id or ids.clip_id()
    job = ids.job_id()
    key = f"clips/{account}/{job}/1/clip.mp4"
    row = {
        "id": clip_id,
        "account": account,
        "job": job,
        "upload": None,
        "key": key,
        "poster": key.replace("clip.mp4", "poster.jpg"),
        "filename": "My talk_0-15-0-55.mp4",
        "content_type": "video/mp4",
        "title": "My talk",
        "source_title": "My talk",
        "format": "mp4",
        "quality": "1080p",
        "aspect_ratio": "16:9",
        "width": 1920,
        "height": 1080,
        "start_ms": 15_000,
        "end_ms": 55_000,
        "duration_ms": 40_000,
        "bytes": len(content),
        "captioned": False,
        "pinned": False,
        "views": 0,
        "views_public": True,
        **other,
    }
    row["search"] = searchable(row["title"], row["filename"])
    life = {} if row["pinned"] else {"expires_at": round((86_400 - age_s) * 1000)}
    await insert("clips", row, created_at=round(-age_s * 1000), **life)
    if storage:
        await storage.put_bytes(row["key"], content, row["content_type"])
        await storage.put_bytes(row["poster"], b"jpeg", "image/jpeg")
    return clip_id
