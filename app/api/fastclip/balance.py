"""`/v1/balance`: what an account has."""

from typing import Literal

from litestar import get
from msgspec import Struct

from app.api.context import Caller
from app.services import ledger
from app.services.money import dollars


class Balance(Struct, frozen=True, kw_only=True):
    """Dollars. `reserved` is held for jobs under way, and no longer in `balance`; `paid_deposit` unlocks 4K."""

    balance: float
    reserved: float
    currency: Literal["USD"] = "USD"
    paid_deposit: bool


@get("/v1/balance", status_code=200)
async def read(principal: Caller) -> Balance:
    """What is left of your money, and what jobs under way may still take."""
    return await of(principal.account)


async def of(account: str) -> Balance:
    found = await ledger.balance(account)
    return Balance(balance=dollars(found.available), reserved=dollars(found.reserved), paid_deposit=found.paid_deposit)
