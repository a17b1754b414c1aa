"""A database of before: what was on its way goes on, and what signed it still does."""

import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from app.db import engine as db
from app.db import migrate as migration
from app.db.engine import sql
from app.secret import sealed
from app.services import events
from app.services.webhooks import deliveries
from app.services.webhooks import secrets as signing
from tests.conftest import _administer
from tests.services.webhooks.told import SEAL

FIRST_WITH_EVENTS = "2026-11-25T15:10:00:000000"
FIRST_WITH_SHARED_LANES = "2026-11-25T17:25:00:000000"
SECRET = "whsec_" + "a" * 32


Before = Callable[[str], AbstractAsyncContextManager[None]]


@pytest.fixture
def before(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Before:
    """A database as it was before a migration."""

    @asynccontextmanager
    async def connected(newer: str) -> AsyncIterator[None]:
        name = f"clipyard_test_{secrets.token_hex(6)}"
        url = f"{database_url.rsplit('/', 1)[0]}/{name}" if database_url else ""
        if database_url:
            await _administer(database_url, f"CREATE DATABASE {name}")
        files = migration._files()
        async with db.connected(db.choose(url, tmp_path)):
            with monkeypatch.context() as known:
                known.setattr(migration, "_files", lambda: [file for file in files if newer > file.ID])
                await migration.migrate()
            yield
        if database_url:
            await _administer(database_url, f"DROP DATABASE {name} WITH (FORCE)")

    return connected


@pytest.fixture
async def older(before: Before) -> AsyncIterator[None]:
    """As it was before there were events, with a receiver that fails and one that was told."""
    async with before(FIRST_WITH_EVENTS):
        await _fill()
        yield


async def _fill() -> None:
    await sql(
        "INSERT INTO accounts (id, name, admin, webhook_secret, created_at) VALUES ('acc_1', 'ann', FALSE, {}, 0)",
        sealed(SECRET, SEAL),
    )
    await sql("INSERT INTO accounts (id, name, admin, webhook_secret, created_at) VALUES ('acc_2', '', FALSE, '', 0)")
    for row in (
        ("msg_told", "render.done", '{"uid":"r1"}', "delivered", 1, 204, "", None),
        ("msg_failing", "render.failed", '{"uid":"r2"}', "pending", 3, 500, "no", "The receiver answered 500."),
        ("msg_new", "render.cancelled", None, "pending", 0, None, None, None),
    ):
        await sql(
            "INSERT INTO webhook_deliveries (id, account, event, subject, url, body, state, attempts, next_at, "
            "response_code, response_body, error, created_at) "
            "VALUES ({}, 'acc_1', {}, 'r1', 'https://x.example/', {}, {}, {}, 0, {}, {}, {}, 1)",
            *row,
        )


async def row_of(delivery: str) -> dict[str, Any]:
    [row] = await sql(
        "SELECT d.*, v.name, v.payload, v.subject, a.response, a.error FROM webhook_deliveries d "
        "JOIN events v ON v.id = d.event LEFT JOIN webhook_attempts a ON a.delivery = d.id WHERE d.id = {}",
        delivery,
    )
    return row


@pytest.mark.usefixtures("older")
async def test_deliveries_of_before_go_on_where_they_were() -> None:
    assert FIRST_WITH_EVENTS in await migration.migrate()
    told, failing, new = [await row_of(name) for name in ("msg_told", "msg_failing", "msg_new")]
    assert (told["name"], told["state"], told["response_code"]) == ("render.completed", "delivered", 204)
    assert (failing["tries"], failing["payload"], failing["response"]) == (3, '{"uid":"r2"}', "no")
    assert (new["payload"], new["subject"], new["response"]) == (None, "r1", None)
    [head] = await deliveries.heads()
    assert head.account == "acc_1"
    taken = await deliveries.take(head.id, lease_s=60)
    assert taken
    assert (taken.url, taken.dialect) == ("https://x.example/", "clipcat")


@pytest.mark.usefixtures("older")
async def test_secrets_of_before_still_sign() -> None:
    await migration.migrate()
    assert await signing.signing("acc_1", "acc_1", SEAL) == [SECRET]
    assert len(await sql("SELECT id FROM signing_secrets")) == 1


async def test_what_waits_for_the_host_of_an_order_moves_to_the_lane_of_new_ones(before: Before) -> None:
    url = "https://x.example:8443/a"
    async with before(FIRST_WITH_SHARED_LANES):
        await sql("INSERT INTO accounts (id, name, admin, created_at) VALUES ('acc_1', 'ann', FALSE, 0)")
        event = await events.record(
            "acc_1", "render.failed", "r1", {}, hook=deliveries.Hook(url=url, dialect="clipcat")
        )
        await deliveries.to_endpoint(event, "acc_1", "whk_1")
        await sql("UPDATE webhook_deliveries SET lane = 'acc_1 x.example:8443' WHERE url = {}", url)
        await migration.migrate()
        await deliveries.to_hook(event, "acc_1", deliveries.Hook(url=url, dialect="clipcat"))
        lanes = [row["lane"] for row in await sql("SELECT lane FROM webhook_deliveries ")]
    assert sorted(Counter(lanes).values()) == [1, 2]
    assert "acc_1 whk_1" in lanes
    assert "acc_1 x.example:8443" not in lanes
