"""How often a key may ask: windows that roll with the clock, counted exactly by all processes together.

A window is cut into twelve slots, and a row holds what was accepted in each of the last thirteen. Their sum may not
exceed the limit: so no time as long as the window ever sees more, and what was used is given back slot by slot, at
most a twelfth of the window late. One statement looks and takes, under the lock of the row.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct

from app.db.engine import quick, sql, tx
from app.errors import LimitReached

Dialect = Literal["clipcat", "clipi", "fastclip", "videodev", "tornado", "clipyard"]

_SLOTS = 13
_COUNT_BITS = 20
"""A slot is one whole number: since when it counts (in slots since 1970), and above 2^20 of that what it counted."""
MOST = 2**_COUNT_BITS - 1
HEADERS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "RateLimit-Policy")
"""As in draft-ietf-httpapi-ratelimit-headers-07."""


class Rule(Struct, frozen=True, kw_only=True):
    """At most `count` requests within any `window_s` seconds. `name` is what a key's own limits call it."""

    name: str
    count: int
    window_s: int
    words: str = "Rate limit exceeded ({count} in {window_s} s)"

    @property
    def refusal(self) -> str:
        return self.words.format(count=self.count, window_s=self.window_s)


class Standing(Struct, frozen=True, kw_only=True):
    """What is left of a rule, and in how many seconds the oldest use of it is given back."""

    rule: Rule
    left: int
    reset_s: int

    @property
    def headers(self) -> dict[str, str]:
        policy = f"{self.rule.count};w={self.rule.window_s}"
        return dict(zip(HEADERS, (str(self.rule.count), str(self.left), str(self.reset_s), policy), strict=True))


NAMES = ("clipcat", "clipi-hour", "clipi-day", "minute")


def rules(dialect: Dialect, *, per_minute: int, own: Mapping[str, int], by_user: bool) -> tuple[Rule, ...]:
    """What a request of this dialect is counted by. `own`: the key's limits by a rule's name; 0 lifts a limit.

    `per_minute` is the setting; `by_user`: the key was made by its user, not by an operator.
    """
    known: dict[Dialect, tuple[Rule, ...]] = {
        "clipcat": (Rule(name="clipcat", count=30, window_s=10),),
        "clipi": (
            Rule(
                name="clipi-hour",
                count=50 if by_user else 100,
                window_s=3600,
                words="Hourly rate limit exceeded ({count}/hr)",
            ),
            Rule(
                name="clipi-day",
                count=500 if by_user else 1000,
                window_s=86_400,
                words="Daily rate limit exceeded ({count}/day)",
            ),
        ),
        "tornado": (),
    }
    usual = (Rule(name="minute", count=per_minute, window_s=60, words="Rate limit exceeded ({count}/min)"),)
    given = [_with(rule, own.get(rule.name, rule.count)) for rule in known.get(dialect, usual)]
    return tuple(rule for rule in given if rule.count > 0)


def _with(rule: Rule, count: int) -> Rule:
    return Rule(name=rule.name, count=min(count, MOST), window_s=rule.window_s, words=rule.words)


async def take(subject: str, rules: Sequence[Rule]) -> list[Standing]:
    """Count one request of a subject by every rule, or by none. Raises LimitReached, which says when to come back."""
    if len(rules) == 1:
        return [await _take(subject, rules[0])]
    async with tx():
        return [await _take(subject, rule) for rule in rules]


async def _take(subject: str, rule: Rule) -> Standing:
    row_id, slot_ms = f"{subject}:{rule.name}:{rule.window_s}", _slot_ms(rule)
    taken = await quick(_TAKE, row_id, slot_ms, rule.count)
    if taken:
        return _standing(rule, taken[0])
    rows = await sql("SELECT rate_windows.*, :now AS now FROM rate_windows WHERE id = {}", row_id)
    standing = _standing(rule, rows[0])
    raise LimitReached(rule.refusal, retry_after_s=standing.reset_s, headers=standing.headers)


async def forget_old() -> None:
    """Rows that have counted nothing for two days say nothing any more."""
    await sql("DELETE FROM rate_windows WHERE used_at < :now - {}", 2 * 86_400_000)


def _standing(rule: Rule, row: dict[str, Any]) -> Standing:
    slot_ms = _slot_ms(rule)
    slots = [divmod(row[f"s{n}"], 2**_COUNT_BITS) for n in range(_SLOTS)]
    live = [(since, count) for since, count in slots if since > row["now"] // slot_ms - _SLOTS and count]
    ends_ms = (min((since for since, _ in live), default=0) + _SLOTS) * slot_ms
    used = sum(count for _, count in live)
    return Standing(rule=rule, left=max(0, rule.count - used), reset_s=max(1, math.ceil((ends_ms - row["now"]) / 1000)))


def _slot_ms(rule: Rule) -> int:
    return math.ceil(rule.window_s * 1000 / (_SLOTS - 1))


def _statement() -> str:
    """Adds one to the slot of this moment, if all slots that still count leave room for it."""
    names = [f"s{n}" for n in range(_SLOTS)]
    old, new = "rate_windows", "excluded"
    fresh = [f"CASE WHEN slot % {_SLOTS} = {n} THEN (slot << {_COUNT_BITS}) + 1 ELSE 0 END" for n in range(_SLOTS)]
    added = [
        f"{s} = CASE WHEN {new}.{s} = 0 THEN {old}.{s} "
        f"WHEN {old}.{s} >> {_COUNT_BITS} = {new}.slot THEN {old}.{s} + 1 ELSE {new}.{s} END"
        for s in names
    ]
    counted = [
        f"CASE WHEN {old}.{s} >> {_COUNT_BITS} > {new}.slot - {_SLOTS} THEN {old}.{s} & {MOST} ELSE 0 END"
        for s in names
    ]
    return (
        f"INSERT INTO rate_windows (id, used_at, slot, {', '.join(names)}) "
        f"SELECT CAST({{}} AS VARCHAR(120)), now, slot, {', '.join(fresh)} "
        "FROM (SELECT now, now / {} AS slot FROM (SELECT :now AS now) clock) moment WHERE TRUE "
        f"ON CONFLICT (id) DO UPDATE SET used_at = {new}.used_at, slot = {new}.slot, {', '.join(added)} "
        f"WHERE {' + '.join(counted)} < {{}} RETURNING used_at AS now, {', '.join(names)}"
    )


_TAKE = _statement()
