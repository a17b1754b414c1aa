"""Addresses of files that last: served by us, or leading to the object store's own."""

import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.services import accounts
from app.services.accounts import BOOTSTRAP
from app.storage import lasting_file_url, sign_file_url, storage_of
from tests.api.conftest import Service, service_for
from tests.s3_server import s3_server, storage_url

KEY = f"renders/{BOOTSTRAP}/job/1/video.mp4"


@pytest.fixture(scope="module", params=["local", "S3"])
async def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    """With one stored video."""
    folder = tmp_path_factory.mktemp("links")
    if request.param == "local":
        async with stored(folder, "") as running:
            yield running
        return
    with s3_server() as endpoint:
        async with stored(folder, storage_url(endpoint, "lasting-links")) as running:
            yield running


@contextlib.asynccontextmanager
async def stored(folder: Path, url: str) -> AsyncIterator[Service]:
    async with service_for(folder, storage_url=url) as service:
        storage = storage_of(service.settings)
        await storage.put_bytes(KEY, b"a video", "video/mp4")
        await storage.aclose()
        yield service


def lasting(service: Service, key: str = KEY) -> str:
    return lasting_file_url(service.url, key, secret=service.settings.secret.encode())


async def test_a_link_without_an_end_leads_to_the_file(service: Service) -> None:
    answer = await service.anonymous.get(lasting(service), follow_redirects=True)
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, b"a video", "video/mp4")


async def test_what_the_link_says_of_the_file_is_told_without_leading_away(service: Service) -> None:
    answer = await service.anonymous.head(lasting(service))
    assert (answer.status_code, answer.headers["content-length"]) == (200, "7")


async def test_pages_of_any_origin_may_follow_it(service: Service) -> None:
    answer = await service.anonymous.get(lasting(service))
    assert answer.status_code in (200, 302)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert ("location" in answer.headers) == (answer.status_code == 302)


async def test_a_link_to_a_file_that_is_gone_or_to_another_one_leads_nowhere(service: Service) -> None:
    assert (await service.anonymous.get(lasting(service, "renders/gone.mp4"))).status_code == 404
    other = lasting(service).replace("video.mp4", "preview.jpg")
    assert (await service.anonymous.get(other)).status_code == 404


async def test_a_signature_for_a_time_is_none_for_ever(service: Service) -> None:
    secret = service.settings.secret.encode()
    timed = sign_file_url(service.url, KEY, expires=int(time.time()) - 1, secret=secret)
    assert (await service.anonymous.get(timed)).status_code == 404
    signature = timed.rpartition("signature=")[2]
    assert (await service.anonymous.get(f"{service.url}/files/{KEY}?signature={signature}")).status_code == 404


async def test_a_banned_accounts_links_lead_nowhere_as_long_as_it_is_banned(service: Service) -> None:
    lasting_link, secret = lasting(service), service.settings.secret.encode()
    timed = sign_file_url(service.url, KEY, expires=int(time.time()) + 60, secret=secret)
    gone = (await service.anonymous.get(lasting(service, "renders/gone.mp4"))).json()
    statuses = []
    for banned in (True, False):
        await accounts.set_banned(BOOTSTRAP, banned)
        for link in (lasting_link, timed):
            answer = await service.anonymous.get(link, follow_redirects=True)
            statuses.append(answer.status_code)
            assert not banned or answer.json() == gone, "who follows it is not told why"
    assert statuses == [404, 404, 200, 200]
