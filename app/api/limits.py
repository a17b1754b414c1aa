"""Counts requests by the limits of their dialect, and tells every client where it stands."""

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope, Send

from app.services import limits
from app.services.principals import Principal

DIALECT = "dialect"
"""The option of a router that says whose limits its requests are counted by."""


async def counted(scope: Scope, principal: Principal, send: Send) -> Send:
    """A `send` that adds what is left to the answer. Raises LimitReached. An admin's keys have no limits."""
    rules = () if principal.admin else _rules(scope, principal)
    if not rules:
        return send
    standings = await limits.take(principal.subject, rules)
    nearest = min(standings, key=lambda standing: standing.left)

    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableScopeHeaders.from_message(message)
            for name, value in nearest.headers.items():
                headers[name] = value
        await send(message)

    return told


def _rules(scope: Scope, principal: Principal) -> tuple[limits.Rule, ...]:
    dialect = scope["route_handler"].opt.get(DIALECT, "clipyard")
    per_minute: int = scope["litestar_app"].state.context.settings.rate_limit
    return limits.rules(dialect, per_minute=per_minute, own=principal.limits, by_user=principal.by_user)
