"""Our own programs as children of a job: what they say in JSON lines becomes progress, an answer or a failure."""

import logging
import sys
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from app.renderer_process import environment
from workers import child
from workers.run import BadInput, Fault, JobRun

log = logging.getLogger("clipyard.child")

FETCHED, DONE = 5, 95
"""Percent of a job's progress at which fetching and the child's work end."""


def progress_of(run: JobRun) -> Callable[[float], None]:
    """Says how far the work is, from 0 to 1."""

    def progress(share: float) -> None:
        run.at("working", FETCHED + (DONE - FETCHED) * share)

    progress(0)
    return progress


async def answer_of(
    run: JobRun,
    arguments: Sequence[str],
    on_progress: Callable[[float], None],
    died: Callable[[child.Exit], BadInput | Fault],
    limits: child.Limits | None = None,
) -> dict[str, Any]:
    """The result of `python ARGUMENTS`, run in the job's workspace. `on_progress` gets a share of 0 to 1.

    Raises BadInput and Fault, what `died` makes of a child that ended without a word, and ChildTimeout.
    """
    answer: dict[str, Any] = {}

    def heard(line: bytes) -> None:
        said = msgspec.json.decode(line)
        if "progress" in said:
            on_progress(said["progress"])
        else:
            answer.update(said)

    ended = await child.run(
        [sys.executable, *arguments],
        cwd=run.workspace,
        # A killed child cannot remove its temporary files; the workspace goes in any case.
        env=environment(run.context.settings.data_path) | {"TMPDIR": str(run.workspace)},
        on_line=heard,
        limits=limits,
    )
    if "result" in answer and ended.code == 0:
        result: dict[str, Any] = answer["result"]
        return result
    if error := answer.get("error"):
        raise failure(error, ended)
    log.warning("%s ended with code %d: %s", " ".join(arguments[:2]), ended.code, ended.stderr[-2000:])
    raise died(ended)


def failure(error: dict[str, Any], ended: child.Exit) -> BadInput | Fault:
    """The child's exit code says whose fault it was: 1 the author's, anything else the machine's."""
    if ended.code == 1:
        where = "; ".join(f"{p['path']}: {p['message']}" for p in error.get("problems", ())[:5])
        return BadInput(error["code"], where or error["message"])  # the places say the sentence again
    return Fault(error["code"], error["message"])
