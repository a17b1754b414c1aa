"""Creating requests with an idempotency key: created once, answered alike for a day."""

import hashlib
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

import msgspec
from litestar import Response
from litestar.enums import MediaType

from app import secret
from app.api.bodies import ApiRequest
from app.errors import InvalidInput
from app.services import answers, holding

HEADERS = ("idempotency-key", "x-idempotency-key")
MAX_KEY = 255
REPLAYED = "Idempotency-Replayed"

P = TypeVar("P")


async def once(
    request: ApiRequest,
    status: int,
    prepare: Callable[[], Awaitable[P]],
    create: Callable[[P], Awaitable[Any]],
    *,
    sealed: bool = False,
    digest: str | None = None,
    undo: Callable[[P], Awaitable[None]] | None = None,
) -> Response[bytes]:
    """Answer with the JSON of what `create` answers; a repeated request gets the same bytes and creates nothing.

    One that comes while the first is under way is not refused but waits for it: whoever asks again has lost the answer,
    and wants that and no other. It waits in its account's turn, without a connection to the database.

    `prepare` checks the request. `create` runs in the transaction that also keeps the answer, and may await
    only the database. `sealed`: the answer shows a secret, is kept encrypted, and by no cache. `digest`: of a body that
    was read already. `undo`: removes what `prepare` has stored when nothing was made of it.
    """
    asked = await _asked(request, digest)
    key = request.app.state.context.secret if sealed else None
    if asked and (answer := await answers.find(asked)):
        return _response(answer, key, replayed=True)
    plan = await prepare()
    made = False
    try:
        if answer := await _first(request, asked, status, partial(create, plan), key):
            made = True
            return _response(answer, key)
    finally:
        if undo and not made:
            await undo(plan)
    assert asked
    kept = await answers.find(asked)
    assert kept  # whoever had the key first has committed
    return _response(kept, key, replayed=True)


def named(request: ApiRequest) -> bool:
    """Whether it comes with a key."""
    return any(request.headers.get(name) for name in HEADERS)


async def _first(
    request: ApiRequest,
    asked: answers.Request | None,
    status: int,
    create: Callable[[], Awaitable[Any]],
    key: bytes | None,
) -> answers.Answer | None:
    """None: another request with the same idempotency key came before this one."""
    async with holding.acting(request.user):
        if asked and not await answers.reserve(asked):
            return None
        body = msgspec.json.encode(await create()).decode()
        answer = answers.Answer(status=status, body=secret.sealed(body, key) if key else body)
        if asked:
            await answers.keep(asked, answer)
    return answer


async def _asked(request: ApiRequest, digest: str | None) -> answers.Request | None:
    given = {key for name in HEADERS if (key := request.headers.get(name))}
    if not given:
        return None
    if len(given) > 1:
        raise InvalidInput("Idempotency-Key and X-Idempotency-Key differ. Send one of them.")
    key = given.pop()
    if len(key) > MAX_KEY:
        raise InvalidInput(f"An idempotency key has at most {MAX_KEY} characters.")
    asked = f"{request.method} {request.url.path}"
    digest = digest or hashlib.sha256(await request.body()).hexdigest()
    return answers.request(request.user.account, asked, key, digest)


def _response(answer: answers.Answer, key: bytes | None, *, replayed: bool = False) -> Response[bytes]:
    headers = {REPLAYED: "true"} if replayed else {}
    if key:
        headers["Cache-Control"] = "no-store"
    body = secret.opened(answer.body, key) if key else answer.body
    return Response(body.encode(), status_code=answer.status, media_type=MediaType.JSON, headers=headers)
