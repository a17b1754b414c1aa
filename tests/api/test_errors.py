"""One error body for everything that goes wrong, whoever refuses."""

import errno
import logging
from typing import Any

import pytest

from app.api import bodies
from app.db import engine as db
from app.services import renders
from tests.api.conftest import SMALL, Service
from tests.private_services import free_port


def body(text: str) -> dict[str, Any]:
    return {"content": text.encode()}


async def refusal(service: Service, status: int, method: str, path: str, **request: Any) -> dict[str, Any]:
    answer = await service.client.request(method, path, **request)
    told: dict[str, Any] = answer.json()
    assert answer.status_code == status, told
    assert answer.headers["content-type"] == "application/json"
    assert told["error"].endswith((".", "?"))
    assert told["code"] == told["code"].lower()
    assert set(told) <= {"error", "code", "fields", "retryAfter"}
    return told


@pytest.mark.parametrize("path", ["/nope", "/v1", "/v1/renders/a/b", "/", "/v1/%00", "/v1/renders/%ff"])
async def test_an_unknown_address_is_answered_in_our_words(service: Service, path: str) -> None:
    await refusal(service, 404, "GET", path)


async def test_a_wrong_method_is_told_which_ones_there_are(service: Service) -> None:
    answer = await service.client.put("/v1/renders")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, OPTIONS, POST"
    assert answer.json()["code"] == "method_not_allowed"


@pytest.mark.parametrize(
    ("request_body", "code"),
    [
        (b"{", "invalid_json"),
        (b'{"template": "a",}', "invalid_json"),
        (b"\xff\xfe{}", "invalid_json"),
        (b'{"template": "\xff"}', "invalid_json"),
        (b'{"template": "\\ud800"}', "invalid_json"),
        (b'{"template": NaN}', "invalid_json"),
        (b'{"template": {"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}", "invalid_json"),
        (b"[]", "invalid_request"),
        (b"null", "invalid_request"),
        (b"7", "invalid_request"),
        (b'"text"', "invalid_request"),
        (b"", "invalid_request"),
        (b"template=a&modifications=b", "invalid_json"),
    ],
)
async def test_a_body_that_is_no_request_is_refused(service: Service, request_body: bytes, code: str) -> None:
    told = await refusal(service, 400, "POST", "/v1/renders", content=request_body)
    assert told["code"] == code


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("{}", ""),
        ('{"template": 7}', "template"),
        ('{"template": null}', "template"),
        ('{"template": "a", "modifications": {}}', "modifications"),
        ('{"template": "a", "modifications": "x"}', "modifications"),
        ('{"template": "a", "metadata": {"id": 1}}', "metadata"),
        ('{"template": "a", "strict": "no"}', "strict"),
        ('{"template": "a", "data": []}', "data"),
        ('{"template": "a", "webhook_url": 1}', "webhook_url"),
        ('{"template": "a", "modification": []}', "modification"),
        ('{"template": "a", "webhookUrl": "https://x.example"}', "webhookUrl"),
    ],
)
async def test_a_field_of_the_wrong_kind_or_name_is_named(service: Service, text: str, path: str) -> None:
    told = await refusal(service, 400, "POST", "/v1/renders", **body(text))
    assert [field["path"] for field in told["fields"]] == [path]


async def test_an_unknown_field_is_answered_with_the_nearest(service: Service) -> None:
    told = await refusal(service, 400, "POST", "/v1/renders", **body('{"template": "a", "modification": []}'))
    assert 'did you mean "modifications"?' in told["error"]


async def test_of_a_key_that_comes_twice_the_last_one_counts(service: Service) -> None:
    told = await refusal(service, 404, "POST", "/v1/renders", **body('{"template": "first", "template": "second"}'))
    assert '"second"' in told["error"]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/x", ""])
async def test_json_is_json_whatever_its_content_type_says(service: Service, content_type: str) -> None:
    answer = await service.client.post(
        "/v1/renders", content=b'{"template": "none"}', headers={"Content-Type": content_type}
    )
    assert answer.json()["code"] == "unknown_template"


@pytest.mark.parametrize("query", ["page=0", "page=-1", "page=x", "page=99999999999999999999", "limit=101", "limit="])
async def test_a_wrong_query_parameter_is_named(service: Service, query: str) -> None:
    told = await refusal(service, 400, "GET", f"/v1/renders?{query}")
    assert told["fields"][0]["path"] == query.partition("=")[0]


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
    import asyncio

    monkeypatch.setattr(bodies, "SILENCE_S", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", service.settings.port)
    key = service.client.headers["authorization"]
    head = f"POST /v1/renders HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\nContent-Length: 500\r\n\r\n{{"
    writer.write(head.encode())
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    assert b"400 Bad Request" in answer
    assert b"body_timeout" in answer


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
