"""Children of a job: fed line by line, limited, and never left behind."""

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.processes import eventually, with_mark
from workers import child

FAMILY = "setsid sleep 1000 & sleep 1000 & (sleep 1000 &) ; sleep 1000"
"""A child, a grandchild, an orphan and one that left the process group."""


async def shell(
    script: str, tmp_path: Path, mark: str = "", limits: child.Limits | None = None
) -> tuple[child.Exit, bytes]:
    lines: list[bytes] = []
    ended = await child.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "MARK": mark},
        on_line=lines.append,
        limits=limits,
    )
    return ended, b"".join(lines)


async def test_output_exit_code_and_the_end_of_stderr_arrive(tmp_path: Path) -> None:
    ended, output = await shell("echo one; echo two; echo broken >&2; exit 3", tmp_path)
    assert (ended.code, ended.stderr, output) == (3, "broken\n", b"one\ntwo\n")


async def test_a_child_that_is_over_before_it_is_watched_has_its_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = os.pidfd_open

    def late(process: int) -> int:
        time.sleep(0.5)  # as on a busy machine: meanwhile it ends
        return watch(process)

    monkeypatch.setattr(os, "pidfd_open", late)
    ended, output = await shell("echo done", tmp_path)
    assert (ended.code, output) == (0, b"done\n")


@pytest.mark.parametrize("script", ["exit 0", "kill -KILL $PPID; sleep 1000"])
async def test_a_group_is_signalled_only_while_its_number_cannot_be_anothers(
    script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill, leaders = os.killpg, []

    def seen(group: int, number: int) -> None:
        leaders.append(Path(f"/proc/{group}/stat").read_text().rpartition(")")[2].split()[0])
        kill(group, number)

    monkeypatch.setattr(os, "killpg", seen)
    await shell(script, tmp_path)
    assert leaders == ["Z"], "the launcher is over, and not yet waited for"


async def test_a_killed_child_reports_its_signal(tmp_path: Path) -> None:
    ended, _ = await shell("kill -SEGV $$", tmp_path)
    assert ended.code == 128 + signal.SIGSEGV


async def test_the_child_sees_only_the_environment_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIPYARD_SECRET", "not for children")
    _, output = await shell("env", tmp_path)
    assert b"CLIPYARD" not in output


async def test_cancelling_ends_the_whole_family(tmp_path: Path) -> None:
    mark = secrets.token_hex(8)
    running = asyncio.create_task(shell(FAMILY, tmp_path, mark))
    await asyncio.to_thread(eventually, lambda: len(with_mark(mark)) >= 5, 10, "the launcher and four sleeps are there")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert with_mark(mark) == []


async def test_a_family_that_outlives_its_command_is_ended_with_it(tmp_path: Path) -> None:
    mark = secrets.token_hex(8)
    ended, _ = await shell("setsid sleep 1000 >/dev/null 2>&1 & sleep 0.05", tmp_path, mark)
    assert ended.code == 0
    assert with_mark(mark) == []


async def test_a_child_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    mark = secrets.token_hex(8)
    with pytest.raises(child.ChildTimeout):
        await shell(FAMILY, tmp_path, mark, child.Limits(wall_s=0.2))
    assert with_mark(mark) == []


async def test_a_child_cannot_write_more_than_its_limit(tmp_path: Path) -> None:
    ended, _ = await shell("head -c 2000000 /dev/zero > big", tmp_path, limits=child.Limits(file_size=1_000_000))
    assert ended.code != 0
    assert (tmp_path / "big").stat().st_size <= 1_000_000


@pytest.mark.parametrize("victim", ["worker", "launcher"])
def test_nothing_survives_the_sudden_death_of(victim: str, tmp_path: Path) -> None:
    mark = secrets.token_hex(8)
    worker = subprocess.Popen(
        [sys.executable, "-c", _WORKER, FAMILY, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(Path.cwd()), "MARK": mark},
        stdin=subprocess.PIPE,
    )
    try:
        eventually(lambda: len(with_mark(mark)) >= 6, 10, "the family is there")
        launchers = [pid for pid in with_mark(mark) if b"launcher.py" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        os.kill(worker.pid if victim == "worker" else launchers[0], signal.SIGKILL)
        gone_but = {worker.pid} if victim == "launcher" else set()
        eventually(lambda: set(with_mark(mark)) <= gone_but, 5, "everything below the worker is gone")
    finally:
        worker.kill()
        worker.communicate()


_WORKER = """
import asyncio, os, sys
from pathlib import Path
from workers import child
async def main():
    await child.run(["bash", "-c", sys.argv[1].replace("setsid ", "")], cwd=Path(sys.argv[2]),
                    env=dict(os.environ), on_line=print)
    await asyncio.sleep(1000)
asyncio.run(main())
"""
