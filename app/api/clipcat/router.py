"""The Clipcat dialect: templates in, videos out."""

from litestar import Router

from app.api.clipcat import renders, templates

router = Router(
    "/",
    route_handlers=[
        renders.create,
        renders.listing,
        renders.read,
        renders.cancel,
        templates.listing,
        templates.schema,
        templates.read,
        templates.frame,
    ],
    tags=["Clipcat"],
)
