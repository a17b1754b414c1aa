"""The setting that names a bucket:

    s3://KEY:SECRET@host:port/bucket?region=eu-west-1&tls=1&style=path

Without KEY:SECRET the usual AWS chain (environment, profile, instance) is asked; without a host it is AWS itself
(`s3:///bucket?region=…`). `tls=0` speaks plain http to the host. `style`: `path` (default with a host) or
`virtual` (default on AWS; needed by OSS).
"""

from typing import Literal
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from msgspec import Struct

from app.settings import SettingsError

Style = Literal["path", "virtual"]
_STYLES: dict[str, Style] = {"path": "path", "virtual": "virtual"}
_OPTIONS = {"region", "tls", "style"}


class S3Address(Struct, frozen=True, kw_only=True):
    """`endpoint` and the keys are None where AWS's own are meant."""

    bucket: str
    endpoint: str | None
    region: str
    access_key: str | None
    secret_key: str | None
    style: Style


def parse_s3_url(url: str) -> S3Address:
    """Raises SettingsError, which never repeats the URL: it holds a secret."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise _wrong("its host and port cannot be understood") from None
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    style = _STYLES.get(options.get("style", "path" if host else "virtual"))
    if style is None:
        raise _wrong("style is path or virtual")
    if options.get("tls", "1") not in ("0", "1") or not options.keys() <= _OPTIONS:
        raise _wrong("after the ? only region=…, tls=0, tls=1 and style=… are known")
    key, secret = _credentials(parts)
    scheme = "http" if options.get("tls") == "0" else "https"
    host = f"[{host}]" if host and ":" in host else host
    return S3Address(
        bucket=_bucket(parts),
        endpoint=f"{scheme}://{host}" + (f":{port}" if port else "") if host else None,
        region=options.get("region") or "us-east-1",
        access_key=key,
        secret_key=secret,
        style=style,
    )


def _bucket(parts: SplitResult) -> str:
    bucket = parts.path.strip("/")
    if parts.scheme != "s3" or not bucket or "/" in bucket:
        raise _wrong("it names no bucket (a / in the secret must be written as %2F)")
    return bucket


def _credentials(parts: SplitResult) -> tuple[str | None, str | None]:
    if bool(parts.username) != bool(parts.password):
        raise _wrong("a key needs its secret and a secret its key")
    return (unquote(parts.username), unquote(parts.password)) if parts.username and parts.password else (None, None)


def _wrong(reason: str) -> SettingsError:
    form = "s3://KEY:SECRET@host:port/bucket?region=…"
    return SettingsError(f"The setting CLIPYARD_STORAGE_URL is wrong: {reason}. Its form is {form}.")
