"""The address policy: which URLs and IP addresses this service may call on behalf of a client. Pure.

Schemes http and https; ports 80, 443 and from 1024 on, so that no system service (mail, shell, directory) can
be reached; no credentials in a URL. An address must be ordinary public unicast. Operators may open networks,
usually `PRIVATE`; link-local and metadata addresses, multicast, reserved ranges and tunnels stay closed.
"""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from yarl import URL

from app.errors import AddressRefused

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

MAX_URL = 8192
_MAX_HOST = 253
_LOWEST_FREE_PORT = 1024
_WEB_PORTS = (80, 443)

# Never opened, whatever the operator says: credentials live there, or nothing that a client could mean.
_CLOSED = {
    "a link-local address": ("169.254.0.0/16", "fe80::/10"),
    "a cloud's metadata address": ("100.100.100.200/32", "168.63.129.16/32", "fd00:ec2::254/128"),
    "an address that stands for this host": ("0.0.0.0/8", "::/128"),
    "a multicast address": ("224.0.0.0/4", "ff00::/8"),
    "a reserved address": (
        "240.0.0.0/4",
        "192.0.0.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.175.48.0/24",
    ),
    "a documentation address": (
        "192.0.2.0/24",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "2001:db8::/32",
        "3fff::/20",
    ),
    "an address for benchmarks": ("198.18.0.0/15", "2001:2::/48"),
    "a Teredo tunnel": ("2001::/32",),
    "a special-purpose address": ("2001::/23", "5f00::/16"),
    "a 6to4 tunnel": ("192.88.99.0/24", "2002::/16"),
    "a local NAT64 address": ("64:ff9b:1::/48",),
}
# Opened by `PRIVATE`, or one network at a time.
_INSIDE = {
    "a loopback address": ("127.0.0.0/8", "::1/128"),
    "a private address": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"),
    "a carrier's shared address": ("100.64.0.0/10",),
}
_NAT64 = IPv6Network("64:ff9b::/96")
_COMPATIBLE = IPv6Network("::/96")
_UNICAST = IPv6Network("2000::/3")
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)


def _table(families: dict[str, tuple[str, ...]]) -> tuple[tuple[Network, str], ...]:
    return tuple((ip_network(text), reason) for reason, texts in families.items() for text in texts)


_CLOSED_TABLE = _table(_CLOSED)
_INSIDE_TABLE = _table(_INSIDE)
PRIVATE: tuple[Network, ...] = tuple(network for network, _ in _INSIDE_TABLE)

# RFC 3986's characters: such a URL is sent as it is written, since re-quoting breaks signatures in queries.
_PLAIN = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\\]")
_LABEL = re.compile(r"[a-z0-9_-]{1,63}")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


def judge(address: Address, opened: Sequence[Network] = ()) -> str | None:
    """Why `address` must not be called ("a private address"), or None. `opened`: inside networks to allow."""
    if isinstance(address, IPv6Address) and (inner := _translated(address)):
        return judge(inner, opened)
    for network, reason in _CLOSED_TABLE:
        if address in network:
            return reason
    for network, reason in _INSIDE_TABLE:
        if address in network:
            return None if any(address in allowed for allowed in opened) else reason
    if isinstance(address, IPv6Address) and (reason_v6 := _odd_ipv6(address)):
        return reason_v6
    return None if address.is_global else "a reserved address"


def _translated(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that a packet to this one reaches: mapped in the kernel, or by the network's NAT64."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped


def _odd_ipv6(address: IPv6Address) -> str | None:
    if address in _COMPATIBLE:
        return "an IPv4-compatible address"
    if (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP:
        return "an ISATAP tunnel"
    return None if address in _UNICAST else "a reserved address"


def check_url(text: str, opened: Sequence[Network] = ()) -> URL:
    """The URL to call, judged as far as its spelling goes: names are judged when they are resolved.

    Raises AddressRefused with a sentence that says what to change.
    """
    url = _parsed(text)
    if url.scheme not in ("http", "https"):
        raise AddressRefused("The address must start with http:// or https://.")
    if url.raw_user is not None or url.raw_password is not None:
        raise AddressRefused("The address must not carry a user name or password. Leave them out.")
    host = (url.raw_host or "").lower().removesuffix(".")
    if reason := _judge_host(host, opened):
        raise AddressRefused(refusal(host, reason))
    if url.port not in _WEB_PORTS and (url.port or 0) < _LOWEST_FREE_PORT:
        raise AddressRefused(f"Port {url.port} is not allowed: use 80, 443 or one from 1024 to 65535.")
    return url.with_fragment(None) if host == url.raw_host else url.with_fragment(None).with_host(host)


def refusal(host: str, reason: str) -> str:
    return f"{host} leads to {reason}, which this service does not call. Give a public http or https address."


def _parsed(text: str) -> URL:
    if len(text) > MAX_URL:
        raise AddressRefused(f"The address has {len(text)} characters; at most {MAX_URL} are allowed.")
    if _CONTROL.search(text):
        raise AddressRefused("The address contains a control character or a backslash. Percent-encode it.")
    try:
        url = URL(text, encoded=_PLAIN.fullmatch(text) is not None)
        _ = url.port  # parsed when first read
        return url
    except ValueError as error:
        raise AddressRefused("The address is not a valid URL. Write it like https://example.com/path.") from error


def _judge_host(host: str, opened: Sequence[Network]) -> str | None:
    """What is wrong with a host as it is written. Raises AddressRefused when it is no host at all."""
    if ":" in host:
        return _judge_literal(host, opened)
    labels = host.split(".")
    if len(host) > _MAX_HOST or not all(_LABEL.fullmatch(label) for label in labels):
        raise AddressRefused("The address names no valid host. Write it like https://example.com/path.")
    if _NUMBER.fullmatch(labels[-1]):
        return _judge_literal(host, opened)
    if labels[-1] == "localhost":
        return judge(IPv4Address("127.0.0.1"), opened)
    return None


def _judge_literal(host: str, opened: Sequence[Network]) -> str | None:
    """A host that ends in a number is an IPv4 address for every client; only its plain form is taken."""
    try:
        address = ip_address(host)
        if "%" in host:
            return "an address of one network card"
        return judge(address, opened)
    except ValueError:
        message = "The address names no valid host: write an IPv4 address as four decimal numbers."
        raise AddressRefused(message) from None
