"""`clipyard api`: the HTTP server process around the application."""

import asyncio

import uvicorn
from litestar import Litestar

from app.api.context import Context
from app.asgi import create_app
from app.lifeline import stop_requested
from app.services.watch import Watcher
from app.settings import Settings


def run(settings: Settings, *, lifeline: int | None) -> int:
    """Serve until SIGTERM, Ctrl-C, or the end of the process that holds the lifeline."""
    server = uvicorn.Server(config(settings))
    asyncio.run(_serve(server, lifeline))
    return 0 if server.started else 1


def config(settings: Settings) -> uvicorn.Config:
    """X-Forwarded-For and -Proto are believed of trusted proxies alone; uvicorn by itself believes this whole host."""
    return uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        lifespan="on",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.proxies),
        forwarded_allow_ips=settings.proxies,
        timeout_graceful_shutdown=5,
    )


async def _serve(server: uvicorn.Server, lifeline: int | None) -> None:
    stop = stop_requested(lifeline)
    serving = asyncio.create_task(server.serve())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if server.started:
        await watcher_of(server).aclose()  # its readers would keep us for all of the grace
    server.should_exit = True
    await serving


def watcher_of(server: uvicorn.Server) -> Watcher:
    app = server.config.app
    assert isinstance(app, Litestar)
    context: Context = app.state.context
    return context.watcher
