"""The signup credit: once for each e-mail, however many accounts somebody makes and erases with it.

What is kept for that is a keyed hash of the e-mail. It outlives the account, and tells nobody whose it was.
"""

from app.db.engine import sql
from app.errors import Conflict
from app.secret import pseudonym
from app.services import accounts, audit, holding, ledger
from app.services.billing import Mode
from app.services.principals import Principal


async def credit(principal: Principal, *, mode: Mode, secret: bytes) -> None:
    """Raises Conflict while billing is off and for who has had it, Unauthorized when the session is over."""
    if mode == "off":
        raise Conflict("Billing is off here: nothing costs money, and there is no credit to take.", code="billing_off")
    async with holding.acting(principal):
        email = (await accounts.find(principal.account)).email or principal.account
        if not (await _first(pseudonym(email, secret)) and await ledger.signup_credit(principal.account)):
            raise Conflict("The signup credit for this e-mail was taken already.", code="credit_taken")
        await audit.record(principal.account, "signup_credit_taken", principal.account)


async def _first(person: str) -> bool:
    query = "INSERT INTO welcomes (id, created_at) VALUES ({}, :now) ON CONFLICT (id) DO NOTHING RETURNING id"
    return bool(await sql(query, person))
