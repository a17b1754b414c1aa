"""What is asked without a key or session, limited by where it comes from."""

from pathlib import Path

import httpx
import pytest

from app.api.strangers import Allowance
from app.db.engine import sql
from app.errors import LimitReached
from app.services import accounts, keys
from app.services.limits import Rule
from app.settings import SettingsError, load
from tests.api.conftest import client_for, service_for
from tests.api.people import registered, signed_in

OPEN = ("/docs", "/openapi.json", "/v1/templates/schema", "/files/none.mp4", "/account")


async def statuses(client: httpx.AsyncClient, *paths: str, **headers: str) -> list[int]:
    return [(await client.get(path, headers=headers)).status_code for path in paths]


async def test_open_addresses_are_limited_by_where_requests_come_from(tmp_path: Path) -> None:
    async with service_for(tmp_path, address_limit=5) as service, client_for(service.url, {}, "127.0.0.2") as elsewhere:
        assert await statuses(service.anonymous, *OPEN) == [200, 200, 200, 404, 200]
        for path in OPEN:
            refused = await service.anonymous.get(path)
            assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited"), path
            assert str(refused.json()["retryAfter"]) == refused.headers["retry-after"]
            assert 1 <= refused.json()["retryAfter"] <= 12
        sign_in = {"email": "ann@example.com", "password": "wrong password"}
        assert (await service.anonymous.post("/account/sign-in", json=sign_in)).status_code == 429
        assert await statuses(service.anonymous, *["/health"] * 3, "/ready") == [200, 200, 200, 503]
        assert (await service.anonymous.options("/docs")).status_code == 204
        assert await statuses(service.anonymous, "/v1/renders") == [401], "which is counted apart"
        assert await statuses(service.client, "/v1/renders") == [200]
        assert await statuses(elsewhere, *OPEN) == [200, 200, 200, 404, 200]
        assert not await sql("SELECT id FROM rate_windows")


async def test_who_guesses_keys_is_stopped_and_keeps_nobody_out_whose_key_is_right(tmp_path: Path) -> None:
    async with service_for(tmp_path, address_limit=4) as service:
        right = {"X-Api-Key": (await keys.create(accounts.BOOTSTRAP, "fresh")).key}
        assert await statuses(service.client, "/v1/auth") == [200]
        guesses = [{"X-Api-Key": f"clp_{n}"} for n in range(3)] + [{"Cookie": f"clipyard_session={'A' * 43}"}]
        for guess in guesses:
            assert await statuses(service.anonymous, "/v1/keys", **guess) == [401], guess
        for guess in (*guesses, {}, {"Authorization": "Basic x"}):
            assert await statuses(service.anonymous, "/v1/keys", **guess) == [429], guess
        assert await statuses(service.anonymous, "/v1/auth", **right) == [200]
        assert await statuses(service.client, "/v1/auth") == [200]
        assert await statuses(service.anonymous, "/docs") == [200]


async def test_a_revoked_key_and_a_banned_account_are_answered_no_oftener_than_a_wrong_key(tmp_path: Path) -> None:
    async with service_for(tmp_path, address_limit=4) as service:
        banned = await registered()
        refused = []
        for account in (await accounts.create_account("careless"), banned):
            minted = await keys.create(account, "test")
            assert await statuses(service.anonymous, "/v1/auth", **{"X-Api-Key": minted.key}) == [200]
            refused.append({"X-Api-Key": minted.key})
        await keys.revoke(refused[0]["X-Api-Key"][:12])
        async with signed_in(service) as browser:
            await accounts.set_banned(banned, True)
            for headers in refused:
                assert await statuses(service.anonymous, "/v1/auth", **headers) == [403]
            assert await statuses(browser, "/account/session") == [403]
            behind_a_proxy = {"Authorization": "Basic b3BzOnNlY3JldA=="}
            assert await statuses(browser, "/account/session", **behind_a_proxy) == [403]
            assert await statuses(browser, "/account/session") == [429]
        for headers in (*refused, {"X-Api-Key": "clp_wrong"}):
            assert await statuses(service.anonymous, "/v1/auth", **headers) == [429]
        assert await statuses(service.client, "/v1/auth") == [200]


async def test_nobody_but_a_trusted_proxy_says_where_a_request_comes_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    told = [{"X-Forwarded-For": address} for address in ("203.0.113.1", "203.0.113.2", "198.51.100.1, 203.0.113.2")]

    async def asked(client: httpx.AsyncClient) -> list[int]:
        return [status for headers in told for status in await statuses(client, "/docs", **headers)]

    async with service_for(tmp_path / "alone", address_limit=1) as service:
        assert await asked(service.anonymous) == [200, 429, 429]
    async with service_for(tmp_path / "behind", address_limit=1, trusted_proxies="10.0.0.0/8, 127.0.0.1") as service:
        assert await asked(service.anonymous) == [200, 200, 429], "the proxy's own word is the last"
        async with client_for(service.url, {}, "127.0.0.2") as elsewhere:
            assert await asked(elsewhere) == [200, 429, 429]


@pytest.mark.parametrize("proxies", ["*", "proxy.example", "10.0.0.1/8", "127.0.0.1;10.0.0.1"])
def test_a_proxy_that_is_no_address_is_named(proxies: str) -> None:
    with pytest.raises(SettingsError, match="CLIPYARD_TRUSTED_PROXIES"):
        load({"CLIPYARD_TRUSTED_PROXIES": proxies})


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_busy_player_is_never_refused_and_who_waits_as_told_is_not_refused_again() -> None:
    clock = Clock()
    allowance = Allowance(Rule(name="visits", count=1200, window_s=60), clock=clock)
    for _ in range(6000):
        clock.now += 60 / 1200
        allowance.take("a player, searching")
    for _ in range(1200):
        allowance.take("a page of a thousand pictures")
    for _ in range(3):
        with pytest.raises(LimitReached) as refused:
            allowance.take("a page of a thousand pictures")
        assert refused.value.retry_after_s is not None
        clock.now += refused.value.retry_after_s
        for _ in range(20 * int(refused.value.retry_after_s)):
            allowance.take("a page of a thousand pictures")


def test_only_the_addresses_seen_last_are_remembered() -> None:
    allowance = Allowance(Rule(name="visits", count=1, window_s=60), clock=Clock(), most=3)
    for address in "abcd":
        allowance.take(address)
    for address in "bcd":
        with pytest.raises(LimitReached):
            allowance.take(address)
    allowance.take("a")
    assert len(allowance._full_at) == 3
