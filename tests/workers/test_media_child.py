"""The media child of a job: what goes in, what comes out, and whose fault it is when nothing does."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from app.egress import Egress
from app.settings import Settings
from app.storage import open_storage
from workers import media_child
from workers.child import ChildTimeout, Exit, Limits
from workers.media.orders import Inspect, Inspected, decode
from workers.media_child import _died, inspected, media_job
from workers.run import BadInput, Context, Fault, JobRun
from workers.workspace import WorkRoot

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def run(tmp_path: Path) -> JobRun:
    """An attempt that has a workspace; a child asks for nothing else."""
    context = Context(
        worker="w1",
        settings=Settings(data_dir=str(tmp_path), ffmpeg="/opt/ffmpeg"),
        storage=open_storage("", data_dir=tmp_path, public_url="http://127.0.0.1", secret=b"x" * 32),
        egress=cast(Egress, None),
        root=cast(WorkRoot, None),
        secret=b"x" * 32,
    )
    attempt = JobRun(cast(Any, None), context)
    attempt.workspace = tmp_path / "workspace"
    attempt.workspace.mkdir()
    return attempt


async def test_an_order_is_done_in_a_child_and_its_result_comes_back(run: JobRun, awkward: Path) -> None:
    source = awkward / "new\nline.mp4"
    found = await inspected(run, source)
    assert (found.media_kind, found.duration, found.width, found.audio_codec) == ("video", 1.0, 64, "aac")
    assert (run.stage, run.percent >= 5) == ("working", True)
    assert decode((run.workspace / "order.json").read_bytes()) == Inspect(source=source, ffmpeg="/opt/ffmpeg")


async def test_progress_goes_to_who_asks_for_it(run: JobRun, awkward: Path) -> None:
    shares: list[float] = []
    await media_job(run, Inspect(source=awkward / "variable.aac"), Inspected, on_progress=shares.append)
    assert shares
    assert run.stage == "fetching"


async def test_a_refused_file_is_bad_input_in_the_words_of_the_child(run: JobRun, awkward: Path) -> None:
    with pytest.raises(BadInput, match="HLS playlist") as refused:
        await media_job(run, Inspect(source=awkward / "hls-web.mp4"), Inspected)
    assert refused.value.code == "unsupported_media"


async def test_a_child_that_takes_too_long_is_ended(
    run: JobRun, awkward: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurried = Limits(wall_s=0.05)
    with pytest.raises(ChildTimeout):
        await media_job(run, Inspect(source=awkward / "plain.mp4"), Inspected, limits=hurried)
    monkeypatch.setattr(media_child, "INSPECTION", hurried)
    with pytest.raises(BadInput, match="too long to read"):
        await inspected(run, awkward / "plain.mp4")


async def test_a_child_without_memory_to_start_in_is_our_fault(run: JobRun, awkward: Path) -> None:
    with pytest.raises(Fault) as failed:
        await media_job(run, Inspect(source=awkward / "plain.mp4"), Inspected, limits=Limits(address_space=50 << 20))
    assert failed.value.code == "internal"


def test_a_crash_is_the_files_fault_and_a_kill_is_not() -> None:
    assert isinstance(_died(Exit(128 + signal.SIGSEGV, "")), BadInput)
    assert isinstance(_died(Exit(128 + signal.SIGKILL, "")), Fault)


def test_an_order_that_is_not_understood_is_our_fault(tmp_path: Path) -> None:
    order = tmp_path / "order.json"
    order.write_text('{"type": "fly", "source": "/x"}')
    command = [sys.executable, "-m", "workers.media", order]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert ended.returncode == 2
    assert msgspec.json.decode(ended.stdout)["error"]["code"] == "invalid_request"
