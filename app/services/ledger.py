"""The ledger: append-only double entry in micro-dollars.

An account has two books, `available` and `reserved`; the house has `earned` (what was paid for jobs) and, below
zero, where money came from: `deposits`, `bonuses`, `grants`. Every operation adds to some books and takes from
others, and its entries sum to zero. What an account's books hold also stands in its row of `balances`, which is
where two processes that want the same money meet: one UPDATE looks and takes.

    reserve   available → reserved            before a job exists
    settle    reserved → earned, available    at its end: what it used is paid, the rest is given back
    grant, deposit, signup                    money comes in

An operation happens once for each subject, charge and step, by a unique constraint.
"""

from typing import Literal

from msgspec import Struct

from app import ids
from app.db.engine import Duplicate, marks, sql, tx
from app.errors import Conflict, PaymentRequired
from app.services import prices
from app.services.money import shown

Step = Literal["reserve", "settle", "grant", "deposit", "signup"]
Book = Literal["available", "reserved", "earned", "deposits", "bonuses", "grants"]
Fact = Literal["balance.low", "balance.empty"]


class Balance(Struct, frozen=True, kw_only=True):
    """`paid_deposit`: money came in by a deposit, not only as credit."""

    available: int = 0
    reserved: int = 0
    paid_deposit: bool = False


class Crossing(Struct, frozen=True, kw_only=True):
    """A balance that has just fallen below a threshold, in micro-dollars: what `balance.low` and the like tell."""

    fact: Fact
    balance: int
    threshold: int


class Operation(Struct, frozen=True, kw_only=True):
    """What happened to an account's money. `available`, `reserved`: how both changed; `balance`: available then."""

    number: int
    step: Step
    charge: str
    subject: str
    available: int
    reserved: int
    balance: int
    created_at: int


async def balance(account: str) -> Balance:
    rows = await sql("SELECT available, reserved, paid_deposit FROM balances WHERE account = {}", account)
    return Balance(**{**rows[0], "paid_deposit": bool(rows[0]["paid_deposit"])}) if rows else Balance()


async def check(account: str, amount: int) -> None:
    """Raises PaymentRequired when the balance does not cover so much. Only `reserve` decides."""
    available = (await balance(account)).available
    if available < amount:
        raise _short(amount, available)


def _short(amount: int, available: int) -> PaymentRequired:
    message = f"This may cost {shown(amount)}, and {shown(available)} is available. Add money to the account first."
    return PaymentRequired(message, code="insufficient_balance")


async def reserve(account: str, job_id: str, charge: str, amount: int) -> None:
    """Hold what a job may cost, in the transaction that makes it. Raises PaymentRequired, and has done nothing."""
    async with tx():
        if await _post(account, job_id, charge, "reserve", {"available": -amount, "reserved": amount}) is None:
            raise _short(amount, (await balance(account)).available)


async def settle(account: str, job_id: str, charge: str, *, reserved: int, cost: int) -> None:
    """A job is over: pay `cost` out of what was reserved for this charge, and give back the rest."""
    assert 0 <= cost <= reserved, (cost, reserved)
    legs: dict[Book, int] = {"reserved": -reserved, "earned": cost, "available": reserved - cost}
    async with tx():
        if await _post(account, job_id, charge, "settle", legs) is None:
            raise RuntimeError(f"{job_id} has no reservation of {reserved} for {charge}")


async def grant(account: str, amount: int, grant_id: str) -> bool:
    """Credit that was not paid for. False: this grant was made before."""
    return await _come_in(account, grant_id, "grant", {"available": amount, "grants": -amount})


async def signup_credit(account: str) -> bool:
    """The welcome of a new account, as `welcome.credit` gives it. False: it had it before."""
    credit = prices.SIGNUP_CREDIT
    return await _come_in(account, account, "signup", {"available": credit, "grants": -credit})


async def deposit(account: str, amount: int, payment_id: str) -> bool:
    """Money that was paid, and its bonuses; it unlocks 4K. False: this payment was credited before.

    Raises InvalidInput for less than the least deposit, Conflict for a payment that another account got.
    """
    prices.check_deposit(amount)
    async with tx():
        bonus = prices.deposit_bonus(amount, first=not await _locked(account))
        legs: dict[Book, int] = {"available": amount + bonus, "deposits": -amount, "bonuses": -bonus}
        if fresh := await _come_in(account, payment_id, "deposit", legs):
            await sql("UPDATE balances SET paid_deposit = TRUE WHERE account = {}", account)
    return fresh


async def _come_in(account: str, subject: str, step: Step, legs: dict[Book, int]) -> bool:
    """False: it came in before. Requests for one account wait for each other; two accounts meet at the constraint."""
    known = "SELECT id FROM ledger_operations WHERE account = {} AND subject = {} AND step = {}"
    async with tx():
        await _locked(account)
        if await sql(known, account, subject, step):
            return False
        try:
            left = await _post(account, subject, "", step, legs)
        except Duplicate as error:
            raise Conflict(f"Another account got {subject} already.", code="credited_elsewhere") from error
        await sql("UPDATE balances SET warned = {} WHERE account = {}", _level(left or 0), account)
    return True


async def _locked(account: str) -> bool:
    """The account's row, made if need be and nobody else's until the transaction ends; answers `paid_deposit`."""
    rows = await sql(
        "INSERT INTO balances (account, available, reserved, operations, warned, paid_deposit) "
        "VALUES ({}, 0, 0, 0, 0, FALSE) ON CONFLICT (account) DO UPDATE SET operations = balances.operations "
        "RETURNING paid_deposit",
        account,
    )
    return bool(rows[0]["paid_deposit"])


async def _post(account: str, subject: str, charge: str, step: Step, legs: dict[Book, int]) -> int | None:
    """Write an operation with its entries; answers what is available then, or None when a book would sink below zero.

    Inside a transaction: the account's row is locked from here to its end, which is what numbers the operations.
    """
    assert sum(legs.values()) == 0, legs
    available, reserved = legs.get("available", 0), legs.get("reserved", 0)
    rows = await sql(
        "UPDATE balances SET available = available + {}, reserved = reserved + {}, operations = operations + 1 "
        "WHERE account = {} AND available + {} >= 0 AND reserved + {} >= 0 RETURNING available, operations",
        *(available, reserved, account, available, reserved),
    )
    if not rows:
        return None
    left: int = rows[0]["available"]
    operation = ids.ledger_operation_id()
    await sql(
        "INSERT INTO ledger_operations (id, account, number, subject, charge, step, balance, created_at) "
        f"VALUES ({marks(7)}, :now)",
        *(operation, account, rows[0]["operations"], subject, charge, step, left),
    )
    for book, amount in legs.items():
        if amount:
            await sql(
                f"INSERT INTO ledger_entries (id, operation, book, amount) VALUES ({marks(4)})",
                *(f"{operation}:{book}", operation, book, amount),
            )
    return left


_BELOW: dict[Fact, int] = {"balance.low": prices.LOW_BALANCE, "balance.empty": prices.EMPTY_BALANCE}
"""Facts in the order they come true as money is taken: each is told once until money comes in again."""


def _level(available: int) -> int:
    """How many of the facts are true; `warned` is how many of them are known."""
    return sum(available < below for below in _BELOW.values())


async def crossed(account: str) -> Crossing | None:
    """What has just come true, in the transaction that took money; only the worst, where it brought both."""
    available = (await balance(account)).available
    level = _level(available)
    if level == 0:
        return None
    fresh = await sql(
        "UPDATE balances SET warned = {} WHERE account = {} AND warned < {} RETURNING account", level, account, level
    )
    fact, threshold = list(_BELOW.items())[level - 1]
    return Crossing(fact=fact, balance=available, threshold=threshold) if fresh else None


async def history(account: str, *, limit: int) -> list[Operation]:
    """The last operations, newest first."""
    return [Operation(**row) for row in await sql(_HISTORY, account, limit)]


_CHANGED = (
    "CAST((SELECT COALESCE(SUM(amount), 0) FROM ledger_entries WHERE operation = o.id AND book = '{}') AS BIGINT)"
)
_HISTORY = (
    "SELECT o.number, o.step, o.charge, o.subject, o.balance, o.created_at, "
    f"{_CHANGED.format('available')} AS available, {_CHANGED.format('reserved')} AS reserved "
    "FROM ledger_operations o WHERE o.account = {} ORDER BY o.number DESC LIMIT {}"
)
"""Adds up the entries of those operations alone that it answers."""


async def contradictions() -> list[str]:
    """Sentences about whatever in the books does not add up: none, at any moment, whatever was killed."""
    found = []
    for query, sentence in _MUST_BE_EMPTY.items():
        found += [sentence.format(**row) for row in await sql(query)]
    return found


_SUMS = (
    "SELECT o.account, SUM(CASE WHEN e.book = 'available' THEN e.amount ELSE 0 END) AS available, "
    "SUM(CASE WHEN e.book = 'reserved' THEN e.amount ELSE 0 END) AS reserved, COUNT(DISTINCT o.id) AS operations "
    "FROM ledger_operations o JOIN ledger_entries e ON e.operation = o.id GROUP BY o.account"
)
_MUST_BE_EMPTY = {
    "SELECT o.id FROM ledger_operations o LEFT JOIN ledger_entries e ON e.operation = o.id "
    "GROUP BY o.id HAVING COALESCE(SUM(e.amount), 1) <> 0": "The entries of {id} do not sum to zero.",
    f"SELECT b.account FROM balances b LEFT JOIN ({_SUMS}) s ON s.account = b.account "
    "WHERE b.available <> COALESCE(s.available, 0) OR b.reserved <> COALESCE(s.reserved, 0) "
    "OR b.operations <> COALESCE(s.operations, 0)": "The balance of {account} is not the sum of its entries.",
    "SELECT id FROM (SELECT o.id, o.balance, SUM(COALESCE(e.amount, 0)) OVER (PARTITION BY o.account "
    "ORDER BY o.number) AS sum FROM ledger_operations o LEFT JOIN ledger_entries e "
    "ON e.operation = o.id AND e.book = 'available') told WHERE balance <> sum": "{id} tells a wrong balance.",
}
"""Each one statement, so that what others write meanwhile cannot deceive it."""
