"""What the tests of the tools share: a worker in the loop of the test, and what is left in the store."""

import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from app.db.engine import sql
from app.egress import Egress
from app.storage import open_storage
from tests.api.conftest import Service
from workers.main import KINDS
from workers.run import Context, run_job
from workers.workspace import WorkRoot

Work = Callable[[str], Awaitable[None]]


@contextlib.asynccontextmanager
async def worker_of(service: Service) -> AsyncIterator[Context]:
    """The belongings of a worker of the service."""
    folder = Path(service.settings.data_dir)
    async with contextlib.AsyncExitStack() as stack:
        egress = Egress(allow_private=True)
        stack.push_async_callback(egress.aclose)
        root = WorkRoot(folder, "w1")
        stack.callback(root.close)
        secret = service.settings.secret.encode()
        storage = open_storage("", data_dir=folder, public_url=service.settings.base_url, secret=secret)
        yield Context(worker="w1", settings=service.settings, storage=storage, egress=egress, root=root, secret=secret)


@pytest.fixture
async def worker(service: Service) -> AsyncIterator[Context]:
    async with worker_of(service) as context:
        yield context


async def work(worker: Context) -> None:
    """Do all that waits."""
    for row in await sql("SELECT id FROM jobs WHERE state = 'queued' ORDER BY created_at"):
        await run_job(row["id"], worker, KINDS)


async def use(service: Service, tool: str, **request: Any) -> dict[str, Any]:
    """Order a tool; answers `jobId` and `toolJobId`."""
    answer = await service.client.post(f"/api/tools/{tool}", **request)
    told: dict[str, Any] = answer.json()
    assert (answer.status_code, told.get("success"), set(told)) == (200, True, {"success", "jobId", "toolJobId"}), told
    return told


async def progress(service: Service, job: str) -> dict[str, Any]:
    answer = await service.anonymous.get(f"/api/tools/jobs/{job}", headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def stored(service: Service) -> list[Path]:
    """Every file in the store and half in it."""
    walked = os.walk(Path(service.settings.data_dir) / "files")  # which minds no folder that goes meanwhile
    return sorted(Path(folder, name) for folder, _, names in walked for name in names)
