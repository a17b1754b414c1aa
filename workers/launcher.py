"""Runs one command whose whole family ends with the worker that asked for it.

    python -I -S launcher.py LIFELINE LIMITS COMMAND…

LIFELINE is the reading end of a pipe whose writing end only the worker holds: end of file means that the worker
closed it (cancel) or is gone (SIGKILL, power of the OOM killer), and everything below is killed. The kernel's
parent-death signal alone would not do: it fires when the spawning *thread* ends and spares grandchildren.
Standard library only, started without site-packages: it costs about 25 ms.
"""

import ctypes
import json
import os
import resource
import select
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
KILLED = 128 + signal.SIGKILL


def main() -> int:
    lifeline, limits, command = int(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3:]
    prctl = ctypes.CDLL(None).prctl
    prctl(PR_SET_CHILD_SUBREAPER, 1)  # orphaned grandchildren become ours, also those that left the group
    child = os.fork()
    if child == 0:
        os.close(lifeline)
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        for name, value in limits.items():
            resource.setrlimit(getattr(resource, name), (value, value))
        os.execvp(command[0], command)  # noqa: S606
    return _guard(child, lifeline)


def _guard(child: int, lifeline: int) -> int:
    """Wait for the command's end or the worker's, then leave no process behind. Answers the exit code."""
    process = os.pidfd_open(child)
    poll = select.poll()
    poll.register(process, select.POLLIN)
    poll.register(lifeline, select.POLLIN | select.POLLHUP)
    ready = {fd for fd, _ in poll.poll()}
    code = KILLED
    if process in ready:
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        code = 128 - code if code < 0 else code
    _kill_descendants()
    return code


def _kill_descendants() -> None:
    """Kill and reap until nothing is left; a killed process hands its own children to us."""
    while pids := _children(os.getpid()):
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        for pid in pids:
            os.waitpid(pid, 0)


def _children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


if __name__ == "__main__":
    sys.exit(main())
