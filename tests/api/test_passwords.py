"""Passwords, and links by mail for who has none yet or has forgotten it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from app import ids
from app.db.engine import sql
from app.errors import InvalidInput
from app.services import accounts, audit, credentials
from app.services.limits import Rule
from tests.api.conftest import Service, refusal, service_for
from tests.api.people import PASSWORD, registered, signed_in
from tests.mailbox import Mailbox, mailbox

NEW = "another long password"


@pytest.fixture
async def post() -> AsyncIterator[Mailbox]:
    async with mailbox() as box:
        yield box


@pytest.fixture
async def mailing(tmp_path: Path, database_url: str, post: Mailbox) -> AsyncIterator[Service]:
    """Where everybody may sign up, on both engines; mails go to `post`."""
    async with service_for(
        tmp_path, database_url, signup="open", smtp_url=post.url, trusted_proxies="127.0.0.1"
    ) as service:
        yield service


async def sign_in(service: Service, password: str, email: str = "ann@example.com") -> httpx.Response:
    return await service.anonymous.post("/account/sign-in", json={"email": email, "password": password})


async def reset(service: Service, token: str, password: str = NEW) -> httpx.Response:
    return await service.anonymous.post("/account/reset", json={"token": token, "password": password})


async def test_nobody_signs_up_where_the_operator_makes_the_accounts(service: Service) -> None:
    told = await refusal(service, 403, "POST", "/account/sign-up", json={"email": "ann@example.com"})
    assert told["code"] == "signup_closed"


async def test_who_signs_up_chooses_a_password_by_the_mailed_link_and_is_in(mailing: Service, post: Mailbox) -> None:
    answer = await mailing.anonymous.post("/account/sign-up", json={"email": " Ann@Example.COM "})
    assert answer.status_code == 202
    letter = await post.letter()
    assert letter["To"] == "ann@example.com"
    link = letter.get_content().partition("http")[2].split()[0]
    assert f"http{link}".startswith(f"{mailing.url}/account#link=")
    made = await reset(mailing, link.partition("#link=")[2])
    assert (made.status_code, made.json()["email"]) == (200, "ann@example.com")
    assert (await mailing.anonymous.get("/account/session")).status_code == 200
    assert (await sign_in(mailing, NEW, "ANN@example.com")).status_code == 200


async def test_no_answer_tells_whether_an_email_has_an_account(mailing: Service, post: Mailbox) -> None:
    await registered()
    for path in ("/account/sign-up", "/account/forgot"):
        answers = [await mailing.anonymous.post(path, json={"email": f"{who}@example.com"}) for who in ("ann", "bob")]
        assert answers[0].status_code == answers[1].status_code == 202
        assert answers[0].json() == answers[1].json()
    refused = [await sign_in(mailing, "wrong password", f"{who}@example.com") for who in ("ann", "bob")]
    assert refused[0].status_code == refused[1].status_code == 401
    assert refused[0].json() == refused[1].json()
    to = [(await post.letter())["To"] for _ in range(3)]
    assert sorted(to) == ["ann@example.com", "ann@example.com", "bob@example.com"]


async def test_who_signs_up_twice_is_led_to_the_account_that_is_there(mailing: Service, post: Mailbox) -> None:
    account = await registered()
    await mailing.anonymous.post("/account/sign-up", json={"email": "ann@example.com"})
    assert (await reset(mailing, await post.token())).json()["account"] == account
    assert len(await accounts.everyone()) == 3, "bootstrap, other and ann"


async def test_a_reset_ends_every_session_and_the_old_password_and_no_key_and_says_so(
    mailing: Service, post: Mailbox
) -> None:
    account = await registered()
    async with signed_in(mailing) as browser:
        key = (await browser.post("/v1/keys", json={"name": "laptop"})).json()["key"]
        await mailing.anonymous.post("/account/forgot", json={"email": "ann@example.com"})
        letter = (await post.letter()).get_content()
        assert "API keys go on working" in " ".join(letter.split())
        assert (await reset(mailing, letter.partition("#link=")[2].split()[0])).status_code == 200
        assert (await browser.get("/account/session")).status_code == 401
    assert (await mailing.anonymous.get("/v1/auth", headers={"X-Api-Key": key})).status_code == 200
    told = {entry.action: entry.detail for entry in await audit.latest(9, account=account)}
    assert told["password_reset_asked"] == told["password_reset"] == '{"address":"127.0.0.1"}'
    assert (await sign_in(mailing, PASSWORD)).status_code == 401
    assert (await sign_in(mailing, NEW)).status_code == 200


async def test_a_link_works_once_however_many_use_it_at_the_same_time(mailing: Service, post: Mailbox) -> None:
    await registered()
    await mailing.anonymous.post("/account/forgot", json={"email": "ann@example.com"})
    token = await post.token()
    answers = await asyncio.gather(*(reset(mailing, token) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 400} == {"link_over"}


async def test_a_link_is_over_after_its_hour_and_once_another_of_the_email_was_used(
    mailing: Service, post: Mailbox
) -> None:
    await registered()
    tokens = []
    for _ in range(3):
        await mailing.anonymous.post("/account/forgot", json={"email": "ann@example.com"})
        tokens.append(await post.token())
    first = ids.secret_hash(tokens[0])
    await sql("UPDATE mailed_links SET created_at = created_at - {} WHERE id = {}", credentials.LINK_S * 1000, first)
    await credentials.forget_old()
    assert len(await sql("SELECT id FROM mailed_links")) == 2
    assert (await reset(mailing, tokens[0])).json()["code"] == "link_over"
    assert (await reset(mailing, tokens[1])).status_code == 200, "one that was asked for later voids none"
    assert (await reset(mailing, tokens[2])).json()["code"] == "link_over"


async def test_a_link_tells_whom_it_is_for_until_it_is_over(mailing: Service, post: Mailbox) -> None:
    async def looked(token: str) -> httpx.Response:
        return await mailing.anonymous.post("/account/link", json={"token": token})

    await mailing.anonymous.post("/account/sign-up", json={"email": "ann@example.com"})
    token = await post.token()
    for _ in range(2):  # looking does not use it up
        assert (await looked(token)).json() == {"email": "ann@example.com", "new": True}
    account = (await reset(mailing, token)).json()["account"]
    for over in (token, "x" * 43, ""):
        answer = await looked(over)
        assert (answer.status_code, answer.json()["code"]) == (400, "link_over"), over
    await mailing.anonymous.post("/account/forgot", json={"email": "ann@example.com"})
    token = await post.token()
    assert (await looked(token)).json() == {"email": "ann@example.com", "new": False}
    await accounts.set_banned(account, True)
    assert (await looked(token)).json()["code"] == "account_banned"
    statuses = [(await looked(token)).status_code for _ in range(40)]
    assert statuses[-1] == 429, "nobody tries tokens without end"


@pytest.mark.parametrize("known", [True, False])
async def test_of_links_used_at_once_one_works(mailing: Service, known: bool) -> None:
    if known:
        await registered()
    letters = await asyncio.gather(*(credentials.welcome("ann@example.com", page="", address="") for _ in range(8)))
    tokens = [letter.text.partition("#link=")[2].split()[0] for letter in letters if letter]
    assert len(tokens) == len(await sql("SELECT id FROM mailed_links")) == 8
    answers = await asyncio.gather(*(reset(mailing, token) for token in tokens))
    assert sorted([answer.status_code for answer in answers]) == [200] + [400] * 7
    assert not await sql("SELECT id FROM mailed_links")


async def test_a_link_survives_a_password_that_is_refused(mailing: Service, post: Mailbox) -> None:
    await registered()
    await mailing.anonymous.post("/account/forgot", json={"email": "ann@example.com"})
    token = await post.token()
    assert (await reset(mailing, token, "short")).json()["fields"][0]["path"] == "password"
    assert (await reset(mailing, token)).status_code == 200


async def test_a_changed_password_voids_links_and_other_sessions(mailing: Service, post: Mailbox) -> None:
    await registered()
    async with signed_in(mailing) as desk, signed_in(mailing) as phone:
        await mailing.anonymous.post("/account/forgot", json={"email": "ann@example.com"})
        wrong = await desk.post("/account/password", json={"current": "not my password", "new": NEW})
        assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong_password")
        assert (await sql("SELECT 1 AS one FROM audit_log WHERE action = 'password_refused'")) == [{"one": 1}]
        answer = await desk.post("/account/password", json={"current": PASSWORD, "new": NEW})
        assert answer.status_code == 200
        assert answer.json()["csrf_token"] != desk.headers["X-CSRF-Token"]
        assert (await desk.get("/account/session")).status_code == 200
        assert (await phone.get("/account/session")).status_code == 401
    assert (await reset(mailing, await post.token())).json()["code"] == "link_over"
    assert (await sign_in(mailing, NEW)).status_code == 200


async def test_a_banned_account_gets_no_mail_and_its_links_are_worth_nothing(mailing: Service, post: Mailbox) -> None:
    account = await registered()
    await mailing.anonymous.post("/account/forgot", json={"email": "ann@example.com"})
    token = await post.token()
    await accounts.set_banned(account, True)
    assert (await reset(mailing, token)).json()["code"] == "account_banned"
    await mailing.anonymous.post("/account/forgot", json={"email": "ann@example.com"})
    await mailing.anonymous.post("/account/sign-up", json={"email": "bob@example.com"})
    assert (await post.letter())["To"] == "bob@example.com"


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("123456789", "at least 10"),
        ("\u00e4" * 501, "at most 1000 bytes"),
        ("x" * 1001, "at most 1000 bytes"),
        (" \u00a0\t " * 4, "not made of blanks"),
        ("xXxXxXxXxX", "one character over and over"),
        ("Ann@Example.com", "not the e-mail"),
    ],
)
async def test_a_password_that_is_too_short_long_or_easy_is_refused_wherever_it_is_set(
    mailing: Service, post: Mailbox, password: str, words: str
) -> None:
    account = await registered()
    await mailing.anonymous.post("/account/sign-up", json={"email": "ann@example.com"})
    async with signed_in(mailing) as browser:
        changed = await browser.post("/account/password", json={"current": PASSWORD, "new": password})
    for answer in (changed, await reset(mailing, await post.token(), password)):
        assert answer.status_code == 400
        assert words in answer.json()["error"]
    with pytest.raises(InvalidInput, match=words):
        await credentials.set_password(account, password)
    assert (await sign_in(mailing, PASSWORD)).status_code == 200


async def test_the_same_letters_are_the_same_password_however_they_are_composed(service: Service) -> None:
    await registered(password="pässword with an umlaut")
    assert (await sign_in(service, "pa\u0308ssword with an umlaut")).status_code == 200


@pytest.mark.parametrize(
    "email", ["", "ann", "@example.com", "ann@", "a b@example.com", "ann@exa mple.com", "ann@example.com\nBcc: x@y.z",
    "x" * 65 + "@example.com", "ann@" + "x." * 120 + "com", "ann@-x.com", "ann@..", "\u0000@x.com", "a@b@c.com"],
)  # fmt: skip
async def test_what_is_no_email_is_refused_and_named(service: Service, email: str) -> None:
    for path, more in (("/account/sign-in", {"password": "x"}), ("/account/forgot", {})):
        told = await refusal(service, 400, "POST", path, json={"email": email, **more})
        assert [field["path"] for field in told["fields"]] == ["email"]


async def attempt(service: Service, number: int, email: str = "ann@example.com", password: str = "wrong one") -> int:
    """A sign-in from the address of that number."""
    body = {"email": email, "password": password}
    elsewhere = {"X-Forwarded-For": f"198.51.100.{number}"}
    return (await service.anonymous.post("/account/sign-in", json=body, headers=elsewhere)).status_code


async def test_who_guesses_somebodys_password_is_stopped_and_keeps_nobody_out(proxied: Service) -> None:
    await registered()
    async with signed_in(proxied) as browser:
        statuses = [await attempt(proxied, 1) for _ in range(18)]
        assert statuses == [401] * 15 + [429] * 3
        nobodys = [await attempt(proxied, 2, "nobody@example.com") for _ in range(18)]
        assert nobodys == statuses, "no difference to see"
        assert await attempt(proxied, 1, password=PASSWORD) == 429
        assert await attempt(proxied, 3, password=PASSWORD) == 200
        changed = await browser.post("/account/password", json={"current": PASSWORD, "new": NEW})
        assert changed.status_code == 200


async def test_guesses_from_many_addresses_have_a_ceiling(proxied: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    ceiling = Rule(name="attempts", count=4, window_s=900)
    monkeypatch.setattr(credentials, "BY_EMAIL", ceiling)
    assert [await attempt(proxied, number) for number in range(6)] == [401] * 4 + [429] * 2
    assert await attempt(proxied, 20, "bob@example.com") == 401


async def test_who_guesses_the_password_at_an_open_browser_is_stopped_there_alone(
    everywhere: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    await registered()
    body = {"current": "wrong one", "new": NEW}
    async with signed_in(everywhere) as stolen, signed_in(everywhere) as owners:
        statuses = [(await stolen.post("/account/password", json=body)).status_code for _ in range(17)]
        assert statuses == [403] * 15 + [429] * 2
        assert await attempt(everywhere, 1, password=PASSWORD) == 200
        monkeypatch.setattr(credentials, "CONFIRMATIONS_OF_ALL", Rule(name="confirmations", count=2, window_s=900))
        statuses = [(await owners.post("/account/password", json=body)).status_code for _ in range(3)]
        assert statuses == [403, 403, 429], "of all browsers together there is a ceiling"
        monkeypatch.undo()
        changed = await owners.post("/account/password", json={"current": PASSWORD, "new": NEW})
        assert changed.status_code == 200, changed.text


async def test_who_asks_for_somebodys_mails_keeps_them_neither_from_asking_nor_from_a_link_that_works(
    mailing: Service, post: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "MAILS_BY_EMAIL", Rule(name="mails", count=6, window_s=3600))
    await registered()

    async def asked(number: int) -> int:
        elsewhere = {"X-Forwarded-For": f"198.51.100.{number}"}
        body = {"email": "ann@example.com"}
        return (await mailing.anonymous.post("/account/forgot", json=body, headers=elsewhere)).status_code

    assert await asked(2) == 202
    owners = await post.token()
    assert [await asked(1) for _ in range(7)] == [202] * 5 + [429] * 2
    assert [await asked(number) for number in (2, 3)] == [202] * 2, "the e-mail has had its six: no more is sent"
    assert [(await post.letter())["To"] for _ in range(5)] == ["ann@example.com"] * 5
    await mailing.anonymous.post("/account/sign-up", json={"email": "bob@example.com"})
    assert (await post.letter())["To"] == "bob@example.com"
    assert (await reset(mailing, owners)).status_code == 200


async def test_attempts_from_one_address_are_limited_whoever_they_are_for(service: Service) -> None:
    await sql("DELETE FROM rate_windows")
    statuses = [(await sign_in(service, "wrong password", f"p{n}@example.com")).status_code for n in range(42)]
    assert statuses == [401] * 40 + [429] * 2


async def test_without_a_mail_server_the_link_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with service_for(tmp_path, signup="open") as service:
        await service.anonymous.post("/account/sign-up", json={"email": "ann@example.com"})
    assert f"{service.url}/account#link=" in capsys.readouterr().err


async def test_a_mail_server_that_is_away_fails_no_request(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with service_for(tmp_path, signup="open", smtp_url="smtp://127.0.0.1:1") as service:
        answer = await service.anonymous.post("/account/sign-up", json={"email": "ann@example.com"})
        assert answer.status_code == 202
    assert "a mail could not be sent" in caplog.text
    assert "ann@" not in caplog.text


@pytest.mark.parametrize("path", ["/account/reset", "/account/sign-in", "/account/sign-up"])
async def test_endless_marks_hold_nobody_up(service: Service, path: str) -> None:
    marks = "a" + "\u0300\u0316" * 500_000  # composed, they would take the square of their number: hours
    body = {"email": f"a@{marks}", "password": marks, "token": "x" * 43}
    fields = {"/account/reset": ("token", "password"), "/account/sign-in": ("email", "password")}.get(path, ("email",))
    answer = await service.anonymous.post(path, json={name: body[name] for name in fields})
    assert answer.status_code in (400, 403), answer.text
