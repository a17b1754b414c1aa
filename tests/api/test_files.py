"""Signed file addresses: ranges, conditions, names, and no way to anything else."""

import time
from collections.abc import AsyncIterator
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from app.storage import open_storage, sign_file_url
from app.storage.local import LocalStorage
from tests.api.conftest import Service, service_for

CONTENT = bytes(range(256)) * 4000
SIZE = len(CONTENT)
KEY = "renders/acc/job/1/video.mp4"


@pytest.fixture(scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    """With one stored video."""
    folder = tmp_path_factory.mktemp("files")
    async with service_for(folder) as running_service:
        storage = open_storage("", data_dir=folder, public_url="", secret=running_service.settings.secret.encode())
        assert isinstance(storage, LocalStorage)
        await storage.put_bytes(KEY, CONTENT, "video/mp4")
        yield running_service


def signed(service: Service, key: str = KEY, *, expires_s: float = 60, filename: str | None = None) -> str:
    return sign_file_url(
        service.url,
        key,
        expires=int(time.time() + expires_s),
        secret=service.settings.secret.encode(),
        filename=filename,
    )


async def got(service: Service, method: str = "GET", address: str = "", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await service.anonymous.request(method, address or signed(service), headers=named)


async def test_a_whole_file_comes_with_what_a_client_needs_to_know(service: Service) -> None:
    answer = await got(service, address=signed(service, filename="My holiday – “2026”.mp4"))
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["content-length"] == str(SIZE)
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-expose-headers"].startswith("ETag, Content-Range, Content-Disposition, ")
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith("attachment; filename=")
    assert quote("My holiday – “2026”.mp4", safe="") in disposition
    assert "content-disposition" not in (await got(service)).headers


async def test_head_tells_the_same_and_sends_nothing(service: Service) -> None:
    whole, head = await got(service), await got(service, "HEAD")
    assert head.content == b""
    for name in ("content-length", "content-type", "etag", "last-modified", "accept-ranges"):
        assert head.headers[name] == whole.headers[name]
    part = await got(service, "HEAD", range="bytes=0-9")
    assert (part.status_code, part.headers["content-length"]) == (206, "10")


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=10-19", 10, 19),
        ("bytes=1000-", 1000, SIZE - 1),
        ("bytes=-500", SIZE - 500, SIZE - 1),
        (f"bytes=-{SIZE * 2}", 0, SIZE - 1),
        (f"bytes=5-{SIZE * 2}", 5, SIZE - 1),
        ("bytes=0-", 0, SIZE - 1),
        (f"bytes={SIZE - 1}-", SIZE - 1, SIZE - 1),
    ],
)
async def test_a_range_is_sent_alone(service: Service, wanted: str, first: int, last: int) -> None:
    answer = await got(service, range=wanted)
    assert answer.status_code == 206
    assert answer.headers["content-range"] == f"bytes {first}-{last}/{SIZE}"
    assert answer.content == CONTENT[first : last + 1]


@pytest.mark.parametrize("wanted", [f"bytes={SIZE}-", "bytes=-0", f"bytes={10**17}-"])
async def test_a_range_outside_the_file_is_told_the_size(service: Service, wanted: str) -> None:
    answer = await got(service, range=wanted)
    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{SIZE}")


@pytest.mark.parametrize(
    "wanted", ["bytes=5-2", "bytes=a-b", "bytes=-", "items=0-5", "bytes=0-1,5-9", "bytes=0-1;", "bytes=" + "9" * 400]
)
async def test_what_is_no_single_range_is_passed_over(service: Service, wanted: str) -> None:
    answer = await got(service, range=wanted)
    assert (answer.status_code, len(answer.content)) == (200, SIZE)


async def test_a_range_of_another_version_becomes_the_whole_file(service: Service) -> None:
    facts = (await got(service, "HEAD")).headers
    for validator in (facts["etag"], facts["last-modified"]):
        assert (await got(service, range="bytes=0-9", if_range=validator)).status_code == 206
    for validator in ('"another"', f"W/{facts['etag']}", "Mon, 01 Jan 2001 00:00:00 GMT"):
        assert (await got(service, range="bytes=0-9", if_range=validator)).status_code == 200


async def test_an_unchanged_file_is_not_sent_again(service: Service) -> None:
    facts = (await got(service, "HEAD")).headers
    later = format_datetime(parsedate_to_datetime(facts["last-modified"]) + timedelta(days=1), usegmt=True)
    for condition in ({"if_none_match": facts["etag"]}, {"if_none_match": f'"a", W/{facts["etag"]}'}):
        answer = await got(service, **condition)
        assert (answer.status_code, answer.content) == (304, b"")
    for date in (facts["last-modified"], later):
        assert (await got(service, if_modified_since=date)).status_code == 304
    for condition in (
        {"if_none_match": '"other"', "if_modified_since": later},
        {"if_modified_since": "Mon, 01 Jan 2001 00:00:00 GMT"},
        {"if_modified_since": "yesterday"},
        {"if_modified_since": "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"},
    ):
        assert (await got(service, **condition)).status_code == 200


async def test_an_address_that_was_not_signed_or_is_over_leads_nowhere(service: Service) -> None:
    good = signed(service, filename="a.mp4")
    forged = [
        f"/files/{KEY}",
        f"/files/{KEY}?expires=99999999999&signature=00",
        f"/files/{KEY}?expires=&signature=",
        signed(service, expires_s=-1),
        good.replace("video.mp4", "other.mp4"),
        good.replace("filename=a.mp4", "filename=b.mp4"),
        good.replace("&filename=a.mp4", ""),
        good.replace("expires=", "expires=9"),
        signed(service, "renders/acc/job/1/none.mp4"),
    ]
    for address in forged:
        answer = await got(service, address=address)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_file"), address
    assert (await got(service, address=good)).status_code == 200


@pytest.mark.parametrize(
    "key",
    ["../secret", "renders/../../secret", "..%2f..%2fsecret", ".partial/x", "/etc/passwd", "a//b", "a/./b", "%00"],
)
async def test_even_a_signed_key_stays_in_the_store(service: Service, key: str) -> None:
    assert (Path(service.settings.data_dir) / "files" / KEY).exists()
    answer = await got(service, address=signed(service, key))
    assert answer.status_code == 404


async def test_other_methods_are_refused(service: Service) -> None:
    answer = await got(service, "PUT")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
