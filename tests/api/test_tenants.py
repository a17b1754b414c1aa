"""Two tenants: generated from the API's description, so that a new route is asked without a new test.

Every route that wants to know who is asking, with every id of somebody else in every place: it is not there, and
nothing of theirs changes.
"""

import itertools
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from msgspec import Struct

from app.db.engine import sql
from app.db.tables import TABLES
from app.services import keys
from renderer.format.families import FONT_FOLDER
from tests.api.conftest import ALIKE, SMALL, Service, client_for
from tests.api.people import registered, signed_in
from tests.services.clipping import clipped, uploaded
from tests.services.uploads import png

MARK = "only Ann may read this"
FONT = FONT_FOLDER / "Anton" / "Anton_400Regular.ttf"


async def _asset(ann: httpx.AsyncClient) -> httpx.Response:
    return await ann.post(f"/v1/assets?filename={MARK}", content=png())


async def _font(ann: httpx.AsyncClient) -> httpx.Response:
    return await ann.post(
        f"/v1/fonts?family={MARK}", content=(FONT_FOLDER / "Anton" / "Anton_400Regular.ttf").read_bytes()
    )


async def _template(ann: httpx.AsyncClient) -> httpx.Response:
    return await ann.post("/v1/templates", json={**SMALL, "title": MARK})


async def _render(ann: httpx.AsyncClient) -> httpx.Response:
    return await ann.post("/v1/renders", json={"template": SMALL, "metadata": MARK})


async def _webhook(ann: httpx.AsyncClient) -> httpx.Response:
    wanted = {"url": "https://example.com/hook", "events": ["clip.complete"], "description": MARK}
    return await ann.post("/v1/webhooks", json=wanted)


async def _delivery(ann: httpx.AsyncClient) -> httpx.Response:
    return await ann.post(f"/v1/webhooks/{(await _webhook(ann)).json()['id']}/test")


async def _upload(ann: httpx.AsyncClient) -> httpx.Response:
    return _told(await uploaded(await _account(ann), filename=MARK))


async def _clip(ann: httpx.AsyncClient) -> httpx.Response:
    return _told(await clipped(await _account(ann), title=MARK))


async def _clip_job(ann: httpx.AsyncClient) -> httpx.Response:
    order = {"file_id": await uploaded(await _account(ann)), "start": 0, "end": 1, "source_title": MARK}
    return _told((await ann.post("/v1/clip", json=order)).json()["job_id"])


async def _tool(ann: httpx.AsyncClient) -> httpx.Response:
    order = {"url": f"https://example.com/{quote(MARK)}.mp4"}
    return _told((await ann.post("/api/tools/remove-audio", json=order)).json()["jobId"])


async def _account(ann: httpx.AsyncClient) -> str:
    return str((await ann.get("/v1/account")).json()["uid"])


def _told(made: str) -> httpx.Response:
    return httpx.Response(200, json={"id": made})


async def _tus(ann: httpx.AsyncClient) -> httpx.Response:
    answer = await ann.post("/v1/upload/tus", headers={"Tus-Resumable": "1.0.0", "Upload-Length": "10"})
    return _told(answer.headers["location"].rpartition("/")[2])


MADE: dict[str, list[Callable[[httpx.AsyncClient], Awaitable[httpx.Response]]]] = {
    "uid": [_template, _render],
    "asset_id": [_asset],
    "font_id": [_font],
    "clip_id": [_clip],
    "job_id": [_clip_job, _tool],
    "file_id": [_upload, _tus],
    "key_id": [],  # Ann's own key
    "webhook_id": [_webhook],
    "delivery_id": [_delivery],
    "session_id": [],  # that of Ann's browser
}
"""By the name of a path's parameter: what Ann has that it could mean."""


class Two(Struct, frozen=True):
    """`ids`: all that is Ann's. `bob` by what a route takes: a key's client or a browser."""

    ann: str
    ids: list[str]
    bob: dict[str, httpx.AsyncClient]
    document: dict[str, Any]

    def operations(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Method, path and description of each route that wants to know who is asking."""
        return [
            (method.upper(), path, operation)
            for path, methods in self.document["paths"].items()
            for method, operation in methods.items()
            if operation.get("security") != [] and not re.search(ALIKE, path)
        ]

    def askers(self, operation: dict[str, Any]) -> list[httpx.AsyncClient]:
        schemes = {name for choice in operation.get("security", self.document["security"]) for name in choice}
        return [self.bob[name] for name in ("bearer", "session") if name in schemes]


@pytest.fixture
async def two(everywhere: Service) -> AsyncIterator[Two]:
    ann, bob = await registered(), await registered("bob@example.com")
    no_limits = {"minute": 0, "clipcat": 0}
    named = ((ann, MARK), (bob, "his own"))
    made = {account: await keys.create(account, name, limits=no_limits) for account, name in named}
    async with (
        client_for(everywhere.url, {"X-Api-Key": made[ann].key}) as anns,
        client_for(everywhere.url, {"X-Api-Key": made[bob].key}) as program,
        signed_in(everywhere) as anns_browser,
        signed_in(everywhere, "bob@example.com") as browser,
    ):
        answers = [await make(anns) for makers in MADE.values() for make in makers]
        ids = [
            made[ann].id,
            *(told.get("uid") or told["id"] for told in (answer.json() for answer in answers)),
        ]
        ids += [one["id"] for one in (await anns_browser.get("/account/sessions")).json()]
        document = (await everywhere.anonymous.get("/openapi.json")).json()
        yield Two(ann=ann, ids=ids, bob={"bearer": program, "session": browser}, document=document)


async def everything_of(account: str) -> dict[str, list[str]]:
    found = {}
    for table in (table._meta.tablename for table in TABLES):
        rows = [json.dumps(row, sort_keys=True, default=str) for row in await sql(f"SELECT * FROM {table}")]
        found[table] = sorted(row for row in rows if account in row)
    return found


def body_of(operation: dict[str, Any]) -> Any:
    """An example that works, where the route takes JSON."""
    content = operation.get("requestBody", {}).get("content", {})
    examples = content.get("application/json", {}).get("examples", {})
    return next((example["value"] for example in examples.values()), None)


def addresses(path: str, ids: list[str]) -> list[str]:
    """The path with each id in each place."""
    parameters = re.findall(r"\{\w+\}", path)
    filled = []
    for chosen in itertools.product(ids, repeat=len(parameters)):
        values = iter(chosen)
        filled.append(re.sub(r"\{\w+\}", lambda _, values=values: next(values), path))
    return filled


async def test_somebody_elses_is_not_there_and_stays_as_it_is(two: Two) -> None:
    before, asked = await everything_of(two.ann), 0
    for method, path, operation in two.operations():
        for address in addresses(path, two.ids) if "{" in path else []:
            for bob in two.askers(operation):
                answer = await bob.request(method, address, json=body_of(operation))
                assert answer.status_code == 404, (method, address, answer.text)
                assert MARK not in answer.text, (method, address)
                asked += 1
    assert asked >= 50
    assert await everything_of(two.ann) == before


async def test_no_list_and_no_overview_shows_what_is_somebody_elses(two: Two) -> None:
    for method, path, operation in two.operations():
        for bob in two.askers(operation) if method == "GET" and "{" not in path else []:
            answer = await bob.get(path)
            assert answer.status_code == 200, path
            assert [found for found in (MARK, two.ann, *two.ids) if found in answer.text] == [], path


async def test_no_order_reaches_what_is_somebody_elses(two: Two) -> None:
    """Each id in each field of each example: whatever comes of it, nothing of Ann's is told or touched."""
    before = await everything_of(two.ann)
    for method, path, operation in two.operations():
        example = body_of(operation)
        if "{" in path or not example or path.startswith("/account") or (method, path) == ("DELETE", "/v1/account"):
            continue
        for field, found in itertools.product(example, two.ids):
            answer = await two.askers(operation)[0].request(method, path, json={**example, field: found})
            assert answer.status_code < 500, answer.text
            assert MARK not in answer.text, (path, field)
    assert await everything_of(two.ann) == before


async def test_a_template_a_font_and_a_file_are_their_owners_alone(two: Two) -> None:
    _key, template, _render, asset, *_others = two.ids
    bob = two.bob["bearer"]
    image = {"type": "image", "name": "i", "src": f"asset:{asset}"}
    text = {"type": "text", "name": "t", "text": "x", "font-family": MARK}
    for order in (
        {"template": template},
        {"template": {**SMALL, "scenes": [{"name": "s", "duration": 1, "objects": [image]}]}},
        {"template": {**SMALL, "scenes": [{"name": "s", "duration": 1, "objects": [text]}]}},
    ):
        assert (await bob.post("/v1/renders", json=order)).status_code in (400, 404), order
    assert (await bob.post("/v1/templates", json={"from": template})).status_code == 404


async def test_every_kind_of_id_in_an_address_is_tried(service: Service) -> None:
    document = (await service.anonymous.get("/openapi.json")).json()
    named = {name for path in document["paths"] for name in re.findall(r"\{(\w+)\}", path)}
    assert named - {"key", "tool_job_id"} <= set(MADE), "make one of it in MADE"


@pytest.mark.parametrize("odd", ["%00", "x" * 500, "%F0%9F%8E%AC", "%ED%A0%80", "'", "%25"])
async def test_what_is_no_id_is_not_there(two: Two, odd: str) -> None:
    for method, path, operation in two.operations():
        for bob in two.askers(operation) if "{" in path else []:
            answer = await bob.request(method, re.sub(r"\{\w+\}", odd, path), json=body_of(operation))
            assert answer.status_code == 404, (method, path, answer.text)
