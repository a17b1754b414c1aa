"""Private directories for running jobs, and the removal of those whose worker died.

<data>/workspaces/<worker>/lock            held by the living worker
<data>/workspaces/<worker>/<job>-<attempt>  one running attempt, mode 0700
<data>/workspaces/<worker>/media/<job>      files that the parts of a job share on this worker
<data>/workspaces/<worker>/sources/<digest> files that several jobs are made of, see `workers.sources`
"""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import IO


class WorkRoot:
    """One worker's part of the data directory, from start to exit."""

    def __init__(self, data_dir: Path, worker: str) -> None:
        self.parent = data_dir / "workspaces"
        self.path = self.parent / worker
        self._media = self.path / "media"
        self.sources = self.path / "sources"
        self.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._nobody_else():
            self.path.mkdir(mode=0o700)
            self._media.mkdir(mode=0o700)
            self.sources.mkdir(mode=0o700)
            self._lock = (self.path / "lock").open("w")
            fcntl.flock(self._lock, fcntl.LOCK_EX)

    def close(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.close()

    @contextlib.contextmanager
    def workspace(self, job_id: str, attempt: int) -> Iterator[Path]:
        path = self.path / f"{job_id}-{attempt}"
        path.mkdir(mode=0o700)
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def media(self, job_id: str) -> Path:
        """For the files of a job whose parts are done here; it stays until it is forgotten."""
        path = self._media / job_id
        path.mkdir(exist_ok=True)
        return path

    def with_media(self) -> list[str]:
        """The jobs whose files are here."""
        return [path.name for path in self._media.iterdir()]

    def forget_media(self, job_id: str) -> None:
        shutil.rmtree(self._media / job_id, ignore_errors=True)

    def sweep(self) -> int:
        """Remove what dead workers left; their locks are free. Answers how many there were."""
        with self._nobody_else():
            dead = [path for path in self.parent.iterdir() if path != self.path and _abandoned(path)]
            for path in dead:
                shutil.rmtree(path, ignore_errors=True)
        return len(dead)

    @contextlib.contextmanager
    def _nobody_else(self) -> Iterator[None]:
        """A worker that starts has, for a moment, a directory whose lock is not held: no time to sweep."""
        descriptor = os.open(self.parent, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _abandoned(path: Path) -> bool:
    try:
        with (path / "lock").open() as lock:
            return _try_lock(lock)
    except FileNotFoundError:  # somebody died while removing it
        return path.is_dir()


def hold(path: Path) -> IO[str] | None:
    """Lock a file for this process's life; None when another process holds it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = path.open("w")
    if _try_lock(handle):
        return handle
    handle.close()
    return None


def _try_lock(handle: IO[str]) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
