"""What browsers add to a question: the session cookie, the origin of the page, and the token that proves it is ours."""

import hmac
import ipaddress
from typing import Any

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from yarl import URL

from app.errors import Forbidden
from app.services import sessions
from app.services.principals import Principal
from app.settings import Settings

CSRF_HEADER = "X-CSRF-Token"
SAFE = ("GET", "HEAD", "OPTIONS")

Connection = ASGIConnection[Any, Any, Any, Any]


def cookie_name(settings: Settings) -> str:
    """Over https one that browsers take from this very host alone: no neighbour below its domain can plant another."""
    return "__Host-clipyard_session" if _secure(settings) else "clipyard_session"


def session_cookie(session: str, settings: Settings) -> Cookie:
    """Empty: it is taken back."""
    return Cookie(
        key=cookie_name(settings),
        value=session,
        max_age=sessions.LIFE_S if session else 0,
        path="/",
        httponly=True,
        samesite="lax",
        secure=_secure(settings),
    )


def session_of(connection: Connection) -> str:
    """What the session's cookie holds, as far as the client says; empty without one."""
    return connection.cookies.get(cookie_name(connection.app.state.context.settings), "")


def _secure(settings: Settings) -> bool:
    return settings.base_url.startswith("https:")


def address(connection: Connection) -> str:
    """Where the client is, as far as attempts are counted: the IPv6 network of somebody's home counts as one."""
    host = connection.client.host if connection.client else ""
    try:
        ip = ipaddress.ip_address(_without_port(host))
    except ValueError:  # what a proxy passed on is no address
        return "unknown"
    if ip.version == 4:
        return str(ip)
    return str(ip.ipv4_mapped or ipaddress.IPv6Network((int(ip), 64), strict=False))


def _without_port(host: str) -> str:
    """Some proxies pass on 192.0.2.1:5678 or [2001:db8::1]:5678."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0] if host.count(":") == 1 else host


def check_csrf(connection: Connection, principal: Principal) -> None:
    """For what a cookie asks to change. Raises Forbidden."""
    check_origin(connection, required=True)
    token = sessions.csrf_token(principal.id, connection.app.state.context.secret)
    if not hmac.compare_digest(connection.headers.get(CSRF_HEADER, "").encode(), token.encode()):
        message = f"The header {CSRF_HEADER} is missing or wrong. GET /account/session tells the right one."
        raise Forbidden(message, code="csrf_failed")


def check_origin(connection: Connection, *, required: bool = False) -> None:
    """The page that asks is ours, or one that CLIPYARD_CORS_ORIGINS trusts. Raises Forbidden.

    Browsers name the page in Origin or Referer with whatever they send to change something; `required`: a client
    that names none is refused, too.
    """
    headers, settings = connection.headers, connection.app.state.context.settings
    given: str = headers.get("origin") or headers.get("referer") or ""
    if not given and not required:
        return
    own, origin = _own(connection, settings), _origin(given)
    if not origin or origin not in (own, *settings.trusted_origins):
        message = f"A request from {given[:200] or 'no page at all'} is not accepted, only from {own}"
        raise Forbidden(f"{message}. CLIPYARD_PUBLIC_URL and CLIPYARD_CORS_ORIGINS decide.", code="foreign_origin")


def _own(connection: Connection, settings: Settings) -> str:
    """Our pages' origin: as the settings say it, else the one that was asked."""
    return _origin(settings.public_url or f"{connection.url.scheme}://{connection.headers.get('host', '')}")


def _origin(address: str) -> str:
    """Scheme, host and port of an address; empty when it has none."""
    try:
        return str(URL(address).origin())
    except ValueError:
        return ""
