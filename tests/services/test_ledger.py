"""The ledger on both engines: money that comes in once, is held, paid and given back, and is never spent twice."""

import asyncio
import sqlite3
import sys
from functools import partial
from pathlib import Path

import asyncpg
import pytest

from app.db.engine import UNREACHABLE, Duplicate, Engine, sql, tx
from app.errors import Conflict, InvalidInput, PaymentRequired
from app.services import accounts, ledger, prices
from app.services.ledger import Balance
from app.services.money import MICROS, cents
from tests.services.fuses import fused
from tests.services.meeting import meeting
from tests.services.reservers import reservations

pytestmark = pytest.mark.usefixtures("database")
REFUSED_BY_THE_TABLE = (sqlite3.IntegrityError, asyncpg.IntegrityConstraintViolationError)


async def account_with(amount: int) -> str:
    account = await accounts.create_account("ann")
    if amount:
        await ledger.grant(account, amount, f"grant of {account}")
    return account


async def holds(account: str, available: int, reserved: int = 0, *, paid_deposit: bool = False) -> None:
    told = Balance(available=available, reserved=reserved, paid_deposit=paid_deposit)
    assert await ledger.balance(account) == told
    assert await ledger.contradictions() == []


async def test_an_account_begins_with_nothing() -> None:
    await holds(await account_with(0), 0)


async def test_what_is_reserved_is_paid_as_far_as_it_was_used_and_the_rest_comes_back() -> None:
    account = await account_with(cents(100))
    await ledger.reserve(account, "job_a", "captions", cents(20))
    await holds(account, cents(80), cents(20))
    await ledger.settle(account, "job_a", "captions", reserved=cents(20), cost=cents(6))
    await holds(account, cents(94))
    await ledger.reserve(account, "job_b", "captions", cents(20))
    await ledger.settle(account, "job_b", "captions", reserved=cents(20), cost=0)
    await holds(account, cents(94))
    [earned] = await sql("SELECT amount FROM ledger_entries WHERE book = 'earned'")
    assert earned["amount"] == cents(6)


async def test_a_reservation_above_the_balance_is_refused_and_does_nothing() -> None:
    account = await account_with(cents(5))
    async with tx():
        with pytest.raises(PaymentRequired, match=r"may cost \$0\.06, and \$0\.05 is available") as refused:
            await ledger.reserve(account, "job_a", "trim", cents(6))
    assert refused.value.code == "insufficient_balance"
    await holds(account, cents(5))
    await ledger.reserve(account, "job_a", "trim", cents(5))
    await holds(account, 0, cents(5))


async def test_an_account_that_never_had_money_can_reserve_nothing() -> None:
    with pytest.raises(PaymentRequired, match=r"\$0\.00 is available"):
        await ledger.reserve(await account_with(0), "job_a", "trim", cents(2))


async def test_of_fifty_reservations_at_once_a_balance_for_seven_lets_seven_through() -> None:
    account = await account_with(7 * prices.TRIM + cents(1))
    assert await reservations(account, "here", 50) == 7
    await holds(account, cents(1), 7 * prices.TRIM)


async def test_four_processes_that_reserve_at_once_take_exactly_what_there_is(
    database_url: str, tmp_path: Path
) -> None:
    account = await account_with(7 * prices.TRIM)
    command = [sys.executable, "-m", "tests.services.reservers", database_url, str(tmp_path), account]
    processes = [
        await asyncio.create_subprocess_exec(*command, str(number), "50", stdout=asyncio.subprocess.PIPE)
        for number in range(4)
    ]
    answers = [(await process.communicate())[0] for process in processes]
    assert sum(int(answer) for answer in answers) == 7
    await holds(account, 0, 7 * prices.TRIM)


async def test_a_charge_is_settled_once() -> None:
    account = await account_with(cents(100))
    for job_id in ("job_a", "job_b"):
        await ledger.reserve(account, job_id, "trim", cents(2))
    await ledger.settle(account, "job_a", "trim", reserved=cents(2), cost=cents(2))
    for cost in (cents(2), 0):
        with pytest.raises(Duplicate):
            await ledger.settle(account, "job_a", "trim", reserved=cents(2), cost=cost)
    await holds(account, cents(96), cents(2))


async def test_nothing_is_settled_that_was_not_reserved() -> None:
    account = await account_with(cents(100))
    with pytest.raises(RuntimeError, match="job_a has no reservation"):
        await ledger.settle(account, "job_a", "trim", reserved=cents(2), cost=cents(2))
    await holds(account, cents(100))


async def test_a_charge_is_reserved_once() -> None:
    account = await account_with(cents(100))
    await ledger.reserve(account, "job_a", "trim", cents(2))
    with pytest.raises(Duplicate):
        await ledger.reserve(account, "job_a", "trim", cents(2))
    await holds(account, cents(98), cents(2))


@pytest.mark.parametrize("column", ["available", "reserved"])
async def test_the_table_itself_refuses_a_balance_below_zero(column: str) -> None:
    account = await account_with(cents(1))
    with pytest.raises(REFUSED_BY_THE_TABLE):
        await sql(f"UPDATE balances SET {column} = {column} - 20000 WHERE account = {{}}", account)


async def test_the_welcome_comes_once_however_many_ask() -> None:
    account = await account_with(0)
    told = await asyncio.gather(*(ledger.signup_credit(account) for _ in range(20)))
    assert sorted(told) == [False] * 19 + [True]
    await holds(account, cents(100))


async def test_a_payment_is_credited_once_however_often_it_is_told() -> None:
    account = await account_with(0)
    told = await asyncio.gather(*(ledger.deposit(account, 10 * MICROS, "payment 1") for _ in range(20)))
    assert sorted(told) == [False] * 19 + [True]
    await holds(account, 15 * MICROS, paid_deposit=True)


async def test_a_payment_is_credited_to_one_account_however_many_are_told_of_it(database: Engine) -> None:
    people = [await account_with(0) for _ in range(4)]
    told = await meeting(database, *(partial(ledger.deposit, one, 10 * MICROS, "payment 1") for one in people[:3]))
    with pytest.raises(Conflict):
        await ledger.deposit(people[3], 10 * MICROS, "payment 1")
    assert told[0] is True
    assert [(type(outcome), outcome.code) for outcome in told[1:]] == [(Conflict, "credited_elsewhere")] * 2
    await holds(people[0], 15 * MICROS, paid_deposit=True)
    for other in people[1:]:
        await holds(other, 0)


async def test_of_two_deposits_at_once_one_is_the_first() -> None:
    account = await account_with(0)
    await asyncio.gather(*(ledger.deposit(account, 10 * MICROS, f"payment {number}") for number in range(4)))
    await holds(account, 45 * MICROS, paid_deposit=True)


async def test_bonuses_have_a_book_of_their_own() -> None:
    account = await account_with(0)
    await ledger.deposit(account, 50 * MICROS, "payment 1")
    await ledger.deposit(account, 50 * MICROS, "payment 2")
    await holds(account, (80 + 55) * MICROS, paid_deposit=True)
    rows = await sql("SELECT book, amount FROM ledger_entries WHERE book <> 'available' ORDER BY book, amount")
    assert [(row["book"], row["amount"] // MICROS) for row in rows] == [
        ("bonuses", -30),
        ("bonuses", -5),
        ("deposits", -50),
        ("deposits", -50),
    ]


async def test_a_deposit_below_the_least_changes_nothing() -> None:
    account = await account_with(0)
    with pytest.raises(InvalidInput):
        await ledger.deposit(account, cents(499), "payment 1")
    await holds(account, 0)


async def test_credit_is_no_deposit() -> None:
    account = await account_with(cents(900))
    await ledger.signup_credit(account)
    await holds(account, cents(1000))


async def test_every_account_has_its_own_money() -> None:
    rich, poor = await account_with(cents(100)), await account_with(0)
    with pytest.raises(PaymentRequired):
        await ledger.reserve(poor, "job_a", "trim", cents(2))
    await ledger.signup_credit(poor)
    await holds(rich, cents(100))
    await holds(poor, cents(100))


async def test_the_history_tells_what_happened_and_what_was_left() -> None:
    account = await account_with(cents(10))
    await ledger.reserve(account, "job_a", "trim", cents(4))
    await ledger.settle(account, "job_a", "trim", reserved=cents(4), cost=cents(2))
    told = await ledger.history(account, limit=10)
    assert [(o.number, o.step, o.subject, o.available, o.reserved, o.balance) for o in told] == [
        (3, "settle", "job_a", cents(2), -cents(4), cents(8)),
        (2, "reserve", "job_a", -cents(4), cents(4), cents(6)),
        (1, "grant", f"grant of {account}", cents(10), 0, cents(10)),
    ]
    assert await ledger.history(account, limit=1) == told[:1]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_last_operations_are_read_without_those_before_them() -> None:
    plan = [row["detail"] for row in await sql(f"EXPLAIN QUERY PLAN {ledger._HISTORY.replace('{}', '1')}")]
    assert plan
    assert [step for step in plan if step.startswith(("SCAN", "USE TEMP"))] == [], plan


async def test_a_balance_that_runs_low_and_then_empty_says_each_once_until_money_comes_in() -> None:
    account = await account_with(prices.LOW_BALANCE + cents(2))

    async def told(job_id: str, amount: int) -> ledger.Fact | None:
        await ledger.reserve(account, job_id, "trim", amount)
        crossing = await ledger.crossed(account)
        return crossing and crossing.fact

    assert [await told("job_a", cents(2)), await told("job_b", cents(2))] == [None, "balance.low"]
    await ledger.settle(account, "job_b", "trim", reserved=cents(2), cost=0)
    assert await told("job_c", cents(2)) is None, "what was given back is no news"
    rest = (await ledger.balance(account)).available - cents(1)
    assert [await told("job_d", rest), await told("job_e", cents(1))] == ["balance.empty", None]
    await ledger.grant(account, prices.LOW_BALANCE, "more")
    assert [await told("job_f", cents(2)), await told("job_g", cents(2))] == ["balance.low", None]


async def test_a_step_from_plenty_to_nothing_says_only_that_the_balance_is_empty() -> None:
    account = await account_with(cents(100))
    await ledger.reserve(account, "job_a", "auto", cents(99))
    assert await ledger.crossed(account) == ledger.Crossing(
        fact="balance.empty", balance=cents(1), threshold=prices.EMPTY_BALANCE
    )


@pytest.mark.parametrize(
    ("tampering", "complaint"),
    [
        ("UPDATE ledger_entries SET amount = amount + 1 WHERE book = 'grants'", "do not sum to zero"),
        ("UPDATE ledger_entries SET amount = amount + 1 WHERE book = 'available'", "is not the sum of its entries"),
        ("DELETE FROM ledger_entries WHERE book = 'reserved'", "is not the sum of its entries"),
        ("DELETE FROM ledger_entries", "do not sum to zero"),
        ("UPDATE balances SET available = available + 1", "is not the sum of its entries"),
        ("UPDATE balances SET operations = operations + 1", "is not the sum of its entries"),
        ("UPDATE ledger_operations SET balance = balance + 1 WHERE step = 'grant'", "tells a wrong balance"),
    ],
)
async def test_books_that_were_tampered_with_do_not_add_up(tampering: str, complaint: str) -> None:
    account = await account_with(cents(10))
    await ledger.reserve(account, "job_a", "trim", cents(4))
    await holds(account, cents(6), cents(4))
    await sql(tampering)
    assert any(complaint in told for told in await ledger.contradictions())


@pytest.mark.parametrize("what", ["deposit", "reserve", "settle"])
async def test_an_operation_whose_connection_is_lost_at_any_statement_has_not_happened(
    database: Engine, what: str
) -> None:
    account = await account_with(cents(100))
    await ledger.reserve(account, "job_a", "captions", cents(10))
    acts = {
        "deposit": lambda: ledger.deposit(account, 5 * MICROS, "payment"),
        "reserve": lambda: ledger.reserve(account, "job_b", "trim", cents(90)),
        "settle": lambda: ledger.settle(account, "job_a", "captions", reserved=cents(10), cost=cents(4)),
    }
    for at in range(1, 20):
        async with fused(database, at) as fuse:
            try:
                await acts[what]()
            except UNREACHABLE:
                await holds(account, cents(90), cents(10))
        if not fuse.blown:
            break
    assert at >= 5
    assert (await ledger.balance(account)).available != cents(90)
    assert await ledger.contradictions() == []
