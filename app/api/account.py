"""`/account/…`: signing up and in, for people in browsers. What programs do needs a key instead."""

from collections.abc import Callable, Coroutine
from typing import Any, Literal

from litestar import Response, Router, delete, get, post
from litestar.datastructures import CacheControlHeader
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from app.api import browsers
from app.api.access import ACCESS
from app.api.bodies import ApiRequest
from app.api.context import Caller, Context, Shared
from app.api.paging import Limit, Page
from app.db.engine import tx
from app.errors import Forbidden
from app.mail import Letter
from app.services import accounts, credentials, sessions
from app.services.principals import Principal
from app.times import iso

SENT = "If that address can be used here, a mail with a link is on its way to it. The link works once, for an hour."
Writing = Callable[..., Coroutine[Any, Any, Letter | None]]
"""What decides whether there is something to send."""


class Email(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    email: str


class SignIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    email: str
    password: str


class Token(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands behind `#link=` in the mailed address."""

    token: str


class Reset(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`token`: what stands behind `#link=` in the mailed address."""

    token: str
    password: str


class NewPassword(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    current: str
    new: str


class Session(Struct, frozen=True, kw_only=True):
    """`csrf_token` goes into the X-CSRF-Token header of whatever the session's cookie asks to change."""

    account: str
    name: str
    email: str | None
    csrf_token: str


class OpenSession(Struct, frozen=True, kw_only=True):
    """A browser that is signed in. `current`: the one that asks; `last_used_at` is right to the minute."""

    id: str
    current: bool
    created_at: str
    last_used_at: str


class EndedSession(Struct, frozen=True, kw_only=True):
    id: str
    ended: bool = True


class Link(Struct, frozen=True, kw_only=True):
    """`new`: it makes the account."""

    email: str
    new: bool


class Service(Struct, frozen=True, kw_only=True):
    """`signup`: whether people make accounts themselves; `billing`: whether anything costs money."""

    signup: Literal["closed", "open"]
    billing: Literal["off", "on"]


class Message(Struct, frozen=True, kw_only=True):
    message: str


@get("/account/session", status_code=200)
async def session(context: Shared, principal: Caller) -> Session:
    """Who is signed in, and the token for changes."""
    return await _shown(principal, context)


@get("/account/service", status_code=200)
async def service(context: Shared) -> Service:
    """What this installation offers people."""
    return Service(signup=context.settings.signup, billing=context.settings.billing)


@post("/account/sign-up", status_code=202)
async def sign_up(request: ApiRequest, context: Shared, data: JSONBody[Email]) -> Message:
    """Ask for an account: a mail brings the link to choose a password with. Unless the operator keeps this closed."""
    browsers.check_origin(request)
    if context.settings.signup == "closed":
        raise Forbidden("Accounts are made by the operator here. Ask them for one.", code="signup_closed")
    return await _mailed(credentials.welcome, data.email, request, context)


@post("/account/forgot", status_code=202)
async def forgot(request: ApiRequest, context: Shared, data: JSONBody[Email]) -> Message:
    """Ask for a link to choose a new password with. The answer does not tell who has an account."""
    browsers.check_origin(request)
    return await _mailed(credentials.reset, data.email, request, context)


@post("/account/link", status_code=200)
async def link(request: ApiRequest, data: JSONBody[Token]) -> Link:
    """Whose password a mailed link sets. It is not used up by asking."""
    browsers.check_origin(request)
    found = await credentials.look_at_link(data.token, address=browsers.address(request))
    return Link(email=found.email, new=found.new)


@post("/account/reset", status_code=200)
async def reset(request: ApiRequest, context: Shared, data: JSONBody[Reset]) -> Response[Session]:
    """Choose a password with a mailed link. Every older session ends, and a new one begins. API keys go on working."""
    browsers.check_origin(request)
    address = browsers.address(request)
    return await _begun(await credentials.use_link(data.token, data.password, address=address), context)


@post("/account/sign-in", status_code=200)
async def sign_in(request: ApiRequest, context: Shared, data: JSONBody[SignIn]) -> Response[Session]:
    """Sign in: the answer sets the session's cookie."""
    browsers.check_origin(request)
    address = browsers.address(request)
    return await _begun(await credentials.sign_in(data.email, data.password, address=address), context)


@post("/account/sign-out", status_code=200)
async def sign_out(context: Shared, principal: Caller) -> Response[Message]:
    """Sign this browser out, at once and for good."""
    async with tx():
        await sessions.end(principal)
    return _ended("You are signed out.", context)


@post("/account/sign-out-everywhere", status_code=200)
async def sign_out_everywhere(context: Shared, principal: Caller) -> Response[Message]:
    """End every session of the account."""
    await credentials.sign_out_everywhere(principal)
    return _ended("You are signed out everywhere.", context)


@get("/account/sessions", status_code=200)
async def open_sessions(principal: Caller, page: Page = 1, limit: Limit = 25) -> list[OpenSession]:
    """Where the account is signed in: this browser, then the last used first."""
    return [
        OpenSession(
            id=found.id, current=found.current, created_at=iso(found.created_at), last_used_at=iso(found.seen_at)
        )
        for found in await sessions.page(principal, number=page, size=limit)
    ]


@delete("/account/sessions/{session_id:str}", status_code=200)
async def end_session(principal: Caller, session_id: FromPath[str]) -> EndedSession:
    """Sign out one browser of the account, from wherever you are."""
    await sessions.end_one(principal, session_id)
    return EndedSession(id=session_id)


@post("/account/password", status_code=200)
async def change_password(context: Shared, principal: Caller, data: JSONBody[NewPassword]) -> Response[Session]:
    """Change the password. Every other session ends, this one gets another cookie, and API keys go on working."""
    return await _begun(await credentials.change_password(principal, data.current, data.new), context)


async def _mailed(writing: Writing, email: str, request: ApiRequest, context: Context) -> Message:
    """The same answer, whether anything is sent or not."""
    address = browsers.address(request)
    if wanted := await credentials.check_mails(email, address=address):
        context.mailer.soon(writing(wanted, page=context.links.account_page, address=address))
    return Message(message=SENT)


async def _begun(signed_in: credentials.SignedIn, context: Context) -> Response[Session]:
    shown = await _shown(await sessions.authenticate(signed_in.session), context)
    return Response(shown, cookies=[browsers.session_cookie(signed_in.session, context.settings)])


async def _shown(principal: Principal, context: Context) -> Session:
    found = await accounts.find(principal.account)
    return Session(
        account=found.id,
        name=found.name,
        email=found.email,
        csrf_token=sessions.csrf_token(principal.id, context.secret),
    )


def _ended(message: str, context: Context) -> Response[Message]:
    return Response(Message(message=message), cookies=[browsers.session_cookie("", context.settings)])


router = Router(
    "/",
    route_handlers=[
        service,
        session,
        open_sessions,
        end_session,
        sign_up,
        forgot,
        link,
        reset,
        sign_in,
        sign_out,
        sign_out_everywhere,
        change_password,
    ],
    opt={ACCESS: "session"},
    cache_control=CacheControlHeader(no_store=True),
    tags=["Account"],
)
