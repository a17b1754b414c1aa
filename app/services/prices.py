"""The price list of the FastClip dialect as data, and what an operation may cost at most by it."""

import math
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from app.errors import InvalidInput, Unsupported
from app.services.money import cents, shown

Unit = Literal["segment", "minute", "source", "job"]
Tiered = Literal["transcript", "analyze", "auto"]


class Charge(Struct, frozen=True, kw_only=True):
    """What a job does for its account and may cost: at most `quantity` units of `price` micro-dollars.

    `kind` is what the account's usage calls it; a job has at most one charge of a kind. `duration_s`: of the media,
    as far as it is known before the job runs.
    """

    kind: str
    unit: Unit
    price: int
    quantity: int = 1
    duration_s: float = 0

    @property
    def most(self) -> int:
        return self.quantity * self.price


TRIM = cents(2)
TRIM_4K = cents(2)
"""On top of the trim, for each segment."""
CAPTION_MINUTE = cents(2)
CAPTION_MINUTE_4K = cents(4)
TIERS: dict[Tiered, dict[int, int]] = {
    "transcript": {10: cents(2), 30: cents(5), 60: cents(10), 120: cents(20), 240: cents(40)},
    "analyze": {30: cents(8), 60: cents(15), 120: cents(25), 240: cents(40)},
    "auto": {30: cents(10), 60: cents(20), 120: cents(35), 240: cents(50)},
}
"""Prices by the most minutes that the source may have."""

SIGNUP_CREDIT = cents(100)
LEAST_DEPOSIT = cents(500)
FIRST_DEPOSIT_PERCENT = 50
LARGE_DEPOSIT, LARGE_DEPOSIT_PERCENT = cents(5000), 10

STORAGE_PACKS = {5: cents(900), 10: cents(1500), 25: cents(2900), 50: cents(4900)}
"""Prices by gigabytes; any other number of them costs that many times STORAGE_GIGABYTE."""
STORAGE_GIGABYTE = cents(99)

LOW_BALANCE = max(price for tiers in TIERS.values() for price in tiers.values())
"""An account that holds less can no longer pay for everything: the dearest single operation costs as much."""
EMPTY_BALANCE = min(TRIM, CAPTION_MINUTE, TIERS["transcript"][10])
"""An account that holds less can pay for nothing on this list."""


def is_4k(width: int, height: int) -> bool:
    return min(width, height) >= 2160


def trim(*, four_k: bool, segments: int = 1, duration_s: float = 0) -> tuple[Charge, ...]:
    """One clip. What comes out smaller than was asked for does not use the surcharge."""
    trimmed = Charge(kind="trim", unit="segment", price=TRIM, quantity=segments, duration_s=duration_s)
    surcharge = Charge(kind="trim_4k", unit="segment", price=TRIM_4K, quantity=segments, duration_s=duration_s)
    return (trimmed, surcharge) if four_k else (trimmed,)


def upload_clip() -> tuple[Charge, ...]:
    """The clip that is ordered with an upload, before anything is known of its media."""
    return trim(four_k=False)


def captions(durations_s: Sequence[float], *, four_k: bool) -> Charge:
    """Every started minute of every one of these; where clips are yet to be found, of the longest there may be."""
    return Charge(
        kind="captions",
        unit="minute",
        price=CAPTION_MINUTE_4K if four_k else CAPTION_MINUTE,
        quantity=sum(started_minutes(duration) for duration in durations_s),
        duration_s=sum(durations_s),
    )


def by_source(kind: Tiered, duration_s: float) -> Charge:
    """A transcript, analysis or auto job of a source that long. Raises Unsupported for one longer than any price."""
    minutes = started_minutes(duration_s)
    for most, price in TIERS[kind].items():
        if minutes <= most:
            return Charge(kind=kind, unit="source", price=price, duration_s=duration_s)
    raise Unsupported(f"The media may have at most {most} minutes for this. Cut it first.", code="too_long")


def started_minutes(duration_s: float) -> int:
    """At least one. Told to the millisecond: differences of times are never quite as even as they were meant."""
    if not math.isfinite(duration_s):
        raise Unsupported("The length of the media is not known.")
    return max(1, math.ceil(round(duration_s * 1000) / 60_000))


def deposit_bonus(amount: int, *, first: bool) -> int:
    """What a paid deposit brings on top. Both bonuses are shares of the deposit itself, and add up."""
    percent = first * FIRST_DEPOSIT_PERCENT + (amount >= LARGE_DEPOSIT) * LARGE_DEPOSIT_PERCENT
    return amount * percent // 100


def check_deposit(amount: int) -> None:
    if amount < LEAST_DEPOSIT:
        raise InvalidInput(f"A deposit is at least {shown(LEAST_DEPOSIT)}.")


def storage(gigabytes: int) -> int:
    """Raises InvalidInput for less than one gigabyte."""
    if gigabytes < 1:
        raise InvalidInput("Storage is bought by whole gigabytes, at least one.")
    return STORAGE_PACKS.get(gigabytes, gigabytes * STORAGE_GIGABYTE)
