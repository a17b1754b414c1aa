"""Orders that cannot be rendered: each answer names the place and what to change, and no job is made."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.db.engine import sql
from tests.api.conftest import SMALL, Service, refusal, service_for


@pytest.fixture(scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    """One for the whole table: nothing here changes anything."""
    async with service_for(tmp_path_factory.mktemp("orders")) as running_service:
        yield running_service


def change(**properties: Any) -> dict[str, Any]:
    return {"modifications": [{"scene": "Opening", "object": "headline", **properties}]}


def drawn(**properties: Any) -> dict[str, Any]:
    return {"template": {**SMALL, "scenes": [{"objects": [{"type": "text", "text": "x", **properties}]}]}}


@pytest.mark.parametrize(
    ("order", "code", "path", "hint"),
    [
        (change(scene="Openning"), "unknown_scene", "modifications[0].scene", '"Opening"'),
        (change(object="headlin"), "unknown_object", "modifications[0].object", '"headline"'),
        (change(object="headlin"), "unknown_object", "modifications[0].object", "box"),
        (change(colour="red"), "unknown_property", "modifications[0].colour", '"color"'),
        (change(color="rde"), "invalid_value", "modifications[0].color", "rde"),
        (change(color=7), "invalid_value", "modifications[0].color", "7"),
        (change(text=7), "invalid_value", "modifications[0].text", "text"),
        (change(text="x" * 5001), "invalid_value", "modifications[0].text", "5000"),
        (change(opacity=2), "invalid_value", "modifications[0].opacity", "from 0 to 1"),
        (change(opacity="half"), "invalid_value", "modifications[0].opacity", "number"),
        (change(type="image"), "unknown_property", "modifications[0].type", "cannot be changed"),
        ({"modifications": ["text"]}, "invalid_value", "modifications[0]", "object"),
        ({"modifications": [{"text": "x"}]}, "invalid_value", "modifications[0]", "scene"),
        (drawn(fontsize=3), "unknown_property", "scenes[0].objects[0]", "font-size"),
        (drawn(type="txt"), "invalid_value", "scenes[0].objects[0].type", "text"),
        (drawn(keyframes=[{"time": 0, "colour": "red"}]), "unknown_property", "scenes[0].objects[0]", "color"),
        ({"template": {**SMALL, "width": 65}}, "invalid_value", "width", "even"),
        ({"template": {**SMALL, "width": 100_000}}, "invalid_value", "width", "4096"),
        ({"template": {**SMALL, "frame-rate": 1000}}, "invalid_value", "frame-rate", "120"),
        ({"template": {**SMALL, "scenes": []}}, "invalid_value", "scenes", "1 to 200"),
        ({"template": {}}, "invalid_template", "", "scenes"),
        ({"template": {**SMALL, "scenes": [{"duration": 4000}]}}, "invalid_value", "scenes[0].duration", "3600"),
        ({"template": {**SMALL, "scenes": [{"duration": 0.001}]}}, "invalid_value", "scenes[0].duration", "frame"),
    ],
)
async def test_a_wrong_order_is_told_where_and_what(
    service: Service, order: dict[str, Any], code: str, path: str, hint: str
) -> None:
    told = await refusal(service, 400, "POST", "/v1/renders", json={"template": SMALL, **order})
    assert told["code"] == code
    assert told["fields"][0]["path"].startswith(path)
    assert hint in told["fields"][0]["message"]
    assert await sql("SELECT id FROM jobs") == []


async def test_ten_thousand_objects_are_too_many(service: Service) -> None:
    many = [{"type": "rectangle"} for _ in range(10_000)]
    template = {**SMALL, "scenes": [{"objects": many}]}
    told = await refusal(service, 400, "POST", "/v1/renders", json={"template": template})
    assert told["code"] == "template_too_large"
    assert "10000 objects" in told["error"]


async def test_a_hundred_wrong_modifications_are_all_told(service: Service) -> None:
    wrong = [{"scene": f"Scene {n}", "object": "\u0000", "text": {"deep": [n]}} for n in range(100)]
    told = await refusal(service, 400, "POST", "/v1/renders", json={"template": SMALL, "modifications": wrong})
    assert told["fields"]
    named = [{"scene": f"Scene {n}", "text": "x"} for n in range(100)]
    told = await refusal(service, 400, "POST", "/v1/renders", json={"template": SMALL, "modifications": named})
    assert len(told["fields"]) == 100


async def test_deep_json_is_refused_in_words(service: Service) -> None:
    deep: Any = 1
    for _ in range(200):
        deep = {"a": deep}
    told = await refusal(service, 400, "POST", "/v1/renders", json={"template": {**SMALL, "variables": deep}})
    assert "nested" in told["error"]


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://169.254.169.254/latest/meta-data/", "address_refused"),
        ("http://user:pass@photos.example/a.jpg", "address_refused"),
        ("http://photos.example:25/a.jpg", "address_refused"),
        ("file:///etc/passwd", "invalid_value"),
        ("../../../etc/passwd", "invalid_value"),
        ("asset:ast_of_somebody", "unknown_asset"),
        ("media/none.jpg", "media_missing"),
        ("data:text/html;base64,!!!!", "invalid_value"),
    ],
)
async def test_a_source_that_can_never_be_fetched_is_refused_at_once(service: Service, url: str, code: str) -> None:
    order = {"template": SMALL, "modifications": [{"scene": "Opening", "background-image": url}]}
    told = await refusal(service, 400, "POST", "/v1/renders", json=order)
    assert told["code"] == code
    assert "background-image" in told["fields"][0]["path"]


async def test_a_webhook_must_lead_to_an_address_that_may_be_called(service: Service) -> None:
    for url in ("ftp://hooks.example/", "hooks.example", "http://169.254.169.254/", "http://[::1", ""):
        told = await refusal(service, 400, "POST", "/v1/renders", json={"template": SMALL, "webhook_url": url})
        assert told["code"] == "address_refused"
        assert [field["path"] for field in told["fields"]] == ["webhook_url"]
