"""Signing in: e-mail and password, and links sent by mail for who has no password yet or has forgotten it.

Nothing here tells whether an e-mail has an account: not in words, and not by taking longer.
"""

import hashlib
from typing import Any

from msgspec import Struct

from app import ids, passwords
from app.db.engine import sql, tx
from app.errors import Forbidden, InvalidInput, LimitReached, Problem, Unauthorized
from app.mail import Letter
from app.services import accounts, audit, emails, holding, limits, sessions
from app.services.limits import Rule
from app.services.principals import Principal, banned

LINK_S = 3600
_LINK_LIVES = f"created_at > :now - {LINK_S * 1000}"
_THE_LINK = f"id = {{}} AND {_LINK_LIVES}"
_MANY = "Too many attempts. Try again later"
BY_ADDRESS = Rule(name="attempts", count=40, window_s=900, words=_MANY)
BY_BOTH = Rule(name="attempts", count=15, window_s=900, words=_MANY)
"""For an e-mail from one address: whoever fails elsewhere keeps nobody out."""
BY_EMAIL = Rule(name="attempts", count=300, window_s=900, words=_MANY)
"""From all addresses together: far above what people need, far below what guessing needs."""
CONFIRMATIONS = Rule(name="confirmations", count=15, window_s=900, words=_MANY)
"""In one session: whoever guesses at a browser keeps nobody out at another one."""
CONFIRMATIONS_OF_ALL = Rule(name="confirmations", count=150, window_s=900, words=_MANY)
"""Of an account: above what nine browsers in wrong hands use up, far below what guessing needs."""
MAILS_BY_ADDRESS = Rule(name="mails", count=20, window_s=3600, words=_MANY)
MAILS_BY_BOTH = Rule(name="mails", count=5, window_s=3600, words=_MANY)
MAILS_BY_EMAIL = Rule(name="mails", count=30, window_s=3600, words=_MANY)
"""Whoever asked for these, their links work: who owns the mailbox has some, and needs no other one."""


class SignedIn(Struct, frozen=True, kw_only=True):
    """`session`: the secret for the browser's cookie, in no other answer."""

    account: str
    session: str


class Link(Struct, frozen=True, kw_only=True):
    """A mailed link that still works. `new`: it makes an account."""

    email: str
    new: bool


async def sign_in(email: str, password: str, *, address: str) -> SignedIn:
    """Raises Unauthorized, Forbidden for a banned account, or LimitReached."""
    email = emails.normalised(email)
    await _count_here(email, address, BY_ADDRESS, BY_BOTH)
    await limits.take(_email(email), (BY_EMAIL,))
    row = await _stored(email)
    if not await passwords.matches(password, row["password"]):
        async with tx():
            await audit.record(audit.ANONYMOUS, "sign_in_failed", row["id"], {"address": address})
        raise Unauthorized("E-mail or password is wrong.", code="wrong_credentials")
    if row["banned"]:
        raise banned()
    async with holding.turn(row["id"]), tx():
        await _still(row)
        session = await sessions.start(row["id"])
        await audit.record(row["id"], "signed_in", row["id"], {"address": address})
    return SignedIn(account=row["id"], session=session)


async def confirm(principal: Principal, password: str, path: str = "password") -> None:
    """Whoever sits at the browser knows the account's password. Raises Forbidden, or LimitReached."""
    await limits.take(principal.id, (CONFIRMATIONS,))
    await limits.take(principal.account, (CONFIRMATIONS_OF_ALL,))
    rows = await sql("SELECT password FROM accounts WHERE id = {}", principal.account)
    if not await passwords.matches(password, rows[0]["password"]):
        async with tx():
            account, browser = principal.account, ids.session_name(principal.id)
            await audit.record(account, "password_refused", account, {"session": browser})
        message = "This is not the account's password."
        raise Forbidden(message, code="wrong_password", fields=(Problem(path, message),))


async def change_password(principal: Principal, current: str, new: str) -> SignedIn:
    """Ends every session and answers the one that goes on. Raises Forbidden, InvalidInput, Unauthorized."""
    await confirm(principal, current, "current")
    stored = await passwords.hashed(new, "new", email=(await accounts.find(principal.account)).email)
    async with holding.acting(principal):
        session = await _replaced(principal.account, stored)
        await audit.record(principal.account, "password_changed", principal.account)
    return SignedIn(account=principal.account, session=session)


async def set_password(account: str, password: str, *, email: str | None = None) -> None:
    """What an operator does for somebody, who may get another e-mail with it; ends their sessions.

    Raises InvalidInput, or Conflict when the e-mail is another account's.
    """
    before = (await accounts.find(account)).email
    wanted = before if email is None else emails.normalised(email)
    stored = await passwords.hashed(password, email=wanted)
    async with tx():
        await _set(account, stored)
        await audit.record(audit.OPERATOR, "password_set", account)
        if wanted and wanted != before:
            await accounts.set_email(account, wanted)
            await audit.record(audit.OPERATOR, "email_changed", account)


async def sign_out_everywhere(principal: Principal) -> None:
    async with holding.acting(principal):
        await sessions.end_all(principal.account)
        await audit.record(principal.account, "signed_out_everywhere", principal.account)


async def check_mails(email: str, *, address: str) -> str | None:
    """The e-mail in its one spelling; None when it was written to so often that it is not now.

    Raises InvalidInput, or LimitReached for who asks too often.
    """
    email = emails.normalised(email)
    await _count_here(email, address, MAILS_BY_ADDRESS, MAILS_BY_BOTH)
    try:
        await limits.take(_email(email), (MAILS_BY_EMAIL,))
    except LimitReached:  # others' doing, perhaps: nothing to refuse this one for
        return None
    return email


async def welcome(email: str, *, page: str, address: str) -> Letter | None:
    """The letter to somebody who wants an account: a link to make it, or to the one that is there."""
    if await accounts.with_email(email):
        return await reset(email, page=page, address=address)
    link = await _link(email, page)
    text = f"Open this link to choose a password for your new account. It works once, for an hour.\n\n{link}\n"
    return Letter(to=email, subject="Your new Clipyard account", text=text)


async def reset(email: str, *, page: str, address: str) -> Letter | None:
    """The letter with which the owner of the account chooses another password; None without one."""
    account = await accounts.with_email(email)
    if account is None or account.banned:
        return None
    async with tx():
        link = await _link(email, page)
        await audit.record(audit.ANONYMOUS, "password_reset_asked", account.id, {"address": address})
    text = (
        "Open this link to choose a new password for your account. It works once, for an hour. Every browser has to\n"
        "sign in again then. API keys go on working: revoke those that somebody else may have.\n"
        f"If you did not ask for it, leave it alone: nothing changes.\n\n{link}\n"
    )
    return Letter(to=email, subject="Your Clipyard password", text=text)


async def look_at_link(token: str, *, address: str) -> Link:
    """What a link is for, without using it up. Raises as `use_link` does."""
    await limits.take(_address(address), (BY_ADDRESS,))
    email = await _email_of(token)
    account = await accounts.with_email(email)
    if account and account.banned:
        raise banned()
    return Link(email=email, new=account is None)


async def use_link(token: str, password: str, *, address: str) -> SignedIn:
    """Set the password of the link's account, made if new, end its sessions and sign in.

    Raises InvalidInput for a link that was used or is too old, Forbidden for a banned account.
    """
    await limits.take(_address(address), (BY_ADDRESS,))
    email = await _email_of(token)
    stored = await passwords.hashed(password, email=email)
    known = await accounts.with_email(email)
    async with holding.turn(known.id if known else email), tx():
        account = await _held(email)
        # All of the e-mail at once, or two would each take one and wait for the other's.
        used = await sql("DELETE FROM mailed_links WHERE email = {} RETURNING id", email)
        if ids.secret_hash(token) not in [row["id"] for row in used]:
            raise _link_over()
        account = account or await accounts.create_account(email, email=email, actor=audit.ANONYMOUS)
        session = await _replaced(account, stored)
        await audit.record(account, "password_reset", account, {"address": address})
    return SignedIn(account=account, session=session)


async def forget(account: str) -> None:
    await sql("DELETE FROM mailed_links WHERE email = (SELECT email FROM accounts WHERE id = {})", account)


async def forget_old() -> None:
    await sql(f"DELETE FROM mailed_links WHERE NOT ({_LINK_LIVES})")


async def _stored(email: str) -> dict[str, Any]:
    """What a sign-in is compared with; of nobody, when there is no such account."""
    rows = await sql("SELECT id, password, banned FROM accounts WHERE email = {}", email)
    return rows[0] if rows else {"id": "", "password": "", "banned": False}


async def _still(row: dict[str, Any]) -> None:
    """Lock the account, and refuse when its password was changed or it was banned while this one was compared."""
    same = await sql(
        "UPDATE accounts SET id = id WHERE id = {} AND password = {} AND NOT banned RETURNING id",
        row["id"],
        row["password"],
    )
    if not same:
        raise Unauthorized("E-mail or password is wrong.", code="wrong_credentials")


async def _email_of(token: str) -> str:
    """Looked for before the slow work of hashing a password, which is not for whoever makes a token up."""
    rows = await sql(f"SELECT email FROM mailed_links WHERE {_THE_LINK}", ids.secret_hash(token))
    if not rows:
        raise _link_over()
    return str(rows[0]["email"])


def _link_over() -> InvalidInput:
    return InvalidInput("This link or another one was used, or it is too old. Ask for a new one.", code="link_over")


async def _held(email: str) -> str | None:
    """The id of its account, held; None when there is none yet."""
    account = await accounts.with_email(email)
    if account is None:
        return None
    await holding.account(account.id)
    return account.id


async def _replaced(account: str, stored: str) -> str:
    await _set(account, stored)
    return await sessions.start(account)


async def _set(account: str, stored: str) -> None:
    """A new password: whatever could be done with the old one, or with a link, is over."""
    await sql("UPDATE accounts SET password = {} WHERE id = {}", stored, account)
    await sessions.end_all(account)
    await forget(account)


async def _link(email: str, page: str) -> str:
    """A new link's address. The token is after the #, which no server gets to see.

    Those sent before it work on until one is used: else whoever asked for another would void the owner's.
    """
    token = ids.link_token()
    query = "INSERT INTO mailed_links (id, email, created_at) VALUES ({}, {}, :now)"
    await sql(query, ids.secret_hash(token), email)
    return f"{page}#link={token}"


def _address(address: str) -> str:
    return f"address:{address}"


def _email(*parts: str) -> str:
    """Who attempts are counted for. Hashed: the rows of limits are no list of e-mails."""
    return f"email:{hashlib.sha256(' '.join(parts).encode()).hexdigest()[:32]}"


async def _count_here(email: str, address: str, by_address: Rule, by_both: Rule) -> None:
    """One attempt from an address. What is refused here is not counted against the e-mail. Raises LimitReached."""
    await limits.take(_address(address), (by_address,))
    await limits.take(_email(email, address), (by_both,))
