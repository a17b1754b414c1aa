"""API keys that people make for themselves, on both engines."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from app.db.engine import sql
from app.services import keys
from tests.api.conftest import Service, eventually
from tests.api.people import registered, signed_in


@pytest.fixture
async def ann(everywhere: Service) -> AsyncIterator[httpx.AsyncClient]:
    await registered()
    async with signed_in(everywhere) as browser:
        yield browser


async def made(browser: httpx.AsyncClient, name: str = "laptop") -> dict[str, str]:
    answer = await browser.post("/v1/keys", json={"name": name})
    assert answer.status_code == 200, answer.text
    told: dict[str, str] = answer.json()
    return told


async def test_a_key_is_shown_whole_once_and_works(everywhere: Service, ann: httpx.AsyncClient) -> None:
    key = await made(ann)
    assert list(key) == ["id", "name", "key", "prefix", "created_at"]
    assert key["key"].startswith(key["prefix"])
    assert (await everywhere.anonymous.get("/v1/auth", headers={"X-Api-Key": key["key"]})).status_code == 200
    listed = await ann.get("/v1/keys")
    assert key["key"] not in listed.text
    [shown] = listed.json()
    assert (shown["id"], shown["name"], shown["prefix"]) == (key["id"], "laptop", key["prefix"])


async def test_a_list_of_keys_tells_when_each_was_used_last(everywhere: Service, ann: httpx.AsyncClient) -> None:
    key = await made(ann)
    assert (await ann.get("/v1/keys")).json()[0]["last_used_at"] is None
    await everywhere.anonymous.get("/v1/auth", headers={"X-Api-Key": key["key"]})

    async def told() -> bool:
        return (await ann.get("/v1/keys")).json()[0]["last_used_at"] is not None

    await eventually(told)


async def test_a_users_key_has_a_users_limits(ann: httpx.AsyncClient) -> None:
    principal = await keys.authenticate((await made(ann))["key"])
    assert (principal.by_user, principal.admin, principal.kind) == (True, False, "key")


async def test_another_key_of_ones_own_gets_nobody_further(everywhere: Service, ann: httpx.AsyncClient) -> None:
    left = []
    for _ in range(3):
        key = await made(ann)
        answer = await everywhere.anonymous.get("/v1/renders", headers={"X-Api-Key": key["key"]})
        left.append(answer.headers["ratelimit-remaining"])
        await ann.delete(f"/v1/keys/{key['id']}")
    assert left == ["29", "28", "27"]


async def test_a_revoked_key_is_refused_and_listed_no_more(everywhere: Service, ann: httpx.AsyncClient) -> None:
    key = await made(ann)
    assert (await ann.delete(f"/v1/keys/{key['id']}")).json() == {"id": key["id"], "revoked": True}
    answer = await everywhere.anonymous.get("/v1/auth", headers={"X-Api-Key": key["key"]})
    assert (answer.status_code, answer.json()["code"]) == (403, "key_disabled")
    assert (await ann.get("/v1/keys")).json() == []
    assert (await ann.delete(f"/v1/keys/{key['id']}")).status_code == 404


async def test_the_eleventh_key_is_refused_however_many_are_asked_for_at_once(
    everywhere: Service, ann: httpx.AsyncClient
) -> None:
    async with signed_in(everywhere) as phone, signed_in(everywhere) as tablet:
        browsers = [ann, phone, tablet]
        asked = (browsers[n % 3].post("/v1/keys", json={"name": f"key {n}"}) for n in range(14))
        answers = await asyncio.gather(*asked)
    assert sorted(answer.status_code for answer in answers) == [200] * 10 + [409] * 4
    assert len((await ann.get("/v1/keys")).json()) == 10
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert refused.json()["code"] == "too_many_keys"
    await ann.delete(f"/v1/keys/{(await ann.get('/v1/keys')).json()[0]['id']}")
    assert (await ann.post("/v1/keys", json={"name": "one more"})).status_code == 200


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\u0000b", "a\nb"])
async def test_a_name_that_is_none_is_refused(ann: httpx.AsyncClient, name: str) -> None:
    answer = await ann.post("/v1/keys", json={"name": name})
    assert (answer.status_code, answer.json()["fields"][0]["path"]) == (400, "name")


async def test_making_and_revoking_a_key_is_written_down(ann: httpx.AsyncClient) -> None:
    key = await made(ann)
    await ann.delete(f"/v1/keys/{key['id']}")
    rows = await sql("SELECT action, detail FROM audit_log WHERE subject = {} ORDER BY created_at, action", key["id"])
    assert [row["action"] for row in rows] == ["key_created", "key_revoked"]
    assert "laptop" in rows[0]["detail"]


@pytest.mark.parametrize("key_id", ["key_unknown", "%00", "x" * 500, "%F0%9F%8E%AC"])
async def test_a_key_that_is_not_there_cannot_be_revoked(ann: httpx.AsyncClient, key_id: str) -> None:
    answer = await ann.delete(f"/v1/keys/{key_id}")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_key")


async def test_a_repeated_request_gets_the_same_key_and_nothing_holds_it_in_clear(ann: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "once"}
    first, again = [await ann.post("/v1/keys", json={"name": "laptop"}, headers=headers) for _ in range(2)]
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert len((await ann.get("/v1/keys")).json()) == 1
    kept = await sql("SELECT body FROM idempotency")
    assert first.json()["key"] not in str(kept)
