"""Answers that go out before the request's body came in: read on for a while, so that clients see the answer.

A client that is still sending when the connection closes gets a reset, and often loses the answer with it.
"""

import asyncio
import contextlib
from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

DRAIN_BYTES = 16 << 20
DRAIN_S = 3.0


def draining(app: ASGIApp) -> ASGIApp:
    """`app`, with early answers followed by at most DRAIN_BYTES or DRAIN_S of reading, then the close."""

    async def drained(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP and _has_body(scope["headers"]):
            await app(scope, *_watched(receive, send))
        else:
            await app(scope, receive, send)

    return drained


def _has_body(headers: Any) -> bool:
    given = {bytes(name).lower(): bytes(value) for name, value in headers}
    return b"transfer-encoding" in given or given.get(b"content-length", b"0") != b"0"


def _watched(receive: Receive, send: Send) -> tuple[Receive, Send]:
    arrived = False

    async def receiving() -> Any:
        nonlocal arrived
        message: Any = await receive()
        arrived = arrived or not message.get("more_body", False)  # a disconnect has no more body either
        return message

    async def sending(message: Message) -> None:
        if arrived:
            await send(message)
        elif message["type"] == "http.response.start":
            closing = (b"connection", b"close")
            await send({**message, "headers": [*message["headers"], closing]})
        elif message["type"] == "http.response.body" and not message.get("more_body", False):
            await send({**message, "more_body": True})
            await _drain(receiving)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        else:
            await send(message)

    return receiving, sending


async def _drain(receive: Receive) -> None:
    left = DRAIN_BYTES
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_S):
            while left > 0:
                message: Any = await receive()
                left -= len(message.get("body", b""))
                if not message.get("more_body", False):
                    return
