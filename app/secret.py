"""The installation's secret: what signs file addresses and encrypts secrets at rest, in every process alike."""

import contextlib
import os
import secrets
from pathlib import Path

from app.settings import Settings


def secret_of(settings: Settings) -> bytes:
    """`CLIPYARD_SECRET`, or one that is made once and kept in the data directory for its owner alone."""
    if settings.secret:
        return settings.secret.encode()
    file = settings.data_path / "secret"
    if not file.exists():
        _make(file)
    return file.read_bytes()


def _make(file: Path) -> None:
    """Several processes may start at once: the first whole file wins."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temp = file.with_name(f".secret-{secrets.token_hex(8)}")
    handle = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(secrets.token_hex(32).encode())
            out.flush()
            os.fsync(out.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(temp, file)
    finally:
        temp.unlink()
