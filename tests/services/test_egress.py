"""Fetching and posting against real servers that misbehave."""

import asyncio
import gzip
import hashlib
import socket
import threading
import zlib
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

import pytest

from app.addresses import PRIVATE
from app.egress import Egress, Fetched, _judged_socket, _SystemResolver, retry_after_s
from app.errors import AddressRefused, SourceFailed
from tests.services.odd_servers import CHUNKED, INSIDE, OUTSIDE, Names, answer, pouring, self_signed, serving

pytestmark = pytest.mark.anyio


@pytest.fixture
async def egress() -> AsyncIterator[Egress]:
    instance = Egress(opened=(ip_network(f"{OUTSIDE}/32"),))
    yield instance
    await instance.aclose()


@pytest.fixture
def dest(tmp_path: Path) -> Iterator[Path]:
    """Where a fetch puts its file; when a test ends there is that file or nothing, never a part of one."""
    yield tmp_path / "asset"
    assert [path.name for path in tmp_path.iterdir()] in ([], ["asset"])


async def fetch(
    egress: Egress,
    url: str,
    dest: Path,
    max_bytes: int = 1 << 20,
    total_timeout_s: float = 5,
    idle_timeout_s: float = 5,
    min_rate: float = 0,
    grace_s: float = 0,
) -> Fetched:
    return await egress.fetch(
        url,
        dest,
        max_bytes=max_bytes,
        total_timeout_s=total_timeout_s,
        idle_timeout_s=idle_timeout_s,
        min_rate=min_rate,
        grace_s=grace_s,
    )


async def failure(egress: Egress, url: str, dest: Path, **limits: float) -> SourceFailed:
    with pytest.raises(SourceFailed) as failed:
        await fetch(egress, url, dest, **limits)  # type: ignore[arg-type]
    assert not dest.exists()
    assert failed.value.message.startswith(OUTSIDE) or OUTSIDE in failed.value.message
    return failed.value


async def test_a_file_arrives_whole_with_its_size_type_and_hash(egress: Egress, dest: Path):
    body = bytes(range(256)) * 12_000
    async with serving(answer(body, Content_Type="Video/MP4; codecs=avc1")) as server:
        fetched = await fetch(egress, f"{server.url}/a.mp4?sig=a%2Fb", dest, max_bytes=len(body))
    assert dest.read_bytes() == body
    assert fetched == Fetched(
        size=len(body),
        content_type="video/mp4",
        final_url=f"{server.url}/a.mp4?sig=a%2Fb",
        sha256=hashlib.sha256(body).hexdigest(),
    )


async def test_a_request_says_who_asks_and_carries_nothing_else(egress, dest, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    async with serving(answer(b"x", Set_Cookie="a=b; Path=/")) as server:
        await fetch(egress, server.url, dest)
        await fetch(egress, server.url, dest)
    for head in server.heads:
        names = {line.split(b":")[0] for line in head.strip().split(b"\r\n")[1:]}
        assert names <= {b"Host", b"User-Agent", b"Accept", b"Accept-Encoding", b"Connection"}
        assert b"User-Agent: Clipyard\r\n" in head
        assert b"Accept-Encoding: identity\r\n" in head
        assert b"Connection: close\r\n" in head


async def test_redirects_are_followed_to_the_file(egress, dest):
    async def respond(path: str, writer: asyncio.StreamWriter) -> None:
        hop = int(path.strip("/"))
        there = answer(b"file") if hop == 5 else answer(status="302 Found", Location=f"{hop + 1}")
        await there(path, writer)

    async with serving(respond) as server:
        fetched = await fetch(egress, f"{server.url}/0", dest)
    assert fetched.final_url == f"{server.url}/5"
    assert len(server.heads) == 6


async def test_a_redirect_loop_ends_after_five_redirects(egress, dest):
    async with serving(answer(status="301 Moved", Location="/again")) as server:
        error = await failure(egress, server.url, dest)
    assert error.code == "asset_redirects"
    assert len(server.heads) == 6


@pytest.mark.parametrize("location", ["", "http://[::1", "http://example.com:x/"])
async def test_a_redirect_to_no_address_is_the_servers_fault_or_refused(egress, dest, location):
    async with serving(answer(status="302 Found", Location=location)) as server:
        with pytest.raises((SourceFailed, AddressRefused)):
            await fetch(egress, server.url, dest)


@pytest.mark.parametrize(
    "inward",
    [
        "http://127.0.0.1:{port}/",
        "http://2130706433:{port}/",
        "http://0x7f.1:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://localhost:{port}/",
        "//127.0.0.1:{port}/",
        "http://user@127.0.0.1:{port}/",
        "http://①②⑦.0.0.1:{port}/",
        "file:///etc/passwd",
    ],
)
async def test_a_redirect_inward_is_refused_before_anything_is_sent(egress, dest, inward):
    async with serving(answer(b"secret"), host=INSIDE) as canary:
        location = inward.format(port=canary.port)
        async with serving(answer(status="307 Temporary Redirect", Location=location)) as server:
            with pytest.raises(AddressRefused, match=OUTSIDE):
                await fetch(egress, server.url, dest)
        assert len(server.heads) == 1
        assert canary.heads == []


@asynccontextmanager
async def knowing(names: Names) -> AsyncIterator[Egress]:
    egress = Egress(opened=(ip_network(f"{OUTSIDE}/32"),), resolver=names)
    yield egress
    await egress.aclose()


async def test_a_name_that_turns_inward_between_two_requests_is_refused(dest):
    async with (
        serving(answer(b"public")) as server,
        serving(answer(b"secret"), host=INSIDE, port=server.port) as canary,
        knowing(Names([OUTSIDE], [INSIDE])) as egress,
    ):
        url = f"http://rebinding.example:{server.port}/"
        assert (await fetch(egress, url, dest)).size == 6
        with pytest.raises(AddressRefused, match=r"rebinding\.example leads to a loopback address"):
            await fetch(egress, url, dest)
        assert canary.heads == []


async def test_of_a_mixed_answer_only_public_addresses_are_called(dest):
    async with (
        serving(answer(b"public")) as server,
        serving(answer(b"secret"), host=INSIDE, port=server.port) as canary,
        knowing(Names([INSIDE, OUTSIDE, "::1", "169.254.169.254"])) as egress,
    ):
        await fetch(egress, f"http://mixed.example:{server.port}/", dest)
        assert len(server.heads) == 1
        assert canary.heads == []


async def test_a_webhook_to_a_name_that_leads_inward_is_refused():
    async with (
        serving(answer(b"secret"), host=INSIDE) as canary,
        knowing(Names([INSIDE])) as egress,
    ):
        with pytest.raises(AddressRefused):
            await egress.post(f"http://inward.example:{canary.port}/", b"{}", {})
        assert canary.heads == []


def test_no_socket_is_made_for_a_refused_address():
    with pytest.raises(OSError, match="address policy"):
        _judged_socket((2, 1, 6, "", ("169.254.169.254", 80)), PRIVATE)


async def test_a_name_that_does_not_exist_is_named_in_the_sentence(dest):
    async with knowing(Names([])) as egress:
        with pytest.raises(SourceFailed, match=r"nowhere\.example was not found") as failed:
            await fetch(egress, "http://nowhere.example/", dest)
    assert failed.value.code == "asset_unreachable"


async def test_private_addresses_are_reached_when_the_operator_allows_them(dest):
    egress = Egress(allow_private=True)
    async with serving(answer(b"mine"), host=INSIDE) as server:
        assert (await fetch(egress, server.url, dest)).size == 4
    with pytest.raises(AddressRefused):
        await fetch(egress, "http://169.254.169.254/", dest)
    await egress.aclose()


async def test_a_certificate_that_nobody_vouches_for_is_not_accepted(egress, dest, tmp_path_factory):
    tls = self_signed(tmp_path_factory.mktemp("tls"))
    async with serving(answer(b"x"), tls=tls) as server:
        assert "certificate" in (await failure(egress, server.url, dest)).message
    assert server.heads == []


async def test_an_endless_chunked_stream_is_cut_at_the_limit(egress, dest):
    async with serving(pouring(CHUNKED, b"4000\r\n" + bytes(0x4000) + b"\r\n")) as server:
        assert (await failure(egress, server.url, dest)).code == "asset_too_large"


async def test_an_endless_stream_without_any_length_is_cut_at_the_limit(egress, dest):
    async with serving(pouring(b"HTTP/1.0 200 OK\r\n\r\n", bytes(1 << 16))) as server:
        assert (await failure(egress, server.url, dest)).code == "asset_too_large"


async def test_a_declared_size_above_the_limit_is_refused_unread(egress, dest):
    async def respond(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000000000\r\n\r\n")
        await server.closing.wait()

    async with serving(respond) as server:
        error = await failure(egress, server.url, dest)
    assert error.code == "asset_too_large"
    assert "1,048,576 bytes" in error.message


async def test_a_file_of_exactly_the_limit_is_taken(egress, dest):
    async with serving(answer(bytes(1 << 20))) as server:
        assert (await fetch(egress, server.url, dest)).size == 1 << 20


async def test_a_body_shorter_than_declared_is_not_taken_for_the_file(egress, dest):
    async def respond(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + bytes(10))

    async with serving(respond) as server:
        error = await failure(egress, server.url, dest)
    assert (error.code, "broke off" in error.message) == ("asset_unreachable", True)


async def test_a_chunked_body_without_its_end_is_not_taken_for_the_file(egress, dest):
    async def respond(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(CHUNKED + b"5\r\nhello\r\n")

    async with serving(respond) as server:
        assert (await failure(egress, server.url, dest)).code == "asset_unreachable"


async def test_a_connection_reset_in_the_middle_leaves_no_file(egress, dest):
    async def respond(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + bytes(1000))
        await writer.drain()
        writer.transport.abort()

    async with serving(respond) as server:
        assert (await failure(egress, server.url, dest)).code == "asset_unreachable"


@pytest.mark.parametrize("answered", [b"", b"SSH-2.0-OpenSSH_9\r\n", b"HTTP/1.1 200 OK\r\nA" + b"a" * 9000])
async def test_an_answer_that_is_no_http_is_an_unreachable_source(egress, dest, answered):
    async def respond(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(answered)

    async with serving(respond) as server:
        assert (await failure(egress, server.url, dest)).code == "asset_unreachable"


async def test_nobody_listening_is_an_unreachable_source(egress, dest):
    async with serving(answer()) as server:
        pass
    assert "takes no connection" in (await failure(egress, server.url, dest)).message


async def test_silence_after_the_request_times_out(egress, dest):
    async def respond(path: str, writer: asyncio.StreamWriter) -> None:
        await server.closing.wait()

    async with serving(respond) as server:
        assert (await failure(egress, server.url, dest, idle_timeout_s=0.05)).code == "asset_timeout"


async def test_silence_in_the_middle_of_the_body_times_out(egress, dest):
    async def respond(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome")
        await server.closing.wait()

    async with serving(respond) as server:
        assert (await failure(egress, server.url, dest, idle_timeout_s=0.05)).code == "asset_timeout"


async def test_a_trickle_that_never_falls_silent_ends_at_the_total_time(egress, dest):
    async with serving(pouring(CHUNKED, b"1\r\nx\r\n", pause_s=0.01)) as server:
        error = await failure(egress, server.url, dest, total_timeout_s=0.1)
    assert (error.code, "within 0.1 seconds" in error.message) == ("asset_timeout", True)


async def test_headers_that_trickle_end_at_the_total_time(egress, dest):
    async with serving(pouring(b"HTTP/1.1 200 OK\r\n", b"x", pause_s=0.01)) as server:
        assert (await failure(egress, server.url, dest, total_timeout_s=0.1)).code == "asset_timeout"


async def test_a_trickle_below_the_minimum_rate_ends_after_its_grace(egress, dest):
    async with serving(pouring(CHUNKED, b"1\r\nx\r\n", pause_s=0.01)) as server:
        error = await failure(egress, server.url, dest, min_rate=10_000, grace_s=0.05)
    assert (error.code, "10000 bytes a second" in error.message) == ("asset_timeout", True)


async def test_a_cancelled_fetch_leaves_no_part(egress, dest):
    async with serving(pouring(CHUNKED, b"1\r\nx\r\n", pause_s=0.01)) as server:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await fetch(egress, server.url, dest)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
@pytest.mark.parametrize("size", [0, 1000, 3_000_000])
async def test_a_file_sent_compressed_unasked_is_stored_as_itself(egress, dest, encoding, size):
    body = bytes(size)
    packed = gzip.compress(body) if encoding == "gzip" else zlib.compress(body)
    async with serving(answer(packed, Content_Encoding=encoding)) as server:
        fetched = await fetch(egress, server.url, dest, max_bytes=4_000_000)
    assert dest.read_bytes() == body
    assert fetched.sha256 == hashlib.sha256(body).hexdigest()


async def test_a_gzip_bomb_ends_at_the_limit_of_its_unpacked_size(egress, dest):
    bomb = gzip.compress(bytes(100_000_000), 1)
    async with serving(answer(bomb, Content_Encoding="gzip")) as server:
        assert (await failure(egress, server.url, dest)).code == "asset_too_large"


async def test_an_endless_compressed_stream_of_nothing_ends_at_the_limit(egress, dest):
    head = b"HTTP/1.0 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"")[:10]
    empty_block = b"\0\0\0\xff\xff"
    async with serving(pouring(head, empty_block * 10_000)) as server:
        assert (await failure(egress, server.url, dest)).code == "asset_too_large"


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(b"hello")[:-1],
        gzip.compress(b"hello") + b"more",
        b"not gzip at all",
        b"",
    ],
    ids=["cut short", "with more behind", "something else", "nothing"],
)
async def test_a_damaged_compressed_file_is_refused(egress, dest, packed):
    async with serving(answer(packed, Content_Encoding="gzip")) as server:
        assert "damaged" in (await failure(egress, server.url, dest)).message


async def test_an_encoding_nobody_asked_for_is_refused(egress, dest):
    async with serving(answer(b"x", Content_Encoding="br, gzip")) as server:
        assert "encoding" in (await failure(egress, server.url, dest)).message


@pytest.mark.parametrize("status", ["404 Not Found", "500 Server Error", "403 No", "304 Not Modified", "206 Part"])
async def test_any_status_but_200_is_named_with_its_host(egress, dest, status):
    async with serving(answer(b"", status=status)) as server:
        error = await failure(egress, server.url, dest)
    assert error.code == "asset_unreachable"
    assert f"answered with status {status[:3]}" in error.message
    assert ("signing in" in error.message) == (status[:3] == "403")


async def test_a_webhook_gets_exactly_the_bytes_and_headers_it_was_given(egress):
    received: list[bytes] = []

    async def respond(path: str, writer: asyncio.StreamWriter) -> None:
        received.append(server.heads[0])
        await answer("größe\0 ok".encode(), Retry_After="7")(path, writer)

    async with serving(respond) as server:
        posted = await egress.post(f"{server.url}/hook", b'{"a":1}', {"webhook-id": "msg_1"})
    assert received[0].startswith(b"POST /hook HTTP/1.1\r\n")
    assert b"webhook-id: msg_1\r\n" in received[0]
    assert b"Content-Length: 7\r\n" in received[0]
    assert (posted.status, posted.body_start, posted.retry_after) == (200, "größe ok", 7.0)
    assert 0 < posted.duration_s < 5


@pytest.mark.parametrize("status", [302, 307])
async def test_a_webhook_follows_no_redirect(egress, status):
    async with serving(answer(b"secret"), host=INSIDE) as canary:
        async with serving(answer(status=f"{status} Go", Location=canary.url)) as server:
            assert (await egress.post(server.url, b"{}", {})).status == status
        assert canary.heads == []


@pytest.mark.parametrize("status", [200, 410, 500])
async def test_a_huge_answer_to_a_webhook_is_read_at_its_start_only(egress, status):
    head = f"HTTP/1.1 {status} X\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    async with serving(pouring(head, b"4000\r\n" + b"y" * 0x4000 + b"\r\n")) as server:
        posted = await egress.post(server.url, b"{}", {})
    assert (posted.status, posted.body_start) == (status, "y" * 2048)


async def test_a_webhook_answer_that_breaks_off_still_counts_by_its_status(egress):
    async def respond(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nthanks")

    async with serving(respond) as server:
        posted = await egress.post(server.url, b"{}", {})
    assert (posted.status, posted.body_start) == (200, "thanks")


async def test_a_webhook_receiver_that_says_nothing_times_out(egress):
    async def respond(path: str, writer: asyncio.StreamWriter) -> None:
        await server.closing.wait()

    async with serving(respond) as server:
        with pytest.raises(SourceFailed) as failed:
            await egress.post(server.url, b"{}", {}, timeout_s=0.05)
    assert failed.value.code == "asset_timeout"


async def test_the_cheap_check_refuses_before_anything_is_sent(egress):
    async with serving(answer(), host=INSIDE) as canary:
        with pytest.raises(AddressRefused):
            egress.check_url(canary.url)
        egress.check_url("https://example.com/video.mp4")
        assert canary.heads == []


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("Thu, 01 Jan 2026 00:01:00 GMT", 60.0),
        ("Thu, 01 Jan 2026 00:01:00 -0000", 60.0),
        ("Wed, 31 Dec 2025 00:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("9" * 5000, None),
        ("٣", None),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", None),
        (f"Thu, 01 Jan 2026 00:01:00 +{'9' * 30}", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(value: str, seconds: float | None):
    assert retry_after_s(value, datetime(2026, 1, 1, tzinfo=UTC)) == seconds


async def test_a_name_server_that_hangs_holds_up_no_other_thread(monkeypatch: pytest.MonkeyPatch):
    asked, over = threading.Barrier(9), threading.Event()

    def hanging(*_: object, **__: object) -> list[object]:
        asked.wait(10)
        over.wait(10)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hanging)
    executor = ThreadPoolExecutor(1)
    asyncio.get_running_loop().set_default_executor(executor)
    resolver = _SystemResolver()
    asking = [asyncio.create_task(resolver.resolve("slow.example")) for _ in range(20)]
    try:
        async with asyncio.timeout(5):
            await asyncio.to_thread(asked.wait, 10)
    finally:
        over.set()
        await resolver.close()
        asking_ended = await asyncio.gather(*asking, return_exceptions=True)
    assert asking_ended.count([]) == 8


async def test_a_name_of_the_system_is_followed_and_closing_ends_the_asking(dest: Path):
    resolver = _SystemResolver()
    (found,) = await resolver.resolve("localhost", 80, socket.AF_INET)
    assert (found["host"], found["port"], found["family"]) == ("127.0.0.1", 80, socket.AF_INET)
    egress = Egress(resolver=resolver, allow_private=True)
    async with serving(answer(b"here"), host=INSIDE) as server:
        await fetch(egress, f"http://localhost:{server.url.rpartition(':')[2]}/", dest)
    assert dest.read_bytes() == b"here"
    await egress.aclose()
    with pytest.raises(RuntimeError, match="after shutdown"):
        await resolver.resolve("localhost")
