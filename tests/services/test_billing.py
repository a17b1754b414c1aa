"""Jobs that cost money, on both engines: what is held, what is paid, what is recorded, and what is given back."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from app.db.engine import UNREACHABLE, Engine, savepoint, sql, tx
from app.db.tables import Job
from app.errors import AppError, Conflict, Forbidden, PaymentRequired, Unavailable
from app.services import accounts, answers, billing, division, jobs, ledger, prices, quotas
from app.services.billing import Bill, Cost
from app.services.money import MICROS, cents
from app.specs import RenderSpec, SegmentSpec
from tests.services.fuses import answer_of_commit_lost, fused
from tests.services.meeting import until_waited_for

pytestmark = pytest.mark.usefixtures("database")
CAPTIONED = (*prices.trim(four_k=True, duration_s=150), prices.captions([150], four_k=True))
"""4 cents, and three minutes of 4."""
MOST = cents(16)


async def account_with(amount: int) -> str:
    account = await accounts.create_account("ann")
    if amount:
        await ledger.grant(account, amount, f"grant of {account}")
    return account


async def ordered(account: str, mode: billing.Mode = "on", charges: tuple[prices.Charge, ...] = CAPTIONED) -> str:
    return await jobs.submit(RenderSpec(template={}), account=account, bill=Bill(charges=charges, mode=mode))


async def claimed(job_id: str) -> jobs.Claim:
    claim = await jobs.claim(job_id, "w1", lease_s=30)
    assert claim
    return claim


async def holds(account: str, available: int, reserved: int = 0) -> None:
    balance = await ledger.balance(account)
    assert (balance.available, balance.reserved) == (available, reserved)
    assert await billing.contradictions() == []


async def test_a_job_that_uses_all_it_may_pays_all_that_was_held() -> None:
    account = await account_with(cents(100))
    job_id = await ordered(account)
    await holds(account, cents(84), MOST)
    assert await billing.cost_of(job_id) == Cost(reserved=MOST, cost=0)
    assert await jobs.finish(await claimed(job_id), {})
    await holds(account, cents(84))
    assert await billing.cost_of(job_id) == Cost(reserved=0, cost=MOST)


async def test_a_job_that_uses_less_pays_less() -> None:
    account = await account_with(cents(100))
    job_id = await ordered(account)
    await jobs.finish(await claimed(job_id), {"used": {"trim_4k": 0, "captions": 1}})
    await holds(account, cents(94))
    assert await billing.cost_of(job_id) == Cost(reserved=0, cost=cents(6))


@pytest.mark.parametrize(("used", "paid"), [(1000, 12), (-1, 0)])
async def test_no_job_pays_more_than_was_held_or_less_than_nothing(used: int, paid: int) -> None:
    account = await account_with(cents(100))
    job_id = await ordered(account, charges=CAPTIONED[-1:])
    await jobs.finish(await claimed(job_id), {"used": {"captions": used}})
    await holds(account, cents(100 - paid))


async def test_a_job_that_fails_costs_nothing() -> None:
    account = await account_with(cents(100))
    job_id = await ordered(account)
    await jobs.fail(await claimed(job_id), "bad_media", "It is no video.")
    await holds(account, cents(100))
    assert await billing.cost_of(job_id) == Cost(reserved=0, cost=0)


@pytest.mark.parametrize("begun", [False, True])
async def test_a_job_that_is_cancelled_costs_nothing(begun: bool) -> None:
    account = await account_with(cents(100))
    job_id = await ordered(account)
    claim = await claimed(job_id) if begun else None
    await jobs.cancel(job_id, account)
    if claim:
        await holds(account, cents(84), MOST)
        await jobs.end_cancelled(claim)
    await holds(account, cents(100))


async def test_a_job_that_is_tried_again_keeps_what_is_held_until_it_is_given_up() -> None:
    account = await account_with(cents(100))
    job_id = await ordered(account)
    for _ in range(jobs.MAX_FAULTS):
        assert await jobs.retry(await claimed(job_id), "internal_error", "Something failed.")
        await holds(account, cents(84), MOST)
        await sql("UPDATE jobs SET run_at = 0")
    await jobs.retry(await claimed(job_id), "internal_error", "Something failed.")
    await holds(account, cents(100))


async def test_a_job_that_cannot_be_paid_for_does_not_exist() -> None:
    account = await account_with(cents(15))
    with pytest.raises(PaymentRequired, match=r"may cost \$0\.16, and \$0\.15 is available"):
        await ordered(account)
    assert await Job.count() == 0
    assert await sql("SELECT id FROM charges") == await sql("SELECT id FROM events") == []
    await holds(account, cents(15))


async def test_of_a_batch_that_is_refused_midway_what_was_queued_stays_with_its_money_and_nothing_else() -> None:
    """A refusal may come from within (no money), after everything was written (no room), or from the database."""
    account, taken = (
        await account_with(3 * MOST + cents(1)),
        await accounts.create_account("bob", email="b@example.com"),
    )
    queued, refused = [], []

    async def no_room() -> None:
        raise Unavailable("The queue is full.")

    later = (None, no_room, partial(accounts.set_email, account, "b@example.com"), None, None, None)
    async with tx():
        for then in later:
            try:
                async with savepoint():
                    job_id = await ordered(account)
                    if then:
                        await then()
                queued.append(job_id)
            except AppError as error:
                refused.append(type(error))
    assert refused == [Unavailable, Conflict, PaymentRequired]
    assert sorted(queued) == sorted([row["id"] for row in await sql("SELECT id FROM jobs")])
    assert len(queued) == 3
    await holds(account, cents(1), 3 * MOST)
    assert await sql("SELECT name FROM events") == [{"name": "balance.empty"}]
    assert (await accounts.find(taken)).email == "b@example.com"


async def test_an_order_that_meets_the_end_of_another_waits_for_it_or_is_waited_for(database: Engine) -> None:
    """Both take credits first, then money: the other way round each would wait for what the other has."""
    account = await account_with(cents(100))
    job_id = await ordered(account)
    period = await quotas.reserve(account, 5)
    await sql(
        "INSERT INTO renders (uid, account, job, template, modifications, credits, period, warnings, created_at) "
        "VALUES ('r1', {}, {}, '', '[]', 5, {}, '[]', 0)",
        *(account, job_id, period),
    )
    begun = asyncio.Event()

    async def another() -> str:
        async with tx():
            await quotas.reserve(account, 7)
            begun.set()
            await until_waited_for(database)
            return await ordered(account)

    async def end() -> None:
        await begun.wait()
        await jobs.cancel(job_id, account)

    async with asyncio.timeout(20):
        await asyncio.gather(another(), end())
    assert (await quotas.quota(account)).current == 7
    await holds(account, cents(84), MOST)


async def test_an_account_is_told_once_that_its_balance_is_low_and_once_that_it_is_empty() -> None:
    account = await account_with(5 * MOST + cents(1))
    made = await asyncio.gather(*(ordered(account) for _ in range(6)), return_exceptions=True)
    assert sum(isinstance(job_id, str) for job_id in made) == 5
    rows = await sql("SELECT account, name, subject, payload FROM events ORDER BY name DESC")
    assert [tuple(row.values()) for row in rows] == [
        (account, "balance.low", account, '{"balance":0.49,"threshold":0.5}'),
        (account, "balance.empty", account, '{"balance":0.01,"threshold":0.02}'),
    ]


async def test_with_billing_off_nothing_is_refused_and_everything_recorded() -> None:
    account = await account_with(0)
    job_id = await ordered(account, "off")
    assert await billing.cost_of(job_id) == Cost(reserved=MOST, cost=0)
    await jobs.finish(await claimed(job_id), {"used": {"captions": 2}, "duration": 99.5, "bytes": 1234})
    assert await billing.cost_of(job_id) == Cost(reserved=0, cost=cents(12))
    rows = await sql("SELECT kind, unit, used, duration_ms, bytes FROM charges ORDER BY kind")
    assert [tuple(row.values()) for row in rows] == [
        ("captions", "minute", 2, 99_500, 1234),
        ("trim", "segment", 1, 99_500, 1234),
        ("trim_4k", "segment", 1, 99_500, 1234),
    ]
    assert await sql("SELECT id FROM ledger_operations") == []
    await holds(account, 0)


@pytest.mark.parametrize("mode", ["off", "on"])
async def test_a_job_without_a_price_is_recorded_and_costs_nothing(mode: billing.Mode) -> None:
    account = await account_with(0)
    job_id = await ordered(account, mode, ())
    await jobs.finish(await claimed(job_id), {"duration": 12.5, "bytes": 99})
    [row] = await sql("SELECT kind, unit, price, used, duration_ms, bytes FROM charges")
    assert tuple(row.values()) == ("render", "job", 0, 1, 12_500, 99)
    assert await billing.cost_of(job_id) == Cost(reserved=0, cost=0)
    await holds(account, 0)


async def test_what_was_held_is_settled_even_if_billing_was_turned_off_meanwhile() -> None:
    """The end of a job asks the rows, not the setting: a worker does not know it at all."""
    account = await account_with(cents(100))
    before = await ordered(account, "on")
    after = await ordered(account, "off")
    for job_id in (before, after):
        await jobs.finish(await claimed(job_id), {})
    await holds(account, cents(84))


async def test_the_parts_of_a_job_cost_nothing() -> None:
    account = await account_with(cents(100))
    claim = await claimed(await ordered(account))
    await division.divide(claim, [SegmentSpec(render=claim.id, first=0, end=10)])
    assert len(await sql("SELECT id FROM charges")) == len(CAPTIONED)
    part = await claimed((await division.divide(claim, [SegmentSpec(render=claim.id, first=0, end=10)]))[0])
    await jobs.finish(part, {"used": {"captions": 0}})
    await holds(account, cents(84), MOST)
    await jobs.finish(claim, {})
    await holds(account, cents(84))


async def test_a_result_that_is_published_twice_is_paid_once(database: Engine) -> None:
    account = await account_with(cents(100))
    claim = await claimed(await ordered(account))
    async with answer_of_commit_lost(database):
        with pytest.raises(ConnectionResetError):
            await jobs.finish(claim, {})
    assert await jobs.finish(claim, {})
    await holds(account, cents(84))


async def test_an_attempt_that_comes_too_late_pays_nothing() -> None:
    account = await account_with(cents(100))
    late = await claimed(await ordered(account))
    await sql("UPDATE jobs SET lease_until = 0")
    await jobs.sweep_lost()
    await sql("UPDATE jobs SET run_at = 0")
    winner = await claimed(late.id)
    assert not await jobs.finish(late, {})
    await holds(account, cents(84), MOST)
    assert await jobs.finish(winner, {"used": {"captions": 0}})
    assert not await jobs.fail(late, "bad_media", "It is no video.")
    await holds(account, cents(96))


async def test_ends_that_come_at_once_are_one_end() -> None:
    account = await account_with(cents(100))
    claim = await claimed(await ordered(account))
    await jobs.cancel(claim.id, account)
    ends = [jobs.finish(claim, {}), jobs.fail(claim, "bad", "Bad."), jobs.end_cancelled(claim)]
    told = await asyncio.gather(*ends, *(jobs.retry(claim, "internal_error", "x") for _ in range(5)))
    assert sum(told) == 1
    state = (await jobs.read([claim.id]))[claim.id].state
    await holds(account, cents(84 if state == "done" else 100))


async def test_fifty_orders_at_once_on_a_balance_for_seven_make_seven_jobs() -> None:
    account = await account_with(7 * MOST + cents(15))
    made = await asyncio.gather(*(ordered(account) for _ in range(50)), return_exceptions=True)
    assert sum(isinstance(job_id, str) for job_id in made) == await Job.count() == 7
    assert {type(refused) for refused in made if not isinstance(refused, str)} == {PaymentRequired}
    await holds(account, cents(15), 7 * MOST)


async def test_fifty_identical_requests_at_once_are_paid_once() -> None:
    account = await account_with(cents(100))
    asked = answers.request(account, "POST /v1/clip", "one and the same", hashlib.sha256(b"{}").hexdigest())

    async def post() -> None:
        async with tx():
            if await answers.reserve(asked):
                await ordered(account)
                await answers.keep(asked, answers.Answer(status=200, body="{}"))

    await asyncio.gather(*(post() for _ in range(50)))
    assert await Job.count() == 1
    await holds(account, cents(84), MOST)


@pytest.mark.parametrize("what", ["order", "finish", "fail", "cancel"])
async def test_an_order_or_end_whose_connection_is_lost_at_any_statement_has_not_happened(
    database: Engine, what: str
) -> None:
    account = await account_with(cents(100))
    claim = await claimed(await ordered(account))
    waiting = await ordered(account)
    acts: dict[str, Callable[[], Awaitable[object]]] = {
        "order": lambda: ordered(account),
        "finish": lambda: jobs.finish(claim, {"used": {"captions": 1}}),
        "fail": lambda: jobs.fail(claim, "bad_media", "It is no video."),
        "cancel": lambda: jobs.cancel(waiting, account),
    }
    blown, statements = True, 0
    while blown:
        statements += 1
        async with fused(database, statements) as fuse:
            try:
                await acts[what]()
            except UNREACHABLE:
                left = await ledger.balance(account)
        blown = fuse.blown
        if blown and statements <= 10:  # the last ones of some only read
            assert (left.available, left.reserved) == (cents(68), 2 * MOST)
        assert await billing.contradictions() == []
    assert statements > 10
    assert (await ledger.balance(account)).reserved != 2 * MOST


async def test_4k_needs_a_paid_deposit_while_billing_is_on() -> None:
    account = await account_with(cents(500))
    await ledger.signup_credit(account)
    assert await billing.may_4k(account, asked=True, mode="off")
    assert not await billing.may_4k(account, asked=False, mode="on")
    with pytest.raises(Forbidden, match="paid deposit") as refused:
        await billing.may_4k(account, asked=True, mode="on")
    assert refused.value.code == "deposit_required"
    await ledger.deposit(account, 5 * MICROS, "payment")
    assert await billing.may_4k(account, asked=True, mode="on")
    assert await billing.may_4k(account, asked=False, mode="on")


@pytest.mark.parametrize(
    ("tampering", "complaint"),
    [
        ("UPDATE jobs SET state = 'done'", "is done, which the charge does not know"),
        ("UPDATE charges SET used = 0 WHERE kind = 'trim'", "is queued, which the charge does not know"),
        ("UPDATE charges SET price = price + 1", "has money reserved for no job"),
        ("DELETE FROM charges", "has money reserved for no job"),
        ("UPDATE charges SET used = 0", "was not paid as it was used"),
    ],
)
async def test_money_that_does_not_go_with_the_jobs_is_found(tampering: str, complaint: str) -> None:
    await ordered(await account_with(cents(100)))
    assert await billing.contradictions() == []
    await sql(tampering)
    assert any(complaint in told for told in await billing.contradictions())


async def test_a_payment_that_is_not_what_was_used_is_found() -> None:
    job_id = await ordered(await account_with(cents(100)))
    await jobs.finish(await claimed(job_id), {})
    await sql("UPDATE charges SET used = 2 WHERE kind = 'captions'")
    assert await billing.contradictions() == [f"{job_id}:captions was not paid as it was used."]
