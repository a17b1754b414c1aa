"""Uploads by tus 1.0.0, on both stores, as its clients send them."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.db.engine import sql
from tests.api.conftest import Service, eventually
from tests.api.fastclip.sending import SMALL, inspected, status_of
from tests.api.fastclip.test_uploads import either, s3_endpoint, store_of

__all__ = ["either", "s3_endpoint"]

PART = 5 << 20
FILE = b"".join(number.to_bytes(4) for number in range((PART + 3000) // 4))
TUS = {"Tus-Resumable": "1.0.0"}


def metadata(**pairs: str) -> str:
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in pairs.items())


async def begun(service: Service, size: int = len(FILE)) -> str:
    named = {"Upload-Metadata": metadata(filename="größe.mp4", filetype="video/mp4")}
    answer = await service.client.post("/v1/upload/tus", headers={**TUS, **named, "Upload-Length": str(size)})
    assert answer.status_code == 201, answer.text
    assert parsedate_to_datetime(answer.headers["upload-expires"])
    location: str = answer.headers["location"]
    assert location.startswith(service.url)
    return location


async def patched(service: Service, url: str, offset: int, body: Any, status: int = 204, **more: str) -> httpx.Response:
    headers = {**TUS, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream", **more}
    answer = await service.client.patch(url, content=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers.get("upload-offset", "") == (str(offset + len(body)) if status == 204 else "")
    return answer


async def offset_of(service: Service, url: str) -> int:
    answer = await service.client.head(url, headers=TUS)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["tus-resumable"] == "1.0.0"
    return int(answer.headers["upload-offset"])


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The least that a bucket takes."""
    monkeypatch.setattr("app.api.fastclip.tus.TUS_PART", PART)


@pytest.mark.usefixtures("small_parts")
async def test_bytes_come_in_requests_of_any_size_and_are_one_file(either: Service) -> None:
    url = await begun(either)
    assert await offset_of(either, url) == 0
    cuts = [0, 10, 1000, PART - 5, PART + 7, PART + 7, len(FILE)]
    for start, end in pairwise(cuts):
        await patched(either, url, start, FILE[start:end])
        assert await offset_of(either, url) == end
    file_id = url.rpartition("/")[2]
    assert (await status_of(either, file_id))["status"] == "processing"
    store = store_of(either.settings)
    [found] = [info async for info in store.list("uploads/")]
    assert b"".join([chunk async for chunk in store.open(found.key)]) == FILE
    assert await store.sweep_partial(-60) == 0
    await store.aclose()
    await inspected(file_id)
    shown = await status_of(either, file_id)
    assert (shown["status"], shown["filename"], shown["file_size"]) == ("ready", "größe.mp4", len(FILE))
    await patched(either, url, len(FILE), b"", 409)


async def test_what_came_before_the_line_broke_is_kept(service: Service) -> None:
    url = await begun(service)

    async def broken() -> AsyncIterator[bytes]:
        yield FILE[:3000]
        await asyncio.sleep(0.3)  # what nobody has read when the line breaks is lost
        raise ConnectionError("the line broke")

    with pytest.raises((httpx.HTTPError, ConnectionError)):
        await service.client.patch(
            url,
            content=broken(),
            headers={**TUS, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"},
        )

    async def kept() -> bool:
        return await offset_of(service, url) == 3000

    await eventually(kept)
    await patched(service, url, 0, FILE[:10], 409)
    await patched(service, url, 3000, FILE[3000:4000])
    await patched(service, url, 4000, FILE[4000:])
    assert (await status_of(service, url.rpartition("/")[2]))["status"] == "processing"


async def test_a_body_that_is_not_what_its_checksum_says_is_not_kept(service: Service) -> None:
    url = await begun(service, len(SMALL))
    right = f"sha1 {base64.b64encode(hashlib.sha1(SMALL).digest()).decode()}"
    await patched(service, url, 0, SMALL[:-1] + b"x", 460, **{"Upload-Checksum": right})
    assert await offset_of(service, url) == 0
    await patched(service, url, 0, SMALL, 400, **{"Upload-Checksum": "crc32 AAAA"})
    await patched(service, url, 0, SMALL, **{"Upload-Checksum": right})
    assert (await status_of(service, url.rpartition("/")[2]))["status"] == "processing"


async def test_an_upload_that_is_ended_takes_nothing_more(service: Service, tmp_path: Path) -> None:
    url = await begun(service)
    await patched(service, url, 0, SMALL)
    assert (await service.client.delete(url, headers=TUS)).status_code == 204
    await patched(service, url, len(SMALL), SMALL, 409)
    assert not [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    await sql("UPDATE uploads SET expires_at = 1")
    assert (await service.client.head(url, headers=TUS)).status_code == 410


async def test_the_rules_of_the_protocol_are_kept(service: Service) -> None:
    told = await service.anonymous.options("/v1/upload/tus")
    assert told.status_code == 204
    assert told.headers["tus-version"] == "1.0.0"
    assert told.headers["tus-extension"] == "creation,expiration,checksum,termination"
    assert told.headers["tus-max-size"] == str(5 << 30)
    length = {"Upload-Length": "10"}
    for headers, status in (
        (length, 412),
        ({**length, "Tus-Resumable": "0.2.2"}, 412),
        (TUS, 400),
        ({**TUS, "Upload-Length": "-1"}, 400),
        ({**TUS, "Upload-Length": "0"}, 400),
        ({**TUS, "Upload-Length": str((5 << 30) + 1)}, 413),
        ({**TUS, **length, "Upload-Metadata": "filename %%%"}, 400),
    ):
        answer = await service.client.post("/v1/upload/tus", headers=headers)
        assert answer.status_code == status, (headers, answer.text)
        assert answer.json()["error"].endswith(".")
        assert ("tus-version" in answer.headers) is (status == 412)
    url = await begun(service, len(SMALL))
    assert (await service.other.head(url, headers=TUS)).status_code == 404
    plain = {**TUS, "Upload-Offset": "0", "Content-Type": "text/plain"}
    assert (await service.client.patch(url, content=SMALL, headers=plain)).status_code == 415
    await patched(service, url, 0, SMALL + b"x", 413)
    await patched(service, url, 5, SMALL[5:], 409)
