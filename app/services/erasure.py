"""Erasing an account: everything that is a person's goes at once; the books keep an id without a person.

`FORGET` is the one list of who has to forget. What was under way meanwhile and comes in late is looked for again.
"""

import logging
from collections.abc import Awaitable, Callable

from app.db.engine import sql, tx
from app.errors import Forbidden, StorageFailed
from app.services import (
    accounts,
    answers,
    assets,
    audit,
    credentials,
    events,
    fonts,
    holding,
    jobs,
    keys,
    renders,
    sessions,
    templates,
)
from app.services.principals import Principal
from app.services.webhooks import endpoints, secrets
from app.specs import QUEUE_OF_KIND
from app.storage import Storage

FORGET: tuple[Callable[[str], Awaitable[None]], ...] = (
    jobs.forget,  # first: ending a job gives back what it reserved, and tells
    events.forget,
    endpoints.forget,
    secrets.forget,
    renders.forget,
    fonts.forget,
    assets.forget,
    templates.forget,
    answers.forget,
    audit.forget,  # before the keys, some of whose names it holds
    keys.forget,
    credentials.forget,
    sessions.forget,
    accounts.forget,  # last: others look at its e-mail
)
PLACES = ("assets", *(f"{kind}s" for kind in QUEUE_OF_KIND))
"""Where an account's files are, each below its id: see `assets.keep` and `workers.run.prefix`."""
LATE_S = 86_400
"""What a process that was killed meanwhile left behind is there by then. Who lives on clears up after themselves:
an upload that arrives late is refused and its file removed, and so is what a job stored whose claim is lost."""

log = logging.getLogger("clipyard.erasure")


async def erase(principal: Principal, password: str, *, storage: Storage) -> None:
    """Raises Forbidden for a wrong password and for the operator's own account.

    A store that fails keeps nobody: the rows are gone, and the sweeper removes the files later.
    """
    if principal.admin:
        raise Forbidden("The operator's own account cannot be deleted.", code="account_needed")
    await credentials.confirm(principal, password)
    async with tx():
        await holding.principal(principal)
        await _forget(principal.account)
        await audit.record(principal.account, "account_erased", principal.account)
    try:
        await _remove_files(principal.account, storage)
    except StorageFailed as error:
        log.warning("the files of %s are removed later: %s", principal.account, error.message)


async def sweep(storage: Storage) -> None:
    """Once more for a day, whatever came in late. Raises StorageFailed."""
    rows = await sql("SELECT id, erased_at < :now - {} AS over FROM accounts WHERE erasing", LATE_S * 1000)
    for row in rows:
        async with tx():
            await _forget(row["id"])
        await _remove_files(row["id"], storage)
        if row["over"]:
            await sql("UPDATE accounts SET erasing = FALSE WHERE id = {}", row["id"])


async def _forget(account: str) -> None:
    for forget in FORGET:
        await forget(account)


async def _remove_files(account: str, storage: Storage) -> None:
    for place in PLACES:
        for key in [found.key async for found in storage.list(f"{place}/{account}/")]:
            await storage.delete(key)
