"""The worker process: one event loop for the database, Dramatiq threads that carry job ids into it."""

import argparse
import asyncio
import contextlib
import logging
import os
import socket
import sys
from collections.abc import AsyncIterator

import dramatiq

from app import ids, logs, secret
from app.db import engine as db
from app.db.migrate import migrate
from app.egress import Egress
from app.lifeline import stop_requested
from app.services import dispatching, jobs
from app.settings import Settings, SettingsError, load
from app.specs import QUEUES, Queue
from app.storage import storage_of
from workers import broker as brokers
from workers import sweep, webhook
from workers.clip import clip
from workers.dispatch import Dispatcher
from workers.inspect import fetch, inspect
from workers.parts import part
from workers.render import render
from workers.run import Context, Steps, run_job
from workers.tool import tool
from workers.workspace import WorkRoot, hold

KINDS: dict[str, Steps] = {
    "render": render,
    "segment": part,
    "sound": part,
    "clip": clip,
    "inspect": inspect,
    "fetch": fetch,
    "tool": tool,
}
"""Every kind of job and its steps; a test compares it with `specs.QUEUE_OF_KIND`."""

JOBS_STOP_S, CONSUMER_STOP_MS = 4.0, 2000
"""Containers are killed ten seconds after SIGTERM; a consumer waits this long for its threads, then for itself."""

log = logging.getLogger("clipyard.worker")


def slots(settings: Settings, queues: list[Queue]) -> dict[Queue, int]:
    """How many jobs of each class this process holds at once; an encoder fills about two cores."""
    cpu = settings.cpu_slots or max(1, (os.cpu_count() or 1) // 2)
    chosen: dict[Queue, int] = {"cpu": cpu, "light": settings.light_slots, "network": settings.network_slots}
    return {queue: chosen[queue] for queue in queues if chosen[queue]}


@contextlib.asynccontextmanager
async def context(settings: Settings) -> AsyncIterator[Context]:
    """Everything the jobs share, opened in order and closed in reverse."""
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(db.connected(db.choose(settings.database_url, settings.data_path)))
        await migrate()
        storage = storage_of(settings)
        stack.push_async_callback(storage.aclose)
        egress = Egress(allow_private=settings.allow_private_addresses)
        stack.push_async_callback(egress.aclose)
        worker = ids.worker_id()
        root = WorkRoot(settings.data_path, worker)
        stack.callback(root.close)
        yield Context(
            worker=worker,
            settings=settings,
            storage=storage,
            egress=egress,
            root=root,
            secret=secret.load(settings),
        )


async def serve(settings: Settings, queues: list[Queue], lifeline: int | None) -> None:
    """Work until SIGTERM, Ctrl-C or the end of the parent; running jobs then go back to the queue."""
    stop = stop_requested(lifeline)
    lock = hold(settings.data_path / "worker.lock") if not settings.broker_url else None
    while not settings.broker_url and lock is None:
        log.info("waiting for the other worker on %s to end", settings.data_path)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 1)
            return
        lock = hold(settings.data_path / "worker.lock")
    async with context(settings) as shared:
        shared.root.sweep()
        if lock and not settings.database_url:
            await _take_over()
        async with _working(shared, slots(settings, queues)) as duties:
            stopped = asyncio.create_task(stop.wait())
            ended, _ = await asyncio.wait({stopped, *duties}, return_when=asyncio.FIRST_COMPLETED)
            log.info("stopping; running jobs go back to the queue")
    for task in ended:
        task.result()  # a worker without one of its duties would only seem to live: end with that error


async def _take_over() -> None:
    """The lock is ours, so whoever held jobs is dead; nobody needs to wait for leases."""
    if taken := await jobs.release_all():
        log.info("%d jobs taken over from a worker that is gone", taken)


class Running:
    """The jobs under way here. Once closed it runs none, and gives back what messages still name."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    async def look_at(self, job_id: str) -> None:
        if self._closed:
            with contextlib.suppress(*db.UNREACHABLE):
                await dispatching.put_back([job_id])
            return
        task = asyncio.create_task(run_job(job_id, self._context, KINDS))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await asyncio.wait({task})

    async def close(self) -> None:
        """End every job; it goes back to the queue, unless the database is away for longer than we may stay."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=JOBS_STOP_S)


@contextlib.asynccontextmanager
async def _working(shared: Context, places: dict[Queue, int]) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Consumers, and the duties of every worker: dispatch, sweep, webhooks. All stopped at the end of the block."""
    settings = shared.settings
    broker = brokers.connect(settings.broker_url)
    running = Running(shared)
    _declare_actors(broker, settings.queue_prefix, running)
    consumers = [
        brokers.consumer(broker, brokers.queue_name(settings.queue_prefix, queue), count)
        for queue, count in places.items()
    ]
    dispatcher = Dispatcher(broker, settings, list(places))
    await dispatching.register(shared.worker, socket.gethostname(), places)
    for consumer in consumers:
        consumer.start()
    duties = [
        asyncio.create_task(work)
        for work in (dispatcher.run(), sweep.run(shared), webhook.run(shared), _stay_known(shared, places))
    ]
    log.info("worker %s ready: %s", shared.worker, ", ".join(f"{n} {queue}" for queue, n in places.items()))
    try:
        yield duties
    finally:
        for duty in duties:
            duty.cancel()
        await asyncio.wait(duties)
        await running.close()
        dispatcher.close()
        await asyncio.gather(*(asyncio.to_thread(consumer.stop, CONSUMER_STOP_MS) for consumer in consumers))
        with contextlib.suppress(*db.UNREACHABLE):
            await dispatching.unregister(shared.worker)
        broker.close()


def _declare_actors(broker: dramatiq.Broker, queue_prefix: str, running: Running) -> None:
    """One actor per kind, whichever queues its messages come from. Its thread only waits: the work is a task of the
    event loop, so that one loop owns the database's connections and every child process."""
    loop = asyncio.get_running_loop()

    def look_at(job_id: str) -> None:
        asyncio.run_coroutine_threadsafe(running.look_at(job_id), loop).result()

    names = [brokers.queue_name(queue_prefix, queue) for queue in QUEUES]
    for name in names:
        broker.declare_queue(name)
    for kind in KINDS:
        dramatiq.actor(broker=broker, actor_name=kind, queue_name=names[0])(look_at)


async def _stay_known(shared: Context, places: dict[Queue, int]) -> None:
    while True:
        await asyncio.sleep(shared.settings.lease_seconds / 3)
        try:
            await dispatching.register(shared.worker, socket.gethostname(), places)
        except db.UNREACHABLE as error:
            log.warning("not registered: %s", error)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="clipyard worker", description="Run jobs.")
    parser.add_argument("--queues", default=",".join(QUEUES), help="which classes to run (default: all)")
    parser.add_argument("--lifeline", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    queues: list[Queue] = [queue for queue in QUEUES if queue in chosen.queues.split(",")]
    if not queues or len(queues) != len(chosen.queues.split(",")):
        parser.error(f"--queues takes a comma-separated choice of {', '.join(QUEUES)}")
    try:
        settings = load()
        secret.load(settings)
    except SettingsError as error:
        parser.error(str(error))
    os.umask(0o077)
    logs.configure(settings.log_format, "worker")
    asyncio.run(serve(settings, queues, chosen.lifeline))
    return 0


if __name__ == "__main__":
    sys.exit(main())
