"""`clipyard keys`, `accounts`, `billing`, `audit`, `webhook-secret`: an operator's way into the database."""

import argparse
import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from app import ids, secret
from app.db import engine as db
from app.db.engine import tx
from app.db.migrate import migrate
from app.errors import AppError, InvalidInput
from app.services import accounts, audit, credentials, keys, ledger, limits, money, quotas
from app.services.webhooks import secrets
from app.settings import Settings

UNLIMITED = "unlimited"
SHOWN_OPERATIONS = 20

Work = Callable[[Settings, argparse.Namespace], Awaitable[str]]
"""Answers what to print. Raises AppError with a sentence for the operator."""


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    keys = commands.add_parser("keys", help="create, list or revoke API keys")
    action = keys.add_subparsers(required=True, metavar="ACTION")
    create = _command(action, "create", _create_key, "make a key; it is printed once")
    create.add_argument("--name", default="command line")
    create.add_argument("--account", help="name of the account (made if new; default: the bootstrap account)")
    create.add_argument(
        "--limit",
        action="append",
        default=[],
        type=_limit,
        metavar="RULE=REQUESTS",
        help=f"a limit of the key's own, 0 for none; may be repeated. Rules: {', '.join(limits.NAMES)}",
    )
    _command(action, "list", _list_keys, "all keys: prefix, account, last use")
    _command(action, "revoke", _revoke_key, "end a key at once").add_argument("id", help="key id or prefix from `list`")

    people = commands.add_parser("accounts", help="create, list or ban accounts, set passwords and monthly credits")
    action = people.add_subparsers(required=True, metavar="ACTION")
    create = _command(action, "create", _create_account, "make an account and its first key")
    create.add_argument("name")
    create.add_argument("--email", help="what its owner signs in with")
    _command(action, "list", _list_accounts, "all accounts: e-mail, plan, credits of this month")
    password = _command(action, "set-password", _set_password, "let somebody sign in; asks, or reads standard input")
    password.add_argument("name", nargs="?", help="name of the account (default: the bootstrap account)")
    password.add_argument("--email", help="what its owner signs in with, if it is new or another")
    for name, about in (("ban", "refuse every request of an account, at once"), ("unban", "accept them again")):
        ban = _command(action, name, _set_banned, about)
        ban.add_argument("name", help="name of the account")
        ban.set_defaults(banned=name == "ban")
    plan = _command(action, "plan", _set_plan, "set plan name and monthly render credits")
    plan.add_argument("name", help="name of the account")
    plan.add_argument("credits", type=_credits, help=f"render credits a month, or {UNLIMITED}")
    plan.add_argument("--plan", help="how the plan is called")

    _add_billing(commands)
    log = commands.add_parser("audit", help="show who did what")
    action = log.add_subparsers(required=True, metavar="ACTION")
    show = _command(action, "show", _show_audit, "the latest entries, the newest last")
    show.add_argument("--last", type=_count, default=50, metavar="COUNT")

    hooks = _command(commands, "webhook-secret", _webhook_secret, "show what an account's webhooks are signed with")
    hooks.add_argument("--account", help="name of the account (default: the bootstrap account)")


def _add_billing(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    funds = commands.add_parser("billing", help="give an account money, show what it has")
    action = funds.add_subparsers(required=True, metavar="ACTION")
    given = _command(action, "grant", _grant, "credit that nobody paid for")
    given.add_argument("name", help="name of the account")
    given.add_argument("amount", help="dollars, such as 5 or 12.50")
    given.add_argument("--as-deposit", action="store_true", help="it was paid: bonuses apply, and 4K is unlocked")
    _command(action, "show", _show_balance, "balance and last operations").add_argument("name", help="of the account")


def _command(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, work: Work, about: str
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=about)
    parser.set_defaults(run=lambda settings, chosen: asyncio.run(_done(work, settings, chosen)))
    return parser


def _credits(text: str) -> int | None:
    if text == UNLIMITED:
        return None
    if not text.isdecimal() or int(text) > 2**31 - 1:
        raise argparse.ArgumentTypeError(f'"{text}" is neither a number of credits nor "{UNLIMITED}"')
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1_000_000:
        raise argparse.ArgumentTypeError(f'"{text}" is no number of entries')
    return int(text)


def _limit(text: str) -> tuple[str, int]:
    name, _, count = text.partition("=")
    if name not in limits.NAMES or not count.isdecimal() or int(count) > limits.MOST:
        example = f"{limits.NAMES[0]}=100"
        raise argparse.ArgumentTypeError(f'"{text}" is not a limit such as {example}; rules: {", ".join(limits.NAMES)}')
    return name, int(count)


async def _done(work: Work, settings: Settings, chosen: argparse.Namespace) -> int:
    async with db.connected(db.choose(settings.database_url, settings.data_path)):
        await migrate()
        try:
            print(await work(settings, chosen))
        except AppError as error:
            print(f"clipyard: {error.message}", file=sys.stderr)
            return 1
    return 0


async def _create_key(_: Settings, chosen: argparse.Namespace) -> str:
    return await accounts.create_key_for(chosen.account, chosen.name, limits=dict(chosen.limit))


async def _list_keys(_: Settings, _chosen: argparse.Namespace) -> str:
    lines = []
    for key in await keys.listing():
        use = "revoked" if key.disabled else f"last used: {key.last_used or 'never'}"
        lines.append(f"{key.id}  {key.prefix}…  {key.account}  {key.name}  {use}")
    return "\n".join(lines)


async def _revoke_key(_: Settings, chosen: argparse.Namespace) -> str:
    await keys.revoke(chosen.id)
    return f"revoked: {chosen.id}"


async def _create_account(_: Settings, chosen: argparse.Namespace) -> str:
    """Prints the key alone, so that a script can keep it."""
    return await accounts.create_with_key(chosen.name, email=chosen.email)


async def _list_accounts(_: Settings, _chosen: argparse.Namespace) -> str:
    lines = []
    for account in await accounts.everyone():
        used = await quotas.quota(account.id)
        limit = UNLIMITED if used.max is None else str(used.max)
        who = f"{account.id}  {account.name}  {account.email or 'no e-mail'}{'  banned' if account.banned else ''}"
        lines.append(f"{who}  {account.plan_name}  {used.current} of {limit} credits this month")
    return "\n".join(lines)


async def _set_password(_: Settings, chosen: argparse.Namespace) -> str:
    account = await accounts.named(chosen.name)
    if chosen.email is None and account.email is None:
        raise InvalidInput(f"{account.name} has no e-mail to sign in with. Give one: --email.")
    password = await asyncio.to_thread(_asked_for_password)
    await credentials.set_password(account.id, password, email=chosen.email)
    return f"{account.name} signs in with {(await accounts.find(account.id)).email}"


def _asked_for_password() -> str:
    """Never an argument: those are in the shell's history and in everybody's list of processes."""
    if sys.stdin.isatty():
        return getpass.getpass("Password (at least 10 characters): ")
    return sys.stdin.readline().rstrip("\r\n")


async def _set_banned(_: Settings, chosen: argparse.Namespace) -> str:
    account = await accounts.named(chosen.name)
    await accounts.set_banned(account.id, chosen.banned)
    return f"{'banned' if chosen.banned else 'no longer banned'}: {account.name}"


async def _show_audit(_: Settings, chosen: argparse.Namespace) -> str:
    lines = []
    for entry in await audit.latest(chosen.last):
        detail = "" if entry.detail == "{}" else f"  {entry.detail}"
        lines.append(f"{entry.at}  {entry.actor}  {entry.action}  {entry.subject}{detail}")
    return "\n".join(lines)


async def _set_plan(_: Settings, chosen: argparse.Namespace) -> str:
    account = await accounts.named(chosen.name)
    plan = chosen.plan or account.plan_name
    await accounts.set_plan(account.id, plan_name=plan, monthly_credits=chosen.credits)
    limit = UNLIMITED if chosen.credits is None else chosen.credits
    return f"{account.name}: {plan}, {limit} credits a month"


async def _grant(_: Settings, chosen: argparse.Namespace) -> str:
    account, amount = await accounts.named(chosen.name), money.parsed(chosen.amount)
    async with tx():
        detail: dict[str, str | int | None] = {"amount": money.shown(amount)}
        if chosen.as_deposit:
            await ledger.deposit(account.id, amount, ids.grant_id())
            await audit.record(audit.OPERATOR, "money_deposited", account.id, detail)
        else:
            await ledger.grant(account.id, amount, ids.grant_id())
            await audit.record(audit.OPERATOR, "money_granted", account.id, detail)
    return await _standing(account)


async def _show_balance(_: Settings, chosen: argparse.Namespace) -> str:
    account = await accounts.named(chosen.name)
    return "\n".join([await _standing(account), *map(_told, await ledger.history(account.id, limit=SHOWN_OPERATIONS))])


async def _standing(account: accounts.Account) -> str:
    has = await ledger.balance(account.id)
    paid = "paid deposit" if has.paid_deposit else "no paid deposit"
    return f"{account.name}: balance {money.shown(has.available)}, reserved {money.shown(has.reserved)}, {paid}"


def _told(done: ledger.Operation) -> str:
    when = datetime.fromtimestamp(done.created_at / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
    change = f"{money.shown(done.available)} → {money.shown(done.balance)}"
    return f"{when}  {done.step} {done.charge or '-'}  {change}  {done.subject}"


async def _webhook_secret(settings: Settings, chosen: argparse.Namespace) -> str:
    account = await accounts.named(chosen.account)
    return (await secrets.signing(account.id, account.id, secret.load(settings)))[0]
