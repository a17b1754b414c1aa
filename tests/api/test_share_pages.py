"""`/c/{id}` and `/embed/{id}`: what they show, what they load, who may frame them, and that nothing in them runs."""

import re
from pathlib import Path

import pytest
from yarl import URL

from app.services import accounts
from app.storage import storage_of
from app.storage.local import LocalStorage
from app.web.share import FOLDER
from tests.api.conftest import Service, service_for
from tests.s3_server import s3_server, storage_url
from tests.services.clipping import clipped

OURS = accounts.BOOTSTRAP
TITLE = "\"><script>alert('1')</script> & $title"


def store(service: Service) -> LocalStorage:
    return LocalStorage(service.settings.data_path / "files", public_url="", secret=b"")


async def test_the_page_plays_saves_and_previews_the_clip_and_nothing_typed_into_it_runs(service: Service) -> None:
    clip = await clipped(OURS, title=TITLE, views=1234, storage=store(service), content=b"the film")
    for path, framed_by in ((f"/c/{clip}", "'none'"), (f"/embed/{clip}", "*")):
        page = await service.anonymous.get(path)
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        policy = page.headers["content-security-policy"]
        for part in ("default-src 'none'", f"frame-ancestors {framed_by}", "script-src 'self';", "media-src 'self';"):
            assert part in policy, path
        assert "unsafe" not in policy
        assert "x-frame-options" not in page.headers
        assert "alert('1')" not in page.text
        assert "&quot;&gt;&lt;script&gt;alert(&#x27;1&#x27;)&lt;/script&gt; &amp; $title" in page.text
        assert OURS not in re.sub(r'"[^"]*/files/[^"]*"', "", page.text)
        for address in re.findall(r'(?:src|href|poster)="(/[^"]+)"', page.text):
            answer = await service.anonymous.get(address.replace("&amp;", "&"))
            assert answer.status_code == 200, address
        [film] = re.findall(r'<video [^>]*src="([^"]+)"', page.text)
        assert (await service.anonymous.get(film)).content == b"the film"
    page = await service.anonymous.get(f"/c/{clip}")
    [download] = re.findall(r'href="(/files/[^"]+)"', page.text)
    saved = await service.anonymous.get(download.replace("&amp;", "&"))
    assert "My talk_0-15-0-55.mp4" in saved.headers["content-disposition"]
    assert "1,234 views" in page.text
    told = dict(re.findall(r'<meta (?:property|name)="((?:og|twitter):[^"]+)" content="([^"]*)">', page.text))
    assert told["og:url"] == f"{service.url}/c/{clip}"
    assert told["twitter:player"] == f"{service.url}/embed/{clip}"
    assert (told["og:type"], told["twitter:card"], told["og:video:width"]) == ("video.other", "player", "1920")
    for name in ("og:image", "og:video"):
        assert (await service.anonymous.get(told[name])).status_code == 200, name


async def test_sounds_and_gifs_have_a_page_and_a_private_count_is_in_none(service: Service) -> None:
    kinds = {"mp3": "audio/mpeg", "gif": "image/gif"}
    for kind, tag in (("mp3", "<audio controls"), ("gif", "<img src=")):
        size = {} if kind == "gif" else {"width": None, "height": None, "poster": None, "quality": ""}
        clip = await clipped(OURS, format=kind, content_type=kinds[kind], views=77, views_public=False, **size)
        for path in (f"/c/{clip}", f"/embed/{clip}"):
            page = (await service.anonymous.get(path)).text
            assert tag in page, path
            assert "<video" not in page
            assert "77" not in page.replace(clip, "")


@pytest.mark.parametrize("where", ["/c/", "/embed/"])
async def test_what_has_expired_or_never_was_has_a_page_for_people(service: Service, where: str) -> None:
    expired = await clipped(OURS, age_s=86_401)
    for clip in (expired, "d9d54c23-7af8-41f8-8f6e-9ce0092f8f2f", "x" * 500, "%00", "%F0%9F%8E%AC"):
        page = await service.anonymous.get(f"{where}{clip}")
        assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
        assert "This clip is not here" in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]


async def test_where_the_store_serves_files_itself_the_page_may_load_them_from_there_alone(tmp_path: Path) -> None:
    with s3_server() as endpoint:
        async with service_for(tmp_path, storage_url=storage_url(endpoint, "shared-clips")) as service:
            storage = storage_of(service.settings)
            clip = await clipped(OURS, storage=storage)
            await storage.aclose()
            page = await service.anonymous.get(f"/c/{clip}")
            [film] = re.findall(r'<video [^>]*src="([^"]+)"', page.text)
            led = await service.anonymous.get(film)
            origin = str(URL(led.headers["location"]).origin())
            policy = page.headers["content-security-policy"]
            assert f"media-src 'self' {origin};" in policy
            assert f"img-src 'self' data: {origin};" in policy


async def test_nothing_else_of_the_folder_is_served(service: Service) -> None:
    for name in ("__init__.py", "words.py", "share.html", "..%2Fshare.js", "nothing.js"):
        assert (await service.anonymous.get(f"/c/page/{name}")).status_code == 404, name


def test_nothing_stands_in_the_pages_that_their_policy_would_refuse() -> None:
    for page in FOLDER.glob("*.html"):
        assert not re.search(r"<script(?![^>]*src=)|<style|\son\w+=|\sstyle=|javascript:", page.read_text()), page
    script = (FOLDER / "share.js").read_text()
    assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|eval\(|\.style\b|https?://", script)
