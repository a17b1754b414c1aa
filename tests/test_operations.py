"""What operators do from the command line, on both engines."""

import asyncio
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app import cli
from app.db import engine as db
from app.db.engine import tx
from app.db.migrate import migrate
from app.db.tables import TABLES
from app.services import accounts, credentials, dispatching, jobs
from app.specs import RenderSpec

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
    assert (code, told.partition(". ")[0]) == (0, "bootstrap signs in with ops@example.com")
    assert "API keys go on working" in told

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
        (("accounts", "create", "taken@b.com"), "", "There is an account taken@b.com already (acc_"),
        (("accounts", "set-password", "acme", "--email", "a@long.example"), "a@long.example", "not the e-mail"),
        (("keys", "create", "--account", "TYPO"), "", "There is no account TYPO. `accounts list` shows all, `accounts"),
        (("keys", "revoke", "clp_none…"), "", "No key has the id or prefix clp_none…."),
        (("audit", "show", "--account", "nobody"), "", "There is no account nobody."),
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


def test_a_ban_is_listed_until_it_is_lifted_and_one_that_changes_nothing_says_so(clipyard: Callable[..., Told]) -> None:
    clipyard("accounts", "create", "acme", "--email", "a@acme.example")
    assert clipyard("accounts", "ban", "acme")[1] == "banned: acme"
    assert clipyard("accounts", "ban", "A@acme.example")[:2] == (0, "acme was banned already: nothing is changed")
    assert "acme  a@acme.example  banned" in clipyard("accounts", "list")[1]
    assert clipyard("accounts", "unban", "acme")[1] == "no longer banned: acme"
    assert clipyard("accounts", "unban", "acme")[1] == "acme was not banned: nothing is changed"
    assert "banned" not in clipyard("accounts", "list")[1]
    assert clipyard("audit", "show")[1].count("banned") == 2


def test_an_account_gets_slots_of_its_own_until_they_are_taken_back(
    clipyard: Callable[..., Told], database_url: str, tmp_path: Path
) -> None:
    clipyard("accounts", "create", "acme")
    for given, told in (
        (("--slots", "3"), "acme: Starter, 500 credits a month, jobs at once: 3"),
        ((), "acme: Starter, 500 credits a month, jobs at once: 3"),
        (("--slots", "default"), "acme: Starter, 500 credits a month"),
        (("--slots", "1"), "acme: Starter, 500 credits a month, jobs at once: 1"),
    ):
        assert clipyard("accounts", "plan", "acme", "500", "--plan", "Starter", *given)[:2] == (0, told)
    assert clipyard("accounts", "list")[1].endswith("0 of 500 credits this month, jobs at once: 1")
    assert '"slots":3' in clipyard("audit", "show", "--action", "plan_changed")[1]
    for mistake in ("0", "-1", "many", "9" * 20):
        with pytest.raises(SystemExit):
            clipyard("accounts", "plan", "acme", "500", f"--slots={mistake}")

    async def dispatched() -> int:
        [acme] = await accounts.meant("acme")
        await dispatching.register("w1", "host", {"cpu": 4})
        async with tx():
            for _ in range(2):
                await jobs.submit(RenderSpec(template={}), account=acme.id)
        return len(await dispatching.take_due("cpu", lease_s=30))

    assert asyncio.run(_in_database(database_url, tmp_path, dispatched)) == 1


def test_a_name_that_several_have_is_refused_with_their_ids(
    clipyard: Callable[..., Told], database_url: str, tmp_path: Path
) -> None:
    clipyard("accounts", "create", "acme")

    async def another() -> str:
        return await accounts.create_account("acme", email="a@acme.example")

    other = asyncio.run(_in_database(database_url, tmp_path, another))
    for command in (
        ("accounts", "ban"),
        ("accounts", "delete", "--yes"),
        ("billing", "show"),
        ("keys", "create", "--account"),
    ):
        code, told, complaint = clipyard(*command, "acme")
        assert (code, told) == (1, ""), command
        assert f"{other}  acme  a@acme.example" in complaint
        assert complaint.count("acc_") == 2
    assert clipyard("keys", "create", "--account", str(other))[0] == 0
    assert len([line for line in clipyard("keys", "list")[1].splitlines() if str(other) in line]) == 1


def test_an_operator_erases_an_account_with_its_files_and_not_their_own(
    clipyard: Callable[..., Told], tmp_path: Path
) -> None:
    clipyard("migrate")
    assert clipyard("accounts", "delete", "bootstrap", "--yes")[0] == 1
    for how in ("typed", "--yes"):
        key = clipyard("accounts", "create", "acme", "--email", "a@acme.example")[1]
        clipyard("accounts", "ban", "acme")
        account = clipyard("accounts", "list")[1].splitlines()[-1].split("  ")[0]
        file = tmp_path / "files" / "assets" / account / "a.png"
        file.parent.mkdir(parents=True)
        file.write_bytes(b"a picture")
        for typed in ("", "acme\n"):
            code, _, told = clipyard("accounts", "delete", "acme", typed=typed)
            assert (code, "Nothing was deleted" in told) == (1, True)
        assert file.exists()
        given = ("--yes",) if how == "--yes" else ()
        code, told, asked = clipyard("accounts", "delete", "acme", *given, typed=f"{account}\n")
        assert (code, told) == (0, "deleted: acme")
        assert ("Type its id" in asked) == (how == "typed")
        assert not file.exists()
        assert "acme" not in clipyard("accounts", "list")[1] + clipyard("keys", "list")[1]
        assert clipyard("keys", "revoke", key[:12])[0] == 1
        gone = clipyard("audit", "show", "--account", account)[1].splitlines()
        assert gone[-1].endswith(f"operator  account_erased  {account}")


def test_what_operators_do_is_written_down(clipyard: Callable[..., Told]) -> None:
    key = clipyard("accounts", "create", "acme", "--email", "a@acme.example")[1]
    clipyard("accounts", "set-password", "acme", "--email", "a@acme.example", typed=f"{PASSWORD}\n")
    clipyard("accounts", "plan", "acme", "500", "--plan", "Starter")
    clipyard("accounts", "ban", "acme")
    clipyard("accounts", "unban", "acme")
    clipyard("keys", "revoke", f"{key[:12]}…")
    clipyard("accounts", "set-password", "acme", "--email", "b@acme.example", typed=f"{PASSWORD}\n")
    clipyard("accounts", "create", "other")
    log = clipyard("audit", "show", "--account", "b@acme.example")[1]
    actions = [line.split("  ")[2] for line in log.splitlines()]
    assert sorted(actions[:2]) == ["account_created", "key_created"]
    assert actions[2:6] == ["password_set", "plan_changed", "account_banned", "account_unbanned"]
    assert sorted(actions[6:]) == ["email_changed", "key_revoked", "password_set"]
    assert {line.split("  ")[1] for line in log.splitlines()} == {"operator"}
    assert '"credits":500' in log
    for hidden in (key, PASSWORD, "@acme.example"):
        assert hidden not in log


def test_the_log_is_shown_as_far_as_it_is_asked_for(clipyard: Callable[..., Told]) -> None:
    for name in ("acme", "other", "third"):
        clipyard("accounts", "create", name)

    def shown(*filters: str) -> int:
        return len(clipyard("audit", "show", *filters)[1].splitlines())

    assert shown() == 6
    assert (shown("--account", "acme"), shown("--action", "account_created"), shown("--limit", "4")) == (2, 3, 4)
    assert shown("--account", "acme", "--action", "key_created") == 1
    [latest] = clipyard("audit", "show", "--limit", "1")[1].splitlines()
    at = latest.partition(" UTC")[0]
    for since, count in (("1h", 6), ("2020-01-01", 6), ("2020-01-01T09:30+02:00", 6), ("2999-12-31 00:00:00 UTC", 0)):
        assert shown("--since", since) == count, since
    assert shown("--since", f"{at} UTC") >= 1
    assert clipyard("audit", "show", "--since", "2999-12-31")[2] == "clipyard: There is nothing to show."
    for mistake in (("--since", "yesterday"), ("--action", "key_made"), ("--limit", "0")):
        with pytest.raises(SystemExit):
            clipyard("audit", "show", *mistake)


def test_webhook_secrets_outlive_a_change_of_the_installations(
    clipyard: Callable[..., Told], monkeypatch: pytest.MonkeyPatch
) -> None:
    clipyard("migrate")
    kept = clipyard("webhook-secret")[1]
    monkeypatch.setenv("CLIPYARD_SECRET", "another one, as long as it has to be")
    code, _, told = clipyard("webhook-secret")
    assert (code, told.endswith("After a change `reseal` takes them over.")) == (2, True)
    code, _, told = clipyard("reseal", typed="not the one before\n")
    assert (code, "Under neither that nor the one given: 1." in told) == (1, True)
    assert clipyard("webhook-secret")[0] == 2
    for _ in range(2):
        code, told, _ = clipyard("reseal", typed="a secret that is long enough\n")
        assert (code, told) == (0, "Webhook secrets under the present CLIPYARD_SECRET now: 1.")
        assert clipyard("webhook-secret")[1] == kept
