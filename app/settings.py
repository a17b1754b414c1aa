"""The one reader of the environment: everything an operator may set, decoded once and frozen."""

import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Count = Annotated[int, Meta(ge=0)]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """One field per `CLIPYARD_…` variable (upper-cased); an empty variable means the default."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8000
    data_dir: str = "data"
    database_url: str = ""
    broker_url: str = ""
    storage_url: str = ""
    storage_public_url: str = ""
    public_url: str = ""
    cors_origins: str = ""
    trusted_proxies: str = ""
    signup: Literal["closed", "open"] = "closed"
    smtp_url: str = ""
    mail_from: str = "Clipyard <clipyard@localhost>"
    bootstrap_key: str = ""
    secret: str = ""
    allow_private_addresses: bool = False
    cpu_slots: Count = 0
    light_slots: Count = 2
    network_slots: Count = 4
    account_slots: Count = 0
    rate_limit: Count = 600
    address_limit: Count = 1200
    billing: Literal["off", "on"] = "off"
    lease_seconds: Annotated[float, Meta(ge=1, le=600)] = 30
    still_servers: Annotated[int, Meta(ge=1, le=16)] = 1
    queue_prefix: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,64}$")] = "clipyard"
    ffmpeg: str = ""
    log_format: Literal["auto", "json", "text"] = "auto"

    @property
    def data_path(self) -> Path:
        return Path(self.data_dir).resolve()

    @property
    def base_url(self) -> str:
        """The start of every absolute URL we emit; a listening wildcard is nobody's address."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::", "") else self.host  # noqa: S104
        host = f"[{host}]" if ":" in host else host
        return self.public_url.rstrip("/") or f"http://{host}:{self.port}"

    @property
    def trusted_origins(self) -> list[str]:
        """Whose pages may call us for who is signed in here; a "*" trusts nobody in particular."""
        return [origin for origin in self.allowed_origins if "*" not in origin]

    @property
    def allowed_origins(self) -> list[str]:
        return [origin for given in self.cors_origins.split(",") if (origin := given.strip().rstrip("/"))]

    @property
    def proxies(self) -> list[str]:
        """Whose word is taken for where a request comes from."""
        return [proxy for given in self.trusted_proxies.split(",") if (proxy := given.strip())]


class SettingsError(Exception):
    """A variable cannot be understood; the sentence names it and says what is expected."""


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Decode `CLIPYARD_…` variables. Raises SettingsError that names the variable."""
    source = os.environ if environment is None else environment
    names = {f"CLIPYARD_{field.upper()}": field for field in Settings.__struct_fields__}
    given = {field: source[name] for name, field in names.items() if source.get(name)}
    unknown = sorted(name for name in source if name.startswith("CLIPYARD_") and name not in names)
    if unknown:
        raise SettingsError(f"{unknown[0]} is not a setting. The settings are: {', '.join(sorted(names))}.")
    try:
        settings = msgspec.convert(given, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(_named(str(error))) from error
    for proxy in settings.proxies:
        _check_network(proxy)
    return settings


def _named(message: str) -> str:
    sentence, _, path = message.partition(" - at `$.")
    return f"CLIPYARD_{path.rstrip('`').upper()}: {sentence}." if path else message


def _check_network(proxy: str) -> None:
    """A `*` is none either: everybody would choose the address they are counted by."""
    try:
        ipaddress.ip_network(proxy)
    except ValueError as error:
        message = f'"{proxy[:60]}" is not an address or network such as 127.0.0.1 or 10.0.0.0/8.'
        raise SettingsError(f"CLIPYARD_TRUSTED_PROXIES: {message}") from error


def environment(settings: Settings) -> dict[str, str]:
    """The variables that make a child process load equal settings."""
    return {
        f"CLIPYARD_{field.upper()}": {True: "1", False: "0"}.get(value, str(value))
        if isinstance(value, bool)
        else str(value)
        for field in Settings.__struct_fields__
        if (value := getattr(settings, field)) not in ("", None)
    }
