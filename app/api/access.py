"""Who may use a route: what routers and handlers say in their options, and `auth.py` sees to."""

import re
from collections.abc import Mapping
from typing import Any, Literal

Access = Literal["key", "session", "either"]

ACCESS = "access"
"""The option's name. Without it a route takes API keys only."""

KEYLESS = (
    "/health",
    "/ready",
    "/openapi.json",
    "/docs",
    "/v1/templates/schema",
    "/account",
    "/account/sign-up",
    "/account/sign-in",
    "/account/forgot",
    "/account/reset",
    "/account/link",
    "/account/service",
)
CAPABILITIES = (
    re.compile(r"/files/.*"),
    re.compile(r"/uploads/.*"),
    re.compile(r"/c/[^/]*/?"),
    re.compile(r"/embed/[^/]*/?"),
    re.compile(r"/v1/share/[^/]*(/view)?/?"),
    re.compile(r"/oembed/?"),
    re.compile(r"/api/tools/(jobs|download)/[^/]*/?"),
)
"""Addresses that carry their own permission, as a signature or an id that cannot be guessed."""
_READING = ("GET", "HEAD")
_TO_READ = re.compile(r"/api/tools/.*")
"""Of those, what permits nothing else."""
PAGES = ("/docs/", "/account/page/", "/c/page/")
WATCHED = ("/health", "/ready")
"""Asked often and always, by what must not be refused."""


def is_open(path: str, method: str) -> bool:
    """Whether an address needs neither key nor session."""
    carried = is_capability(path) and (method in _READING or not _TO_READ.fullmatch(path))
    return carried or path.startswith(PAGES) or path.rstrip("/") in KEYLESS


def is_capability(path: str) -> bool:
    return any(pattern.fullmatch(path) for pattern in CAPABILITIES)


def is_counted(path: str, method: str) -> bool:
    """Whether requests for an open address are limited by where they come from."""
    return path.rstrip("/") not in WATCHED and method != "OPTIONS"


def of(options: Mapping[str, Any]) -> Access:
    """What a route's options say."""
    access: Access = options.get(ACCESS, "key")
    return access
