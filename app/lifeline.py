"""A process that must not outlive another: the other holds the writing end of a pipe, we watch for its end."""

import asyncio
import signal


def stop_requested(lifeline: int | None) -> asyncio.Event:
    """Set by SIGTERM, SIGINT, or end of file on the descriptor `lifeline`."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    if lifeline is not None:

        def parent_gone() -> None:
            loop.remove_reader(lifeline)
            stop.set()

        loop.add_reader(lifeline, parent_gone)
    return stop
