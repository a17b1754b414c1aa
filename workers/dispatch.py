"""Moves due jobs from the rows to the broker, in the order that the database decides."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor

import dramatiq
import pika.exceptions
from dramatiq.errors import BrokerConnectionError

from app.db.engine import UNREACHABLE
from app.services import dispatching
from app.settings import Settings
from app.specs import Queue
from workers.broker import message

POLL_S = 0.05
"""Half of this is what a job waits on average before it is published."""

REFUSED: tuple[type[Exception], ...] = (BrokerConnectionError, pika.exceptions.AMQPError, OSError)
LATER: tuple[type[Exception], ...] = (*UNREACHABLE, *REFUSED)

log = logging.getLogger("clipyard.dispatch")


class Dispatcher:
    """One per worker. Publishing blocks and keeps a connection per thread, so one thread does it all."""

    def __init__(self, broker: dramatiq.Broker, settings: Settings, queues: list[Queue]) -> None:
        self._broker = broker
        self._settings = settings
        self._queues = queues
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="publisher")

    async def run(self) -> None:
        """Until cancelled. An unreachable database or broker is waited for, not an end."""
        while True:
            try:
                for queue in await dispatching.due_queues():
                    if queue in self._queues:
                        await self.dispatch(queue)
                pause = POLL_S
            except LATER as error:
                log.warning("waiting for the database or the broker: %s", error or type(error).__name__)
                pause = 1.0
            await asyncio.sleep(pause)

    async def dispatch(self, queue: Queue) -> int:
        """Publish what is due in one class; answers how many. What the broker refuses is due again."""
        due = await dispatching.take_due(
            queue, lease_s=self._settings.lease_seconds, account_slots=self._settings.account_slots
        )
        loop = asyncio.get_running_loop()
        for position, row in enumerate(due):
            wanted = message(self._settings.queue_prefix, row["id"], row["kind"], queue)
            try:
                await loop.run_in_executor(self._thread, self._broker.enqueue, wanted)
            except REFUSED:
                await dispatching.put_back([rest["id"] for rest in due[position:]])
                raise
        return len(due)

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)
