"""Reading request bodies: bounded in size and silence, JSON whatever its Content-Type claims."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from typing import Any, get_args

import msgspec
from litestar import Request
from litestar.datastructures import State

from app.errors import InvalidInput, Problem, TooLarge
from app.services.accounts import Principal
from renderer.format.names import did_you_mean

MAX_JSON = 10_000_000
SILENCE_S = 30.0
"""A client that sends nothing for so long is given up, and one that is slower than MIN_RATE on average."""
MIN_RATE = 1024.0
"""Bytes a second, asked of a client once SILENCE_S have passed."""

_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_PLACE = re.compile(r"(?P<message>.*?)(?: - at `\$\.?(?P<path>.*)`)?", re.DOTALL)


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
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise refused(str(error), kind) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"The body is not valid JSON: {error}.", code="invalid_json") from error
    except RecursionError as error:
        raise InvalidInput("The JSON is nested too deep.", code="invalid_json") from error


def refused(text: str, kind: Any) -> InvalidInput:
    """msgspec's message with the path taken out of it, and with the nearest name for an unknown one."""
    place = _PLACE.fullmatch(text)
    assert place
    path, message = place["path"] or "", place["message"].replace("`", '"')
    if (unknown := _UNKNOWN.fullmatch(place["message"])) and not path:
        path, known = unknown[1], _field_names(kind)
        message = f"this field is not known{did_you_mean(path, known)} There is: {', '.join(known)}"
    return InvalidInput(f"{path}: {message}." if path else f"{message}.", fields=(Problem(path, message),))


def _field_names(kind: Any) -> list[str]:
    """Of a struct, or of the struct in a union."""
    names = (getattr(choice, "__struct_encode_fields__", ()) for choice in (kind, *get_args(kind)))
    return [name for fields in names for name in fields]


def _too_slow() -> InvalidInput:
    return InvalidInput("The body arrives too slowly, or not at all. Send the request again.", code="body_timeout")


def _too_large(max_bytes: int) -> TooLarge:
    return TooLarge(f"The body is larger than the {max_bytes:,} bytes allowed here.")
