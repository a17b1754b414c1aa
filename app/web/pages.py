"""How a folder of page, styles and scripts is served: only what it holds, asked for again each time, sent when new."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from litestar import Request, Response

from app.errors import NotFound

TYPES = {".css": "text/css", ".html": "text/html", ".js": "text/javascript", ".txt": "text/plain"}


def served(request: Request[Any, Any, Any], file: Path, policy: str) -> Response[bytes]:
    """A file of a page's folder under a Content-Security-Policy, or 304 when the client has it.

    Raises NotFound for whatever is no page, style or script.
    """
    content, tag = _read(file.parent, file.name)
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-cache",
        "ETag": tag,
    }
    if request.headers.get("if-none-match") == tag:
        return Response(b"", status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=TYPES[file.suffix])


@cache
def _read(folder: Path, name: str) -> tuple[bytes, str]:
    if name not in {path.name for path in folder.iterdir() if path.suffix in TYPES}:
        raise NotFound(f"There is no page {name[:64]}.", code="not_found")
    content = (folder / name).read_bytes()
    return content, f'"{hashlib.sha256(content).hexdigest()[:32]}"'
