"""Accounts: who owns what, and the first of them."""

import logging
from typing import Any

from msgspec import Struct

from app import ids
from app.db.engine import Duplicate, quick, sql, tx
from app.errors import Conflict, InvalidInput, NotFound
from app.services import audit, emails, keys, naming, sessions
from app.settings import Settings

log = logging.getLogger("clipyard.accounts")

BOOTSTRAP = "acc_bootstrap"
"""The account that is there from the first start; its fixed id makes one of two racing starts the first."""

MAX_NAME = 200
_ACCOUNT = "id, name, email, admin, banned, plan_name, monthly_credits, running_limit, created_at"


class Account(Struct, frozen=True, kw_only=True):
    """`email` None: it has keys only. `monthly_credits` None: no limit; `created_at` in milliseconds since 1970.

    `running_limit`: how many jobs of it may run at once; None: as many as the settings say.
    """

    id: str
    name: str
    email: str | None
    admin: bool
    banned: bool
    plan_name: str
    monthly_credits: int | None
    running_limit: int | None
    created_at: int

    @property
    def told(self) -> str:
        """For a list that somebody chooses from."""
        return f"{self.id}  {self.name}  {self.email or 'no e-mail'}"


async def bootstrap(settings: Settings) -> str | None:
    """Make sure that somebody can sign in; answers a key to be shown once when this call minted it."""
    async with tx():
        first = await make_first()
        if settings.bootstrap_key:
            if not await keys.bring(BOOTSTRAP, "bootstrap", settings.bootstrap_key):
                log.warning("CLIPYARD_BOOTSTRAP_KEY was revoked, or is another account's key: set a new one")
            return None
        return (await keys.create(BOOTSTRAP, "bootstrap")).key if first else None


async def make_first() -> bool:
    """The bootstrap account, unless it is there; whether this call made it."""
    return bool(await _insert_account(BOOTSTRAP, "bootstrap"))


async def create_account(name: str, *, email: str | None = None, actor: str = audit.OPERATOR) -> str:
    """Its id. Raises InvalidInput, or Conflict when the e-mail is another account's."""
    account = ids.account_id()
    async with tx():
        await _insert_account(account, naming.checked(name, MAX_NAME))
        if email is not None:
            await set_email(account, email)
        await audit.record(actor, "account_created", account)
    return account


async def set_email(account: str, email: str) -> None:
    """What its owner signs in with. Raises InvalidInput, or Conflict when it is another account's."""
    wanted = emails.normalised(email)
    try:
        await sql("UPDATE accounts SET email = {} WHERE id = {}", wanted, account)
    except Duplicate as error:
        raise Conflict(f"Another account has the e-mail {wanted}.") from error


async def find(account: str) -> Account:
    """By id. Raises NotFound."""
    rows = await sql(f"SELECT {_ACCOUNT} FROM accounts WHERE id = {{}}", account)
    if not rows:
        raise NotFound(f"There is no account {account}.")
    return _account(rows[0])


async def with_email(email: str) -> Account | None:
    """`email` as `emails.normalised` writes it."""
    rows = await sql(f"SELECT {_ACCOUNT} FROM accounts WHERE email = {{}}", email)
    return _account(rows[0]) if rows else None


async def meant(given: str) -> list[Account]:
    """Whom an operator means, the oldest first: an id is one account, an e-mail or name may be several ones'."""
    query = (
        f"SELECT {_ACCOUNT} FROM accounts WHERE erased_at IS NULL AND (id = {{}} OR email = {{}} OR name = {{}}) "
        "ORDER BY created_at, id"
    )
    found = [_account(row) for row in await sql(query, given, _as_email(given), given)]
    return [account for account in found if account.id == given] or found


async def everyone() -> list[Account]:
    """All accounts, the oldest first."""
    rows = await sql(f"SELECT {_ACCOUNT} FROM accounts WHERE erased_at IS NULL ORDER BY created_at, id")
    return [_account(row) for row in rows]


async def set_plan(account: str, *, plan_name: str, monthly_credits: int | None) -> None:
    """Change what the account may render in a month; counts from the next order on."""
    async with tx():
        await sql(
            "UPDATE accounts SET plan_name = {}, monthly_credits = {} WHERE id = {}",
            plan_name[:60],
            monthly_credits,
            account,
        )
        detail = {"plan": plan_name[:60], "credits": monthly_credits}
        await audit.record(audit.OPERATOR, "plan_changed", account, detail)


async def set_slots(account: str, running_limit: int | None) -> None:
    """How many of the account's jobs may run at once, None for as many as the settings say; those that run go on."""
    async with tx():
        await sql("UPDATE accounts SET running_limit = {} WHERE id = {}", running_limit, account)
        await audit.record(audit.OPERATOR, "plan_changed", account, {"slots": running_limit})


async def set_banned(account: str, banned: bool) -> bool:
    """Refuse every request of the account from now on, or accept them again; whether that changed anything.

    Jobs that run end as they would; those that are queued, and webhooks, wait until it is lifted.
    Who was signed in before a ban is told of it as long as it lasts, and has to sign in again afterwards.
    """
    async with tx():
        query = "UPDATE accounts SET banned = {} WHERE id = {} AND banned <> {} RETURNING id"
        if not await sql(query, banned, account, banned):
            return False
        if not banned:
            await sessions.end_all(account)
        await audit.record(audit.OPERATOR, "account_banned" if banned else "account_unbanned", account)
    return True


async def is_shut_out(account: str) -> bool:
    """Whether it is banned or erased, so that nothing of it is shown to anybody."""
    query = "SELECT id FROM accounts WHERE id = {} AND (banned OR erased_at IS NOT NULL)"
    return bool(await quick(query, account))


async def forget(account: str) -> None:
    """What stays is an id without a person, for the books."""
    await sql(
        "UPDATE accounts SET name = 'erased', email = NULL, password = '', "
        "erased_at = COALESCE(erased_at, :now), erasing = TRUE WHERE id = {}",
        account,
    )


def _as_email(given: str) -> str | None:
    try:
        return emails.normalised(given)
    except InvalidInput:
        return None


def _account(row: dict[str, Any]) -> Account:
    return Account(**{**row, "admin": bool(row["admin"]), "banned": bool(row["banned"])})


async def _insert_account(account: str, name: str) -> list[dict[str, Any]]:
    """The bootstrap account is the only one whose keys have no limits."""
    return await sql(
        "INSERT INTO accounts (id, name, plan_name, admin, created_at) VALUES ({}, {}, 'Self-hosted', {}, :now) "
        "ON CONFLICT (id) DO NOTHING RETURNING id",
        account,
        name,
        account == BOOTSTRAP,
    )
