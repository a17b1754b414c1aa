"""`clipyard keys`, `accounts`, `billing`, `audit`, `webhook-secret`, `reseal`: an operator's way into the database."""

import argparse
import asyncio
import contextlib
import getpass
import re
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Final, Literal

from app import ids, secret
from app.db import engine as db
from app.db.engine import tx
from app.db.migrate import migrate
from app.db.migrations import m0001_first
from app.errors import AppError, Conflict, InvalidInput, NotFound
from app.services import accounts, audit, credentials, erasure, keys, ledger, limits, money, quotas
from app.services.webhooks import secrets
from app.settings import Settings
from app.storage import storage_of

ACCOUNT = "id, e-mail or name of the account"
UNLIMITED = "unlimited"
AS_SET: Final = "default"
MOST_SLOTS = 1_000_000
SHOWN_OPERATIONS = 20
_AGO = re.compile(r"([0-9]{1,6})([mhd])", re.ASCII)
_UNITS_S = {"m": 60, "h": 3600, "d": 86_400}

Work = Callable[[Settings, argparse.Namespace], Awaitable[str]]
"""Answers what to print. Raises AppError with a sentence for the operator."""


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    keys = commands.add_parser("keys", help="create, list or revoke API keys")
    action = keys.add_subparsers(required=True, metavar="ACTION")
    create = _command(action, "create", _create_key, "make a key; it is printed once")
    create.add_argument("--name", default="command line")
    create.add_argument("--account", metavar="ACCOUNT", help=f"{ACCOUNT} (default: the bootstrap account)")
    create.add_argument(
        "--limit",
        action="append",
        default=[],
        type=_limit,
        metavar="RULE=REQUESTS",
        help=f"a limit of the key's own, 0 for none; may be repeated. Rules: {', '.join(limits.NAMES)}",
    )
    _command(action, "list", _list_keys, "all keys: prefix, account, last use")
    _command(action, "revoke", _revoke_key, "end a key at once").add_argument("id", help="its id or prefix from `list`")

    people = commands.add_parser("accounts", help="create, list, ban or delete accounts, set passwords and credits")
    action = people.add_subparsers(required=True, metavar="ACTION")
    create = _command(action, "create", _create_account, "make an account and its first key")
    create.add_argument("name")
    create.add_argument("--email", help="what its owner signs in with")
    _command(action, "list", _list_accounts, "all accounts: e-mail, plan, credits of this month")
    password = _command(action, "set-password", _set_password, "let somebody sign in; asks, or reads standard input")
    password.add_argument("account", nargs="?", help=f"{ACCOUNT} (default: the bootstrap account)")
    password.add_argument("--email", help="what its owner signs in with, if it is new or another")
    for name, about in (("ban", "refuse every request of an account, at once"), ("unban", "accept them again")):
        ban = _command(action, name, _set_banned, about)
        ban.add_argument("account", help=ACCOUNT)
        ban.set_defaults(banned=name == "ban")
    delete = _command(action, "delete", _delete_account, "erase an account for good, as its owner can; asks first")
    delete.add_argument("account", help=ACCOUNT)
    delete.add_argument("--yes", action="store_true", help="do not ask")
    plan = _command(action, "plan", _set_plan, "set plan name, monthly render credits and jobs at once")
    plan.add_argument("account", help=ACCOUNT)
    plan.add_argument("credits", type=_credits, help=f"render credits a month, or {UNLIMITED}")
    plan.add_argument("--plan", help="how the plan is called")
    plan.add_argument(
        "--slots", type=_slots, metavar="COUNT", help=f"jobs it may have running at once, or {AS_SET} by the settings"
    )

    _add_billing(commands)
    log = commands.add_parser("audit", help="show who did what")
    action = log.add_subparsers(required=True, metavar="ACTION")
    show = _command(action, "show", _show_audit, "the latest entries, the newest last")
    show.add_argument("--account", metavar="ACCOUNT", help=f"what it did and what was done to it: {ACCOUNT}")
    show.add_argument("--action", default="", choices=audit.ACTIONS, metavar="ACTION", help="such as key_revoked")
    show.add_argument("--since", type=_time, default=0, metavar="TIME", help="2026-11-25, 2026-11-25T09:30 (UTC), 24h")
    show.add_argument("--limit", "--last", type=_count, default=50, metavar="COUNT", help="the latest so many (50)")

    hooks = _command(commands, "webhook-secret", _webhook_secret, "show what an account's webhooks are signed with")
    hooks.add_argument("--account", metavar="ACCOUNT", help=f"{ACCOUNT} (default: the bootstrap account)")
    _command(
        commands, "reseal", _reseal, "after CLIPYARD_SECRET was changed: keep the webhook secrets; asks for the old one"
    )


def _add_billing(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    funds = commands.add_parser("billing", help="give an account money, show what it has")
    action = funds.add_subparsers(required=True, metavar="ACTION")
    given = _command(action, "grant", _grant, "credit that nobody paid for")
    given.add_argument("account", help=ACCOUNT)
    given.add_argument("amount", help="dollars, such as 5 or 12.50")
    given.add_argument("--as-deposit", action="store_true", help="it was paid: bonuses apply, and 4K is unlocked")
    _command(action, "show", _show_balance, "balance and last operations").add_argument("account", help=ACCOUNT)


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


def _slots(text: str) -> int | Literal["default"]:
    if text == AS_SET:
        return AS_SET
    if not text.isdecimal() or not 1 <= int(text) <= MOST_SLOTS:
        raise argparse.ArgumentTypeError(f'"{text}" is neither a number of jobs, of at least 1, nor "{AS_SET}"')
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1_000_000:
        raise argparse.ArgumentTypeError(f'"{text}" is no number of entries')
    return int(text)


def _time(text: str) -> int:
    """Milliseconds since 1970, of what an operator would write, or copy from the log."""
    if ago := _AGO.fullmatch(text):
        return int((time.time() - int(ago[1]) * _UNITS_S[ago[2]]) * 1000)
    try:
        given = datetime.fromisoformat(text.strip().removesuffix(" UTC"))
    except ValueError as error:
        message = f'"{text}" is no time such as 2026-11-25, 2026-11-25T09:30 (UTC), 30m, 24h or 7d'
        raise argparse.ArgumentTypeError(message) from error
    return int(given.replace(tzinfo=given.tzinfo or UTC).timestamp() * 1000)


def _limit(text: str) -> tuple[str, int]:
    name, _, count = text.partition("=")
    if name not in limits.NAMES or not count.isdecimal() or int(count) > limits.MOST:
        example = f"{limits.NAMES[0]}=100"
        raise argparse.ArgumentTypeError(f'"{text}" is not a limit such as {example}; rules: {", ".join(limits.NAMES)}')
    return name, int(count)


async def _done(work: Work, settings: Settings, chosen: argparse.Namespace) -> int:
    try:
        told = await _told_by(work, settings, chosen)
    except AppError as error:
        print(f"clipyard: {error.message}", file=sys.stderr)
        return 1
    except (*db.UNREACHABLE, *db.REFUSED) as error:
        print(f"clipyard: The database does not answer: {error or type(error).__name__}.", file=sys.stderr)
        return 1
    if told:
        print(told)
    else:
        print("clipyard: There is nothing to show.", file=sys.stderr)
    return 0


async def _told_by(work: Work, settings: Settings, chosen: argparse.Namespace) -> str:
    async with db.connected(db.choose(settings.database_url, settings.data_path)):
        if m0001_first.ID in await migrate():
            where = "its database" if settings.database_url else settings.data_path
            print(f"clipyard: A new installation begins in {where}.", file=sys.stderr)
        return await work(settings, chosen)


async def _account(given: str | None) -> accounts.Account:
    """Whom an operator means; the bootstrap account by default. Raises NotFound, or Conflict that lists several."""
    found = await accounts.meant(accounts.BOOTSTRAP if given is None else given)
    if len(found) > 1:
        several = "\n".join(f"  {account.told}" for account in found)
        raise Conflict(f"{given} may be any of these accounts. Give the id of the one you mean:\n{several}")
    if not found and given is None:
        raise NotFound("The bootstrap account is not there yet. `migrate` makes it, and prints its first key.")
    if not found:
        raise NotFound(f"There is no account {given}. `accounts list` shows all, `accounts create` makes one.")
    return found[0]


async def _create_key(_: Settings, chosen: argparse.Namespace) -> str:
    async with tx():
        if chosen.account is None:
            await accounts.make_first()
        account = await _account(chosen.account)
        return (await keys.create(account.id, chosen.name, limits=dict(chosen.limit))).key


async def _list_keys(_: Settings, _chosen: argparse.Namespace) -> str:
    lines = []
    for key in await keys.listing():
        use = "revoked" if key.disabled else f"last used: {key.last_used or 'never'}"
        lines.append(f"{key.id}  {key.prefix}…  {key.account}  {key.name}  {use}")
    return "\n".join(lines)


async def _revoke_key(_: Settings, chosen: argparse.Namespace) -> str:
    key = await keys.revoke(chosen.id)
    return f"revoked: {key.id}  {key.prefix}…  {key.account}  {key.name}"


async def _create_account(_: Settings, chosen: argparse.Namespace) -> str:
    """Prints the key alone, so that a script can keep it."""
    async with tx():
        if there := await accounts.meant(chosen.name.strip()):
            message = f"There is an account {chosen.name} already ({there[0].id})."
            raise Conflict(f"{message} `keys create --account {there[0].id}` makes another key for it.")
        account = await accounts.create_account(chosen.name, email=chosen.email)
        return (await keys.create(account, "first")).key


async def _list_accounts(_: Settings, _chosen: argparse.Namespace) -> str:
    lines = []
    for account in await accounts.everyone():
        used = await quotas.quota(account.id)
        limit = UNLIMITED if used.max is None else str(used.max)
        who = f"{account.told}{'  banned' if account.banned else ''}"
        lines.append(f"{who}  {account.plan_name}  {used.current} of {limit} credits this month{_at_once(account)}")
    return "\n".join(lines)


async def _set_password(_: Settings, chosen: argparse.Namespace) -> str:
    account = await _account(chosen.account)
    if chosen.email is None and account.email is None:
        raise InvalidInput(f"{account.name} has no e-mail to sign in with. Give one: --email.")
    password = _asked_for_secret("Password (at least 10 characters): ")
    await credentials.set_password(account.id, password, email=chosen.email)
    signs_in = f"{account.name} signs in with {(await accounts.find(account.id)).email}"
    return f"{signs_in}. Whoever was signed in has to do it again; API keys go on working."


def _asked_for_secret(question: str) -> str:
    """Never an argument: those are in the shell's history and in everybody's list of processes."""
    if sys.stdin.isatty():
        try:
            with _interruptible():
                return getpass.getpass(question)
        except EOFError:  # Ctrl-D
            return ""
    return sys.stdin.readline().rstrip("\r\n")


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C ends what waits for somebody to type; asyncio's own handler would only note it for later."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


async def _set_banned(_: Settings, chosen: argparse.Namespace) -> str:
    account = await _account(chosen.account)
    if not await accounts.set_banned(account.id, chosen.banned):
        return f"{account.name} was {'banned already' if chosen.banned else 'not banned'}: nothing is changed"
    return f"{'banned' if chosen.banned else 'no longer banned'}: {account.name}"


async def _delete_account(settings: Settings, chosen: argparse.Namespace) -> str:
    account = await _account(chosen.account)
    if account.admin:
        raise erasure.operators_own()
    if not chosen.yes:
        print(f"{account.told}\nFiles, templates, fonts, keys and jobs go for good. Type its id:", file=sys.stderr)
        with _interruptible():
            typed = sys.stdin.readline().strip()
        if typed != account.id:
            raise InvalidInput(f'Nothing was deleted: "{typed}" is not {account.id}. With --yes nothing is asked.')
    storage = storage_of(settings)
    try:
        await erasure.erase_by_operator(account.id, storage=storage, cache=settings.frames_cache)
    finally:
        await storage.aclose()
    return f"deleted: {account.name}"


async def _show_audit(_: Settings, chosen: argparse.Namespace) -> str:
    lines = []
    account = await _audited(chosen.account) if chosen.account else ""
    for entry in await audit.latest(chosen.limit, account=account, action=chosen.action, since=chosen.since):
        detail = "" if entry.detail == "{}" else f"  {entry.detail}"
        lines.append(f"{entry.at}  {entry.actor}  {entry.action}  {entry.subject}{detail}")
    return "\n".join(lines)


async def _audited(given: str) -> str:
    """The account's id; the log also tells of those that are gone."""
    try:
        return (await _account(given)).id
    except NotFound:
        if given.startswith("acc_"):
            return given
        raise


async def _set_plan(_: Settings, chosen: argparse.Namespace) -> str:
    account = await _account(chosen.account)
    plan = chosen.plan or account.plan_name
    async with tx():
        await accounts.set_plan(account.id, plan_name=plan, monthly_credits=chosen.credits)
        if chosen.slots is not None:
            await accounts.set_slots(account.id, None if chosen.slots == AS_SET else chosen.slots)
    limit = UNLIMITED if chosen.credits is None else chosen.credits
    return f"{account.name}: {plan}, {limit} credits a month{_at_once(await accounts.find(account.id))}"


def _at_once(account: accounts.Account) -> str:
    return "" if account.running_limit is None else f", jobs at once: {account.running_limit}"


async def _grant(_: Settings, chosen: argparse.Namespace) -> str:
    account, amount = await _account(chosen.account), money.parsed(chosen.amount)
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
    account = await _account(chosen.account)
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
    account = await _account(chosen.account)
    return (await secrets.signing(account.id, account.id, secret.load(settings)))[0]


async def _reseal(settings: Settings, _: argparse.Namespace) -> str:
    before = _asked_for_secret("The secret before: ").encode()
    kept, lost = await secrets.reseal(before, secret.load(settings))
    told = f"Webhook secrets under the present CLIPYARD_SECRET now: {kept}."
    if lost:
        raise Conflict(f"{told} Under neither that nor the one given: {lost}. Give the right one, or rotate them.")
    return told
