"""Uploads over HTTP: in both forms, in constant memory, and with nothing left of those that fail."""

import asyncio
import hashlib
import os
import resource
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.api import multiparts, receiving
from app.db.engine import sql
from tests.api.conftest import KEY, Service, eventually, refusal
from tests.api.test_tenants import FONT
from tests.services.uploads import png


def left(service: Service) -> list[Path]:
    """Files that only a running upload, or a stored one, may have."""
    data = Path(service.settings.data_dir)
    return [path for folder in ("uploads", "files") for path in (data / folder).rglob("*") if path.is_file()]


async def test_an_upload_comes_as_a_form_or_as_the_plain_body(everywhere: Service) -> None:
    form = await everywhere.client.post("/v1/assets", files={"file": ("photo.png", png(), "text/plain")})
    plain = await everywhere.client.post("/v1/assets?filename=photo.png", content=png())
    for answer in (form, plain):
        assert answer.status_code == 201
        told = answer.json()
        assert told["url"] == f"asset:{told['id']}"
        assert (told["filename"], told["content_type"], told["size"]) == ("photo.png", "image/png", len(png()))
        assert told["sha256"] == hashlib.sha256(png()).hexdigest()
        assert (await everywhere.client.get(f"/v1/assets/{told['id']}")).json() == told


async def test_a_repeated_upload_gets_the_first_answer_and_stores_nothing_more(everywhere: Service) -> None:
    """Also while the first is under way: each has stored its file by then, and removes it."""

    async def sent(path: str, name: str, content: bytes, key: str) -> tuple[int, bytes, str]:
        files, headers = {"file": (name, content)}, {"Idempotency-Key": key}  # a form, with another boundary each time
        answer = await everywhere.client.post(path, files=files, headers=headers)
        return answer.status_code, answer.content, answer.headers.get("idempotency-replayed", "")

    font = FONT.read_bytes()
    for path, content in (("/v1/assets", png()), ("/v1/fonts?family=Brand", font)):
        at_once = await asyncio.gather(*(sent(path, "a", content, f"{path} 1") for _ in range(5)))
        later = await sent(path, "a", content, f"{path} 1")
        assert {(status, body) for status, body, _ in at_once} == {(201, at_once[0][1])} == {later[:2]}
        assert [replayed for _, _, replayed in sorted(at_once)].count("true") == 4
        assert later[2] == "true"
        for name, other in (("b", content), ("a", content + b"\0")):
            status, told, _ = await sent(path, name, other, f"{path} 1")
            assert (status, b"idempotency_mismatch" in told) == (422, True)
    assert len(await sql("SELECT id FROM assets")) == len(left(everywhere)) == 2


async def test_of_a_form_the_first_file_counts_wherever_it_stands(service: Service) -> None:
    form = {"files": [("a", (None, "text")), ("b", ("one.png", png())), ("c", ("two.gif", b"GIF89a" + bytes(9)))]}
    told = (await service.client.post("/v1/assets", **form)).json()
    assert (told["filename"], told["size"]) == ("one.png", len(png()))


async def test_a_deleted_upload_is_gone(service: Service) -> None:
    made = (await service.client.post("/v1/assets", content=png())).json()
    address = f"/v1/assets/{made['id']}"
    assert (await service.client.delete(address)).json() == {"id": made["id"], "deleted": True}
    for method in ("GET", "DELETE"):
        told = await refusal(service, 404, method, address)
        assert told["code"] == "unknown_asset"
    assert left(service) == []


@pytest.mark.parametrize("odd", ["a%00b", "ast_%00", "ast_" + "\u0661" * 22, "x" * 5000, "ast_' OR 1=1"])
async def test_what_cannot_be_an_id_is_an_upload_that_is_not_there(everywhere: Service, odd: str) -> None:
    for method in ("GET", "DELETE"):
        answer = await everywhere.client.request(method, f"/v1/assets/{odd}")
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_asset")


async def test_another_account_sees_and_changes_nothing(everywhere: Service) -> None:
    made = (await everywhere.client.post("/v1/assets", content=png())).json()
    for method in ("GET", "DELETE"):
        answer = await everywhere.other.request(method, f"/v1/assets/{made['id']}")
        assert answer.status_code == 404
    assert (await everywhere.client.get(f"/v1/assets/{made['id']}")).status_code == 200


@pytest.mark.parametrize(
    ("request_body", "status", "code", "hint"),
    [
        (
            {"content": b""},
            422,
            "unsupported_media",
            "empty, so no file arrived. Send one as the body, or as a form field",
        ),
        ({"files": {"file": ("photo.jpg", b"just words")}}, 422, "unsupported_media", "a text file"),
        ({"files": {"file": ("photo.jpg", b"")}}, 422, "unsupported_media", "empty"),
        ({"files": {"file": ("clip.mp4", b"#EXTM3U\n/etc/passwd")}}, 422, "unsupported_media", "HLS"),
        ({"files": [("note", (None, "only text"))]}, 400, "invalid_request", "curl"),
        (
            {"content": b"--x\r\nbroken", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
            400,
            "invalid_multipart",
            "multipart",
        ),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 400, "invalid_multipart", "boundary"),
    ],
)
async def test_what_cannot_be_used_is_refused_and_leaves_nothing(
    service: Service, request_body: dict[str, Any], status: int, code: str, hint: str
) -> None:
    told = await refusal(service, status, "POST", "/v1/assets?filename=photo.jpg", **request_body)
    assert told["code"] == code
    assert hint in told["error"]
    assert left(service) == []
    assert await sql("SELECT id FROM assets") == []


async def test_a_file_above_the_limit_is_refused_by_its_length_and_by_its_bytes(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "MAX_FILE", 100_000)
    monkeypatch.setattr(multiparts, "OVERHEAD", 1000)
    for body in ({"content": bytes(200_000)}, {"content": blocks(20)}, {"files": {"file": ("a", bytes(100_500))}}):
        told = await refusal(service, 413, "POST", "/v1/assets", **body)
        assert told["code"] == "too_large"
    assert left(service) == []


async def blocks(count: int, size: int = 10_000) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield bytes(size)


async def test_a_client_that_goes_away_leaves_nothing(service: Service) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", service.settings.port)
    head = f"POST /v1/assets HTTP/1.1\r\nHost: x\r\nX-Api-Key: {KEY}\r\nContent-Length: 9000000\r\n\r\n"
    writer.write(head.encode() + png() + bytes(3_000_000))
    await writer.drain()
    await eventually(lambda: bool(left(service)))
    writer.transport.abort()
    await eventually(lambda: not left(service))
    assert await sql("SELECT id FROM assets") == []


async def test_a_large_upload_takes_no_more_memory_than_a_small_one(service: Service) -> None:
    size = 150 << 20

    async def film() -> AsyncIterator[bytes]:
        yield b"GIF89a"
        async for block in blocks(size // (1 << 18), 1 << 18):
            yield block

    await service.client.post("/v1/assets", content=png())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer = await service.client.post("/v1/assets", content=film())
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert (answer.status_code, answer.json()["size"]) == (201, size + 6)
    assert grown_kib < 40 << 10


async def test_there_must_be_room_for_an_announced_file(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=len(png()) + 1))
    told = await refusal(service, 503, "POST", "/v1/assets", content=png())
    assert told["code"] == "disk_full"
    assert left(service) == []


def test_what_a_killed_process_left_is_swept_and_what_grows_is_not(tmp_path: Path) -> None:
    for name, age in (("dead", 4000), ("growing", 10)):
        (tmp_path / name).write_bytes(b"x")
        facts = (tmp_path / name).stat()
        os.utime(tmp_path / name, (facts.st_atime, facts.st_mtime - age))
    receiving.sweep(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["growing"]
