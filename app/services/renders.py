"""Renders: a template with changes becomes a job, and the job is read back as a render."""

import math
import re
from typing import Any, Literal

import msgspec
from msgspec import Struct

from app import ids, specs
from app.db.engine import sql
from app.egress import Egress
from app.errors import AppError, Conflict, InvalidInput, NotFound, Problem
from app.services import jobs, media, templates
from app.storage import Storage
from renderer.format.template import Template, sources
from renderer.format.timeline import Timeline

MAX_METADATA = 10_000
LINK_S = 24 * 3600.0
_UID = re.compile(r"[A-Za-z0-9]{18}", re.ASCII)

Status = Literal["pending", "processing", "completed", "failed", "cancelled"]
STATUS: dict[jobs.State, Status] = {
    "held": "pending",
    "queued": "pending",
    "running": "processing",
    "done": "completed",
    "failed": "failed",
    "cancelled": "cancelled",
}


class Order(Struct, frozen=True, kw_only=True):
    """What a client asks for. `template`: a uid, a built-in's name, or a document of the client's own."""

    template: str | dict[str, Any]
    modifications: list[Any] = []
    data: dict[str, Any] | None = None
    strict: bool = True
    webhook_url: str | None = None
    metadata: str | None = None


class Plan(Struct, frozen=True, kw_only=True):
    """An order that passed every check, ready to become rows. `template`: its uid, if it has one."""

    order: Order
    account: str
    template: str
    spec: specs.RenderSpec
    credits: int
    warnings: list[str]


class RenderView(Struct, frozen=True, kw_only=True):
    """A render as its owner sees it. `credits` is an estimate until the render is completed."""

    uid: str
    account: str
    job: jobs.Snapshot
    status: Status
    template: str | None
    modifications: list[Any]
    metadata: str | None
    webhook_url: str | None
    webhook_response_code: int | None
    credits: int
    warnings: list[str]
    created_at: int
    self_url: str
    url: str | None
    preview: str | None


async def prepare(order: Order, *, account: str, egress: Egress) -> Plan:
    """Check all that can be checked before a job exists. Raises AppError, or TemplateError with every problem."""
    _check_notes(order, egress)
    stored = await templates.find(order.template, account) if isinstance(order.template, str) else None
    raw = stored.raw if stored else order.template
    applied = await templates.applied(raw, order.modifications, order.data, strict=order.strict)
    await media.check(sources(applied.template), account=account, egress=egress, builtin_dir=templates.BUILTIN_DIR)
    return Plan(
        order=order,
        account=account,
        template=stored.uid if stored else "",
        spec=specs.RenderSpec(template=applied.raw),
        credits=_estimate(applied.template),
        warnings=applied.warnings,
    )


async def submit(plan: Plan) -> str:
    """Make the render and its job; call it inside the transaction that also keeps the answer."""
    uid, order = ids.render_uid(), plan.order
    job = await jobs.submit(plan.spec, account=plan.account)
    await sql(
        "INSERT INTO renders (uid, account, job, template, modifications, metadata, webhook_url, credits, "
        "warnings, created_at) VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {}, :now)",
        uid,
        plan.account,
        job,
        plan.template,
        msgspec.json.encode(order.modifications).decode(),
        order.metadata,
        order.webhook_url,
        plan.credits,
        msgspec.json.encode(plan.warnings).decode(),
    )
    return uid


async def view(uid: str, *, storage: Storage, base_url: str, account: str | None = None) -> RenderView:
    """The present facts; with `account`, only of that account's render. Raises NotFound."""
    rows = await sql(f"{_SELECT} WHERE r.uid = {{}}", uid) if _UID.fullmatch(uid) else []
    if not rows or account not in (None, rows[0]["account"]):
        raise NotFound(f'There is no render "{uid[:64]}".', code="unknown_render")
    return await _view(rows[0], storage, base_url)


async def page(
    account: str,
    *,
    number: int,
    size: int,
    template: str | None,
    completed: bool,
    storage: Storage,
    base_url: str,
) -> list[RenderView]:
    """Newest first; `number` counts from 1. Raises NotFound for an unknown `template`."""
    wanted = {"r.account = {}": account}
    if template:
        wanted["r.template = {}"] = (await templates.find(template, account)).uid
    if completed:
        wanted["j.state = {}"] = "done"
    rows = await sql(
        f"{_SELECT} WHERE {' AND '.join(wanted)} ORDER BY r.created_at DESC, r.uid LIMIT {{}} OFFSET {{}}",
        *wanted.values(),
        size,
        (number - 1) * size,
    )
    return [await _view(row, storage, base_url) for row in rows]


async def cancel(uid: str, *, account: str, storage: Storage, base_url: str) -> RenderView:
    """Ask for the render's end, as often as you like. Raises Conflict once it is completed or failed."""
    found = await view(uid, storage=storage, base_url=base_url, account=account)
    await jobs.cancel(found.job.id, account)
    now = await view(uid, storage=storage, base_url=base_url, account=account)
    if now.status in ("completed", "failed"):
        raise Conflict(f"This render is {now.status} already, so it cannot be cancelled.", code="render_over")
    return now


def _check_notes(order: Order, egress: Egress) -> None:
    if order.metadata and (len(order.metadata) > MAX_METADATA or "\0" in order.metadata):
        message = f"Metadata is text of at most {MAX_METADATA:,} characters, without the null character."
        raise InvalidInput(message, fields=(Problem("metadata", message),))
    if order.webhook_url is None:
        return
    try:
        egress.check_url(order.webhook_url)
    except AppError as error:
        fields = (Problem("webhook_url", error.message),)
        raise type(error)(f"webhook_url: {error.message}", code=error.code, fields=fields) from error


def _estimate(template: Template) -> int:
    """Credits as far as they are known before any media was looked at."""
    return credits_of(template.width, template.height, Timeline.build(template, {}).frames)


def credits_of(width: int, height: int, frames: int) -> int:
    """One credit for every started hundred million pixels, at least one."""
    return max(1, math.ceil(width * height * frames / 100_000_000))


_SELECT = (
    "SELECT r.uid, r.account AS owner, r.template, r.modifications, r.metadata, r.webhook_url, "
    "r.webhook_response_code, r.credits, r.warnings, r.created_at AS ordered_at, "
    + ", ".join(f"j.{column}" for column in jobs.SNAPSHOT_COLUMNS.split(", "))
    + " FROM renders r JOIN jobs j ON j.id = r.job"
)


async def _view(row: dict[str, Any], storage: Storage, base_url: str) -> RenderView:
    job = jobs.snapshot({name: row[name] for name in jobs.SNAPSHOT_COLUMNS.split(", ")})
    result = job.result or {}
    return RenderView(
        uid=row["uid"],
        account=row["owner"],
        job=job,
        status=STATUS[job.state],
        template=row["template"] or None,
        modifications=msgspec.json.decode(row["modifications"]),
        metadata=row["metadata"],
        webhook_url=row["webhook_url"],
        webhook_response_code=row["webhook_response_code"],
        credits=credits_of(result["width"], result["height"], result["frames"]) if result else row["credits"],
        warnings=[*msgspec.json.decode(row["warnings"]), *result.get("warnings", ())],
        created_at=row["ordered_at"],
        self_url=f"{base_url}/v1/renders/{row['uid']}",
        url=await _link(result.get("key"), f"{row['uid']}.mp4", storage),
        preview=await _link(result.get("preview"), None, storage),
    )


async def _link(key: str | None, filename: str | None, storage: Storage) -> str | None:
    return await storage.url(key, expires_s=LINK_S, filename=filename) if key else None
