"""The `clipyard` commands that prepare a place, and the script around them."""

import hashlib
import json
import logging
import os
import re
import shlex
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from app import cli, renderer_process, supervisor
from app.api.fastclip.balance import Balance
from app.errors import StorageFailed
from app.storage.local import LocalStorage
from tests.private_services import free_port

ROOT = Path(__file__).parent.parent


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The data directory of commands that run inside this process."""
    for name in [name for name in os.environ if name.startswith("CLIPYARD_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CLIPYARD_DATA_DIR", str(tmp_path / "data"))
    before = os.umask(0o022)
    yield tmp_path / "data"
    os.umask(before)


def test_migrate_makes_the_place_for_files_and_nobody_else_can_read_any(data: Path) -> None:
    assert cli.main(["migrate"]) == 0
    assert (data / "files").is_dir()
    made = [path for path in data.rglob("*") if stat.S_IMODE(path.stat().st_mode) & 0o077]
    assert made == []


def test_migrate_fails_with_a_sentence_when_the_bucket_cannot_be_made(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(LocalStorage, "ensure_bucket", refused)
    assert cli.main(["migrate"]) == 1
    assert "clipyard: The file store is away." in capsys.readouterr().err


@pytest.fixture
def logging_as_it_was() -> Iterator[None]:
    """A command sends all log lines to the standard error of its time, which is closed when the test is over."""
    root, loggers = logging.root, [logging.getLogger(name) for name in logging.root.manager.loggerDict]
    handlers, levels = root.handlers[:], {logger: logger.level for logger in (root, *loggers)}
    yield
    root.handlers[:] = handlers
    for logger, level in levels.items():
        logger.setLevel(level)


@pytest.mark.usefixtures("logging_as_it_was")
def test_serve_starts_without_its_bucket_and_says_so(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def serve(*_: object) -> None:
        print("serving")

    monkeypatch.setattr(LocalStorage, "ensure_bucket", refused)
    monkeypatch.setattr(supervisor, "serve", serve)
    monkeypatch.setenv("CLIPYARD_PORT", str(free_port()))
    assert cli.main(["serve"]) == 0
    told = capsys.readouterr()
    assert "serving" in told.out
    assert "The file store is away." in told.err


def test_who_reads_only_the_beginning_is_shown_no_traceback(data: Path) -> None:
    cli.main(["accounts", "create", "acme"])
    reading, writing = os.pipe()
    os.close(reading)  # as `head` does when it has seen enough
    command = [sys.executable, "-m", "app.cli", "keys", "list"]
    buffered = {**os.environ, "PYTHONUNBUFFERED": ""}
    told = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, cwd=ROOT, env=buffered, check=False)
    os.close(writing)
    assert (told.returncode, told.stderr) == (128 + signal.SIGPIPE, b"")


def test_a_database_that_is_away_or_unknown_is_told_in_a_sentence(
    data: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CLIPYARD_SECRET", "a secret that is long enough")
    monkeypatch.setenv("CLIPYARD_PORT", str(free_port()))
    for url in (f"postgres://somebody:hidden@127.0.0.1:{free_port()}/clips", f"{postgres_url}_of_nobody"):
        monkeypatch.setenv("CLIPYARD_DATABASE_URL", url)
        for command in (["keys", "list"], ["migrate"], ["api"], ["serve"]):
            assert cli.main(command) == 1
            told = capsys.readouterr().err
            assert told.startswith("clipyard: The database does not answer: ")
            assert "hidden" not in told


def test_an_operator_gives_an_account_money_and_sees_what_became_of_it(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["accounts", "create", "acme"])
    capsys.readouterr()
    assert cli.main(["billing", "grant", "acme", "5"]) == 0
    assert capsys.readouterr().out == "acme: balance $5.00, reserved $0.00, no paid deposit\n"
    assert cli.main(["billing", "grant", "acme", "50.50", "--as-deposit"]) == 0
    assert capsys.readouterr().out == "acme: balance $85.80, reserved $0.00, paid deposit\n"
    assert cli.main(["billing", "show", "acme"]) == 0
    now, deposit, grant = capsys.readouterr().out.splitlines()
    assert now == "acme: balance $85.80, reserved $0.00, paid deposit"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC  deposit -  \$80\.80 → \$85\.80  grant_\w+", deposit)
    assert "  grant -  $5.00 → $5.00  " in grant
    assert cli.main(["audit", "show"]) == 0
    told = capsys.readouterr().out
    assert "money_granted" in told
    assert "money_deposited" in told


def test_the_readmes_commands_about_money_do_what_they_say(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    money = (ROOT / "README.md").read_text().partition("### Money")[2].partition("\n##")[0]
    commands = re.findall(r"^\./run (.*)$", money, re.MULTILINE)
    assert len(commands) == 3
    for command in commands:
        assert cli.main(shlex.split(command, comments=True)) == 0
    [told] = re.findall(r"answers `(\{.+?\})`", money)
    assert json.loads(told) == msgspec.to_builtins(Balance(balance=5, reserved=0, paid_deposit=False))
    assert "acme: balance $5.00" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["grant", "nobody", "5"], "There is no account nobody."),
        (["show", "nobody"], "There is no account nobody."),
        (["grant", "acme", "-1.5"], '"-1.5" is not an amount in dollars'),
        (["grant", "acme", "1e9"], '"1e9" is not an amount in dollars'),
        (["grant", "acme", "4.99", "--as-deposit"], "A deposit is at least $5.00."),
    ],
)
def test_a_grant_that_cannot_be_meant_is_refused_with_a_sentence(
    data: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    cli.main(["accounts", "create", "acme"])
    assert cli.main(["billing", *arguments]) == 1
    assert f"clipyard: {sentence}" in capsys.readouterr().err
    cli.main(["billing", "show", "acme"])
    assert "balance $0.00" in capsys.readouterr().out


async def refused(_: object) -> None:
    raise StorageFailed("The file store is away.")


def test_a_renderer_gets_absolute_paths_and_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIPYARD_SECRET", "a secret")
    for chosen in ("", "somewhere/numba"):
        monkeypatch.setenv("NUMBA_CACHE_DIR", chosen)
        told = renderer_process.environment(Path("data"))
        assert told["NUMBA_CACHE_DIR"] == str(Path(chosen or "data/cache/numba").absolute())
        assert Path(told["HOME"]).is_absolute()
        assert "a secret" not in told.values()


class Checkout:
    """A copy of `run` that is set up already, with programs of the test's own around it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.programs = folder / "checkout", folder / "programs"
        (self.folder / ".venv" / "bin").mkdir(parents=True)
        self.programs.mkdir()
        shutil.copy(ROOT / "run", self.folder)
        for name in ("pyproject.toml", "constraints.txt"):
            (self.folder / name).write_text(name)
        self.program(self.programs / "id", "echo 1000")  # installs nothing
        stamp = hashlib.sha256(b"pyproject.tomlconstraints.txt").hexdigest()[:16]
        for extras in ("workers", "workers,test"):
            (self.folder / ".venv" / f".set-up-{extras}-{stamp}").touch()

    def program(self, path: Path, script: str) -> None:
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        path = f"{self.programs}:/usr/bin:/bin:/usr/sbin:/sbin"
        return subprocess.run(
            [self.folder / "run", *arguments],
            env={"PATH": path, **environment},
            cwd=self.programs,
            capture_output=True,
            text=True,
            timeout=30,
        )


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_a_complaint_of_the_linter_fails_the_test_command(checkout: Checkout) -> None:
    for name in ("mypy", "lint-imports", "python"):
        checkout.program(checkout.folder / ".venv" / "bin" / name, "exit 0")
    for complaining in ("check", "format", "neither"):
        checkout.program(checkout.folder / ".venv" / "bin" / "ruff", f'test "$1" != {complaining}')
        assert (checkout.run("test").returncode == 0) == (complaining == "neither"), complaining


@pytest.mark.parametrize("data_dir", ["", "elsewhere", "/srv/clips"])
def test_compiled_kernels_have_an_absolute_place_in_the_data_directory(checkout: Checkout, data_dir: str) -> None:
    checkout.program(checkout.folder / ".venv" / "bin" / "clipyard", "echo $NUMBA_CACHE_DIR")
    told = checkout.run("serve", CLIPYARD_DATA_DIR=data_dir)
    assert told.stdout.strip() == f"{checkout.folder / (data_dir or 'data')}/cache/numba", told.stderr


def test_who_draws_is_left_in_their_own_folder(checkout: Checkout) -> None:
    checkout.program(checkout.folder / ".venv" / "bin" / "clipyard", "pwd")
    for word in ("render", "frame"):
        assert checkout.run(word, "my.json").stdout.strip() == str(checkout.programs)
    assert checkout.run("serve").stdout.strip() == str(checkout.folder)


def test_a_file_of_the_caller_is_no_module_of_ours(tmp_path: Path) -> None:
    for name in ("renderer.py", "json.py"):
        (tmp_path / name).write_text("raise SystemExit('taken for a module')")
    command = [sys.executable, "-P", "-m", "app.cli", "frame", "nowhere.json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    told = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert 'no built-in template "nowhere.json"' in told.stderr


def test_without_a_fitting_python_that_is_all_it_says(checkout: Checkout) -> None:
    for stamp in (checkout.folder / ".venv").glob(".set-up-*"):
        stamp.unlink()
    for name in ("python3", "python3.11", "python3.12", "python3.13"):
        checkout.program(checkout.programs / name, "exit 1")
    told = checkout.run("serve")
    assert told.returncode == 1
    assert told.stderr.startswith("run: Python 3.11, 3.12 or 3.13 is needed")
    assert told.stderr.count("\n") == 1
