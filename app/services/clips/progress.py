"""A clip's job as its owner sees it, from the order to the file."""

from typing import Literal

import msgspec
from msgspec import Struct

from app import ids, specs
from app.db.engine import quick
from app.errors import NotFound
from app.services import billing, jobs, ledger
from app.services.clips.ends import Made, made_of

Status = Literal["pending", "downloading", "processing", "uploading", "complete", "failed"]

_STAGES: dict[jobs.Stage, tuple[Status, str]] = {
    "": ("pending", "Waiting in the queue"),
    "fetching": ("downloading", "Fetching the source"),
    "working": ("processing", "Cutting the clip"),
    "storing": ("uploading", "Storing the clip"),
}


class JobView(Struct, frozen=True, kw_only=True):
    """`made` once it is complete, and `kept` as long as the clip is in the library; amounts in micro-dollars."""

    job: jobs.Snapshot
    status: Status
    message: str
    spec: specs.ClipSpec
    made: Made | None
    kept: bool
    captioned: bool
    cost: billing.Cost
    balance: int


_SELECT = (
    "SELECT j.spec, c.captioned, c.id IS NOT NULL AS kept, "
    + ", ".join(f"j.{column}" for column in jobs.SNAPSHOT_COLUMNS.split(", "))
    + " FROM jobs j LEFT JOIN clips c ON c.job = j.id AND (c.expires_at IS NULL OR c.expires_at > :now) "
    "WHERE j.id = {} AND j.account = {} AND j.kind = 'clip'"
)


async def view(job_id: str, account: str) -> JobView:
    """The present facts. Raises NotFound."""
    rows = await quick(_SELECT, job_id, account) if ids.possible(job_id) else []
    if not rows:
        raise NotFound(f'There is no clip job "{job_id[:64]}".', code="unknown_job")
    row = rows[0]
    job = jobs.snapshot({name: row[name] for name in jobs.SNAPSHOT_COLUMNS.split(", ")})
    spec = msgspec.json.decode(row["spec"], type=specs.ClipSpec)
    status, message = _said(job)
    return JobView(
        job=job,
        status=status,
        message=message,
        spec=spec,
        made=made_of(job.result) if job.result else None,
        kept=bool(row["kept"]),
        captioned=bool(row["captioned"]),
        cost=await billing.cost_of(job_id),
        balance=(await ledger.balance(account)).available,
    )


def _said(job: jobs.Snapshot) -> tuple[Status, str]:
    match job.state:
        case "held":
            return "pending", "Waiting for the upload"
        case "done":
            return "complete", "Done!"
        case "failed":
            return "failed", job.error_message or "The clip could not be made."
        case "cancelled":
            return "failed", "The job was cancelled."
    return _STAGES[job.stage]
