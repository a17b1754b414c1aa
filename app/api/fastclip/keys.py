"""`/v1/keys`: a user's own API keys. Only who is signed in makes and revokes them, so that no key makes another."""

from litestar import Response, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from app.api.access import ACCESS
from app.api.bodies import ApiRequest
from app.api.context import Caller
from app.api.idempotency import once
from app.services import keys
from app.times import iso

SESSION_ONLY = {ACCESS: "session"}


class NewKey(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`name`: 1 to 100 characters."""

    name: str


class Key(Struct, frozen=True, kw_only=True):
    """`prefix`: how the key begins, to tell it from others."""

    id: str
    name: str
    prefix: str
    created_at: str
    last_used_at: str | None


class MintedKey(Struct, frozen=True, kw_only=True):
    """`key` is in no other answer: only its hash is kept."""

    id: str
    name: str
    key: str
    prefix: str
    created_at: str


class RevokedKey(Struct, frozen=True, kw_only=True):
    id: str
    revoked: bool = True


@post(
    "/v1/keys",
    status_code=200,
    opt=SESSION_ONLY,
    responses={200: ResponseSpec(MintedKey, generate_examples=False, description="The key, shown once.")},
)
async def create(request: ApiRequest, principal: Caller, data: JSONBody[NewKey]) -> Response[bytes]:
    """Make an API key. This answer is the only one that ever holds it whole."""

    async def wanted() -> str:
        return data.name

    async def made(name: str) -> MintedKey:
        minted = await keys.create_own(principal, name)
        key = await keys.find(minted.id, principal.account)
        return MintedKey(id=key.id, name=key.name, key=minted.key, prefix=key.prefix, created_at=iso(key.created_at))

    return await once(request, 200, wanted, made, sealed=True)


@get("/v1/keys", status_code=200, opt=SESSION_ONLY)
async def listing(principal: Caller) -> list[Key]:
    """The account's keys that work, newest first."""
    return [_shown(key) for key in await keys.listing(principal.account) if not key.disabled]


@delete("/v1/keys/{key_id:str}", status_code=200, opt=SESSION_ONLY)
async def revoke(principal: Caller, key_id: FromPath[str]) -> RevokedKey:
    """Revoke an API key: from the next request on it is refused."""
    return RevokedKey(id=(await keys.revoke_own(key_id, principal)).id)


def _shown(key: keys.Key) -> Key:
    return Key(
        id=key.id,
        name=key.name,
        prefix=key.prefix,
        created_at=iso(key.created_at),
        last_used_at=None if key.last_used_at is None else iso(key.last_used_at),
    )
