"""How a child is asked to end its work early."""

import signal
import threading
from collections.abc import Callable


def stop_on_signals() -> Callable[[], bool]:
    """The first SIGTERM or Ctrl-C is obeyed at the next frame, the second at once."""
    stopping = threading.Event()

    def obey(number: int, _frame: object) -> None:
        stopping.set()
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, obey)
    return stopping.is_set
