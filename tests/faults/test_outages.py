"""PostgreSQL or RabbitMQ is killed and started again under load: nothing is lost or done twice, nobody is restarted."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.db.engine import UNREACHABLE, sql
from tests import private_services
from tests.conftest import missing
from tests.faults.harness import DONE, Services, Yard, yard
from tests.private_services import Service

JOBS = 12


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[Service]:
    try:
        with private_services.postgres() as service:
            yield service
    except private_services.NotInstalled as error:
        missing(str(error))


@pytest.fixture(scope="module")
def own_rabbitmq() -> Iterator[Service]:
    try:
        with private_services.rabbitmq() as service:
            yield service
    except private_services.NotInstalled as error:
        missing(str(error))


async def restarted(service: Service) -> None:
    await asyncio.to_thread(service.kill)
    await asyncio.to_thread(service.start)


async def orders(yard: Yard) -> list[str]:
    """Accepted jobs, a few in a second; a client whose request failed asks again."""
    accepted: list[str] = []
    while len(accepted) < JOBS:
        try:
            accepted.append(await yard.order())
        except UNREACHABLE:
            continue
        finally:
            await asyncio.sleep(0.1)
    return accepted


async def done(count: int) -> bool:
    try:
        rows = await sql("SELECT id FROM jobs WHERE state = 'done'")
    except UNREACHABLE:
        return False
    return len(rows) >= count


async def all_end_well(yard: Yard, accepted: list[str]) -> None:
    """Also those whose acceptance was never confirmed. Each left one result and one delivery."""
    (total,) = await sql("SELECT COUNT(*) AS n FROM jobs")
    await yard.until("all jobs are done", lambda: done(total["n"]), within_s=60)
    await sql("UPDATE jobs SET finished_at = finished_at - 60000")
    # A delivery that was under way when the database went comes up again after its own lease.
    await sql("UPDATE webhook_deliveries SET leased_until = NULL, next_at = next_at - 60000 WHERE state = 'pending'")
    rows = await sql("SELECT id, attempt FROM jobs")
    assert {row["id"] for row in rows} >= set(accepted)
    for row in rows:
        await yard.keeps_only(row["id"], [f"{row['attempt']}/{name}" for name in DONE])
        await yard.told_once(row["id"], "render.completed")
    await yard.nothing_under_way()


async def test_jobs_survive_a_killed_rabbitmq(
    tmp_path: Path, postgres_url: str, own_rabbitmq: Service, bucket_url: str
) -> None:
    services = Services(database_url=postgres_url, broker_url=own_rabbitmq.url, storage_url=bucket_url)
    async with yard(tmp_path, services) as production:
        workers = [production.worker(), production.worker()]
        submitting = asyncio.create_task(orders(production))
        await production.until("some are done", lambda: done(3))
        await restarted(own_rabbitmq)
        await all_end_well(production, await submitting)
        assert [worker.poll() for worker in workers] == [None, None], production.log
        attempts = await sql("SELECT DISTINCT attempt, faults FROM jobs")
        assert attempts == [{"attempt": 1, "faults": 0}], "a broker's death disturbs no running job"

        with production.drawing_held():
            held = await production.order()
            await production.draws(held)
            await asyncio.to_thread(own_rabbitmq.kill)
            for worker in workers:
                worker.terminate()
            await production.until("both workers end", lambda: all(w.poll() == 0 for w in workers), within_s=10)
        assert (await production.job(held))["state"] == "queued"


async def test_jobs_survive_a_killed_postgres(
    tmp_path: Path, own_postgres: Service, rabbitmq_url: str, queue_prefix: str, bucket_url: str
) -> None:
    services = Services(
        database_url=own_postgres.url, broker_url=rabbitmq_url, queue_prefix=queue_prefix, storage_url=bucket_url
    )
    async with yard(tmp_path, services) as production:
        workers = [production.worker(), production.worker()]
        submitting = asyncio.create_task(orders(production))
        await production.until("some are done", lambda: done(3))
        await restarted(own_postgres)
        await all_end_well(production, await submitting)
        assert [worker.poll() for worker in workers] == [None, None], production.log
