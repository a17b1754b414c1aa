"""Uploads by one PUT and in parts, on both stores, and what is told of them."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.db.engine import sql
from app.services import billing, ledger
from app.services.money import MICROS
from app.services.uploads import sweeping
from app.settings import Settings
from app.storage import Storage, open_storage
from tests.api.conftest import Service, refusal, service_for
from tests.api.fastclip.sending import (
    PIECES,
    SMALL,
    WHOLE,
    initiated,
    inspected,
    put,
    requested,
    status_of,
)
from tests.s3_server import s3_server, storage_url


@pytest.fixture(scope="module")
def s3_endpoint() -> Any:
    with s3_server() as endpoint:
        yield endpoint


@pytest.fixture(params=["disk", "bucket"])
async def either(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Service]:
    """The service on either store."""
    endpoint = request.getfixturevalue("s3_endpoint") if request.param == "bucket" else ""
    url = storage_url(endpoint, f"test-{tmp_path.name.replace('_', '-').lower()[:50]}") if endpoint else ""
    async with service_for(tmp_path, storage_url=url) as running:
        yield running


def store_of(settings: Settings) -> Storage:
    return open_storage(
        settings.storage_url,
        data_dir=Path(settings.data_dir),
        public_url=settings.base_url,
        secret=settings.secret.encode(),
    )


async def events_of(name: str) -> list[dict[str, Any]]:
    rows = await sql("SELECT payload FROM events WHERE name = {} ORDER BY created_at", name)
    return [json.loads(row["payload"]) for row in rows]


async def test_a_file_is_put_to_the_address_and_becomes_ready(either: Service) -> None:
    asked = await requested(either)
    file_id = asked["file_id"]
    assert set(asked) == {"file_id", "upload_url", "expires_in", "clip_requested", "clip_job_id"}
    assert (asked["expires_in"], asked["clip_requested"]) == (3600, False)
    assert (await status_of(either, file_id))["status"] == "pending"
    answer = await put(either, asked["upload_url"], SMALL)
    assert answer.headers["etag"]
    assert (await status_of(either, file_id))["status"] == "processing"
    await inspected(file_id)
    shown = await status_of(either, file_id)
    assert shown["created_at"] < shown["expires_at"]
    media = {
        "duration": 1200.5,
        "duration_seconds": 1200.5,
        "max_height": 1080,
        "format_detected": "mov,mp4,m4a,3gp,3g2,mj2",
        "media_kind": "video",
        "has_video": True,
        "has_audio": True,
    }
    common = {"file_id": file_id, "filename": "source.mp4", "content_type": "video/mp4", "file_size": 1000}
    expected = {**common, **media, "status": "ready", "error": None, "clip_requested": False, "clip_job_id": None}
    assert {name: shown[name] for name in expected} == expected
    assert await events_of("upload.ready") == [{**common, **media, "clip_requested": False, "clip_job_id": ""}]
    assert (await either.other.get(f"/v1/upload/{file_id}")).status_code == 404


async def test_parts_come_in_any_order_at_once_again_and_from_another_process(either: Service) -> None:
    begun = await initiated(either)
    named = {"file_id": begun["file_id"], "upload_id": begun["upload_id"]}
    urls = {part["part_number"]: part["url"] for part in begun["parts"]}
    assert list(urls) == [1, 2, 3]
    third = await put(either, urls[3], PIECES[2])
    if not either.settings.storage_url:  # the bucket's server for tests checks no signature
        await put(either, urls[1], PIECES[1][:-1], 400)
    fresh = (await either.client.post("/v1/upload/multipart/refresh", json=named)).json()
    assert [part["part_number"] for part in fresh["parts"]] == [1, 2]
    assert fresh["uploaded"] == [{"part_number": 3, "size": len(PIECES[2]), "etag": third.headers["etag"]}]
    assert (await refusal(either, 409, "POST", "/v1/upload/multipart/complete", json=sent(named, "a", "b", "c")))[
        "code"
    ] == "parts_missing"
    sending = [(fresh["parts"][at]["url"], PIECES[at]) for at in (0, 1, 0)]
    if either.settings.storage_url:  # nor bears two at once
        first, second, _ = [await put(either, *one) for one in sending]
    else:
        first, second, _ = await asyncio.gather(*(put(either, *one) for one in sending))
    etags = [answer.headers["etag"] for answer in (first, second, third)]
    wrong = await refusal(
        either, 400, "POST", "/v1/upload/multipart/complete", json=sent(named, etags[0], etags[0], etags[2])
    )
    assert (wrong["code"], wrong["fields"][0]["path"]) == ("wrong_etag", "parts[1].etag")
    complete = sent(named, etags[0].strip('"'), etags[1], etags[2].strip('"'))
    complete["parts"].reverse()
    for _ in range(2):  # the answer to the first may be lost
        answer = await either.client.post("/v1/upload/multipart/complete", json=complete)
        assert answer.json() == {"ok": True, "file_id": begun["file_id"], "queued_validation": True}
    assert (await status_of(either, begun["file_id"]))["status"] == "processing"
    assert len(await sql("SELECT id FROM jobs WHERE kind = 'inspect'")) == 1
    store = store_of(either.settings)
    [found] = [info async for info in store.list("uploads/")]
    assert b"".join([chunk async for chunk in store.open(found.key)]) == WHOLE
    await store.aclose()


def sent(named: dict[str, str], *etags: str) -> dict[str, Any]:
    return {**named, "parts": [{"part_number": number, "etag": etag} for number, etag in enumerate(etags, 1)]}


async def test_an_upload_that_died_after_its_parts_were_put_together_goes_on(either: Service) -> None:
    begun = await initiated(either, file_size=1000, part_size=1000, part_count=1)
    answer = await put(either, begun["parts"][0]["url"], SMALL)
    store = store_of(either.settings)
    [row] = await sql("SELECT key, store_id FROM uploads")
    await store.complete_parts(row["key"], row["store_id"], await store.parts(row["key"], row["store_id"]))
    complete = sent({"file_id": begun["file_id"], "upload_id": begun["upload_id"]}, answer.headers["etag"])
    assert (await either.client.post("/v1/upload/multipart/complete", json=complete)).status_code == 200
    assert (await status_of(either, begun["file_id"]))["status"] == "processing"
    await store.aclose()


async def test_what_arrives_without_a_word_is_noticed_by_asking_and_by_the_sweeper(either: Service) -> None:
    store = store_of(either.settings)
    for size, status in ((len(SMALL), "processing"), (len(SMALL) + 1, "failed")):
        asked, swept = await requested(either, size), await requested(either, size)
        for row in await sql("SELECT key FROM uploads WHERE state = 'pending'"):
            await store.put_bytes(row["key"], SMALL, "video/mp4")
        shown = await status_of(either, asked["file_id"])
        assert shown["status"] == status
        await sql("UPDATE uploads SET look_at = 0 WHERE id = {}", swept["file_id"])
        await sweeping.sweep(store)
        [row] = await sql("SELECT state FROM uploads WHERE id = {}", swept["file_id"])
        assert row["state"] == status
    assert shown["code"] == "wrong_size"
    assert len(await events_of("upload.failed")) == 2
    await sql("UPDATE uploads SET look_at = 0 WHERE state = 'failed'")
    await sweeping.sweep(store)
    assert len([info async for info in store.list("uploads/")]) == 2, "the bytes of what failed are gone"
    await store.aclose()


async def test_the_sweeper_waits_as_long_again_as_it_has_and_gives_up_at_last(service: Service) -> None:
    store, asked = store_of(service.settings), await requested(service)
    file_id = asked["file_id"]

    async def looked(age_s: int) -> tuple[str, int]:
        await sql(
            "UPDATE uploads SET look_at = 0, created_at = :now - {}, url_expires_at = :now + {}, "
            "expires_at = :now + {}",
            *(age_s * 1000, (3600 - age_s) * 1000, (86_400 - age_s) * 1000),
        )
        await sweeping.sweep(store)
        [row] = await sql("SELECT state, look_at - :now AS pause FROM uploads")
        return row["state"], round((row["pause"] or 0) / 1000)

    assert [await looked(age) for age in (1, 60, 3000)] == [("pending", 5), ("pending", 60), ("pending", 600)]
    assert (await looked(5 * 3600))[0] == "failed"
    assert (await status_of(service, file_id))["code"] == "not_sent"
    assert (await put(service, asked["upload_url"], SMALL, 409)).json()["code"] == "upload_complete"


async def test_after_a_day_an_upload_answers_410_and_its_bytes_go_an_hour_later(either: Service) -> None:
    asked, begun = await requested(either), await initiated(either)
    await put(either, asked["upload_url"], SMALL)
    await status_of(either, asked["file_id"])
    await inspected(asked["file_id"])
    await put(either, begun["parts"][0]["url"], PIECES[0])
    store = store_of(either.settings)

    async def after(seconds: int) -> int:
        await sql("UPDATE uploads SET expires_at = :now - {}, look_at = 0", seconds * 1000)
        await sweeping.sweep(store)
        await sweeping.sweep(store)
        return len([info async for info in store.list("uploads/")])

    assert await after(1) == 1
    for file_id in (asked["file_id"], begun["file_id"]):
        answer = await either.client.get(f"/v1/upload/{file_id}")
        assert (answer.status_code, answer.json()["code"]) == (410, "expired")
    assert (await after(3601)) == 0
    assert await store.sweep_partial(-60) == 0
    [told] = await events_of("upload.failed")
    assert (told["file_id"], told["code"]) == (begun["file_id"], "expired")
    await sql("UPDATE uploads SET expires_at = 1")
    await sweeping.forget_old()
    assert (await either.client.get(f"/v1/upload/{asked['file_id']}")).status_code == 404
    await store.aclose()


async def test_an_aborted_upload_takes_nothing_more_and_leaves_nothing(either: Service) -> None:
    asked, processing, begun = await requested(either), await requested(either), await initiated(either)
    await put(either, begun["parts"][0]["url"], PIECES[0])
    await put(either, processing["upload_url"], SMALL)
    await status_of(either, processing["file_id"])
    named = {"file_id": begun["file_id"], "upload_id": begun["upload_id"]}
    for path, body in (
        ("abort", {"file_id": asked["file_id"]}),
        ("abort", {"file_id": processing["file_id"]}),
        ("multipart/abort", named),
        ("multipart/abort", named),
    ):
        answer = await either.client.post(f"/v1/upload/{path}", json=body)
        assert answer.json() == {"ok": True, "file_id": body["file_id"]}
        assert (await status_of(either, body["file_id"]))["code"] == "aborted"
    for path, body in (("refresh", named), ("complete", sent(named, "x", "y", "z"))):
        assert (await refusal(either, 409, "POST", f"/v1/upload/multipart/{path}", json=body))[
            "code"
        ] == "upload_aborted"
    if not either.settings.storage_url:
        await put(either, asked["upload_url"], SMALL, 409)
        await put(either, begun["parts"][1]["url"], PIECES[1], 409)
    store = store_of(either.settings)
    assert [info async for info in store.list("uploads/")] == []
    assert await store.sweep_partial(-60) == 0
    assert await events_of("upload.failed") == []
    assert [row["state"] for row in await sql("SELECT state FROM jobs WHERE kind = 'inspect'")] == ["cancelled"]
    ready = await requested(either)
    await put(either, ready["upload_url"], SMALL)
    await status_of(either, ready["file_id"])
    await inspected(ready["file_id"])
    told = await refusal(either, 409, "POST", "/v1/upload/abort", json={"file_id": ready["file_id"]})
    assert told["code"] == "upload_complete"
    await store.aclose()


async def test_an_address_takes_just_its_bytes_whole_in_time_and_once(service: Service, tmp_path: Path) -> None:
    asked = await requested(service)
    url = asked["upload_url"]

    async def dripping() -> AsyncIterator[bytes]:
        yield SMALL[:-1]

    for body in (SMALL[:-1], SMALL + b"x"):
        assert (await put(service, url, body, 400)).json()["code"] == "wrong_size"
    short = await service.anonymous.put(url, content=dripping())
    assert (short.status_code, short.json()["code"]) == (400, "wrong_size")
    for other in (
        url.replace("size=1000", "size=1001"),
        url.replace("/uploads/", "/uploads/x/"),
        f"{url}0",
        "/uploads/x",
    ):
        await put(service, other, SMALL, 404)
    assert not [path for path in (tmp_path / "files/uploads").rglob("*") if path.is_file()]
    assert (await status_of(service, asked["file_id"]))["status"] == "pending"
    await sql("UPDATE accounts SET banned = TRUE")
    await put(service, url, SMALL, 404)
    await sql("UPDATE accounts SET banned = FALSE")
    await put(service, url, SMALL)
    await put(service, url, SMALL, 409)


async def test_wrong_requests_say_what_to_change(service: Service) -> None:
    one = {"filename": "a.mp4", "content_type": "video/mp4", "file_size": 12 << 20}
    cut = {**one, "part_size": 5 << 20, "part_count": 3}
    clip = {"start": 5, "end": 2}
    for path, body, status, field in (
        ("request", {**one, "file_size": 0}, 400, "file_size"),
        ("request", {**one, "file_size": (5 << 30) + 1}, 413, "file_size"),
        ("request", {**one, "filename": ""}, 400, "filename"),
        ("request", {**one, "clip": clip}, 400, "clip.end"),
        ("request", {**one, "clip": {**clip, "end": 700}}, 422, "clip.end"),
        ("request", {**one, "clip": {"segments": [{"start": 1, "end": 2}]}}, 400, "clip.segments"),
        ("multipart/initiate", {**cut, "part_count": 4}, 400, "part_count"),
        ("multipart/initiate", {**cut, "part_size": 4 << 20}, 400, "part_size"),
        ("multipart/initiate", {**cut, "part_size": 0}, 400, "part_size"),
    ):
        told = await refusal(service, status, "POST", f"/v1/upload/{path}", json=body)
        assert [problem["path"] for problem in told["fields"]] == [field], told
    begun = await initiated(service)
    named = {"file_id": begun["file_id"], "upload_id": begun["upload_id"]}
    for path, body, field in (
        ("refresh", {**named, "part_numbers": [1, 4]}, "part_numbers[1]"),
        ("complete", sent(named, "a", "b"), "parts"),
        ("complete", sent(named, "a", "b", "c", "d"), "parts[3].part_number"),
        ("complete", {**named, "parts": [{"part_number": 1, "etag": "x"}] * 3}, "parts[1].part_number"),
    ):
        told = await refusal(service, 400, "POST", f"/v1/upload/multipart/{path}", json=body)
        assert [problem["path"] for problem in told["fields"]] == [field], told
    asked = await requested(service)
    for wrong in ({**named, "upload_id": "x"}, {**named, "file_id": asked["file_id"]}):
        await refusal(service, 404, "POST", "/v1/upload/multipart/abort", json=wrong)


async def test_uploads_and_clips_count_against_the_storage(tmp_path: Path, database_url: str) -> None:
    async with service_for(tmp_path, database_url, storage_quota=2500) as service:
        first, _ = await requested(service), await requested(service)
        shown = (await service.client.get("/v1/storage")).json()
        assert shown == {
            "used_bytes": 2000,
            "quota_bytes": 2500,
            "available_bytes": 500,
            "uploads_bytes": 2000,
            "clips_bytes": 0,
        }
        full = {"filename": "a.mp4", "content_type": "", "file_size": 501}
        assert (await refusal(service, 403, "POST", "/v1/upload/request", json=full))["code"] == "storage_full"
        cut = {**full, "part_size": 501, "part_count": 1}
        await refusal(service, 403, "POST", "/v1/upload/multipart/initiate", json=cut)
        await service.client.post("/v1/upload/abort", json={"file_id": first["file_id"]})
        await requested(service, 501)


async def test_the_same_request_makes_one_upload(service: Service) -> None:
    body = {"filename": "a.mp4", "file_size": 10}
    answers = [
        (await service.client.post("/v1/upload/request", json=body, headers={"Idempotency-Key": "k"})).json()
        for _ in range(2)
    ]
    assert answers[0] == answers[1]
    assert len(await sql("SELECT id FROM uploads")) == 1


async def test_a_clip_ordered_with_an_upload_is_paid_for_now_and_due_when_it_is_ready(
    tmp_path: Path, database_url: str
) -> None:
    clip = {"start": 12, "end": 48, "source_title": "My Source"}
    async with service_for(tmp_path, database_url, billing="on") as service:
        body = {"filename": "a.mp4", "file_size": len(SMALL), "clip": clip}
        assert (await refusal(service, 402, "POST", "/v1/upload/request", json=body))["code"]
        assert await sql("SELECT id FROM uploads") == []
        await ledger.deposit("acc_bootstrap", 10 * MICROS, "payment 1")
        asked = [await requested(service, clip=clip) for _ in range(3)]
        assert all(one["clip_requested"] for one in asked)
        assert (await ledger.balance("acc_bootstrap")).reserved == 60_000
        good, bad, aborted = (one["file_id"] for one in asked)
        for one in asked[:2]:
            await put(service, one["upload_url"], SMALL)
        await inspected(good)
        await inspected(bad, ("unsupported_media", "This is a picture."))
        await service.client.post("/v1/upload/abort", json={"file_id": aborted})
        states = {row["id"]: row["state"] for row in await sql("SELECT id, state FROM jobs WHERE kind = 'clip'")}
        assert [states[one["clip_job_id"]] for one in asked] == ["queued", "failed", "failed"]
        shown = await status_of(service, good)
        assert (shown["clip_requested"], shown["clip_job_id"]) == (True, asked[0]["clip_job_id"])
        assert (await ledger.balance("acc_bootstrap")).reserved == 20_000
        assert await billing.contradictions() == []
        [told] = await events_of("upload.failed")
        assert (told["error"], told["code"]) == ("This is a picture.", "unsupported_media")
        assert [event["job_id"] for event in await events_of("clip.failed")] == [
            one["clip_job_id"] for one in asked[1:]
        ]
        assert (await status_of(service, bad))["status"] == "failed"
