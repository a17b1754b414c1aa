"""The one door for requests to addresses that clients gave us: assets in, webhooks out.

Every hop's URL is judged as written (`addresses.check_url`), every resolved address before it is connected
to, every socket once more as it is made. Names are resolved for each request and connections never reused,
so no decision outlives its request. Redirects from https to http are followed: whoever may give an http URL
gains nothing by one, and no request carries a credential of ours.
"""

import asyncio
import errno
import socket
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urljoin

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from msgspec import Struct
from yarl import URL

from app.addresses import PRIVATE, Network, check_url, judge, refusal
from app.bodies import Limits, receive
from app.errors import AddressRefused, SourceFailed
from app.times import http_date

_HEADERS = {"User-Agent": "Clipyard", "Accept-Encoding": "identity"}
_REDIRECTS = (301, 302, 303, 307, 308)
_MAX_REDIRECTS = 5
_BODY_START = 2048
_BODY_WAIT_S = 2.0
_RESOLVING = 8


class Fetched(Struct, frozen=True, kw_only=True):
    """`content_type`: what the server claims, lower case without parameters. `size`: bytes on disk."""

    size: int
    content_type: str
    final_url: str
    sha256: str


class Posted(Struct, frozen=True, kw_only=True):
    """A webhook receiver's answer. `retry_after`: seconds, when it named a time."""

    status: int
    body_start: str
    retry_after: float | None
    duration_s: float


class Egress:
    """Opens its session in the loop that first uses it; `aclose` ends it.

    `opened`: inside networks to allow beside `allow_private`; `resolver` stands in for the system's.
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        opened: Sequence[Network] = (),
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._opened = (*opened, *(PRIVATE if allow_private else ()))
        self._resolver = resolver
        self._judging: _JudgingResolver | None = None
        self._session: aiohttp.ClientSession | None = None

    def check_url(self, url: str) -> None:
        """The cheap check before a job exists. Raises AddressRefused saying what to change."""
        check_url(url, self._opened)

    async def fetch(
        self,
        url: str,
        dest: Path,
        *,
        max_bytes: int,
        total_timeout_s: float,
        idle_timeout_s: float = 15,
        min_rate: float = 1024,
        grace_s: float = 20,
    ) -> Fetched:
        """GET `url` into `dest`, which appears whole or not at all. At most five redirects.

        Slower than `min_rate` bytes a second on average once `grace_s` have passed counts as timed out.
        Raises AddressRefused, or SourceFailed with the code asset_unreachable, asset_timeout,
        asset_too_large or asset_redirects; OSError when the local disk refuses.
        """
        limits = Limits(
            max_bytes=max_bytes,
            total_timeout_s=total_timeout_s,
            idle_timeout_s=idle_timeout_s,
            min_rate=min_rate,
            grace_s=grace_s,
        )
        first = check_url(url, self._opened)
        with _in_time(first, total_timeout_s):
            async with asyncio.timeout(total_timeout_s), self._answer(first, idle_timeout_s) as response:
                if response.status != 200:
                    raise SourceFailed(_refused(response))
                size, sha256 = await receive(response, dest, limits)
                return Fetched(
                    size=size,
                    content_type=_claimed(response),
                    final_url=str(response.url),
                    sha256=sha256,
                )

    async def peek(self, url: str, *, timeout_s: float) -> str:
        """What the server claims that `url` is, as in `Fetched`, with its body unread. Raises as `fetch` does."""
        first = check_url(url, self._opened)
        with _in_time(first, timeout_s):
            async with asyncio.timeout(timeout_s), self._answer(first, timeout_s) as response:
                if response.status != 200:
                    raise SourceFailed(_refused(response))
                claimed = _claimed(response)
                response.close()
                return claimed

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], *, timeout_s: float = 15) -> Posted:
        """POST once, following no redirect. Any status is an answer; its body may stay unread.

        Raises AddressRefused, or SourceFailed with the code asset_unreachable or asset_timeout.
        """
        target = check_url(url, self._opened)
        started = time.monotonic()
        with _in_time(target, timeout_s, "Answer first, and do the work afterwards."), _answered(target):
            async with asyncio.timeout(timeout_s):
                response = await self._opened_session().post(
                    target, data=body, headers=headers, allow_redirects=False, timeout=_patience(timeout_s)
                )
        duration_s = time.monotonic() - started
        try:
            return Posted(
                status=response.status,
                body_start=await _body_start(response),
                retry_after=retry_after_s(response.headers.get("Retry-After", ""), datetime.now(UTC)),
                duration_s=duration_s,
            )
        finally:
            response.close()

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None
        if self._judging is not None:
            await self._judging.close()
            self._judging = None

    @asynccontextmanager
    async def _answer(self, url: URL, idle_timeout_s: float) -> AsyncIterator[aiohttp.ClientResponse]:
        """The first answer that is no redirect, every hop judged."""
        for _ in range(_MAX_REDIRECTS + 1):
            with _answered(url):
                async with self._opened_session().get(
                    url, allow_redirects=False, timeout=_patience(idle_timeout_s)
                ) as response:
                    if response.status not in _REDIRECTS:
                        yield response
                        return
                    url = self._redirected(response)
        message = f"{url.raw_host} redirects again after {_MAX_REDIRECTS} redirects. Give the file's own address."
        raise SourceFailed(message, code="asset_redirects")

    def _redirected(self, response: aiohttp.ClientResponse) -> URL:
        host, location = response.url.raw_host, response.headers.get("Location", "")
        if not location:
            raise SourceFailed(f"{host} redirects to nowhere.", code="asset_redirects")
        try:
            return check_url(urljoin(str(response.url), location), self._opened)
        except AddressRefused as error:
            raise AddressRefused(f"{host} redirects to another address. {error.message}") from error
        except ValueError as error:
            raise SourceFailed(f"{host} redirects to no valid address.", code="asset_redirects") from error

    def _opened_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._judging = _JudgingResolver(self._resolver or _SystemResolver(), self._opened)
            connector = aiohttp.TCPConnector(
                resolver=self._judging,
                socket_factory=lambda info: _judged_socket(info, self._opened),
                use_dns_cache=False,
                force_close=True,
                limit=0,
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers=_HEADERS,
                auto_decompress=False,
                trust_env=False,
            )
        return self._session


class _SystemResolver(AbstractResolver):
    """The system's names, asked in threads of its own: a hanging name server holds up downloads, nothing else."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_RESOLVING, thread_name_prefix="names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        ask = partial(socket.getaddrinfo, host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, protocol, _, address in await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class _JudgingResolver(AbstractResolver):
    """Answers with the addresses that may be called; a name that has none of those is refused."""

    def __init__(self, inner: AbstractResolver, opened: Sequence[Network]) -> None:
        self._inner = inner
        self._opened = opened

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        results = await self._inner.resolve(host, port, family)
        judged = [(result, judge(ip_address(result["host"]), self._opened)) for result in results]
        allowed = [result for result, reason in judged if reason is None]
        if judged and not allowed:
            raise AddressRefused(refusal(host, judged[0][1] or ""))
        if not allowed:
            raise OSError(socket.EAI_NONAME, "no address")
        return allowed

    async def close(self) -> None:
        await self._inner.close()


def _judged_socket(info: aiohttp.AddrInfoType, opened: Sequence[Network]) -> socket.socket:
    """The last gate, whichever way the HTTP client came by the address."""
    family, kind, protocol, _, address = info
    if judge(ip_address(address[0]), opened):
        raise OSError(errno.EACCES, "refused by the address policy")
    return socket.socket(family, kind, protocol)


def _patience(seconds: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=None, connect=seconds, sock_connect=seconds, sock_read=seconds)


@contextmanager
def _in_time(url: URL, seconds: float, advice: str = "Try again or use a faster server.") -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        message = f"{url.raw_host} did not finish within {seconds:g} seconds. {advice}"
        raise SourceFailed(message, code="asset_timeout") from error


@contextmanager
def _answered(url: URL) -> Iterator[None]:
    """What the HTTP client reports, as a sentence for whoever gave us the address."""
    try:
        yield
    except aiohttp.ServerTimeoutError as error:
        message = f"{url.raw_host} did not answer in time. Check that the server is reachable from the internet."
        raise SourceFailed(message, code="asset_timeout") from error
    except aiohttp.ClientError as error:
        raise SourceFailed(_explained(url.raw_host or "", error)) from error


def _explained(host: str, error: aiohttp.ClientError) -> str:
    match error:
        case aiohttp.ClientConnectorDNSError():
            return f"{host} was not found. Check the spelling of the address."
        case aiohttp.ClientSSLError():
            return f"{host} offers no valid certificate for its name. Mend it or give an http address."
        case aiohttp.ClientConnectorError():
            return f"{host} takes no connection. Check the address and its port."
        case _:
            return f"{host} broke off its answer. Try again, or check the server."


def _claimed(response: aiohttp.ClientResponse) -> str:
    return response.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def _refused(response: aiohttp.ClientResponse) -> str:
    hint = " The file must be readable without signing in." if response.status in (401, 403) else ""
    return f"{response.url.raw_host} answered with status {response.status} instead of the file.{hint}"


async def _body_start(response: aiohttp.ClientResponse) -> str:
    """The first characters, for people to read. The status has counted already: nothing here can fail."""
    start = b""
    try:
        async with asyncio.timeout(_BODY_WAIT_S):
            while len(start) < 4 * _BODY_START and (chunk := await response.content.read(4 * _BODY_START)):
                start += chunk
    except (TimeoutError, aiohttp.ClientError):
        pass
    return start.decode("utf-8", "replace").replace("\0", "")[:_BODY_START]


def retry_after_s(value: str, now: datetime) -> float | None:
    """Seconds until the time that a `Retry-After` header names, as a number or an HTTP date; None for anything else."""
    if value.isascii() and value.isdigit() and len(value) <= 9:
        return float(value)
    moment = http_date(value)
    return None if moment is None else max(0.0, (moment - now).total_seconds())
