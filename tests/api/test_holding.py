"""Whoever stops being somebody after they were recognised changes nothing any more, on either engine.

Generated from the API's description: a new route that changes something is asked without a new test. And whoever is
held, or waits to be, holds up nobody else.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from litestar.types import Scope, Send
from msgspec import Struct

from app.api import auth, browsers
from app.db.engine import sql
from app.services import accounts, keys
from app.services.principals import Principal
from tests.api.conftest import ALIKE, SMALL, Service, client_for, service_for
from tests.api.people import registered, signed_in
from tests.api.test_tenants import FONT, body_of, everything_of
from tests.services.clipping import clipped, uploaded
from tests.services.uploads import png

WRITE_NOTHING = {"/v1/templates/validate", "/v1/templates/{uid}/frame", "/account/sign-out"}
"""A session that is signed out when it is over is over all the same."""
TUS = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
UPLOADS: dict[str, dict[str, Any]] = {
    "/v1/assets": {"content": png()},
    "/v1/upload/tus": {"headers": {"Tus-Resumable": "1.0.0", "Upload-Length": "10"}},
    "/v1/upload/tus/{file_id}": {"content": b"0123456789", "headers": TUS},
    "/v1/fonts": {"content": FONT.read_bytes(), "params": {"family": "Another"}},
}


class Ann(Struct, frozen=True):
    """`askers` by what a route takes; `ids` by the path up to a parameter."""

    account: str
    askers: dict[str, httpx.AsyncClient]
    ids: dict[str, str]
    document: dict[str, Any]

    def changes(self) -> list[tuple[str, str, dict[str, Any], httpx.AsyncClient]]:
        return [
            (method.upper(), path, operation, self.askers[asker])
            for path, methods in self.document["paths"].items()
            for method, operation in methods.items()
            if method.upper() not in browsers.SAFE and path not in WRITE_NOTHING and not re.search(ALIKE, path)
            if operation.get("security") != []
            for asker in sorted({name for one in operation.get("security", [{"bearer": []}]) for name in one} - {"key"})
        ]

    def address(self, path: str) -> str:
        """With Ann's own ids. Another kind of id needs a line in `ann`."""
        return re.sub(r"\{\w+\}", lambda found: self.ids[path[: found.start()]], path)


@pytest.fixture
async def everywhere(tmp_path: Path, database_url: str) -> AsyncIterator[Service]:
    """Where things cost money, so that there is a credit to take."""
    async with service_for(tmp_path, database_url, billing="on") as service:
        yield service


@pytest.fixture
async def ann(everywhere: Service) -> AsyncIterator[Ann]:
    account = await registered()
    key = (await keys.create(account, "laptop", limits={"minute": 0, "clipcat": 0})).key
    async with client_for(everywhere.url, {"X-Api-Key": key}) as program, signed_in(everywhere) as browser:

        async def made(path: str, **request: Any) -> str:
            answer = await program.post(path, **request)
            assert answer.is_success, answer.text
            return str(answer.json().get("uid") or answer.json().get("jobId") or answer.json()["id"])

        await uploaded(account, "upl_a1b2c3d4e5f6")
        clip = await clipped(account)
        begun = await program.post("/v1/upload/tus", headers={"Tus-Resumable": "1.0.0", "Upload-Length": "10"})
        hook = await made("/v1/webhooks", json={"url": "https://example.com/in", "events": ["clip.failed"]})
        ids = {
            "/v1/templates/": await made("/v1/templates", json=SMALL),
            "/v1/renders/": await made("/v1/renders", json={"template": SMALL}),
            "/v1/assets/": await made("/v1/assets", content=png()),
            "/v1/fonts/": await made("/v1/fonts?family=Hers", content=FONT.read_bytes()),
            "/api/tools/jobs/": await made("/api/tools/remove-audio", json={"url": "https://example.com/video.mp4"}),
            "/v1/keys/": (await keys.listing(account))[0].id,
            "/account/sessions/": (await browser.get("/account/sessions")).json()[0]["id"],
            "/v1/webhooks/": hook,
            "/v1/upload/tus/": begun.headers["location"].rpartition("/")[2],
            "/v1/clips/": clip,
            "/v1/share/": clip,
            "/v1/webhooks/{webhook_id}/deliveries/": await made(f"/v1/webhooks/{hook}/test"),
        }
        await browser.get("/v1/balance")  # both were used just now, which is written once a minute
        document = (await everywhere.anonymous.get("/openapi.json")).json()
        yield Ann(account=account, askers={"bearer": program, "session": browser}, ids=ids, document=document)


async def revoked(principal: Principal) -> Callable[[], Awaitable[object]]:
    if principal.kind == "key":
        await sql("UPDATE api_keys SET disabled = TRUE WHERE id = {}", principal.id)
        return lambda: sql("UPDATE api_keys SET disabled = FALSE WHERE id = {}", principal.id)
    [row] = await sql("DELETE FROM sessions WHERE id = {} RETURNING *", principal.id)
    insert = "INSERT INTO sessions (id, account, created_at, seen_at) VALUES ({}, {}, {}, {})"
    return lambda: sql(insert, *(row[name] for name in ("id", "account", "created_at", "seen_at")))


async def erased(principal: Principal) -> Callable[[], Awaitable[object]]:
    await sql("UPDATE accounts SET erased_at = 1 WHERE id = {}", principal.account)
    return lambda: sql("UPDATE accounts SET erased_at = NULL WHERE id = {}", principal.account)


async def everything(ann: Ann, service: Service) -> dict[str, list[str]]:
    files = [str(path) for path in (Path(service.settings.data_dir) / "files").rglob("*") if path.is_file()]
    return {**await everything_of(ann.account), "rate_windows": [], "files": sorted(files)}


@pytest.mark.parametrize("end", [revoked, erased])
async def test_nothing_is_changed_by_who_was_recognised_and_then_stopped_being_there(
    everywhere: Service,
    ann: Ann,
    monkeypatch: pytest.MonkeyPatch,
    end: Callable[[Principal], Awaitable[Callable[[], Awaitable[object]]]],
) -> None:
    undo: list[Callable[[], Awaitable[object]]] = []
    counted = auth.counted

    async def and_then(scope: Scope, principal: Principal, send: Send) -> Send:
        undo.append(await end(principal))
        return await counted(scope, principal, send)

    before = await everything(ann, everywhere)
    monkeypatch.setattr(auth, "counted", and_then)
    for method, path, operation, asker in ann.changes():
        body = UPLOADS.get(path, {"json": body_of(operation)})
        answer = await asker.request(method, ann.address(path), **body)
        assert answer.status_code in (401, 403, 404), (method, path, answer.text)
        assert answer.json()["code"] in ("key_disabled", "session_over", "account_gone"), (method, path, answer.text)
        await undo.pop()()
        assert await everything(ann, everywhere) == before, (method, path)
    assert len(ann.changes()) >= 25


async def test_an_account_that_waits_for_itself_keeps_nobody_else_waiting(tmp_path: Path, postgres_url: str) -> None:
    """More requests of one account than the pool has connections, half of them one order and its repeats."""
    orders = [{"Idempotency-Key": "the same"} if number % 2 else {} for number in range(14)]
    async with service_for(tmp_path, postgres_url) as service:
        assert (await service.client.get("/v1/balance")).status_code == 200  # its use is written once a minute
        elsewhere = await asyncpg.connect(postgres_url)
        transaction = elsewhere.transaction()
        await transaction.start()
        await elsewhere.execute("UPDATE accounts SET id = id WHERE id = $1", accounts.BOOTSTRAP)
        posts = [asyncio.create_task(service.client.post("/v1/templates", json=SMALL, headers=key)) for key in orders]
        try:
            done, _ = await asyncio.wait(posts, timeout=0.5)
            for client, path in (
                (service.other, "/v1/balance"),
                (service.other, "/v1/renders"),
                (service.client, "/ready"),
            ):
                await asyncio.wait_for(client.get(path), 2)
            made = await asyncio.wait_for(service.other.post("/v1/templates", json=SMALL), 2)
        finally:
            await transaction.rollback()
            await elsewhere.close()
        answers = await asyncio.gather(*posts)
    assert (done, made.status_code) == (set(), 201)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["uid"] for answer in answers}) == 8, "the repeats have made one"
