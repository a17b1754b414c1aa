"""Renders over HTTP, from the order to the file, the worker's part played by the services it uses."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from app.db.engine import sql
from app.services import jobs
from app.storage import open_storage
from tests.api.conftest import SMALL, Service, refusal

GUIDE_FIELDS = {
    *("created_at", "uid", "self", "status", "template", "url", "modifications", "metadata", "webhook_url"),
    *("webhook_response_code", "credits", "progress"),
}


async def ordered(service: Service, **order: Any) -> dict[str, Any]:
    answer = await service.client.post("/v1/renders", json={"template": SMALL, **order})
    assert answer.status_code == 202, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def shown(service: Service, uid: str) -> dict[str, Any]:
    answer = await service.client.get(f"/v1/renders/{uid}")
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


async def claimed(uid: str) -> jobs.Claim:
    [row] = await sql("SELECT job FROM renders WHERE uid = {}", uid)
    claim = await jobs.claim(row["job"], "w1", lease_s=30)
    assert claim
    return claim


async def finished(service: Service, uid: str, video: bytes = b"a video") -> None:
    """What a worker does at the end of a render."""
    claim = await claimed(uid)
    settings = service.settings
    storage = open_storage(
        "", data_dir=Path(settings.data_dir), public_url=settings.base_url, secret=settings.secret.encode()
    )
    folder = f"renders/{claim.account}/{claim.id}/{claim.attempt}"
    await storage.put_bytes(f"{folder}/video.mp4", video, "video/mp4")
    await storage.put_bytes(f"{folder}/preview.jpg", b"a picture", "image/jpeg")
    result = {
        "key": f"{folder}/video.mp4",
        "preview": f"{folder}/preview.jpg",
        **{"bytes": len(video), "width": 64, "height": 36, "frames": 30, "duration": 3.0, "warnings": []},
    }
    assert await jobs.finish(claim, result)


async def test_a_render_goes_from_the_order_to_the_file(everywhere: Service) -> None:
    changes = [{"scene": "Opening", "object": "headline", "text": "Hello Tashkent"}]
    order = await ordered(everywhere, modifications=changes, metadata="order 7")
    assert set(order) >= GUIDE_FIELDS
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", order["created_at"])
    assert re.fullmatch(r"[A-Za-z0-9]{18}", order["uid"])
    assert (order["status"], order["url"], order["progress"]) == ("pending", None, 0)
    assert (order["modifications"], order["metadata"]) == (changes, "order 7")
    assert (await everywhere.client.get(order["self"])).json() == order

    claim = await claimed(order["uid"])
    await jobs.heartbeat(claim, lease_s=30, stage="working", percent=42)
    under_way = await shown(everywhere, order["uid"])
    assert (under_way["status"], under_way["progress"], under_way["url"]) == ("processing", 42, None)
    await jobs.release(claim)

    await finished(everywhere, order["uid"])
    done = await shown(everywhere, order["uid"])
    assert (done["status"], done["progress"], done["credits"], done["error"]) == ("completed", 100, 1, None)
    video = await everywhere.anonymous.get(done["url"])
    assert (video.content, video.headers["content-type"]) == (b"a video", "video/mp4")
    assert "content-disposition" not in video.headers, "it plays in a tab"
    preview = await everywhere.anonymous.get(done["preview"])
    assert (preview.content, preview.headers["content-type"]) == (b"a picture", "image/jpeg")


async def test_a_failed_render_says_why(service: Service) -> None:
    order = await ordered(service)
    await jobs.fail(await claimed(order["uid"]), "media_unreadable", "The picture is damaged.")
    told = await shown(service, order["uid"])
    assert (told["status"], told["code"], told["error"]) == ("failed", "media_unreadable", "The picture is damaged.")
    assert told["url"] is None


async def test_a_builtin_is_ordered_by_name_or_uid_and_shown_by_its_uid(service: Service, builtin: str) -> None:
    template = (await service.client.get(f"/v1/templates/{builtin}")).json()
    orders = [await ordered(service, template=reference) for reference in (builtin, template["uid"])]
    assert [order["template"] for order in orders] == [template["uid"]] * 2
    listed = (await service.client.get("/v1/renders", params={"template": builtin})).json()
    assert {render["uid"] for render in listed} == {order["uid"] for order in orders}


async def test_a_render_is_cancelled_until_it_is_over(service: Service) -> None:
    order = await ordered(service)
    address = f"/v1/renders/{order['uid']}"
    claim = await claimed(order["uid"])
    for _ in range(2):
        answer = await service.client.delete(address)
        assert (answer.status_code, answer.json()["status"]) == (200, "processing")
    await jobs.end_cancelled(claim)
    assert (await service.client.delete(address)).json()["status"] == "cancelled"

    done = await ordered(service)
    await finished(service, done["uid"])
    told = await refusal(service, 409, "DELETE", f"/v1/renders/{done['uid']}")
    assert "completed" in told["error"]


async def test_the_list_has_pages_and_filters(service: Service) -> None:
    uids = [(await ordered(service))["uid"] for _ in range(3)]
    for age, uid in enumerate(uids):
        await sql("UPDATE renders SET created_at = {} WHERE uid = {}", age, uid)
    await finished(service, uids[0])

    async def listed(**query: Any) -> list[str]:
        answer = await service.client.get("/v1/renders", params=query)
        assert answer.status_code == 200
        return [render["uid"] for render in answer.json()]

    assert await listed() == uids[::-1]
    assert [await listed(page=page, limit=2) for page in (1, 2, 3)] == [uids[:0:-1], uids[:1], []]
    assert await listed(completed="true") == uids[:1]


async def test_another_account_sees_and_changes_nothing(everywhere: Service) -> None:
    order = await ordered(everywhere)
    address = f"/v1/renders/{order['uid']}"
    for method in ("GET", "DELETE"):
        answer = await everywhere.other.request(method, address)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_render")
    assert (await everywhere.other.get("/v1/renders")).json() == []
    assert (await shown(everywhere, order["uid"]))["status"] == "pending"


async def test_metadata_comes_back_exactly(service: Service) -> None:
    for text in ("", " \r\n\t", '{"id": 1}', "x" * 10_000, "Grüße 👋 \u202e", "</script>"):
        order = await ordered(service, metadata=text)
        assert order["metadata"] == text == (await shown(service, order["uid"]))["metadata"]


async def test_warnings_replace_refusals_without_strictness(service: Service) -> None:
    wrong = [{"scene": "Opening", "object": "headlin", "text": "x"}]
    assert (await ordered(service, modifications=wrong, strict=False))["warnings"]
    told = await refusal(service, 400, "POST", "/v1/renders", json={"template": SMALL, "modifications": wrong})
    assert told["code"] == "unknown_object"


@pytest.mark.parametrize("header", ["Idempotency-Key", "X-Idempotency-Key", "x-idempotency-key"])
async def test_a_repeated_order_gets_the_same_bytes_and_makes_nothing(service: Service, header: str) -> None:
    first, again = [
        await service.client.post("/v1/renders", json={"template": SMALL}, headers={header: "order 7"})
        for _ in range(2)
    ]
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert len(await sql("SELECT uid FROM renders")) == len(await sql("SELECT id FROM jobs")) == 1


async def test_a_repeated_order_is_answered_even_when_it_would_now_be_refused(service: Service, builtin: str) -> None:
    order = {"template": builtin, "modifications": [{"scene": "Opening", "object": "headline", "text": "x"}]}
    headers = {"Idempotency-Key": "k"}
    first = await service.client.post("/v1/renders", json=order, headers=headers)
    await finished(service, first.json()["uid"])
    again = await service.client.post("/v1/renders", json=order, headers=headers)
    assert again.content == first.content


async def test_fifty_orders_at_once_with_one_key_make_one_render(everywhere: Service) -> None:
    headers = {"Idempotency-Key": "the same"}
    answers = await asyncio.gather(
        *(everywhere.client.post("/v1/renders", json={"template": SMALL}, headers=headers) for _ in range(50))
    )
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    assert len(await sql("SELECT uid FROM renders")) == len(await sql("SELECT id FROM jobs")) == 1
    assert [row["used"] for row in await sql("SELECT used FROM credit_usage")] == [1]


async def test_a_key_with_another_body_is_refused(service: Service) -> None:
    headers = {"Idempotency-Key": "k"}
    await service.client.post("/v1/renders", json={"template": SMALL}, headers=headers)
    told = await refusal(
        service, 422, "POST", "/v1/renders", json={"template": SMALL, "metadata": "other"}, headers=headers
    )
    assert told["code"] == "idempotency_mismatch"


async def test_a_key_is_its_accounts_own(service: Service) -> None:
    headers = {"Idempotency-Key": "k"}
    mine = await service.client.post("/v1/renders", json={"template": SMALL}, headers=headers)
    theirs = await service.other.post("/v1/renders", json={"template": SMALL, "metadata": "x"}, headers=headers)
    assert (mine.status_code, theirs.status_code) == (202, 202)
    assert mine.json()["uid"] != theirs.json()["uid"]


async def test_a_key_is_forgotten_after_a_day(everywhere: Service) -> None:
    headers = {"Idempotency-Key": "k"}
    first = await everywhere.client.post("/v1/renders", json={"template": SMALL}, headers=headers)
    await sql("UPDATE idempotency SET created_at = created_at - {}", 24 * 3600 * 1000 + 1)
    later = await everywhere.client.post("/v1/renders", json={"template": SMALL, "metadata": "new"}, headers=headers)
    assert later.status_code == 202
    assert later.json()["uid"] != first.json()["uid"]


async def test_a_refused_order_leaves_its_key_free(service: Service) -> None:
    headers = {"Idempotency-Key": "k"}
    await refusal(service, 404, "POST", "/v1/renders", json={"template": "none"}, headers=headers)
    answer = await service.client.post("/v1/renders", json={"template": SMALL}, headers=headers)
    assert answer.status_code == 202


@pytest.mark.parametrize(
    "headers", [{"Idempotency-Key": "x" * 256}, {"Idempotency-Key": "a", "X-Idempotency-Key": "b"}]
)
async def test_a_key_that_cannot_be_meant_is_refused(service: Service, headers: dict[str, str]) -> None:
    await refusal(service, 400, "POST", "/v1/renders", json={"template": SMALL}, headers=headers)
