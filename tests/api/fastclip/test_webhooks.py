"""`/v1/webhooks` over HTTP: shapes, refusals, secrets that are shown once, and whose is whose."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from app.db.engine import sql
from app.secret import sealed
from app.services import accounts, events
from app.services.webhooks import deliveries
from app.services.webhooks.deliveries import Attempt
from tests.api.conftest import Service, refusal, service_for

NEW = {"url": "https://hooks.example/in", "events": ["upload.ready", "clip.complete"]}
SHOWN = {
    *("id", "url", "events", "description", "enabled", "disabled_reason", "failing_since", "created_at", "updated_at"),
}


async def made(service: Service, **fields: Any) -> dict[str, Any]:
    answer = await service.client.post("/v1/webhooks", json={**NEW, **fields})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def happened(times: int = 1) -> None:
    for number in range(times):
        await events.record(accounts.BOOTSTRAP, "upload.ready", f"upl_{number}", {"file_id": f"upl_{number}"})


async def answered(attempt: Attempt) -> None:
    for head in await deliveries.heads():
        taken = await deliveries.take(head.id, lease_s=60)
        assert taken
        await deliveries.record(taken, attempt)


async def test_a_webhook_is_made_read_changed_and_deleted(everywhere: Service) -> None:
    webhook = await made(everywhere, description="mail room")
    path = f"/v1/webhooks/{webhook['id']}"
    assert set(webhook) == SHOWN | {"secret"}
    assert webhook["secret"].startswith("whsec_")
    assert (webhook["enabled"], webhook["failing_since"], webhook["disabled_reason"]) == (True, None, None)
    shown = (await everywhere.client.get(path)).json()
    assert shown == {name: webhook[name] for name in SHOWN}
    assert (await everywhere.client.get("/v1/webhooks")).json() == [shown]
    changed = await everywhere.client.patch(path, json={"events": ["clip.failed"], "enabled": False})
    assert changed.status_code == 200
    assert changed.json() == {
        **shown,
        "events": ["clip.failed"],
        "enabled": False,
        "updated_at": changed.json()["updated_at"],
    }
    gone = await everywhere.client.delete(path)
    assert (gone.status_code, gone.json()) == (200, {"id": webhook["id"], "deleted": True})
    assert (await everywhere.client.get(path)).status_code == 404
    assert (await everywhere.client.delete(path)).status_code == 404


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"url": 1}, "url"),
        ({"url": ""}, "url"),
        ({"url": "ftp://hooks.example/"}, "url"),
        ({"url": "http://169.254.169.254/"}, "url"),
        ({"url": "https://user:pass@hooks.example/"}, "url"),
        ({"url": "https://hooks.example/" + "x" * 2048}, "url"),
        ({"url": "https://hooks.example/\0"}, "url"),
        ({"events": []}, "events"),
        ({"events": "upload.ready"}, "events"),
        ({"events": ["upload.redy"]}, "events[0]"),
        ({"events": ["webhook.test"]}, "events[0]"),
        ({"events": ["new_clips"]}, "events[0]"),
        ({"events": ["upload.ready"] * 101}, "events"),
        ({"description": "x" * 201}, "description"),
        ({"description": "a\0b"}, "description"),
        ({"enabled": "yes"}, "enabled"),
        ({"secret": "whsec_mine"}, "secret"),
    ],
)
async def test_a_wrong_field_is_named(service: Service, fields: dict[str, Any], path: str) -> None:
    told = await refusal(service, 400, "POST", "/v1/webhooks", json={**NEW, **fields})
    assert [field["path"] for field in told["fields"]] == [path]
    webhook = await made(service)
    told = await refusal(service, 400, "PATCH", f"/v1/webhooks/{webhook['id']}", json=fields)
    assert [field["path"] for field in told["fields"]] == [path]


async def test_a_refusal_says_what_to_change(tmp_path: Path) -> None:
    said = [
        ({"events": ["render.done"]}, 'not "render.done"; did you mean "render.completed"?'),
        ({"events": ["upload.redy"]}, 'did you mean "upload.ready"?'),
        ({"events": []}, "events: expected a list of 1 to 100 items, not an empty one."),
        ({"events": ["upload.ready"] * 101}, "events: expected a list of 1 to 100 items, not of 101."),
        ({"url": "hooks.example/in"}, "url: The address must start with http:// or https://."),
        ({"url": "https:///in"}, "url: The address names no valid host. Write it like https://example.com/path."),
        ({"url": "http://10.0.0.5/"}, "url: 10.0.0.5 leads to a private address, which this service does not call. "),
        ({"target_url": "https://x.example/"}, 'unknown property "target_url"; did you mean "url"?'),
        ({"enabled": "no"}, 'enabled: expected true or false, not "no".'),
        ({"description": "a\0b"}, "description: A description cannot hold the null character. Leave it out."),
    ]
    async with service_for(tmp_path, allow_private_addresses=False) as strict:
        webhook = await made(strict)
        for fields, sentence in said:
            asked = (("POST", "", {**NEW, **fields}), ("PATCH", f"/{webhook['id']}", fields))
            for method, path, body in asked:
                told = await refusal(strict, 400, method, f"/v1/webhooks{path}", json=body)
                assert sentence in told["error"], (method, fields)


async def test_of_fifteen_made_at_once_ten_are_there(everywhere: Service) -> None:
    answers = await asyncio.gather(*(everywhere.client.post("/v1/webhooks", json=NEW) for _ in range(15)))
    assert sorted(answer.status_code for answer in answers) == [200] * 10 + [409] * 5
    assert len((await everywhere.client.get("/v1/webhooks")).json()) == 10
    told = await refusal(everywhere, 409, "POST", "/v1/webhooks", json=NEW)
    assert (told["code"], told["error"]) == (
        *("too_many_webhooks", "This account has 10 webhooks already. Delete one first."),
    )


async def test_a_secret_is_shown_once_and_kept_encrypted(everywhere: Service) -> None:
    webhook = await made(everywhere)
    path = f"/v1/webhooks/{webhook['id']}"
    rotated = (await everywhere.client.post(f"{path}/rotate-secret")).json()
    assert rotated["id"] == webhook["id"]
    assert rotated["previous_secret_valid_until"] > webhook["created_at"]
    shown = [await everywhere.client.get(where) for where in (path, "/v1/webhooks", f"{path}/deliveries")]
    shown += [
        await everywhere.client.patch(path, json={"description": "x"}),
        await everywhere.client.post(f"{path}/test"),
    ]
    kept = str(await sql("SELECT * FROM signing_secrets")) + str(await sql("SELECT * FROM webhook_endpoints"))
    for secret in (webhook["secret"], rotated["secret"]):
        assert not [answer for answer in shown if secret in answer.text]
        assert secret.removeprefix("whsec_") not in kept


async def test_a_repeated_request_makes_one_webhook_and_gets_the_same_secret_which_is_kept_encrypted(
    everywhere: Service,
) -> None:
    ask = {"json": NEW, "headers": {"Idempotency-Key": "k1"}}
    first, again = [await everywhere.client.post("/v1/webhooks", **ask) for _ in range(2)]
    assert (first.json(), again.headers["idempotency-replayed"]) == (again.json(), "true")
    rotate = f"/v1/webhooks/{first.json()['id']}/rotate-secret"
    rotated = [await everywhere.client.post(rotate, headers={"Idempotency-Key": "k2"}) for _ in range(2)]
    assert rotated[0].json() == rotated[1].json()
    assert len((await everywhere.client.get("/v1/webhooks")).json()) == 1
    kept = str(await sql("SELECT * FROM idempotency"))
    for secret in (first.json()["secret"], rotated[0].json()["secret"]):
        assert secret.removeprefix("whsec_") not in kept


async def test_deliveries_are_listed_with_every_attempt(everywhere: Service) -> None:
    webhook = await made(everywhere)
    await happened()
    await answered(Attempt(status=503, error="The receiver answered 503.", response="busy", duration_s=0.25))
    [told] = (await everywhere.client.get(f"/v1/webhooks/{webhook['id']}/deliveries")).json()
    assert set(told) == {"id", "event", "status", "attempts", "response_code", "next_attempt_at", "created_at"}
    assert (told["event"], told["status"], told["response_code"]) == ("upload.ready", "pending", 503)
    assert told["next_attempt_at"] > told["created_at"]
    [attempt] = told["attempts"]
    assert attempt.pop("at").endswith("Z")
    assert attempt == {"status": 503, "error": "The receiver answered 503.", "duration": 0.25, "response": "busy"}
    shown = (await everywhere.client.get(f"/v1/webhooks/{webhook['id']}")).json()
    assert shown["failing_since"] is not None


async def test_deliveries_come_in_pages(service: Service) -> None:
    webhook = await made(service)
    await happened(5)
    path = f"/v1/webhooks/{webhook['id']}/deliveries"
    pages = [(await service.client.get(f"{path}?limit=2&page={page}")).json() for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [2, 2, 1, 0]
    assert len({delivery["id"] for page in pages for delivery in page}) == 5
    assert (await refusal(service, 400, "GET", f"{path}?limit=0"))["fields"][0]["path"] == "limit"


async def test_a_delivery_is_replayed(everywhere: Service) -> None:
    webhook = await made(everywhere)
    path = f"/v1/webhooks/{webhook['id']}/deliveries"
    await happened()
    await answered(Attempt(status=200))
    [done] = (await everywhere.client.get(path)).json()
    assert (done["status"], done["next_attempt_at"]) == ("delivered", None)
    again = await everywhere.client.post(f"{path}/{done['id']}/replay")
    assert (again.status_code, again.json()["status"], again.json()["id"]) == (200, "pending", done["id"])
    await answered(Attempt(status=204))
    [twice] = (await everywhere.client.get(path)).json()
    assert sorted(attempt["status"] for attempt in twice["attempts"]) == [200, 204]
    await refusal(everywhere, 404, "POST", f"{path}/msg_nothing/replay")


async def test_a_test_is_a_delivery_like_others_and_a_disabled_webhook_gets_none(everywhere: Service) -> None:
    webhook = await made(everywhere)
    path = f"/v1/webhooks/{webhook['id']}"
    told = await everywhere.client.post(f"{path}/test")
    assert (told.status_code, told.json()["event"], told.json()["status"]) == (200, "webhook.test", "pending")
    assert (await everywhere.client.get(f"{path}/deliveries")).json() == [told.json()]
    await everywhere.client.patch(path, json={"enabled": False})
    for action in ("test", f"deliveries/{told.json()['id']}/replay"):
        assert (await refusal(everywhere, 409, "POST", f"{path}/{action}"))["code"] == "webhook_disabled"


async def test_somebody_elses_webhook_is_not_there_and_stays_as_it_is(everywhere: Service) -> None:
    webhook = await made(everywhere)
    await happened()
    before = (await everywhere.client.get(f"/v1/webhooks/{webhook['id']}")).json()
    [delivery] = (await everywhere.client.get(f"/v1/webhooks/{webhook['id']}/deliveries")).json()
    for method, action in [
        *(("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/test"), ("POST", "/rotate-secret")),
        *(("GET", "/deliveries"), ("POST", f"/deliveries/{delivery['id']}/replay")),
    ]:
        body = {"json": {"enabled": False}} if method == "PATCH" else {}
        answer = await everywhere.other.request(method, f"/v1/webhooks/{webhook['id']}{action}", **body)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_webhook"), action
    assert (await everywhere.other.get("/v1/webhooks")).json() == []
    assert (await everywhere.client.get(f"/v1/webhooks/{webhook['id']}")).json() == before
    assert len(await sql("SELECT id FROM signing_secrets")) == 1
    theirs = (await everywhere.other.post("/v1/webhooks", json=NEW)).json()
    mixed = f"/v1/webhooks/{theirs['id']}/deliveries/{delivery['id']}/replay"
    assert (await everywhere.other.post(mixed)).json()["code"] == "unknown_delivery"


@pytest.mark.parametrize("name", ["%00", "x" * 500, "%ff", "'; DROP TABLE events; --"])
async def test_an_odd_id_is_one_that_is_not_there(everywhere: Service, name: str) -> None:
    webhook = await made(everywhere)
    for path in (name, f"{name}/deliveries", f"{webhook['id']}/deliveries/{name}/replay"):
        method = "POST" if path.endswith("replay") else "GET"
        await refusal(everywhere, 404, method, f"/v1/webhooks/{path}")


async def test_the_secret_for_addresses_that_orders_name_is_read_and_rotated(everywhere: Service) -> None:
    before = await everywhere.client.get("/user/webhook-secret")
    assert before.status_code == 200
    assert before.json() == (await everywhere.client.get("/user/webhook-secret")).json()
    Webhook(before.json()["webhook_secret"])
    rotated = await everywhere.client.post("/user/webhook-secret/rotate")
    assert rotated.status_code == 200
    assert set(rotated.json()) == {"webhook_secret", "previous_valid_until"}
    assert (await everywhere.client.get("/user/webhook-secret")).json() == {
        "webhook_secret": rotated.json()["webhook_secret"]
    }
    assert rotated.json()["webhook_secret"] != before.json()["webhook_secret"]
    theirs = (await everywhere.other.get("/user/webhook-secret")).json()["webhook_secret"]
    assert theirs not in (before.json()["webhook_secret"], rotated.json()["webhook_secret"])


async def test_answers_with_a_secret_are_kept_by_no_cache(service: Service) -> None:
    made = await service.client.post("/v1/webhooks", json=NEW, headers={"Idempotency-Key": "k"})
    answers = [
        made,
        await service.client.post("/v1/webhooks", json=NEW, headers={"Idempotency-Key": "k"}),
        await service.client.post(f"/v1/webhooks/{made.json()['id']}/rotate-secret"),
        await service.client.get("/user/webhook-secret"),
        await service.client.post("/user/webhook-secret/rotate"),
    ]
    assert [answer.headers.get("cache-control") for answer in answers] == ["no-store"] * 5


async def test_secrets_under_another_installations_secret_are_the_operators_affair(service: Service) -> None:
    await service.client.get("/user/webhook-secret")
    await sql("UPDATE signing_secrets SET secret = {}", sealed("whsec_x", b"another installation's"))
    told = await refusal(service, 503, "GET", "/user/webhook-secret")
    assert told["code"] == "not_configured"
    assert "CLIPYARD" not in told["error"]


async def test_an_idempotency_key_is_one_for_each_webhook(everywhere: Service) -> None:
    one, other = await made(everywhere), await made(everywhere)
    headers = {"Idempotency-Key": "rotate in november"}
    answers = [
        await everywhere.client.post(f"/v1/webhooks/{webhook}/rotate-secret", headers=headers)
        for webhook in (one["id"], other["id"], "whk_nothere")
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 404]
    assert [answer.json()["id"] for answer in answers[:2]] == [one["id"], other["id"]]
    assert answers[0].json()["secret"] != answers[1].json()["secret"]
