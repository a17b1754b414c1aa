"""What operators do from the command line, on both engines."""

import asyncio
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app import cli
from app.db import engine as db
from app.db.migrate import migrate
from app.db.tables import TABLES
from app.services import credentials

PASSWORD = "correct horse battery"
Told = tuple[int, str, str]
"""Exit code, output and complaints of a command."""


async def _in_database(database_url: str, data: Path, work: Callable[[], object]) -> object:
    async with db.connected(db.choose(database_url, data)):
        await migrate()
        return await work()


async def _emptied() -> None:
    for table in reversed(TABLES):
        await table.delete(force=True)


@pytest.fixture
def clipyard(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., Told]]:
    """Runs a command on a database that was empty; `typed` is its standard input."""
    for name in [name for name in os.environ if name.startswith("CLIPYARD_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CLIPYARD_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CLIPYARD_DATABASE_URL", database_url)
    monkeypatch.setenv("CLIPYARD_SECRET", "a secret that is long enough")
    asyncio.run(_in_database(database_url, tmp_path, _emptied))
    before = os.umask(0o022)

    def run(*arguments: str, typed: str = "") -> Told:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = cli.main(arguments)
        told = capsys.readouterr()
        return code, told.out.strip(), told.err.strip()

    yield run
    os.umask(before)


def test_the_bootstrap_account_gets_a_password(
    clipyard: Callable[..., Told], database_url: str, tmp_path: Path
) -> None:
    assert clipyard("migrate")[0] == 0
    code, told, _ = clipyard("accounts", "set-password", "--email", "Ops@example.com", typed=f"{PASSWORD}\n")
    assert (code, told) == (0, "bootstrap signs in with ops@example.com")

    async def signed_in() -> str:
        return (await credentials.sign_in("ops@example.com", PASSWORD, address="127.0.0.1")).account

    assert asyncio.run(_in_database(database_url, tmp_path, signed_in)) == "acc_bootstrap"


@pytest.mark.parametrize(
    ("arguments", "typed", "complaint"),
    [
        (("accounts", "set-password", "acme"), PASSWORD, "acme has no e-mail to sign in with. Give one: --email."),
        (("accounts", "set-password", "acme", "--email", "a@b.com"), "short", "at least 10 characters"),
        (("accounts", "set-password", "acme", "--email", "nobody"), PASSWORD, "no e-mail address"),
        (("accounts", "set-password", "acme", "--email", "taken@b.com"), PASSWORD, "Another account has the e-mail"),
        (("accounts", "set-password", "nobody", "--email", "a@b.com"), PASSWORD, "There is no account nobody."),
        (("accounts", "create", "acme"), "", "There is an account"),
        (("accounts", "create", "new", "--email", "taken@b.com"), "", "Another account has the e-mail"),
        (("accounts", "create", "x" * 201), "", "A name has 1 to 200 characters"),
        (("accounts", "create", ""), "", "A name has 1 to 200 characters"),
        (("keys", "create", "--account", "x" * 201), "", "A name has 1 to 200 characters"),
        (("keys", "create", "--account", "acme", "--name", "x" * 101), "", "A name has 1 to 100 characters"),
        (("accounts", "ban", "nobody"), "", "There is no account nobody."),
    ],
)
def test_a_mistake_is_answered_with_a_sentence_and_changes_nothing(
    clipyard: Callable[..., Told], arguments: tuple[str, ...], typed: str, complaint: str
) -> None:
    clipyard("accounts", "create", "acme")
    clipyard("accounts", "create", "other", "--email", "taken@b.com")
    before = [clipyard("accounts", "list"), clipyard("keys", "list"), clipyard("audit", "show")]
    code, _, told = clipyard(*arguments, typed=f"{typed}\n")
    assert code == 1
    assert told.startswith("clipyard: ")
    assert complaint in told
    assert [clipyard("accounts", "list"), clipyard("keys", "list"), clipyard("audit", "show")] == before


def test_a_ban_is_listed_until_it_is_lifted(clipyard: Callable[..., Told]) -> None:
    clipyard("accounts", "create", "acme")
    assert clipyard("accounts", "ban", "acme")[1] == "banned: acme"
    assert "acme  no e-mail  banned" in clipyard("accounts", "list")[1]
    assert clipyard("accounts", "unban", "acme")[1] == "no longer banned: acme"
    assert "banned" not in clipyard("accounts", "list")[1]


def test_what_operators_do_is_written_down(clipyard: Callable[..., Told]) -> None:
    key = clipyard("accounts", "create", "acme", "--email", "a@acme.example")[1]
    clipyard("accounts", "set-password", "acme", typed=f"{PASSWORD}\n")
    clipyard("accounts", "plan", "acme", "500", "--plan", "Starter")
    clipyard("accounts", "ban", "acme")
    clipyard("accounts", "unban", "acme")
    clipyard("keys", "revoke", key[:12])
    log = clipyard("audit", "show")[1]
    actions = [line.split("  ")[2] for line in log.splitlines()]
    assert actions[:2] == ["account_created", "key_created"] or actions[:2] == ["key_created", "account_created"]
    assert actions[2:] == ["password_set", "plan_changed", "account_banned", "account_unbanned", "key_revoked"]
    assert {line.split("  ")[1] for line in log.splitlines()} == {"operator"}
    assert '"credits":500' in log
    for hidden in (key, PASSWORD, "a@acme.example"):
        assert hidden not in log
    assert len(clipyard("audit", "show", "--last", "2")[1].splitlines()) == 2
