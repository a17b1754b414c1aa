"""What a message says and what its headers prove, in each dialect: the same stored facts, in one form of bytes."""

import base64
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from app.dialects import Dialect


class Message(Struct, frozen=True, kw_only=True):
    """What goes to one receiver. `id`: the delivery's; `event`: the event's name."""

    id: str
    event: str
    dialect: Dialect
    body: str


def canonical(message: Any) -> str:
    """JSON as it is stored, signed and sent: sorted keys, no spaces, ASCII, so that everybody gets the same bytes."""
    return json.dumps(message, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def _enveloped(event: str, stored: str) -> str:
    return canonical({"event": event, "data": json.loads(stored)})


def _itself(event: str, stored: str) -> str:
    """Byte for byte: a version of before may have stored it in another form, and signed and sent that."""
    return stored


def _video_dev(event: str, stored: str) -> str:
    """What it is about stands beside it under its own name; a render names its run and media too, so it comes first."""
    data = json.loads(stored)
    named = next(name for name in ("render_id", "run_id", "media_id") if name in data)
    return canonical({"event": event, named: data[named], "data": data})


def _tornado(event: str, stored: str) -> str:
    return canonical({"type": event, **json.loads(stored)})


BODIES: dict[Dialect, Callable[[str, str], str]] = {
    "fastclip": _enveloped,
    "clipcat": _itself,
    "videodev": _video_dev,
    "tornado": _tornado,
}
"""An event's name and what is stored of it as the dialect's body."""


def body(dialect: Dialect, event: str, stored: str) -> str:
    """`stored`: what is told of the event, as `canonical` made it, once for all attempts."""
    return BODIES[dialect](event, stored)


def headers(message: Message, secrets: Sequence[str], now: int) -> dict[str, str]:
    """Those of Standard Webhooks 1.0.0 and the dialect's own; `now` in seconds since 1970, one for each attempt.

    `secrets`, the current one first: all of them sign the standard's way, the current one the dialect's.
    """
    own = _OWN_HEADERS.get(message.dialect)
    return {**_standard(message, secrets, now), **(own(message, secrets[0], now) if own else {})}


def _standard(message: Message, secrets: Sequence[str], now: int) -> dict[str, str]:
    """HMAC-SHA256 over `id.timestamp.body`; a receiver may refuse what is older than five minutes."""
    signed = f"{message.id}.{now}.{message.body}".encode()
    keys = [base64.b64decode(secret.removeprefix("whsec_")) for secret in secrets]
    signatures = [base64.b64encode(hmac.digest(key, signed, "sha256")).decode() for key in keys]
    return {
        "webhook-id": message.id,
        "webhook-timestamp": str(now),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def _fastclip_proof(message: Message, secret: str, now: int) -> dict[str, str]:
    return {
        "X-FastClip-Event": message.event,
        "X-FastClip-Delivery-ID": message.id,
        "X-FastClip-Signature": f"sha256={_hex(secret, message.body)}",
    }


def _tornado_proof(message: Message, secret: str, now: int) -> dict[str, str]:
    return {"X-Tornado-Signature": f"t={now},v1={_hex(secret, f'{now}.{message.body}')}"}


def _hex(secret: str, text: str) -> str:
    """Keyed with the secret as it is shown."""
    return hmac.digest(secret.encode(), text.encode(), "sha256").hex()


_OWN_HEADERS: Mapping[Dialect, Callable[[Message, str, int], dict[str, str]]] = {
    "fastclip": _fastclip_proof,
    "tornado": _tornado_proof,
}
