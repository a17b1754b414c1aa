"""The API reference: a page that loads nothing from elsewhere, and a document whose examples work."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from openapi_spec_validator import validate

from app import ids
from app.api.clipcat.examples import DRY_RUN
from app.api.description import REQUESTS
from app.db.engine import sql
from app.services import accounts, credentials
from renderer.format.families import FONT_FOLDER
from tests.api.conftest import Service, service_for
from tests.api.fastclip.sending import SMALL, initiated, put, requested
from tests.api.people import PASSWORD, registered, signed_in
from tests.services.clipping import clipped, uploaded
from tests.services.odd_servers import INSIDE, serving

ANTON = FONT_FOLDER / "Anton" / "Anton_400Regular.ttf"


@pytest.fixture(scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    async with service_for(tmp_path_factory.mktemp("docs"), signup="open") as running_service:
        yield running_service


@pytest.fixture
async def document(service: Service) -> dict[str, Any]:
    answer = await service.anonymous.get("/openapi.json")
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def is_protected(operation: dict[str, Any]) -> bool:
    return bool(operation.get("security") != [])


async def test_the_page_and_all_it_names_come_from_us(service: Service) -> None:
    page = await service.anonymous.get("/docs")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    named = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert [address for address in named if not address.startswith(("/", "data:"))] == []
    for address in {address for address in named if address.startswith("/")}:
        answer = await service.anonymous.get(address)
        assert answer.status_code == 200, address
    assert "<script>" not in page.text, "the page's policy would refuse it"


async def test_a_file_that_did_not_change_is_not_sent_again(service: Service) -> None:
    first = await service.anonymous.get("/docs/swagger-ui.css")
    again = await service.anonymous.get("/docs/swagger-ui.css", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", ["__init__.py", "README.md", "..%2F..%2Fasgi.py", "nothing.js"])
async def test_nothing_else_of_the_folder_is_served(service: Service, name: str) -> None:
    assert (await service.anonymous.get(f"/docs/{name}")).status_code == 404


async def test_the_document_is_valid_and_describes_every_call(document: dict[str, Any]) -> None:
    validate(document)
    for name, operation in operations(document).items():
        assert operation["summary"], name
        assert len(operation["description"]) > 10, name
        assert set(operation["tags"]) <= {tag["name"] for tag in document["tags"]}, name
        codes = {code for code in operation["responses"] if code >= "400"}
        assert ("401" in codes) == (is_protected(operation) or name == "POST /account/sign-in"), name
        for code in codes - {"416"}:  # a range that cannot be has no body, as a file server's has none
            content = operation["responses"][code]["content"]["application/json"]
            assert content["schema"] == {"$ref": "#/components/schemas/Error"}, name


async def test_the_calls_without_a_key_are_those_that_the_document_says(
    service: Service, document: dict[str, Any]
) -> None:
    for name, operation in operations(document).items():
        method, path = name.split()
        answer = await service.anonymous.request(method, re.sub(r"\{\w+\}", "x", path))
        assert (answer.status_code == 401) == is_protected(operation), name


async def sent_by_a_person(service: Service, method: str, path: str, value: dict[str, Any]) -> httpx.Response:
    """An example for somebody who is signed in, or has just got a mail."""
    account = await accounts.with_email("ann@example.com")
    if account is None:
        await registered()
    else:
        await credentials.set_password(account.id, PASSWORD)
    async with signed_in(service) as browser:
        if token := value.get("token"):
            stored = ids.secret_hash(token)
            await sql("INSERT INTO mailed_links (id, email, created_at) VALUES ({}, 'ann@example.com', :now)", stored)
        return await browser.request(method, path, json=value)


async def sent(service: Service, method: str, path: str, value: dict[str, Any]) -> httpx.Response:
    """An example's request; where the reader has to put in an address of theirs, it is that of a font of ours."""

    async def respond(_: str, writer: Any) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % ANTON.stat().st_size + ANTON.read_bytes())

    async with serving(respond, host=INSIDE) as server:
        if isinstance(value.get("url"), str):
            value = {**value, "url": value["url"].replace("https://example.com", server.url)}
        if path.startswith("/v1/upload/"):
            value = await of_an_upload(service, path, value)
        return await service.client.request(method, path, json=value)


async def of_an_upload(service: Service, path: str, value: dict[str, Any]) -> dict[str, Any]:
    """With the ids of an upload that is there, and the ETags of its parts."""
    if "file_id" not in value:
        return value
    if "upload_id" not in value:
        return {"file_id": (await requested(service))["file_id"]}
    begun = await initiated(service, file_size=100 << 20, part_size=10 << 20, part_count=10)
    named = {"file_id": begun["file_id"], "upload_id": begun["upload_id"]}
    if path.endswith("/complete"):
        begun = await initiated(service, file_size=len(SMALL), part_size=len(SMALL), part_count=1)
        etag = (await put(service, begun["parts"][0]["url"], SMALL)).headers["etag"]
        named = {"file_id": begun["file_id"], "upload_id": begun["upload_id"]}
        return {**named, "parts": [{"part_number": 1, "etag": etag}]}
    return {**value, **named}


async def test_every_example_in_the_document_works(service: Service, document: dict[str, Any]) -> None:
    kept = (await service.client.post("/v1/templates", json={"from": "travel-list"})).json()["uid"]
    hook = {"url": "https://example.com/", "events": ["render.failed"]}
    webhook = (await service.client.post("/v1/webhooks", json=hook)).json()["id"]
    await uploaded("acc_bootstrap", "upl_a1b2c3d4e5f6")
    clip = await clipped("acc_bootstrap")
    count = 0
    for name, operation in operations(document).items():
        method, path = name.split()
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            for example in content.get("examples", {}).values():
                uid = "travel-list" if path.endswith("/frame") else kept
                ids_of = {"uid": uid, "webhook_id": webhook, "clip_id": clip}
                by_key = {"bearer": []} in operation.get("security", [{"bearer": []}])
                send = sent if by_key else sent_by_a_person
                answer = await send(service, method, path.format(**ids_of), example["value"])
                told = answer.text if answer.headers["content-type"] == "application/json" else ""
                assert str(answer.status_code) in operation["responses"], told
                assert answer.status_code < 300, (name, told)
                assert kind == "application/json"
                count += 1
    assert count == sum(map(len, REQUESTS.values()))


async def test_every_call_that_takes_json_has_an_example(document: dict[str, Any]) -> None:
    for name, operation in operations(document).items():
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            assert content["application/json"].get("examples"), name


@pytest.mark.parametrize("name", ["Render", "ClipJob"])
async def test_the_example_of_a_thing_has_its_fields(document: dict[str, Any], name: str) -> None:
    schema = document["components"]["schemas"][name]
    assert list(schema["example"]) == list(schema["properties"])


async def test_the_example_of_a_dry_run_is_its_answer(service: Service) -> None:
    order = REQUESTS["POST /v1/renders"]["Only what it would be"]
    assert (await service.client.post("/v1/renders", json=order)).json() == DRY_RUN


async def test_binary_answers_are_described_as_such(service: Service, document: dict[str, Any]) -> None:
    frame = operations(document)["POST /v1/templates/{uid}/frame"]["responses"]["200"]["content"]
    binary = {"schema": {"type": "string", "format": "binary"}}
    assert frame == dict.fromkeys(("image/jpeg", "image/png", "image/webp"), binary)
    for kind in frame:
        wanted = {"format": kind.removeprefix("image/"), "width": 64}
        answer = await service.client.post("/v1/templates/title-card/frame", json=wanted)
        assert answer.headers["content-type"] == kind
    assert operations(document)["GET /files/{key}"]["responses"]["200"]["content"] == {"*/*": binary}
    assert "content" not in operations(document)["HEAD /files/{key}"]["responses"]["200"]
