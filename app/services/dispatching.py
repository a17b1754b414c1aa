"""Which queued jobs go to the broker next, and how many: the fair order, decided in the database."""

from typing import Any

from msgspec import Struct

from app.db.engine import alone, marks, sql, tx
from app.db.tables.jobs import WorkerNode
from app.specs import QUEUES, Queue

AHEAD = 2
"""Jobs are published for twice the slots that exist: a free worker finds the next one waiting, and the rest
of the backlog stays in the rows, where it can still be ordered, counted and cancelled."""
_TAKING = 0x54616B65  # "Take"


async def register(worker: str, host: str, slots: dict[Queue, int]) -> None:
    """Announce a worker, or say that it still lives."""
    await sql(
        "INSERT INTO workers (id, host, cpu_slots, light_slots, network_slots, started_at, seen_at) "
        "VALUES ({}, {}, {}, {}, {}, :now, :now) "
        "ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at",
        worker,
        host,
        *(slots.get(queue, 0) for queue in QUEUES),
    )


async def unregister(worker: str) -> None:
    await WorkerNode.delete().where(WorkerNode.id == worker)


async def forget_dead(*, lease_s: float) -> None:
    """Drop the rows of workers that have been silent for ten leases."""
    await sql("DELETE FROM workers WHERE seen_at < :now - {}", round(10 * lease_s * 1000))


async def live_slots(*, lease_s: float) -> dict[Queue, int]:
    """The slots of all workers seen within a lease, by class. No live worker at all: an empty answer."""
    rows = await sql(
        "SELECT COUNT(*) AS nodes, SUM(cpu_slots) AS cpu, SUM(light_slots) AS light, "
        "SUM(network_slots) AS network FROM workers WHERE seen_at > :now - {}",
        round(lease_s * 1000),
    )
    return {queue: int(rows[0][queue]) for queue in QUEUES} if rows[0]["nodes"] else {}


_DUE = (
    "state IN ('queued', 'running') AND state = 'queued' AND run_at <= :now "
    "AND (dispatched_until IS NULL OR dispatched_until < :now) "
    "AND account NOT IN (SELECT id FROM accounts WHERE banned)"
)
"""The first condition is the words of the index on live jobs, without which SQLite reads the whole history."""


async def due_queues() -> list[Queue]:
    """The classes in which anything waits to be dispatched: one cheap look, since it is taken very often."""
    columns = ", ".join(f"EXISTS (SELECT 1 FROM jobs WHERE queue = '{q}' AND {_DUE}) AS {q}" for q in QUEUES)
    rows = await sql(f"SELECT {columns}")
    return [queue for queue in QUEUES if rows[0][queue]]


async def take_due(queue: Queue, *, lease_s: float, account_slots: int = 0) -> list[dict[str, Any]]:
    """Mark the next jobs of a class dispatched and answer their `id` and `kind`, in the order to publish.

    A job that nobody claims within the lease becomes due again. `account_slots` > 0 bounds how many jobs one account
    may have running, unless its row says otherwise; the parts of a job are that one job.
    """
    slots = (await live_slots(lease_s=lease_s)).get(queue, 0)
    if await _running(queue) >= slots:
        await _keep_waiting(queue, lease_s)
    free = slots * AHEAD - await _under_way(queue)
    if free <= 0:
        return []
    async with tx():
        # What an account has under way is counted over all classes: two dispatchers at once would not see each other's.
        await alone(_TAKING)
        order = await sql(_FAIR_ORDER, queue, account_slots, account_slots, free)
        if not order:
            return []
        # The second look matters where one was claimed or cancelled meanwhile.
        taken = await sql(
            f"UPDATE jobs SET dispatched_until = :now + {{}} WHERE id IN ({marks(len(order))}) AND {_DUE} RETURNING id",
            round(lease_s * 1000),
            *(row["id"] for row in order),
        )
    mine = {row["id"] for row in taken}
    return [row for row in order if row["id"] in mine]


async def put_back(job_ids: list[str]) -> None:
    """The broker did not take these: they are due at once."""
    for job_id in job_ids:
        await sql("UPDATE jobs SET dispatched_until = NULL WHERE id = {} AND state = 'queued'", job_id)


async def _keep_waiting(queue: Queue, lease_s: float) -> None:
    """All slots are busy, so what was published still lies in the broker: not to be published again."""
    await sql(
        "UPDATE jobs SET dispatched_until = :now + {} "
        f"WHERE queue = {{}} AND {_DUE} AND dispatched_until IS NOT NULL",
        round(lease_s * 1000),
        queue,
    )


_UNDER_WAY = "state IN ('queued', 'running') AND (state = 'running' OR dispatched_until > :now)"
_SLOTS = (
    "COUNT(*) FILTER (WHERE NOT EXISTS "
    "(SELECT 1 FROM jobs part WHERE part.parent = jobs.id AND part.worker = jobs.worker))"
)
"""What jobs and parts of jobs take. A job of which its own worker does a part, does that itself: both have one slot.

Only what runs has a `worker`.
"""


async def _running(queue: Queue) -> int:
    return await _slots_of(queue, "state IN ('queued', 'running') AND state = 'running'")


async def _under_way(queue: Queue) -> int:
    return await _slots_of(queue, _UNDER_WAY)


async def _slots_of(queue: Queue, which: str) -> int:
    rows = await sql(f"SELECT {_SLOTS} AS n FROM jobs WHERE queue = {{}} AND {which}", queue)
    return int(rows[0]["n"])


# `begun` is what the account has under way already: a part, or a job of which parts are. `place` is how many jobs the
# account would have under way with this one, which is what is bounded: a job may have as many of its parts under way
# as there are slots. `turn` is how many slots the account would have: accounts take turns, and within an account
# priority and age decide.
_FAIR_ORDER = f"""
SELECT id, kind FROM (
    SELECT due.*, slots + ROW_NUMBER() OVER (PARTITION BY account ORDER BY priority DESC, created_at, id) AS turn
    FROM (
        SELECT q.*, a.running_limit, COALESCE(busy.slots, 0) AS slots,
               COALESCE(busy.jobs, 0) + SUM(CASE WHEN begun THEN 0 ELSE 1 END) OVER (
                   PARTITION BY q.account ORDER BY q.priority DESC, q.created_at, q.id) AS place
        FROM (
            SELECT id, account, kind, priority, created_at, parent IS NOT NULL OR EXISTS (
                       SELECT 1 FROM jobs part WHERE part.parent = jobs.id AND {_UNDER_WAY}) AS begun
            FROM jobs WHERE queue = {{}} AND {_DUE}
        ) q
        JOIN accounts a ON a.id = q.account
        LEFT JOIN (
            SELECT account, {_SLOTS} AS slots, COUNT(DISTINCT COALESCE(parent, id)) AS jobs
            FROM jobs WHERE {_UNDER_WAY} GROUP BY account
        ) busy ON busy.account = q.account
    ) due
    WHERE begun
       OR CASE WHEN running_limit IS NOT NULL THEN place <= running_limit
               WHEN {{}} > 0 THEN place <= {{}} ELSE TRUE END
) allowed
ORDER BY turn, priority DESC, created_at, id
LIMIT {{}}
"""


class Place(Struct, frozen=True, kw_only=True):
    """How many of `total` jobs that wait for a slot of one class are taken until this one is, itself included."""

    position: int
    total: int


async def places(job_ids: list[str]) -> dict[str, Place]:
    """Of those jobs that wait, as things stand: in the fair order, whoever else may come in between."""
    if not job_ids:
        return {}
    rows = await sql(_PLACES.format(marks(len(job_ids))), *job_ids)
    return {row["id"]: Place(position=row["place"], total=row["total"]) for row in rows}


# What is on its way to a worker already has left the fair order, and comes first.
_PLACES = f"""
SELECT id, place, total FROM (
    SELECT id, COUNT(*) OVER (PARTITION BY queue) AS total, ROW_NUMBER() OVER (
               PARTITION BY queue ORDER BY dispatched_until IS NULL, turn, priority DESC, created_at, id) AS place
    FROM (
        SELECT q.*, COALESCE(busy.jobs, 0) + ROW_NUMBER() OVER (
                   PARTITION BY q.queue, q.account ORDER BY q.priority DESC, q.created_at, q.id) AS turn
        FROM (
            SELECT id, account, queue, priority, created_at, dispatched_until
            FROM jobs WHERE state IN ('queued', 'running') AND state = 'queued'
        ) q
        LEFT JOIN (
            SELECT account, COUNT(*) AS jobs FROM jobs WHERE {_UNDER_WAY} GROUP BY account
        ) busy ON busy.account = q.account
    ) waiting
) placed
WHERE id IN ({{}})
"""
