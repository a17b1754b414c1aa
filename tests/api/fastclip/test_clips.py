"""`/v1/clip`: what may be ordered, what it costs, and what is told of it until it is done."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app import ids, specs
from app.db.engine import sql
from app.services import accounts, billing, jobs, ledger
from app.services.clips import ends
from app.services.money import cents
from tests.api.conftest import Service, refusal, service_for
from tests.api.people import registered, signed_in
from tests.services.clipping import uploaded

OURS = accounts.BOOTSTRAP
FOUR_K = {"width": 3840, "height": 2160}
SOUND = {"has_video": False, "width": 0, "height": 0}


@pytest.fixture
async def paid(tmp_path: Path, database_url: str) -> AsyncIterator[Service]:
    """Where clips cost money and an account may have four waiting."""
    async with service_for(tmp_path, database_url, billing="on", account_queue=4) as service:
        yield service


def segments(count: int) -> list[dict[str, int]]:
    return [{"start": number, "end": number + 1} for number in range(count)]


async def made(service: Service, **order: Any) -> dict[str, Any]:
    answer = await service.client.post("/v1/clip", json=order)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def spec_of(job_id: str) -> specs.ClipSpec:
    spec = await jobs.spec_of(job_id)
    assert isinstance(spec, specs.ClipSpec)
    return spec


async def test_one_clip_is_one_job_segments_are_a_job_each_and_joined_ones_one_again(everywhere: Service) -> None:
    upload = await uploaded(OURS)
    one = await made(everywhere, file_id=upload, start=15, end=55, format="mp4", quality="1080p")
    assert one == {"job_id": one["job_id"], "status": "pending", "reserved": 0.02}
    many = await made(everywhere, file_id=upload, segments=segments(50), quality="medium", source_title=" Mine ")
    assert (set(many), len(set(many["job_ids"]))) == ({"job_ids", "status", "reserved"}, 50)
    assert [(await spec_of(job)).clip.segments[0].start for job in many["job_ids"]] == list(range(50))
    joined = await made(everywhere, file_id=upload, segments=segments(2), join=True, aspect_ratio="9:16")
    spec = await spec_of(joined["job_id"])
    assert (len(spec.clip.segments), spec.clip.shape.aspect_ratio, joined["reserved"]) == (2, "9:16", 0.04)
    told = (await everywhere.client.get(f"/v1/clip/{many['job_ids'][0]}")).json()
    assert {name: value for name, value in told.items() if value is not None} == {
        "job_id": many["job_ids"][0],
        "status": "pending",
        "progress": 0,
        "status_message": "Waiting in the queue",
        "file_id": upload,
        "format": "mp4",
        "quality": "medium",
        "aspect_ratio": "",
        "captioned": False,
        "saved_to_library": False,
        "reserved": 0.02,
        "cost": 0.0,
        "balance": 0.0,
    }
    assert (await spec_of(many["job_ids"][0])).source_title == "Mine"
    assert (await spec_of(one["job_id"])).stem == "My talk"


REFUSED: list[tuple[dict[str, Any], int, str, str | None]] = [
    ({"file_id": None}, 400, "invalid_request", "file_id"),
    ({"url": "https://example.com/a.mp4"}, 400, "invalid_request", "file_id"),
    ({"file_id": "upl_nobodys"}, 404, "unknown_upload", None),
    ({"start": None}, 400, "invalid_request", "start"),
    ({"segments": [{"start": 1, "end": 2}]}, 400, "invalid_request", "segments"),
    ({"start": 5, "end": 5}, 400, "invalid_request", "end"),
    ({"start": -1}, 400, "invalid_request", "start"),
    ({"start": 99, "end": 102}, 422, "outside_source", "end"),
    ({"start": 0, "end": 601}, 422, "too_long", "end"),
    ({"start": None, "end": None, "segments": segments(51)}, 400, "too_many_segments", "segments"),
    ({"start": None, "end": None, "segments": []}, 400, "too_many_segments", "segments"),
    (
        {"start": None, "end": None, "segments": [*segments(1), {"start": 9, "end": 8}]},
        400,
        "invalid_request",
        "segments[1].end",
    ),
    ({"format": "mp3", "quality": "720p"}, 400, "invalid_request", "quality"),
    ({"format": "wav", "aspect_ratio": "1:1"}, 400, "invalid_request", "aspect_ratio"),
    ({"format": "webm"}, 400, "invalid_request", "format"),
    ({"format": "gif"}, 403, "session_only", "format"),
    ({"captions": {"preset_ref": "builtin:short-form-karaoke"}}, 422, "captions_unavailable", "captions"),
    ({"source_title": "two\nlines"}, 400, "invalid_request", "source_title"),
    ({"from_media_id": "m_1"}, 400, "invalid_request", "from_media_id"),
]


async def test_what_cannot_be_cut_is_refused_where_it_stands(service: Service) -> None:
    upload = await uploaded(OURS)
    for change, status, code, path in REFUSED:
        order = {"file_id": upload, "start": 1, "end": 2, **change}
        told = await refusal(service, status, "POST", "/v1/clip", json=order)
        assert told["code"] == code, change
        assert [field["path"] for field in told.get("fields", [])] == ([path] if path else []), change
    assert await sql("SELECT id FROM jobs") == []


async def test_an_upload_that_is_not_ready_failed_expired_or_sound_alone_says_so(everywhere: Service) -> None:
    for status, code, other in (
        (409, "upload_not_ready", {"state": "processing"}),
        (422, "upload_failed", {"state": "failed", "error_message": "This is a picture."}),
        (410, "expired", {"expires_s": -1}),
        (422, "no_sound", {"info": {"has_audio": False}, "asked": {"format": "mp3"}}),
        (400, "invalid_request", {"info": SOUND, "asked": {"format": "mp4"}}),
    ):
        asked = other.pop("asked", {})
        order = {"file_id": await uploaded(OURS, **other), "start": 1, "end": 2, **asked}
        assert (await refusal(everywhere, status, "POST", "/v1/clip", json=order))["code"] == code
    heard = await made(everywhere, file_id=await uploaded(OURS, info=SOUND), start=1, end=101)
    assert (await spec_of(heard["job_id"])).clip.format == "mp3"
    aac = await made(everywhere, file_id=await uploaded(OURS), start=0, end=2, format="aac")
    assert (await spec_of(aac["job_id"])).clip.format == "m4a"


async def test_who_is_signed_in_makes_gifs_of_half_a_minute_at_most_and_none_in_4k(service: Service) -> None:
    upload = await uploaded(await registered())
    async with signed_in(service) as browser:
        order = {"file_id": upload, "start": 1, "end": 31, "format": "gif"}
        assert (await browser.post("/v1/clip", json=order)).status_code == 200
        for change, status in (({"end": 31.5}, 422), ({"quality": "4k"}, 400)):
            assert (await browser.post("/v1/clip", json={**order, **change})).status_code == status


async def test_money_is_reserved_for_what_is_queued_and_nothing_is_queued_that_cannot_be_paid(paid: Service) -> None:
    upload = await uploaded(OURS)
    order = {"file_id": upload, "segments": segments(3)}
    await ledger.grant(OURS, cents(5), "grant_1")
    assert (await refusal(paid, 402, "POST", "/v1/clip", json=order))["code"] == "insufficient_balance"
    assert await sql("SELECT id FROM jobs") == []
    await ledger.grant(OURS, cents(95), "grant_2")
    assert (await made(paid, **order))["reserved"] == 0.06
    partial = await made(paid, **order)
    assert {**partial, "job_ids": len(partial["job_ids"])} == {
        "job_ids": 1,
        "status": "partial",
        "reserved": 0.02,
        "error": "Clip queue is temporarily unavailable",
    }
    full = await paid.client.post("/v1/clip", json=order)
    assert (full.status_code, full.json()["code"], full.headers["retry-after"]) == (503, "queue_full", "30")
    told = (await paid.client.get(f"/v1/clip/{partial['job_ids'][0]}")).json()
    assert (told["reserved"], told["cost"], told["balance"]) == (0.02, 0, 0.92)
    for row in await sql("SELECT id FROM jobs"):
        await jobs.cancel(row["id"], OURS)
    told = (await paid.client.get(f"/v1/clip/{partial['job_ids'][0]}")).json()
    assert (told["status"], told["reserved"], told["cost"], told["balance"]) == ("failed", 0, 0, 1.0)
    failures = [row for row in await sql("SELECT name FROM events") if row["name"] == "clip.failed"]
    assert len(failures) == 4
    assert await billing.contradictions() == []


async def test_4k_is_for_who_has_paid_in_and_costs_as_much_again(paid: Service) -> None:
    upload = await uploaded(OURS, info=FOUR_K)
    order = {"file_id": upload, "start": 1, "end": 2}
    await ledger.grant(OURS, cents(100), "grant_1")
    asked = await refusal(paid, 403, "POST", "/v1/clip", json={**order, "quality": "4k"})
    assert asked["code"] == "deposit_required"
    capped = await made(paid, **order)
    assert ((await spec_of(capped["job_id"])).clip.quality, capped["reserved"]) == ("1080p", 0.02)
    await ledger.deposit(OURS, cents(500), "payment")
    for quality, kept, reserved in ((None, None, 0.04), ("4k", "4k", 0.04), ("720p", "720p", 0.02)):
        told = await made(paid, **order, quality=quality)
        assert ((await spec_of(told["job_id"])).clip.quality, told["reserved"]) == (kept, reserved)
        await jobs.cancel(told["job_id"], OURS)


async def test_a_repeated_order_is_one_order(everywhere: Service) -> None:
    order = {"file_id": await uploaded(OURS), "start": 1, "end": 2}
    headers = {"Idempotency-Key": "once"}
    asked = [everywhere.client.post("/v1/clip", json=order, headers=headers) for _ in range(8)]
    answers = await asyncio.gather(*asked)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert len(await sql("SELECT id FROM jobs")) == 1
    other = await everywhere.client.post("/v1/clip", json={**order, "end": 3}, headers=headers)
    assert other.status_code == 422


async def test_a_spec_of_another_version_fails_its_job_and_is_told_of(everywhere: Service) -> None:
    told = await made(everywhere, file_id=await uploaded(OURS), start=1, end=2)
    strange = msgspec.json.encode({"type": "clip", "of": "tomorrow"}).decode()
    await sql("UPDATE jobs SET spec = {}", strange)
    claim = await jobs.claim(told["job_id"], "w1", lease_s=30)
    assert claim
    assert await jobs.fail(claim, "internal_error", "Something of ours failed on this job.")
    assert [row["name"] for row in await sql("SELECT name FROM events")] == ["clip.failed"]


async def finished(job_id: str, **other: Any) -> ends.Made:
    """The job is done, as far as anybody can see."""
    claim = await jobs.claim(job_id, "w1", lease_s=30)
    assert claim
    made = ends.Made(
        clip_id=ids.clip_id(),
        key=f"clips/{OURS}/{job_id}/1/clip.mp4",
        poster=f"clips/{OURS}/{job_id}/1/poster.jpg",
        **{**MADE, **other},
    )
    assert await jobs.finish(claim, msgspec.to_builtins(made))
    return made


MADE: dict[str, Any] = {
    "file_name": "My talk_0-15-0-55.mp4",
    "content_type": "video/mp4",
    "format": "mp4",
    "quality": "1080p",
    "aspect_ratio": "16:9",
    "width": 1920,
    "height": 1080,
    "start": 15.0,
    "end": 55.0,
    "duration": 40.0,
    "bytes": 1000,
    "method": "smart",
    "reason": "",
    "used": {"trim_4k": 0},
}


async def test_a_job_that_is_done_tells_all_of_its_clip_for_as_long_as_there_is_one(paid: Service) -> None:
    await ledger.deposit(OURS, cents(500), "payment")
    told = await made(paid, file_id=await uploaded(OURS, info=FOUR_K), start=15, end=55)
    assert told["reserved"] == 0.04
    clip = await finished(told["job_id"])
    at = f"/v1/clip/{told['job_id']}"
    answer = (await paid.client.get(at)).json()
    assert answer["download_url"].startswith(f"{paid.url}/files/{clip.key}?signature=")
    assert {name: answer[name] for name in EXPECTED} == {
        **EXPECTED,
        "job_id": told["job_id"],
        "clip_id": clip.clip_id,
        "share_url": f"/c/{clip.clip_id}",
        "embed_url": f"/embed/{clip.clip_id}",
        "balance": 7.48,
    }
    assert (await billing.cost_of(told["job_id"])).cost == cents(2), "it came out smaller than it might have been"
    assert (await paid.client.delete(f"/v1/clips/{clip.clip_id}")).status_code == 200
    after = (await paid.client.get(at)).json()
    gone = ("download_url", "poster_url", "share_url", "embed_url")
    assert [after[name] for name in (*gone, "saved_to_library")] == [None] * len(gone) + [False]
    assert (after["status"], after["clip_id"], after["file_name"]) == ("complete", clip.clip_id, clip.file_name)


EXPECTED: dict[str, Any] = {
    "job_id": "",
    "status": "complete",
    "progress": 100,
    "status_message": "Done!",
    "file_name": "My talk_0-15-0-55.mp4",
    "format": "mp4",
    "quality": "1080p",
    "aspect_ratio": "16:9",
    "saved_to_library": True,
    "clip_id": "",
    "share_url": "",
    "embed_url": "",
    "cost": 0.02,
    "balance": 0,
}
"""The reference's fields, but for the address of the file."""
