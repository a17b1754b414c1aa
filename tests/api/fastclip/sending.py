"""Uploads for tests: requested as clients do, in parts of the least size, and inspected in a worker's place."""

from typing import Any

import httpx
import msgspec

from app.db.engine import sql
from app.services import jobs
from tests.api.conftest import Service
from workers.media.orders import Inspected

PART = 5 << 20
WHOLE = b"".join(number.to_bytes(4) for number in range((2 * PART + 1000) // 4))
PIECES = [WHOLE[offset : offset + PART] for offset in range(0, len(WHOLE), PART)]
SMALL = WHOLE[:1000]
FOUND = Inspected(
    media_kind="video",
    format_detected="mov,mp4,m4a,3gp,3g2,mj2",
    content_type="video/mp4",
    duration=1200.5,
    has_video=True,
    has_audio=True,
    width=1920,
    height=1080,
    max_height=1080,
)


async def requested(service: Service, size: int = len(SMALL), **more: Any) -> dict[str, Any]:
    wanted = {"filename": "source.mp4", "content_type": "video/mp4", "file_size": size, **more}
    return told(await service.client.post("/v1/upload/request", json=wanted))


async def initiated(service: Service, **more: Any) -> dict[str, Any]:
    wanted = {"filename": "source.mp4", "file_size": len(WHOLE), "part_size": PART, "part_count": len(PIECES), **more}
    return told(await service.client.post("/v1/upload/multipart/initiate", json=wanted))


async def put(service: Service, url: str, body: bytes, status: int = 200) -> httpx.Response:
    answer = await service.anonymous.put(url, content=body, headers={"Content-Type": "video/mp4"})
    assert answer.status_code == status, answer.text
    return answer


async def status_of(service: Service, file_id: str) -> dict[str, Any]:
    return told(await service.client.get(f"/v1/upload/{file_id}"))


async def inspected(file_id: str, found: Inspected | tuple[str, str] = FOUND) -> None:
    """What a worker does at the end of an inspection: it found out what it is, or refuses it with a code and a word."""
    [row] = await sql("SELECT job, size FROM uploads WHERE id = {}", file_id)
    claim = await jobs.claim(row["job"], "w1", lease_s=30)
    assert claim
    if isinstance(found, tuple):
        assert await jobs.fail(claim, *found)
    else:
        assert await jobs.finish(claim, {**msgspec.to_builtins(found), "bytes": row["size"]})


def told(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body
