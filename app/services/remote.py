"""Addresses of files that clients want us to fetch, looked at before they become a job."""

from app.egress import Egress
from app.errors import AppError, Problem, Unsupported

_PEEK_S = 8.0
_PAGES = ("text/html", "application/xhtml+xml")


async def peek(url: str, egress: Egress) -> None:
    """Raises AppError for what cannot be fetched or is a web page; a slow address is the worker's to wait for."""
    try:
        content_type = await egress.peek(url, timeout_s=_PEEK_S)
    except AppError as error:
        if error.code == "asset_timeout":
            return
        raise type(error)(error.message, code=error.code, fields=(Problem("url", error.message),)) from error
    if content_type in _PAGES:
        raise web_page()


def web_page() -> Unsupported:
    message = "This address is a web page, not a video or sound file. Give the address of the file itself."
    return Unsupported(message, code="needs_downloader", fields=(Problem("url", message),))
