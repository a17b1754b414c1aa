"""Addresses of files that we serve or take ourselves: who has one may read, or send, that file until it expires."""

import hmac
import json
from urllib.parse import urlencode

from msgspec import Struct

_PURPOSE = b"clipyard file addresses 1"
_UPLOADS = b"clipyard upload addresses 1"


class Place(Struct, frozen=True, kw_only=True):
    """What may be sent to an address: an object of just that size, or a part (from 1 on) of an upload of it."""

    key: str
    size: int
    expires: int
    upload: str = ""
    part: int = 0


def sign_file_url(public_url: str, key: str, *, expires: int, secret: bytes, filename: str | None = None) -> str:
    """`{public_url}/files/{key}?expires=…&signature=…`; `expires` in seconds since 1970."""
    query = {"expires": str(expires), "signature": _signature(key, str(expires), filename, secret)}
    if filename is not None:
        query["filename"] = filename
    return f"{public_url.rstrip('/')}/files/{key}?{urlencode(query)}"


def lasting_file_url(public_url: str, key: str, *, secret: bytes, filename: str | None = None) -> str:
    """`{public_url}/files/{key}?signature=…`, good for as long as the file is there: for what clients store."""
    query = {"signature": _signature(key, "", filename, secret)}
    if filename is not None:
        query["filename"] = filename
    return f"{public_url.rstrip('/')}/files/{key}?{urlencode(query)}"


def verify_file_url(
    key: str, *, expires: str, signature: str, secret: bytes, now: float, filename: str | None = None
) -> bool:
    """Whether the query of a file's address is one of ours and not over; `now` in seconds since 1970.

    An empty `expires` is that of an address that lasts.
    """
    expected = _signature(key, expires, filename, secret)
    if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")):
        return False
    return not expires or now < int(expires)


def _signature(key: str, expires: str, filename: str | None, secret: bytes) -> str:
    """HMAC-SHA256 with a key of its own over a JSON list, whose parts cannot run into each other."""
    own = hmac.digest(secret, _PURPOSE, "sha256")
    return hmac.digest(own, json.dumps([key, expires, filename]).encode(), "sha256").hex()


def sign_upload_url(public_url: str, place: Place, *, secret: bytes) -> str:
    """`{public_url}/uploads/{key}?size=…&expires=…&signature=…`; of a part with `upload` and `part` as well."""
    query = {"size": place.size, "expires": place.expires, "signature": _upload_signature(place, secret)}
    if place.part:
        query |= {"upload": place.upload, "part": place.part}
    return f"{public_url.rstrip('/')}/uploads/{place.key}?{urlencode(query)}"


def verify_upload_url(place: Place, *, signature: str, secret: bytes) -> bool:
    """Whether an address is one of ours, over or not."""
    return hmac.compare_digest(_upload_signature(place, secret).encode(), signature.encode("utf-8", "replace"))


def _upload_signature(place: Place, secret: bytes) -> str:
    own = hmac.digest(secret, _UPLOADS, "sha256")
    parts = [place.key, place.size, place.expires, place.upload, place.part]
    return hmac.digest(own, json.dumps(parts).encode(), "sha256").hex()
