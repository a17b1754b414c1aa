"""Tools by a worker: what comes from where, what becomes of it, and what is told when it cannot be."""

from pathlib import Path
from typing import Any

import pytest

from app import ids, tools
from app.db.engine import sql, tx
from app.services import erasure, jobs
from app.services import tools as orders
from app.services.tools import Order
from app.specs import Origin
from app.tools import AnyTool
from renderer.media.photographs import picture_size
from tests.api.clipi import clips
from tests.services.odd_servers import INSIDE, serving
from tests.services.uploads import png
from tests.workers.conftest import OWNER
from workers.main import KINDS
from workers.run import Context, run_job

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What the rows do on each engine is seen over HTTP."""


async def sent(context: Context, *files: bytes) -> tuple[str, list[Origin]]:
    tool_job = ids.tool_job_id()
    keys = [f"{orders.folder(OWNER, tool_job)}{number}" for number in range(len(files))]
    for key, content in zip(keys, files, strict=True):
        await context.storage.put_bytes(key, content, "application/octet-stream")
    return tool_job, [Origin(key=key) for key in keys]


async def done(
    context: Context, *steps: AnyTool, sources: list[Origin], tool_job: str = "", subtitles: Origin | None = None
) -> jobs.Snapshot:
    order = Order(tool="pipeline", steps=steps, sources=tuple(sources), name="Our film.mov", subtitles=subtitles)
    async with tx():
        made = await orders.submit(order, tool_job or ids.tool_job_id(), OWNER)
    await run_job(made.job, context, KINDS)
    return (await jobs.read([made.job]))[made.job]


async def test_several_files_go_through_several_tools_and_leave_one(context: Context, tmp_path: Path) -> None:
    tool_job, origins = await sent(context, clips.video(2), clips.video(2), clips.SRT)
    steps = (tools.Merge(), tools.BurnSubtitles(), tools.Thumbnail(timestamp=3, width=50, format="png"))
    job = await done(context, *steps, sources=origins[:2], tool_job=tool_job, subtitles=origins[2])
    assert job.state == "done", job.error_message
    found = await orders.result(tool_job)
    assert found.filename == "Our film.png"
    await context.storage.get_to_file(found.key, tmp_path / "seen.png")
    assert picture_size(tmp_path / "seen.png")[0] == 50
    assert [path.name for path in context.root.path.iterdir() if path.name.startswith("job_")] == []


async def test_a_file_at_an_address_is_fetched_and_a_page_is_told_apart(context: Context) -> None:
    async def respond(path: str, writer: Any) -> None:
        body = b"<!doctype html><title>A video page</title>" if path == "/page" else png(40, 30)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    step = tools.ImageConverter(output_format="webp")
    async with serving(respond, host=INSIDE) as server:
        picture = await done(context, step, sources=[Origin(url=f"{server.url}/picture")])
        page = await done(context, step, sources=[Origin(url=f"{server.url}/page")])
    assert picture.state == "done", picture.error_message
    assert (page.state, page.error_code) == ("failed", "needs_downloader")


async def test_what_cannot_be_is_told_once_and_not_tried_again(context: Context) -> None:
    tool_job, origins = await sent(context, b"no media at all")
    broken = await done(context, tools.RemoveAudio(), sources=origins, tool_job=tool_job)
    assert (broken.state, broken.attempt, broken.error_code) == ("failed", 1, "unsupported_media")
    gone = await done(context, tools.RemoveAudio(), sources=[Origin(key=f"tool-sources/{OWNER}/x/0")])
    assert (gone.state, gone.attempt, gone.error_code) == ("failed", 1, "upload_gone")
    assert [row["used"] for row in await sql("SELECT used FROM charges")] == [0, 0]


async def test_an_erased_account_leaves_neither_what_it_sent_nor_what_was_made(context: Context) -> None:
    tool_job, origins = await sent(context, png(40, 30), b"what nobody ordered anything for")
    job = await done(context, tools.CompressImage(), sources=origins[:1], tool_job=tool_job)
    assert job.state == "done", job.error_message
    await erasure.erase_by_operator(OWNER, storage=context.storage, cache=context.settings.frames_cache)
    assert [found.key async for found in context.storage.list()] == []
    assert await sql("SELECT id FROM tool_jobs") == []
