"""What `clipyard keys`, `accounts`, `billing` and `webhook-secret` do: an operator's way into the database."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from app import ids, secret
from app.db import engine as db
from app.db.migrate import migrate
from app.errors import AppError
from app.services import accounts, keys, ledger, limits, money, quotas
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

    people = commands.add_parser("accounts", help="create or list accounts, set what they may render in a month")
    action = people.add_subparsers(required=True, metavar="ACTION")
    _command(action, "create", _create_account, "make an account and its first key").add_argument("name")
    _command(action, "list", _list_accounts, "all accounts: plan, credits of this month")
    plan = _command(action, "plan", _set_plan, "set plan name and monthly render credits")
    plan.add_argument("name", help="name of the account")
    plan.add_argument("credits", type=_credits, help=f"render credits a month, or {UNLIMITED}")
    plan.add_argument("--plan", help="how the plan is called")

    _add_billing(commands)

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
    return await accounts.create_with_key(chosen.name)


async def _list_accounts(_: Settings, _chosen: argparse.Namespace) -> str:
    lines = []
    for account in await accounts.everyone():
        used = await quotas.quota(account.id)
        limit = UNLIMITED if used.max is None else str(used.max)
        lines.append(f"{account.id}  {account.name}  {account.plan_name}  {used.current} of {limit} credits this month")
    return "\n".join(lines)


async def _set_plan(_: Settings, chosen: argparse.Namespace) -> str:
    account = await accounts.named(chosen.name)
    plan = chosen.plan or account.plan_name
    await accounts.set_plan(account.id, plan_name=plan, monthly_credits=chosen.credits)
    limit = UNLIMITED if chosen.credits is None else chosen.credits
    return f"{account.name}: {plan}, {limit} credits a month"


async def _grant(_: Settings, chosen: argparse.Namespace) -> str:
    account, amount = await accounts.named(chosen.name), money.parsed(chosen.amount)
    take = ledger.deposit if chosen.as_deposit else ledger.grant
    await take(account.id, amount, ids.grant_id())
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
