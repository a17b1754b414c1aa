"""What happens to messages decides nothing: lost, repeated and senseless ones leave every job as its row says."""

from collections.abc import Iterator

import dramatiq
import pika
import pytest
from dramatiq.common import xq_name

from app.db.engine import sql
from app.services import jobs
from tests.faults.harness import Yard
from workers import broker as brokers


@pytest.fixture
def broker(rabbitmq_url: str) -> Iterator[dramatiq.Broker]:
    connected = brokers.connect(rabbitmq_url)
    yield connected
    connected.close()


@pytest.fixture
def channel(rabbitmq_url: str) -> Iterator[pika.adapters.blocking_connection.BlockingChannel]:
    connection = pika.BlockingConnection(pika.URLParameters(rabbitmq_url))
    yield connection.channel()
    connection.close()


def queue(yard: Yard) -> str:
    return brokers.queue_name(yard.settings.queue_prefix, "cpu")


def say(broker: dramatiq.Broker, yard: Yard, job_id: str, times: int = 1) -> None:
    for _ in range(times):
        broker.enqueue(brokers.message(yard.settings.queue_prefix, job_id, "render", "cpu"))


async def test_a_job_whose_message_was_purged_is_dispatched_again(
    production: Yard, channel: pika.adapters.blocking_connection.BlockingChannel
) -> None:
    production.worker()
    with production.drawing_held():
        first = await production.order()
        await production.draws(first)
        waiting = await production.order()

        async def purged() -> bool:
            return bool(channel.queue_purge(queue(production)).method.message_count)

        await production.until("the second message is purged", purged)
    await production.reaches(first, "done")
    assert (await production.job(waiting))["state"] == "queued"
    await production.lease_ends(waiting)
    await production.ends_well(waiting, attempt=1)


async def test_a_queue_that_was_deleted_under_the_workers_comes_back(
    production: Yard, channel: pika.adapters.blocking_connection.BlockingChannel
) -> None:
    production.worker()
    await production.reaches(await production.order(), "done")
    channel.queue_delete(queue(production))
    await production.ends_well(await production.order(), attempt=1)


async def test_a_message_that_comes_five_times_makes_one_attempt(production: Yard, broker: dramatiq.Broker) -> None:
    production.worker(CLIPYARD_CPU_SLOTS="3")
    with production.drawing_held():
        job_id = await production.order()
        await production.draws(job_id)
        say(broker, production, job_id, times=4)
        await production.until("all are taken", lambda: is_drained(broker, production))
        assert len(production.pids("launcher.py")) == 1
    await production.ends_well(job_id, attempt=1)
    await production.nothing_under_way()


async def test_messages_about_jobs_that_are_over_or_unknown_are_no_ops(
    production: Yard, broker: dramatiq.Broker
) -> None:
    cancelled = await production.order()
    await jobs.cancel(cancelled, production.account)
    production.worker()
    done = await production.order()
    await production.reaches(done, "done")
    before = await sql("SELECT id, state, attempt, finished_at FROM jobs ORDER BY id")
    for job_id in (done, cancelled, "job_neverthere"):
        say(broker, production, job_id, times=3)
    await production.until("all are taken", lambda: is_drained(broker, production))
    last = await production.order()
    await production.reaches(last, "done")
    after = await sql("SELECT id, state, attempt, finished_at FROM jobs WHERE id <> {} ORDER BY id", last)
    assert after == before
    assert broker.get_queue_message_counts(queue(production)) == (0, 0, 0), f"nothing in {xq_name(queue(production))}"


def is_drained(broker: dramatiq.Broker, yard: Yard) -> bool:
    return bool(broker.get_queue_message_counts(queue(yard)) == (0, 0, 0))
