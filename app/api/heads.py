"""HEAD is GET without the body (RFC 9110 §9.3.2), of every address that does not do it by itself."""

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

OWN = ("/files/", "/v1/upload/tus/")
"""Below these there are handlers of HEAD."""


def heading(app: ASGIApp) -> ASGIApp:
    """`app`, which is asked to GET instead; the server leaves the body of a HEAD's answer out."""

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP and scope["method"] == "HEAD" and not scope["path"].startswith(OWN):
            scope = {**scope, "method": "GET"}  # a copy: the server still knows what was asked
        await app(scope, receive, send)

    return answered
