"""What browsers let pages of other origins do."""

import time
from pathlib import Path

import pytest

from app.storage import sign_file_url
from tests.api.conftest import SMALL, service_for


async def test_a_browser_page_may_call_from_the_origins_that_are_set(tmp_path: Path) -> None:
    async with service_for(tmp_path, cors_origins="https://app.example, https://two.example") as service:
        preflight = {"Origin": "https://two.example", "Access-Control-Request-Method": "POST"}
        asked = await service.anonymous.options("/v1/renders", headers=preflight)
        assert asked.headers["access-control-allow-origin"] == "https://two.example"
        answer = await service.client.get("/v1/renders", headers={"Origin": "https://app.example"})
        assert answer.headers["access-control-allow-origin"] == "https://app.example"
        refused = await service.anonymous.options(
            "/v1/renders", headers={**preflight, "Origin": "https://evil.example"}
        )
        assert (refused.status_code, refused.headers["content-type"]) == (403, "application/json")
        assert refused.json()["code"] == "foreign_origin"
        assert "CLIPYARD_CORS_ORIGINS" in refused.json()["error"]
        assert "access-control-allow-origin" not in refused.headers
        stranger = await service.client.get("/v1/renders", headers={"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in stranger.headers


async def test_a_file_is_open_to_every_origin_once(tmp_path: Path) -> None:
    async with service_for(tmp_path, cors_origins="https://app.example") as service:
        (tmp_path / "files" / "a.mp4").write_bytes(b"video")
        secret = service.settings.secret.encode()
        address = sign_file_url(service.url, "a.mp4", expires=int(time.time()) + 60, secret=secret)
        for origin in ("https://app.example", "https://other.example"):
            answer = await service.anonymous.get(address, headers={"Origin": origin})
            [allowed] = answer.headers.get_list("access-control-allow-origin")
            assert allowed in (origin, "*")
            ask = {"Origin": origin, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "range"}
            first = await service.anonymous.options(address, headers=ask)
            assert (first.status_code, first.content) == (204, b"")
            assert first.headers["access-control-allow-origin"] in (origin, "*")
            assert "range" in first.headers["access-control-allow-headers"].lower()


@pytest.mark.parametrize("origins", ["", "https://app.example"])
async def test_a_page_of_any_origin_sees_why_it_does_not_get_a_file(tmp_path: Path, origins: str) -> None:
    async with service_for(tmp_path, cors_origins=origins, address_limit=1) as service:
        page = {"Origin": "https://other.example"}
        answers = [await service.anonymous.get("/files/none.mp4", headers=page) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [404, 429]
        for answer in answers:
            assert answer.headers["access-control-allow-origin"] == "*"
            assert "Retry-After" in answer.headers["access-control-expose-headers"]
        ask = {**page, "Access-Control-Request-Method": "GET"}
        for path, open_to_all in (("/files/none.mp4", True), ("/docs", False)):
            first = await service.anonymous.options(path, headers=ask)
            assert ("access-control-allow-origin" in first.headers) is open_to_all, path


async def test_a_page_may_read_what_programs_are_told_in_headers(tmp_path: Path) -> None:
    async with service_for(tmp_path, cors_origins="https://app.example") as service:
        headers = {"Origin": "https://app.example", "Idempotency-Key": "a"}
        answers = [await service.other.post("/v1/templates", json=SMALL, headers=headers) for _ in range(2)]
        told = {name for name in answers[1].headers if name.startswith(("ratelimit-", "idempotency-"))}
        assert len(told) == 5
        assert told <= set(answers[1].headers["access-control-expose-headers"].lower().split(", "))
