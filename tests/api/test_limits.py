"""What clients see of request limits."""

import asyncio
from pathlib import Path

import httpx

from app.db.engine import sql
from app.services import accounts, keys
from tests.api.conftest import Service, client_for, service_for
from tests.api.people import registered, signed_in


async def key_for(**own: int) -> str:
    account = await accounts.create_account("limited")
    return (await keys.create(account, "test", limits=own)).key


async def test_every_answer_tells_what_is_left(everywhere: Service) -> None:
    headers = {"X-Api-Key": await key_for()}
    answers = [await everywhere.anonymous.get("/v1/renders", headers=headers) for _ in range(3)]
    assert [answer.headers["ratelimit-remaining"] for answer in answers] == ["29", "28", "27"]
    assert answers[0].headers["ratelimit-limit"] == "30"
    assert answers[0].headers["ratelimit-policy"] == "30;w=10"
    assert 1 <= int(answers[0].headers["ratelimit-reset"]) <= 11
    not_there = await everywhere.anonymous.get("/v1/renders/none", headers=headers)
    assert (not_there.status_code, not_there.headers["ratelimit-remaining"]) == (404, "26")


async def test_one_request_too_many_is_told_when_to_come_back(everywhere: Service) -> None:
    headers = {"X-Api-Key": await key_for(clipcat=5)}
    asked = (everywhere.anonymous.get("/v1/renders", headers=headers) for _ in range(12))
    answers = await asyncio.gather(*asked)
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) == 7
    told = refused[0]
    assert told.json()["code"] == "rate_limited"
    assert told.json()["error"] == "Rate limit exceeded (5 in 10 s)."
    assert str(told.json()["retryAfter"]) == told.headers["retry-after"] == told.headers["ratelimit-reset"]
    assert told.headers["ratelimit-remaining"] == "0"


async def test_uploads_are_counted_by_the_minute_and_apart_from_renders(service: Service) -> None:
    headers = {"X-Api-Key": await key_for(minute=2)}
    statuses = [(await service.anonymous.get("/v1/fonts", headers=headers)).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert (await service.anonymous.get("/v1/renders", headers=headers)).status_code == 200


async def test_an_admins_keys_and_open_addresses_have_no_limits(service: Service) -> None:
    for client, path in ((service.client, "/v1/renders"), (service.anonymous, "/health")):
        answer: httpx.Response = await client.get(path)
        assert answer.status_code == 200
        assert "ratelimit-limit" not in answer.headers
    assert not await sql("SELECT id FROM rate_windows")


async def test_whoever_abuses_a_leaked_key_keeps_its_owner_from_nothing_in_a_browser(
    tmp_path: Path, database_url: str
) -> None:
    async with service_for(tmp_path, database_url, rate_limit=4) as service:
        await registered()
        async with signed_in(service) as browser:
            made = [(await browser.post("/v1/keys", json={"name": name})).json() for name in ("leaked", "other")]
            async with client_for(service.url, {"X-Api-Key": made[0]["key"]}) as thief:
                statuses = [(await thief.get("/v1/balance")).status_code for _ in range(6)]
            assert statuses == [200] * 4 + [429] * 2
            another = {"X-Api-Key": made[1]["key"]}
            assert (await service.anonymous.get("/v1/balance", headers=another)).status_code == 429
            assert (await browser.delete(f"/v1/keys/{made[0]['id']}")).status_code == 200
            assert (await browser.post("/account/sign-out-everywhere")).status_code == 200
