"""SIGKILL for the api while bytes arrive, and for the worker while it looks at them: nothing of an upload is lost."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx

from app.db.engine import sql
from tests.faults.harness import Yard

PART = 5 << 20
TUS = {"Tus-Resumable": "1.0.0"}


class Client:
    """Speaks to a yard's api, which may be killed and started again at the same address."""

    def __init__(self, yard: Yard) -> None:
        self.yard = yard
        key = {"Authorization": f"Bearer {yard.settings.bootstrap_key}"}
        self.http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{yard.settings.port}", headers=key, timeout=30)
        self.api = yard.start("app.cli", "api")

    async def up(self) -> None:
        async def answers() -> bool:
            with contextlib.suppress(httpx.HTTPError):
                return (await self.http.get("/health")).is_success
            return False

        await self.yard.until("the api is up", answers, within_s=60)

    async def again(self) -> None:
        self.yard.kill(self.api)
        self.api = self.yard.start("app.cli", "api")
        await self.up()

    async def post(self, path: str, **body: Any) -> dict[str, Any]:
        answer = await self.http.post(path, json=body)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def put(self, url: str, body: bytes) -> str:
        answer = await self.http.put(url, content=body)
        assert answer.status_code == 200, answer.text
        return str(answer.headers["etag"])

    async def killed_meanwhile(self, method: str, url: str, start: bytes, whole: int, **headers: str) -> None:
        """The api dies when it has got `start`, of more that was announced."""
        sent = asyncio.Event()

        async def body() -> AsyncIterator[bytes]:
            for offset in range(0, len(start), 1 << 16):
                yield start[offset : offset + (1 << 16)]
            sent.set()
            await asyncio.sleep(60)

        headers = {"Content-Length": str(whole), **headers}
        sending = asyncio.create_task(self.http.request(method, url, content=body(), headers=headers))
        await asyncio.wait_for(sent.wait(), 30)
        await asyncio.sleep(1)
        await self.again()
        sending.cancel()
        with contextlib.suppress(asyncio.CancelledError, httpx.HTTPError):
            await sending

    async def status(self, file_id: str) -> str:
        answer = await self.http.get(f"/v1/upload/{file_id}")
        assert answer.status_code == 200, answer.text
        return str(answer.json()["status"])

    async def is_ready(self, file_id: str) -> None:
        async def ready() -> bool:
            return await self.status(file_id) == "ready"

        await self.yard.until(f"{file_id} is ready", ready, within_s=60)


@contextlib.asynccontextmanager
async def client(yard: Yard) -> AsyncIterator[Client]:
    made = Client(yard)
    async with made.http:
        await made.up()
        yield made


def film(awkward: Path, size: int) -> bytes:
    """A video with as much behind it as it takes, which its container passes over."""
    video = (awkward / "plain.mp4").read_bytes()
    filling = size - len(video)
    return video + filling.to_bytes(4) + b"free" + bytes(filling - 8)


async def test_an_api_that_dies_while_bytes_arrive_loses_no_upload(embedded: Yard, awkward: Path) -> None:
    whole = film(awkward, 2 * PART + 1000)
    pieces = [whole[offset : offset + PART] for offset in range(0, len(whole), PART)]
    announced = {"filename": "film.mp4", "file_size": len(whole)}
    async with client(embedded) as yard:
        one = await yard.post("/v1/upload/request", **announced)
        await yard.killed_meanwhile("PUT", one["upload_url"], whole[:PART], len(whole))
        assert await yard.status(one["file_id"]) == "pending"
        await yard.put(one["upload_url"], whole)

        many = await yard.post("/v1/upload/multipart/initiate", **announced, part_size=PART, part_count=3)
        named = {"file_id": many["file_id"], "upload_id": many["upload_id"]}
        urls = [part["url"] for part in many["parts"]]
        etags = {2: await yard.put(urls[1], pieces[1])}
        await yard.killed_meanwhile("PUT", urls[0], pieces[0][:-1], len(pieces[0]))
        fresh = await yard.post("/v1/upload/multipart/refresh", **named)
        assert [part["part_number"] for part in fresh["uploaded"]] == [2]
        for part in fresh["parts"]:
            etags[part["part_number"]] = await yard.put(part["url"], pieces[part["part_number"] - 1])
        sent = [{"part_number": number, "etag": etag} for number, etag in etags.items()]
        await yard.post("/v1/upload/multipart/complete", **named, parts=sent)

        begun = await yard.http.post("/v1/upload/tus", headers={**TUS, "Upload-Length": str(len(whole))})
        url = begun.headers["location"]
        steps = {**TUS, "Content-Type": "application/offset+octet-stream"}
        first = await yard.http.patch(url, content=whole[:1000], headers={**steps, "Upload-Offset": "0"})
        assert first.status_code == 204, first.text
        await yard.killed_meanwhile(
            "PATCH", url, whole[1000 : 9 << 20], len(whole) - 1000, **steps, **{"Upload-Offset": "1000"}
        )
        offset = int((await yard.http.head(url, headers=TUS)).headers["upload-offset"])
        assert offset == 8 << 20, "of what came whole parts are kept, and nothing that was kept before is lost"
        last = await yard.http.patch(url, content=whole[offset:], headers={**steps, "Upload-Offset": str(offset)})
        assert last.status_code == 204, last.text

        embedded.worker()
        for file_id in (one["file_id"], many["file_id"], url.rpartition("/")[2]):
            await yard.is_ready(file_id)
    sizes = [found.size async for found in embedded.storage.list("uploads/")]
    assert sizes == [len(whole)] * 3


async def test_a_worker_that_dies_while_it_inspects_is_followed_by_another(embedded: Yard, awkward: Path) -> None:
    whole = (awkward / "plain.mp4").read_bytes()
    async with client(embedded) as yard:
        worker = embedded.worker()
        asked = await yard.post("/v1/upload/request", filename="film.mp4", file_size=len(whole))
        await yard.put(asked["upload_url"], whole)
        await embedded.until("its child looks", lambda: embedded.pids("workers.media", without="launcher.py"), 60)
        embedded.kill(worker)
        assert await yard.status(asked["file_id"]) == "processing"
        embedded.worker()
        await yard.is_ready(asked["file_id"])
    [job] = await sql("SELECT state, attempt FROM jobs")
    assert (job["state"], job["attempt"]) == ("done", 2)
    [event] = await sql("SELECT name FROM events")
    assert event["name"] == "upload.ready"
    await embedded.nothing_under_way()
