"""Jobs and money in any order, with connections lost at any statement, against a model that knows no database."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from msgspec import Struct

from app.db import engine as db
from app.db.engine import UNREACHABLE, Engine, sql, tx
from app.db.migrate import migrate
from app.db.tables import TABLES
from app.errors import Conflict, PaymentRequired
from app.services import accounts, answers, billing, jobs, ledger, prices
from app.services.money import MICROS
from app.specs import RenderSpec
from tests.services.fuses import answer_of_commit_lost, fused

Act = Callable[[], Awaitable[Any]]

CHARGES = st.lists(
    st.builds(
        prices.Charge,
        kind=st.sampled_from(["trim", "captions", "auto"]),
        unit=st.just("minute"),
        price=st.sampled_from([0, 1, 20_000, 350_001]),
        quantity=st.integers(0, 4),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda charge: charge.kind,
).map(tuple)
USED = st.dictionaries(st.sampled_from(["trim", "captions", "auto", "other"]), st.integers(-1, 6), max_size=3)
LOST = st.one_of(st.none(), st.none(), st.integers(1, 18), st.just("after commit"))
"""When the connection is lost: never, at the statement of that number, or when the commit is through."""


class Account:
    """What the model knows of one."""

    def __init__(self, account: str) -> None:
        self.id = account
        self.available = self.reserved = 0
        self.paid_deposit = False


class Job:
    """What the model knows of one. `held`: whether money was reserved for it."""

    def __init__(self, job_id: str, account: Account, charges: tuple[prices.Charge, ...], *, held: bool) -> None:
        self.id, self.account, self.charges, self.held = job_id, account, charges, held
        self.state, self.attempt, self.faults, self.cancel_requested = "queued", 0, 0, False

    def end(self, state: str, used: dict[str, int] | None = None) -> None:
        self.state = state
        if self.held:
            most = sum(charge.quantity * charge.price for charge in self.charges)
            self.account.reserved -= most
            self.account.available += most - (self.cost(used or {}) if state == "done" else 0)

    def cost(self, used: dict[str, int]) -> int:
        return sum(sorted((0, used.get(c.kind, c.quantity), c.quantity))[1] * c.price for c in self.charges)

    def give_back(self) -> None:
        """After a fault of its worker."""
        if self.cancel_requested:
            self.end("cancelled")
        elif self.faults == jobs.MAX_FAULTS:
            self.end("failed")
        else:
            self.state, self.faults = "queued", self.faults + 1


class Claim(Struct, frozen=True):
    job: Job
    claim: jobs.Claim

    @property
    def holds(self) -> bool:
        return self.job.state == "running" and self.job.attempt == self.claim.attempt


class Money(RuleBasedStateMachine):
    all_jobs = Bundle("jobs")
    claims = Bundle("claims")

    def __init__(self, runner: asyncio.Runner, engine: Engine) -> None:
        super().__init__()
        self.runner, self.engine = runner, engine
        self.seen: dict[tuple[str, str], Account] = {}
        self.jobs: list[Job] = []
        self.orders = 0
        self.accounts = self.runner.run(self._begin())

    async def _begin(self) -> list[Account]:
        for table in reversed(TABLES):
            await table.delete(force=True)
        return [Account(await accounts.create_account(name)) for name in ("ann", "bob")]

    def insist(self, act: Act, lost: int | str | None) -> Any:
        """Do it, and again when the connection was lost, as workers and clients do."""
        return self.runner.run(self._insist(act, lost))

    async def _insist(self, act: Act, lost: int | str | None) -> Any:
        if lost is not None:
            cut = fused(self.engine, lost) if isinstance(lost, int) else answer_of_commit_lost(self.engine)
            with contextlib.suppress(*UNREACHABLE):
                async with cut:
                    return await act()
            assert await billing.contradictions() == []
        return await act()

    @initialize(amount=st.integers(0, 3 * MICROS))
    def something_to_spend(self, amount: int) -> None:
        for account in self.accounts:
            self.grant(self.accounts.index(account), f"first of {account.id}", amount + 1, None)

    @rule(who=st.integers(0, 1), grant=st.sampled_from(["a", "b", "c"]), amount=st.integers(1, MICROS), lost=LOST)
    def grant(self, who: int, grant: str, amount: int, lost: Any) -> None:
        account = self.accounts[who]
        self._come_in(account, ("grant", grant), amount, lambda: ledger.grant(account.id, amount, grant), lost)

    @rule(
        who=st.integers(0, 1),
        payment=st.sampled_from(["a", "b"]),
        amount=st.sampled_from([5_000_000, 50_000_001]),
        lost=LOST,
    )
    def deposit(self, who: int, payment: str, amount: int, lost: Any) -> None:
        account = self.accounts[who]
        percent = 100 + (0 if account.paid_deposit else 50) + (10 if amount >= 50 * MICROS else 0)
        with_bonus, act = amount * percent // 100, lambda: ledger.deposit(account.id, amount, payment)
        if self._come_in(account, ("deposit", payment), with_bonus, act, lost):
            account.paid_deposit = True

    @rule(who=st.integers(0, 1), lost=LOST)
    def signup(self, who: int, lost: Any) -> None:
        account = self.accounts[who]
        self._come_in(account, ("signup", account.id), MICROS, lambda: ledger.signup_credit(account.id), lost)

    def _come_in(self, account: Account, what: tuple[str, str], amount: int, act: Act, lost: Any) -> bool:
        """Whether it is news: once for whoever gets it first, and a conflict for the other one."""
        got = self.seen.get(what)
        try:
            self.insist(act, lost)
        except Conflict:
            assert got not in (None, account)
            return False
        assert got in (None, account)
        self.seen[what] = account
        account.available += amount * (got is None)
        return got is None

    @rule(target=all_jobs, who=st.integers(0, 1), charges=CHARGES, mode=st.sampled_from(["on", "on", "off"]), lost=LOST)
    def order(self, who: int, charges: tuple[prices.Charge, ...], mode: billing.Mode, lost: Any) -> Any:
        account, bill = self.accounts[who], billing.Bill(charges=charges, mode=mode)
        self.orders += 1
        asked = answers.request(account.id, "POST /v1/clip", str(self.orders), "digest")

        async def post() -> str:
            async with tx():
                if await answers.reserve(asked):
                    job_id = await jobs.submit(RenderSpec(template={}), account=account.id, bill=bill)
                    await answers.keep(asked, answers.Answer(status=200, body=job_id))
            kept = await answers.find(asked)
            assert kept
            return kept.body

        most = sum(charge.quantity * charge.price for charge in charges) if mode == "on" else 0
        try:
            job = Job(self.insist(post, lost), account, charges, held=mode == "on")
        except PaymentRequired:
            assert most > account.available
            return Job("job_of_nobody", account, (), held=False)
        assert most <= account.available
        account.available -= most
        account.reserved += most
        self.jobs.append(job)
        return job

    @rule(target=claims, job=all_jobs, lost=LOST)
    def claim(self, job: Job, lost: Any) -> Claim:
        async def take() -> jobs.Claim | None:
            await sql("UPDATE jobs SET run_at = 0")
            return await jobs.claim(job.id, "w", lease_s=30)

        claim = self.insist(take, lost)
        if job.id == "job_of_nobody" or job.state != "queued":
            assert claim is None
            claim = jobs.Claim(id=job.id, account="", kind="render", parent=None, attempt=99, spec_json="")
        else:
            job.state, job.attempt = "running", job.attempt + 1
            assert claim.attempt == job.attempt
        return Claim(job, claim)

    @rule(target=claims, who=st.integers(0, 1), charges=CHARGES, lost=LOST)
    def order_what_is_claimed_at_once(self, who: int, charges: tuple[prices.Charge, ...], lost: Any) -> Claim:
        return self.claim(self.order(who, charges, "on", lost), lost)

    @rule(claim=claims, used=USED, lost=LOST)
    def finish(self, claim: Claim, used: dict[str, int], lost: Any) -> None:
        again = claim.job.state == "done" and claim.job.attempt == claim.claim.attempt
        assert self.insist(lambda: jobs.finish(claim.claim, {"used": used}), lost) == (claim.holds or again)
        if claim.holds:
            claim.job.end("done", used)

    @rule(claim=claims, lost=LOST)
    def fail(self, claim: Claim, lost: Any) -> None:
        self.insist(lambda: jobs.fail(claim.claim, "bad_media", "It is no video."), lost)
        if claim.holds:
            claim.job.end("failed")

    @rule(claim=claims, lost=LOST)
    def give_back(self, claim: Claim, lost: Any) -> None:
        self.insist(lambda: jobs.retry(claim.claim, "internal_error", "Something failed."), lost)
        if claim.holds:
            claim.job.give_back()

    @rule(lost=LOST)
    def every_worker_dies(self, lost: Any) -> None:
        async def sweep() -> None:
            await sql("UPDATE jobs SET lease_until = 0")
            await jobs.sweep_lost()

        running = [job for job in self.jobs if job.state == "running"]
        self.insist(sweep, lost)
        for job in running:
            job.give_back()

    @rule(job=all_jobs, lost=LOST)
    def cancel(self, job: Job, lost: Any) -> None:
        self.insist(lambda: jobs.cancel(job.id, job.account.id), lost)
        if job.state == "running":
            job.cancel_requested = True
        elif job.state == "queued":
            job.end("cancelled")

    @rule(claim=consumes(claims), used=USED)
    def ends_meet(self, claim: Claim, used: dict[str, int]) -> None:
        """A late worker, a sweeper and an owner at the same moment: one of them ends the job."""

        async def race() -> str:
            ends = [jobs.fail(claim.claim, "x", "X."), jobs.end_cancelled(claim.claim)]
            await asyncio.gather(jobs.finish(claim.claim, {"used": used}), *ends)
            return (await jobs.read([claim.job.id]))[claim.job.id].state

        if claim.holds:
            claim.job.end(self.runner.run(race()), used)

    @invariant()
    def the_books_are_those_of_the_model(self) -> None:
        self.runner.run(self._compare())

    async def _compare(self) -> None:
        assert await billing.contradictions() == []
        for account in self.accounts:
            balance = await ledger.balance(account.id)
            assert (balance.available, balance.reserved) == (account.available, account.reserved)
            assert balance.paid_deposit == account.paid_deposit
        states = await jobs.read([job.id for job in self.jobs])
        assert {job_id: found.state for job_id, found in states.items()} == {job.id: job.state for job in self.jobs}
        [total] = await sql("SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) AS entries FROM ledger_entries")
        assert total["entries"] == 0
        repeated = await sql("SELECT subject FROM ledger_operations GROUP BY subject, charge, step HAVING COUNT(*) > 1")
        assert repeated == []

    def teardown(self) -> None:
        for job in self.jobs:
            self.cancel(job, None)
            if job.state == "running":
                claim = jobs.Claim(id=job.id, account="", kind="render", parent=None, attempt=job.attempt, spec_json="")
                self.runner.run(jobs.end_cancelled(claim))
                job.end("cancelled")
        self.the_books_are_those_of_the_model()
        assert [account.reserved for account in self.accounts] == [0, 0]


@pytest.mark.timeout(600)  # to make a failure short takes Hypothesis up to five minutes
def test_whatever_happens_in_whatever_order_the_books_are_those_of_the_model(database_url: str, tmp_path: Path) -> None:
    with asyncio.Runner() as runner:
        stack = contextlib.AsyncExitStack()
        engine = runner.run(stack.enter_async_context(db.connected(db.choose(database_url, tmp_path))))
        try:
            runner.run(migrate())
            run_state_machine_as_test(  # type: ignore[no-untyped-call]
                lambda: Money(runner, engine),
                settings=settings(
                    max_examples=30,
                    stateful_step_count=25,
                    deadline=None,
                    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
                ),
            )
        finally:
            runner.run(stack.aclose())
