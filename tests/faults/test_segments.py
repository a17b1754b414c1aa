"""A render in segments: whichever worker dies or is told to stop, only what it was drawing is drawn again."""

from pathlib import Path
from typing import Any

from app.db.engine import sql
from app.services import jobs
from app.specs import SegmentSpec, encode
from renderer.format.template import parse
from renderer.recipe import Recipe
from renderer.render import render
from tests.faults.harness import DONE, Yard, template

TWO, THREE = template(2), template(3)


async def parts(yard: Yard, job_id: str, stage: str = "working") -> dict[str, Any]:
    """The segments that are being drawn, or at another stage, by id with their workers."""
    rows = await sql("SELECT id, worker FROM jobs WHERE parent = {} AND stage = {}", job_id, stage)
    return {row["id"]: row["worker"] for row in rows}


async def is_as_undisturbed(yard: Yard, job_id: str, document: dict[str, Any], folder: Path) -> None:
    """The video has the bytes that one process makes of the template."""
    result = (await jobs.read([job_id]))[job_id].result
    assert result
    await yard.storage.get_to_file(result["key"], folder / "video.mp4")
    alone = folder / "alone.mp4"
    render(Recipe(parse(document), {}, segment_seconds=1), alone, on_progress=lambda _: None, stop=lambda: False)
    assert (folder / "video.mp4").read_bytes() == alone.read_bytes()


async def test_two_workers_share_a_render_and_only_the_segment_of_the_one_that_dies_is_drawn_again(
    production: Yard, tmp_path: Path
) -> None:
    production.worker()
    with production.drawing_held():
        job_id = await production.order(THREE, segment_seconds=1)
        await production.draws(f"{job_id}_002")
        other = production.worker()
        await production.draws(f"{job_id}_000")
        assert len(set((await parts(production, job_id)).values())) == 2
        production.kill(other)
    await production.is_given_up(f"{job_id}_000")
    await production.reaches(job_id, "done")
    attempts = {"000": 2, "001": 1, "002": 1}
    segments = [f"segments/{job_id}_{number}/{attempt}/segment.mp4" for number, attempt in attempts.items()]
    assert await production.objects(job_id) == [*(f"1/{name}" for name in DONE), *segments]
    await is_as_undisturbed(production, job_id, THREE, tmp_path)
    await production.ends_well(job_id, attempt=1)
    await production.nothing_under_way()


async def test_a_worker_that_starts_after_the_only_one_died_draws_only_what_is_missing(
    embedded: Yard, tmp_path: Path
) -> None:
    worker = embedded.worker()
    job_id = await embedded.order(TWO, segment_seconds=1)
    await embedded.reaches(f"{job_id}_001", "done")
    with embedded.drawing_held():
        await embedded.draws(f"{job_id}_000")
        embedded.kill(worker)
    await embedded.until("the dead worker's family is gone", lambda: not embedded.pids())
    embedded.worker()
    await embedded.reaches(job_id, "done")
    segments = [f"segments/{job_id}_000/2/segment.mp4", f"segments/{job_id}_001/1/segment.mp4"]
    assert await embedded.objects(job_id) == [*(f"2/{name}" for name in DONE), *segments]
    await is_as_undisturbed(embedded, job_id, TWO, tmp_path)
    await embedded.ends_well(job_id, attempt=2, faults=1)


async def test_a_worker_that_starts_after_the_only_one_died_draws_again_what_is_lost_or_was_cut_otherwise(
    embedded: Yard, tmp_path: Path
) -> None:
    worker = embedded.worker()
    job_id = await embedded.order(THREE, segment_seconds=1)
    for number in (1, 2):
        await embedded.reaches(f"{job_id}_00{number}", "done")
    with embedded.drawing_held():
        await embedded.draws(f"{job_id}_000")
        embedded.kill(worker)
    await embedded.until("the dead worker's family is gone", lambda: not embedded.pids())
    lost = (await jobs.read([f"{job_id}_002"]))[f"{job_id}_002"].result
    assert lost
    await embedded.storage.delete(lost["key"])
    other_cut = encode(SegmentSpec(render=job_id, first=25, end=55))
    await sql("UPDATE jobs SET spec = {} WHERE id = {}", other_cut, f"{job_id}_001")
    embedded.worker()
    await embedded.reaches(job_id, "done", within_s=40)
    segments = [f"segments/{job_id}_{number}/2/segment.mp4" for number in ("000", "001", "002")]
    assert set(segments) <= set(await embedded.objects(job_id))
    await is_as_undisturbed(embedded, job_id, THREE, tmp_path)
    await embedded.ends_well(job_id, attempt=2, faults=1)


async def test_a_render_that_is_cancelled_leaves_no_segments(production: Yard) -> None:
    production.worker()
    job_id = await production.order(TWO, segment_seconds=1)
    await production.reaches(f"{job_id}_001", "done")
    with production.drawing_held():
        await production.draws(f"{job_id}_000")
        await jobs.cancel(job_id, production.account)
        await production.reaches(job_id, "cancelled")
        await production.nothing_under_way()
    assert await sql("SELECT id FROM jobs WHERE parent IS NOT NULL") == []
    await production.keeps_only(job_id, [])
    await production.told_once(job_id, "render.cancelled")
