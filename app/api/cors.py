"""What browsers let pages of other origins do: with addresses that carry their own permission everything, whatever page
it is; with the rest what CLIPYARD_CORS_ORIGINS says, which is Litestar's to tell.
"""

import msgspec
from litestar.config.cors import CORSConfig
from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from app.api.access import is_capability
from app.api.clipcat.frames import WARNINGS
from app.api.errors import body_of
from app.api.fastclip import tus
from app.api.idempotency import REPLAYED
from app.errors import Forbidden
from app.services import limits
from app.settings import Settings

_OF_FILES = ("ETag", "Content-Range", "Content-Disposition")
EXPOSED = (*_OF_FILES, "Retry-After", "X-Request-Id", REPLAYED, WARNINGS, *limits.HEADERS, *tus.HEADERS)
"""Headers of answers that pages of other origins may read."""
_OPEN = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": ", ".join(EXPOSED)}
_OPEN_TO_ASK = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT",
    "Access-Control-Allow-Headers": "Content-Type, Range, If-Range, If-None-Match, If-Modified-Since",
    "Access-Control-Max-Age": "600",
}


def config(settings: Settings) -> CORSConfig | None:
    origins = settings.allowed_origins
    if not origins:
        return None
    # Cookies only for pages that are trusted by name; where all may ask, keys have to do.
    credentials = origins == settings.trusted_origins
    return CORSConfig(allow_origins=origins, allow_credentials=credentials, expose_headers=list(EXPOSED))


def shared(app: ASGIApp, cors: CORSConfig | None) -> ASGIApp:
    """`app`, with its capability addresses open to all, and the error body for pages that may not ask."""

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        open_to_all = is_capability(scope["path"])
        origin = Headers.from_scope(scope).get("origin") if scope["method"] == "OPTIONS" else None
        if origin is None or (cors and cors.is_origin_allowed(origin)):
            await app(scope, receive, _opening(send) if open_to_all else send)
        elif open_to_all:
            await _answer(send, 204, _OPEN_TO_ASK)
        elif cors:
            message = f"Pages of {origin[:200]} may not ask here. CLIPYARD_CORS_ORIGINS decides."
            body = msgspec.json.encode(body_of(Forbidden(message, code="foreign_origin")))
            await _answer(send, 403, {"Content-Type": "application/json", "Vary": "Origin"}, body)
        else:
            await app(scope, receive, send)

    return answered


def _opening(send: Send) -> Send:
    async def opened(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableScopeHeaders.from_message(message)
            for name, value in _OPEN.items():
                headers.setdefault(name, value)
        await send(message)

    return opened


async def _answer(send: Send, status: int, headers: dict[str, str], body: bytes = b"") -> None:
    told = {**headers, "Content-Length": str(len(body))} if body else headers
    raw = [(name.lower().encode(), value.encode()) for name, value in told.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body, "more_body": False})
