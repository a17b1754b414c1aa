"""The Clipi dialect: the media tools."""

from litestar import Router

from app.api.clipi import tools
from app.api.limits import DIALECT

router = Router("/", route_handlers=[*tools.HANDLERS], opt={DIALECT: "clipi"}, tags=["Clipi"])
