"""Renders: a template with changes becomes a job, and the job is read back as a render."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from app import ids, specs
from app.db.engine import quick, sql
from app.egress import Egress
from app.errors import AppError, Conflict, InvalidInput, NotFound, Problem
from app.services import jobs, media, quotas, templates
from app.services.links import Links
from renderer.format.modifications import Modifications
from renderer.format.output import OutputOptions, check_length
from renderer.format.template import Template, sources
from renderer.format.timeline import SceneSpan, Timeline

MAX_METADATA = 10_000

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
    modifications: Modifications = []
    data: dict[str, Any] | None = None
    output: Annotated[OutputOptions | None, Meta(examples=[{"width": 854, "format": "webm"}])] = None
    strict: bool = True
    webhook_url: str | None = None
    metadata: str | None = None


class SceneTimes(Struct, frozen=True, kw_only=True):
    """Seconds from the start of the video. A scene comes in while the one before is still seen.

    One without a name has that by which modifications call it: "Scene 2".
    """

    name: str
    start: float
    duration: float


class Forecast(Struct, frozen=True, kw_only=True):
    """What a video will be, as far as it is known before any media was looked at. Times in seconds."""

    width: int
    height: int
    frame_rate: float
    frames: int
    duration: float
    credits: int
    scenes: list[SceneTimes]


class Plan(Struct, frozen=True, kw_only=True):
    """An order that passed every check, ready to become rows. `template`: its uid, if it has one."""

    order: Order
    account: str
    template: str
    spec: specs.RenderSpec
    forecast: Forecast
    warnings: list[str]


class RenderView(Struct, frozen=True, kw_only=True):
    """A render as its owner sees it. `credits` is an estimate until it is completed, and 0 if it failed."""

    uid: str
    account: str
    job: jobs.Snapshot
    status: Status
    template: str | None
    modifications: list[Any]
    output: OutputOptions | None
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
    applied = await templates.applied(
        raw, order.modifications, order.data, account=account, strict=order.strict, output=order.output
    )
    template = applied.template
    await media.check(sources(template), account=account, egress=egress, builtin_dir=templates.BUILTIN_DIR)
    timeline, output = Timeline.build(template, {}), order.output or OutputOptions()
    check_length(output, timeline.duration)
    return Plan(
        order=order,
        account=account,
        template=stored.uid if stored else "",
        spec=specs.RenderSpec(template=applied.raw, format=output.format, quality=output.quality),
        forecast=_forecast(template, timeline),
        warnings=applied.warnings,
    )


def _forecast(template: Template, timeline: Timeline) -> Forecast:
    return Forecast(
        width=template.width,
        height=template.height,
        frame_rate=float(template.frame_rate),
        frames=timeline.frames,
        duration=timeline.duration,
        credits=quotas.credits_of(template.width, template.height, timeline.frames),
        scenes=[_times(span) for span in timeline.spans],
    )


def _times(span: SceneSpan) -> SceneTimes:
    name = span.scene.name or f"Scene {span.index + 1}"
    return SceneTimes(name=name, start=span.start, duration=span.duration)


async def submit(plan: Plan) -> str:
    """Make the render and its job; call it inside the transaction that also keeps the answer.

    Raises PaymentRequired when the month's credits do not cover it.
    """
    uid, order = ids.render_uid(), plan.order
    period = await quotas.reserve(plan.account, plan.forecast.credits)
    job = await jobs.submit(plan.spec, account=plan.account)
    await sql(
        "INSERT INTO renders (uid, account, job, template, modifications, output, metadata, webhook_url, credits, "
        "period, warnings, created_at) VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, :now)",
        uid,
        plan.account,
        job,
        plan.template,
        msgspec.json.encode(order.modifications).decode(),
        msgspec.json.encode(order.output).decode() if order.output else None,
        order.metadata,
        order.webhook_url,
        plan.forecast.credits,
        period,
        msgspec.json.encode(plan.warnings).decode(),
    )
    return uid


async def view(uid: str, *, links: Links, account: str | None = None) -> RenderView:
    """The present facts; with `account`, only of that account's render. Raises NotFound."""
    rows = await quick(f"{_SELECT} WHERE r.uid = {{}}", uid) if ids.possible(uid) else []
    if not rows or account not in (None, rows[0]["account"]):
        raise NotFound(f'There is no render "{uid[:64]}".', code="unknown_render")
    return _view(rows[0], links)


async def page(
    account: str, *, number: int, size: int, template: str | None, completed: bool | None, links: Links
) -> list[RenderView]:
    """Newest first; `number` counts from 1; `completed` None shows all. Raises NotFound for an unknown `template`."""
    wanted: dict[str, Any] = {"r.account = {}": account}
    if template:
        wanted["r.template = {}"] = (await templates.find(template, account)).uid
    if completed is not None:
        wanted["(j.state = 'done') = {}"] = completed
    rows = await sql(
        f"{_SELECT} WHERE {' AND '.join(wanted)} ORDER BY r.created_at DESC, r.uid LIMIT {{}} OFFSET {{}}",
        *wanted.values(),
        size,
        (number - 1) * size,
    )
    return [_view(row, links) for row in rows]


async def cancel(uid: str, *, account: str, links: Links) -> RenderView:
    """Ask for the render's end, as often as you like. Raises Conflict once it is completed or failed."""
    found = await view(uid, links=links, account=account)
    await jobs.cancel(found.job.id, account)
    now = await view(uid, links=links, account=account)
    if now.status in ("completed", "failed"):
        raise Conflict(f"This render is {now.status} already, so it cannot be cancelled.", code="render_over")
    return now


async def forget(account: str) -> None:
    await sql("DELETE FROM renders WHERE account = {}", account)


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


_SELECT = (
    "SELECT r.uid, r.account AS owner, r.template, r.modifications, r.output, r.metadata, r.webhook_url, "
    "r.webhook_response_code, r.credits, r.warnings, r.created_at AS ordered_at, "
    + ", ".join(f"j.{column}" for column in jobs.SNAPSHOT_COLUMNS.split(", "))
    + " FROM renders r JOIN jobs j ON j.id = r.job"
)


def _view(row: dict[str, Any], links: Links) -> RenderView:
    job = jobs.snapshot({name: row[name] for name in jobs.SNAPSHOT_COLUMNS.split(", ")})
    result = job.result or {}
    told = [*msgspec.json.decode(row["warnings"]), *result.get("warnings", ())]
    return RenderView(
        uid=row["uid"],
        account=row["owner"],
        job=job,
        status=STATUS[job.state],
        template=row["template"] or None,
        modifications=msgspec.json.decode(row["modifications"]),
        output=msgspec.json.decode(row["output"], type=OutputOptions) if row["output"] else None,
        metadata=row["metadata"],
        webhook_url=row["webhook_url"],
        webhook_response_code=row["webhook_response_code"],
        credits=row["credits"],
        warnings=list(dict.fromkeys(told)),
        created_at=row["ordered_at"],
        self_url=links.render(row["uid"]),
        url=links.file(result.get("key")),
        preview=links.file(result.get("preview")),
    )
