"""What handlers work with: opened once by the application, given to each handler that names it."""

from litestar.di import NamedDependency
from msgspec import Struct

from app.api.bodies import ApiRequest
from app.api.strangers import Strangers
from app.egress import Egress
from app.mail import Mailer
from app.services.frames import Studio
from app.services.links import Links
from app.services.principals import Principal
from app.services.watch import Watcher
from app.settings import Settings
from app.stills import StillServers
from app.storage import Storage


class Context(Struct, frozen=True, kw_only=True):
    settings: Settings
    secret: bytes
    storage: Storage
    egress: Egress
    stills: StillServers
    watcher: Watcher
    mailer: Mailer
    strangers: Strangers

    @property
    def links(self) -> Links:
        return Links(base_url=self.settings.base_url, secret=self.secret)

    @property
    def studio(self) -> Studio:
        cache = self.settings.frames_cache
        return Studio(storage=self.storage, egress=self.egress, stills=self.stills, cache=cache)


async def provide_context(request: ApiRequest) -> Context:
    context: Context = request.app.state.context
    return context


async def provide_principal(request: ApiRequest, context: "Shared") -> Principal:
    """After the context, and not at once with it: two at once cost a group of tasks for each request."""
    return request.user


Shared = NamedDependency[Context]
Caller = NamedDependency[Principal]
