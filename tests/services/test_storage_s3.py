"""The S3 store: its setting, what it sends, and how it bears a server that fails."""

import asyncio
import re
import tempfile
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.retries.standard import ExponentialBackoff
from hypothesis import given
from hypothesis import strategies as st

from app.errors import StorageFailed
from app.settings import SettingsError
from app.storage import (
    content_disposition,
    s3_upload,
)
from app.storage.s3 import S3Storage
from app.storage.s3_upload import FileSlice, part_size
from app.storage.s3_url import parse_s3_url
from tests.s3_server import Effect, Gate, Request, sink, storage_url
from tests.services.stores import KEY, bucket, content, keys, made, storing

pytestmark = pytest.mark.anyio


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a multipart upload needs little data."""
    monkeypatch.setattr(s3_upload, "PART", 1 << 20)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """boto asks again at once instead of after a pause."""
    monkeypatch.setattr(ExponentialBackoff, "delay_amount", lambda self, context: 0)


@pytest.mark.parametrize(
    ("url", "endpoint", "style", "keys"),
    [
        ("s3://k:s@host:9000/b?tls=0", "http://host:9000", "path", ("k", "s")),
        ("s3://k:a%2Fb%2B%40@host/b?region=eu-west-1", "https://host", "path", ("k", "a/b+@")),
        ("s3://host/b/?style=virtual", "https://host", "virtual", (None, None)),
        ("s3:///b", None, "virtual", (None, None)),
        ("s3://k:s@/b?style=path&tls=1", None, "path", ("k", "s")),
        ("s3://k:s@[::1]:9000/b?tls=0", "http://[::1]:9000", "path", ("k", "s")),
    ],
)
def test_the_setting_names_a_bucket(url, endpoint, style, keys):
    address = parse_s3_url(url)
    assert (address.bucket, address.endpoint, address.style) == ("b", endpoint, style)
    assert (address.access_key, address.secret_key) == keys
    assert address.region == ("eu-west-1" if "region" in url else "us-east-1")


@pytest.mark.parametrize(
    "url",
    [
        "http://k:hidden@host/b",
        "s3://k:hidden@host",
        "s3://k:hidden@host/b/prefix",
        "s3://k:hid/den@host/b",
        "s3://k:hidden@host:port/b",
        "s3://k:hidden@host:99999/b",
        "s3://:hidden@host/b",
        "s3://hidden@host/b",
        "s3://k:hidden@host/b?style=other",
        "s3://k:hidden@host/b?tls=yes",
        "s3://k:hidden@host/b?regoin=eu",
        "s3://k:hidden@[host/b",
    ],
)
def test_a_setting_that_names_no_bucket_is_refused_without_repeating_its_secret(url, tmp_path):
    with pytest.raises(SettingsError, match="CLIPYARD_STORAGE_URL") as refused:
        storing(url, tmp_path)
    assert "hid" not in str(refused.value)
    assert refused.value.__cause__ is None


async def test_a_missing_bucket_is_named_with_the_way_to_make_it(s3_endpoint: str, tmp_path: Path):
    store = storing(storage_url(s3_endpoint, "nowhere"), tmp_path)
    with pytest.raises(StorageFailed, match=r"bucket nowhere does not exist.*clipyard migrate"):
        await store.check()
    with pytest.raises(StorageFailed):
        await store.put_bytes("a/b.txt", b"", "text/plain")
    await store.aclose()


async def test_a_refused_key_is_named_by_the_check(disturbed: tuple[S3Storage, Gate]):
    store, between = disturbed
    between.disturb = lambda request: b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n"
    with pytest.raises(StorageFailed, match="refuses our key"):
        await store.check()


async def test_clients_download_from_the_signed_address(there: S3Storage):
    await there.put_bytes("a/b.mp4", b"video", "application/octet-stream")
    url = await there.url("a/b.mp4", expires_s=60, filename="größe.mp4")
    with await asyncio.to_thread(urllib.request.urlopen, url) as answer:
        assert answer.read() == b"video"
        assert answer.headers["Content-Type"] == "video/mp4"
        assert answer.headers["Content-Disposition"] == content_disposition("größe.mp4")


async def test_addresses_are_signed_for_where_clients_reach_the_bucket(s3_endpoint: str):
    async with bucket(s3_endpoint, "https://files.example:8443") as store:
        url = urlsplit(await store.url("a/b.mp4", expires_s=99_999_999))
        query = parse_qs(url.query)
        assert (url.scheme, url.netloc) == ("https", "files.example:8443")
        assert url.path.endswith("/a/b.mp4")
        assert query["X-Amz-Expires"] == ["604800"]
        assert not any("checksum" in name.lower() for name in query)


async def test_a_listing_reads_every_page(there: S3Storage):
    events = (await there._client()).meta.events
    events.register("provide-client-params.s3.ListObjectsV2", two_at_a_time)
    for number in range(5):
        await there.put_bytes(f"a/{number}.txt", b"", "text/plain")
    assert await keys(there, "a/") == [f"a/{number}.txt" for number in range(5)]
    events.unregister("provide-client-params.s3.ListObjectsV2", two_at_a_time)


def two_at_a_time(params: dict[str, object], **_: object) -> None:
    params["MaxKeys"] = 2


def failing(status: str, code: str) -> bytes:
    body = f"<Error><Code>{code}</Code><Message>no</Message></Error>"
    return f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


class Once:
    """The effect on the first request that is chosen; what comes after it passes."""

    def __init__(self, chosen: Callable[[Request], bool], effect: Effect) -> None:
        self.chosen, self.effect, self.happened = chosen, effect, False

    def __call__(self, request: Request) -> Effect | None:
        if self.happened or not self.chosen(request):
            return None
        self.happened = True
        return self.effect


def is_part(number: int) -> Callable[[Request], bool]:
    return lambda request: request.method == "PUT" and f"partNumber={number}" in re.split("[?&]", request.target)


def is_completion(request: Request) -> bool:
    return request.method == "POST" and "uploadId=" in request.target


async def open_uploads(store: S3Storage) -> list[object]:
    client = await store._client()
    return (await client.list_multipart_uploads(Bucket=store._bucket)).get("Uploads", [])


@pytest.mark.usefixtures("small_parts")
async def test_uploads_use_nothing_that_other_stores_reject(disturbed, tmp_path):
    store, between = disturbed
    await store.put_file(KEY, made(tmp_path, (2 << 20) + 1000), "video/mp4")
    await store.put_file(KEY, made(tmp_path, 100), "video/mp4")
    await store.put_bytes("a/b.txt", b"x", "text/plain")
    uploads = [request for request in between.requests if request.method == "PUT"]
    assert len(uploads) == 5
    for request in uploads:
        assert "content-md5" in request.headers
        assert request.headers["x-amz-content-sha256"] == "UNSIGNED-PAYLOAD"
        assert not {"expect", "transfer-encoding", "content-encoding", "x-amz-trailer"} & request.headers.keys()
        assert not any("checksum" in name for name in request.headers)


@pytest.mark.usefixtures("small_parts", "hasty")
@pytest.mark.parametrize(
    "disturbance",
    [
        pytest.param(Once(is_part(2), failing("503 Slow Down", "SlowDown")), id="a part is told to slow down"),
        pytest.param(Once(is_part(2), failing("400 Bad", "BadDigest")), id="a part arrives damaged"),
        pytest.param(Once(is_part(1), b""), id="the connection is cut during a part"),
        pytest.param(Once(is_part(3), lambda answer: b""), id="the answer to a part is lost"),
        pytest.param(Once(is_completion, failing("200 OK", "InternalError")), id="completion fails inside its 200"),
        pytest.param(Once(is_completion, lambda answer: b""), id="the answer to the completion is lost"),
    ],
)
async def test_an_upload_survives_when(disturbed, tmp_path, disturbance):
    store, between = disturbed
    source = made(tmp_path, (2 << 20) + 1000)
    between.disturb = disturbance
    await store.put_file(KEY, source, "video/mp4")
    assert disturbance.happened
    assert await content(store, KEY) == source.read_bytes()
    assert await open_uploads(store) == []


@pytest.mark.usefixtures("small_parts", "hasty")
async def test_an_upload_that_is_gone_because_it_was_completed_is_a_success(disturbed, tmp_path):
    store, between = disturbed
    effects: list[Effect] = [failing("404 Not Found", "NoSuchUpload"), lambda answer: b""]
    between.disturb = lambda request: effects.pop() if is_completion(request) else None
    source = made(tmp_path, (2 << 20) + 1000)
    await store.put_file(KEY, source, "video/mp4")
    assert effects == []
    assert await content(store, KEY) == source.read_bytes()


@pytest.mark.usefixtures("small_parts")
async def test_an_upload_that_cannot_succeed_is_aborted(disturbed, tmp_path):
    store, between = disturbed
    refused = failing("403 Forbidden", "AccessDenied")
    between.disturb = lambda request: refused if is_part(2)(request) else None
    with pytest.raises(StorageFailed):
        await store.put_file(KEY, made(tmp_path, (2 << 20) + 1000), "video/mp4")
    assert await store.head(KEY) is None
    assert await open_uploads(store) == []


@pytest.mark.usefixtures("small_parts")
async def test_a_completion_of_something_else_is_no_success(disturbed, tmp_path):
    store, between = disturbed
    await store.put_bytes(KEY, b"an older object", "video/mp4")
    between.disturb = lambda request: failing("404 Not Found", "NoSuchUpload") if is_completion(request) else None
    with pytest.raises(StorageFailed):
        await store.put_file(KEY, made(tmp_path, (2 << 20) + 1000), "video/mp4")


@pytest.mark.usefixtures("small_parts")
async def test_a_stalled_part_is_sent_again(disturbed, tmp_path, monkeypatch):
    monkeypatch.setattr(s3_upload, "_PATIENCE_S", 0.3)
    monkeypatch.setattr(s3_upload, "_SLOWEST", 1 << 40)
    store, between = disturbed
    between.disturb = stall = Once(is_part(1), "stall")
    source = made(tmp_path, (2 << 20) + 1000)
    await store.put_file(KEY, source, "video/mp4")
    assert stall.happened
    assert await content(store, KEY) == source.read_bytes()


@pytest.mark.usefixtures("small_parts")
async def test_a_cancelled_upload_is_aborted(disturbed, tmp_path):
    store, between = disturbed
    started = asyncio.Event()
    between.disturb = lambda request: started.set() if is_part(2)(request) else None
    task = asyncio.create_task(store.put_file(KEY, made(tmp_path, 8 << 20), "video/mp4"))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await open_uploads(store) == []


async def test_stale_multipart_uploads_are_swept(there: S3Storage):
    client = await there._client()
    for number in range(3):
        await client.create_multipart_upload(Bucket=there._bucket, Key=f"a/{number}")
    assert await there.sweep_partial(3600) == 3  # this server dates every upload to 2010
    assert await open_uploads(there) == []


def cut(answer: bytes) -> bytes:
    """Headers and half of the body."""
    head, _, body = answer.partition(b"\r\n\r\n")
    return head + b"\r\n\r\n" + body[: len(body) // 2]


async def test_a_download_goes_on_where_it_broke(disturbed, tmp_path):
    store, between = disturbed
    source = made(tmp_path, 1 << 20)
    await store.put_file(KEY, source, "video/mp4")
    between.requests.clear()
    broken = [cut, cut]
    between.disturb = lambda request: broken.pop() if broken else None
    await store.get_to_file(KEY, tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == source.read_bytes()
    first, second, third = between.requests
    assert "range" not in first.headers
    starts = [int(request.headers["range"][len("bytes=") : -1]) for request in (second, third)]
    assert 0 < starts[0] < starts[1] < 1 << 20
    assert third.headers["if-match"]


async def test_a_download_that_keeps_breaking_fails_and_leaves_no_file(disturbed, tmp_path):
    store, between = disturbed
    await store.put_bytes(KEY, b"0123456789", "video/mp4")
    between.disturb = lambda request: lambda answer: answer.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    with pytest.raises(StorageFailed, match="again and again"):
        await store.get_to_file(KEY, tmp_path / "back")
    assert list(tmp_path.iterdir()) == []


async def test_a_store_that_ignores_ranges_is_not_mistaken_for_one_that_serves_them(disturbed):
    store, between = disturbed
    between.disturb = lambda request: b"HTTP/1.1 200 OK\r\nETag: x\r\nContent-Length: 10\r\n\r\n0123456789"
    with pytest.raises(StorageFailed, match="parts of files"):
        await content(store, KEY, 5)


async def test_a_broken_download_is_not_continued_with_another_objects_bytes(disturbed, tmp_path):
    store, between = disturbed
    await store.put_bytes(KEY, b"0123456789" * 100, "video/mp4")
    between.disturb = Once(lambda request: request.method == "GET", cut)
    chunks = store.open(KEY)
    await anext(chunks)
    await store.put_bytes(KEY, b"abcdefghij" * 100, "video/mp4")
    with pytest.raises(StorageFailed):
        await anext(chunks)


@pytest.mark.usefixtures("hasty")
async def test_a_store_that_does_not_answer_is_a_passing_failure(tmp_path):
    async with sink() as endpoint:
        pass
    store = storing(storage_url(endpoint, "bucket"), tmp_path)
    with pytest.raises(StorageFailed, match="does not answer"):
        await store.check()
    with pytest.raises(StorageFailed):
        await store.head(KEY)
    await store.aclose()


@pytest.mark.parametrize(
    ("size", "parts"),
    [
        (1, 1),
        (16 << 20, 1),
        ((16 << 20) + 1, 2),
        (10_000 * (16 << 20), 10_000),
        (10_000 * (16 << 20) + 1, 9412),
        (5 << 40, 9987),
    ],
)
def test_ten_thousand_parts_always_suffice(size: int, parts: int):
    assert -(-size // part_size(size)) == parts
    assert part_size(size) % (1 << 20) == 0


@given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 100))
def test_a_slice_of_a_file_reads_like_the_bytes_it_stands_for(offset: int, size: int, start: int):
    whole = bytes(range(100))
    meant = whole[offset:][:size]
    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(whole)
        part = FileSlice(file, offset, len(meant))
        assert part.read() == meant
        assert part.seek(min(start, len(meant))) == min(start, len(meant))
        assert part.read(7) == meant[start:][:7]
        assert part.seek(0, 2) == len(meant)
