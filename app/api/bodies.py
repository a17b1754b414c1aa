"""Reading request bodies: bounded in size and silence, JSON whatever its Content-Type claims."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from typing import Any, TypeVar

import msgspec
from litestar import Request
from litestar.datastructures import State

from app.errors import InvalidInput, Problem, TooLarge, sentence
from app.services.principals import Principal
from renderer.errors import TemplateError
from renderer.format.json_text import NotJson, read_json, without_mark
from renderer.format.refusals import structured

MAX_JSON = 10_000_000
SILENCE_S = 30.0
"""A client that sends nothing for so long is given up, and one that is slower than MIN_RATE on average."""
MIN_RATE = 1024.0
"""Bytes a second, asked of a client once SILENCE_S have passed."""


_UNKNOWN = re.compile(r'unknown property "([^"]*)"')
T = TypeVar("T")


class ClientGone(Exception):
    """The client went away while it was sending; nobody will read an answer."""


class ApiRequest(Request[Principal, Principal, State]):
    """`data: SomeStruct` of a handler is decoded strictly, and errors name the path."""

    async def body(self) -> bytes:
        if not isinstance(self._body, bytes):
            self._body = b"".join([chunk async for chunk in chunks(self, max_bytes=MAX_JSON)])
        return self._body

    async def json(self) -> Any:
        field = self.route_handler.parsed_data_field
        return decoded(await self.body(), field.annotation if field else Any)


async def chunks(request: Request[Any, Any, Any], *, max_bytes: int) -> AsyncIterator[bytes]:
    """The body as it arrives. Raises TooLarge, ClientGone, or InvalidInput when the client is too slow."""
    if (request.content_length or 0) > max_bytes:
        raise _too_large(max_bytes)
    started, received, more = time.monotonic(), 0, True
    while more:
        try:
            message: Any = await asyncio.wait_for(request.receive(), SILENCE_S)
        except TimeoutError as error:
            raise _too_slow() from error
        if message["type"] == "http.disconnect":
            raise ClientGone
        received += len(message["body"])
        if received > max_bytes:
            raise _too_large(max_bytes)
        elapsed = time.monotonic() - started
        if elapsed > SILENCE_S and received < MIN_RATE * elapsed:
            raise _too_slow()
        more = message.get("more_body", False)
        yield message["body"]


def decoded(body: bytes, kind: Any) -> Any:
    """JSON as a `kind`; InvalidInput names the path of what is wrong."""
    try:
        return msgspec.json.decode(without_mark(body), type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        checked(_plain(body), kind)
        raise InvalidInput(f"{error}.") from error  # what only the JSON shows, such as a number beyond all bounds


def _plain(body: bytes) -> object:
    try:
        return read_json(body)
    except NotJson as error:
        raise InvalidInput(f"The body is not JSON: {error}.", code="invalid_json") from error
    except RecursionError as error:
        raise InvalidInput("The JSON is nested too deep.", code="invalid_json") from error


def checked(raw: object, kind: type[T]) -> T:
    """Plain values as a `kind`, or an InvalidInput in the words of the template format.

    It says what is expected, the nearest name, and every mistake at once.
    """
    try:
        return structured(raw, kind)
    except TemplateError as told:
        problems = tuple(map(_at_the_name, told.problems))
        told_of = (f"{p.path}: {p.message}" if p.path else p.message for p in problems)
        raise InvalidInput(sentence(*told_of), fields=problems) from told


def _at_the_name(problem: Problem) -> Problem:
    """An unknown name is told at its own path, not at that of what it stands in."""
    unknown = _UNKNOWN.match(problem.message)
    return Problem(f"{problem.path}.{unknown[1]}".lstrip("."), problem.message) if unknown else problem


def _too_slow() -> InvalidInput:
    return InvalidInput("The body arrives too slowly, or not at all. Send the request again.", code="body_timeout")


def _too_large(max_bytes: int) -> TooLarge:
    return TooLarge(f"The body is larger than the {max_bytes:,} bytes allowed here.")
