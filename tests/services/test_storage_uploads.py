"""What comes as a stream, by a signed address or in parts, into both object stores by one set of promises."""

import asyncio
import hashlib
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from app.errors import Conflict, InvalidInput, NotFound, TooLarge
from app.storage import Part, Place, Storage, s3_upload, verify_upload_url
from app.storage.local import LocalStorage
from app.storage.s3 import S3Storage
from tests.s3_server import Gate, sink, storage_url
from tests.services.stores import PUBLIC, SECRET, content, keys

pytestmark = pytest.mark.anyio

KEY = "uploads/acc_1/upl_1.mp4"
STEP = 1 << 20
WHOLE = b"".join(number.to_bytes(4) for number in range((2 * STEP + 1000) // 4))
PIECES = [WHOLE[offset : offset + STEP] for offset in range(0, len(WHOLE), STEP)]


async def stream(data: bytes, *, step: int = 70_001, fail: bool = False) -> AsyncIterator[bytes]:
    for offset in range(0, len(data), step):
        yield data[offset : offset + step]
    if fail:
        raise LookupError("the client went away")


async def put_part(store: Storage, upload: str, number: int, data: bytes | None = None, fail: bool = False) -> Part:
    data = PIECES[number - 1] if data is None else data
    body = stream(data, fail=fail)
    return await store.put_part(KEY, upload, number, body, offset=(number - 1) * STEP, size=len(PIECES[number - 1]))


async def nothing_is_left(store: Storage) -> bool:
    return await keys(store) == [] and await store.sweep_partial(-60) == 0


@pytest.mark.parametrize("size", [0, 1, STEP, len(WHOLE)])
async def test_a_stream_is_stored_whole(store: Storage, size: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("app.storage.s3.BLOCK", STEP)
    monkeypatch.setattr(s3_upload, "BLOCK", STEP)
    assert await store.put_stream(KEY, stream(WHOLE[:size]), "video/mp4", max_bytes=size) == size
    assert await content(store, KEY) == WHOLE[:size]
    info = await store.head(KEY)
    assert info
    assert (info.size, info.content_type) == (size, "video/mp4")


async def test_of_a_stream_that_breaks_or_is_too_long_nothing_stays(store: Storage, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("app.storage.s3.BLOCK", STEP)
    monkeypatch.setattr(s3_upload, "BLOCK", STEP)
    for size in (100, len(WHOLE)):
        with pytest.raises(LookupError):
            await store.put_stream(KEY, stream(WHOLE[:size], fail=True), "video/mp4", max_bytes=len(WHOLE))
        with pytest.raises(TooLarge):
            await store.put_stream(KEY, stream(WHOLE[:size]), "video/mp4", max_bytes=size - 1)
    assert await nothing_is_left(store)


async def test_parts_come_in_any_order_at_once_and_again(store: Storage):
    upload = await store.begin_parts(KEY, "video/mp4")
    assert await store.parts(KEY, upload) == []
    await put_part(store, upload, 3)
    await put_part(store, upload, 1, bytes(STEP))
    first, second, third = await asyncio.gather(*(put_part(store, upload, number) for number in (1, 2, 3)))
    assert await store.parts(KEY, upload) == [first, second, third]
    assert [part.etag for part in (first, second, third)] == [f'"{hashlib.md5(p).hexdigest()}"' for p in PIECES]
    assert await store.head(KEY) is None
    await store.complete_parts(KEY, upload, [first, second, third])
    assert await content(store, KEY) == WHOLE
    info = await store.head(KEY)
    assert info
    assert info.content_type == "video/mp4"
    await store.complete_parts(KEY, upload, [first, second, third])  # whose first answer was lost
    await store.delete(KEY)
    assert await nothing_is_left(store)


async def test_a_part_that_breaks_or_has_another_size_leaves_the_one_before(store: Storage):
    upload = await store.begin_parts(KEY, "video/mp4")
    before = await put_part(store, upload, 1)
    with pytest.raises(LookupError):
        await put_part(store, upload, 1, bytes(10), fail=True)
    with pytest.raises(InvalidInput, match="announced"):
        await put_part(store, upload, 1, bytes(10))
    with pytest.raises((TooLarge, InvalidInput)):
        await put_part(store, upload, 1, bytes(STEP + 1))
    parts = [before, await put_part(store, upload, 2), await put_part(store, upload, 3)]
    await store.complete_parts(KEY, upload, parts)
    assert await content(store, KEY) == WHOLE


async def test_only_parts_that_have_arrived_are_completed(store: Storage):
    upload = await store.begin_parts(KEY, "video/mp4")
    parts = [await put_part(store, upload, number) for number in (1, 2)]
    changed = await put_part(store, upload, 2, bytes(STEP))
    missing = Part(number=3, size=1000, etag=changed.etag)
    for wrong in (parts, [parts[0], changed, missing]):
        with pytest.raises(Conflict):
            await store.complete_parts(KEY, upload, wrong)
    assert await store.head(KEY) is None
    await store.complete_parts(KEY, upload, [parts[0], changed])
    assert await content(store, KEY) == PIECES[0] + bytes(STEP)


async def test_an_upload_that_was_aborted_takes_nothing_more(store: Storage):
    upload = await store.begin_parts(KEY, "video/mp4")
    part = await put_part(store, upload, 1)
    await store.abort_parts(KEY, upload)
    await store.abort_parts(KEY, upload)
    with pytest.raises(NotFound):
        await store.parts(KEY, upload)
    if isinstance(store, LocalStorage):  # the bucket's server for tests fails over these
        for attempt in (put_part(store, upload, 1), store.complete_parts(KEY, upload, [part])):
            with pytest.raises(NotFound):
                await attempt
    assert await nothing_is_left(store)


async def test_a_bucket_that_says_that_an_upload_is_over_is_believed(disturbed: tuple[S3Storage, Gate]):
    store, between = disturbed
    body = b"<Error><Code>NoSuchUpload</Code></Error>"
    head = b"HTTP/1.1 404 Not Found\r\nContent-Length: %d\r\n\r\n" % len(body)
    between.disturb = lambda request: head if request.method == "HEAD" else head + body
    part = Part(number=1, size=STEP, etag='"x"')
    for attempt in (put_part(store, "an-upload", 1), store.complete_parts(KEY, "an-upload", [part])):
        with pytest.raises(NotFound):
            await attempt


async def test_parts_to_which_nothing_was_added_are_swept(here: LocalStorage, tmp_path: Path):
    old, young = [await here.begin_parts(KEY, "video/mp4") for _ in range(2)]
    await put_part(here, old, 1)
    long_ago = datetime.now(UTC).timestamp() - 7200
    for path in [tmp_path / "data/files/.parts" / old, *(tmp_path / "data/files/.parts" / old).iterdir()]:
        os.utime(path, (long_ago, long_ago))
    assert await here.sweep_partial(3600) == 1
    with pytest.raises(NotFound):
        await here.parts(KEY, old)
    assert await here.parts(KEY, young) == []


async def test_a_local_address_takes_what_it_was_signed_for_alone(here: LocalStorage):
    for upload, number in (("", 0), ("a" * 32, 7)):
        part = await here.part_url(KEY, upload, number, size=10, expires_s=60)
        url = urlsplit(part if number else await here.put_url(KEY, size=10, expires_s=60))
        assert f"{url.scheme}://{url.netloc}{url.path}" == f"{PUBLIC}/uploads/{KEY}"
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        place = Place(
            key=KEY,
            size=int(query["size"]),
            expires=int(query["expires"]),
            upload=query.get("upload", ""),
            part=int(query.get("part", 0)),
        )
        assert (place.size, place.upload, place.part) == (10, upload, number)
        assert 55 < place.expires - datetime.now(UTC).timestamp() <= 60
        asked = [
            place,
            Place(key=KEY, size=11, expires=place.expires, upload=upload, part=number),
            Place(key=KEY, size=10, expires=place.expires, upload=upload, part=number + 1),
            Place(key=KEY, size=10, expires=place.expires + 1, upload=upload, part=number),
        ]
        taken = [verify_upload_url(one, signature=query["signature"], secret=SECRET) for one in asked]
        assert taken == [True, False, False, False]


def sent(url: str, data: bytes) -> str:
    request = urllib.request.Request(url, data=data, method="PUT", headers={"Content-Type": "application/x-any"})
    with urllib.request.urlopen(request) as answer:
        return str(answer.headers["ETag"])


async def test_clients_send_to_the_buckets_own_addresses_whole_or_in_parts(there: S3Storage):
    url = await there.put_url(KEY, size=3, expires_s=60)
    assert "content-length" in parse_qs(urlsplit(url).query)["X-Amz-SignedHeaders"][0].split(";")
    await asyncio.to_thread(sent, url, b"abc")
    assert await content(there, KEY) == b"abc"
    upload = await there.begin_parts(KEY, "video/mp4")
    for number, piece in enumerate(PIECES, 1):
        url = await there.part_url(KEY, upload, number, size=len(piece), expires_s=60)
        assert await asyncio.to_thread(sent, url, piece) == f'"{hashlib.md5(piece).hexdigest()}"'
    await there.complete_parts(KEY, upload, await there.parts(KEY, upload))
    assert await content(there, KEY) == WHOLE


@pytest.mark.parametrize("kind", ["local", "s3"])
async def test_three_hundred_megabytes_stream_through_little_memory(kind: str, tmp_path: Path):
    async with sink() as endpoint:
        url = storage_url(endpoint, "bucket") if kind == "s3" else ""
        command = [sys.executable, "-c", STREAM_AND_MEASURE, url, str(tmp_path)]
        measured = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=60)
    assert measured.returncode == 0, measured.stderr
    assert int(measured.stdout) < 64 << 10


STREAM_AND_MEASURE = """
import asyncio, pathlib, sys
from app.storage import open_storage

def peak_kib():
    return int(pathlib.Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])

async def stream(size):
    for _ in range(size >> 16):
        yield bytes(1 << 16)

async def main(url, directory):
    store = open_storage(url, data_dir=directory / "data", public_url="", secret=b"")
    await store.put_stream("a/small", stream(1 << 16), "video/mp4", max_bytes=1 << 30)
    before = peak_kib()
    await store.put_stream("a/large", stream(300 << 20), "video/mp4", max_bytes=1 << 30)
    print(peak_kib() - before)
    await store.aclose()

asyncio.run(main(sys.argv[1], pathlib.Path(sys.argv[2])))
"""
