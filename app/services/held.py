"""Jobs that wait for something else to become true. What they may cost is reserved meanwhile."""

from app.db.engine import sql
from app.services import billing, quotas


async def hold(job_id: str) -> None:
    """In the transaction that submitted it, so that nobody has seen it queued."""
    await sql("UPDATE jobs SET state = 'held' WHERE id = {} AND state = 'queued'", job_id)


async def release(job_id: str) -> None:
    """What it waited for is true: it is due."""
    await sql("UPDATE jobs SET state = 'queued', run_at = :now WHERE id = {} AND state = 'held'", job_id)


async def give_up(job_id: str, code: str, message: str) -> str | None:
    """What it waited for will never be true. Answers its kind, whose news are the caller's, or None if it was over."""
    rows = await sql(
        "UPDATE jobs SET state = 'failed', error_code = {}, error_message = {}, finished_at = :now, swept = TRUE "
        "WHERE id = {} AND state = 'held' RETURNING kind",
        *(code, message, job_id),
    )
    if not rows:
        return None
    await quotas.release(job_id)
    await billing.release(job_id)
    return str(rows[0]["kind"])
