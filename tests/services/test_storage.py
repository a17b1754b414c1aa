"""Both object stores by one set of promises, then what is particular to local files."""

import asyncio
import errno
import os
import re
import stat
import subprocess
import sys
import threading
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from app.errors import InvalidInput, NotFound, StorageFailed
from app.storage import (
    Storage,
    local,
    verify_file_url,
)
from app.storage.local import LocalStorage
from tests.s3_server import sink, storage_url
from tests.services.stores import KEY, PUBLIC, SECRET, content, keys, made, storing

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("size", [0, 1, 300_000, (16 << 20) + 1])
async def test_what_was_put_comes_back(store: Storage, tmp_path: Path, size: int):
    source = made(tmp_path, size)
    await store.put_file(KEY, source, "video/mp4")
    await store.get_to_file(KEY, tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == source.read_bytes()
    assert await content(store, KEY) == source.read_bytes()
    info = await store.head(KEY)
    assert info
    assert (info.key, info.size, info.content_type) == (KEY, size, "video/mp4")


async def test_bytes_are_stored_like_files(store: Storage):
    await store.put_bytes("a/b.json", b"{}", "application/json")
    assert await content(store, "a/b.json") == b"{}"


async def test_a_put_replaces_the_object_and_changes_its_etag(store: Storage):
    await store.put_bytes("a/b.txt", b"one", "text/plain")
    before = await store.head("a/b.txt")
    await store.put_bytes("a/b.txt", b"two!", "text/plain")
    after = await store.head("a/b.txt")
    assert before
    assert after
    assert before.etag != after.etag
    assert re.fullmatch(r'"[^"]+"', after.etag)
    assert await content(store, "a/b.txt") == b"two!"


async def test_an_object_knows_when_it_was_stored_in_utc(store: Storage):
    await store.put_bytes("a/b.txt", b"one", "text/plain")
    info = await store.head("a/b.txt")
    assert info
    assert info.modified.tzinfo == UTC
    assert abs(info.modified - datetime.now(UTC)) < timedelta(minutes=1)


async def test_parts_of_an_object_are_read_by_half_open_ranges(store: Storage):
    await store.put_bytes("a/b.txt", b"0123456789", "text/plain")
    for start, end in [(0, None), (0, 10), (3, 7), (9, None), (9, 10), (4, 4), (10, None), (12, 15), (5, 99)]:
        assert await content(store, "a/b.txt", start, end) == b"0123456789"[start:end], (start, end)


async def test_a_reader_may_stop_early(store: Storage):
    await store.put_bytes("a/b.bin", bytes(3_000_000), "application/octet-stream")
    async with aclosing(store.open("a/b.bin")) as chunks:
        assert await anext(chunks)
    assert await content(store, "a/b.bin", 2_999_999) == b"\0"


async def test_what_is_not_there_is_said_to_be_missing(store: Storage, tmp_path: Path):
    await store.put_bytes("a/b/c.txt", b"", "text/plain")
    for key in ("x.txt", "a/b", "a/b/c.txt/d"):
        assert await store.head(key) is None
        with pytest.raises(NotFound):
            await content(store, key)
        with pytest.raises(NotFound):
            await store.get_to_file(key, tmp_path / "back")
        await store.delete(key)
    assert await keys(store) == ["a/b/c.txt"]
    assert not any(path.name.startswith((".", "back")) for path in tmp_path.iterdir())


async def test_a_deleted_object_is_gone_and_may_be_deleted_again(store: Storage):
    await store.put_bytes("a/b.txt", b"x", "text/plain")
    await store.delete("a/b.txt")
    await store.delete("a/b.txt")
    assert await store.head("a/b.txt") is None
    assert await keys(store) == []


async def test_a_listing_holds_what_is_under_its_prefix(store: Storage):
    for key in ("a/1/x.txt", "a/1/y.txt", "a/10/x.txt", "b.txt"):
        await store.put_bytes(key, b"12", "text/plain")
    assert await keys(store, "a/1/") == ["a/1/x.txt", "a/1/y.txt"]
    assert await keys(store, "a/") == ["a/1/x.txt", "a/1/y.txt", "a/10/x.txt"]
    assert await keys(store, "c/") == []
    assert len(await keys(store)) == 4
    listed = [info async for info in store.list("a/10/")]
    assert listed == [await store.head("a/10/x.txt")]


async def test_a_key_that_is_not_ours_is_refused_everywhere(store: Storage, tmp_path: Path):
    for key in FOREIGN_KEYS:
        for attempt in (
            store.put_bytes(key, b"", "text/plain"),
            store.put_file(key, tmp_path, "text/plain"),
            store.get_to_file(key, tmp_path / "back"),
            content(store, key),
            store.head(key),
            store.delete(key),
            store.url(key, expires_s=1),
        ):
            with pytest.raises(InvalidInput):
                await attempt


FOREIGN_KEYS = [
    "",
    "/a",
    "a/",
    "a//b",
    "..",
    "a/../b",
    "a/.b",
    "./a",
    "a b",
    "a\\b",
    "a\0",
    "ä",
    "a\n",
    "a%2e",
    "x" * 513,
]


async def test_a_prefix_is_whole_directories(store: Storage):
    for prefix in ("a", "/", "../", "a//"):
        with pytest.raises(InvalidInput):
            await keys(store, prefix)


async def test_a_put_that_fails_leaves_nothing(store: Storage, tmp_path: Path):
    with pytest.raises(StorageFailed):
        await store.put_file(KEY, tmp_path / "missing", "video/mp4")
    assert await keys(store) == []
    assert await store.sweep_partial(0) == 0


async def test_of_many_puts_at_once_one_is_stored_whole(store: Storage):
    bodies = [bytes([number]) * 100_000 for number in range(8)]
    await asyncio.gather(*(store.put_bytes("a/b.bin", body, "application/octet-stream") for body in bodies))
    assert await content(store, "a/b.bin") in bodies


async def test_a_ready_store_passes_its_check_and_is_made_only_once(store: Storage):
    await store.ensure_bucket()
    await store.check()


@pytest.mark.parametrize("kind", ["local", "s3"])
async def test_three_hundred_megabytes_pass_through_little_memory(kind: str, tmp_path: Path):
    async with sink() as endpoint:
        url = storage_url(endpoint, "bucket") if kind == "s3" else ""
        command = [sys.executable, "-c", PUT_AND_MEASURE, url, str(tmp_path)]
        measured = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=60)
    assert measured.returncode == 0, measured.stderr
    assert int(measured.stdout) < 64 << 10


PUT_AND_MEASURE = """
import asyncio, os, pathlib, sys
from app.storage import open_storage

def peak_kib():
    return int(pathlib.Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])

async def main(url, directory):
    store = open_storage(url, data_dir=directory / "data", public_url="", secret=b"")
    (directory / "file").touch()
    await store.put_file("a/small", directory / "file", "video/mp4")
    before = peak_kib()
    os.truncate(directory / "file", 300 << 20)
    await store.put_file("a/large", directory / "file", "video/mp4")
    print(peak_kib() - before)
    await store.aclose()

asyncio.run(main(sys.argv[1], pathlib.Path(sys.argv[2])))
"""


async def test_files_are_for_our_eyes_only(here: LocalStorage, tmp_path: Path):
    await here.put_bytes(KEY, b"x", "video/mp4")
    for path in (tmp_path / "data").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


async def test_a_deletion_leaves_no_empty_directories(here: LocalStorage, tmp_path: Path):
    await here.put_bytes("a/b/1.txt", b"", "text/plain")
    await here.put_bytes("a/c/d/2.txt", b"", "text/plain")
    await here.delete("a/c/d/2.txt")
    assert sorted(path.name for path in (tmp_path / "data/files/a").iterdir()) == ["b"]
    await here.delete("a/b/1.txt")
    assert [path.name for path in (tmp_path / "data/files").iterdir()] == [".partial"]


async def test_deletions_beside_puts_in_one_directory_lose_nothing(here: LocalStorage):
    async def come_and_go(name: str) -> None:
        for _ in range(20):
            await here.put_bytes(f"a/b/{name}", b"x", "text/plain")
            await here.delete(f"a/b/{name}")
        await here.put_bytes(f"a/b/{name}", b"x", "text/plain")

    await asyncio.gather(*(come_and_go(str(number)) for number in range(4)))
    assert await keys(here) == ["a/b/0", "a/b/1", "a/b/2", "a/b/3"]


async def test_only_old_leftovers_are_swept(here: LocalStorage, tmp_path: Path):
    await here.put_bytes("a/b.txt", b"x", "text/plain")
    for name, age in (("old", 7200), ("young", 60)):
        leftover = tmp_path / "data/files/.partial" / name
        leftover.touch()
        now = datetime.now(UTC).timestamp()
        os.utime(leftover, (now - age, now - age))
    assert await here.sweep_partial(3600) == 1
    assert [path.name for path in (tmp_path / "data/files/.partial").iterdir()] == ["young"]
    assert await keys(here) == ["a/b.txt"]


async def test_a_cancelled_put_stores_nothing(here: LocalStorage, tmp_path: Path):
    writing, cancelled = threading.Event(), threading.Event()

    def write(temp: Path) -> None:
        writing.set()
        cancelled.wait()
        temp.write_bytes(b"too late")

    task = asyncio.create_task(here._put("a/b.txt", write))
    await asyncio.to_thread(writing.wait)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    cancelled.set()
    assert await keys(here) == []


async def test_a_directory_that_is_none_is_not_ready(tmp_path: Path):
    (tmp_path / "data").write_text("in the way")
    with pytest.raises(StorageFailed):
        await storing("", tmp_path / "data").check()


def test_a_full_disk_is_told_apart():
    with pytest.raises(StorageFailed, match="full") as failed, local._reported():
        raise OSError(errno.ENOSPC, "No space left on device", "/a/secret/path")
    assert failed.value.code == "storage_full"
    assert "secret" not in failed.value.message


async def test_a_local_address_is_ours_and_its_signature_holds_for_its_key_alone(here: LocalStorage):
    url = urlsplit(await here.url(KEY, expires_s=60, filename="My Video.mp4"))
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{PUBLIC}/files/{KEY}"
    now = datetime.now(UTC).timestamp()
    assert verify_file_url(KEY, **query, secret=SECRET, now=now)
    assert not verify_file_url(KEY + "x", **query, secret=SECRET, now=now)
    assert not verify_file_url(KEY, **query, secret=SECRET, now=now + 61)
