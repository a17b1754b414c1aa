"""The real application behind the real server, on a free port, in the loop of the test."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from msgspec import Struct

from app.db.tables import TABLES
from app.server import config as server_config
from app.services import accounts, keys, templates
from app.settings import Settings
from tests.private_services import free_port

KEY = "clp_test_bootstrap_key_of_this_run"

ALIKE = r"^/api/tools/(?!(merge|pipeline|jobs|download)\b)"
"""Of routes that one handler makes, each with fields of its own: where all routes are asked everything, two will do."""

SMALL: dict[str, Any] = {
    "title": "Small",
    "width": 64,
    "height": 36,
    "frame-rate": 10,
    "scenes": [
        {
            "name": "Opening",
            "duration": 2,
            "objects": [
                {"type": "text", "name": "headline", "text": "Hello", "font-size": 12},
                {"type": "rectangle", "name": "box", "width": 10, "height": 10, "background-color": "#f00"},
            ],
        },
        {"name": "Closing", "duration": 1, "background-color": "navy"},
    ],
}


class Service(Struct, frozen=True):
    """A running API: `client` speaks for the bootstrap account, `other` for a second one."""

    url: str
    settings: Settings
    client: httpx.AsyncClient
    other: httpx.AsyncClient
    anonymous: httpx.AsyncClient


class _Server(uvicorn.Server):
    """Says when it is up, and ends when it is told to, not at the next tenth of a second: there are a thousand."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up, self.over = asyncio.Event(), asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self.over.wait()


@contextlib.asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[None]:
    server = _Server(server_config(settings))
    serving = asyncio.create_task(server.serve())
    await server.up.wait()
    try:
        yield
    finally:
        server.over.set()
        await serving


@contextlib.asynccontextmanager
async def service_for(data_dir: Path, database_url: str = "", **chosen: Any) -> AsyncIterator[Service]:
    """`chosen`: further settings."""
    settings = Settings(
        port=free_port(),
        data_dir=str(data_dir),
        database_url=database_url,
        bootstrap_key=KEY,
        secret="a secret that is long enough",
        **{"allow_private_addresses": True, **chosen},
    )
    url = f"http://127.0.0.1:{settings.port}"
    async with running(settings), contextlib.AsyncExitStack() as stack:
        await _emptied(settings)
        other = await keys.create(await accounts.create_account("other"), "test")
        clients = [
            await stack.enter_async_context(client_for(url, headers))
            for headers in ({"Authorization": f"Bearer {KEY}"}, {"X-Api-Key": other.key}, {})
        ]
        yield Service(url, settings, *clients)


def client_for(url: str, headers: dict[str, str], at: str | None = None) -> httpx.AsyncClient:
    """Without a certificate store, which takes 30 ms to read and is of no use here. `at`: an address of this host."""
    transport = httpx.AsyncHTTPTransport(verify=False, local_address=at)
    return httpx.AsyncClient(base_url=url, headers=headers, transport=transport, timeout=30)


async def _emptied(settings: Settings) -> None:
    """The PostgreSQL database is one for all tests of a run."""
    for table in reversed(TABLES):
        await table.delete(force=True)
    await accounts.bootstrap(settings)


async def eventually(condition: Callable[[], Awaitable[bool] | bool], seconds: float = 10) -> None:
    """Wait for what another task or process does in its own time."""
    async with asyncio.timeout(seconds):
        while True:
            held = condition()
            if held if isinstance(held, bool) else await held:
                return
            await asyncio.sleep(0.005)


async def refusal(service: Service, status: int, method: str, path: str, **request: Any) -> dict[str, Any]:
    answer = await service.client.request(method, path, **request)
    told: dict[str, Any] = answer.json()
    assert answer.status_code == status, told
    assert answer.headers["content-type"] == "application/json"
    assert told["error"].endswith((".", "?"))
    assert told["code"] == told["code"].lower()
    assert set(told) <= {"error", "code", "fields", "retryAfter"}
    return told


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    async with service_for(tmp_path) as running_service:
        yield running_service


@pytest.fixture
async def everywhere(tmp_path: Path, database_url: str) -> AsyncIterator[Service]:
    """The service on both database engines."""
    async with service_for(tmp_path, database_url) as running_service:
        yield running_service


@pytest.fixture
async def proxied(tmp_path: Path, database_url: str) -> AsyncIterator[Service]:
    """The same, believing this host about where requests come from."""
    async with service_for(tmp_path, database_url, trusted_proxies="127.0.0.1") as running_service:
        yield running_service


@pytest.fixture
def builtin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A built-in template of the test's own; answers its name."""
    folder = tmp_path / "builtins"
    folder.mkdir()
    (folder / "small-card.json").write_text(json.dumps(SMALL))
    monkeypatch.setattr(templates, "BUILTIN_DIR", folder)
    return "small-card"
