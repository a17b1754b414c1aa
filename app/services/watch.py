"""Following jobs: one query per process for all that are watched, however many readers there are."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator

from msgspec import Struct

from app.db.engine import UNREACHABLE
from app.services import dispatching, jobs

POLL_S = 0.25
PLACES_S = 1.0
"""Where jobs stand in their queue is looked at this often: it takes a look at all that wait."""
_BATCH = 500

log = logging.getLogger("clipyard.watch")


class Facts(Struct, frozen=True, kw_only=True):
    """What is known of a job; its place in the queue while it waits."""

    job: jobs.Snapshot
    place: dispatching.Place | None = None


class _Reader:
    """The newest facts for one reader; a slow reader skips what was in between. None: there are no more."""

    def __init__(self) -> None:
        self.news = asyncio.Event()
        self.facts: Facts | None = None

    def tell(self, facts: Facts | None) -> None:
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
        self._places: dict[str, dispatching.Place] = {}
        self._placed_at = -PLACES_S
        self._closed = False

    async def watch(self, job_id: str, *, every_s: float | None = None) -> AsyncGenerator[Facts, None]:
        """The present facts, then each change, until the job is over. An unknown job has none.

        `every_s`: the last facts are told again after so long without others, so that who reads knows we are there.
        """
        if self._closed:
            return
        reader = _Reader()
        self._readers.setdefault(job_id, set()).add(reader)
        self._arrival.set()
        self._keep_polling()
        try:
            while True:
                changed = await _within(every_s, reader.news)
                reader.news.clear()
                facts = reader.facts
                if facts is None:
                    if changed:
                        return
                    continue  # the database has not answered yet
                yield facts
                if facts.job.state in jobs.OVER:
                    return
        finally:
            self._forget(job_id, reader)

    async def aclose(self) -> None:
        self._closed = True
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
        found: dict[str, jobs.Snapshot] = {}
        for start in range(0, len(ids), _BATCH):
            found |= await jobs.read(ids[start : start + _BATCH])
        places = await self._places_of([job_id for job_id, job in found.items() if job.state == "queued"])
        for job_id in ids:
            job = found.get(job_id)
            facts = Facts(job=job, place=places.get(job_id)) if job else None
            for reader in self._readers.get(job_id, ()):
                reader.tell(facts)

    async def _places_of(self, waiting: list[str]) -> dict[str, dispatching.Place]:
        if time.monotonic() - self._placed_at < PLACES_S and all(job_id in self._places for job_id in waiting):
            return {job_id: self._places[job_id] for job_id in waiting}
        places = await dispatching.places(waiting)
        self._places, self._placed_at = places, time.monotonic()
        return places

    async def _pause(self) -> None:
        """Until the next look is due, or at once when somebody new arrives."""
        await _within(self._poll_s, self._arrival)


async def _within(seconds: float | None, event: asyncio.Event) -> bool:
    """Whether it came to pass in that time."""
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False
