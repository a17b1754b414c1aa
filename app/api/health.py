"""Whether the process is up, and whether the service can do its work."""

import asyncio

from litestar import Router, get

from app.api.context import Context, Shared
from app.db.engine import UNREACHABLE, sql
from app.errors import Problem, StorageFailed, Unavailable
from app.services import dispatching

PATIENCE_S = 5.0


@get("/health", status_code=200)
async def health() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@get("/ready", status_code=200)
async def ready(context: Shared) -> dict[str, str]:
    """Database, storage and at least one live worker are there; 503 names what is missing."""
    problems = [problem for problem in (await _database(context), await _storage(context)) if problem]
    if problems:
        missing = ", ".join(problem.path for problem in problems)
        raise Unavailable(f"Not ready: {missing}.", code="not_ready", fields=tuple(problems))
    return {"status": "ready"}


async def _database(context: Context) -> Problem | None:
    """The database, and what only it knows: the workers."""
    lease_s = context.settings.lease_seconds
    try:
        async with asyncio.timeout(PATIENCE_S):
            await sql("SELECT 1 AS one")
            slots = await dispatching.live_slots(lease_s=lease_s)
    except UNREACHABLE:
        return Problem("database", "The database does not answer.")
    return None if slots else Problem("worker", f"No worker was seen for {lease_s:g} seconds.")


async def _storage(context: Context) -> Problem | None:
    try:
        async with asyncio.timeout(PATIENCE_S):
            await context.storage.check()
    except StorageFailed as error:
        return Problem("storage", error.message)
    except TimeoutError:
        return Problem("storage", "The file store does not answer.")
    return None


router = Router("/", route_handlers=[health, ready], tags=["Service"])
