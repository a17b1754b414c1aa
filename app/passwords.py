"""Passwords: hashed slowly with Argon2id, a few at once, and compared in the same time whether anybody has one."""

import asyncio
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from app.errors import InvalidInput, Problem

MIN_CHARACTERS = 10
MAX_BYTES = 1000
AT_ONCE = 2
"""Each hash fills 64 MiB for some tens of milliseconds."""

_hasher = PasswordHasher()  # RFC 9106, second recommendation
_threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="password")


@cache
def _nobodys() -> str:
    """What a password is compared with when there is none, so that the answer takes as long."""
    return _hasher.hash("nobody has this password")


async def hashed(password: str, path: str = "password", *, email: str | None = None) -> str:
    """A hash to be stored. Raises InvalidInput, at that path, for a password that is too short, long or easy.

    `email`: what its owner signs in with.
    """
    wrong = _complaint(password) or _easy(_form(password), email or "")
    if wrong:
        raise InvalidInput(wrong, fields=(Problem(path, wrong),))
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, _form(password))


async def matches(password: str, stored: str) -> bool:
    """Whether this is the password of that hash; of none, when `stored` is empty."""
    if len(password) > MAX_BYTES:
        password = ""
    return await asyncio.get_running_loop().run_in_executor(_threads, _matches, password, stored)


def _matches(password: str, stored: str) -> bool:
    nobodys = _nobodys()  # in any case: the first comparison tells nothing by making it
    try:
        same = _hasher.verify(stored or nobodys, _form(password))
    except (Argon2Error, InvalidHashError):
        return False
    return same and bool(stored)


def _complaint(password: str) -> str:
    too_long = f"A password has at most {MAX_BYTES} bytes."
    if len(password) > MAX_BYTES:  # before it is composed, which takes the square of its length
        return too_long
    if len(password) < MIN_CHARACTERS:
        return f"A password has at least {MIN_CHARACTERS} characters."
    try:
        size = len(_form(password).encode())
    except UnicodeEncodeError:
        return "A password is text: some of its bytes are no UTF-8."
    return too_long if size > MAX_BYTES else ""


def _easy(password: str, email: str) -> str:
    """What anybody tries first. More rules would only make people choose worse (NIST SP 800-63B, 5.1.1.2)."""
    if not password.strip():
        return "A password is not made of blanks alone."
    if len(set(password.casefold())) == 1:
        return "A password is more than one character over and over."
    if password.strip().casefold() == email:
        return "A password is not the e-mail it is used with."
    return ""


def _form(password: str) -> str:
    """The same password, whichever keyboard composes its accents."""
    return unicodedata.normalize("NFC", password)
