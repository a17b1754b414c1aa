"""Requests that are refused before their body came in: the client still reads the answer."""

import asyncio
import http.client

import pytest

from app.api import drain
from tests.api.conftest import KEY, Service


async def sent(service: Service, size: int, **headers: str) -> tuple[int, bytes]:
    """Like many clients: everything is sent before the answer is read."""

    def post() -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", service.settings.port, timeout=20)
        connection.request("POST", "/v1/renders", body=b" " * size, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, body

    return await asyncio.to_thread(post)


async def test_a_large_body_with_a_wrong_key_is_answered(service: Service) -> None:
    status, body = await sent(service, 12_000_000, Authorization="Bearer wrong")
    assert status == 401
    assert b"unauthorized" in body


async def test_a_body_above_the_limit_is_answered(service: Service) -> None:
    status, body = await sent(service, 12_000_000, Authorization=f"Bearer {KEY}")
    assert status == 413
    assert b"10,000,000 bytes" in body


async def test_an_endless_body_is_cut_off(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drain, "DRAIN_BYTES", 100_000)
    _, writer = await asyncio.open_connection("127.0.0.1", service.settings.port)
    writer.write(b"POST /v1/renders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    sent_bytes = 0
    try:
        while sent_bytes < 50_000_000:
            writer.write(b"10000\r\n" + bytes(0x10000) + b"\r\n")
            await asyncio.wait_for(writer.drain(), 10)
            sent_bytes += 0x10000
    except ConnectionError:
        pass
    finally:
        writer.close()
    assert sent_bytes < 50_000_000


async def test_a_client_that_waits_with_its_body_is_not_waited_for_long(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain, "DRAIN_S", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", service.settings.port)
    writer.write(b"POST /v1/renders HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n")
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    assert answer.startswith(b"HTTP/1.1 401")
    assert b"100 Continue" not in answer
