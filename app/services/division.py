"""The parts of a job that is under way: jobs of their own that any worker does, and nobody else hears of."""

from collections.abc import Sequence

from app import ids, specs
from app.db.engine import marks, sql, tx
from app.services.jobs import ANEW, MAX_FAULTS, Claim, enter


async def divide(claim: Claim, parts: Sequence[specs.Spec]) -> list[str]:
    """Queue the parts of a job that is under way; answers their ids, in order.

    Parts that an earlier attempt entered stay as they are: what is done is not done again. Those that are not in
    this cut, because a worker of another version made one of its own, begin anew or go. Parts cost nothing by
    themselves and nobody is told of them; the end of their job, whatever it is, deletes them. None is entered for
    a claim that was lost, or whose job is to be cancelled.
    """
    part_ids = [ids.part_id(claim.id, number) for number in range(len(parts))]
    async with tx():
        # Written, not only read: the job's row is locked, and cannot end before its parts are there.
        rows = await sql(
            "UPDATE jobs SET stage = 'working' WHERE id = {} AND attempt = {} AND state = 'running' "
            "AND NOT cancel_requested RETURNING account, priority",
            claim.id,
            claim.attempt,
        )
        for row in rows:
            for part_id, spec in zip(part_ids, parts, strict=True):
                await enter(part_id, spec, row["account"], row["priority"], claim.id)
            left = f"DELETE FROM jobs WHERE parent = {{}} AND id NOT IN ({marks(len(part_ids))})"
            await sql(left, claim.id, *part_ids)
    return part_ids


async def redo(part_id: str) -> bool:
    """A part that is done is to be done again, for its object is gone: a fault. False: it was given up for that."""
    rows = await sql(
        f"UPDATE jobs SET faults = faults + 1, {ANEW} "
        "WHERE id = {} AND parent IS NOT NULL AND state = 'done' AND faults < {} RETURNING id",
        part_id,
        MAX_FAULTS,
    )
    return bool(rows)


async def waiting(job_id: str) -> str | None:
    """A part that nobody has begun. The last one: the first are those on their way to other workers."""
    rows = await sql(
        "SELECT id FROM jobs WHERE parent = {} AND state = 'queued' AND run_at <= :now ORDER BY id DESC LIMIT 1", job_id
    )
    return str(rows[0]["id"]) if rows else None
