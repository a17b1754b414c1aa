"""A mail server that delivers to the test: SMTP as far as a client that sends needs it."""

import asyncio
import contextlib
import email.policy
from collections.abc import AsyncIterator
from email.message import EmailMessage
from email.parser import BytesParser

ANSWERS = {b"EHLO": b"250-test\r\n250 8BITMIME", b"DATA": b"354 go on", b"QUIT": b"221 bye"}


class Mailbox:
    """`url` is for CLIPYARD_SMTP_URL."""

    def __init__(self) -> None:
        self.url = ""
        self.heard = b""
        """All that clients said, but for the letters."""
        self.busy = 0
        """So many clients are sent away before one is listened to."""
        self._arrived: asyncio.Queue[EmailMessage] = asyncio.Queue()
        self._clients: set[asyncio.Task[None]] = set()

    async def letter(self) -> EmailMessage:
        """The next one, as soon as it is there."""
        async with asyncio.timeout(10):
            return await self._arrived.get()

    async def token(self) -> str:
        """That of the link in the next letter."""
        return (await self.letter()).get_content().partition("#link=")[2].split()[0]

    def empty(self) -> bool:
        return self._arrived.empty()

    async def closed(self) -> None:
        """No connection is left open: its clients have said all they had, or hear no more."""
        if self._clients:
            await asyncio.wait(self._clients, timeout=1)
            for client in self._clients:
                client.cancel()
            await asyncio.wait(self._clients)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = asyncio.current_task()
        assert client
        self._clients.add(client)
        try:
            await self._listen(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.busy:
            self.busy -= 1
            writer.write(b"421 busy\r\n")
            return
        writer.write(b"220 test\r\n")
        while line := await reader.readline():
            self.heard += line
            word = line[:4].upper()
            writer.write(ANSWERS.get(word, b"250 fine") + b"\r\n")
            if word == b"DATA":
                text = (await reader.readuntil(b"\r\n.\r\n")).removesuffix(b".\r\n")
                message = BytesParser(policy=email.policy.default).parsebytes(text)
                assert isinstance(message, EmailMessage)
                self._arrived.put_nowait(message)
                writer.write(b"250 taken\r\n")
            if word == b"QUIT":
                break
        await writer.drain()


@contextlib.asynccontextmanager
async def mailbox() -> AsyncIterator[Mailbox]:
    box = Mailbox()
    server = await asyncio.start_server(box.serve, "127.0.0.1", 0)
    box.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield box
        await box.closed()
