"""A long render in parts, which are jobs: with one worker, with several, and when one of them fails."""

import asyncio
import contextlib
from base64 import b64encode
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.db.engine import sql, tx
from app.services import jobs
from app.specs import RenderSpec
from renderer.format.template import parse
from renderer.render import render as render_here
from tests.renderer.filming import record, tone
from tests.workers.conftest import OWNER
from workers.main import KINDS
from workers.run import Context, run_job

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


async def ordered(template: dict[str, Any] = TEMPLATE) -> str:
    """A render of which each second is a segment."""
    async with tx():
        return await jobs.submit(RenderSpec(template=template, segment_seconds=1), account=OWNER)


async def rows(job_id: str) -> list[dict[str, Any]]:
    """The job and its parts."""
    return await sql("SELECT * FROM jobs WHERE id = {} OR parent = {} ORDER BY id", job_id, job_id)


async def a_segment_is_drawn(job_id: str) -> None:
    async with asyncio.timeout(20):
        while True:
            if any(row["parent"] and row["stage"] == "working" for row in await rows(job_id)):
                return
            await asyncio.sleep(0.05)


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
    alone, files = tmp_path / "alone.mp4", {address: tmp_path / "image.png"}
    files[document["audio"][0]["src"]] = tmp_path / "music.wav"
    render_here(parse(document), files, alone, on_progress=lambda _: None, stop=lambda: False, segment_seconds=1)
    assert (tmp_path / "video.mp4").read_bytes() == alone.read_bytes()


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


async def test_the_end_of_a_worker_gives_back_the_render_and_the_segment_that_it_was_drawing(context: Context) -> None:
    job_id = await ordered()
    task = asyncio.create_task(run_job(job_id, context, KINDS))
    await a_segment_is_drawn(job_id)
    task.cancel()
    await task
    assert [(row["state"], row["faults"]) for row in await rows(job_id)] == [("queued", 0)] * 3
    assert list(context.root.path.glob("job_*")) == []
