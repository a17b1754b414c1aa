"""The FastClip dialect: uploads, clips, and the account that owns them."""

from litestar import Router

from app.api.access import ACCESS
from app.api.fastclip import account, balance, keys, library, shares, storage, tus, uploads, webhooks
from app.api.limits import DIALECT

router = Router(
    "/",
    route_handlers=[
        keys.create,
        keys.listing,
        keys.revoke,
        account.signup_credit,
        balance.read,
        *webhooks.HANDLERS,
        *library.HANDLERS,
        *shares.HANDLERS,
        *uploads.HANDLERS,
        *tus.HANDLERS,
        storage.read,
    ],
    opt={DIALECT: "fastclip", ACCESS: "either"},
    tags=["FastClip"],
)
