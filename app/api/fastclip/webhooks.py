"""`/v1/webhooks`: addresses to be told at, their secrets, and what became of every message."""

from typing import Annotated, Any

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from app.api.assets import Deleted
from app.api.bodies import ApiRequest
from app.api.context import Caller, Shared
from app.api.idempotency import once
from app.api.paging import Limit, Page
from app.services import events, holding
from app.services.webhooks import deliveries, endpoints
from app.times import iso

Url = Annotated[str, Meta(min_length=1, max_length=2048)]
Events = Annotated[list[events.Subscribable], Meta(min_length=1, max_length=100)]
Description = Annotated[str, Meta(max_length=200)]


class NewWebhook(endpoints.Wanted, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`events`: what to be told of."""

    url: Url
    events: Events
    description: Description = ""


class WebhookChange(endpoints.Change, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays as it is."""

    url: Url | None = None
    events: Events | None = None
    description: Description | None = None


class Webhook(Struct, frozen=True, kw_only=True):
    """`disabled_reason` says why we disabled it; `failing_since`: nothing has arrived since then."""

    id: str
    url: str
    events: list[str]
    description: str
    enabled: bool
    disabled_reason: str | None
    failing_since: str | None
    created_at: str
    updated_at: str


class NewWebhookShown(Webhook, frozen=True, kw_only=True):
    """`secret` is what messages are signed with; it is in no other answer."""

    secret: str


class RotatedSecret(Struct, frozen=True, kw_only=True):
    """`webhook-signature` proves the previous secret, too, until `previous_secret_valid_until`.

    `X-FastClip-Signature` is by the new one from now on.
    """

    id: str
    secret: str
    previous_secret_valid_until: str | None


class Attempt(Struct, frozen=True, kw_only=True):
    """`status`: the receiver's; null when there was no answer, and `error` says why. `duration` in seconds."""

    at: str
    status: int | None
    error: str | None
    duration: float
    response: str


class Delivery(Struct, frozen=True, kw_only=True):
    """`status` is pending, delivered or failed; `next_attempt_at` is there while it is pending."""

    id: str
    event: str
    status: deliveries.State
    attempts: list[Attempt]
    response_code: int | None
    next_attempt_at: str | None
    created_at: str


@post(
    "/v1/webhooks",
    status_code=200,
    responses={200: ResponseSpec(NewWebhookShown, generate_examples=False, description="It is told from now on.")},
)
async def create(
    request: ApiRequest, context: Shared, principal: Caller, data: JSONBody[NewWebhook]
) -> Response[bytes]:
    """Be told of events at an address of yours. Keep the `secret` of the answer: it is shown once."""

    async def checked() -> NewWebhook:
        endpoints.check(data, context.egress)
        return data

    async def made(wanted: NewWebhook) -> NewWebhookShown:
        endpoint, secret = await endpoints.create(wanted, principal.account, context.secret)
        return NewWebhookShown(**_facts(endpoint), secret=secret)

    return await once(request, 200, checked, made, sealed=True)


@get("/v1/webhooks", status_code=200)
async def listing(principal: Caller) -> list[Webhook]:
    """Your webhooks, newest first."""
    return [_shown(endpoint) for endpoint in await endpoints.of(principal.account)]


@get("/v1/webhooks/{webhook_id:str}", status_code=200)
async def read(principal: Caller, webhook_id: FromPath[str]) -> Webhook:
    """One webhook: what it is told of, and whether it listens."""
    return _shown(await endpoints.find(webhook_id, principal.account))


@patch("/v1/webhooks/{webhook_id:str}", status_code=200)
async def change(
    context: Shared, principal: Caller, webhook_id: FromPath[str], data: JSONBody[WebhookChange]
) -> Webhook:
    """Change address, events or description; disable it or enable it again."""
    endpoints.check(data, context.egress)
    async with holding.acting(principal):
        return _shown(await endpoints.change(webhook_id, principal.account, data))


@delete("/v1/webhooks/{webhook_id:str}", status_code=200)
async def remove(principal: Caller, webhook_id: FromPath[str]) -> Deleted:
    """Delete a webhook and the record of its deliveries. What is on its way is not sent any more."""
    async with holding.acting(principal):
        await endpoints.delete(webhook_id, principal.account)
    return Deleted(id=webhook_id)


@post(
    "/v1/webhooks/{webhook_id:str}/test",
    status_code=200,
    responses={200: ResponseSpec(Delivery, generate_examples=False, description="It is on its way.")},
)
async def test(request: ApiRequest, principal: Caller, webhook_id: FromPath[str]) -> Response[bytes]:
    """Send a webhook.test event there at once. Its delivery tells what came of it."""

    async def known() -> endpoints.Endpoint:
        return await endpoints.enabled(webhook_id, principal.account)

    async def made(endpoint: endpoints.Endpoint) -> Delivery:
        delivery = await events.record_test(principal.account, endpoint.id)
        return _told(await deliveries.find(delivery, endpoint.id))

    return await once(request, 200, known, made)


@post(
    "/v1/webhooks/{webhook_id:str}/rotate-secret",
    status_code=200,
    responses={200: ResponseSpec(RotatedSecret, generate_examples=False, description="The new secret, shown once.")},
)
async def rotate(request: ApiRequest, context: Shared, principal: Caller, webhook_id: FromPath[str]) -> Response[bytes]:
    """Make a new secret. For a day `webhook-signature` carries a signature by the old one, too.

    `X-FastClip-Signature` has room for one and is by the new secret at once: a receiver that verifies it refuses
    messages until it is told, and those are sent again.
    """

    async def known() -> endpoints.Endpoint:
        return await endpoints.find(webhook_id, principal.account)

    async def made(endpoint: endpoints.Endpoint) -> RotatedSecret:
        rotated = await deliveries.rotate_secret(endpoint.account, endpoint.id, context.secret)
        until = None if rotated.previous_until is None else iso(rotated.previous_until)
        return RotatedSecret(id=endpoint.id, secret=rotated.secret, previous_secret_valid_until=until)

    return await once(request, 200, known, made, sealed=True)


@get("/v1/webhooks/{webhook_id:str}/deliveries", status_code=200)
async def sent(principal: Caller, webhook_id: FromPath[str], page: Page = 1, limit: Limit = 25) -> list[Delivery]:
    """What was sent there within the last 90 days, newest first, each with its last 50 attempts."""
    endpoint = await endpoints.find(webhook_id, principal.account)
    return [_told(delivery) for delivery in await deliveries.page(endpoint.id, number=page, size=limit)]


@post("/v1/webhooks/{webhook_id:str}/deliveries/{delivery_id:str}/replay", status_code=200)
async def replay(principal: Caller, webhook_id: FromPath[str], delivery_id: FromPath[str]) -> Delivery:
    """Send a delivery again at once: the same bytes under the same id."""
    async with holding.acting(principal):
        endpoint = await endpoints.enabled(webhook_id, principal.account)
        return _told(await deliveries.replay(delivery_id, endpoint.id))


def _shown(endpoint: endpoints.Endpoint) -> Webhook:
    return Webhook(**_facts(endpoint))


def _facts(endpoint: endpoints.Endpoint) -> dict[str, Any]:
    facts = msgspec.structs.asdict(endpoint)
    del facts["account"]
    times = ("failing_since", "created_at", "updated_at")
    return {**facts, **{name: iso(facts[name]) if facts[name] is not None else None for name in times}}


def _told(delivery: deliveries.Delivery) -> Delivery:
    return Delivery(
        id=delivery.id,
        event=delivery.event,
        status=delivery.state,
        attempts=[
            Attempt(
                at=iso(logged.at),
                status=logged.status,
                error=logged.error,
                duration=logged.duration_ms / 1000,
                response=logged.response,
            )
            for logged in delivery.attempts
        ],
        response_code=delivery.response_code,
        next_attempt_at=None if delivery.next_at is None else iso(delivery.next_at),
        created_at=iso(delivery.created_at),
    )


HANDLERS = [create, listing, read, change, remove, test, rotate, sent, replay]
