"""A connection that is lost at a statement of the test's choice, for real where the engine allows it."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from app.db.engine import Engine, ServerEngine
from app.db.outages import LocalOutage


class Fuse:
    """`at`: the number of the statement that never runs, from 1. `blown` tells whether there were so many."""

    def __init__(self, engine: Engine, at: int) -> None:
        self._engine, self._left = engine, at
        self._run = engine.run_querystring

    @property
    def blown(self) -> bool:
        return self._left <= 0

    async def run(self, *arguments: Any, **named: Any) -> Any:
        self._left -= 1
        if self._left == 0:
            await self._cut()
        return await self._run(*arguments, **named)

    async def _cut(self) -> None:
        """The server ends the session inside its transaction; SQLite's disk fails."""
        transaction = self._engine.current_transaction.get()
        if transaction and isinstance(self._engine, ServerEngine):
            await transaction.connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        raise LocalOutage("disk I/O error")


@contextlib.asynccontextmanager
async def fused(engine: Engine, at: int) -> AsyncIterator[Fuse]:
    fuse = Fuse(engine, at)
    engine.run_querystring = fuse.run  # type: ignore[method-assign]
    try:
        yield fuse
    finally:
        del engine.run_querystring  # the class's own is behind it


@contextlib.asynccontextmanager
async def answer_of_commit_lost(engine: Engine) -> AsyncIterator[None]:
    """What is committed inside is committed, but whoever did it hears only of a lost connection."""
    end = engine.end

    async def ended(transaction: Any, *, commit: bool) -> None:
        await end(transaction, commit=commit)
        if commit:
            raise ConnectionResetError("the answer never came")

    engine.end = ended  # type: ignore[method-assign]
    try:
        yield
    finally:
        del engine.end
