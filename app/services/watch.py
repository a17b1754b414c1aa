"""Following jobs: one query per process for all that are watched, however many readers there are."""

import asyncio
import logging
from collections.abc import AsyncIterator

from app.db.engine import UNREACHABLE
from app.services import jobs

POLL_S = 0.25
_BATCH = 500

log = logging.getLogger("clipyard.watch")


class _Reader:
    """The newest facts for one reader; a slow reader skips what was in between. None: there are no more."""

    def __init__(self) -> None:
        self.news = asyncio.Event()
        self.facts: jobs.Snapshot | None = None

    def tell(self, facts: jobs.Snapshot | None) -> None:
        if facts is None or facts != self.facts:
            self.facts = facts
            self.news.set()


class Watcher:
    """Polls only while anything is watched. `aclose` ends every watch."""

    def __init__(self, poll_s: float = POLL_S) -> None:
        self._poll_s = poll_s
        self._readers: dict[str, set[_Reader]] = {}
        self._arrival = asyncio.Event()
        self._polling: asyncio.Task[None] | None = None

    async def watch(self, job_id: str) -> AsyncIterator[jobs.Snapshot]:
        """The present facts, then each change, until the job is over. An unknown job has none."""
        reader = _Reader()
        self._readers.setdefault(job_id, set()).add(reader)
        self._arrival.set()
        self._keep_polling()
        try:
            while True:
                await reader.news.wait()
                reader.news.clear()
                facts = reader.facts
                if facts is None:
                    return
                yield facts
                if facts.state in jobs.OVER:
                    return
        finally:
            self._forget(job_id, reader)

    async def aclose(self) -> None:
        if self._polling is not None:
            self._polling.cancel()
            await asyncio.wait({self._polling})

    def _forget(self, job_id: str, reader: _Reader) -> None:
        readers = self._readers[job_id]
        readers.discard(reader)
        if not readers:
            del self._readers[job_id]

    def _keep_polling(self) -> None:
        if self._polling is None or self._polling.done():
            self._polling = asyncio.create_task(self._poll())

    async def _poll(self) -> None:
        try:
            while self._readers:
                self._arrival.clear()
                try:
                    await self._look()
                except UNREACHABLE as error:
                    log.warning("watching later: %s", error)
                await self._pause()
        finally:
            for readers in self._readers.values():
                for reader in readers:
                    reader.tell(None)

    async def _look(self) -> None:
        """Compared with what was seen last, not by time of change: a late commit would be missed by that."""
        ids = list(self._readers)
        for start in range(0, len(ids), _BATCH):
            batch = ids[start : start + _BATCH]
            found = await jobs.read(batch)
            for job_id in batch:
                for reader in self._readers.get(job_id, ()):
                    reader.tell(found.get(job_id))

    async def _pause(self) -> None:
        """Until the next look is due, or at once when somebody new arrives."""
        try:
            async with asyncio.timeout(self._poll_s):
                await self._arrival.wait()
        except TimeoutError:
            pass
