"""Mails: to the operator's server, never with a password over a plain connection."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from app import mail
from app.mail import Letter, Mailer
from app.settings import Settings, SettingsError
from tests.mailbox import mailbox

LETTER = Letter(to="ann@example.com", subject="Grüße", text="https://example.com/ä\n")


async def written(letter: Letter | None = LETTER) -> Letter | None:
    return letter


@contextlib.asynccontextmanager
async def hanging() -> AsyncIterator[str]:
    """The address of a mail server that takes connections and says nothing, until the test is over."""
    callers: list[asyncio.StreamWriter] = []

    async def listen(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        callers.append(writer)

    async with await asyncio.start_server(listen, "127.0.0.1", 0) as server:
        yield f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        for caller in callers:
            caller.close()
            with contextlib.suppress(OSError):
                await caller.wait_closed()


async def test_a_letter_arrives_as_it_was_written() -> None:
    async with mailbox() as post:
        mailer = Mailer(Settings(smtp_url=post.url, mail_from="Clips <clips@example.com>"))
        mailer.soon(written())
        letter = await post.letter()
        await mailer.aclose()
    assert [letter[name] for name in ("To", "From", "Subject")] == [LETTER.to, "Clips <clips@example.com>", "Grüße"]
    assert letter.get_content().splitlines() == LETTER.text.splitlines()


async def test_what_is_on_its_way_is_sent_before_the_end() -> None:
    async with mailbox() as post:
        mailer = Mailer(Settings(smtp_url=post.url))
        mailer.soon(written())
        await mailer.aclose()
        assert not post.empty()


async def test_a_mail_server_that_is_busy_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "AGAIN_S", (0.01, 0.01))
    async with mailbox() as post:
        post.busy = 2
        mailer = Mailer(Settings(smtp_url=post.url))
        mailer.soon(written())
        assert (await post.letter())["To"] == LETTER.to
        await mailer.aclose()


async def test_a_mail_server_that_hangs_keeps_nothing_else_waiting(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(mail, "CLOSING_S", 0.1)
    async with hanging() as url:
        mailer = Mailer(Settings(smtp_url=url))
        for _ in range(mail.MOST_WAITING + 2):
            mailer.soon(written())
        await asyncio.sleep(0)
        async with asyncio.timeout(mail.TIMEOUT_S / 2):
            assert await asyncio.to_thread(lambda: "done") == "done"
            await mailer.aclose()
    assert caplog.text.count("a mail was not sent: 100 are waiting") == 2
    assert "100 mails were not sent before the end" in caplog.text


async def test_where_there_is_nobody_to_write_to_nothing_is_sent() -> None:
    async with mailbox() as post:
        mailer = Mailer(Settings(smtp_url=post.url))
        mailer.soon(written(None))
        await mailer.aclose()
        assert post.empty()


async def test_no_password_goes_over_a_plain_connection(caplog: pytest.LogCaptureFixture) -> None:
    async with mailbox() as post:
        mailer = Mailer(Settings(smtp_url=post.url.replace("//", "//user:a-secret@")))
        mailer.soon(written())
        await mailer.aclose()
        assert post.empty()
        assert b"AUTH" not in post.heard
        assert "a-secret" not in caplog.text
        assert "SMTPNotSupportedError" in caplog.text


@pytest.mark.parametrize(
    "url", ["mail.example.com", "http://mail.example.com", "smtp://", "smtp://host:port", "smtp://h:0"]
)
def test_an_address_that_is_no_mail_servers_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(SettingsError, match="CLIPYARD_SMTP_URL"):
        mail.check(Settings(smtp_url=url))


@pytest.mark.parametrize("sender", ["nobody", "a@b.com\nBcc: x@y.z", "Clips <>"])
def test_a_sender_that_is_none_is_refused_at_the_start(sender: str) -> None:
    with pytest.raises(SettingsError, match="CLIPYARD_MAIL_FROM"):
        mail.check(Settings(mail_from=sender))
