"""A long render in parts, which are jobs: with one worker, with several, and when one of them fails."""

import asyncio
import contextlib
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.db.engine import sql, tx
from app.services import jobs
from app.specs import RenderSpec, SegmentSpec, encode
from renderer.format.template import parse
from renderer.recipe import Recipe
from renderer.render import render as render_here
from tests.renderer.filming import record, tone
from tests.workers.conftest import OWNER
from workers import parts
from workers.main import KINDS
from workers.run import Context, run_job
from workers.sweep import sweep_jobs

MOVING = {
    "type": "rectangle",
    "width": 20,
    "height": 20,
    "background-color": "#e63946",
    "keyframes": [{"time": 0, "x": 0}, {"time": 2, "x": 44}],
}
TEMPLATE: dict[str, Any] = {
    "width": 64,
    "height": 36,
    "frame-rate": 10,
    "scenes": [{"duration": 1, "objects": [MOVING]}, {"duration": 1, "background-color": "#369"}],
}


ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What the rows do on each is seen in test_jobs."""


async def ordered(template: dict[str, Any] = TEMPLATE) -> str:
    """A render of which each second is a segment."""
    async with tx():
        return await jobs.submit(RenderSpec(template=template, segment_seconds=1), account=OWNER)


async def rows(job_id: str) -> list[dict[str, Any]]:
    """The job and its parts."""
    return await sql("SELECT * FROM jobs WHERE id = {} OR parent = {} ORDER BY id", job_id, job_id)


async def some_row(job_id: str, wanted: Callable[[dict[str, Any]], object]) -> None:
    """Until one of the job's rows is so."""
    async with asyncio.timeout(20):
        while True:
            if any(wanted(row) for row in await rows(job_id)):
                return
            await asyncio.sleep(0.05)


async def a_segment_is_drawn(job_id: str) -> None:
    await some_row(job_id, lambda row: row["parent"] and row["stage"] == "working")


async def test_two_workers_make_the_bytes_of_one_from_an_address_that_answers_differently_each_time(
    context: Context, tmp_path: Path
) -> None:
    served: list[bytes] = []
    async with web(served) as address:
        image = {"type": "image", "src": address, "width": 64, "height": 36}
        scenes = [{**scene, "objects": [*scene.get("objects", []), image]} for scene in TEMPLATE["scenes"]]
        document = {**TEMPLATE, "scenes": scenes, "audio": [{"type": "audio", "src": music(tmp_path / "music.wav")}]}
        job_id = await ordered(document)
        waiting = asyncio.create_task(run_job(job_id, context, KINDS))
        await a_segment_is_drawn(job_id)
        for number in (0, 1):  # the sound, and the first segment
            await run_job(f"{job_id}_00{number}", context, KINDS)
        await waiting
    [job] = await rows(job_id)
    assert (job["state"], job["attempt"]) == ("done", 1), job["error_message"]
    assert len(served) == 1
    result = (await jobs.read([job_id]))[job_id].result
    assert result
    assert (result["frames"], result["duration"], result["warnings"]) == (20, 2.0, [])
    await context.storage.get_to_file(result["key"], tmp_path / "video.mp4")
    (tmp_path / "image.png").write_bytes(served[0])
    files = {address: tmp_path / "image.png", document["audio"][0]["src"]: tmp_path / "music.wav"}
    assert (tmp_path / "video.mp4").read_bytes() == in_one_piece(document, files, tmp_path / "alone.mp4")


def in_one_piece(template: dict[str, Any], files: dict[str, Path], out: Path) -> bytes:
    recipe = Recipe(parse(template), files, segment_seconds=1)
    render_here(recipe, out, on_progress=lambda _: None, stop=lambda: False)
    return out.read_bytes()


@contextlib.asynccontextmanager
async def web(served: list[bytes]) -> AsyncIterator[str]:
    """The address of a picture that is another one whenever it is asked for."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        served.append(png(seed=len(served)))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(served[-1]), served[-1]))
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/image.png"


def music(path: Path) -> str:
    """The address of a second of sound that is embedded in the template."""
    return "data:audio/wav;base64," + b64encode(record(path, tone(1)).read_bytes()).decode()


def png(seed: int) -> bytes:
    file = BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 255, (64, 64, 3), np.uint8)).save(file, "PNG")
    return file.getvalue()


async def test_a_picture_that_is_broken_in_a_late_segment_fails_the_render_and_says_where(
    context: Context, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    image = {"type": "image", "src": "data:image/png;base64," + b64encode(png(seed=1)[:3000]).decode()}
    job_id = await ordered({**TEMPLATE, "scenes": [TEMPLATE["scenes"][0], {"duration": 1, "objects": [image]}]})
    await run_job(job_id, context, KINDS)
    [job] = await rows(job_id)
    assert (job["state"], job["error_code"]) == ("failed", "media_unreadable")
    assert job["error_message"].startswith("scenes[1].objects[0].src: ")
    assert f"segment {job_id}_001 attempt 1: failed" in caplog.text


async def half_done(context: Context, document: dict[str, Any] = TEMPLATE) -> str:
    """A render that was given back when the last of its two segments, 001, was drawn."""
    job_id = await ordered(document)
    task = asyncio.create_task(run_job(job_id, context, KINDS))
    await some_row(job_id, lambda row: row["id"] == f"{job_id}_001" and row["state"] == "done")
    task.cancel()
    await task
    return job_id


async def is_as_in_one_piece(context: Context, job_id: str, folder: Path) -> None:
    found = (await jobs.read([job_id]))[job_id]
    assert (found.state, found.error_message) == ("done", None)
    assert found.result
    await context.storage.get_to_file(found.result["key"], folder / "video.mp4")
    assert (folder / "video.mp4").read_bytes() == in_one_piece(TEMPLATE, {}, folder / "alone.mp4")


@ONE_ENGINE
async def test_a_segment_whose_file_is_gone_is_drawn_again(context: Context, tmp_path: Path) -> None:
    job_id = await half_done(context)
    result = (await jobs.read([f"{job_id}_001"]))[f"{job_id}_001"].result
    assert result
    await context.storage.delete(result["key"])
    await run_job(job_id, context, KINDS)
    await is_as_in_one_piece(context, job_id, tmp_path)
    assert await context.storage.head(result["key"].replace("_001/1/", "_001/2/"))


@ONE_ENGINE
async def test_a_segment_that_the_store_loses_again_and_again_is_a_fault_of_the_machine(
    context: Context, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    job_id = await half_done(context)
    result = (await jobs.read([f"{job_id}_001"]))[f"{job_id}_001"].result
    assert result
    await context.storage.delete(result["key"])
    await sql("UPDATE jobs SET faults = {} WHERE id = {}", jobs.MAX_FAULTS, f"{job_id}_001")
    await run_job(job_id, context, KINDS)
    assert "fault (part_lost: A part of the video was lost by the store again and again.)" in caplog.text


@ONE_ENGINE
async def test_segments_of_another_cut_are_not_joined_but_drawn_anew(context: Context, tmp_path: Path) -> None:
    job_id = await half_done(context)
    old = SegmentSpec(render=job_id, first=5, end=20)  # as another version may have cut it
    await sql("UPDATE jobs SET spec = {} WHERE id = {}", encode(old), f"{job_id}_001")
    await run_job(job_id, context, KINDS)
    await is_as_in_one_piece(context, job_id, tmp_path)


@ONE_ENGINE
async def test_the_parts_that_one_worker_does_share_the_files_of_their_render(context: Context, tmp_path: Path) -> None:
    served: list[bytes] = []
    async with web(served) as address:
        image = {"type": "image", "src": address, "width": 64, "height": 36}
        document = {**TEMPLATE, "scenes": [{"duration": 1, "objects": [image, MOVING]}, {"duration": 1}]}
        job_id = await half_done(context, document)
    await sql("UPDATE jobs SET state = 'queued' WHERE id = {}", f"{job_id}_001")
    await run_job(f"{job_id}_001", context, KINDS)
    async for kept in context.storage.list(f"renders/{OWNER}/{job_id}/media/"):
        await context.storage.delete(kept.key)
    await run_job(f"{job_id}_000", context, KINDS)
    found = await jobs.read([f"{job_id}_000", f"{job_id}_001"])
    assert [part.state for part in found.values()] == ["done", "done"], found
    await sweep_jobs(context)
    assert context.root.with_media() == [job_id], "the render is not over"
    await jobs.cancel(job_id, OWNER)
    await sweep_jobs(context)
    assert context.root.with_media() == []


@ONE_ENGINE
async def test_a_render_of_which_a_part_was_cancelled_fails_and_says_so(context: Context) -> None:
    job_id = await half_done(context)
    await jobs.cancel(f"{job_id}_000", OWNER)
    await run_job(job_id, context, KINDS)
    [job] = await rows(job_id)
    assert (job["state"], job["error_code"]) == ("failed", "part_cancelled")
    assert job["error_message"] == "A part of the video was cancelled. Render it again."


@ONE_ENGINE
async def test_a_render_in_parts_that_takes_too_long_fails_and_says_so(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "WHOLE_S", 0)
    job_id = await ordered()
    await run_job(job_id, context, KINDS)
    [job] = await rows(job_id)
    assert (job["state"], job["error_code"]) == ("failed", "too_long")
    assert job["error_message"] == "The render was stopped: not done after 0 hours. Make the video shorter."
    assert list(context.root.path.glob("job_*")) == []


async def test_the_end_of_a_worker_gives_back_the_render_and_the_segment_that_it_was_drawing(context: Context) -> None:
    job_id = await ordered()
    task = asyncio.create_task(run_job(job_id, context, KINDS))
    await a_segment_is_drawn(job_id)
    task.cancel()
    await task
    assert [(row["state"], row["faults"]) for row in await rows(job_id)] == [("queued", 0)] * 3
    assert list(context.root.path.glob("job_*")) == []
