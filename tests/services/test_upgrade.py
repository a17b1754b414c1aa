"""A database that has lived through every version: what people had in each is there after the last, and works."""

import hashlib
import json
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from app import ids, passwords
from app.db import engine as db
from app.db import migrate as migration
from app.db.engine import marks, sql, tx
from app.errors import Forbidden
from app.secret import sealed
from app.services import (
    accounts,
    answers,
    assets,
    billing,
    credentials,
    fonts,
    jobs,
    keys,
    ledger,
    limits,
    quotas,
    renders,
    sessions,
    templates,
)
from app.services.links import Links
from app.services.webhooks import deliveries, endpoints
from app.services.webhooks import secrets as signing
from tests.conftest import _administer

SEAL = b"a secret that is long enough"
SECRETS = {account: f"whsec_{account:a<32}" for account in ("acc_zoe", "acc_bootstrap")}
KEYS = {"acc_bootstrap": "the operator's own", "acc_zoe": "clp_zoes", "acc_bob": "clp_bobs"}
SESSION = "s" * 43
NOW = round(time.time() * 1000)
DAY = 86_400_000
PASSWORD = "correct horse battery"
DOCUMENT: dict[str, Any] = {
    "title": 'Zoë’s "Größe" 🎬',
    "width": 1080,
    "height": 1920,
    "frame-rate": 29.97,
    "variables": {"name": "O'Hara; DROP TABLE renders --"},
    "scenes": [{"name": f"Szene {n}", "duration": 1.5, "background-color": "#123456"} for n in range(200)],
}
ORDER = {
    "modifications": '[{"object":"title","text":"Grüße\\n👋"}]',
    "metadata": '{"id": 7}\r\n\ttab',
    "warnings": "[]",
}
STATES = ("done", "failed", "cancelled", "running", "queued")
HISTORY = 100


async def put(table: str, **values: Any) -> None:
    await sql(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks(len(values))})", *values.values())


async def job(job_id: str, account: str, state: str, **more: Any) -> None:
    begun, over = state != "queued", state in jobs.OVER
    facts = {
        **{"id": job_id, "account": account, "kind": "render", "queue": "cpu", "state": state, "stage": ""},
        **{"spec": json.dumps({"type": "render", "template": DOCUMENT}), "priority": 0, "faults": 0, "swept": False},
        **{"attempt": int(begun), "progress": 100 if state == "done" else 0, "cancel_requested": state == "cancelled"},
        **{"run_at": NOW - DAY, "created_at": NOW - DAY, "started_at": NOW - DAY if begun else None},
        **{"finished_at": NOW - DAY + 9000 if over else None, "lease_until": NOW + DAY if state == "running" else None},
        **{"worker": "wrk_1" if state == "running" else None},
    }
    await put("jobs", **{**facts, **more})


async def render(uid: str, account: str, state: str, age_ms: int, **more: Any) -> None:
    result = {
        "key": f"renders/{account}/{uid}/1/video.mp4",
        "width": 1080,
        "height": 1920,
        "frames": 8991,
        "warnings": [],
    }
    ended = {
        "done": {"result": json.dumps(result)},
        "failed": {"error_code": "media_unreadable", "error_message": 'The picture "größe.png" is damaged.'},
    }
    await job(f"job_{uid}", account, state, **ended.get(state, {}))
    facts = {"uid": uid, "account": account, "job": f"job_{uid}", "template": "own", "credits": 187, **ORDER}
    await put("renders", **{**facts, "created_at": NOW - age_ms, **more})


async def first() -> None:
    for account, name in (("acc_bootstrap", "bootstrap"), ("acc_zoe", "Zoë’s studio"), ("acc_bob", "O'Hara")):
        secret = sealed(SECRETS[account], SEAL) if account in SECRETS else ""
        facts = {"id": account, "name": name, "admin": account == "acc_bootstrap", "created_at": NOW - 300 * DAY}
        await put("accounts", **facts, webhook_secret=secret)
        for number, disabled in enumerate((False, True)):
            digest = ids.secret_hash(f"old {KEYS[account]}" if disabled else KEYS[account])
            facts = {
                "id": f"key_{account}{number}",
                "account": account,
                "name": "laptop",
                "prefix": "clp_",
                "hash": digest,
            }
            await put("api_keys", **facts, disabled=disabled, created_at=NOW - 200 * DAY, last_used_at=NOW - DAY)
    stamps = {"started_at": NOW - DAY, "seen_at": NOW - 1000}
    await put("workers", id="wrk_1", host="render-1", cpu_slots=2, light_slots=2, network_slots=8, **stamps)
    document = json.dumps(DOCUMENT, ensure_ascii=False)
    stamps = {"created_at": NOW - 9 * DAY, "updated_at": NOW}
    await put("templates", uid="own", account="acc_zoe", title=DOCUMENT["title"], body=document, **stamps)
    for name, kind, size in (("ast_film", "video/mp4", 5 << 30), ("ast_font", "font/ttf", 90_000)):
        facts = {"id": name, "account": "acc_zoe", "key": f"assets/acc_zoe/{name}", "filename": f"größe {name}"}
        await put("assets", **facts, content_type=kind, size=size, sha256="a" * 64, created_at=NOW - DAY)
    for state in STATES:
        await render(f"was{state}", "acc_zoe", state, 1000, webhook_url="https://hooks.example/größe?a=1&b='2'")
    for number in range(HISTORY):
        await render(f"old{number}", "acc_bob", STATES[number % 3], number * DAY)
    asked = answers.request("acc_zoe", "POST /v1/renders", "order 7", hashlib.sha256(b"{}").hexdigest())
    facts = {"id": asked.id, "account": "acc_zoe", "request_hash": asked.digest, "created_at": NOW - 1000}
    await put("idempotency", **facts, status=202, body='{"uid":"wasdone"}')
    for state, attempts, code in (("delivered", 1, 204), ("failed", 8, 500), ("pending", 3, 503)):
        facts = {
            "id": f"msg_{state}",
            "account": "acc_zoe",
            "event": "render.done",
            "subject": "wasdone",
            "state": state,
        }
        tried = {"attempts": attempts, "response_code": code, "response_body": "<p>größe</p>", "next_at": NOW - 1}
        await put("webhook_deliveries", **facts, **tried, url="https://hooks.example/x", body='{"a":1}', created_at=NOW)


async def clipcat() -> None:
    await sql("UPDATE accounts SET monthly_credits = 1000, plan_name = 'Größe L' WHERE id = 'acc_zoe'")
    month = quotas.this_month()
    await sql("UPDATE renders SET period = {}, output = {} WHERE account = 'acc_zoe'", month, '{"width": 540}')
    await put("credit_usage", id=f"acc_zoe:{month}", account="acc_zoe", period=month, used=561)
    face = {"family": "Größe Grotesk", "weight": 700, "italic": False}
    await put("fonts", id="fnt_1", account="acc_zoe", asset="ast_font", **face, created_at=NOW)


async def segments() -> None:
    spec = json.dumps({"type": "segment", "render": "job_wasrunning", "first": 0, "end": 100})
    part = {"kind": "segment", "spec": spec, "parent": "job_wasrunning", "result": '{"key": "renders/part"}'}
    await job("job_wasrunning_000", "acc_zoe", "done", **part)


async def limited() -> None:
    await sql("UPDATE api_keys SET limits = {}, by_user = TRUE WHERE account = 'acc_zoe'", '{"clipcat":5}')
    slots = {f"s{n}": (NOW // 834 << 20) + 1 for n in range(13)}
    await put("rate_windows", id="acc_zoe:clipcat:10", used_at=NOW, slot=NOW // 834, **slots)


async def paid() -> None:
    """Fifteen dollars by a deposit of ten, of which two cents are held for a job that waits."""
    await put(
        "balances", account="acc_zoe", available=14_980_000, reserved=20_000, operations=2, warned=0, paid_deposit=True
    )
    steps = {
        "deposit": (
            "payment 1",
            "",
            15_000_000,
            {"available": 15_000_000, "deposits": -10_000_000, "bonuses": -5_000_000},
        ),
        "reserve": ("job_wasqueued", "trim", 14_980_000, {"available": -20_000, "reserved": 20_000}),
    }
    for number, (step, (subject, charge, left, legs)) in enumerate(steps.items(), 1):
        facts = {"id": f"op_{number}", "account": "acc_zoe", "number": number, "subject": subject, "charge": charge}
        await put("ledger_operations", **facts, step=step, balance=left, created_at=NOW)
        for book, amount in legs.items():
            await put("ledger_entries", id=f"op_{number}:{book}", operation=f"op_{number}", book=book, amount=amount)
    facts = {"id": "job_wasqueued:trim", "job": "job_wasqueued", "account": "acc_zoe", "kind": "trim", "unit": "clip"}
    await put("charges", **facts, price=20_000, quantity=1, billed=True, duration_ms=0, bytes=0, created_at=NOW)


async def subscribed() -> None:
    wanted = {"url": "https://hooks.example/in", "events": '["render.completed"]', "description": "größe"}
    stamps = {"created_at": NOW, "updated_at": NOW}
    await put("webhook_endpoints", id="whk_1", account="acc_zoe", enabled=True, failing_since=NOW, **wanted, **stamps)
    for number, until in enumerate((None, NOW + DAY)):
        facts = {"id": f"sec_{number}", "owner": "whk_1", "account": "acc_zoe", "valid_until": until}
        await put("signing_secrets", **facts, secret=sealed(f"whsec_{number}", SEAL))
    facts = {"name": "render.completed", "subject": "wasdone", "payload": '{"uid":"wasdone"}', "created_at": NOW}
    await put("events", id="evt_9", account="acc_zoe", **facts)
    facts = {"account": "acc_zoe", "event": "evt_9", "dialect": "fastclip", "state": "pending", "tries": 1}
    places = {"msg_hook": {"url": "https://hooks.example:8443/x"}, "msg_endpoint": {"endpoint": "whk_1"}}
    for delivery, place in places.items():
        lane = f"acc_zoe {place.get('endpoint', 'hooks.example:8443')}"
        await put("webhook_deliveries", id=delivery, lane=lane, next_at=NOW - 1, created_at=NOW, **place, **facts)
        await put("webhook_attempts", id=f"att_{delivery}", delivery=delivery, at=NOW, duration_ms=9, response="größe")


async def people() -> None:
    stored = await passwords.hashed(PASSWORD)
    await sql("UPDATE accounts SET email = 'zoe@example.com', password = {} WHERE id = 'acc_zoe'", stored)
    await put("sessions", id=ids.secret_hash(SESSION), account="acc_zoe", created_at=NOW - DAY, seen_at=NOW - 1000)
    await put("mailed_links", id=ids.secret_hash("link"), email="zoe@example.com", created_at=NOW - 1000)
    facts = {"actor": "acc_zoe", "action": "signed_in", "subject": "acc_zoe", "detail": '{"address":"::1"}'}
    await put("audit_log", id="aud_1", created_at=NOW, **facts)


FILLED: dict[str, Callable[[], Awaitable[None]]] = {
    "m0001_first": first,
    "m0002_clipcat": clipcat,
    "m0003_segments": segments,
    "m0004_limits": limited,
    "m0005_ledger": paid,
    "m0006_events": subscribed,
    "m0007_people": people,
}
"""What is written with each version before the next one comes."""


@pytest.fixture
async def lived(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """A database of its own that was filled with each version in turn, and then brought up to date."""
    name = f"clipyard_test_{secrets.token_hex(6)}"
    url = f"{database_url.rsplit('/', 1)[0]}/{name}" if database_url else ""
    if database_url:
        await _administer(database_url, f"CREATE DATABASE {name}")
    files = migration._files()
    async with db.connected(db.choose(url, tmp_path)):
        for number, file in enumerate(files, 1):
            with monkeypatch.context() as until:
                until.setattr(migration, "_files", lambda number=number: files[:number])
                assert await migration.migrate() == [file.ID]
            if fill := FILLED.get(file.__name__.rpartition(".")[2]):
                async with tx():
                    await fill()
        assert await migration.migrate() == []
        yield
    if database_url:
        await _administer(database_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.usefixtures("lived")
async def test_what_was_there_in_every_version_is_there_in_the_last_and_works() -> None:
    await _people_get_in()
    await _things_are_as_they_were()
    await _renders_go_on()
    await _messages_go_on()
    assert await billing.contradictions() == []


async def _people_get_in() -> None:
    for account, key in KEYS.items():
        principal = await keys.authenticate(key)
        assert (principal.account, principal.admin) == (account, account == accounts.BOOTSTRAP)
        with pytest.raises(Forbidden):
            await keys.authenticate(f"old {key}")
    zoe = await keys.authenticate(KEYS["acc_zoe"])
    assert (zoe.by_user, zoe.limits) == (True, {"clipcat": 5})
    await limits.take(zoe.subject, limits.rules("clipcat", per_minute=600, own={}, by_user=True))
    assert (await sessions.authenticate(SESSION)).account == "acc_zoe"
    assert (await credentials.sign_in("Zoe@Example.com", PASSWORD, address="::1")).account == "acc_zoe"
    assert (await credentials.use_link("link", "another long password", address="::1")).account == "acc_zoe"
    assert len(await sql("SELECT id FROM audit_log WHERE subject = 'acc_zoe'")) == 3


async def _things_are_as_they_were() -> None:
    zoe = await accounts.find("acc_zoe")
    assert (zoe.name, zoe.plan_name, zoe.created_at) == ("Zoë’s studio", "Größe L", NOW - 300 * DAY)
    assert (await quotas.quota("acc_zoe")) == quotas.Quota(max=1000, current=561)
    assert (await templates.find("own", "acc_zoe")).raw == DOCUMENT
    film = await assets.find("ast_film", "acc_zoe")
    assert (film.filename, film.size) == ("größe ast_film", 5 << 30)
    assert [(font.family, font.asset) for font in await fonts.of("acc_zoe")] == [("Größe Grotesk", "ast_font")]
    asked = answers.request("acc_zoe", "POST /v1/renders", "order 7", hashlib.sha256(b"{}").hexdigest())
    assert await answers.find(asked) == answers.Answer(status=202, body='{"uid":"wasdone"}')
    assert not await answers.reserve(asked)
    assert (await ledger.balance("acc_zoe")).available == 14_980_000
    assert [done.subject for done in await ledger.history("acc_zoe", limit=5)] == ["job_wasqueued", "payment 1"]


async def _renders_go_on() -> None:
    links = Links(base_url="https://clips.example", secret=SEAL)
    every = {"size": 200, "template": None, "completed": None, "links": links}
    assert len(await renders.page("acc_bob", number=1, **every)) == HISTORY
    shown = {view.uid: view for view in await renders.page("acc_zoe", number=1, **every)}
    assert [shown[f"was{state}"].status for state in STATES] == [renders.STATUS[state] for state in STATES]
    done, failed = shown["wasdone"], shown["wasfailed"]
    assert (done.credits, done.modifications, done.metadata) == (
        187,
        json.loads(ORDER["modifications"]),
        ORDER["metadata"],
    )
    assert done.url
    assert (failed.credits, failed.job.error_message) == (0, 'The picture "größe.png" is damaged.')
    assert await jobs.read(["job_wasrunning_000"])
    row = (
        await sql("SELECT id, account, kind, parent, attempt, spec AS spec_json FROM jobs WHERE id = 'job_wasrunning'")
    )[0]
    assert await jobs.finish(jobs.Claim(**row), done.job.result or {})
    assert not await jobs.read(["job_wasrunning_000"]), "its parts go with it"
    claim = await jobs.claim("job_wasqueued", "wrk_1", lease_s=30)
    assert claim
    assert claim.spec.template == DOCUMENT  # type: ignore[union-attr]
    assert await jobs.fail(claim, "media_unreadable", "It is damaged.")
    assert (await ledger.balance("acc_zoe")).available == 15_000_000, "what was held is given back"


async def _messages_go_on() -> None:
    for account, secret in SECRETS.items():
        assert await signing.signing(account, account, SEAL) == [secret]
    assert await signing.signing("whk_1", "acc_zoe", SEAL) == ["whsec_0", "whsec_1"]
    assert (await endpoints.find("whk_1", "acc_zoe")).events == ["render.completed"]
    places = {}
    while waiting := await deliveries.heads():
        for head in waiting:
            taken = await deliveries.take(head.id, lease_s=60)
            assert taken
            assert head.account == "acc_zoe"
            places[taken.id] = (taken.url, taken.tries)
    old = {name: place for name, place in places.items() if name in ("msg_pending", "msg_hook", "msg_endpoint")}
    assert old == {
        "msg_pending": ("https://hooks.example/x", 3),
        "msg_hook": ("https://hooks.example:8443/x", 1),
        "msg_endpoint": ("https://hooks.example/in", 1),
    }
    states = {row["id"]: row["state"] for row in await sql("SELECT id, state FROM webhook_deliveries")}
    assert (states["msg_delivered"], states["msg_failed"]) == ("delivered", "failed")
