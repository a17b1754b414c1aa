"""The HTTP application: the only place where its parts are wired together."""

import asyncio
import contextlib
import logging
import sys
from collections.abc import AsyncIterator
from functools import partial

from litestar import Litestar, Router
from litestar.di import Provide

from app import secret
from app.api import (
    account,
    assets,
    browsers,
    cors,
    description,
    errors,
    files,
    fonts,
    health,
    receiving,
    shared_paths,
    uploads,
)
from app.api.auth import Asking
from app.api.bodies import ApiRequest
from app.api.clipcat.router import router as clipcat
from app.api.clipi.router import router as clipi
from app.api.context import Context, provide_context, provide_principal
from app.api.drain import draining
from app.api.fastclip.router import router as fastclip
from app.api.heads import heading
from app.api.strangers import Strangers
from app.api.tornado.router import router as tornado
from app.db import engine as db
from app.db.migrate import migrate
from app.egress import Egress
from app.errors import StorageFailed
from app.mail import Mailer
from app.services import accounts, frames
from app.services.watch import Watcher
from app.settings import Settings
from app.stills import StillServers
from app.storage import Storage, storage_of
from app.web import account as account_page
from app.web import docs
from app.web import share as share_page

ROUTERS = [
    health.router,
    files.router,
    uploads.router,
    assets.router,
    fonts.router,
    clipcat,
    fastclip,
    clipi,
    tornado,
    shared_paths.router,
    account.router,
    account_page.router,
    share_page.router,
    docs.router,
]

log = logging.getLogger("clipyard.api")


def create_app(settings: Settings) -> Litestar:
    """An ASGI application; its lifespan opens and closes everything it uses."""
    app = Litestar(
        # One root router: Litestar refuses one path in two app-level routers.
        route_handlers=[Router("/", route_handlers=ROUTERS)],
        lifespan=[partial(_lifespan, settings)],
        middleware=[Asking()],
        dependencies={"context": Provide(provide_context), "principal": Provide(provide_principal)},
        exception_handlers={Exception: errors.answer},
        request_class=ApiRequest,
        cors_config=cors.config(settings),
        openapi_config=description.config(cookie=browsers.cookie_name(settings)),
        logging_config=None,
    )
    # Outside of Litestar's own middleware, which sees no request that matches no route.
    app.asgi_handler = draining(cors.shared(heading(app.asgi_handler), app.cors_config))
    return app


@contextlib.asynccontextmanager
async def _lifespan(settings: Settings, app: Litestar) -> AsyncIterator[None]:
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(db.connected(db.choose(settings.database_url, settings.data_path)))
        await migrate()
        if minted := await accounts.bootstrap(settings):
            print(f"Your API key (shown once): {minted}", file=sys.stderr)
        if settings.signup == "open" and not settings.smtp_url:
            log.warning("sign-up is open, and without CLIPYARD_SMTP_URL its links are printed here")
        app.state.context = await _context(settings, stack)
        receiving.sweep(settings.data_path / "uploads")
        stack.callback(asyncio.create_task(frames.keep_tidy(settings.frames_cache)).cancel)
        yield


async def _context(settings: Settings, stack: contextlib.AsyncExitStack) -> Context:
    storage = storage_of(settings)
    stack.push_async_callback(storage.aclose)
    await _make_bucket(storage)
    egress = Egress(allow_private=settings.allow_private_addresses)
    stack.push_async_callback(egress.aclose)
    stills = StillServers(count=settings.still_servers, data_dir=settings.data_path)
    stack.push_async_callback(stills.aclose)
    watcher = Watcher()
    stack.push_async_callback(watcher.aclose)
    mailer = Mailer(settings)
    stack.push_async_callback(mailer.aclose)
    return Context(
        settings=settings,
        secret=secret.load(settings),
        storage=storage,
        egress=egress,
        stills=stills,
        watcher=watcher,
        mailer=mailer,
        strangers=Strangers(settings.address_limit),
    )


async def _make_bucket(storage: Storage) -> None:
    """A store that is away now may come back: `/ready` tells, and uploads are refused meanwhile."""
    try:
        await storage.ensure_bucket()
    except StorageFailed as error:
        log.warning("the file store is not ready: %s", error.message)
