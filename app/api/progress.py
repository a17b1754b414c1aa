"""How far a job is, as an event stream or as it is now: for whoever knows the job's id."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

import msgspec
from litestar import Response
from litestar.enums import MediaType
from litestar.response import Stream

from app.api.bodies import ApiRequest
from app.errors import Unavailable
from app.services import jobs
from app.services.watch import Facts, Watcher

EVERY_S = 1.0
"""An event comes at each change, and after so long without one."""
_OVER = "over"
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_STREAM = {**_HEADERS, "X-Accel-Buffering": "no"}  # nginx would keep events until it has a few of them

Told = Callable[[Facts], Any]
"""What a dialect says of the facts."""


async def followed(request: ApiRequest, watcher: Watcher, job: str, told: Told) -> Response[bytes] | Stream:
    """An event stream, which ends with the job; or the present facts, where the client accepts JSON and no events.

    A browser asks again when a stream ends, and says which event was its last: 204 tells it that there are no more.
    """
    if request.headers.get("last-event-id") == _OVER:
        return Response(b"", status_code=204, headers=_HEADERS)
    if _wants_json(request):
        async with aclosing(watcher.watch(job)) as all_facts:
            async for facts in all_facts:
                return Response(_json(told(facts)), status_code=200, media_type=MediaType.JSON, headers=_HEADERS)
        raise Unavailable("This service is about to stop. Ask again in a moment.", code="stopping")
    return Stream(_events(watcher, job, told), status_code=200, media_type="text/event-stream", headers=_STREAM)


async def _events(watcher: Watcher, job: str, told: Told) -> AsyncGenerator[bytes, None]:
    async with aclosing(watcher.watch(job, every_s=EVERY_S)) as all_facts:
        async for facts in all_facts:
            name = f"id: {_OVER}\n".encode() if facts.job.state in jobs.OVER else b""
            yield name + b"data: " + _json(told(facts)) + b"\n\n"


def _json(event: Any) -> bytes:
    return msgspec.json.encode(event)


def _wants_json(request: ApiRequest) -> bool:
    accepted = request.headers.get("accept", "")
    return "application/json" in accepted and "text/event-stream" not in accepted
