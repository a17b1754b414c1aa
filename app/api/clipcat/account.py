"""`/v1/auth` and `/v1/account`: whose key this is, and what is left of the month."""

from litestar import get
from msgspec import Struct

from app.api.context import Caller
from app.api.limits import DIALECT
from app.api.queries import known_only
from app.services import accounts, quotas
from app.times import iso


class Auth(Struct, frozen=True, kw_only=True):
    """`workspace`: the name of the account that the key belongs to."""

    message: str
    workspace: str


class Account(Struct, frozen=True, kw_only=True):
    """`quota`: render credits of this calendar month (UTC); `max` is null where there is no limit."""

    created_at: str
    uid: str
    name: str
    plan_name: str
    quota: quotas.Quota


@get("/v1/auth", status_code=200)
async def auth(principal: Caller) -> Auth:
    """Check a key."""
    found = await accounts.find(principal.account)
    return Auth(message="The key is valid.", workspace=found.name)


@get("/v1/account", status_code=200, opt={DIALECT: "clipcat"}, tags=["Clipcat"], before_request=known_only)
async def read(principal: Caller) -> Account:
    """Your account, and how much of its quota is used."""
    found = await accounts.find(principal.account)
    return Account(
        created_at=iso(found.created_at),
        uid=found.id,
        name=found.name,
        plan_name=found.plan_name,
        quota=await quotas.quota(found.id),
    )
