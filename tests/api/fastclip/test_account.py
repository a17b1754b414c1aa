"""The end of an account, on both engines: everything personal goes, the books stay."""

import asyncio
import os
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.db.engine import sql
from app.db.tables import TABLES
from app.errors import StorageFailed
from app.services import accounts, billing, credentials, erasure, frames, jobs, keys, ledger, prices, quotas
from app.services.billing import Bill
from app.services.money import MICROS
from app.services.webhooks import deliveries
from app.services.webhooks.deliveries import Attempt
from app.specs import RenderSpec
from app.storage.local import LocalStorage
from renderer.format.families import FONT_FOLDER
from tests.api.clipcat.test_renders import claimed, finished
from tests.api.conftest import SMALL, Service, client_for, eventually, service_for
from tests.api.people import PASSWORD, registered, signed_in
from tests.services.clipping import clipped
from tests.services.uploads import png

KEPT = {"accounts", "audit_log", "balances", "charges", "credit_usage", "jobs", "ledger_operations", "rate_windows"}
"""Tables in which the id may still be."""
GONE = {
    *("api_keys", "assets", "clip_views", "clips", "events", "fonts", "idempotency", "mailed_links", "renders"),
    *("sessions", "signing_secrets", "templates", "uploads", "webhook_attempts", "webhook_deliveries"),
    "webhook_endpoints",
}
"""Tables in which nothing of it stays."""
FONT = FONT_FOLDER / "Anton" / "Anton_400Regular.ttf"


class Ann:
    """Somebody with a bit of everything: `browser` is theirs, `program` has their key."""

    def __init__(self, account: str, browser: httpx.AsyncClient, program: httpx.AsyncClient) -> None:
        self.account, self.browser, self.program = account, browser, program

    async def made(self, path: str, **request: Any) -> dict[str, Any]:
        answer = await self.program.post(path, **request)
        assert answer.is_success, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def ended(self, how: str) -> None:
        match how:
            case "erase":
                assert (await self.deleted()).status_code == 200
            case "ban":
                await accounts.set_banned(self.account, True)
            case "revoke":
                [key] = await keys.listing(self.account)
                await keys.revoke(key.id)

    async def deleted(self, password: str = PASSWORD) -> httpx.Response:
        return await self.browser.request("DELETE", "/v1/account", json={"password": password})


@pytest.fixture
async def ann(everywhere: Service) -> AsyncIterator[Ann]:
    account = await registered()
    async with signed_in(everywhere) as browser:
        key = (await browser.post("/v1/keys", json={"name": "Ann's laptop"})).json()["key"]
        async with client_for(everywhere.url, {"X-Api-Key": key}) as program:
            yield Ann(account, browser, program)


async def with_everything(service: Service, ann: Ann) -> dict[str, str]:
    """Renders by state: one is done, one runs, one waits. Two were told of it, and a paid job waits, too."""
    await ann.made("/v1/assets?filename=ann.png", content=png())
    await ann.made("/v1/fonts?family=Ann's", content=FONT.read_bytes())
    await ann.made("/v1/templates", json={"from": "travel-list"})
    hook = {"url": "http://127.0.0.1:9999/ann-listens", "events": ["render.completed"], "description": "Ann's own"}
    webhook = await ann.made("/v1/webhooks", json=hook, headers={"Idempotency-Key": "hook"})
    await ann.made(f"/v1/webhooks/{webhook['id']}/rotate-secret")
    await ann.made("/user/webhook-secret/rotate")
    order = {"template": SMALL, "metadata": "for Ann", "webhook_url": "http://127.0.0.1:9999/ann"}
    uids = {
        state: (await ann.made("/v1/renders", json=order, headers={"Idempotency-Key": state}))["uid"]
        for state in ("done", "running", "queued")
    }
    await finished(service, uids["done"])
    for head in await deliveries.heads():
        taken = await deliveries.take(head.id, lease_s=60)
        assert taken
        await deliveries.record(taken, Attempt(status=500, error="no", response="Ann's machine is off"))
    await credentials.reset("ann@example.com", page="https://clips.example/account", address="192.0.2.77")
    asked = await ann.made("/v1/upload/request", json={"filename": "Ann's.mp4", "file_size": 3})
    assert (await service.anonymous.put(asked["upload_url"], content=b"Ann")).is_success
    parts = {"filename": "Ann's own.mp4", "file_size": 3, "part_size": 3, "part_count": 1}
    begun = await ann.made("/v1/upload/multipart/initiate", json=parts)
    assert (await service.anonymous.put(begun["parts"][0]["url"], content=b"Ann")).is_success
    store = LocalStorage(Path(service.settings.data_dir) / "files", public_url="", secret=b"")
    clip = await clipped(ann.account, title="Ann's", filename="Ann's.mp4", storage=store)
    assert (await service.anonymous.post(f"/v1/share/{clip}/view")).json()["counted"]
    await ledger.deposit(ann.account, 10 * MICROS, "payment 1")
    bill = Bill(charges=(prices.captions([60], four_k=False),), mode="on")
    await jobs.submit(RenderSpec(template={"title": "for Ann"}), account=ann.account, bill=bill)
    return uids


def files(service: Service) -> list[str]:
    return [path.name for path in (Path(service.settings.data_dir) / "files").rglob("*") if path.is_file()]


async def test_nothing_personal_is_left_in_the_database_or_the_store(everywhere: Service, ann: Ann) -> None:
    await with_everything(everywhere, ann)
    assert len(files(everywhere)) == 9
    assert (await ledger.balance(ann.account)).reserved > 0
    for table in GONE:
        assert await sql(f"SELECT * FROM {table}"), f"{table} has nothing to lose, so this would show nothing"
    answer = await ann.deleted()
    assert answer.json() == {"id": ann.account, "deleted": True}
    assert files(everywhere) == []
    for table in GONE - {"api_keys"}:  # the operator has a key, too
        assert not await sql(f"SELECT * FROM {table}"), table
    for table in TABLES:
        rows = str(await sql(f"SELECT * FROM {table._meta.tablename}"))
        for personal in ("ann@example.com", "Ann's", "for Ann", "/ann", "192.0.2.77"):
            assert personal not in rows, table
        assert (ann.account in rows) <= (table._meta.tablename in KEPT), table
    assert await ledger.balance(ann.account) == ledger.Balance(available=15 * MICROS, paid_deposit=True)
    assert await billing.contradictions() == []


async def test_no_copy_of_what_a_drawn_frame_shows_outlives_the_account(service: Service) -> None:
    cache = service.settings.frames_cache
    await registered()
    async with signed_in(service) as browser:
        key = (await browser.post("/v1/keys", json={"name": "laptop"})).json()["key"]
        for headers in ({"X-Api-Key": key}, {"X-Api-Key": service.other.headers["X-Api-Key"]}):
            asked = partial(service.anonymous.post, headers=headers)
            asset = (await asked("/v1/assets?filename=a.png", content=png())).json()
            scene = {"name": "s", "duration": 1, "objects": [{"type": "image", "name": "i", "src": asset["url"]}]}
            kept = (await asked("/v1/templates", json={**SMALL, "scenes": [scene]})).json()
            drawn = await asked(f"/v1/templates/{kept['uid']}/frame", json={})
            assert drawn.status_code == 200, drawn.text
        copies = [file for file in cache.rglob("*") if file.is_file()]
        assert [file.read_bytes() for file in copies] == [png()] * 2, "each account has its own"
        answer = await browser.request("DELETE", "/v1/account", json={"password": PASSWORD})
        assert answer.status_code == 200
    [others] = cache.rglob("asset-*")
    os.utime(others, (0, 0))
    frames._next_trim.clear()
    tidying = asyncio.create_task(frames.keep_tidy(cache))
    await eventually(lambda: not others.exists())
    tidying.cancel()


async def test_nobody_gets_in_any_more(everywhere: Service, ann: Ann) -> None:
    await ann.deleted()
    assert (await ann.program.get("/v1/renders")).status_code == 401
    assert (await ann.browser.get("/account/session")).status_code == 401
    again = await everywhere.anonymous.post("/account/sign-in", json={"email": "ann@example.com", "password": PASSWORD})
    assert again.status_code == 401


async def test_jobs_under_way_end_and_their_credits_are_given_back(everywhere: Service, ann: Ann) -> None:
    uids = await with_everything(everywhere, ann)
    claim = await claimed(uids["running"])
    before = (await quotas.quota(ann.account)).current
    await ann.deleted()
    states = sorted([row["state"] for row in await sql("SELECT state FROM jobs WHERE account = {}", ann.account)])
    assert states == ["cancelled", "cancelled", "cancelled", "done"]
    assert (await quotas.quota(ann.account)).current == before - 2
    assert await jobs.heartbeat(claim, lease_s=30, stage="working", percent=50) == "lost"
    assert not await jobs.finish(claim, {"key": "too late"})


async def test_the_books_say_that_it_was_done(everywhere: Service, ann: Ann) -> None:
    await ann.deleted()
    rows = await sql("SELECT action, detail FROM audit_log WHERE actor = {}", ann.account)
    assert {row["action"] for row in rows} == {"signed_in", "key_created", "account_erased"}
    assert {row["detail"] for row in rows} == {"{}"}


async def test_a_wrong_password_deletes_nothing(everywhere: Service, ann: Ann) -> None:
    answer = await ann.deleted("not the password")
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong_password")
    assert (await ann.program.get("/v1/auth")).status_code == 200


async def test_nothing_of_somebody_else_is_touched(everywhere: Service, ann: Ann) -> None:
    uid = (await everywhere.client.post("/v1/renders", json={"template": SMALL})).json()["uid"]
    await with_everything(everywhere, ann)
    await ann.deleted()
    assert (await everywhere.client.get(f"/v1/renders/{uid}")).json()["status"] == "pending"
    assert (await everywhere.other.get("/v1/auth")).status_code == 200


async def test_the_operators_own_account_stays(everywhere: Service) -> None:
    await sql("UPDATE accounts SET admin = TRUE WHERE id = {}", await registered())
    async with signed_in(everywhere) as browser:
        answer = await browser.request("DELETE", "/v1/account", json={"password": PASSWORD})
        assert (answer.status_code, answer.json()["code"]) == (403, "account_needed")


async def test_an_email_of_a_deleted_account_can_be_used_again(everywhere: Service, ann: Ann) -> None:
    await ann.deleted()
    assert await registered() != ann.account
    async with signed_in(everywhere):
        pass


async def test_files_that_come_in_late_or_would_not_go_are_removed_later(
    everywhere: Service, ann: Ann, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise StorageFailed("The file store is away.")

    await with_everything(everywhere, ann)
    with monkeypatch.context() as broken:
        broken.setattr(LocalStorage, "delete", away)
        assert (await ann.deleted()).status_code == 200, "the rows are gone"
    assert len(files(everywhere)) == 9
    settings = everywhere.settings
    storage = LocalStorage(Path(settings.data_dir) / "files", public_url=settings.base_url, secret=b"x" * 16)
    await erasure.sweep(storage, settings.frames_cache)
    assert files(everywhere) == []
    await storage.put_bytes(f"assets/{ann.account}/late.png", png(), "image/png")
    await sql("UPDATE accounts SET erased_at = erased_at - {} WHERE id = {}", erasure.LATE_S * 1000, ann.account)
    for _ in range(2):
        await erasure.sweep(storage, settings.frames_cache)
    assert files(everywhere) == []
    assert not await sql("SELECT id FROM accounts WHERE erasing")


async def test_what_was_forgotten_is_not_written_again_at_every_look(tmp_path: Path, postgres_url: str) -> None:
    async def written() -> set[str]:
        query = " UNION ALL ".join(
            f"SELECT id || ' ' || CAST(xmin AS TEXT) AS w FROM {t}" for t in ("jobs", "audit_log")
        )
        return {row["w"] for row in await sql(query)}

    async with service_for(tmp_path, postgres_url) as service:
        account = await registered()
        async with signed_in(service) as browser:
            key = (await browser.post("/v1/keys", json={"name": "laptop"})).json()["key"]
            order = {"json": {"template": SMALL}, "headers": {"X-Api-Key": key}}
            for _ in range(2):
                assert (await service.anonymous.post("/v1/renders", **order)).status_code == 202
            assert (await browser.request("DELETE", "/v1/account", json={"password": PASSWORD})).status_code == 200
        before = await written()
        assert len([row for row in before if row.startswith("job_")]) == 2
        for forget in erasure.FORGET:
            await forget(account)
        assert await written() == before


@pytest.mark.parametrize(
    ("end", "code"), [("erase", "account_gone"), ("ban", "account_banned"), ("revoke", "key_disabled")]
)
async def test_a_body_that_arrives_slowly_makes_nothing_after_the_end(ann: Ann, end: str, code: str) -> None:
    begun, over = asyncio.Event(), asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield b'{"url": "htt'
        begun.set()
        await over.wait()
        yield b'ps://example.com/in", "events": ["render.completed"]}'

    asked = asyncio.create_task(ann.program.post("/v1/webhooks", content=body()))
    await begun.wait()
    await ann.ended(end)
    over.set()
    assert (await asked).json()["code"] == code
    assert not await sql("SELECT id FROM webhook_endpoints")


@pytest.mark.parametrize(("end", "code"), [("erase", "account_gone"), ("revoke", "key_disabled")])
async def test_an_upload_that_arrives_after_the_end_leaves_no_file(
    everywhere: Service, ann: Ann, end: str, code: str
) -> None:
    begun, over = asyncio.Event(), asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield png()[:10]
        begun.set()
        await over.wait()
        yield png()[10:]

    asked = asyncio.create_task(ann.program.post("/v1/assets?filename=late.png", content=body()))
    await begun.wait()
    await ann.ended(end)
    over.set()
    assert (await asked).json()["code"] == code
    assert files(everywhere) == []
    assert not await sql("SELECT id FROM assets")


async def test_of_two_who_delete_it_at_once_one_does(everywhere: Service, ann: Ann) -> None:
    answers = await asyncio.gather(ann.deleted(), ann.deleted())
    assert sorted(answer.status_code for answer in answers) in ([200, 401], [200, 403])
    assert len(await sql("SELECT id FROM audit_log WHERE action = 'account_erased'")) == 1


@pytest.fixture
async def charging(tmp_path: Path, database_url: str) -> AsyncIterator[Service]:
    """Where things cost money, on both engines."""
    async with service_for(tmp_path, database_url, billing="on") as service:
        yield service


async def test_the_welcome_credit_is_given_once_however_often_it_is_asked_for(charging: Service) -> None:
    account = await registered()
    async with signed_in(charging) as browser:
        answers = await asyncio.gather(*(browser.post("/v1/account/signup-credit") for _ in range(6)))
        assert sorted(answer.status_code for answer in answers) == [200, *[409] * 5]
        assert {answer.json()["code"] for answer in answers if answer.is_error} == {"credit_taken"}
        assert (await browser.get("/v1/balance")).json()["balance"] == 1.0
    told = await sql("SELECT actor, subject FROM audit_log WHERE action = 'signup_credit_taken'")
    assert told == [{"actor": account, "subject": account}]


async def test_who_erases_an_account_and_makes_another_is_not_welcomed_again(charging: Service) -> None:
    statuses = []
    for _ in range(2):
        await registered()
        async with signed_in(charging) as browser:
            statuses.append((await browser.post("/v1/account/signup-credit")).status_code)
            await browser.request("DELETE", "/v1/account", json={"password": PASSWORD})
    assert statuses == [200, 409]
    assert "ann" not in str(await sql("SELECT * FROM welcomes"))
    await registered("bob@example.com")
    async with signed_in(charging, "bob@example.com") as browser:
        assert (await browser.post("/v1/account/signup-credit")).status_code == 200


async def test_while_nothing_costs_money_there_is_no_credit_to_take(everywhere: Service, ann: Ann) -> None:
    answer = await ann.browser.post("/v1/account/signup-credit")
    assert (answer.status_code, answer.json()["code"]) == (409, "billing_off")
    assert not await sql("SELECT id FROM ledger_operations")


async def test_the_welcome_credit_is_for_people(ann: Ann) -> None:
    refused = await ann.program.post("/v1/account/signup-credit")
    assert (refused.status_code, refused.json()["code"]) == (403, "session_only")
