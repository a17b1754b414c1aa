"""Erasing an account: everything that is a person's goes at once; the books keep an id without a person.

`FORGET` is the one list of who has to forget. What was under way meanwhile and comes in late is looked for again.
"""

import asyncio
import logging
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

from app.db.engine import sql, tx
from app.errors import Forbidden, NotFound, StorageFailed
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
    tools,
)
from app.services.clips import library
from app.services.principals import Principal
from app.services.uploads import sweeping as uploads
from app.services.uploads.records import PLACE
from app.services.webhooks import endpoints, secrets
from app.specs import QUEUE_OF_KIND
from app.storage import Storage

FORGET: tuple[Callable[[str], Awaitable[None]], ...] = (
    jobs.forget,  # first: ending a job gives back what it reserved, and tells
    events.forget,
    endpoints.forget,
    secrets.forget,
    renders.forget,
    library.forget,
    uploads.forget,
    tools.forget,
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
PLACES = ("assets", PLACE, tools.PLACE, *(f"{kind}s" for kind in QUEUE_OF_KIND))
"""Where an account's files are, each below its id: see `assets.keep` and `workers.run.prefix`."""
LATE_S = 86_400
"""What a process that was killed meanwhile left behind is there by then. Who lives on clears up after themselves:
an upload that arrives late is refused and its file removed, and so is what a job stored whose claim is lost."""

log = logging.getLogger("clipyard.erasure")


async def erase(principal: Principal, password: str, *, storage: Storage, cache: Path) -> None:
    """`cache`: where this host keeps copies of what an account's frames show; other hosts forget theirs in time.

    Raises Forbidden for a wrong password and for the operator's own account.

    A store that fails keeps nobody: the rows are gone, and the sweeper removes the files later.
    """
    if principal.admin:
        raise operators_own()
    await credentials.confirm(principal, password)
    async with holding.acting(principal):
        begun = await _forget(principal.account)
        await audit.record(principal.account, "account_erased", principal.account)
    await _remove_files_now(principal.account, begun, storage, cache)


async def erase_by_operator(account: str, *, storage: Storage, cache: Path) -> None:
    """The same, for a banned account, too, and for who has no password. Raises NotFound, or Forbidden."""
    async with tx():
        held = await sql("UPDATE accounts SET id = id WHERE id = {} AND erased_at IS NULL RETURNING admin", account)
        if not held:
            raise NotFound(f"There is no account {account}.")
        if held[0]["admin"]:
            raise operators_own()
        begun = await _forget(account)
        await audit.record(audit.OPERATOR, "account_erased", account)
    await _remove_files_now(account, begun, storage, cache)


def operators_own() -> Forbidden:
    return Forbidden("The operator's own account cannot be deleted.", code="account_needed")


async def sweep(storage: Storage, cache: Path) -> None:
    """Once more for a day, whatever came in late. Raises StorageFailed."""
    rows = await sql("SELECT id, erased_at < :now - {} AS over FROM accounts WHERE erasing", LATE_S * 1000)
    for row in rows:
        async with tx():
            begun = await _forget(row["id"])
        await _remove_files(row["id"], begun, storage, cache)
        if row["over"]:
            await sql("UPDATE accounts SET erasing = FALSE WHERE id = {}", row["id"])


Begun = list[tuple[str, str]]


async def _forget(account: str) -> Begun:
    """Answers the uploads that have begun, which nobody else knows of then."""
    begun = await uploads.in_parts(account)
    for forget in FORGET:
        await forget(account)
    return begun


async def _remove_files_now(account: str, begun: Begun, storage: Storage, cache: Path) -> None:
    try:
        await _remove_files(account, begun, storage, cache)
    except StorageFailed as error:
        log.warning("the files of %s are removed later: %s", account, error.message)


async def _remove_files(account: str, begun: Begun, storage: Storage, cache: Path) -> None:
    await asyncio.to_thread(shutil.rmtree, cache / account, ignore_errors=True)
    for key, upload in begun:
        await storage.abort_parts(key, upload)
    for place in PLACES:
        for key in [found.key async for found in storage.list(f"{place}/{account}/")]:
            await storage.delete(key)
