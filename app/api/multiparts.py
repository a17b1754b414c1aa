"""The parts of a multipart/form-data body as they arrive, in constant memory."""

from collections.abc import AsyncGenerator
from typing import TypeAlias

from multipart import MultipartError, MultipartSegment, PushMultipartParser

from app.api.bodies import ApiRequest, chunks
from app.errors import InvalidInput

MAX_PARTS = 100
MAX_FIELD = 10_000
OVERHEAD = 1 << 20  # of multipart: headers, boundaries, small fields

Event: TypeAlias = "MultipartSegment | bytes | None"
"""A part begins; some of what is in it; it is over."""


def is_form(request: ApiRequest) -> bool:
    return request.content_type[0] == "multipart/form-data"


async def events(request: ApiRequest, *, max_bytes: int) -> AsyncGenerator[Event, None]:
    """`max_bytes`: of everything in the parts. Raises InvalidInput, TooLarge, ClientGone."""
    try:
        boundary = request.content_type[1].get("boundary", "")
        parser = PushMultipartParser(boundary, max_segment_count=MAX_PARTS)
        async for chunk in chunks(request, max_bytes=max_bytes + OVERHEAD):
            for event in parser.parse(chunk) if chunk else ():
                yield bytes(event) if isinstance(event, bytearray) else event
        parser.close()
    except MultipartError as error:
        message = f"The multipart body is not understood: {error}. Send one file as multipart/form-data."
        raise InvalidInput(message, code="invalid_multipart") from error


def longer(text: bytes, more: bytes) -> bytes:
    """Of a field that arrives in pieces. Raises InvalidInput for a long one."""
    if len(text) + len(more) > MAX_FIELD:
        raise InvalidInput(f"A form field has at most {MAX_FIELD:,} bytes.", code="invalid_multipart")
    return text + more
