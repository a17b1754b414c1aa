"""Clips by a worker, from the order to the file: the child, the store, the library, the money and the news."""

import asyncio
import os
import subprocess
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest

from app.clips import Segment
from app.db.engine import sql, tx
from app.services import billing, ledger
from app.services.clips import ends, library, orders, progress
from app.services.clips.orders import Order
from app.services.money import cents
from renderer.media.photographs import picture_size
from renderer.media.probe import probe
from tests.services.clipping import clipped, uploaded
from tests.services.odd_servers import INSIDE, serving
from tests.workers.conftest import OWNER
from workers import sources, sweep
from workers.main import KINDS
from workers.run import Context, run_job

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What the rows do on each engine is seen over HTTP."""


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds with sound."""
    out = tmp_path_factory.mktemp("clips") / "film.mp4"
    pictures = ("-f", "lavfi", "-i", "testsrc2=size=128x72:rate=10:duration=6")
    sound = ("-f", "lavfi", "-i", "sine=frequency=440:duration=6", "-c:a", "aac", "-shortest")
    coded = ("-c:v", "libx264", "-g", "20", "-pix_fmt", "yuv420p", "-profile:v", "high")
    subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *pictures, *sound, *coded, str(out)], check=True, timeout=60
    )
    return out


async def ready(context: Context, film: Path, **info: Any) -> str:
    """An upload of it."""
    facts = {"duration": 6.0, "has_video": True, "has_audio": True, "width": 128, "height": 72, **info}
    upload = await uploaded(OWNER, info=facts, filename="Our film.mov", key=f"uploads/{OWNER}/film.mp4")
    await context.storage.put_file(f"uploads/{OWNER}/film.mp4", film, "video/mp4")
    return upload


async def ordered(context: Context, order: Order, mode: billing.Mode = "off") -> list[str]:
    plan = await orders.prepare(order, account=OWNER, asked="session", mode=mode, egress=context.egress)
    async with tx():
        return (await orders.submit(plan, queue_limit=0)).job_ids


async def run(context: Context, order: Order, mode: billing.Mode = "off") -> progress.JobView:
    [job_id] = await ordered(context, order, mode)
    await run_job(job_id, context, KINDS)
    return await progress.view(job_id, OWNER)


async def news() -> list[tuple[str, str]]:
    return [(row["name"], row["subject"]) for row in await sql("SELECT name, subject FROM events ORDER BY created_at")]


async def test_a_clip_is_cut_stored_kept_paid_for_and_told_of(context: Context, film: Path, tmp_path: Path) -> None:
    await ledger.deposit(OWNER, cents(500), "pay_1")
    paid = (await ledger.balance(OWNER)).available
    upload = await ready(context, film, width=3840, height=2160)  # it looks larger than it turns out to be
    view = await run(context, Order(file_id=upload, start=1.5, end=4, source_title="Our talk"), "on")
    assert (view.status, view.message, view.kept) == ("complete", "Done!", True), view.job
    made = view.made
    assert made
    assert (made.file_name, made.format, made.quality, made.aspect_ratio) == (
        "Our film_0-01.5-0-04.mp4",
        "mp4",
        "72p",
        "16:9",
    )
    await context.storage.get_to_file(made.key, tmp_path / "clip.mp4")
    assert probe(tmp_path / "clip.mp4").duration == pytest.approx(2.5, abs=0.1)
    assert made.poster
    await context.storage.get_to_file(made.poster, tmp_path / "poster.jpg")
    assert picture_size(tmp_path / "poster.jpg") == (128, 72)
    [clip] = (await library.page(OWNER, library.Filter(), number=1, size=5)).clips
    assert (clip.id, clip.job, clip.upload, clip.title) == (made.clip_id, view.job.id, upload, "Our talk")
    assert (clip.start_ms, clip.end_ms, clip.bytes) == (1500, 4000, (tmp_path / "clip.mp4").stat().st_size)
    assert clip.expires_at == clip.created_at + 86_400_000
    assert (view.cost.cost, view.cost.reserved, view.balance) == (cents(2), 0, paid - cents(2))
    assert await billing.contradictions() == []
    assert await news() == [("clip.complete", view.job.id)]
    told = await ends.completion(view.job.id, context.links)
    assert told["download_url"].startswith("http://127.0.0.1")
    assert {name: told[name] for name in ("clip_id", "cost", "duration")} == {
        "clip_id": clip.id,
        "cost": 0.02,
        "duration": made.duration,
    }


@pytest.mark.parametrize(
    ("wanted", "code", "says"),
    [
        ({"start": 7, "end": 8}, "outside_source", "lasts 6.00 seconds"),
        ({"start": 1, "end": 2, "format": "mp3"}, "no_sound", "Ask for mp4"),
    ],
)
async def test_what_only_the_worker_can_see_fails_the_job_with_a_sentence_and_costs_nothing(
    context: Context, film: Path, tmp_path: Path, wanted: dict[str, Any], code: str, says: str
) -> None:
    mute = tmp_path / "mute.mp4"
    command = (imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(film), "-an", "-c", "copy", str(mute))
    await asyncio.to_thread(subprocess.run, command, check=True)
    await ledger.grant(OWNER, cents(100), "grant_1")
    async with serving(file_of(mute.read_bytes()), host=INSIDE) as server:
        view = await run(context, Order(url=f"{server.url}/film.mp4", **wanted), "on")
    assert (view.status, view.job.error_code) == ("failed", code)
    assert says in view.message
    assert (view.balance, view.cost.cost, view.cost.reserved) == (cents(100), 0, 0)
    assert ("clip.failed", view.job.id) in await news()
    assert await billing.contradictions() == []


def file_of(content: bytes) -> Callable[[str, asyncio.StreamWriter], Awaitable[None]]:
    async def respond(_: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(content) + content)

    return respond


async def test_a_source_on_the_web_is_fetched_once_for_all_its_segments_and_a_page_is_refused(
    context: Context, film: Path
) -> None:
    segments = (Segment(start=0, end=1), Segment(start=4, end=6))
    async with serving(file_of(film.read_bytes()), host=INSIDE) as server:
        queued = await ordered(context, Order(url=f"{server.url}/films/Our%20film.mp4", segments=segments))
        for job_id in queued:
            await run_job(job_id, context, KINDS)
        assert len(server.heads) == 2, "one look before there is a job, and one file for both"
    views = [await progress.view(job_id, OWNER) for job_id in queued]
    names = [view.made and view.made.file_name for view in views]
    assert names == ["Our film_0-00-0-01.mp4", "Our film_0-04-0-06.mp4"], [view.message for view in views]
    async with serving(file_of(b"\n <!doctype html><title>A page</title>"), host=INSIDE) as server:
        view = await run(context, Order(url=f"{server.url}/watch", start=0, end=1))
    assert (view.status, view.job.error_code) == ("failed", "needs_downloader"), "whatever it says it is"


async def test_sound_alone_becomes_an_mp3_and_joined_segments_one_file(
    context: Context, film: Path, tmp_path: Path
) -> None:
    sound = tmp_path / "sound.m4a"
    command = (imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(film), "-vn", "-c", "copy", str(sound))
    await asyncio.to_thread(subprocess.run, command, check=True)
    segments = (Segment(start=0, end=1), Segment(start=4, end=6))
    async with serving(file_of(sound.read_bytes()), host=INSIDE) as server:
        view = await run(context, Order(url=f"{server.url}/sound", segments=segments, join=True))
    assert view.made, view.message
    made = view.made
    assert (made.format, made.file_name, made.poster, made.quality) == ("mp3", "sound_joined_0-00-0-06.mp3", None, "")
    assert made.duration == pytest.approx(3, abs=0.1)
    [clip] = (await library.page(OWNER, library.Filter(format="mp3"), number=1, size=5)).clips
    assert (clip.width, clip.start_ms, clip.content_type) == (None, None, "audio/mpeg")


async def test_clips_go_when_their_time_is_over_unless_they_are_pinned_and_deleted_ones_without_a_word(
    context: Context,
) -> None:
    old, young = await clipped(OWNER, age_s=86_401, storage=context.storage), await clipped(OWNER, age_s=86_399)
    pinned = await clipped(OWNER, age_s=90_000, pinned=True, storage=context.storage)
    deleted = await clipped(OWNER, storage=context.storage)
    await library.delete(deleted, OWNER)
    assert await sweep.sweep_clips(context) == 2
    assert {row["id"] for row in await sql("SELECT id FROM clips")} == {young, pinned}
    assert len([found async for found in context.storage.list("clips/")]) == 2
    assert await news() == [("clip.expired", old)]


async def test_a_job_has_a_file_of_its_own_and_what_nobody_asks_for_goes(context: Context) -> None:
    folder = context.root.sources
    for name, age_s in (("old", sources.KEPT_S + 1), ("young", 0)):
        (folder / name).write_bytes(b"x")
        os.utime(folder / name, (time.time() - age_s, 0))
    await sweep.sweep_jobs(context)
    assert [path.name for path in folder.iterdir()] == ["young"]
