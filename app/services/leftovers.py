"""Jobs that are over and may have left objects of losing attempts behind: what the sweeper looks for."""

from app.db.engine import sql
from app.services.jobs import SNAPSHOT_COLUMNS, Snapshot, snapshot


async def unswept(*, older_than_s: float) -> list[Snapshot]:
    """The oldest that ended so long ago."""
    rows = await sql(
        f"SELECT {SNAPSHOT_COLUMNS} FROM jobs "
        "WHERE finished_at IS NOT NULL AND NOT swept AND finished_at < :now - {} ORDER BY finished_at LIMIT 100",
        round(older_than_s * 1000),
    )
    return [snapshot(row) for row in rows]


async def mark_swept(job_id: str) -> None:
    await sql("UPDATE jobs SET swept = TRUE WHERE id = {}", job_id)
