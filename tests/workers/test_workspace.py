"""Private directories: one for each attempt, and none of a dead worker's."""

import subprocess
import sys
from pathlib import Path

from workers.workspace import WorkRoot, hold


def test_a_workspace_is_private_and_gone_after_its_attempt(tmp_path: Path) -> None:
    root = WorkRoot(tmp_path, "w1")
    with root.workspace("job_1", 2) as path:
        (path / "file").write_text("x")
        assert path.stat().st_mode & 0o777 == 0o700
    assert not path.exists()
    root.close()
    assert list((tmp_path / "workspaces").iterdir()) == []


def test_the_directories_of_a_dead_worker_are_swept_and_those_of_a_living_one_kept(tmp_path: Path) -> None:
    script = "import sys; from pathlib import Path; from workers.workspace import WorkRoot\n"
    script += "root = WorkRoot(Path(sys.argv[1]), 'dead'); (root.path / 'job_1-1').mkdir()"
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, cwd=Path.cwd())
    living, sweeping = WorkRoot(tmp_path, "living"), WorkRoot(tmp_path, "sweeping")
    assert sweeping.sweep() == 1
    assert sorted(path.name for path in (tmp_path / "workspaces").iterdir()) == ["living", "sweeping"]
    for root in (living, sweeping):
        root.close()


def test_a_lock_has_one_holder(tmp_path: Path) -> None:
    first = hold(tmp_path / "worker.lock")
    assert first
    assert hold(tmp_path / "worker.lock") is None
    first.close()
    second = hold(tmp_path / "worker.lock")
    assert second
    second.close()
