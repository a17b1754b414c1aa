"""The one reader of the environment: everything an operator may set, decoded once and frozen."""

import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, inspect

_ORIGIN = r"https?://(\[[0-9A-Fa-f:.]+\]|[^\s/?#@:,\[\]]+)(:[0-9]{1,5})?"
_ORIGINS = rf"\s*(\*|{_ORIGIN}/?)\s*"

Count = Annotated[int, Meta(ge=0)]
Address = Annotated[
    str, Meta(pattern=rf"^{_ORIGIN}(/[^\s?#]*)?\Z", description="an address such as https://clips.example.com")
]
Origins = Annotated[
    str,
    Meta(
        pattern=rf"^{_ORIGINS}(,{_ORIGINS})*,?\s*\Z",
        description="origins such as https://app.example.com (no path), separated by commas, or *",
    ),
]
Key = Annotated[
    str, Meta(pattern=r"^[!-~]{16,}\Z", description="at least 16 characters of printable ASCII without spaces")
]
"""It travels in a header."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """One field per `CLIPYARD_…` variable (upper-cased); an empty variable means the default.

    `description`: what `load` says that a variable has to be, where its type does not say it in words.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8000
    data_dir: str = "data"
    database_url: Annotated[
        str, Meta(pattern="^postgres(ql)?://.", description="of the form postgres://user:password@host/database")
    ] = ""
    broker_url: Annotated[str, Meta(pattern="^amqps?://.", description="of the form amqp://user:password@host")] = ""
    storage_url: str = ""
    storage_public_url: Address = ""
    public_url: Address = ""
    cors_origins: Origins = ""
    trusted_proxies: str = ""
    signup: Literal["closed", "open"] = "closed"
    smtp_url: str = ""
    mail_from: str = "Clipyard <clipyard@localhost>"
    bootstrap_key: Key = ""
    secret: str = ""
    allow_private_addresses: bool = False
    cpu_slots: Count = 0
    light_slots: Count = 2
    network_slots: Count = 4
    account_slots: Count = 0
    account_queue: Count = 1000
    storage_quota: Count = 10_000_000_000
    rate_limit: Count = 600
    address_limit: Count = 1200
    billing: Literal["off", "on"] = "off"
    lease_seconds: Annotated[float, Meta(ge=1, le=600)] = 30
    still_servers: Annotated[int, Meta(ge=1, le=16)] = 1
    queue_prefix: Annotated[
        str, Meta(pattern=r"^[A-Za-z0-9._-]{1,64}\Z", description='1 to 64 letters, digits or "._-"')
    ] = "clipyard"
    ffmpeg: str = ""
    log_format: Literal["auto", "json", "text"] = "auto"

    @property
    def data_path(self) -> Path:
        return Path(self.data_dir).resolve()

    @property
    def frames_cache(self) -> Path:
        """The media of frames that this host drew lately, in a folder for each account."""
        return self.data_path / "cache" / "stills"

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
        """As browsers write them."""
        return [origin for given in self.cors_origins.lower().split(",") if (origin := given.strip().rstrip("/"))]

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
        raise SettingsError(_wanted(str(error).rpartition("$.")[2].rstrip("`"))) from error
    for proxy in settings.proxies:
        _check_network(proxy)
    return settings


def _wanted(field: str) -> str:
    """What a variable has to be; never what it is, which may be a password."""
    info = inspect.type_info(Settings)
    assert isinstance(info, inspect.StructType)
    [kind] = [known.type for known in info.fields if known.name == field]
    return f"CLIPYARD_{field.upper()} has to be {_words(kind)}."


def _words(kind: inspect.Type) -> str:
    match kind:
        case inspect.Metadata(extra_json_schema={"description": words}):
            return str(words)
        case inspect.LiteralType(values=values):
            return f"one of: {', '.join(map(str, values))}"
        case inspect.IntType(ge=least, le=most) | inspect.FloatType(ge=least, le=most):
            number = "a whole number" if isinstance(kind, inspect.IntType) else "a number"
            return f"{number} of at least {least}" if most is None else f"{number} from {least} to {most}"
    return "1 or 0" if isinstance(kind, inspect.BoolType) else "text"


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
