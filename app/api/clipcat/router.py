"""The Clipcat dialect: templates in, videos out."""

from litestar import Router

from app.api.clipcat import account, frames, renders, templates
from app.api.limits import DIALECT
from app.api.queries import known_only

router = Router(
    "/",
    route_handlers=[
        account.auth,
        renders.create,
        renders.listing,
        renders.read,
        renders.cancel,
        templates.listing,
        templates.create,
        templates.schema,
        templates.validate,
        templates.read,
        templates.replace,
        templates.change,
        templates.remove,
        frames.frame,
    ],
    opt={DIALECT: "clipcat"},
    tags=["Clipcat"],
    before_request=known_only,
)
