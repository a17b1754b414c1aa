"""Following a job by server-sent events: first what is, then what changes, and nothing is held for a reader."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from app import asgi
from app.api import progress as following
from app.db.engine import tx
from app.server import _serve
from app.server import config as server_config
from app.services import jobs
from app.services.watch import Watcher
from app.settings import Settings
from app.specs import RenderSpec
from tests.api.clipi.conftest import progress, use
from tests.api.conftest import KEY, Service, client_for, eventually, service_for
from tests.private_services import free_port

FILE = {"file": ("video.mp4", b"not looked at")}
READERS = 200


@pytest.fixture
async def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Service, Watcher]]:
    """A service and what it follows jobs with."""
    watcher = Watcher(0.02)
    monkeypatch.setattr(asgi, "Watcher", lambda: watcher)
    async with service_for(tmp_path) as service:
        yield service, watcher


async def events(service: Service, job: str, **headers: str) -> AsyncIterator[dict[str, Any]]:
    async with service.anonymous.stream("GET", f"/api/tools/jobs/{job}", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        async for line in answer.aiter_lines():
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))


async def claimed(job: str) -> jobs.Claim:
    claim = await jobs.claim(job, "w1", lease_s=30)
    assert claim
    return claim


async def test_a_reader_hears_the_present_every_change_and_the_end(watched: tuple[Service, Watcher]) -> None:
    service, _ = watched
    async with tx():  # somebody else's, which comes first
        await jobs.submit(RenderSpec(template={}), account="acc_bootstrap")
    job = (await use(service, "compress", files=FILE))["jobId"]
    heard: list[dict[str, Any]] = []
    async for event in events(service, job):
        if event in heard:
            continue
        heard.append(event)
        if event["status"] == "pending":
            claim = await claimed(job)
        elif event["percent"] == 0:
            await jobs.heartbeat(claim, lease_s=30, stage="working", percent=45)
        else:
            await jobs.fail(claim, "media_unreadable", "The file is damaged.")
    failed = {
        "jobId": job,
        "status": "failed",
        "percent": 45,
        "error": "The file is damaged.",
        "code": "media_unreadable",
    }
    assert heard == [
        {"jobId": job, "status": "pending", "percent": 0, "queuePosition": 2, "queueTotal": 2},
        {"jobId": job, "status": "processing", "percent": 0},
        {"jobId": job, "status": "processing", "percent": 45},
        failed,
    ]
    assert [event async for event in events(service, job)] == [failed], "who comes later, or again, hears the end"
    assert await progress(service, job) == failed
    seen = await service.anonymous.get(f"/api/tools/jobs/{job}", headers={"Last-Event-ID": "over"})
    assert seen.status_code == 204, "which ends a browser's asking again and again"
    for path in ("job_unknown", "%00", "x" * 300):
        answer = await service.anonymous.get(f"/api/tools/jobs/{path}")
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/json")


async def test_now_and_then_something_is_told_though_nothing_happens(
    watched: tuple[Service, Watcher], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert following.EVERY_S == 1
    monkeypatch.setattr(following, "EVERY_S", 0.1)
    service, _ = watched
    job = (await use(service, "compress", files=FILE))["jobId"]
    await claimed(job)
    told, started = 0, asyncio.get_running_loop().time()
    async for event in events(service, job):
        assert event == {"jobId": job, "status": "processing", "percent": 0}
        told += 1
        if told == 4:
            break
    assert 0.25 < asyncio.get_running_loop().time() - started < 2


async def test_two_hundred_readers_cost_one_query_a_look_and_go_without_a_trace(
    watched: tuple[Service, Watcher], monkeypatch: pytest.MonkeyPatch
) -> None:
    service, watcher = watched
    asked = 0
    read = jobs.read

    async def counted(job_ids: list[str]) -> dict[str, jobs.Snapshot]:
        nonlocal asked
        asked += 1
        return await read(job_ids)

    monkeypatch.setattr(jobs, "read", counted)
    some = [(await use(service, "compress", files=FILE))["jobId"] for _ in range(4)]
    request = "GET /api/tools/jobs/{} HTTP/1.1\r\nHost: x\r\n\r\n"
    connections = await asyncio.gather(
        *(asyncio.open_connection("127.0.0.1", service.settings.port) for _ in range(READERS))
    )
    for number, (_, writer) in enumerate(connections):
        writer.write(request.format(some[number % 4]).encode())
    for reader, _ in connections:
        assert b'"queueTotal":4' in await asyncio.wait_for(reader.readuntil(b"}\n\n"), 10)
    assert sum(len(readers) for readers in watcher._readers.values()) == READERS
    before, started = asked, asyncio.get_running_loop().time()
    claims = [await claimed(job) for job in some]
    for reader, _ in connections:
        await asyncio.wait_for(reader.readuntil(b'"status":"processing"'), 10)
    looks = (asyncio.get_running_loop().time() - started) / 0.02 + 2
    assert asked - before <= looks, "not one for each reader"
    for _, writer in connections:
        writer.close()
    await eventually(lambda: not watcher._readers)
    assert claims
    await eventually(lambda: watcher._polling is None or watcher._polling.done())


async def test_a_service_that_is_to_stop_ends_its_streams_instead_of_waiting_for_them(tmp_path: Path) -> None:
    settings = Settings(
        port=free_port(), data_dir=str(tmp_path), bootstrap_key=KEY, secret="a secret that is long enough"
    )
    server = uvicorn.Server(server_config(settings))
    reading, lifeline = os.pipe()
    serving = asyncio.create_task(_serve(server, reading))
    await eventually(lambda: server.started)
    async with client_for(f"http://127.0.0.1:{settings.port}", {"X-Api-Key": KEY}) as client:
        job = (await client.post("/api/tools/compress", files=FILE)).json()["jobId"]
        async with client.stream("GET", f"/api/tools/jobs/{job}") as answer:
            lines = answer.aiter_lines()
            assert '"pending"' in await anext(lines)
            os.close(lifeline)
            rest = [line async for line in lines]
    assert not [line for line in rest if "completed" in line or "failed" in line]
    await asyncio.wait_for(serving, 2)
    os.close(reading)
