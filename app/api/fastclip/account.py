"""`/v1/account`: the welcome of an account and its end, for its owner alone."""

from litestar import Response, delete, post
from litestar.params import JSONBody
from msgspec import Struct

from app.api import browsers
from app.api.access import ACCESS
from app.api.context import Caller, Shared
from app.api.fastclip.balance import Balance, of
from app.api.limits import DIALECT
from app.services import erasure, welcome


class Goodbye(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`password`: entered again, so that an open browser is not enough."""

    password: str


class Erased(Struct, frozen=True, kw_only=True):
    id: str
    deleted: bool = True


@delete("/v1/account", status_code=200, opt={DIALECT: "fastclip", ACCESS: "session"}, tags=["FastClip"])
async def erase(context: Shared, principal: Caller, data: JSONBody[Goodbye]) -> Response[Erased]:
    """Delete your account: files, templates, fonts, keys, sessions and everything personal, at once and for good.

    Jobs that are under way are cancelled. What was paid, and that it was done, stays in the books under an id.
    """
    cache = context.settings.frames_cache
    await erasure.erase(principal, data.password, storage=context.storage, cache=cache)
    ended = browsers.session_cookie("", context.settings)
    return Response(Erased(id=principal.account), cookies=[ended])


@post("/v1/account/signup-credit", status_code=200, opt={ACCESS: "session"})
async def signup_credit(context: Shared, principal: Caller) -> Balance:
    """Take the welcome credit of $1.00, once for each e-mail; not while billing is off."""
    await welcome.credit(principal, mode=context.settings.billing, secret=context.secret)
    return await of(principal.account)
