"""Transactions that meet for certain: one is held open until the others wait for it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from app.db.engine import Engine, ServerEngine, sql, tx

_WAITING = (
    "SELECT COUNT(DISTINCT pid) AS n FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
)
"""Not of pg_stat_activity, which a transaction sees as it was when it looked first."""


async def meeting(engine: Engine, first: Callable[[], Awaitable[Any]], *others: Callable[[], Awaitable[Any]]) -> Any:
    """What came of `first`, and of the others, which begin before its transaction ends; errors are outcomes, too."""
    begun = asyncio.Event()

    async def leading() -> Any:
        async with tx():
            outcome = await first()
            begun.set()
            await until_waited_for(engine, len(others))
        return outcome

    async def following(act: Callable[[], Awaitable[Any]]) -> Any:
        await begun.wait()
        return await act()

    async with asyncio.timeout(20):
        return await asyncio.gather(leading(), *map(following, others), return_exceptions=True)


async def until_waited_for(engine: Engine, count: int = 1) -> None:
    """Inside a transaction. On SQLite whoever wants to write waits anyway."""
    waiting = 0 if isinstance(engine, ServerEngine) else count
    while waiting < count:
        await asyncio.sleep(0.01)
        waiting = (await sql(_WAITING))[0]["n"]
