"""The one door to people's mailboxes. Without a server of the operator's, mails are printed to the console."""

import asyncio
import logging
import smtplib
import ssl
import sys
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from msgspec import Struct

from app.db.engine import UNREACHABLE
from app.settings import Settings, SettingsError

TIMEOUT_S = 10.0
CLOSING_S = 5.0
"""What the end of the process waits for letters that are on their way."""
AGAIN_S = (5.0, 30.0, 120.0, 600.0)
"""Waiting times after failures that may pass: a relay that restarts costs nobody a link, which is good for an hour."""
AT_ONCE = 2
MOST_WAITING = 100
PORTS = {"smtp": 25, "smtps": 465}

LOST: tuple[type[Exception], ...] = (*UNREACHABLE, smtplib.SMTPException)

log = logging.getLogger("clipyard.mail")


class Letter(Struct, frozen=True, kw_only=True):
    """`to`: one address. `text` is plain."""

    to: str
    subject: str
    text: str


class Mailer:
    """Sends in the background, so that no answer takes longer where there is somebody to write to.

    Its threads are its own: a mail server that hangs keeps nothing waiting but letters.
    """

    def __init__(self, settings: Settings) -> None:
        check(settings)
        self._sender = settings.mail_from
        self._server = _server_of(settings.smtp_url)
        self._tasks: set[asyncio.Task[None]] = set()
        self._ending = asyncio.Event()
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="mail")

    def soon(self, writing: Coroutine[Any, Any, Letter | None]) -> None:
        """Run what decides whether there is something to send, and send it; not while MOST_WAITING are on their way."""
        if len(self._tasks) >= MOST_WAITING:
            writing.close()
            log.error("a mail was not sent: %d are waiting for the mail server", MOST_WAITING)
            return
        task = asyncio.create_task(self._sent(writing))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        """What is on its way is sent first, as far as CLOSING_S suffices."""
        self._ending.set()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=CLOSING_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
            if late:
                log.error("%d mails were not sent before the end", len(late))
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _sent(self, writing: Coroutine[Any, Any, Letter | None]) -> None:
        try:
            if letter := await writing:
                await self._delivered(letter)
        except LOST as error:
            # Its sentence may quote the recipient; what the mail holds is never in it.
            log.error("a mail could not be sent by %s: %s", self._host, type(error).__name__)

    async def _delivered(self, letter: Letter) -> None:
        for again_s in (*AGAIN_S, 0):
            try:
                await asyncio.get_running_loop().run_in_executor(self._threads, self._send, letter)
            except LOST as error:
                if not again_s or _final(error) or await self._ends_within(again_s):
                    raise
                log.warning("%s did not take a mail (%s), which is sent again now", self._host, type(error).__name__)
            else:
                return

    async def _ends_within(self, seconds: float) -> bool:
        """Whether there will be no time for another attempt."""
        try:
            async with asyncio.timeout(seconds):
                return await self._ending.wait()
        except TimeoutError:
            return False

    @property
    def _host(self) -> str:
        return (self._server and self._server.hostname) or "the console"

    def _send(self, letter: Letter) -> None:
        if self._server is None:
            print(f"Mail to {letter.to}: {letter.subject}\n\n{letter.text}", file=sys.stderr, flush=True)
            return
        with _connected(self._server) as connection:
            connection.send_message(self._message(letter))

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._sender, letter.to, letter.subject
        message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain="clipyard")
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        return message


def _final(error: Exception) -> bool:
    """Whether the server will say the same again: a refusal for good, or one for want of a password or encryption."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code >= 500
    return isinstance(error, (smtplib.SMTPNotSupportedError, ssl.SSLCertVerificationError))


def check(settings: Settings) -> None:
    """Raises SettingsError for what no mail could be sent with."""
    _server_of(settings.smtp_url)
    address = parseaddr(settings.mail_from)[1]
    if "@" not in address or not settings.mail_from.isprintable():
        raise SettingsError("CLIPYARD_MAIL_FROM is not of the form Name <name@example.com>.")


def _server_of(url: str) -> SplitResult | None:
    if not url:
        return None
    parts = urlsplit(url)
    try:
        fine = parts.scheme in PORTS and parts.hostname and parts.port != 0
    except ValueError:
        fine = False
    if not fine:
        raise SettingsError("CLIPYARD_SMTP_URL is not of the form smtp://user:password@host:587 or smtps://….")
    return parts


def _connected(server: SplitResult) -> smtplib.SMTP:
    """Encrypted from the start (smtps) or as soon as the server can be. No password goes over a plain connection."""
    host, port = server.hostname or "", server.port or PORTS[server.scheme]
    encryption = ssl.create_default_context()
    if server.scheme == "smtps":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=encryption)
    else:
        connection = smtplib.SMTP(host, port, timeout=TIMEOUT_S)
    try:
        _introduce(connection, server, encryption)
    except BaseException:
        connection.close()
        raise
    return connection


def _introduce(connection: smtplib.SMTP, server: SplitResult, encryption: ssl.SSLContext) -> None:
    connection.ehlo()
    encrypted = server.scheme == "smtps"
    if not encrypted and connection.has_extn("starttls"):
        connection.starttls(context=encryption)
        encrypted = True
    if server.username:
        if not encrypted:
            raise smtplib.SMTPNotSupportedError("the server offers no encryption, so no password is sent to it")
        connection.login(unquote(server.username), unquote(server.password or ""))
