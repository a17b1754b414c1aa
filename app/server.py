"""`clipyard api`: the HTTP server process around the application."""

import asyncio

import uvicorn

from app.asgi import create_app
from app.settings import Settings


def run(settings: Settings, *, lifeline: int | None) -> int:
    """Serve until SIGTERM, Ctrl-C, or end of file on the lifeline, whose other end the parent holds."""
    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
        h11_max_incomplete_event_size=64 * 1024,
    )
    server = uvicorn.Server(config)
    asyncio.run(_serve(server, lifeline))
    return 0 if server.started else 1


async def _serve(server: uvicorn.Server, lifeline: int | None) -> None:
    loop = asyncio.get_running_loop()
    if lifeline is not None:

        def parent_gone() -> None:
            loop.remove_reader(lifeline)
            server.should_exit = True

        loop.add_reader(lifeline, parent_gone)
    await server.serve()
