"""What handlers work with: opened once by the application, given to each handler that names it."""

from msgspec import Struct

from app.egress import Egress
from app.services.accounts import Principal
from app.services.watch import Watcher
from app.settings import Settings
from app.stills import StillServers
from app.storage import Storage
from app.api.bodies import ApiRequest


class Context(Struct, frozen=True, kw_only=True):
    settings: Settings
    secret: bytes
    storage: Storage
    egress: Egress
    stills: StillServers
    watcher: Watcher


async def provide_context(request: ApiRequest) -> Context:
    context: Context = request.app.state.context
    return context


async def provide_principal(request: ApiRequest) -> Principal:
    return request.user
