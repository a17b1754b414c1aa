"""Real S3 servers for tests: moto as a process of its own, a gate in front of it that disturbs, and a sink."""

import asyncio
import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Literal
from urllib.parse import quote

from msgspec import Struct

KEY, SECRET = "tester", "a/secret+with:signs@"


def storage_url(endpoint: str, bucket: str) -> str:
    return f"s3://{KEY}:{quote(SECRET, safe='')}@{endpoint}/{bucket}?tls=0"


@contextmanager
def s3_server() -> Iterator[str]:
    """`host:port` of a server with no buckets; it is gone afterwards with everything in it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=_environment(),
    )
    try:
        _wait_until_it_answers(process, port)
        yield f"127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def _environment() -> dict[str, str]:
    """Without AWS settings, and with parts of 1 MiB allowed, so that multipart tests need little data."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return own | {"S3_UPLOAD_PART_MIN_SIZE": str(1 << 20)}


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/moto-api/")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.05)
        finally:
            connection.close()
    raise RuntimeError("the S3 server for tests did not start")


class Request(Struct):
    """One request as it came over the wire; `headers` by lower-case name."""

    method: str
    target: str
    headers: dict[str, str]
    raw: bytes


Change = Callable[[bytes], bytes]
"""Makes what the client sees of the server's answer; empty: the connection is cut."""
Effect = Change | bytes | Literal["stall"]
"""On one request: forward it and change the answer, answer right away, or say nothing until the client leaves."""
Disturb = Callable[[Request], Effect | None]


class Gate:
    """Stands between a client and an S3 server, one request a connection, and remembers what passed."""

    def __init__(self, upstream: str) -> None:
        self.requests: list[Request] = []
        self.disturb: Disturb = lambda request: None
        self._upstream = upstream.split(":")
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        try:
            request = await _read(reader)
            self.requests.append(request)
            planned = self.disturb(request)
            if planned == "stall":
                await reader.read()
                return
            if isinstance(planned, bytes):
                writer.write(planned)
            else:
                answer = await self._forward(request)
                writer.write(planned(answer) if planned else answer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _forward(self, request: Request) -> bytes:
        reader, writer = await asyncio.open_connection(*self._upstream)
        writer.write(request.raw)
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        return answer

    async def finished(self) -> None:
        await asyncio.gather(*self._tasks)


@asynccontextmanager
async def gate(upstream: str) -> AsyncIterator[tuple[Gate, str]]:
    """A gate in front of `upstream`, and its own `host:port`."""
    instance = Gate(upstream)
    server = await asyncio.start_server(instance.serve, "127.0.0.1", 0)
    try:
        yield instance, f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await instance.finished()


async def _read(reader: asyncio.StreamReader) -> Request:
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").strip().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    method, target, _ = lines[0].split(" ")
    raw = head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1) + body
    return Request(method, target, headers, raw)


@asynccontextmanager
async def sink() -> AsyncIterator[str]:
    """`host:port` of a server that accepts every upload and keeps nothing of it."""
    server = await asyncio.start_server(_swallow, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def _swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            _, _, length = head.partition("content-length: ")
            left = int(length.partition("\r\n")[0] or 0)
            while left:
                left -= len(await reader.read(min(left, 1 << 20)))
            body = b"<A><UploadId>u</UploadId><ETag>x</ETag></A>" if head.startswith("post") else b""
            writer.write(b'HTTP/1.1 200 OK\r\nETag: "x"\r\nContent-Length: %d\r\n\r\n%b' % (len(body), body))
            await writer.drain()
    writer.close()
