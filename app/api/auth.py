"""Who is asking: one API key per request, by `Authorization: Bearer KEY` or `X-Api-Key: KEY`."""

import contextlib

from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from app.api.limits import counted
from app.db.engine import UNREACHABLE
from app.errors import Unauthorized
from app.services import keys

KEYLESS = ("/health", "/ready", "/openapi.json", "/docs", "/v1/templates/schema")
CAPABILITIES = ("/files/",)
"""Addresses that carry their own permission, as a signature or an id that cannot be guessed."""
PAGES = ("/docs/",)

HOW = "Send your API key as `Authorization: Bearer KEY` or `X-Api-Key: KEY`."


class KeyRequired(ASGIMiddleware):
    """Puts the principal into the scope, or refuses before anything of the body was read."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        if is_open(scope["path"]) or scope.get("method") == "OPTIONS":
            await next_app(scope, receive, send)
            return
        principal = await keys.authenticate(_key(Headers.from_scope(scope)))
        scope["user"] = scope["auth"] = principal
        await next_app(scope, receive, await counted(scope, principal, send))
        if principal.use_due:  # after the answer went out, so that nobody waits for it
            with contextlib.suppress(*UNREACHABLE):
                await keys.note_use(principal.key_id)


def is_open(path: str) -> bool:
    """Whether an address needs no key."""
    return path.startswith(CAPABILITIES + PAGES) or path.rstrip("/") in KEYLESS


def _key(headers: Headers) -> str:
    given = headers.get("authorization", "").strip()
    if given:
        scheme, _, key = given.partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise Unauthorized(f"The Authorization header is not understood. {HOW}")
        return key.strip()
    if key := headers.get("x-api-key", "").strip():
        return key
    raise Unauthorized(f"An API key is missing. {HOW}")
