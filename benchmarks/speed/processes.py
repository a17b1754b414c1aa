"""A command run to its end: how long it took, of whose time, and in how much memory."""

import os
import resource
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import NamedTuple

_LOOK = 0.1  # seconds between looks at the memory
_TICKS = os.sysconf("SC_CLK_TCK")


class Run(NamedTuple):
    """Seconds and megabytes. `start_up`: until its first line on stdout. `own`: processor time of the process itself,
    `family`: with all that it started; so also the peaks of resident memory."""

    wall: float
    start_up: float
    own: float
    family: float
    own_memory: float
    family_memory: float

    @property
    def steady(self) -> float:
        return self.wall - self.start_up


def timed(command: Sequence[str], stdin: Path | None = None, folder: Path | None = None) -> Run:
    """SystemExit with its last words when the command fails."""
    with (stdin or Path(os.devnull)).open("rb") as given, TemporaryFile() as said:
        used, began = _children_seconds(), time.perf_counter()
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=given, stdout=pipe, stderr=said, cwd=folder) as process:
            assert process.stdout
            memory = Memory(process.pid)
            process.stdout.readline()
            start_up = time.perf_counter() - began
            process.stdout.read()
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # ended, and still to be looked at
            wall, own = time.perf_counter() - began, _own_seconds(process.pid)
        if process.returncode:
            said.seek(0)
            raise SystemExit(f"{' '.join(command)} failed: {said.read().decode(errors='replace')[-2000:]}")
    return Run(wall, start_up, own, _children_seconds() - used, memory.own, memory.family)


class Memory:
    """The highest resident size of a process, and of it and all its children together, in megabytes."""

    def __init__(self, pid: int) -> None:
        self.own = self.family = 0.0
        self._pid = pid
        threading.Thread(target=self._look, daemon=True).start()

    def _look(self) -> None:
        while own := _megabytes(self._pid, "VmHWM"):
            self.own = own
            self.family = max(self.family, sum(_megabytes(pid, "VmRSS") for pid in _family(self._pid)))
            time.sleep(_LOOK)


def _family(pid: int) -> Iterator[int]:
    yield pid
    with suppress(OSError):  # it has ended
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from _family(int(child))


def _megabytes(pid: int, name: str) -> float:
    """0 once the process has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(name)), 0.0)


def _own_seconds(pid: int) -> float:
    """Without its children's, which may have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _children_seconds() -> float:
    """Of all processes that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
