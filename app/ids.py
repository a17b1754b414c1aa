"""Every public id and secret format is minted here."""

import base64
import hashlib
import re
import secrets
import string
import uuid

_BASE62 = string.digits + string.ascii_letters
_POSSIBLE = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


def _random(length: int) -> str:
    """`length` base-62 characters, 5.95 bits each."""
    return "".join(secrets.choice(_BASE62) for _ in range(length))


def possible(text: str) -> bool:
    """Whether a client's text can be the id or name of anything. What cannot be is not there, and not looked for.

    Among what is left out are texts that PostgreSQL refuses to compare with.
    """
    return _POSSIBLE.fullmatch(text) is not None


def job_id() -> str:
    """131 random bits: the id alone may grant a reader access."""
    return f"job_{_random(22)}"


def part_id(job: str, number: int) -> str:
    """Told from the job's, so that another attempt at the job finds the parts of the one before."""
    return f"{job}_{number:03}"


def account_id() -> str:
    return f"acc_{_random(16)}"


def api_key_id() -> str:
    return f"key_{_random(16)}"


def asset_id() -> str:
    return f"ast_{_random(22)}"


def upload_id() -> str:
    return f"upl_{_random(22)}"


def clip_id() -> str:
    """A random UUID, 122 bits: the id alone leads to the share page."""
    return str(uuid.uuid4())


def tool_job_id() -> str:
    """A random UUID, 122 bits: the id alone leads to the result."""
    return str(uuid.uuid4())


def font_id() -> str:
    return f"fnt_{_random(22)}"


def template_uid() -> str:
    return _random(18)


def webhook_secret() -> str:
    """192 random bits in the form of the Standard Webhooks specification."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}"


def worker_id() -> str:
    return f"wrk_{_random(12)}"


def signing_secret_id() -> str:
    return f"sec_{_random(16)}"


def event_id() -> str:
    return f"evt_{_random(22)}"


def webhook_id() -> str:
    return f"whk_{_random(16)}"


def delivery_id() -> str:
    return f"msg_{_random(22)}"


def ledger_operation_id() -> str:
    return f"op_{_random(16)}"


def grant_id() -> str:
    return f"grant_{_random(16)}"


def attempt_id() -> str:
    return f"att_{_random(22)}"


def request_id() -> str:
    """Leads an operator from an answer to the log line of its failure."""
    return f"req_{_random(12)}"


def render_uid() -> str:
    """Clipcat's form: eighteen letters and digits."""
    return _random(18)


def builtin_template_uid(stem: str) -> str:
    """The same eighteen characters for the same file name, on every installation."""
    number = int.from_bytes(hashlib.sha256(f"clipyard template {stem}".encode()).digest())
    return "".join(_BASE62[number // 62**place % 62] for place in range(18))


def api_key() -> str:
    """A secret of 256 bits that is easy to recognise in a leak scan."""
    return f"clp_{_random(43)}"


def session_id() -> str:
    """A secret of 256 bits, known to one browser."""
    return _random(43)


SESSION_NAME = 24
"""Of a session's hash so many letters name it to its owner: enough to tell it from others, too few to be it."""


def session_name(hashed: str) -> str:
    return f"ses_{hashed[:SESSION_NAME]}"


def link_token() -> str:
    """A secret of 256 bits, sent by mail to be used once."""
    return _random(43)


def audit_id() -> str:
    return f"aud_{_random(22)}"


def secret_hash(minted: str) -> str:
    """SHA-256 is enough: 256 random bits cannot be guessed, so slow hashing would protect nothing."""
    return hashlib.sha256(minted.encode()).hexdigest()
