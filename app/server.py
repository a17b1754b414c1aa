"""`clipyard api`: the HTTP server process around the application."""

import asyncio

import uvicorn

from app.asgi import create_app
from app.lifeline import stop_requested
from app.settings import Settings


def run(settings: Settings, *, lifeline: int | None) -> int:
    """Serve until SIGTERM, Ctrl-C, or the end of the process that holds the lifeline."""
    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    server = uvicorn.Server(config)
    asyncio.run(_serve(server, lifeline))
    return 0 if server.started else 1


async def _serve(server: uvicorn.Server, lifeline: int | None) -> None:
    stop = stop_requested(lifeline)
    serving = asyncio.create_task(server.serve())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    await serving
