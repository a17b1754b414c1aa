"""Who is asking: an API key, or the session cookie of a browser that signed in. One principal, whichever it was."""

import contextlib
import re

from litestar.connection import ASGIConnection
from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from app.api import access, browsers
from app.api.limits import counted
from app.api.strangers import Strangers
from app.db.engine import UNREACHABLE
from app.errors import Forbidden, Unauthorized
from app.services import keys, sessions
from app.services.principals import Principal

HOW = "Send your API key as `Authorization: Bearer KEY` or `X-Api-Key: KEY`."
_SESSION = re.compile(r"[A-Za-z0-9]{43}", re.ASCII)


class Asking(ASGIMiddleware):
    """Puts the principal into the scope, or refuses before anything of the body was read.

    It sees only requests that match a route.
    """

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        assert scope["type"] == ScopeType.HTTP
        strangers: Strangers = scope["litestar_app"].state.context.strangers
        if access.is_open(scope["path"], scope["method"]) or scope["method"] == "OPTIONS":
            if access.is_counted(scope["path"], scope["method"]):
                strangers.visit(scope)
            await next_app(scope, receive, send)
            return
        try:
            principal = await _principal(scope)
        except (Unauthorized, Forbidden):  # a revoked key is answered no oftener than one that never was
            strangers.failed(scope)
            raise
        _check(principal, scope)
        scope["user"] = scope["auth"] = principal
        await next_app(scope, receive, await counted(scope, principal, send))
        if principal.use_due:  # after the answer went out, so that nobody waits for it
            with contextlib.suppress(*UNREACHABLE):
                await (keys if principal.kind == "key" else sessions).note_use(principal)


async def _principal(scope: HTTPScope) -> Principal:
    """A key counts before a cookie, which browsers send along unasked."""
    headers = Headers.from_scope(scope)
    key = _key(headers)
    session = "" if key else browsers.session_of(ASGIConnection(scope))
    if key or _SESSION.fullmatch(session):
        return await (keys.authenticate(key) if key else sessions.authenticate(session))
    if access.of(scope["route_handler"].opt) == "session":
        raise Unauthorized("You are not signed in. Sign in at /account.", code="session_over")
    missing = "The Authorization header is not understood" if headers.get("authorization") else "An API key is missing"
    raise Unauthorized(f"{missing}. {HOW}")


def _key(headers: Headers) -> str:
    """Empty without one. A header that is something else may be a proxy's, which wants a password of its own."""
    scheme, _, key = headers.get("authorization", "").strip().partition(" ")
    bearer = key.strip() if scheme.lower() == "bearer" else ""
    return bearer or headers.get("x-api-key", "").strip()


def _check(principal: Principal, scope: HTTPScope) -> None:
    """Raises Forbidden when the route is not for such a principal, or another site may have made the browser ask."""
    wanted = access.of(scope["route_handler"].opt)
    if wanted == "session" and principal.kind == "key":
        raise Forbidden("This needs a signed-in session, not an API key. Sign in at /account.", code="session_only")
    if wanted == "key" and principal.kind == "session":
        raise Forbidden(f"This needs an API key, not a session. {HOW}", code="key_only")
    if principal.kind == "session" and scope["method"] not in browsers.SAFE:
        browsers.check_csrf(ASGIConnection(scope), principal)
