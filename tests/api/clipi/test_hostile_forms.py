"""Forms that nobody means well: whatever comes, nothing stays of what is refused, and the answer says why."""

import asyncio
import shutil
from typing import Any

import pytest

from app.api import bodies, receiving
from app.db.engine import sql
from app.storage import local
from tests.api.clipi.conftest import stored, use
from tests.api.conftest import KEY, Service, eventually, refusal

PATH = "/api/tools/trim-video"
FORM = "multipart/form-data; boundary=XX"


def part(name: str, content: bytes, filename: str | None = None) -> bytes:
    called = f'; filename="{filename}"' if filename is not None else ""
    return f'--XX\r\nContent-Disposition: form-data; name="{name}"{called}\r\n\r\n'.encode() + content + b"\r\n"


TIMES = part("startTime", b"1") + part("endTime", b"2")
FILE = part("file", b"content", "video.mp4")
END = b"--XX--\r\n"
BODIES: list[tuple[bytes, str, str]] = [
    (TIMES + FILE, FORM, "invalid_multipart"),
    (TIMES + FILE[:-12], FORM, "invalid_multipart"),
    (TIMES + FILE + END, "multipart/form-data; boundary=YY", "invalid_multipart"),
    (TIMES + FILE + END, "multipart/form-data", "invalid_multipart"),
    (b"", FORM, "invalid_multipart"),
    (END, FORM, "invalid_request"),
    (part("x", b"1") * 10_000 + FILE + END, FORM, "invalid_request"),
    (part("", b"") * 10_000 + FILE + END, FORM, "invalid_request"),
    (part("startTime", b"1" * 20_000) + FILE + END, FORM, "invalid_multipart"),
    (part("file", b"", "\xff" * 5000) + END, FORM, "invalid_multipart"),
    (TIMES + part("file", b"x", "a" * 5000) + END, FORM, "invalid_multipart"),
    (TIMES.replace(b"form-data", b"attachment") + FILE + END, FORM, "invalid_multipart"),
    (part("startTime", b"1\0") + FILE + END, FORM, "invalid_request"),
    (part("start\nTime", b"1") + FILE + END, FORM, "invalid_request"),
    (part("\xff", b"1") + FILE + END, FORM, "invalid_request"),
]


async def nothing_left(service: Service) -> None:
    assert await sql("SELECT id FROM jobs") == []
    assert stored(service) == []


async def test_a_form_that_is_none_is_refused_and_leaves_nothing(service: Service) -> None:
    for body, kind, code in BODIES:
        told = await refusal(service, 400, "POST", PATH, content=body, headers={"Content-Type": kind})
        assert told["code"] == code, (body[:200], told)
    await nothing_left(service)


async def test_names_of_every_kind_are_only_ever_shown(service: Service) -> None:
    for name in (
        "../../etc/passwd",
        "C:\\\\video.mp4",
        "a%0D%0ASet-Cookie: x.mp4",
        "🎬" * 300,
        "",
        ".",
        "..",
        "x\x1b[31m.mp4",
    ):
        body = TIMES + part("file", b"content", name) + END
        answer = await service.client.post(PATH, content=body, headers={"Content-Type": FORM})
        assert answer.status_code == 200, (name, answer.text)
    names = [row["filename"] for row in await sql("SELECT filename FROM tool_jobs ORDER BY created_at")]
    assert len(names) == 8
    assert all(name.isprintable() and 1 <= len(name) <= 100 and not set(name) & set("/\\") for name in names), names


async def test_a_file_above_the_limit_is_refused_by_its_length_and_by_its_bytes(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "MAX_FILE", 100_000)
    large = part("file", bytes(100_001), "video.mp4")

    async def piecemeal() -> Any:
        yield TIMES
        yield large
        yield END

    for content in (TIMES + part("file", bytes(2_000_000), "v.mp4") + END, TIMES + large + END, piecemeal()):
        told = await refusal(service, 413, "POST", PATH, content=content, headers={"Content-Type": FORM})
        assert told["code"] == "too_large"
    await nothing_left(service)


async def test_without_room_an_upload_is_put_off(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    body = {"content": TIMES + FILE + END, "headers": {"Content-Type": FORM}}
    with monkeypatch.context() as full:
        full.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**12, 10**12, 100))  # type: ignore[attr-defined]
        told = await refusal(service, 503, "POST", PATH, **body)
    assert (told["code"], told["retryAfter"]) == ("disk_full", 60)

    def no_space(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(local, "_write", no_space)
        told = await refusal(service, 503, "POST", PATH, **body)
    assert told["code"] == "storage_full"
    await nothing_left(service)


async def connected(service: Service, length: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """After the headers of a form of that length."""
    reader, writer = await asyncio.open_connection("127.0.0.1", service.settings.port)
    writer.write(
        f"POST {PATH} HTTP/1.1\r\nHost: x\r\nX-Api-Key: {KEY}\r\nContent-Type: {FORM}\r\n"
        f"Content-Length: {length}\r\n\r\n".encode()
    )
    return reader, writer


async def test_a_wrong_field_before_the_file_is_told_before_the_file_is_there(service: Service) -> None:
    reader, writer = await connected(service, 4 << 30)
    writer.write(part("startTime", b"minus one") + part("file", bytes(1000), "video.mp4"))
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 3)
    assert head.startswith(b"HTTP/1.1 400")
    assert b'"startTime"' in await asyncio.wait_for(reader.readuntil(b"}]}"), 3)
    writer.close()
    await nothing_left(service)


async def test_who_goes_away_midway_leaves_neither_file_nor_job(service: Service) -> None:
    for beginning in (TIMES + FILE[:-5] + bytes(3_000_000), FILE + TIMES[:30], FILE + TIMES):
        _, writer = await connected(service, 10_000_000)
        writer.write(beginning)
        await writer.drain()
        await eventually(lambda: bool(stored(service)))
        writer.close()
        await eventually(lambda: not stored(service))
    await nothing_left(service)


async def test_who_sends_hardly_anything_is_given_up(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "SILENCE_S", 0.2)
    reader, writer = await connected(service, 10_000_000)
    writer.write(TIMES + FILE[:-3])
    for _ in range(4):
        await asyncio.sleep(0.1)
        writer.write(b"x")
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    assert head.startswith(b"HTTP/1.1 400")
    assert b"body_timeout" in await asyncio.wait_for(reader.readuntil(b"}"), 5)
    writer.close()
    await nothing_left(service)


async def test_fifty_at_once_are_all_stored_as_they_were_sent(service: Service) -> None:
    async def one(number: int) -> tuple[str, bytes]:
        content = bytes([number]) * (200_000 + number)
        fields = {"startTime": "1", "endTime": "2"}
        told = await use(service, "trim-video", data=fields, files={"file": ("a.mp4", content)})
        return told["toolJobId"], content

    sent = dict(await asyncio.gather(*(one(number) for number in range(50))))
    found = {path.parent.name: path.read_bytes() for path in stored(service)}
    assert found == sent
