"""How much an account keeps, and how much it may: uploads, and clips that have not expired."""

from app.db.engine import sql
from app.errors import Forbidden

QUOTA_BYTES = 10_000_000_000

_HERE = "(expires_at IS NULL OR expires_at > :now)"


async def used_bytes(account: str) -> int:
    """Of an upload that is under way, what was announced."""
    rows = await sql(
        "SELECT CAST(COALESCE((SELECT SUM(size) FROM uploads WHERE account = {} AND state <> 'failed' "
        f"AND {_HERE}), 0) + COALESCE((SELECT SUM(bytes) FROM clips WHERE account = {{}} AND {_HERE}), 0) "
        "AS BIGINT) AS used",
        account,
        account,
    )
    return int(rows[0]["used"])


async def check(account: str, more: int = 0) -> None:
    """Raises Forbidden where so many bytes more would be too many."""
    used = await used_bytes(account)
    if used + more > QUOTA_BYTES:
        message = f"Of your storage of {QUOTA_BYTES:,} bytes {used:,} are used. Delete or unpin something first."
        raise Forbidden(message, code="storage_full")
