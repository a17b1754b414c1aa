"""Webhook receivers, well-behaved and otherwise: they read whole requests and answer as they are told."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from tests.services.odd_servers import INSIDE

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Receiver:
    """Answers with the next of `answers`, and with the last one from then on. `got`: each request's headers, body."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.at: list[float] = []
        self.url = ""
        self._serving: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._serving.add(task)
        with contextlib.suppress(ConnectionError, asyncio.CancelledError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
            self.got.append((headers, await reader.readexactly(int(headers["content-length"]))))
            self.at.append(asyncio.get_running_loop().time())
            answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
            await answer(writer)
        writer.close()

    async def close(self) -> None:
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)


def saying(status: int, body: bytes = b"", **headers: str) -> Answer:
    async def answer(writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        await writer.drain()

    return answer


async def hanging(writer: asyncio.StreamWriter) -> None:
    """Says nothing until the sender leaves."""
    await asyncio.Event().wait()


async def trickling(writer: asyncio.StreamWriter) -> None:
    """Begins an answer and never comes to the end of its headers."""
    writer.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while not writer.is_closing():
        writer.write(b"a")
        await writer.drain()
        await asyncio.sleep(0.02)


async def breaking_off(writer: asyncio.StreamWriter) -> None:
    """Promises more of a body than it sends."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nok \0 so far")
    await writer.drain()


async def hanging_up(writer: asyncio.StreamWriter) -> None:
    """Leaves without an answer."""


OK = saying(200)


@asynccontextmanager
async def listening(*answers: Answer) -> AsyncIterator[Receiver]:
    receiver = Receiver(*(answers or (OK,)))
    server = await asyncio.start_server(receiver.serve, INSIDE, 0)
    receiver.url = f"http://{INSIDE}:{server.sockets[0].getsockname()[1]}/hook"
    try:
        yield receiver
    finally:
        server.close()
        await receiver.close()
