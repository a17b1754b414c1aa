"""What jobs are made from, brought to this worker once, however many jobs are made of it.

Each job has a file of its own, which is another name for the same bytes: what is kept may go at any time.
"""

import hashlib
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from app.errors import NotFound
from app.services import media, remote
from workers.run import BadInput, JobRun

KEPT_BYTES = 20 << 30
KEPT_S = 600.0
"""What nobody asked for meanwhile goes; what an address answers is asked for anew."""
MAX_BYTES = 5_000_000_000
FETCH_S = 3600.0
_PAGE = b"<"


async def stored(run: JobRun, key: str, called: str = "source") -> Path:
    """An object of ours. Raises AppError. `called`: its name in the job's workspace."""
    try:
        return await _own(run, called, key, lambda dest: run.context.storage.get_to_file(key, dest), fresh_s=None)
    except NotFound as error:
        message = "The file that was sent is not there any more. Send it again, and order the same anew."
        raise BadInput("upload_gone", message) from error


async def from_web(run: JobRun, url: str, called: str = "source") -> Path:
    """The file at an address, through the address policy. Raises AppError, and Unsupported for a web page."""

    async def arrive(dest: Path) -> object:
        return await run.context.egress.fetch(url, dest, max_bytes=MAX_BYTES, total_timeout_s=FETCH_S)

    file = await _own(run, called, f"{run.claim.account} {url}", arrive, fresh_s=KEPT_S)
    with file.open("rb") as opened:
        begins = opened.read(512).removeprefix(b"\xef\xbb\xbf").lstrip()
    if begins.startswith(_PAGE):
        raise remote.web_page()
    return file


async def _own(
    run: JobRun, called: str, name: str, arrive: Callable[[Path], Awaitable[object]], *, fresh_s: float | None
) -> Path:
    """A file in the job's workspace."""
    kept = run.context.root.sources / hashlib.sha256(name.encode()).hexdigest()
    own = run.workspace / called
    while not own.exists():
        await media.once(kept, lambda: arrive(kept), fresh_s=fresh_s)
        with suppress(FileNotFoundError):  # it has just been removed to make room
            os.link(kept, own)
    tidy(run.context.root.sources)
    return own


def tidy(folder: Path) -> None:
    """Remove what nobody asked for lately, and what was asked for longest ago until the rest fits.

    What is still arriving stays: its name begins with a dot.
    """
    oldest, kept = time.time() - KEPT_S, 0
    with os.scandir(folder) as entries:
        facts = [(entry.path, status) for entry in entries if entry.name[0] != "." and (status := _status(entry))]
    for path, status in sorted(facts, key=lambda fact: -fact[1].st_atime):
        kept += status.st_size
        if kept > KEPT_BYTES or status.st_atime < oldest:
            Path(path).unlink(missing_ok=True)


def _status(entry: "os.DirEntry[str]") -> os.stat_result | None:
    try:
        return entry.stat()
    except FileNotFoundError:  # another thread was quicker
        return None
