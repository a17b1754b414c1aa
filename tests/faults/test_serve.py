"""Over HTTP: whichever process of the service dies, an accepted render is completed."""

import contextlib
import os
import signal
from collections.abc import AsyncIterator
from typing import Any

import httpx

from tests.faults.harness import Yard, template


@contextlib.asynccontextmanager
async def client(yard: Yard) -> AsyncIterator[httpx.AsyncClient]:
    key = {"Authorization": f"Bearer {yard.settings.bootstrap_key}"}
    async with httpx.AsyncClient(base_url=yard.settings.base_url, headers=key) as session:

        async def ready() -> bool:
            with contextlib.suppress(httpx.TransportError):
                return (await session.get("/ready")).status_code == 200
            return False

        await yard.until("the service is ready", ready)
        yield session


async def ordered(session: httpx.AsyncClient, yard: Yard) -> str:
    answer = await session.post("/v1/renders", json={"template": template(), "webhook_url": yard.world.hook})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["uid"])


async def completed(yard: Yard, uid: str) -> None:
    """A client that comes back finds its video."""
    async with client(yard) as session:

        async def over() -> dict[str, Any] | None:
            render: dict[str, Any] = (await session.get(f"/v1/renders/{uid}")).json()
            assert render["status"] in ("pending", "processing", "completed"), render
            return render if render["status"] == "completed" else None

        await yard.until("the render is completed", over)
        render = await over()
        assert render
        assert (await session.get(render["url"], follow_redirects=True)).content[4:8] == b"ftyp"


async def test_a_render_goes_on_without_the_api(production: Yard) -> None:
    api = production.start("app.cli", "api")
    production.worker()
    with production.drawing_held():
        async with client(production) as session:
            uid = await ordered(session, production)
        await production.until("the encoder runs", lambda: production.pids("slow-ffmpeg", without="renderer"))
        production.kill(api)
    production.start("app.cli", "api")
    await completed(production, uid)
    await production.nothing_under_way()


async def test_serve_restarts_what_died_and_completes_the_render(embedded: Yard) -> None:
    serve = embedded.start("app.cli", "serve")
    with embedded.drawing_held():
        async with client(embedded) as session:
            uid = await ordered(session, embedded)
        await embedded.until("the encoder runs", lambda: embedded.pids("slow-ffmpeg", without="renderer"))
        for pid in (*embedded.pids("app.cli\0api"), *embedded.pids("workers\0--lifeline")):
            os.kill(pid, signal.SIGKILL)
    await completed(embedded, uid)
    serve.terminate()
    await embedded.until("serve has ended", lambda: serve.poll() is not None, within_s=15)
    assert serve.returncode == 0
    assert embedded.pids() == []


async def asks_for_a_still(session: httpx.AsyncClient) -> None:
    template = (await session.get("/v1/templates")).json()[0]["uid"]
    answer = await session.post(f"/v1/templates/{template}/frame", json={}, timeout=60)
    assert answer.status_code == 200, answer.text


async def test_nothing_outlives_a_killed_serve_and_a_new_one_completes_the_render(embedded: Yard) -> None:
    serve = embedded.start("app.cli", "serve")
    with embedded.drawing_held():
        async with client(embedded) as session:
            uid = await ordered(session, embedded)
            await asks_for_a_still(session)
        await embedded.until("the encoder runs", lambda: embedded.pids("slow-ffmpeg", without="renderer"))
        assert embedded.pids("renderer", "--serve")
        embedded.kill(serve)
        await embedded.until("api, worker and children have ended", lambda: not embedded.pids(), within_s=10)
    embedded.start("app.cli", "serve")
    await completed(embedded, uid)
    await embedded.nothing_under_way()
