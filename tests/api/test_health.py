"""Whether the process is up, whether it can do its work, and how it describes itself."""

import time
from pathlib import Path

from app.services import dispatching
from app.storage import sign_file_url
from tests.api.conftest import Service, service_for


async def test_the_service_is_ready_once_a_worker_is_seen(everywhere: Service) -> None:
    before = await everywhere.anonymous.get("/ready")
    assert (before.status_code, before.json()["code"]) == (503, "not_ready")
    assert [field["path"] for field in before.json()["fields"]] == ["worker"]
    await dispatching.register("w1", "host", {"cpu": 1})
    after = await everywhere.anonymous.get("/ready")
    assert (after.status_code, after.json()) == (200, {"status": "ready"})


async def test_a_store_that_cannot_be_written_is_named(service: Service) -> None:
    await dispatching.register("w1", "host", {"cpu": 1})
    files = Path(service.settings.data_dir) / "files"
    files.rename(files.with_name("gone"))
    files.write_text("no directory")
    answer = await service.anonymous.get("/ready")
    assert [field["path"] for field in answer.json()["fields"]] == ["storage"]


async def test_the_description_names_every_address_and_loads_nothing_from_elsewhere(service: Service) -> None:
    answer = await service.anonymous.get("/openapi.json")
    assert answer.status_code == 200
    assert {"/v1/renders", "/v1/renders/{uid}", "/v1/assets", "/health"} <= set(answer.json()["paths"])
    for path in ("/v1/renders", "/v1/assets", "/v1/templates/{uid}/frame"):
        assert answer.json()["paths"][path]["post"]["requestBody"]
    assert "cdn" not in answer.text


async def test_a_browser_page_may_call_from_the_origins_that_are_set(tmp_path: Path) -> None:
    async with service_for(tmp_path, cors_origins="https://app.example, https://two.example") as service:
        preflight = {"Origin": "https://two.example", "Access-Control-Request-Method": "POST"}
        asked = await service.anonymous.options("/v1/renders", headers=preflight)
        assert asked.headers["access-control-allow-origin"] == "https://two.example"
        answer = await service.client.get("/v1/renders", headers={"Origin": "https://app.example"})
        assert answer.headers["access-control-allow-origin"] == "https://app.example"
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
