"""Who may ask: keys in both headers, on every address but the keyless ones."""

import re

import httpx
import pytest

from app.api import access
from app.asgi import create_app
from app.db.engine import sql
from app.services import accounts, keys
from app.settings import Settings
from tests.api.conftest import KEY, Service, eventually

ROUTES = sorted(
    (method, route.path)
    for route in create_app(Settings()).routes
    for method in getattr(route, "methods", ())
    if method != "OPTIONS"
)


def test_no_two_handlers_share_a_method_and_the_shape_of_a_path() -> None:
    shapes = [(method, "/".join("{}" if "{" in part else part for part in path.split("/"))) for method, path in ROUTES]
    assert len(shapes) == len(set(shapes))
    assert ("POST", "/v1/renders") in shapes


async def test_every_address_but_the_listed_ones_wants_a_key(service: Service) -> None:
    for method, path in ROUTES:
        address = re.sub(r"\{\w+:\w+\}", "x", path)
        answer = await service.anonymous.request(method, address)
        assert (answer.status_code == 401) is not access.is_open(address, method), (method, path)


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {KEY}"},
        {"authorization": f"bearer   {KEY}"},
        {"X-Api-Key": KEY},
        {"Authorization": "Basic b3BzOnNlY3JldA==", "X-Api-Key": KEY},
        {"Authorization": "Bearer", "X-Api-Key": KEY},
    ],
)
async def test_a_key_is_taken_from_either_header(service: Service, headers: dict[str, str]) -> None:
    answer = await service.anonymous.get("/v1/renders", headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": KEY},
        {"Authorization": f"Basic {KEY}"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer clp_wrong"},
        {"X-Api-Key": "clp_wrong"},
        {"X-Api-Key": "\u00ff".encode("latin-1").decode("latin-1")},
        {"Authorization": "Basic x", "X-Api-Key": "clp_wrong"},
        {"Authorization": "Bearer clp_wrong", "X-Api-Key": KEY},
    ],
)
async def test_a_missing_or_wrong_key_is_told_how_to_send_one(service: Service, headers: dict[str, str]) -> None:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    answer = await service.anonymous.get("/v1/renders", headers=httpx.Headers(raw))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["code"] == "unauthorized"
    assert "key" in answer.json()["error"]
    for path in ("/account/session", "/v1/keys"):
        answer = await service.anonymous.get(path, headers=httpx.Headers(raw))
        assert answer.status_code == 401
        assert "www-authenticate" not in answer.headers, "no key helps there"


async def test_a_revoked_key_is_forbidden_at_once(service: Service) -> None:
    minted = await keys.create(accounts.BOOTSTRAP, "short-lived")
    headers = {"X-Api-Key": minted.key}
    assert (await service.anonymous.get("/v1/renders", headers=headers)).status_code == 200
    await keys.revoke(minted.id)
    answer = await service.anonymous.get("/v1/renders", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "key_disabled")


async def test_a_request_leaves_the_time_of_its_keys_last_use(everywhere: Service) -> None:
    await everywhere.client.get("/v1/renders")

    async def noted() -> bool:  # after the answer went out
        rows = await sql("SELECT last_used_at FROM api_keys WHERE name = 'bootstrap'")
        return rows[0]["last_used_at"] is not None

    await eventually(noted)


async def test_only_requests_that_meet_a_route_are_asked_who_they_are_from(service: Service) -> None:
    headers = {"X-Api-Key": "clp_wrong", "Cookie": f"clipyard_session={'A' * 43}"}
    assert (await service.anonymous.get("/v1/nothing", headers=headers)).status_code == 404
    assert (await service.anonymous.put("/v1/keys", headers=headers)).status_code == 405
    assert (await service.anonymous.get("/health", headers=headers)).status_code == 200
