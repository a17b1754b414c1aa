"""One error body for everything that goes wrong, whoever refuses."""

import asyncio
import contextlib
import errno
import logging
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from app.api import bodies, drain
from app.db import engine as db
from app.db.engine import UNREACHABLE, sql, tx
from app.services import renders
from tests.api.conftest import SMALL, Service, refusal
from tests.private_services import free_port


async def test_a_wrong_method_is_told_which_ones_there_are(service: Service) -> None:
    answer = await service.client.put("/v1/renders")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, OPTIONS, POST"
    assert answer.json()["code"] == "method_not_allowed"


async def test_a_body_above_its_limit_is_refused_by_its_length_and_by_its_bytes(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "MAX_JSON", 1000)

    async def chunked() -> Any:
        for _ in range(20):
            yield b" " * 100

    for content in (b" " * 2000, chunked()):
        told = await refusal(service, 413, "POST", "/v1/renders", content=content)
        assert told["code"] == "too_large"


async def test_a_client_that_falls_silent_is_given_up(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "SILENCE_S", 0.05)
    monkeypatch.setattr(drain, "DRAIN_S", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", service.settings.port)
    key = service.client.headers["authorization"]
    head = f"POST /v1/renders HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\nContent-Length: 500\r\n\r\n{{"
    writer.write(head.encode())
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    assert b"400 Bad Request" in answer
    assert b"body_timeout" in answer


async def test_a_client_that_trickles_is_given_up(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "SILENCE_S", 0.2)

    async def trickle() -> Any:
        for _ in range(100):
            yield b" "
            await asyncio.sleep(0.01)

    told = await refusal(service, 400, "POST", "/v1/renders", content=trickle())
    assert told["code"] == "body_timeout"


async def test_a_database_that_is_away_means_come_back_later(service: Service) -> None:
    before = db.current()
    db.use(db.ServerEngine(config={"dsn": f"postgres://nobody@127.0.0.1:{free_port()}/none"}))
    try:
        answer = await service.client.get("/v1/renders")
        ready = await service.client.get("/ready")
        health = await service.client.get("/health")
    finally:
        db.use(before)
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert answer.headers["retry-after"] == str(answer.json()["retryAfter"])
    assert [field["path"] for field in ready.json()["fields"]] == ["database"]
    assert health.status_code == 200


@pytest.mark.parametrize(
    ("raised", "status", "code"),
    [
        (RuntimeError("a secret detail"), 500, "internal_error"),
        (KeyError("/srv/secret"), 500, "internal_error"),
        (OSError(errno.ENOSPC, "No space left on device", "/srv/secret"), 503, "disk_full"),
        (PermissionError(errno.EACCES, "Permission denied", "/srv/secret"), 500, "internal_error"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "secret host"), 503, "database_unavailable"),
        (OSError("Multiple exceptions: secret hosts"), 503, "database_unavailable"),
        (TimeoutError("secret"), 503, "database_unavailable"),
    ],
)
async def test_a_failure_of_ours_is_logged_whole_and_told_without_details(
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    raised: Exception,
    status: int,
    code: str,
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr(renders, "prepare", broken)
    with caplog.at_level(logging.ERROR):
        answer = await service.client.post("/v1/renders", json={"template": SMALL})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    if status == 500:
        assert answer.headers["x-request-id"] in caplog.text
        assert "Traceback" in caplog.text


async def test_a_wrong_statement_is_a_mistake_of_ours_and_a_file_that_is_full_or_locked_an_outage(
    everywhere: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def mistaken(*_: object, **__: object) -> None:
        await sql("SELECT no_such_column FROM accounts")

    with monkeypatch.context() as patched:
        patched.setattr(renders, "prepare", mistaken)
        told = await refusal(everywhere, 500, "POST", "/v1/renders", json={"template": SMALL})
    assert told["code"] == "internal_error"
    if everywhere.settings.database_url:
        return
    await sql("PRAGMA max_page_count = 1")
    with pytest.raises(UNREACHABLE, match="full"):
        await sql("INSERT INTO welcomes (id, created_at) VALUES ({}, 0)", "x" * 1_000_000)
    await sql("PRAGMA busy_timeout = 10")
    file = Path(everywhere.settings.data_dir) / "clipyard.sqlite"
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(UNREACHABLE, match="locked"):
            async with tx():
                pass
        told = await refusal(everywhere, 503, "POST", "/v1/templates", json=SMALL)
    assert told["code"] == "database_unavailable"


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/v1/fonts/%00"), ("GET", "/v1/assets/a%00b")])
async def test_a_null_character_in_an_address_is_nothing_that_is_there(
    everywhere: Service, method: str, path: str
) -> None:
    await refusal(everywhere, 404, method, path)


async def test_a_null_character_in_a_query_is_told_so(everywhere: Service) -> None:
    answer = await everywhere.client.get("/v1/renders?template=a%00b")
    assert answer.status_code in (400, 404)
    assert answer.json()["error"].endswith(".")
