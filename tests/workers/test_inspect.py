"""Uploads become ready: every kind of file that may be uploaded is inspected in a child, and its owner told."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from app.db.engine import sql, tx
from app.errors import AppError
from app.services import remote
from app.services.principals import Principal
from app.services.uploads import arrivals, records, requests
from app.services.uploads.records import Upload
from app.services.uploads.requests import House, Wanted
from app.storage import content_type_of
from tests.services.odd_servers import INSIDE, answer, serving
from tests.workers.conftest import OWNER
from workers import inspect as inspecting
from workers.main import KINDS
from workers.run import Context, run_job

pytestmark = pytest.mark.anyio

VIDEOS = ("mp4", "mov", "avi", "mkv", "webm", "m4v", "flv")
SOUNDS = ("mp3", "wav", "aac", "flac", "ogg", "m4a", "wma")
ANN = Principal(account=OWNER, kind="key", id="k")
HOUSE = House(mode="off", quota=0)


async def sent(context: Context, name: str, content: bytes) -> str:
    wanted = Wanted(filename=name, size=len(content))
    plan = await requests.prepare(wanted, "put", asking=ANN, house=HOUSE, storage=context.storage)
    async with tx():
        await requests.create(plan)
    await context.storage.put_bytes(plan.key, content, "application/octet-stream")
    assert await arrivals.notice(await records.find(plan.id, OWNER), context.storage)
    return plan.id


async def named(context: Context, url: str, name: str = "source.mp4") -> str:
    wanted = Wanted(filename=name, url=url)
    plan = await requests.prepare(wanted, "url", asking=ANN, house=HOUSE, storage=context.storage)
    async with tx():
        await requests.create(plan)
    return plan.id


async def worked_on(context: Context, upload_id: str) -> Upload:
    upload = await records.find(upload_id, OWNER)
    assert upload.job
    await run_job(upload.job, context, KINDS)
    return await records.find(upload_id, OWNER)


async def events() -> dict[str, dict[str, Any]]:
    rows = await sql("SELECT name, subject, payload FROM events")
    return {row["subject"]: {"name": row["name"], **json.loads(row["payload"])} for row in rows}


async def test_every_extension_that_may_be_uploaded_becomes_ready(context: Context, awkward: Path) -> None:
    names = [*(f"plain.{kind}" for kind in VIDEOS), *(f"beep.{kind}" for kind in SOUNDS)]
    uploads = {await sent(context, name, (awkward / name).read_bytes()): name for name in names}
    turns = asyncio.Semaphore(3)

    async def work(upload_id: str) -> Upload:
        async with turns:
            return await worked_on(context, upload_id)

    found = {uploads[done.id]: done for done in await asyncio.gather(*map(work, uploads))}
    assert {name: done.error_message for name, done in found.items() if done.state != "ready"} == {}
    told = await events()
    for name, done in found.items():
        assert done.info
        kind = "video" if name.startswith("plain") else "audio"
        assert (done.info["media_kind"], done.info["has_video"]) == (kind, kind == "video"), name
        assert 0.9 < done.info["duration"] < 2.1
        assert done.info["content_type"].partition("/")[0] == kind
        assert (told[done.id]["name"], told[done.id]["media_kind"]) == ("upload.ready", kind)
        assert done.size == (awkward / name).stat().st_size


async def test_what_is_no_media_or_too_long_fails_with_a_sentence(
    context: Context, awkward: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await worked_on(context, await sent(context, "page.mp4", b"<!doctype html><p>no"))
    assert (page.state, page.error_code) == ("failed", "unsupported_media")
    monkeypatch.setattr(inspecting, "MAX_SECONDS", 0.5)
    long = await worked_on(context, await sent(context, "long.mp4", (awkward / "plain.mp4").read_bytes()))
    assert (long.state, long.error_code) == ("failed", "too_long")
    told = await events()
    for failed in (page, long):
        assert (told[failed.id]["name"], told[failed.id]["error"]) == ("upload.failed", failed.error_message)
        assert failed.error_message
        assert failed.error_message.endswith(".")


async def test_a_file_at_an_address_is_fetched_stored_and_inspected(context: Context, awkward: Path) -> None:
    film = (awkward / "plain.webm").read_bytes()
    async with serving(answer(film), host=INSIDE) as server:
        upload_id = await named(context, f"{server.url}/holiday.webm", "holiday.webm")
        assert (await records.find(upload_id, OWNER)).state == "processing"
        ready = await worked_on(context, upload_id)
    assert (ready.state, ready.size, ready.info and ready.info["content_type"]) == ("ready", len(film), "video/webm")
    found = await context.storage.head(ready.key)
    assert found
    assert found.size == len(film)
    assert found.content_type == content_type_of(ready.key)


async def test_an_address_that_is_a_web_page_needs_a_downloader(context: Context) -> None:
    async with serving(answer(b"<html>watch this</html>", Content_Type="text/html"), host=INSIDE) as server:
        with pytest.raises(AppError) as refused:
            await remote.peek(f"{server.url}/watch", context.egress)
        failed = await worked_on(context, await named(context, f"{server.url}/watch"))
    assert refused.value.code == failed.error_code == "needs_downloader"
    assert [problem.path for problem in refused.value.fields] == ["url"]
    assert await context.storage.head(failed.key) is None
