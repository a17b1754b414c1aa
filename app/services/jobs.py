"""The job state machine: every change of a job's state is one conditional UPDATE in this file.

    held → queued → running (fetching | working | storing) → done | failed | cancelled
              ↑________|  retry, lost worker, shutdown

Whoever runs a job holds a `Claim`. Its attempt number is the fencing token: each claim raises it, and every
write of a runner names it, so that a runner that lost its lease can change nothing any more.
"""

from typing import Any, Literal

import msgspec

from app import ids, specs
from app.db.engine import marks, savepoint, sql, tx
from app.services import billing, news, quotas

State = Literal["held", "queued", "running", "done", "failed", "cancelled"]
Stage = Literal["", "fetching", "working", "storing"]

OVER: frozenset[str] = frozenset({"done", "failed", "cancelled"})
_RUNNING = "state IN ('queued', 'running') AND state = 'running'"
"""SQLite does not see by itself that the partial index on live jobs serves: it wants the index's own words."""

MAX_FAULTS = 5
"""Infrastructure failures (lost worker, full disk, store unreachable) before a job is given up."""


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What every reader of a job sees: polling answers, event streams and webhooks word the same facts."""

    id: str
    account: str
    kind: str
    state: State
    stage: Stage
    progress: int
    attempt: int
    cancel_requested: bool
    error_code: str | None
    error_message: str | None
    result: dict[str, Any] | None
    created_at: int
    started_at: int | None
    finished_at: int | None


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """The right to run one attempt of a job, as long as its lease is renewed."""

    id: str
    account: str
    kind: str
    parent: str | None
    attempt: int
    spec_json: str

    @property
    def spec(self) -> specs.Spec:
        """Decoded only when the job runs: a spec of another version is then that attempt's failure."""
        return specs.decode(self.spec_json)


SNAPSHOT_COLUMNS = (
    "id, account, kind, state, stage, progress, attempt, cancel_requested, error_code, error_message, "
    "result, created_at, started_at, finished_at"
)


def snapshot(row: dict[str, Any]) -> Snapshot:
    result = row["result"]
    facts = {**row, "result": msgspec.json.decode(result) if result else None}
    return msgspec.convert({**facts, "cancel_requested": bool(row["cancel_requested"])}, Snapshot)


async def submit(spec: specs.Spec, *, account: str, priority: int = 0, bill: billing.Bill = billing.FREE) -> str:
    """Queue a job and answer its id. Call it inside the transaction that makes the job's reason true.

    Raises PaymentRequired when the account's balance does not cover the bill; what was queued before stays queued.
    """
    job_id = ids.job_id()
    async with savepoint():
        await enter(job_id, spec, account, priority, None)
        await billing.reserve(job_id, specs.kind(spec), account, bill)
    return job_id


async def enter(job_id: str, spec: specs.Spec, account: str, priority: int, parent: str | None) -> None:
    """A part that was entered before stays, unless it was to do something else.

    Its attempts are counted on: who still does what it was to do has lost it.
    """
    await sql(
        "INSERT INTO jobs (id, account, kind, queue, spec, state, stage, progress, priority, attempt, "
        "faults, run_at, cancel_requested, created_at, swept, parent) "
        "VALUES ({}, {}, {}, {}, {}, 'queued', '', 0, {}, 0, 0, :now, FALSE, :now, FALSE, {}) "
        "ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, queue = excluded.queue, spec = excluded.spec, "
        f"faults = 0, cancel_requested = FALSE, {ANEW} WHERE jobs.spec <> excluded.spec",
        job_id,
        account,
        specs.kind(spec),
        specs.queue_of(spec),
        specs.encode(spec),
        priority,
        parent,
    )


ANEW = (
    "state = 'queued', stage = '', progress = 0, run_at = :now, dispatched_until = NULL, lease_until = NULL, "
    "worker = NULL, result = NULL, error_code = NULL, error_message = NULL, finished_at = NULL"
)
"""Of a part: due at once, as if it had never been begun."""


async def spec_of(job_id: str) -> specs.Spec | None:
    """What a job that exists was asked for."""
    rows = await sql("SELECT spec FROM jobs WHERE id = {}", job_id)
    return specs.decode(rows[0]["spec"]) if rows else None


async def read(job_ids: list[str]) -> dict[str, Snapshot]:
    """The present facts of these jobs, by id; unknown ids are absent."""
    if not job_ids:
        return {}
    rows = await sql(f"SELECT {SNAPSHOT_COLUMNS} FROM jobs WHERE id IN ({marks(len(job_ids))})", *job_ids)
    return {row["id"]: snapshot(row) for row in rows}


async def claim(job_id: str, worker: str, *, lease_s: float) -> Claim | None:
    """Take a queued, due job. None when it is taken, over, not due or unknown: the message meant nothing.

    Nothing of a banned account begins, but for the parts of what was begun before.
    """
    rows = await sql(
        "UPDATE jobs SET state = 'running', stage = 'fetching', progress = 0, attempt = attempt + 1, "
        "worker = {}, lease_until = :now + {}, dispatched_until = NULL, "
        "started_at = COALESCE(started_at, :now) "
        "WHERE id = {} AND state = 'queued' AND run_at <= :now "
        "AND (parent IS NOT NULL OR account NOT IN (SELECT id FROM accounts WHERE banned)) "
        "RETURNING id, account, kind, parent, attempt, spec AS spec_json",
        worker,
        _ms(lease_s),
        job_id,
    )
    return Claim(**rows[0]) if rows else None


async def heartbeat(claim: Claim, *, lease_s: float, stage: Stage, percent: int) -> Literal["ours", "lost", "cancel"]:
    """Renew the lease and tell readers how far the attempt is, in one write.

    `lost`: the job is another attempt's, or over, and nothing was written; `cancel`: its owner wants it ended.
    """
    rows = await sql(
        "UPDATE jobs SET lease_until = :now + {}, stage = {}, progress = {} "
        "WHERE id = {} AND attempt = {} AND state = 'running' RETURNING cancel_requested",
        _ms(lease_s),
        stage,
        max(0, min(percent, 100)),
        claim.id,
        claim.attempt,
    )
    if not rows:
        return "lost"
    return "cancel" if rows[0]["cancel_requested"] else "ours"


async def finish(claim: Claim, result: dict[str, Any]) -> bool:
    """Publish the result. False: the claim was lost, and what the attempt stored is nobody's.

    May be called again when the first answer never arrived: a result that was committed stays true.
    """
    ended = await _end(claim, "done", result=msgspec.json.encode(result).decode())
    return ended or await _ended_by(claim)


async def fail(claim: Claim, code: str, message: str) -> bool:
    """End for good: the input is broken, another try would fail alike."""
    return await _end(claim, "failed", code=code, message=message)


async def end_cancelled(claim: Claim) -> bool:
    return await _end(claim, "cancelled")


async def retry(claim: Claim, code: str, message: str) -> bool:
    """Back to the queue after an infrastructure fault, later each time; after MAX_FAULTS the job fails."""
    requeued = await _requeue(
        "id = {} AND attempt = {} AND faults < {}", claim.id, claim.attempt, MAX_FAULTS, fault=True, pause=True
    )
    if requeued or await _end_cancel_requested(claim):
        return True
    return await _end(claim, "failed", code=code, message=message)


async def release(claim: Claim) -> None:
    """Back to the queue at once and without blame: the worker is shutting down."""
    if not await _requeue("id = {} AND attempt = {}", claim.id, claim.attempt, fault=False, pause=False):
        await _end_cancel_requested(claim)


async def release_all() -> int:
    """Take everything that runs, or was dispatched, from the only worker, which is known to be dead.

    It is due at once. It counts as a fault all the same: a job that kills its worker must not do so for ever.
    """
    await sql("UPDATE jobs SET dispatched_until = NULL WHERE state IN ('queued', 'running') AND state = 'queued'")
    return await _take_from_the_dead("", pause=False)


async def sweep_lost() -> int:
    """Requeue jobs whose lease ran out, give up those that cost too many workers; answers how many moved."""
    return await _take_from_the_dead("AND lease_until < :now", pause=True)


async def _take_from_the_dead(only_if: str, *, pause: bool) -> int:
    retried = await _requeue(f"faults < {{}} {only_if}", MAX_FAULTS, fault=True, pause=pause)
    cancelled = await sql(f"SELECT id, attempt FROM jobs WHERE {_RUNNING} AND cancel_requested {only_if}")
    for row in cancelled:
        await _end_attempt(row["id"], row["attempt"], "cancelled", only_if=only_if)
    hopeless = await sql(
        f"SELECT id, attempt FROM jobs WHERE {_RUNNING} AND NOT cancel_requested AND faults >= {{}} {only_if}",
        MAX_FAULTS,
    )
    for row in hopeless:
        await _end_attempt(
            row["id"], row["attempt"], "failed", code="worker_lost", message=_WORKER_LOST, only_if=only_if
        )
    return len(retried) + len(cancelled) + len(hopeless)


_WORKER_LOST = "The workers that ran this job were lost again and again. It may need more memory than they have."


async def cancel(job_id: str, account: str) -> Snapshot | None:
    """Ask for the end of a job. A queued one ends here; a running one as soon as its worker hears of it."""
    async with tx():
        # One statement: between two, the job could be claimed or requeued and neither would meet it.
        rows = await sql(
            "UPDATE jobs SET cancel_requested = TRUE, dispatched_until = NULL, "
            "state = CASE WHEN state = 'running' THEN state ELSE 'cancelled' END, "
            "finished_at = CASE WHEN state = 'running' THEN NULL ELSE :now END "
            "WHERE id = {} AND account = {} AND state IN ('held', 'queued', 'running') RETURNING state, kind",
            job_id,
            account,
        )
        if rows and rows[0]["state"] == "cancelled":
            await _tell(job_id, account, rows[0]["kind"], "cancelled")
            await _delete_parts(job_id)
    found = (await read([job_id])).get(job_id)
    return found if found and found.account == account else None


async def forget(account: str) -> None:
    """End what the account has under way, at once, and keep no order and no result: only that jobs were."""
    ended = await sql(
        "UPDATE jobs SET state = 'cancelled', stage = '', cancel_requested = TRUE, dispatched_until = NULL, "
        "lease_until = NULL, worker = NULL, finished_at = :now "
        "WHERE account = {} AND parent IS NULL AND state IN ('held', 'queued', 'running') RETURNING id, kind",
        account,
    )
    for row in ended:  # a worker that runs one finds its claim lost, and removes what it stored
        await _tell(row["id"], account, row["kind"], "cancelled")
        await _delete_parts(row["id"])
    nothing = "UPDATE jobs SET spec = {}, result = NULL, error_message = NULL WHERE account = {} AND spec <> {}"
    await sql(nothing, "{}", account, "{}")  # once, not at every sweep


async def _end(
    claim: Claim,
    state: State,
    *,
    result: str | None = None,
    code: str | None = None,
    message: str | None = None,
) -> bool:
    return await _end_attempt(claim.id, claim.attempt, state, result=result, code=code, message=message)


async def _end_attempt(
    job_id: str,
    attempt: int,
    state: State,
    *,
    result: str | None = None,
    code: str | None = None,
    message: str | None = None,
    only_if: str = "",
) -> bool:
    """The one way out of `running`: state, ledger and news in one transaction, guarded by the attempt."""
    async with tx():
        rows = await sql(
            "UPDATE jobs SET state = {}, stage = '', "
            "progress = CASE WHEN {} = 'done' THEN 100 ELSE progress END, "
            "result = {}, error_code = {}, error_message = {}, finished_at = :now, lease_until = NULL, "
            f"worker = NULL, swept = {_LEAVES_NOTHING} "
            f"WHERE id = {{}} AND attempt = {{}} AND state = 'running' {only_if} RETURNING account, kind, parent",
            state,
            state,
            result,
            code,
            message,
            state,
            job_id,
            attempt,
        )
        if rows and rows[0]["parent"] is None:
            await _tell(job_id, rows[0]["account"], rows[0]["kind"], state, result)
            await _delete_parts(job_id)
    return bool(rows)


_LEAVES_NOTHING = (
    "(parent IS NOT NULL OR attempt = 1 AND {} = 'done' "
    "AND NOT EXISTS (SELECT 1 FROM jobs part WHERE part.parent = jobs.id))"
)
"""What parts stored lies below their job's prefix, and is swept with it."""


async def _delete_parts(job_id: str) -> None:
    """A worker that still runs one finds its claim lost."""
    await sql("DELETE FROM jobs WHERE parent = {}", job_id)


async def _tell(job_id: str, account: str, kind: str, state: State, result: str | None = None) -> None:
    """Credits before money, as an order takes them: rows are locked in one order."""
    if state == "done":
        facts = msgspec.json.decode(result or "{}")
        await quotas.settle(job_id, facts)
        await billing.settle(job_id, facts)
    else:
        await quotas.release(job_id)
        await billing.release(job_id)
    await news.job_over(kind, job_id, state)


async def _end_cancel_requested(claim: Claim) -> bool:
    """Instead of another attempt, which its owner does not want."""
    return await _end_attempt(claim.id, claim.attempt, "cancelled", only_if="AND cancel_requested")


async def _ended_by(claim: Claim) -> bool:
    rows = await sql("SELECT id FROM jobs WHERE id = {} AND attempt = {} AND state = 'done'", claim.id, claim.attempt)
    return bool(rows)


async def _requeue(where: str, *arguments: Any, fault: bool, pause: bool) -> list[dict[str, Any]]:
    """Running → queued, unless its owner wants it ended; with a pause of 2, 4, 8 … seconds for each fault so far."""
    wait = "2000 * (1 << faults)" if pause else "0"
    return await sql(
        "UPDATE jobs SET state = 'queued', stage = '', progress = 0, worker = NULL, lease_until = NULL, "
        f"dispatched_until = NULL, run_at = :now + {wait}, faults = faults + {int(fault)} "
        f"WHERE {_RUNNING} AND NOT cancel_requested AND {where} RETURNING id",
        *arguments,
    )


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
