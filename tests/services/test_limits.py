"""Request limits on both engines."""

import asyncio
import math
import random
import sys
from bisect import bisect_left
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dialects import Dialect
from app.errors import LimitReached
from app.services import limits
from app.services.limits import Rule
from tests.conftest import Clock

HOURLY = Rule(name="hour", count=5, window_s=3600)


async def accepted(times: int, *rules: Rule, subject: str = "key_a") -> int:
    """How many of so many requests, all asked at once."""

    async def one() -> bool:
        try:
            await limits.take(subject, rules)
        except LimitReached:
            return False
        return True

    return sum(await asyncio.gather(*(one() for _ in range(times))))


@pytest.mark.usefixtures("database")
async def test_of_many_requests_at_once_exactly_the_limit_is_accepted() -> None:
    assert await accepted(40, HOURLY) == 5


@pytest.mark.usefixtures("database")
async def test_each_key_and_each_rule_is_counted_apart() -> None:
    daily = Rule(name="day", count=7, window_s=86_400)
    assert await accepted(9, HOURLY) == 5
    assert await accepted(9, HOURLY, subject="key_b") == 5
    assert await accepted(9, daily) == 7


@pytest.mark.usefixtures("database")
async def test_a_request_that_one_rule_refuses_is_counted_by_none() -> None:
    daily = Rule(name="day", count=3, window_s=86_400)
    assert await accepted(4, HOURLY, daily) == 3
    assert await accepted(9, HOURLY) == 2


async def test_what_was_used_is_given_back_as_the_window_rolls_on(clock: Clock) -> None:
    start = clock.ms
    assert await accepted(2, HOURLY) == 2
    clock.ms = start + 1_800_000
    assert await accepted(9, HOURLY) == 3
    clock.ms = start + 3_600_000 - 1001
    assert await accepted(9, HOURLY) == 0
    clock.ms = start + 3_600_000 - 1000
    assert await accepted(9, HOURLY) == 1, "one may come a second early"
    clock.ms = start + 3_600_000
    assert await accepted(9, HOURLY) == 1
    clock.ms = start + 10 * 3_600_000
    assert await accepted(9, HOURLY) == 5


async def test_a_refusal_says_when_it_will_be_taken_back(clock: Clock) -> None:
    await accepted(5, HOURLY)
    clock.ms += 60_000
    with pytest.raises(LimitReached) as refused:
        await limits.take("key_a", [HOURLY])
    wait = refused.value.retry_after_s
    assert wait is not None
    clock.ms += round(wait * 1000) - 1000
    assert await accepted(1, HOURLY) == 0
    clock.ms += 1000
    assert await accepted(1, HOURLY) == 1


async def test_an_answer_tells_what_is_left(clock: Clock) -> None:
    standings = [(await limits.take("key_a", [HOURLY]))[0] for _ in range(3)]
    assert [standing.left for standing in standings] == [4, 3, 2]
    headers = standings[-1].headers
    assert headers["RateLimit-Limit"] == "5"
    assert headers["RateLimit-Policy"] == "5;w=3600"
    assert headers["RateLimit-Reset"] == "3599"


@pytest.mark.parametrize(("count", "window_s"), [(30, 10), (5, 3600), (120, 60)])
async def test_who_keeps_the_pace_is_never_refused_though_requests_arrive_unevenly(
    clock: Clock, count: int, window_s: int
) -> None:
    rule, start, rng = Rule(name="pace", count=count, window_s=window_s), clock.ms, random.Random(1)
    late_ms = min(window_s * 1000 / count, 1000)
    for number in range(3 * count):
        clock.ms = start + math.ceil(number * window_s * 1000 / count + rng.random() * late_ms)
        await limits.take("key_a", [rule])


@pytest.mark.parametrize("count", [1, 30, 120])
async def test_whatever_is_sent_no_window_sees_more_than_is_said_and_every_answer_tells_the_truth(
    clock: Clock, count: int
) -> None:
    rule, rng, taken = Rule(name="any", count=count, window_s=60), random.Random(count), list[int]()
    for _ in range(20):
        clock.ms += rng.choice((0, 1, rng.randrange(2000), rng.randrange(60_000)))
        for _ in range(rng.choice((1, 3, 1 + count // 2, count))):
            try:
                (standing,) = await limits.take("key_a", [rule])
            except LimitReached as refused:
                clock.ms += round(1000 * (refused.retry_after_s or 0))
                (standing,) = await limits.take("key_a", [rule])
            taken.append(clock.ms)
        if rng.random() < 0.2:
            assert await accepted(count + 2, rule) == standing.left
            taken += [clock.ms] * standing.left
    most = max(bisect_left(taken, since + 60_000) - n for n, since in enumerate(taken))
    assert most <= count + math.ceil(count / limits.LOTS)
    clock.ms += 60_000
    assert await accepted(count + 5, rule) == count, "of a burst after a rest exactly the limit"


def test_clipis_keys_have_an_hour_and_a_day() -> None:
    admin = limits.rules("clipi", per_minute=600, own={}, by_user=False)
    user = limits.rules("clipi", per_minute=600, own={}, by_user=True)
    assert [rule.count for rule in admin + user] == [100, 1000, 50, 500]
    assert admin[0].refusal == "Hourly rate limit exceeded (100/hr)"


def test_a_key_may_have_limits_of_its_own() -> None:
    own = {"clipi-hour": 7, "clipi-day": 0, "minute": 2}
    (hour,) = limits.rules("clipi", per_minute=600, own=own, by_user=True)
    assert (hour.name, hour.count, hour.refusal) == ("clipi-hour", 7, "Hourly rate limit exceeded (7/hr)")
    assert [rule.count for rule in limits.rules("fastclip", per_minute=600, own=own, by_user=True)] == [2]


@given(st.sampled_from(["clipcat", "fastclip", "videodev", "clipyard"]), st.integers(0, 10**7))
def test_a_limit_of_nothing_is_no_limit(dialect: Dialect, per_minute: int) -> None:
    found = limits.rules(dialect, per_minute=per_minute, own={"clipcat": 0}, by_user=True)
    assert all(0 < rule.count <= limits.MOST for rule in found)
    assert bool(found) is (dialect != "clipcat" and per_minute > 0)


@pytest.mark.usefixtures("database")
async def test_four_processes_at_the_edge_are_let_in_exactly_as_often_as_the_limit_says(
    database_url: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "tests.services.limit_takers", database_url, str(tmp_path), "600", "250"]
    processes = [await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE) for _ in range(4)]
    answers = [(await process.communicate())[0] for process in processes]
    assert sum(int(answer) for answer in answers) == 600
