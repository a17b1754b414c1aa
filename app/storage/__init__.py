"""Where files live: one interface, a local directory or an S3 bucket behind it."""

from pathlib import Path

from app import secret
from app.settings import Settings
from app.storage.names import check_key, content_disposition, content_type_of, owner
from app.storage.signing import Place, lasting_file_url, sign_file_url, verify_file_url, verify_upload_url
from app.storage.store import ObjectInfo, Part, Storage

__all__ = [
    "ObjectInfo",
    "Part",
    "Place",
    "Storage",
    "check_key",
    "content_disposition",
    "content_type_of",
    "lasting_file_url",
    "open_storage",
    "owner",
    "sign_file_url",
    "storage_of",
    "verify_file_url",
    "verify_upload_url",
]


def storage_of(settings: Settings) -> Storage:
    """The store of this installation. Raises SettingsError."""
    return open_storage(
        settings.storage_url,
        data_dir=settings.data_path,
        public_url=settings.base_url,
        secret=secret.load(settings),
        storage_public_url=settings.storage_public_url,
    )


def open_storage(
    storage_url: str, *, data_dir: Path, public_url: str, secret: bytes, storage_public_url: str = ""
) -> Storage:
    """The store that the settings choose; nothing is contacted yet.

    Empty `storage_url`: `files/` in the data directory, served and signed by us under `public_url`.
    `s3://…` (its form: `app.storage.s3_url`): a bucket, which clients reach at `storage_public_url` when that is
    given. Raises SettingsError.
    """
    if not storage_url:
        from app.storage.local import LocalStorage

        return LocalStorage(data_dir / "files", public_url=public_url, secret=secret)
    from app.storage.s3 import S3Storage  # boto costs 0.4 s that an embedded service need not spend
    from app.storage.s3_url import parse_s3_url

    return S3Storage(parse_s3_url(storage_url), public_endpoint=storage_public_url)
