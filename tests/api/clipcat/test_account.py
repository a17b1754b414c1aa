"""Whose key it is, and the month's credits: taken before a job exists, given back when it fails."""

import asyncio
from typing import Any

import pytest

from app.db.engine import sql
from app.services import accounts, jobs, quotas
from tests.api.clipcat.test_renders import claimed, finished, ordered, shown
from tests.api.conftest import SMALL, Service, refusal


async def limited(most: int | None, plan: str = "Starter") -> None:
    await accounts.set_plan(accounts.BOOTSTRAP, plan_name=plan, monthly_credits=most)


async def used(service: Service) -> dict[str, Any]:
    told: dict[str, Any] = (await service.client.get("/v1/account")).json()["quota"]
    return told


async def test_a_key_is_checked_and_tells_its_workspace(service: Service) -> None:
    answer = await service.other.get("/v1/auth")
    assert (answer.status_code, answer.json()["workspace"]) == (200, "other")
    assert (await service.anonymous.get("/v1/auth")).status_code == 401


async def test_an_account_shows_its_plan_and_its_quota(service: Service) -> None:
    told = (await service.client.get("/v1/account")).json()
    assert (told["uid"], told["name"], told["plan_name"]) == (accounts.BOOTSTRAP, "bootstrap", "Self-hosted")
    assert told["quota"] == {"max": None, "current": 0}
    await limited(500)
    told = (await service.client.get("/v1/account")).json()
    assert (told["plan_name"], told["quota"]) == ("Starter", {"max": 500, "current": 0})


async def test_over_the_quota_there_is_no_job(everywhere: Service) -> None:
    await limited(2)
    await ordered(everywhere)
    await ordered(everywhere)
    told = await refusal(everywhere, 402, "POST", "/v1/renders", json={"template": SMALL})
    assert told["code"] == "quota_exceeded"
    assert "Credits needed: 1. Left of this month's 2: 0." in told["error"]
    await refusal(everywhere, 402, "POST", "/v1/renders", json={"template": SMALL, "dry_run": True})
    assert len(await sql("SELECT id FROM jobs")) == 2
    assert await used(everywhere) == {"max": 2, "current": 2}
    answer = await everywhere.other.post("/v1/renders", json={"template": SMALL})
    assert answer.status_code == 202, "another account has its own"


async def test_orders_at_the_quotas_edge_take_exactly_what_is_left(everywhere: Service) -> None:
    await limited(5)
    answers = await asyncio.gather(
        *(everywhere.client.post("/v1/renders", json={"template": SMALL}) for _ in range(20))
    )
    assert sorted(answer.status_code for answer in answers) == [202] * 5 + [402] * 15
    assert (await used(everywhere))["current"] == 5


async def test_a_failed_and_a_cancelled_render_cost_nothing(everywhere: Service) -> None:
    failing, cancelled = await ordered(everywhere), await ordered(everywhere)
    assert (await used(everywhere))["current"] == 2
    assert await jobs.fail(await claimed(failing["uid"]), "broken", "It is broken.")
    await everywhere.client.delete(f"/v1/renders/{cancelled['uid']}")
    assert (await used(everywhere))["current"] == 0
    assert [(await shown(everywhere, order["uid"]))["credits"] for order in (failing, cancelled)] == [0, 0]


async def test_a_completed_render_costs_what_it_turned_out_to_be(everywhere: Service) -> None:
    order = await ordered(everywhere)
    claim = await claimed(order["uid"])
    assert await jobs.finish(claim, {"width": 1920, "height": 1080, "frames": 600})
    assert await jobs.finish(claim, {"width": 1920, "height": 1080, "frames": 600}), "told twice, counted once"
    assert (await shown(everywhere, order["uid"]))["credits"] == 13
    assert (await used(everywhere))["current"] == 13


async def test_a_new_month_begins_at_nothing(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    await limited(1)
    old = await ordered(service)
    monkeypatch.setattr(quotas, "this_month", lambda: "2099-01")
    assert (await used(service))["current"] == 0
    await ordered(service)
    await finished(service, old["uid"])
    assert (await used(service))["current"] == 1, "the old render is of its own month"
