"""How many more jobs an account may have waiting: the queue is everybody's."""

from app.db.engine import sql
from app.errors import Unavailable

RETRY_S = 30.0


async def room(account: str, most: int) -> int | None:
    """Call it in the transaction that queues, which holds the account. `most` 0, and an answer of None: no limit."""
    if not most:
        return None
    rows = await sql(
        "SELECT COUNT(*) AS n FROM jobs WHERE state IN ('queued', 'running') AND account = {} AND parent IS NULL",
        account,
    )
    return max(0, most - int(rows[0]["n"]))


def full(most: int) -> Unavailable:
    message = f"This account has {most} jobs waiting or running, as many as it may. Try again when some are done."
    return Unavailable(message, code="queue_full", retry_after_s=RETRY_S)
