"""The pool of still servers, with small programs that speak its framing and misbehave on demand."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app import stills
from app.errors import Unavailable
from app.stills import Frame, StillServers
from renderer.errors import MediaError, TemplateError
from tests.api.conftest import eventually

# Answers with its process id. `time` chooses what goes wrong.
STAND_IN = """
import json, os, struct, sys, time
while len(head := sys.stdin.buffer.read(4)) == 4:
    wanted = json.loads(sys.stdin.buffer.read(struct.unpack(">I", head)[0]))
    if wanted["time"] == 1: time.sleep(60)
    if wanted["time"] == 2: os._exit(9)
    if wanted["time"] == 4: ballast = bytearray(os.urandom(1 << 20)) * 40
    error = wanted["template"].get("error")
    image = b"" if error else str(os.getpid()).encode()
    answer = json.dumps({"bytes": len(image), "warnings": [], **({"error": error} if error else {})}).encode()
    sys.stdout.buffer.write(struct.pack(">I", len(answer)) + answer + image)
    sys.stdout.buffer.flush()
    if wanted["time"] == 3: os._exit(0)
"""


def frame(time: float = 0, **template: Any) -> Frame:
    return Frame(template=template, files={}, time=time)


@contextlib.asynccontextmanager
async def pool(folder: Path, count: int = 1) -> AsyncIterator[StillServers]:
    servers = StillServers(count=count, data_dir=folder, command=(sys.executable, "-c", STAND_IN))
    try:
        yield servers
    finally:
        await servers.aclose()


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def test_one_warm_process_answers_one_request_after_another(tmp_path: Path) -> None:
    async with pool(tmp_path) as servers:
        answers = await asyncio.gather(*(servers.draw(frame()) for _ in range(10)))
    assert len(set(answers)) == 1


async def test_no_process_is_started_before_it_is_needed_and_none_outlives_the_pool(tmp_path: Path) -> None:
    async with pool(tmp_path, count=2) as servers:
        assert [server._process for server in servers._servers] == [None, None]
        pid = int((await servers.draw(frame())).image)
        assert alive(pid)
    assert not alive(pid)


async def test_a_process_that_hangs_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stills, "STILL_S", 1.0)
    async with pool(tmp_path) as servers:
        first = int((await servers.draw(frame())).image)
        with pytest.raises(Unavailable) as refusal:
            await servers.draw(frame(time=1))
        assert refusal.value.code == "still_timeout"
        assert not alive(first)
        assert int((await servers.draw(frame())).image) != first


async def test_a_process_that_dies_of_a_request_is_replaced(tmp_path: Path) -> None:
    async with pool(tmp_path) as servers:
        first = await servers.draw(frame())
        with pytest.raises(Unavailable) as refusal:
            await servers.draw(frame(time=2))
        assert refusal.value.code == "still_failed"
        assert await servers.draw(frame()) != first


async def test_a_process_that_died_meanwhile_costs_no_request(tmp_path: Path) -> None:
    async with pool(tmp_path) as servers:
        first = int((await servers.draw(frame(time=3))).image)
        assert int((await servers.draw(frame())).image) != first
        second = int((await servers.draw(frame())).image)
        os.kill(second, signal.SIGKILL)
        assert int((await servers.draw(frame())).image) != second


async def test_a_process_that_has_grown_is_replaced_after_its_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stills, "MAX_RSS", 30 << 20)
    async with pool(tmp_path) as servers:
        first = await servers.draw(frame())
        assert await servers.draw(frame(time=4)) == first
        assert await servers.draw(frame()) != first


async def test_a_cancelled_request_leaves_no_answer_for_the_next_one(tmp_path: Path) -> None:
    async with pool(tmp_path) as servers:
        await servers.draw(frame())
        drawing = asyncio.create_task(servers.draw(frame(time=1)))
        await asyncio.sleep(0)
        drawing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await drawing
        assert int((await servers.draw(frame())).image) > 0


async def test_a_full_queue_is_refused_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stills, "MAX_WAITING", 3)
    async with pool(tmp_path) as servers:
        answers = await asyncio.gather(*(servers.draw(frame()) for _ in range(10)), return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, Unavailable)]
    assert {refusal.code for refusal in refused} == {"queue_full"}
    assert all(refusal.retry_after_s for refusal in refused)
    assert len(answers) - len(refused) == 4


async def test_a_frame_under_way_at_the_end_starts_no_process_anew(tmp_path: Path) -> None:
    async with pool(tmp_path) as servers:
        first = int((await servers.draw(frame())).image)
        drawing = asyncio.create_task(servers.draw(frame(time=1)))
        await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await drawing
    assert not alive(first)
    assert servers._servers[0]._process is None


@pytest.mark.parametrize(
    ("code", "kind"),
    [("invalid_value", TemplateError), ("media_unreadable", MediaError), ("out_of_memory", Unavailable)],
)
async def test_the_renderers_refusals_keep_their_kind(tmp_path: Path, code: str, kind: type[Exception]) -> None:
    error = {"code": code, "message": "It is wrong.", "problems": [{"path": "scenes[0]", "message": "wrong"}]}
    async with pool(tmp_path) as servers:
        with pytest.raises(kind, match=r"It is wrong\."):
            await servers.draw(frame(error=error))


async def test_the_processes_end_when_the_api_is_killed(tmp_path: Path) -> None:
    """Its end closes their stdin."""
    holder = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _HOLDER.format(folder=str(tmp_path), program=STAND_IN)),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert holder.stdout
    pid = int(await holder.stdout.readline())
    assert alive(pid)
    holder.kill()
    await holder.wait()
    await eventually(lambda: not alive(pid))


_HOLDER = """
import asyncio, sys
from pathlib import Path
from app.stills import Frame, StillServers
async def main():
    servers = StillServers(count=1, data_dir=Path({folder!r}), command=(sys.executable, "-c", {program!r}))
    print((await servers.draw(Frame(template={{}}, files={{}}, time=0))).image.decode(), flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""
