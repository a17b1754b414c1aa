"""Bringing a template's files to local paths, with a real neighbour to fetch from."""

import asyncio
import base64
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from app.db.engine import Engine
from app.egress import Egress
from app.errors import AddressRefused, AppError, InvalidInput, NotFound, SourceFailed, Unsupported
from app.services import accounts, media
from app.services.media import Caps
from app.storage import Storage
from renderer.format.template import Source
from tests.private_services import free_port
from tests.services.uploads import asking, kept_upload, local_store, png, upload


class Site:
    """A web server that counts what it is asked for."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[str] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        if request.path == "/endless.mp4":
            await asyncio.sleep(3600)
        return web.Response(body=png()) if request.path.endswith(".png") else web.Response(status=404)


@asynccontextmanager
async def site() -> AsyncIterator[Site]:
    port = free_port()
    neighbour = Site(f"http://127.0.0.1:{port}")
    application = web.Application()
    application.router.add_get("/{path:.*}", neighbour.answer)
    runner = web.AppRunner(application, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield neighbour
    finally:
        await runner.cleanup()


class Desk:
    """One account with a store and a directory to work in."""

    def __init__(self, account: str, storage: Storage, folder: Path) -> None:
        self.account = account
        self.storage = storage
        self.folder = folder
        self.builtins = folder / "builtins"
        self.builtins.mkdir()
        (self.builtins / "photo.png").write_bytes(png())

    async def localise(self, *sources: Source, **options: Any) -> dict[str, Path]:
        egress = Egress(allow_private=True)
        try:
            return await media.localise(
                sources,
                account=self.account,
                storage=self.storage,
                egress=egress,
                builtin_dir=self.builtins,
                into=self.folder / "work",
                **options,
            )
        finally:
            await egress.aclose()


@pytest.fixture
async def desk(database: Engine, tmp_path: Path) -> Desk:
    return Desk(await accounts.create_account("ann"), await local_store(tmp_path), tmp_path)


def image(url: str, path: str = "scenes[0].objects[0].src") -> Source:
    return Source(url, "image", path)


async def test_every_kind_of_source_becomes_a_local_file(desk: Desk) -> None:
    made = await kept_upload(upload(desk.folder, png(8, 8)), asking=await asking(desk.account), storage=desk.storage)
    data = f"data:image/png;base64,{base64.b64encode(png(2, 2)).decode()}"
    async with site() as neighbour:
        urls = [f"{neighbour.url}/a.png", f"asset:{made.id}", data, "photo.png"]
        files = await desk.localise(*map(image, urls))
    assert [files[url].read_bytes() for url in urls] == [png(), png(8, 8), png(2, 2), png()]
    assert files["photo.png"] == desk.builtins / "photo.png"


async def test_an_address_that_occurs_often_is_fetched_once(desk: Desk) -> None:
    async with site() as neighbour:
        places = [image(f"{neighbour.url}/a.png", f"scenes[{n}].background-image") for n in range(5)]
        files = await desk.localise(*places)
        assert neighbour.asked == ["/a.png"]
    assert list(files) == [f"{neighbour.url}/a.png"]


async def test_calls_at_the_same_time_share_an_arrival_in_their_cache(desk: Desk) -> None:
    async with site() as neighbour:
        wanted = image(f"{neighbour.url}/a.png")
        await asyncio.gather(*(desk.localise(wanted, fresh_s=60) for _ in range(5)))
        assert neighbour.asked == ["/a.png"]


async def test_a_cached_web_file_is_fetched_again_when_it_is_old(desk: Desk) -> None:
    async with site() as neighbour:
        wanted = image(f"{neighbour.url}/a.png")
        await desk.localise(wanted, fresh_s=60)
        await desk.localise(wanted, fresh_s=60)
        assert len(neighbour.asked) == 1
        await desk.localise(wanted, fresh_s=0)
        assert len(neighbour.asked) == 2


@pytest.mark.parametrize(
    ("url", "kind", "code"),
    [
        ("asset:ast_nothing", NotFound, "unknown_asset"),
        ("missing.png", InvalidInput, "media_missing"),
        ("http://169.254.169.254/latest/meta-data/", AddressRefused, "address_refused"),
        ("ftp.example/../photo.png/..", InvalidInput, "media_missing"),
        ("n" * 300, InvalidInput, "media_missing"),
        ("null\0.png", InvalidInput, "media_missing"),
        ("data:image/png;base64,AAAAA", InvalidInput, "invalid_request"),
        ("data:image/png;base64,AA*A", InvalidInput, "invalid_request"),
    ],
)
async def test_a_source_that_cannot_be_had_names_its_place_in_the_template(
    desk: Desk, url: str, kind: type[AppError], code: str
) -> None:
    with pytest.raises(kind) as refusal:
        await desk.localise(image("photo.png"), image(url, "scenes[3].objects[1].src"))
    assert refusal.value.code == code
    assert refusal.value.message.startswith("scenes[3].objects[1].src: ")
    assert [field.path for field in refusal.value.fields] == ["scenes[3].objects[1].src"]


async def test_a_server_that_has_no_such_file_is_named(desk: Desk) -> None:
    async with site() as neighbour:
        with pytest.raises(
            SourceFailed, match=r"scenes\[0\]\.objects\[0\]\.src: 127\.0\.0\.1 answered with status 404"
        ):
            await desk.localise(image(f"{neighbour.url}/gone.jpg"))


async def test_all_sources_that_fail_are_told_in_one_error(desk: Desk) -> None:
    async with site() as neighbour:
        wanted = [image(f"{neighbour.url}/gone.jpg", "a"), image("photo.png", "b"), image("ftp.png", "c")]
        with pytest.raises(SourceFailed) as refusal:
            await desk.localise(*wanted)
    assert [field.path for field in refusal.value.fields] == ["a", "c"]
    first, second = refusal.value.message.split("; ")
    assert first.startswith("a: 127.0.0.1 answered with status 404")
    assert second.startswith('c: There is no file "ftp.png"')


async def test_a_failure_does_not_wait_for_a_file_that_never_arrives(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "PATIENCE_S", 0.01)
    async with site() as neighbour:
        with pytest.raises(InvalidInput) as refusal:
            await desk.localise(image(f"{neighbour.url}/endless.mp4", "a"), image("none.png", "b"))
    assert [field.path for field in refusal.value.fields] == ["b"]


async def test_of_a_hundred_sources_that_fail_some_are_told(desk: Desk) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await desk.localise(*(image(f"{number}.png", f"scenes[{number}].background-image") for number in range(100)))
    assert (len(refusal.value.fields), refusal.value.message.count(";")) == (media.MAX_PROBLEMS, media.TOLD - 1)


async def test_a_file_above_its_kinds_limit_is_refused(desk: Desk) -> None:
    tight = Caps(image_bytes=10, font_bytes=10, stream_bytes=10_000, image_s=5, stream_s=5)
    made = await kept_upload(upload(desk.folder, png()), asking=await asking(desk.account), storage=desk.storage)
    async with site() as neighbour:
        with pytest.raises(SourceFailed) as fetched:
            await desk.localise(image(f"{neighbour.url}/a.png"), caps=tight)
        files = await desk.localise(Source(f"{neighbour.url}/a.png", "video", "x"), caps=tight)
    assert fetched.value.code == "asset_too_large"
    assert len(files) == 1
    with pytest.raises(Unsupported) as uploaded:
        await desk.localise(image(f"asset:{made.id}"), caps=tight)
    assert uploaded.value.code == "asset_too_large"


async def test_somebody_elses_upload_is_not_there(desk: Desk) -> None:
    made = await kept_upload(upload(desk.folder, png()), asking=await asking(desk.account), storage=desk.storage)
    desk.account = await accounts.create_account("eve")
    with pytest.raises(NotFound):
        await desk.localise(image(f"asset:{made.id}"))


async def test_a_link_out_of_the_builtin_templates_leads_nowhere(desk: Desk) -> None:
    (desk.folder / "private.png").write_bytes(png())
    (desk.builtins / "link.png").symlink_to(desk.folder / "private.png")
    with pytest.raises(InvalidInput):
        await desk.localise(image("link.png"))


async def test_the_check_before_a_job_names_everything_that_is_wrong(desk: Desk) -> None:
    sources = [
        image("photo.png", "a"),
        image("ftp.png", "b"),
        image("asset:ast_x", "c"),
        image("http://10.0.0.1/", "d"),
    ]
    with pytest.raises(InvalidInput) as refusal:
        await media.check(sources, account=desk.account, egress=Egress(), builtin_dir=desk.builtins)
    assert [field.path for field in refusal.value.fields] == ["b", "c", "d"]
    assert refusal.value.code == "media_missing"


async def test_files_of_a_wrong_kind_are_told_at_once_before_a_job(desk: Desk) -> None:
    (desk.builtins / "bed.m4a").write_bytes(b"\0\0\0\x20ftypM4A \0\0\0\0")
    (desk.builtins / "clip.mp4").write_bytes(b"\0\0\0\x20ftypisom\0\0\0\0")
    (desk.builtins / "notes.txt").write_bytes(b"Buy milk.")
    kept = await kept_upload(upload(desk.folder, png()), asking=await asking(desk.account), storage=desk.storage)
    embedded = f"data:image/png;base64,{base64.b64encode(png()).decode()}"
    sources = [
        Source("bed.m4a", "image", "a"),
        Source(f"asset:{kept.id}", "video", "b"),
        Source("photo.png", "audio", "c"),
        Source(embedded, "font", "d"),
        Source("notes.txt", "image", "e"),
        Source("bed.m4a", "video", "f"),
        Source("clip.mp4", "audio", "a sound may be that of a video"),
        Source(f"asset:{kept.id}", "image", "a picture is one"),
        Source(embedded, "image", "also embedded"),
        Source("https://example.com/a.png", "font", "nobody has seen it yet"),
    ]
    with pytest.raises(Unsupported) as refusal:
        await media.check(sources, account=desk.account, egress=Egress(), builtin_dir=desk.builtins)
    assert [field.path for field in refusal.value.fields] == ["a", "b", "c", "d", "e", "f"]
    assert refusal.value.fields[0].message == "This is a sound (audio/mp4), and a picture is needed here."


def test_the_cache_keeps_what_was_used_last_and_not_for_ever(tmp_path: Path) -> None:
    now = time.time()
    for hours, name in enumerate(("ann/new", "middle", "bob/old", "bob/older")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(bytes(100))
        os.utime(tmp_path / name, (now - hours * 3600, now + hours))

    def left(max_bytes: int, max_hours: float) -> set[str]:
        media.trim(tmp_path, max_bytes, max_hours * 3600)
        return {file.name for file in tmp_path.rglob("*") if file.is_file()}

    assert left(350, 24) == {"new", "middle", "old"}
    assert left(350, 1.5) == {"new", "middle"}
    assert left(150, 1.5) == {"new"}
