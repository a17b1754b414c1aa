"""The outside world of a deployment under test: a server that holds an image back and one that hears webhooks."""

import asyncio
import base64
import contextlib
from collections import Counter
from collections.abc import AsyncIterator

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


class Neighbour:
    """`asked`: somebody waits for the image; it is given when `give` is set.

    `heard`: webhook ids and how often; they are answered while `answer` is set.
    """

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.give = asyncio.Event()
        self.heard: Counter[str] = Counter()
        self.answer = asyncio.Event()
        self.answer.set()
        self.url = ""

    @property
    def image(self) -> str:
        return f"{self.url}/image.png"

    @property
    def hook(self) -> str:
        return f"{self.url}/hook"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            lines = (line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
            fields = {name.lower(): value for name, value in lines}
            await reader.readexactly(int(fields.get("content-length", 0)))
            body = b"" if head.startswith("POST") else await self._image()
            if "webhook-id" in fields:
                self.heard[fields["webhook-id"]] += 1
                await self.answer.wait()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nConnection: close\r\n")
            writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
            await writer.drain()
        writer.close()

    async def _image(self) -> bytes:
        self.asked.set()
        await self.give.wait()
        return PNG


@contextlib.asynccontextmanager
async def neighbour() -> AsyncIterator[Neighbour]:
    instance = Neighbour()
    server = await asyncio.start_server(instance.serve, "127.0.0.1", 0)
    instance.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield instance
    finally:
        instance.give.set()
        instance.answer.set()
        server.close()
