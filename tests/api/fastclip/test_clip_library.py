"""`/v1/clips` and `/v1/share`: the library of what was made, and what others see of it."""

from typing import Any

from app.db.engine import sql
from app.services import accounts
from tests.api.conftest import Service, refusal
from tests.services.clipping import clipped, uploaded

OURS = accounts.BOOTSTRAP
NOWHERE = "d9d54c23-7af8-41f8-8f6e-9ce0092f8f2f"


async def listed(service: Service, **query: Any) -> list[str]:
    answer = await service.client.get("/v1/clips", params=query)
    assert answer.status_code == 200, answer.text
    return [clip["title"] for clip in answer.json()["clips"]]


async def test_a_library_is_listed_newest_first_searched_and_sifted(everywhere: Service) -> None:
    await clipped(OURS, title="First 100% ready", age_s=3000, format="mp3", upload="upl_1")
    await clipped(OURS, title="second", age_s=2000, pinned=True, filename="Holiday_0-01-0-02.mp4")
    third = await clipped(OURS, title="third", age_s=1000, captioned=True)
    await clipped(OURS, title="expired", age_s=90_000)
    await clipped(OURS, title="fourth_", age_s=0, job="job_x", filename="ÉTÉ.mp4")
    whole = (await everywhere.client.get("/v1/clips", params={"limit": 2})).json()
    assert [clip["title"] for clip in whole["clips"]] == ["fourth_", "third"]
    assert (whole["total"], whole["page"], whole["limit"]) == (4, 1, 2)
    assert await listed(everywhere, limit=2, page=2) == ["second", "First 100% ready"]
    made_at = next(clip["created_at"] for clip in whole["clips"] if clip["clip_id"] == third)
    for query, found in (
        ({"format": "mp3"}, ["First 100% ready"]),
        ({"pinned": True}, ["second"]),
        ({"captioned": True}, ["third"]),
        ({"job_id": "job_x"}, ["fourth_"]),
        ({"file_id": "upl_1"}, ["First 100% ready"]),
        ({"search": "HOLIDAY"}, ["second"]),
        ({"search": "0%"}, ["First 100% ready"]),
        ({"search": "h_"}, ["fourth_"]),
        ({"search": "e\u0301té"}, ["fourth_"]),
        ({"search": "\0'; --"}, []),
        ({"created_after": made_at}, ["fourth_", "third"]),
        ({"created_before": made_at, "pinned": False}, ["First 100% ready"]),
    ):
        assert await listed(everywhere, **query) == found, query
    assert (await everywhere.other.get("/v1/clips")).json()["total"] == 0
    for wrong in ("created_after=yesterday", "format=webm", "pined=true", "limit=101"):
        await refusal(everywhere, 400, "GET", f"/v1/clips?{wrong}")


async def test_a_clip_is_renamed_pinned_unpinned_and_deleted(everywhere: Service) -> None:
    clip = await clipped(OURS, age_s=80_000)
    at = f"/v1/clips/{clip}"
    named = await everywhere.client.patch(at, json={"title": "  Ann’s best 🎬  "})
    assert (named.status_code, named.json()["title"]) == (200, "Ann’s best 🎬")
    for title in ("", "x" * 201, "a\nb", "a\0b"):
        await refusal(everywhere, 400, "PATCH", at, json={"title": title})
    for _ in range(2):
        pinned = (await everywhere.client.post(f"{at}/pin")).json()
        assert (pinned["pinned"], pinned["expires_at"]) == (True, None)
    for _ in range(2):
        free = (await everywhere.client.post(f"{at}/unpin")).json()
        assert not free["pinned"]
        assert free["expires_at"] > pinned["created_at"]
    [row] = await sql("SELECT expires_at - :now AS left_ms FROM clips")
    assert 86_300_000 < row["left_ms"] <= 86_400_000
    assert (await everywhere.client.delete(at)).json() == {"clip_id": clip, "deleted": True}
    for method, path in (
        *(("PATCH", at), ("POST", f"{at}/pin"), ("POST", f"{at}/unpin"), ("DELETE", at)),
        *(("GET", f"/v1/share/{clip}"), ("POST", f"/v1/share/{clip}/view"), ("GET", f"/v1/share/{clip}/viewer-state")),
    ):
        body = {"json": {"title": "x"}} if method == "PATCH" else {}
        assert (await refusal(everywhere, 404, method, path, **body))["code"] == "unknown_clip"
    assert await listed(everywhere) == []


async def test_many_are_deleted_at_once_and_each_is_told_of(everywhere: Service) -> None:
    mine, theirs = (
        await clipped(OURS),
        await clipped((await sql("SELECT id FROM accounts WHERE name = 'other'"))[0]["id"]),
    )
    wanted = [mine, theirs, NOWHERE, "no\0id", mine]
    told = (await everywhere.client.post("/v1/clips/bulk-delete", json={"clip_ids": wanted})).json()
    assert told["deleted"] == 1
    assert [(one["clip_id"], one["deleted"]) for one in told["results"]] == [
        (mine, True),
        (theirs, False),
        (NOWHERE, False),
        ("no\0id", False),
    ]
    assert all(one["error"] for one in told["results"][1:])
    for ids in ([], [NOWHERE] * 51):
        await refusal(everywhere, 400, "POST", "/v1/clips/bulk-delete", json={"clip_ids": ids})
    assert (await everywhere.anonymous.get(f"/v1/share/{theirs}")).status_code == 200


async def test_nothing_is_pinned_into_a_storage_that_is_full(service: Service) -> None:
    clip = await clipped(OURS)
    await uploaded(OURS, size=service.settings.storage_quota)
    assert (await refusal(service, 403, "POST", f"/v1/clips/{clip}/pin"))["code"] == "storage_full"
    await sql("UPDATE uploads SET expires_at = 0")
    assert (await service.client.post(f"/v1/clips/{clip}/pin")).status_code == 200


async def test_views_count_once_for_each_visitor_and_say_nothing_of_them(everywhere: Service) -> None:
    clip, other = await clipped(OURS), await clipped(OURS)
    at = f"/v1/share/{clip}"

    async def look(address: str = at, agent: str = "Firefox", **body: str) -> tuple[bool, int | None]:
        answer = await everywhere.anonymous.post(f"{address}/view", json=body, headers={"User-Agent": agent})
        assert answer.status_code == 200, answer.text
        return answer.json()["counted"], answer.json()["views"]

    assert [await look(), await look(), await look(agent="curl")] == [(True, 1), (False, 1), (True, 2)]
    assert [await look(visitor_id="v1"), await look(visitor_id="v1", agent="x")] == [(True, 3), (False, 3)]
    assert await look(f"/v1/share/{other}") == (True, 1)
    empty = await everywhere.anonymous.post(f"{at}/view", headers={"User-Agent": "Firefox"})
    assert (empty.status_code, empty.json()["counted"]) == (200, False)
    rows = str(await sql("SELECT * FROM clip_views"))
    assert "127.0.0.1" not in rows
    assert "v1" not in rows
    for body in (b"[]", b'{"visitor_id": 7}', b'{"visitor_id": ""}', b'{"who": "x"}', b"{"):
        await refusal(everywhere, 400, "POST", f"{at}/view", content=body)
    hidden = await everywhere.client.patch(f"{at}/view-count-visibility", json={"visible": False})
    assert (hidden.json()["views"], hidden.json()["view_count_visible"]) == (3, False)
    assert (await everywhere.anonymous.get(at)).json()["views"] is None
    assert await look(visitor_id="v2") == (True, None)
    state = (await everywhere.client.get(f"{at}/viewer-state")).json()
    assert (state["views"], state["is_owner"]) == (4, True)


async def test_a_shared_clip_is_played_and_saved_by_whoever_has_its_id(everywhere: Service) -> None:
    clip = await clipped(OURS, age_s=86_000)
    shared = (await everywhere.anonymous.get(f"/v1/share/{clip}")).json()
    assert shared["share_url"] == f"{everywhere.url}/c/{clip}"
    assert OURS not in {key: value for key, value in shared.items() if not key.endswith("_url")}.values()
    for path in (f"/v1/share/{clip}/viewer-state", f"/v1/share/{clip}/view-count-visibility"):
        method = "GET" if path.endswith("state") else "PATCH"
        assert (await everywhere.anonymous.request(method, path)).status_code == 401
    for change, back in (
        ("UPDATE accounts SET banned = TRUE", "UPDATE accounts SET banned = FALSE"),
        ("UPDATE clips SET expires_at = 1", ""),
    ):
        await sql(change)
        for path in (f"/v1/share/{clip}", f"/c/{clip}", f"/embed/{clip}"):
            assert (await everywhere.anonymous.get(path)).status_code == 404, change
        assert (await everywhere.anonymous.post(f"/v1/share/{clip}/view")).status_code == 404
        if back:
            await sql(back)
    assert (await everywhere.anonymous.get(f"/v1/share/{clip}")).status_code == 404


async def test_pages_of_any_origin_may_ask_for_what_is_shared(service: Service) -> None:
    origin, clip = "https://blog.example", await clipped(OURS)
    ask = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    first = await service.anonymous.options(f"/v1/share/{clip}/view", headers=ask)
    assert (first.status_code, first.headers["access-control-allow-origin"]) == (204, "*")
    assert "POST" in first.headers["access-control-allow-methods"]
    answer = await service.anonymous.get(f"/v1/share/{clip}", headers={"Origin": origin})
    assert answer.headers["access-control-allow-origin"] == "*"
    own = await service.client.get(f"/v1/share/{clip}/viewer-state", headers={"Origin": origin})
    assert "access-control-allow-origin" not in own.headers
