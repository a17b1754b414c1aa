"""Whether something opened the canary, or called the address, that the hostile files of the folder name."""

import contextlib
import ctypes
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.awkward.hostile import CANARY, LISTENER

_IN_OPEN = 0x20


@contextlib.contextmanager
def untouched(folder: Path) -> Iterator[None]:
    """Fails at its end when anybody, in this process or another, did either meanwhile.

    CANARY is a case, too: whoever goes through all of them leaves it out.
    """
    with _opened(folder / CANARY) as canary, _called() as listener:
        yield
        assert not canary(), "the canary was opened"
        assert not listener(), "the address was called"


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Callable[[], bool]]:
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = libc.inotify_init1(os.O_NONBLOCK)
    assert libc.inotify_add_watch(descriptor, os.fsencode(path), _IN_OPEN) >= 0, os.strerror(ctypes.get_errno())
    try:
        yield lambda: _happened(lambda: os.read(descriptor, 4096))
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _called() -> Iterator[Callable[[], bool]]:
    with socket.socket() as ours:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # another run of these tests may listen, too
        ours.bind(LISTENER)
        ours.listen()
        ours.setblocking(False)
        yield lambda: _happened(lambda: ours.accept()[0].close())


def _happened(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except BlockingIOError:
        return False
    return True
