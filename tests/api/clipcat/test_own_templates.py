"""Templates of one's own: kept, copied, changed, checked, deleted, and nobody else's."""

import asyncio
import base64
import json
from typing import Any

import pytest

from app.db.engine import sql
from app.services import templates
from tests.api.clipcat.test_renders import ordered
from tests.api.conftest import SMALL, Service, refusal


async def made(service: Service, body: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = await service.client.post("/v1/templates", json=SMALL if body is None else body)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_a_template_is_kept_and_rendered_by_its_uid(everywhere: Service) -> None:
    kept = await made(everywhere)
    assert (kept["title"], kept["name"], kept["document"]) == ("Small", None, SMALL)
    assert (await everywhere.client.get(kept["self"])).json() == kept
    listed = (await everywhere.client.get("/v1/templates")).json()
    assert listed[0]["uid"] == kept["uid"], "one's own come first"
    order = await ordered(everywhere, template=kept["uid"], modifications=[{"object": "headline", "text": "Hi"}])
    assert order["template"] == kept["uid"]
    found = (await everywhere.client.get(f"/v1/renders?template={kept['uid']}")).json()
    assert [render["uid"] for render in found] == [order["uid"]]


async def test_a_builtin_is_copied_and_the_copy_can_be_changed(service: Service, builtin: str) -> None:
    copy = await made(service, {"from": builtin})
    assert (copy["title"], copy["name"]) == ("Small (copy)", None)
    assert copy["scenes"] == SMALL["scenes"]
    named = await made(service, {"from": copy["uid"], "title": "Mine"})
    assert named["title"] == "Mine"
    document = {**named["document"], "width": 128, "height": 72}
    changed = (await service.client.put(f"/v1/templates/{named['uid']}", json=document)).json()
    assert (changed["width"], changed["document"], changed["created_at"]) == (128, document, named["created_at"])
    assert (await service.client.get(named["self"])).json() == changed


async def test_members_of_a_document_are_changed_alone(service: Service) -> None:
    kept = await made(service)
    answer = await service.client.patch(kept["self"], json={"title": "Renamed", "frame-rate": None})
    assert (answer.status_code, answer.json()["title"]) == (200, "Renamed")
    assert "frame-rate" not in answer.json()["document"]
    assert answer.json()["scenes"] == SMALL["scenes"]


async def test_a_builtin_stays_as_it_is(service: Service, builtin: str) -> None:
    for method, body in (("PUT", SMALL), ("PATCH", {"title": "Mine"}), ("DELETE", None)):
        told = await refusal(service, 403, method, f"/v1/templates/{builtin}", json=body)
        assert told["code"] == "builtin_template"
        assert "Duplicate it" in told["error"]


async def test_a_deleted_template_is_gone_and_its_renders_stay(service: Service) -> None:
    kept = await made(service)
    order = await ordered(service, template=kept["uid"])
    assert (await service.client.delete(kept["self"])).json() == {"uid": kept["uid"], "deleted": True}
    for method in ("GET", "PUT", "DELETE"):
        await refusal(service, 404, method, f"/v1/templates/{kept['uid']}", json=SMALL if method == "PUT" else None)
    await refusal(service, 404, "POST", "/v1/renders", json={"template": kept["uid"]})
    assert (await service.client.get(order["self"])).json()["template"] == kept["uid"]


async def test_a_template_is_its_accounts_alone(everywhere: Service) -> None:
    kept = await made(everywhere)
    for method, path, body in (
        ("GET", "", None),
        ("PUT", "", SMALL),
        ("PATCH", "", {"title": "x"}),
        ("DELETE", "", None),
        ("POST", "/frame", {}),
    ):
        answer = await everywhere.other.request(method, f"/v1/templates/{kept['uid']}{path}", json=body)
        assert answer.status_code == 404, (method, path)
    assert (await everywhere.other.post("/v1/templates", json={"from": kept["uid"]})).status_code == 404
    assert (await everywhere.other.post("/v1/renders", json={"template": kept["uid"]})).status_code == 404
    assert kept["uid"] not in (await everywhere.other.get("/v1/templates")).text
    assert (await everywhere.client.get(kept["self"])).json() == kept


async def test_what_its_texts_give_cause_to_warn_of_is_told_before_anything_is_drawn(service: Service) -> None:
    long = {"type": "text", "text": "Incomprehensibilities", "font-size": 20, "width": 30, "stroke-color": "red"}
    document = {**SMALL, "scenes": [{"duration": 1}, {"duration": 1, "objects": [long]}]}
    checked = (await service.client.post("/v1/templates/validate", json=document)).json()
    rehearsed = (await service.client.post("/v1/renders", json={"template": document, "dry_run": True})).json()
    kept = await made(service, document)
    drawn = await service.client.post(f"/v1/templates/{kept['uid']}/frame", json={"time": 1.5})
    for warnings in (checked["warnings"], rehearsed["warnings"], json.loads(drawn.headers["x-clipyard-warnings"])):
        told = " ".join(warnings)
        assert "scenes[1].objects[0].stroke-color: it does nothing without stroke-width" in told
        assert "scenes[1].objects[0].text: a word is longer than a line" in told


async def test_a_font_that_cannot_be_had_is_warned_of_when_a_template_is_checked(service: Service) -> None:
    own = {"family": "Own", "src": f"{service.url}/nothing.ttf"}
    text = {"type": "text", "text": "Hi", "font-family": "Own"}
    document = {**SMALL, "fonts": [own], "scenes": [{"duration": 1, "objects": [text]}]}
    told = (await service.client.post("/v1/templates/validate", json=document)).json()
    assert told["valid"] is True
    assert told["warnings"][0].startswith("fonts[0].src: 127.0.0.1 answered with status 404")


async def test_a_font_that_is_none_is_refused_by_every_check(service: Service) -> None:
    no_font = base64.b64encode(b"OTTO" + bytes(100)).decode()
    document = {**SMALL, "fonts": [{"family": "Own", "src": f"data:font/otf;base64,{no_font}"}]}
    checked = (await service.client.post("/v1/templates/validate", json=document)).json()
    assert (checked["valid"], checked["code"]) == (False, "font_unreadable")
    assert checked["fields"][0]["path"] == "fonts[0].src"
    rehearsed = await refusal(service, 422, "POST", "/v1/renders", json={"template": document, "dry_run": True})
    assert rehearsed["code"] == "font_unreadable"


async def test_a_wrong_document_is_refused_whole_before_it_is_kept(service: Service) -> None:
    text = {"type": "text", "text": "x", "font-famly": "Inter"}
    wrong = {"width": 65, "scenes": [{"objects": [text, {"type": "circel"}]}]}
    told = await refusal(service, 400, "POST", "/v1/templates", json=wrong)
    assert [field["path"] for field in told["fields"]] == ["scenes[0].objects[0]", "scenes[0].objects[1].type", "width"]
    assert "font-famly" in told["error"]
    assert 'did you mean "font-family"?' in told["error"]
    assert await sql("SELECT uid FROM templates") == []
    kept = await made(service)
    await refusal(service, 400, "PUT", f"/v1/templates/{kept['uid']}", json=wrong)
    assert (await service.client.get(kept["self"])).json() == kept


async def test_a_placeholder_without_a_default_is_told(service: Service) -> None:
    document = {"scenes": [{"repeat": "products", "objects": [{"type": "text", "text": "{{item.name}}"}]}]}
    told = await refusal(service, 400, "POST", "/v1/templates", json=document)
    assert told["fields"][0]["path"] == "scenes[0].repeat"
    kept = await made(service, {**document, "variables": {"products": [{"name": "Lamp"}]}})
    order = await ordered(service, template=kept["uid"], data={"products": [{"name": "Chair"}, {"name": "Desk"}]})
    assert order["status"] == "pending"


async def test_a_document_can_be_checked_without_keeping_it(service: Service) -> None:
    told = (await service.client.post("/v1/templates/validate", json=SMALL)).json()
    assert (told["valid"], told["duration"], told["frames"], told["credits"]) == (True, 3.0, 30, 1)
    assert [(scene["name"], scene["start"], scene["duration"]) for scene in told["scenes"]] == [
        ("Opening", 0.0, 2.0),
        ("Closing", 2.0, 1.0),
    ]
    unnamed = (await service.client.post("/v1/templates/validate", json={"scenes": [{}, {"name": "B"}, {}]})).json()
    assert [scene["name"] for scene in unnamed["scenes"]] == ["Scene 1", "B", "Scene 3"]
    wrong = {**SMALL, "scenes": [{"duration": 0, "objects": [{"type": "text", "text": "x", "font-family": "Nope"}]}]}
    answer = await service.client.post("/v1/templates/validate", json=wrong)
    told = answer.json()
    assert (answer.status_code, told["valid"]) == (200, False)
    paths = ["scenes[0].duration", "scenes[0].objects[0].font-family"]
    assert [field["path"] for field in told["fields"]] == paths
    assert await sql("SELECT uid FROM templates") == []


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({"scenes": [{"duration": 1}] * 201}, "201 scenes; at most 200"),
        ({"scenes": [{"duration": 0}]}, "scenes[0].duration"),
        ({"scenes": [{"objects": [{"type": "text", "text": "x" * 100_000}]}]}, "100,000 characters"),
        ({"scenes": [{"objects": [{"type": "text", "text": "x", "font-family": "Nope"}]}]}, 'no font family "Nope"'),
        ({"scenes": [{"objects": [{"type": "image", "src": "no/such.png"}]}]}, 'no file "no/such.png"'),
        ({"scenes": [{"objects": [{"type": "image", "src": "asset:ast_nobodys"}]}]}, 'no upload "ast_nobodys"'),
    ],
    ids=["200 scenes", "no duration", "a long text", "unknown font", "missing file", "missing upload"],
)
async def test_what_cannot_be_rendered_is_not_kept(service: Service, document: dict[str, Any], says: str) -> None:
    answer = await service.client.post("/v1/templates", json=document)
    assert answer.status_code in (400, 404)
    assert says in answer.json()["error"]


async def test_groups_within_groups_without_end_are_refused(service: Service) -> None:
    inner: dict[str, Any] = {"type": "text", "text": "x"}
    for _ in range(40):
        inner = {"type": "group", "objects": [inner]}
    told = await refusal(service, 400, "POST", "/v1/templates", json={"scenes": [{"objects": [inner]}]})
    assert told["code"] == "template_too_large"


async def test_an_account_keeps_so_many_templates_and_no_more(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(templates, "MAX_KEPT", 2)
    await made(service)
    await made(service)
    told = await refusal(service, 409, "POST", "/v1/templates", json=SMALL)
    assert told["code"] == "too_many_templates"


async def test_a_template_of_megabytes_is_refused(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templates, "MAX_BYTES", len(json.dumps(SMALL)) // 2)
    assert (await refusal(service, 413, "POST", "/v1/templates", json=SMALL))["code"] == "too_large"


async def test_a_repeated_request_keeps_one_template(service: Service) -> None:
    key = {"Idempotency-Key": "once"}
    first, second = [await service.client.post("/v1/templates", json=SMALL, headers=key) for _ in range(2)]
    assert (first.content, second.status_code) == (second.content, 201)
    assert len(await sql("SELECT uid FROM templates")) == 1


@pytest.mark.parametrize("title", ["x" * 501, "a\0b"], ids=["too long", "a null character"])
async def test_a_copy_gets_only_a_title_that_a_template_may_have(everywhere: Service, title: str) -> None:
    await refusal(everywhere, 400, "POST", "/v1/templates", json={"from": "travel-list", "title": title})


async def test_a_copy_of_a_long_title_can_be_rendered(service: Service) -> None:
    kept = await made(service, {**SMALL, "title": "x" * 500})
    copy = await made(service, {"from": kept["uid"]})
    assert (await ordered(service, template=copy["uid"]))["status"] == "pending"


async def test_of_changes_at_once_none_is_lost_silently(everywhere: Service) -> None:
    kept = await made(everywhere)
    changes = [{f"x{number}": number} for number in range(8)]
    asked = [everywhere.client.patch(kept["self"], json={"variables": change}) for change in changes]
    asked += [everywhere.client.patch(kept["self"], json={"title": f"Title {number}"}) for number in range(8)]
    answers = await asyncio.gather(*asked)
    assert {answer.status_code for answer in answers} <= {200, 409}
    document = (await everywhere.client.get(kept["self"])).json()["document"]
    if any(answer.status_code == 200 for answer in answers[:8]):
        assert document.get("variables") in changes
    if any(answer.status_code == 200 for answer in answers[8:]):
        assert document["title"] != SMALL["title"]
