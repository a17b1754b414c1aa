"""Clipcat's render object: what answers and webhooks show."""

from typing import Any

import msgspec
from msgspec import Struct

from app.services.renders import RenderView, Status
from app.times import iso
from renderer.format.output import OutputOptions


class Render(Struct, frozen=True, kw_only=True):
    """`url` and `preview` are there once the render is completed; `error` and `code` when it failed.

    `error`, `code`, `warnings`, `output` and `preview` are additions to the documented object.
    """

    created_at: str
    uid: str
    self_url: str = msgspec.field(name="self")
    status: Status
    template: str | None
    url: str | None
    preview: str | None
    modifications: list[Any]
    output: OutputOptions | None
    metadata: str | None
    webhook_url: str | None
    webhook_response_code: int | None
    credits: int
    progress: int
    error: str | None
    code: str | None
    warnings: list[str]


def render(view: RenderView) -> Render:
    return Render(
        created_at=iso(view.created_at),
        uid=view.uid,
        self_url=view.self_url,
        status=view.status,
        template=view.template,
        url=view.url,
        preview=view.preview,
        modifications=view.modifications,
        output=view.output,
        metadata=view.metadata,
        webhook_url=view.webhook_url,
        webhook_response_code=view.webhook_response_code,
        credits=view.credits,
        progress=view.job.progress,
        error=view.job.error_message,
        code=view.job.error_code,
        warnings=view.warnings,
    )
