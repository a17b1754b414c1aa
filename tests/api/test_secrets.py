"""After all that people and programs do, no secret stands anywhere in clear: not in the database, not in a log, not in
a broker's message, and not in what webhooks tell."""

import contextlib
import logging
from pathlib import Path
from typing import Any

import httpx
import pytest
from dramatiq.brokers.stub import StubBroker

from app import secret
from app.db.engine import sql
from app.db.tables import TABLES
from app.egress import Egress
from app.services import accounts, dispatching
from app.services.webhooks import deliveries
from app.settings import Settings
from app.storage import open_storage
from tests.api.clipcat.test_renders import finished
from tests.api.conftest import KEY, SMALL, Service, client_for, refusal, service_for
from tests.api.people import session_of
from tests.mailbox import Mailbox, mailbox
from tests.workers.receivers import Receiver, listening, saying
from workers import broker as brokers
from workers import webhook
from workers.dispatch import Dispatcher
from workers.run import Context
from workers.workspace import WorkRoot

PASSWORDS = ("the first long password", "the second long password", "a wrong long password")


async def used_by_people(service: Service, post: Mailbox) -> list[str]:
    """Everything in a browser that has to do with secrets; answers all of them, the last of which is a key."""
    secrets = [KEY, *PASSWORDS]
    first, second, wrong = PASSWORDS
    async with client_for(service.url, {"Origin": service.url}) as browser:
        await browser.post("/account/sign-up", json={"email": "ann@example.com"})
        link = await post.token()
        for _ in range(2):  # the second time it is over
            await browser.post("/account/reset", json={"token": link, "password": first})
        secrets += [link, session_of(browser)]
        await browser.post("/account/sign-in", json={"email": "ann@example.com", "password": wrong})
        answer = await browser.post("/account/sign-in", json={"email": "ann@example.com", "password": first})
        secrets += [session_of(browser), token := answer.json()["csrf_token"]]
        browser.headers["X-CSRF-Token"] = token
        key = (await browser.post("/v1/keys", json={"name": "laptop"})).json()["key"]
        async with client_for(service.url, {"Authorization": f"Bearer {key}"}) as program:
            assert (await program.get("/v1/auth")).status_code == 200
        await browser.post("/account/password", json={"current": wrong, "new": second})
        answer = await browser.post("/account/password", json={"current": first, "new": second})
        browser.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        secrets += [key, session_of(browser), answer.json()["csrf_token"]]
        await browser.post("/account/forgot", json={"email": "ann@example.com"})
        secrets.append(await post.token())
        assert (await browser.get("/account/session")).status_code == 200
        return [*secrets, (await twice(browser, "/v1/keys", {"name": "kept with its answer"}))["key"]]


async def twice(client: httpx.AsyncClient, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """The answer that a repeated request gets again, so it was kept."""
    answers = [await client.post(path, json=body, headers={"Idempotency-Key": "again"}) for _ in range(2)]
    assert answers[1].headers["Idempotency-Replayed"] == "true"
    told: dict[str, Any] = answers[1].json()
    assert told == answers[0].json()
    return told


async def used_by_programs(service: Service, key: str, receiver: Receiver) -> list[str]:
    """A webhook, what signs it and what signs the hooks of orders, and a render that is told of to both."""
    async with client_for(service.url, {"X-Api-Key": key}) as program:
        hook = await twice(program, "/v1/webhooks", {"url": receiver.url, "events": ["render.completed"]})
        secrets = [hook["secret"], (await program.get("/user/webhook-secret")).json()["webhook_secret"]]
        secrets.append((await twice(program, f"/v1/webhooks/{hook['id']}/rotate-secret"))["secret"])
        secrets.append((await twice(program, "/user/webhook-secret/rotate"))["webhook_secret"])
        await twice(program, f"/v1/webhooks/{hook['id']}/test")
        order = {"template": SMALL, "webhook_url": receiver.url}
        for _ in range(2):  # one of them stays in the queue
            uid = (await program.post("/v1/renders", json=order)).json()["uid"]
    await finished(service, uid)
    return secrets


async def told(service: Service, folder: Path) -> None:
    """What a worker does with the deliveries, until each was tried twice."""
    async with contextlib.AsyncExitStack() as stack:
        egress = Egress(allow_private=True)
        stack.push_async_callback(egress.aclose)
        root = WorkRoot(folder, "w1")
        stack.callback(root.close)
        settings = service.settings
        storage = open_storage("", data_dir=folder, public_url=service.url, secret=b"x" * 32)
        parts = {"settings": settings, "storage": storage, "egress": egress, "root": root}
        office = webhook.Office(Context(worker="w1", secret=secret.load(settings), **parts))
        for _ in range(2):
            await sql("UPDATE webhook_deliveries SET next_at = 0")
            while waiting := await deliveries.heads():
                for head in waiting:
                    taken = await deliveries.take(head.id, lease_s=60)
                    assert taken
                    await office.send(taken)


async def published() -> list[str]:
    """The messages that a worker puts into the broker for what is due."""
    broker = brokers.connect("")
    assert isinstance(broker, StubBroker)
    await dispatching.register("w1", "host", {"cpu": 2})
    sender = Dispatcher(broker, Settings(queue_prefix="test"), ["cpu"])
    broker.declare_queue(queue := brokers.queue_name("test", "cpu"))
    messages = [broker.queues[queue].get_nowait() for _ in range(await sender.dispatch("cpu"))]
    sender.close()
    return [message.decode() for message in messages]


async def test_no_secret_is_kept_logged_or_told_in_clear(
    tmp_path: Path,
    database_url: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG)

    async def broken(_: str) -> None:
        raise RuntimeError("a mistake of ours")

    async with (
        mailbox() as post,
        listening(saying(500, b"broken"), saying(200)) as receiver,
        service_for(tmp_path, database_url, signup="open", smtp_url=post.url) as service,
    ):
        secrets = await used_by_people(service, post)
        secrets += await used_by_programs(service, secrets[-1], receiver)
        await told(service, tmp_path)
        messages = await published()
        with monkeypatch.context() as patched:
            patched.setattr(accounts, "find", broken)
            await refusal(service, 500, "GET", "/v1/auth")
        dump = [f"{table}: {await sql(f'SELECT * FROM {table._meta.tablename}')}" for table in TABLES]
    ours = [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    logged = [logging.Formatter("%(name)s %(message)s").format(record) for record in ours]
    assert any("a mistake of ours" in line for line in logged)
    assert (len(messages), len(receiver.got)) == (1, 4), "three deliveries, of which one was tried again"
    kept = [path.read_bytes().decode("latin-1") for path in tmp_path.rglob("clipyard.sqlite*")]
    for where in (*dump, *logged, *kept, *messages, *map(str, receiver.got), *capfd.readouterr()):
        assert [found for found in secrets if found in where] == [], where[:500]
    assert len(set(secrets)) == len(secrets) == 17
