"""How much an account keeps, and how much it may: uploads, and clips that have not expired."""

from app.db.engine import sql
from app.errors import Forbidden

_HERE = "(expires_at IS NULL OR expires_at > :now)"


async def used_bytes(account: str) -> dict[str, int]:
    """By what it is. Of an upload that is under way, what was announced."""
    rows = await sql(
        "SELECT CAST(COALESCE((SELECT SUM(size) FROM uploads WHERE account = {} AND state <> 'failed' "
        f"AND {_HERE}), 0) AS BIGINT) AS uploads, CAST(COALESCE((SELECT SUM(bytes) FROM clips WHERE account = {{}} "
        f"AND {_HERE}), 0) AS BIGINT) AS clips",
        account,
        account,
    )
    return rows[0]


async def check(account: str, more: int = 0, *, quota: int) -> None:
    """Raises Forbidden where so many bytes more would be too many. A quota of 0 is none."""
    used = sum((await used_bytes(account)).values())
    if quota and used + more > quota:
        needed = f", and this needs {more:,} more" if more else ""
        message = (
            f"Of your storage of {quota:,} bytes {used:,} are used{needed}. Delete clips, unpin some, or abort uploads "
            "that you do not need."
        )
        raise Forbidden(message, code="storage_full")
