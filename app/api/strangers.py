"""How often one address may ask without being known: counted in this process, with nothing in the database.

What is right is never refused for what others at its address got wrong, and all are at one address behind a proxy that
CLIPYARD_TRUSTED_PROXIES does not name. So every key is looked for; the limit keeps the answers to wrong ones few, and
what stops guesses is that a key has 256 random bits.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable

from litestar.connection import ASGIConnection
from litestar.types import Scope

from app.api import browsers
from app.errors import LimitReached
from app.services.limits import Rule, Standing

MOST = 10_000
"""Addresses that are remembered: those seen last."""


class Strangers:
    """What addresses have used of the limit: with open routes, and apart from that with wrong keys."""

    def __init__(self, per_minute: int) -> None:
        visits = "Too many requests without a key come from your address ({count} a minute are accepted)"
        guesses = "Too many requests with no key that is known come from your address ({count} a minute are answered)"
        self._visits = Allowance(Rule(name="visits", count=per_minute, window_s=60, words=visits))
        self._guesses = Allowance(Rule(name="guesses", count=per_minute, window_s=60, words=guesses))

    def visit(self, scope: Scope) -> None:
        """An open route is asked for. Raises LimitReached."""
        self._visits.take(_address(scope))

    def failed(self, scope: Scope) -> None:
        """Nobody is known by what came. Raises LimitReached where that was too often."""
        self._guesses.take(_address(scope))


class Allowance:
    """For each address a bucket that holds the rule's count and fills again within its window; 0 is no limit.

    Kept is one number: when the bucket will be full again (the Generic Cell Rate Algorithm).
    """

    def __init__(self, rule: Rule, *, clock: Callable[[], float] = time.monotonic, most: int = MOST) -> None:
        self._rule = rule
        self._clock = clock
        self._full_at = _Latest(most)

    def take(self, address: str) -> None:
        """Count one request. Raises LimitReached, and counts none then."""
        if self._rule.count:
            self._full_at.put(address, self.check(address))

    def check(self, address: str) -> float:
        """When the bucket would be full again after one more request. Raises LimitReached."""
        if not self._rule.count:
            return 0
        now, rule = self._clock(), self._rule
        full_at = max(now, self._full_at.get(address, 0)) + rule.window_s / rule.count
        wait = full_at - rule.window_s - now
        if wait > 1e-6:  # less is what rounding makes of nothing
            standing = Standing(rule=rule, left=0, reset_s=max(1, math.ceil(wait)))
            raise LimitReached(rule.refusal, retry_after_s=standing.reset_s, headers=standing.headers)
        return full_at


def _address(scope: Scope) -> str:
    return browsers.address(ASGIConnection(scope))


class _Latest(OrderedDict[str, float]):
    """A dictionary of those put last."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def put(self, key: str, value: float) -> None:
        self[key] = value
        self.move_to_end(key)
        if len(self) > self._most:
            self.popitem(last=False)
