"""The installation's secret: signs URLs and encrypts what must be stored; the same for api and workers."""

import base64
import hmac
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from app.settings import Settings, SettingsError

MINIMUM = 16
_PURPOSE = b"clipyard secrets at rest 1"
_PSEUDONYMS = b"clipyard pseudonyms 1"


def load(settings: Settings) -> bytes:
    """CLIPYARD_SECRET, or on the embedded defaults a random one that the data directory keeps (mode 0600)."""
    if settings.secret:
        if len(settings.secret) < MINIMUM:
            raise SettingsError(f"CLIPYARD_SECRET must have at least {MINIMUM} characters.")
        return settings.secret.encode()
    if settings.database_url or settings.broker_url or settings.storage_url:
        raise SettingsError(
            "CLIPYARD_SECRET is missing. With a database, broker or store of your own, set the same long random "
            "value for the api and every worker (for example the output of `openssl rand -hex 32`)."
        )
    return _kept(settings.data_path / "secret")


def sealed(text: str, secret: bytes) -> str:
    """Encrypted and authenticated under the installation's secret, to be stored."""
    return _box(secret).encrypt(text.encode()).decode()


def opened(token: str, secret: bytes) -> str:
    """What `sealed` was given. Raises SettingsError when that was under another secret."""
    try:
        return _box(secret).decrypt(token.encode()).decode()
    except InvalidToken as error:
        message = "CLIPYARD_SECRET is not the one under which this database's secrets were stored."
        raise SettingsError(f"{message} After a change `reseal` takes them over.") from error


def resealed(token: str, secret: bytes, *, before: bytes) -> str | None:
    """The same, whichever of the two it was sealed under; None when that was neither."""
    try:
        return MultiFernet([_box(secret), _box(before)]).rotate(token.encode()).decode()
    except InvalidToken:
        return None


def pseudonym(text: str, secret: bytes) -> str:
    """64 hexadecimal digits, the same for the same text; to who lacks the secret they say nothing about it."""
    return hmac.digest(hmac.digest(secret, _PSEUDONYMS, "sha256"), text.encode(), "sha256").hex()


def _box(secret: bytes) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hmac.digest(secret, _PURPOSE, "sha256")))


def _kept(path: Path) -> bytes:
    """Two processes that start together agree: the file appears whole or not at all."""
    draft = path.with_name(f"secret.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(32))
    except OSError as error:
        message = f"CLIPYARD_DATA_DIR: {path.parent} cannot be written to ({error.strerror})."
        raise SettingsError(message) from error
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_bytes()
