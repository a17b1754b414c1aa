"""How often a key may ask: windows that roll with the clock, counted by all processes together.

A row holds when the last requests were accepted, newest first, and one more is accepted once the one that lies a whole
limit back has left the window: a sliding window log. One statement looks and takes, under the lock of the row.

Two promises cannot both be kept to the millisecond, since what is sent evenly arrives unevenly:

- The pace is exact. Whoever sends evenly, as many as the limit allows, is never refused, even if each request arrives
  up to one interval (a second at most) late: the tolerance of the Generic Cell Rate Algorithm (ITU-T I.371),
  granted to one request at a time.
- So a rolling window may see one request more than the limit; a burst after a rest never does. Of limits above LOTS, a
  hundredth of the requests shares one time, that of its first, and a window of uneven use may see that many more.
"""

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from app.db.engine import quick, sql, tx
from app.dialects import Dialect
from app.errors import LimitReached

LOTS = 100
"""So many times a row holds at most; of a higher limit, several requests share one."""
MOST = 1_000_000
_DIGITS = 13
"""Of a time, in milliseconds since 1970: as text, times are as long as each other until 2286, and in order."""
_TOLERANCE_MS = 1000
HEADERS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "RateLimit-Policy")
"""As in draft-ietf-httpapi-ratelimit-headers-07."""


class Rule(Struct, frozen=True, kw_only=True):
    """At most `count` requests within any `window_s` seconds. `name` is what a key's own limits call it.

    `by_user`: with a key that its user made, where that is another number.
    """

    name: str
    count: int
    window_s: int
    by_user: int | None = None
    words: str = "Rate limit exceeded ({count} in {window_s} s)"

    @property
    def refusal(self) -> str:
        return self.words.format(count=self.count, window_s=self.window_s)

    @property
    def window_ms(self) -> int:
        return self.window_s * 1000

    @property
    def lot(self) -> int:
        """How many requests share one time."""
        return math.ceil(self.count / LOTS)

    @property
    def early_ms(self) -> int:
        """How much too early one request may be: it belongs to a steady pace."""
        return min(self.window_ms // self.count, _TOLERANCE_MS)


class Standing(Struct, frozen=True, kw_only=True):
    """What is left of a rule at once, and in how many seconds one more is."""

    rule: Rule
    left: int
    reset_s: int

    @property
    def headers(self) -> dict[str, str]:
        policy = f"{self.rule.count};w={self.rule.window_s}"
        return dict(zip(HEADERS, (str(self.rule.count), str(self.left), str(self.reset_s), policy), strict=True))


AS_SET = 0
"""In LIMITS: as many as the setting says."""
_MINUTE = Rule(name="minute", count=AS_SET, window_s=60, words="Rate limit exceeded ({count}/min)")
_HOUR = Rule(name="clipi-hour", count=100, by_user=50, window_s=3600, words="Hourly rate limit exceeded ({count}/hr)")
_DAY = Rule(name="clipi-day", count=1000, by_user=500, window_s=86_400, words="Daily rate limit exceeded ({count}/day)")
LIMITS: dict[Dialect, tuple[Rule, ...]] = {
    "clipcat": (Rule(name="clipcat", count=30, window_s=10),),
    "clipi": (_HOUR, _DAY),
    "fastclip": (_MINUTE,),
    "videodev": (_MINUTE,),
    "tornado": (),
    "clipyard": (_MINUTE,),
}
NAMES = tuple(dict.fromkeys(rule.name for rules in LIMITS.values() for rule in rules))


def rules(dialect: Dialect, *, per_minute: int, own: Mapping[str, int], by_user: bool) -> tuple[Rule, ...]:
    """What a request of this dialect is counted by. `own`: the key's limits by a rule's name; 0 lifts a limit.

    `per_minute` is the setting; `by_user`: the key was made by its user, not by an operator.
    """
    counts = [(rule, own.get(rule.name, _usual(rule, per_minute, by_user))) for rule in LIMITS[dialect]]
    return tuple(replace(rule, count=min(count, MOST)) for rule, count in counts if count > 0)


def _usual(rule: Rule, per_minute: int, by_user: bool) -> int:
    if by_user and rule.by_user is not None:
        return rule.by_user
    return per_minute if rule.count == AS_SET else rule.count


async def take(subject: str, rules: Sequence[Rule]) -> list[Standing]:
    """Count one request of a subject by every rule, or by none. Raises LimitReached, which says when to come back."""
    if len(rules) == 1:
        return [await _take(subject, rules[0])]
    async with tx():
        return [await _take(subject, rule) for rule in rules]


async def _take(subject: str, rule: Rule) -> Standing:
    row_id = f"{subject}:{rule.name}:{rule.count}/{rule.window_s}"
    taken = await quick(_statement(rule.count, rule.window_s), row_id)
    if taken:
        return _standing(rule, taken[0])
    rows = await sql("SELECT :now AS now, taken, times FROM rate_windows WHERE id = {}", row_id)
    standing = _standing(rule, rows[0])
    raise LimitReached(rule.refusal, retry_after_s=standing.reset_s, headers=standing.headers)


async def forget_old() -> None:
    """Rows that have counted nothing for two days say nothing any more.

    It reads them all, once an hour: an index on what every request changes would cost each of them more, and
    PostgreSQL its way of changing a row where it is.
    """
    await sql("DELETE FROM rate_windows WHERE used_at < :now - {}", 2 * 86_400_000)


@lru_cache(256)
def _statement(count: int, window_s: int) -> str:
    """Accepts one request more, if the one `count` before it has left the window (or nearly), and the one before that.

    What nobody has used for a whole window begins anew, so that a burst then finds a lot of its own.
    """
    rule = Rule(name="", count=count, window_s=window_s)
    lot, row, new = rule.lot, "rate_windows", "excluded"
    kept = _DIGITS * (math.ceil(count / lot) + 2)
    idle = f"{row}.used_at <= {new}.used_at - {rule.window_ms}"

    def gone(back: int, after_ms: int) -> str:
        """Whether the request so many before this one, `ago` lots ago, is that old, or never was."""
        whole = back + lot - back % lot  # so that nothing below is negative, which divides otherwise
        ago = f"({row}.taken - 1) / {lot} - ({row}.taken + {whole - back}) / {lot} + {whole // lot}"
        asked = f"substr({row}.times, CAST({_DIGITS} * ({ago}) + 1 AS INTEGER), {_DIGITS})"
        return f"{asked} <= CAST({new}.used_at - {after_ms} AS VARCHAR({_DIGITS}))"

    return (
        "INSERT INTO rate_windows (id, used_at, taken, times) "
        f"SELECT CAST({{}} AS VARCHAR(120)), now, 1, CAST(now AS VARCHAR({_DIGITS})) FROM (SELECT :now AS now) clock "
        f"WHERE TRUE ON CONFLICT (id) DO UPDATE SET used_at = {new}.used_at, "
        f"taken = CASE WHEN {idle} THEN 1 ELSE {row}.taken + 1 END, "
        f"times = CASE WHEN {idle} THEN {new}.times "
        f"WHEN {row}.taken % {lot} = 0 THEN substr({new}.times || {row}.times, 1, {kept}) ELSE {row}.times END "
        f"WHERE {gone(count, rule.window_ms - rule.early_ms)} AND {gone(count + 1, rule.window_ms)} "
        "RETURNING used_at AS now, taken, times"
    )


def _standing(rule: Rule, row: dict[str, Any]) -> Standing:
    """By the same two questions as the statement."""
    now, taken, times, lot = row["now"], row["taken"], row["times"], rule.lot
    newest = (taken - 1) // lot

    def asked(lots_ago: int) -> int:
        return int(times[_DIGITS * lots_ago :][:_DIGITS] or 0)

    def since(ms: int) -> int:
        """How many were accepted after that."""
        lots = bisect_left(range(len(times) // _DIGITS), True, key=lambda ago: asked(ago) <= ms)
        return taken - lot * (newest + 1 - lots) if lots else 0

    window, nearly = rule.window_ms, rule.window_ms - rule.early_ms
    left = max(0, min(rule.count - since(now - nearly), rule.count + 1 - since(now - window)))
    in_its_way = taken + left - rule.count
    ends = max(asked(newest - in_its_way // lot) + nearly, asked(newest - (in_its_way - 1) // lot) + window)
    return Standing(rule=rule, left=left, reset_s=max(1, math.ceil((ends - now) / 1000)))
