"""`/user/webhook-secret`: what the messages to addresses that an order named are signed with."""

from litestar import Response, get, post
from litestar.datastructures import CacheControlHeader
from litestar.openapi.datastructures import ResponseSpec
from msgspec import Struct

from app.api.bodies import ApiRequest
from app.api.context import Caller, Shared
from app.api.idempotency import once
from app.services.webhooks import deliveries, secrets
from app.times import iso


class WebhookSecret(Struct, frozen=True, kw_only=True):
    webhook_secret: str


class RotatedWebhookSecret(WebhookSecret, frozen=True, kw_only=True):
    """`webhook-signature` proves the previous secret, too, until `previous_valid_until`.

    `X-FastClip-Signature` and `X-Tornado-Signature` are by the new one from now on.
    """

    previous_valid_until: str | None


@get("/user/webhook-secret", status_code=200, cache_control=CacheControlHeader(no_store=True))
async def read(context: Shared, principal: Caller) -> WebhookSecret:
    """What signs the messages to a `webhook_url` of an order, in every dialect."""
    found = await secrets.signing(principal.account, principal.account, context.secret)
    return WebhookSecret(webhook_secret=found[0])


@post(
    "/user/webhook-secret/rotate",
    status_code=200,
    responses={200: ResponseSpec(RotatedWebhookSecret, generate_examples=False, description="The new secret.")},
)
async def rotate(request: ApiRequest, context: Shared, principal: Caller) -> Response[bytes]:
    """Make a new secret. For a day `webhook-signature` carries a signature by the old one, too.

    `X-FastClip-Signature` and `X-Tornado-Signature` have room for one and are by the new secret at once: a receiver
    that verifies one of them refuses messages until it is told, and those are sent again.
    """

    async def nothing() -> None:
        pass

    async def made(_: None) -> RotatedWebhookSecret:
        rotated = await deliveries.rotate_secret(principal.account, None, context.secret)
        until = None if rotated.previous_until is None else iso(rotated.previous_until)
        return RotatedWebhookSecret(webhook_secret=rotated.secret, previous_valid_until=until)

    return await once(request, 200, nothing, made, sealed=True)


HANDLERS = [read, rotate]
