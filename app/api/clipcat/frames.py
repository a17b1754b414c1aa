"""`/v1/templates/{uid}/frame`: one frame of a template as a picture, at once."""

import json
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from app.api.context import Caller, Shared
from app.services import frames
from renderer.format.modifications import Modifications

FORMATS: dict[str, str] = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
WARNINGS = "X-Clipyard-Warnings"
"""A JSON list of sentences, in ASCII; there is no place for them in a picture."""
_MAX_WARNINGS = 4_000
"""Characters: clients and proxies refuse long headers."""


class NewFrame(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`time` in seconds from the start; `width` in pixels, the template's own when left out."""

    time: Annotated[float, Meta(ge=0, le=3600)] = 0.0
    modifications: Modifications = []
    data: dict[str, Any] | None = None
    strict: bool = True
    format: Literal["jpeg", "png", "webp"] = "jpeg"
    width: Annotated[int, Meta(ge=16, le=4096)] | None = None


@post("/v1/templates/{uid:str}/frame", status_code=200, media_type="image/*")
async def frame(
    context: Shared, principal: Caller, uid: FromPath[str], data: JSONBody[NewFrame | None] = None
) -> Response[bytes]:
    """One frame as a picture, with modifications applied: what the video will show at that time.

    What there is to warn of in the whole template is in the header `X-Clipyard-Warnings`, a JSON list of sentences.
    """
    wanted = data or NewFrame()
    order = frames.FrameOrder(**msgspec.structs.asdict(wanted))
    drawn = await frames.draw(uid, order, account=principal.account, studio=context.studio)
    headers = {WARNINGS: _in_a_header(drawn.warnings)} if drawn.warnings else {}
    return Response(drawn.image, media_type=FORMATS[wanted.format], headers=headers)


def _in_a_header(warnings: list[str]) -> str:
    """As many of the sentences as fit."""
    kept = warnings
    while len(text := json.dumps(kept)) > _MAX_WARNINGS:
        kept = kept[:-1]
    return text
