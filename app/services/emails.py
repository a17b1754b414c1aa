"""E-mail addresses in the one spelling in which they are stored and compared."""

import re

from app.errors import InvalidInput, Problem

MAX = 200
_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def normalised(given: str, path: str = "email") -> str:
    """In lower case, with an international domain in its ASCII form. Raises InvalidInput at that path."""
    local, _, domain = given.strip().lower().rpartition("@")
    try:
        domain = domain.encode("idna").decode()
    except UnicodeError:
        domain = ""
    email = f"{local}@{domain}"
    if not _LOCAL.fullmatch(local) or len(local) > 64 or not _DOMAIN.fullmatch(domain) or len(email) > MAX:
        message = "That is no e-mail address. Write one such as ann@example.com."
        raise InvalidInput(message, fields=(Problem(path, message),))
    return email
