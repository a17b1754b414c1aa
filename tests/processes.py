"""Looking at other processes, for tests about what is left behind."""

import os
import time
from collections.abc import Callable
from pathlib import Path


def with_mark(mark: str) -> list[int]:
    """Every process, zombies aside, whose command line or environment holds `mark`."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            said = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if mark.encode() in said:
            found.append(int(entry.name))
    return found


def eventually(true: Callable[[], bool], within_s: float, what: str) -> None:
    """Poll until `true()`; fail naming `what` when it takes longer."""
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline, f"not within {within_s} s: {what}"
        time.sleep(0.02)
