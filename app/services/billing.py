"""Where a job's life meets money: what it may cost, what it used, and the ledger, inside the caller's transaction.

What every job did is recorded, with its price, whatever the setting says. With billing on, what it may cost is
reserved before it exists; its end settles it, whatever the setting says by then.
"""

from typing import Any, Literal

from msgspec import Struct

from app.db.engine import marks, sql
from app.errors import Forbidden
from app.services import events, ledger, prices
from app.services.money import dollars

Mode = Literal["off", "on"]


class Bill(Struct, frozen=True, kw_only=True):
    """What a job may cost. Without charges it is recorded as one job of its kind, and free; `mode` is the setting."""

    charges: tuple[prices.Charge, ...] = ()
    mode: Mode = "off"

    @property
    def most(self) -> int:
        return sum(charge.most for charge in self.charges)


FREE = Bill()


class Cost(Struct, frozen=True, kw_only=True):
    """Micro-dollars: what is held for a job that is under way, and what one that is over used."""

    reserved: int
    cost: int


async def reserve(job_id: str, kind: str, account: str, bill: Bill) -> None:
    """Before the job exists for anybody else: hold what it may cost, or raise PaymentRequired."""
    if bill.mode == "on" and bill.most:
        await ledger.check(account, bill.most)
    for charge in bill.charges or (prices.Charge(kind=kind, unit="job", price=0),):
        billed = bill.mode == "on" and charge.most > 0
        await sql(
            "INSERT INTO charges (id, job, account, kind, unit, price, quantity, billed, duration_ms, bytes, "
            f"created_at) VALUES ({marks(9)}, 0, :now)",
            *(f"{job_id}:{charge.kind}", job_id, account, charge.kind, charge.unit, charge.price, charge.quantity),
            *(billed, round(charge.duration_s * 1000)),
        )
        if billed:
            await ledger.reserve(account, job_id, charge.kind, charge.most)
    if bill.mode == "on" and bill.most:
        await _tell_what_is_left(account)


async def _tell_what_is_left(account: str) -> None:
    if crossing := await ledger.crossed(account):
        told = {"balance": dollars(crossing.balance), "threshold": dollars(crossing.threshold)}
        await events.record(account, crossing.fact, account, told)


async def settle(job_id: str, result: dict[str, Any]) -> None:
    """The job is done: charge what it used, give back the rest of the reservation.

    `used` in the result names the kinds of charges of which less than the whole was used, and how much;
    `duration` (seconds) and `bytes` are of what was made.
    """
    used: dict[str, int] = result.get("used", {})
    for charge in await _open(job_id):
        most = charge["quantity"]
        duration_ms = round(result["duration"] * 1000) if "duration" in result else charge["duration_ms"]
        await _end(charge, max(0, min(used.get(charge["kind"], most), most)), duration_ms, result.get("bytes", 0))


async def release(job_id: str) -> None:
    """The job failed or was cancelled: nothing was used, and the whole reservation is given back."""
    for charge in await _open(job_id):
        await _end(charge, 0, 0, 0)


async def _open(job_id: str) -> list[dict[str, Any]]:
    return await sql("SELECT * FROM charges WHERE job = {} AND used IS NULL ORDER BY id", job_id)


async def _end(charge: dict[str, Any], used: int, duration_ms: int, size: int) -> None:
    ended = await sql(
        "UPDATE charges SET used = {}, duration_ms = {}, bytes = {}, ended_at = :now "
        "WHERE id = {} AND used IS NULL RETURNING billed",
        *(used, duration_ms, size, charge["id"]),
    )
    if ended and ended[0]["billed"]:
        price = charge["price"]
        await ledger.settle(
            charge["account"], charge["job"], charge["kind"], reserved=charge["quantity"] * price, cost=used * price
        )


async def cost_of(job_id: str) -> Cost:
    """What answers tell of a job; with billing off, what it would be."""
    rows = await sql(
        "SELECT CAST(COALESCE(SUM(CASE WHEN used IS NULL THEN quantity * price ELSE 0 END), 0) AS BIGINT) AS reserved, "
        "CAST(COALESCE(SUM(used * price), 0) AS BIGINT) AS cost FROM charges WHERE job = {}",
        job_id,
    )
    return Cost(**rows[0])


async def may_4k(account: str, *, asked: bool, mode: Mode) -> bool:
    """Whether the account's videos may be 4K; else they are capped at 1080p.

    Raises Forbidden when it was `asked` for by name. Only a paid deposit unlocks it, as long as billing is on.
    """
    if mode == "off" or (await ledger.balance(account)).paid_deposit:
        return True
    if asked:
        message = (
            "4K output needs a paid deposit; credits and grants export up to 1080p. Leave out quality, or add one."
        )
        raise Forbidden(message, code="deposit_required")
    return False


async def contradictions() -> list[str]:
    """Sentences about whatever does not add up in the ledger, or between it, the charges and the jobs."""
    found = await ledger.contradictions()
    for query, sentence in _MUST_BE_EMPTY.items():
        found += [sentence.format(**row) for row in await sql(query)]
    return found


_MUST_BE_EMPTY = {
    "SELECT c.id, j.state FROM charges c JOIN jobs j ON j.id = c.job "
    "WHERE (c.used IS NULL) <> (j.state IN ('held', 'queued', 'running'))": "The job of {id} is {state}, "
    "which the charge does not know.",
    "SELECT b.account FROM balances b LEFT JOIN (SELECT account, SUM(quantity * price) AS held FROM charges "
    "WHERE billed AND used IS NULL GROUP BY account) waiting ON waiting.account = b.account "
    "WHERE b.reserved <> COALESCE(waiting.held, 0)": "{account} has money reserved for no job, or a job without any.",
    "SELECT c.id FROM charges c LEFT JOIN ledger_operations o ON o.subject = c.job AND o.charge = c.kind "
    "AND o.step = 'settle' LEFT JOIN ledger_entries e ON e.operation = o.id AND e.book = 'earned' "
    "WHERE c.billed AND c.used IS NOT NULL AND (o.id IS NULL OR COALESCE(e.amount, 0) <> c.used * c.price)": "{id} "
    "was not paid as it was used.",
}
