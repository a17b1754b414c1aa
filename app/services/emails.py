"""E-mail addresses in the one spelling in which they are stored and compared."""

import re

from app.errors import InvalidInput, Problem

MAX = 200
_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_EMAIL = re.compile(rf"{_ATOM}(\.{_ATOM})*@({_LABEL}\.)*{_LABEL}")


def normalised(given: str, path: str = "email") -> str:
    """In lower case, with an international domain in its ASCII form. Raises InvalidInput at that path."""
    given = given.strip()
    # Not even looked at when it is too long: to normalise a domain takes the square of its length.
    local, _, domain = given.lower().rpartition("@") if len(given) <= MAX else ("", "", "")
    email = f"{local}@{_ascii(domain)}"
    if not _EMAIL.fullmatch(email) or len(local) > 64 or len(email) > MAX:
        message = "That is no e-mail address. Write one such as ann@example.com."
        raise InvalidInput(message, fields=(Problem(path, message),))
    return email


def _ascii(domain: str) -> str:
    """Empty for what is no domain, or would become another one: straße.de is not strasse.de."""
    try:
        encoded = domain.encode("idna")
        return encoded.decode() if encoded.decode("idna") == domain else ""
    except UnicodeError:
        return ""
