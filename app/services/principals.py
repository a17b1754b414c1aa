"""Who is asking, however they said so."""

from typing import Literal

from msgspec import Struct

from app.errors import Forbidden, Unauthorized


class Principal(Struct, frozen=True, kw_only=True):
    """`id`: the key's, or the hash of the session's. `limits`: the key's own, by the name of a rule.

    `by_user`: not an operator's key. `use_due`: the time of last use that is kept is out of date.
    """

    account: str
    kind: Literal["key", "session"]
    id: str
    admin: bool = False
    by_user: bool = True
    limits: dict[str, int] = {}
    use_due: bool = False

    @property
    def subject(self) -> str:
        """Whose requests are counted together: an operator's key's, all keys' of a user, all sessions'.

        Who can make keys gets no further by making another one, and who abuses a key does not keep its owner from
        revoking it in a browser.
        """
        if self.kind == "session":
            return f"{self.account} session"
        return self.account if self.by_user else self.id


def banned() -> Forbidden:
    """The refusal of whatever a banned account asks for."""
    return Forbidden("This account is banned. Ask the operator.", code="account_banned")


def key_revoked() -> Forbidden:
    return Forbidden("This API key was revoked. Use another one.", code="key_disabled")


def session_over() -> Unauthorized:
    return Unauthorized("You are not signed in, or not any more. Sign in at /account.", code="session_over")
