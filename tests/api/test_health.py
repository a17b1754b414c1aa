"""Whether the process is up, whether it can do its work, and how it describes itself."""

from pathlib import Path

from app.services import dispatching
from tests.api.conftest import Service


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


async def test_whatever_is_read_has_a_head(service: Service) -> None:
    for path in ("/health", "/docs", "/account", "/openapi.json", "/v1/templates/schema"):
        whole, head = await service.anonymous.get(path), await service.anonymous.head(path)
        assert (head.status_code, head.content) == (200, b""), path
        assert head.headers["content-type"] == whole.headers["content-type"]
    assert (await service.anonymous.head("/v1/renders")).status_code == 401
    assert (await service.client.head("/v1/renders")).status_code == 200
