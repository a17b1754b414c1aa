"""The price list against the examples and tables of FastClip's reference, in cents."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidInput, Unsupported
from app.services import money, prices
from app.services.money import MICROS, cents
from app.services.prices import Tiered


def cost(*charges: prices.Charge) -> int:
    return sum(charge.most for charge in charges)


def test_a_trim_costs_by_the_segment_and_4k_as_much_again() -> None:
    assert cost(*prices.trim(four_k=False)) == cents(2)
    assert cost(*prices.trim(four_k=True)) == cents(4)
    assert cost(*prices.upload_clip()) == cents(2)
    assert cost(*(charge for _ in range(50) for charge in prices.trim(four_k=True))) == cents(200)


@pytest.mark.parametrize(
    ("durations", "four_k", "price"),
    [
        ([61], False, 4),
        ([600], False, 20),
        ([600], True, 40),
        ([0.04], False, 2),
        ([60], False, 2),
        ([60.001], False, 4),
        ([61.3 - 1.3, 70.1 - 10.1], False, 4),
        ([59, 61, 1], False, 8),
        ([90] * 5, True, 40),
    ],
)
def test_captions_cost_by_the_started_minute_of_each_clip(durations: list[float], four_k: bool, price: int) -> None:
    assert cost(prices.captions(durations, four_k=four_k)) == cents(price)


def test_a_trim_with_captions_costs_both() -> None:
    assert cost(*prices.trim(four_k=False), prices.captions([61], four_k=False)) == cents(6)


@pytest.mark.parametrize(
    ("kind", "minutes", "price"),
    [
        ("transcript", 0.5, 2),
        ("transcript", 10, 2),
        ("transcript", 20, 5),
        ("transcript", 30, 5),
        ("transcript", 60, 10),
        ("transcript", 120, 20),
        ("transcript", 240, 40),
        ("analyze", 30, 8),
        ("analyze", 60, 15),
        ("analyze", 120, 25),
        ("analyze", 240, 40),
        ("auto", 30, 10),
        ("auto", 60, 20),
        ("auto", 120, 35),
        ("auto", 240, 50),
    ],
)
def test_what_reads_the_whole_source_costs_by_its_length(kind: Tiered, minutes: float, price: int) -> None:
    assert cost(prices.by_source(kind, minutes * 60)) == cents(price)


@pytest.mark.parametrize("kind", list(prices.TIERS))
def test_one_millisecond_more_is_the_next_price_or_too_long(kind: Tiered) -> None:
    steps = list(prices.TIERS[kind])
    for here, following in itertools.pairwise(steps):
        assert cost(prices.by_source(kind, here * 60 + 0.001)) == prices.TIERS[kind][following]
    with pytest.raises(Unsupported, match="at most 240 minutes") as refused:
        prices.by_source(kind, 240 * 60 + 0.001)
    assert refused.value.code == "too_long"


@pytest.mark.parametrize("duration", [math.nan, math.inf, -math.inf])
def test_media_without_a_length_has_no_price(duration: float) -> None:
    for priced in (lambda: prices.by_source("auto", duration), lambda: prices.captions([duration], four_k=False)):
        with pytest.raises(Unsupported, match="not known"):
            priced()


@given(st.floats(0, 240 * 60), st.floats(0, 240 * 60))
def test_longer_media_never_cost_less(one: float, other: float) -> None:
    short, long = sorted((one, other))
    for kind in prices.TIERS:
        assert cost(prices.by_source(kind, short)) <= cost(prices.by_source(kind, long))
    assert cost(prices.captions([short], four_k=False)) <= cost(prices.captions([long], four_k=False))


@pytest.mark.parametrize(
    ("size", "is_4k"),
    [
        ((3840, 2160), True),
        ((2160, 3840), True),
        ((4096, 2160), True),
        ((2160, 2160), True),
        ((3840, 2159), False),
        ((2560, 1440), False),
        ((8000, 1080), False),
    ],
)
def test_4k_is_told_by_the_shorter_side(size: tuple[int, int], is_4k: bool) -> None:
    assert prices.is_4k(*size) is is_4k


@pytest.mark.parametrize(
    ("dollars", "first", "bonus_cents"),
    [(5, True, 250), (5, False, 0), (49.99, False, 0), (49.99, True, 2499.5), (50, False, 500), (50, True, 3000)],
)
def test_the_bonuses_of_a_deposit_add_up(dollars: float, first: bool, bonus_cents: float) -> None:
    assert prices.deposit_bonus(round(dollars * MICROS), first=first) == round(bonus_cents * 10_000)


def test_a_deposit_has_a_least_amount() -> None:
    prices.check_deposit(cents(500))
    with pytest.raises(InvalidInput, match=r"at least \$5\.00"):
        prices.check_deposit(cents(500) - 1)


@pytest.mark.parametrize(("gigabytes", "price"), [(5, 900), (10, 1500), (25, 2900), (50, 4900), (1, 99), (7, 693)])
def test_storage_costs_by_the_pack_or_by_the_gigabyte(gigabytes: int, price: int) -> None:
    assert prices.storage(gigabytes) == cents(price)


@pytest.mark.parametrize("gigabytes", [0, -5])
def test_no_storage_is_not_for_sale(gigabytes: int) -> None:
    with pytest.raises(InvalidInput, match="at least one"):
        prices.storage(gigabytes)


def test_a_new_account_is_neither_empty_nor_low() -> None:
    assert cents(100) == prices.SIGNUP_CREDIT >= prices.LOW_BALANCE > prices.EMPTY_BALANCE > 0


@pytest.mark.parametrize(
    ("amount", "text"), [(0, "$0.00"), (20_000, "$0.02"), (5 * MICROS, "$5.00"), (1_234_567_890_000, "$1,234,567.89")]
)
def test_amounts_are_shown_in_dollars(amount: int, text: str) -> None:
    assert money.shown(amount) == text


@given(st.integers(1, money.MOST))
def test_an_amount_that_was_shown_is_understood(amount: int) -> None:
    assert money.parsed(money.shown(amount).replace(",", "")) == amount
    assert round(money.dollars(amount) * MICROS) == amount
    assert money.shown(-amount) == f"-{money.shown(amount)}"


@pytest.mark.parametrize(
    "text", ["", "0", "0.00", "-5", "5,00", "1e3", "5.0000001", "five", "$", "٥", "1000000.01", "nan", "5 ", "9" * 13]
)
def test_what_is_no_amount_of_money_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not an amount in dollars"):
        money.parsed(text)
