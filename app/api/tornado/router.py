"""The Tornado dialect: downloads in bulk, and where their user wants them."""

from litestar import Router

from app.api.limits import DIALECT
from app.api.tornado import webhook_secret

router = Router("/", route_handlers=[*webhook_secret.HANDLERS], opt={DIALECT: "tornado"}, tags=["Tornado"])
