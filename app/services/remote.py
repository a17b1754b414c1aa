"""Addresses of files that clients want us to fetch, looked at before they become a job."""

import contextlib

from app.egress import Egress
from app.errors import AddressRefused, Problem, SourceFailed, Unsupported

_PEEK_S = 8.0
_PAGES = ("text/html", "application/xhtml+xml")


async def peek(url: str, egress: Egress) -> None:
    """Raises AddressRefused, and Unsupported for a web page. What is away or slow now is the worker's to ask again."""
    content_type = ""
    try:
        with contextlib.suppress(SourceFailed):
            content_type = await egress.peek(url, timeout_s=_PEEK_S)
    except AddressRefused as error:
        raise AddressRefused(error.message, fields=(Problem("url", error.message),)) from error
    if content_type in _PAGES:
        raise web_page()


def web_page() -> Unsupported:
    message = "This address is a web page, not a video or sound file. Give the address of the file itself."
    return Unsupported(message, code="needs_downloader", fields=(Problem("url", message),))
