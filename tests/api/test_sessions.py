"""Signing in and out in a browser, on both engines where the database decides."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from app import ids
from app.db.engine import sql
from app.services import accounts, audit, sessions
from tests.api.conftest import Service, client_for, eventually, service_for
from tests.api.people import PASSWORD, registered, session_of, signed_in


@pytest.fixture
async def ann(everywhere: Service) -> AsyncIterator[httpx.AsyncClient]:
    """A person who is signed in, on either engine."""
    await registered()
    async with signed_in(everywhere) as browser:
        yield browser


async def who(client: httpx.AsyncClient) -> int:
    return (await client.get("/account/session")).status_code


def with_session(service: Service, session: str) -> httpx.AsyncClient:
    return client_for(service.url, {"Cookie": f"clipyard_session={session}", "Origin": service.url})


async def test_who_signs_in_is_told_who_they_are(ann: httpx.AsyncClient) -> None:
    told = (await ann.get("/account/session")).json()
    assert (told["name"], told["email"]) == ("ann@example.com", "ann@example.com")
    assert told["csrf_token"] == ann.headers["X-CSRF-Token"]


async def test_the_cookie_is_for_the_browser_alone(service: Service) -> None:
    await registered()
    answer = await service.anonymous.post("/account/sign-in", json={"email": "ann@example.com", "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    assert answer.headers["cache-control"] == "no-store"
    assert session_of(service.anonymous) not in answer.text


async def test_behind_https_the_cookie_travels_encrypted_only(tmp_path: Path) -> None:
    async with service_for(tmp_path, public_url="https://clips.example") as service:
        await registered()
        body = {"email": "ann@example.com", "password": PASSWORD}
        page = {"Origin": "https://clips.example"}
        answer = await service.anonymous.post("/account/sign-in", json=body, headers=page)
        cookie = answer.headers["set-cookie"].split("; ")
        assert {"Secure", "Path=/"} <= set(cookie)
        assert not [part for part in cookie if part.startswith("Domain")], "or browsers drop a __Host- cookie"
        assert cookie[0].startswith("__Host-clipyard_session=")
        session = cookie[0].partition("=")[2]
        for name, status in (("__Host-clipyard_session", 200), ("clipyard_session", 401)):
            async with client_for(service.url, {"Cookie": f"{name}={session}"}) as browser:
                assert await who(browser) == status, name


async def test_a_session_that_an_attacker_chose_is_not_the_one_after_the_sign_in(everywhere: Service) -> None:
    await registered()
    chosen = "A" * 43
    async with with_session(everywhere, chosen) as victim:
        answer = await victim.post("/account/sign-in", json={"email": "ann@example.com", "password": PASSWORD})
        assert session_of(victim) != chosen
        assert answer.status_code == 200
    async with with_session(everywhere, chosen) as attacker:
        assert await who(attacker) == 401


async def test_each_sign_in_has_a_session_of_its_own(everywhere: Service) -> None:
    await registered()
    async with signed_in(everywhere) as desk, signed_in(everywhere) as phone:
        assert session_of(desk) != session_of(phone)
        assert (await desk.post("/account/sign-out")).status_code == 200
        assert [await who(desk), await who(phone)] == [401, 200]


async def test_who_is_signed_in_sees_every_browser_and_signs_out_any_one_of_them(everywhere: Service) -> None:
    await registered()
    await registered("bob@example.com")
    async with (
        signed_in(everywhere) as desk,
        signed_in(everywhere) as phone,
        signed_in(everywhere) as old,
        signed_in(everywhere, "bob@example.com") as bob,
    ):
        hashed = ids.secret_hash(session_of(old))
        await sql("UPDATE sessions SET seen_at = :now - {} WHERE id = {}", sessions.IDLE_S * 1000 + 1, hashed)
        await sql("UPDATE sessions SET seen_at = seen_at - 30000 WHERE id = {}", ids.secret_hash(session_of(desk)))
        shown = (await desk.get("/account/sessions")).json()
        assert [(one["current"], set(one)) for one in shown] == [
            (current, {"id", "current", "created_at", "last_used_at"}) for current in (True, False)
        ]
        assert (await desk.get("/account/sessions", params={"limit": 1, "page": 2})).json() == shown[1:]
        for client in (desk, phone):
            assert ids.secret_hash(session_of(client)) not in str(shown)
        theirs = f"/account/sessions/{shown[1]['id']}"
        assert (await bob.delete(theirs)).json()["code"] == "unknown_session"
        assert (await desk.delete(theirs)).json() == {"id": shown[1]["id"], "ended": True}
        assert [await who(client) for client in (desk, phone, bob)] == [200, 401, 200]
        assert (await desk.delete(theirs)).status_code == 404
        assert (await audit.latest(1))[0].action == "signed_out"


async def test_a_session_that_ended_stays_ended_whatever_is_still_under_way(
    everywhere: Service, ann: httpx.AsyncClient
) -> None:
    await sql("UPDATE sessions SET seen_at = seen_at - 120000")  # so that each request wants to note its use
    async with with_session(everywhere, session_of(ann)) as copy:
        asked = [asyncio.create_task(who(copy)) for _ in range(12)]
        assert (await ann.post("/account/sign-out")).status_code == 200
        assert set(await asyncio.gather(*asked)) <= {200, 401}
        assert await who(copy) == 401
    assert not await sql("SELECT id FROM sessions")


async def test_a_key_that_was_asked_for_before_the_sign_out_is_not_made_after_it(
    everywhere: Service, ann: httpx.AsyncClient
) -> None:
    """The body arrives slowly: who asks is known before the sign-out, and what they ask for only after it."""
    begun, over = asyncio.Event(), asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield b'{"name": '
        begun.set()
        await over.wait()
        yield b'"late"}'

    headers = {"X-CSRF-Token": ann.headers["X-CSRF-Token"]}
    async with with_session(everywhere, session_of(ann)) as copy:
        asked = asyncio.create_task(copy.post("/v1/keys", content=body(), headers=headers))
        await begun.wait()
        assert (await ann.post("/account/sign-out-everywhere")).status_code == 200
        over.set()
        assert (await asked).status_code == 401
    assert not await sql("SELECT id FROM api_keys WHERE name = 'late'")


@pytest.mark.parametrize(("column", "lasts_s"), [("seen_at", sessions.IDLE_S), ("created_at", sessions.LIFE_S)])
async def test_a_session_ends_when_it_is_idle_or_old(ann: httpx.AsyncClient, column: str, lasts_s: int) -> None:
    await sql(f"UPDATE sessions SET {column} = {column} - {{}}", lasts_s * 1000 - 60_000)
    assert await who(ann) == 200
    await sql(f"UPDATE sessions SET {column} = :now - {{}}", lasts_s * 1000 + 1)
    assert await who(ann) == 401
    await sessions.forget_old()
    assert not await sql("SELECT id FROM sessions")


async def test_who_uses_a_session_keeps_it(ann: httpx.AsyncClient) -> None:
    await sql("UPDATE sessions SET seen_at = seen_at - 3600000")
    [before] = await sql("SELECT seen_at FROM sessions")
    await ann.get("/account/session")

    async def noted() -> bool:  # after the answer went out
        return bool(await sql("SELECT id FROM sessions WHERE seen_at > {}", before["seen_at"]))

    await eventually(noted)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "", "Referer": "https://evil.example/page"},
        {"X-CSRF-Token": ""},
        {"X-CSRF-Token": "A" * 43},
        {"X-CSRF-Token": "\u00e4"},
    ],
)
async def test_another_sites_page_changes_nothing_with_our_cookie(service: Service, headers: dict[str, str]) -> None:
    await registered()
    async with signed_in(service) as browser:
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items() if value]
        for name in headers:
            browser.headers.pop(name, None)
        for method, path, body in (
            ("POST", "/v1/keys", {"name": "theirs"}),
            ("POST", "/account/sign-out", None),
            ("DELETE", "/v1/account", {"password": PASSWORD}),
        ):
            answer = await browser.request(method, path, json=body, headers=httpx.Headers(raw))
            assert answer.status_code == 403, path
            assert answer.json()["code"] in ("foreign_origin", "csrf_failed")
        assert await who(browser) == 200
        assert not [key for key in await sql("SELECT name FROM api_keys") if key["name"] == "theirs"]


async def test_a_browser_that_names_its_page_by_referer_is_believed(service: Service) -> None:
    await registered()
    async with signed_in(service) as browser:
        del browser.headers["Origin"]
        answer = await browser.post("/v1/keys", json={"name": "laptop"}, headers={"Referer": f"{service.url}/account"})
        assert answer.status_code == 200


async def test_the_token_of_one_session_is_none_of_another(service: Service) -> None:
    await registered()
    async with signed_in(service) as desk, signed_in(service) as phone:
        phone.headers["X-CSRF-Token"] = desk.headers["X-CSRF-Token"]
        assert (await phone.post("/v1/keys", json={"name": "x"})).json()["code"] == "csrf_failed"


async def test_nobody_is_signed_in_by_another_sites_page(service: Service) -> None:
    await registered()
    body = {"email": "ann@example.com", "password": PASSWORD}
    answer = await service.anonymous.post("/account/sign-in", json=body, headers={"Origin": "https://evil.example"})
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
    assert "set-cookie" not in answer.headers


async def test_pages_of_a_trusted_origin_may_use_the_session(tmp_path: Path) -> None:
    async with service_for(tmp_path, cors_origins="https://app.example") as service:
        await registered()
        async with signed_in(service) as browser:
            browser.headers["Origin"] = "https://app.example"
            ask = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-csrf-token"}
            first = await browser.options("/v1/keys", headers=ask)
            assert "x-csrf-token" in first.headers["access-control-allow-headers"]
            answer = await browser.post("/v1/keys", json={"name": "app"})
            assert answer.status_code == 200
            assert answer.headers["access-control-allow-origin"] == "https://app.example"
            assert answer.headers["access-control-allow-credentials"] == "true"


@pytest.mark.parametrize("origins", ["*", "https://*.example", "https://app.example,*"])
async def test_where_every_page_may_ask_none_may_use_the_session(tmp_path: Path, origins: str) -> None:
    async with service_for(tmp_path, cors_origins=origins) as service:
        await registered()
        async with signed_in(service) as browser:
            browser.headers["Origin"] = "https://evil.example"
            answer = await browser.get("/account/session")
            assert "access-control-allow-credentials" not in answer.headers
            assert (await browser.post("/v1/keys", json={"name": "x"})).status_code == 403


async def test_a_hundred_requests_of_nobody_leave_no_row_and_no_cookie(everywhere: Service) -> None:
    paths = ["/health", "/v1/renders", "/v1/keys", "/account/session", "/nothing/here"] * 20
    before = await rows()
    answers = await asyncio.gather(*(everywhere.anonymous.get(path) for path in paths))
    assert [answer.headers.get("set-cookie") for answer in answers] == [None] * 100
    assert await rows() == before


async def rows() -> dict[str, int]:
    tables = ("sessions", "mailed_links", "audit_log", "rate_windows", "accounts", "idempotency")
    return {table: (await sql(f"SELECT COUNT(*) AS n FROM {table}"))[0]["n"] for table in tables}


async def test_a_key_is_for_programs_and_a_session_for_people(service: Service) -> None:
    await registered()
    async with signed_in(service) as browser:
        answer = await browser.get("/v1/renders")
        assert (answer.status_code, answer.json()["code"]) == (403, "key_only")
    for method, path in (("GET", "/v1/keys"), ("GET", "/account/session"), ("DELETE", "/v1/account")):
        answer = await service.client.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (403, "session_only"), path


async def test_a_key_in_a_header_counts_before_a_cookie(service: Service) -> None:
    await registered()
    async with signed_in(service) as browser:
        answer = await browser.get("/v1/auth", headers={"Authorization": service.client.headers["Authorization"]})
        assert answer.json()["workspace"] == "bootstrap"


async def test_a_ban_holds_at_once_and_who_was_signed_in_before_it_has_to_sign_in_after_it(
    everywhere: Service, ann: httpx.AsyncClient
) -> None:
    key = (await ann.post("/v1/keys", json={"name": "laptop"})).json()["key"]
    [account] = [found.id for found in await accounts.meant("ann@example.com")]
    program = {"X-Api-Key": key}
    body = {"email": "ann@example.com", "password": PASSWORD}
    assert [await accounts.set_banned(account, True) for _ in range(2)] == [True, False]
    refused = [
        await everywhere.anonymous.get("/v1/renders", headers=program),
        await ann.get("/account/session"),
        await ann.post("/v1/keys", json={"name": "another"}),
        await everywhere.anonymous.post("/account/sign-in", json=body),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [(403, "account_banned")] * 4
    assert [await accounts.set_banned(account, False) for _ in range(2)] == [True, False]
    assert await who(ann) == 401
    assert (await everywhere.anonymous.get("/v1/renders", headers=program)).status_code == 200
    assert (await everywhere.anonymous.post("/account/sign-in", json=body)).status_code == 200
    actions = [entry.action for entry in await audit.latest(9, account=account)]
    assert [action for action in actions if "banned" in action] == ["account_banned", "account_unbanned"]


@pytest.mark.parametrize(
    ("clients", "counted"),
    [
        (("203.0.113.7", "::ffff:203.0.113.7"), 1),
        (("2001:db8::1", "2001:db8:0:0:a:b:c:d"), 1),
        (("2001:db8:0:1::1", "2001:db8:0:2::1"), 2),
        (("203.0.113.7", "203.0.113.7:5678"), 1),
        (("203.0.113.7:5678", "203.0.113.8:5678"), 2),
        (("[2001:db8::1]:5678", "2001:db8::2"), 1),
        (("x" * 500, "no address"), 1),
    ],
)
async def test_attempts_are_counted_by_the_network_that_somebody_has(
    proxied: Service, clients: tuple[str, str], counted: int
) -> None:
    for client in clients:
        body = {"email": "ann@example.com", "password": "wrong password"}
        answer = await proxied.anonymous.post("/account/sign-in", json=body, headers={"X-Forwarded-For": client})
        assert answer.status_code == 401
    assert len(await sql("SELECT id FROM rate_windows WHERE id LIKE 'address:%'")) == counted
