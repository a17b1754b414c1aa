"""After all that people and programs do, no secret stands anywhere in clear: not in the database, not in a log."""

import logging
from pathlib import Path

import pytest

from app.db.engine import sql
from app.db.tables import TABLES
from app.services import accounts
from tests.api.conftest import KEY, Service, client_for, refusal, service_for
from tests.api.people import session_of
from tests.mailbox import Mailbox, mailbox

PASSWORDS = ("the first long password", "the second long password", "a wrong long password")


async def used_for_all(service: Service, post: Mailbox) -> list[str]:
    """Everything that has to do with secrets; answers all of them."""
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
    return secrets


async def test_no_secret_is_in_the_database_or_in_a_log(
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
        service_for(tmp_path, database_url, signup="open", smtp_url=post.url) as service,
    ):
        secrets = await used_for_all(service, post)
        with monkeypatch.context() as patched:
            patched.setattr(accounts, "find", broken)
            await refusal(service, 500, "GET", "/v1/auth")
        dump = [f"{table}: {await sql(f'SELECT * FROM {table._meta.tablename}')}" for table in TABLES]
    ours = [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    logged = [logging.Formatter("%(name)s %(message)s").format(record) for record in ours]
    assert any("a mistake of ours" in line for line in logged)
    kept = [path.read_bytes().decode("latin-1") for path in tmp_path.rglob("clipyard.sqlite*")]
    for where in (*dump, *logged, *kept, *capfd.readouterr()):
        assert [found for found in secrets if found in where] == [], where[:500]
    assert len(set(secrets)) == 12
