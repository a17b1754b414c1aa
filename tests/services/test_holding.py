"""Who asks is held on both engines: nothing is made for who is gone, and nobody waits in a circle."""

import asyncio
from collections.abc import Awaitable

import pytest

from app.db.engine import sql, tx
from app.errors import AppError, Forbidden, Unauthorized
from app.services import accounts, credentials, erasure, holding, keys, sessions
from app.services.principals import Principal
from app.services.webhooks import endpoints
from app.storage.local import LocalStorage

PASSWORD = "correct horse battery"
ROUNDS = 8

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
async def ann() -> str:
    account = await accounts.create_account("ann", email="ann@example.com")
    await credentials.set_password(account, PASSWORD)
    return account


async def session(account: str) -> Principal:
    async with tx():
        secret = await sessions.start(account)
    return await sessions.authenticate(secret)


async def key(account: str) -> Principal:
    return await keys.authenticate((await keys.create(account, "laptop")).key)


async def held(principal: Principal) -> None:
    async with holding.acting(principal):
        pass


async def outcomes(*asked: Awaitable[object]) -> list[object]:
    """What came of each at once: only refusals in words are let through."""
    found = await asyncio.gather(*asked, return_exceptions=True)
    for outcome in found:
        if isinstance(outcome, BaseException) and not isinstance(outcome, AppError):
            raise outcome
    return list(found)


async def hook(principal: Principal) -> None:
    async with holding.acting(principal):
        wanted = endpoints.Wanted(url="https://example.com/in", events=("upload.ready",))
        await endpoints.create(wanted, principal.account, b"s" * 32)


async def refusal(principal: Principal) -> str:
    with pytest.raises((Unauthorized, Forbidden)) as refused:
        await held(principal)
    return refused.value.code


async def test_who_is_still_there_is_held(ann: str) -> None:
    for principal in (await session(ann), await key(ann)):
        await held(principal)


async def test_a_session_that_ended_and_a_key_that_was_revoked_are_refused(ann: str) -> None:
    browser, program = await session(ann), await key(ann)
    await sessions.end(browser)
    await keys.revoke(program.id)
    assert [await refusal(browser), await refusal(program)] == ["session_over", "key_disabled"]


async def test_whatever_a_banned_or_erased_account_asks_with_is_refused(ann: str) -> None:
    asking = [await session(ann), await key(ann)]
    await accounts.set_banned(ann, True)
    assert [await refusal(principal) for principal in asking] == ["account_banned"] * 2
    await accounts.set_banned(ann, False)
    await accounts.forget(ann)
    assert [await refusal(principal) for principal in asking] == ["account_gone"] * 2


async def test_an_erased_account_has_no_use_for_a_key_or_session_that_is_left(ann: str) -> None:
    minted = await keys.create(ann, "laptop")
    async with tx():
        secret = await sessions.start(ann)
    await accounts.forget(ann)
    with pytest.raises(Unauthorized):
        await keys.authenticate(minted.key)
    with pytest.raises(Unauthorized):
        await sessions.authenticate(secret)


async def test_nothing_made_at_the_moment_of_erasing_stays(ann: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("files")
    storage = LocalStorage(folder, public_url="http://localhost", secret=b"x" * 16)
    first, second = await session(ann), await session(ann)
    await outcomes(
        erasure.erase(first, PASSWORD, storage=storage, cache=folder),
        credentials.sign_in("ann@example.com", PASSWORD, address="192.0.2.1"),
        *(keys.create_own(second, "late") for _ in range(ROUNDS)),
        *(hook(second) for _ in range(ROUNDS)),
    )
    for table in ("api_keys", "sessions", "webhook_endpoints", "signing_secrets"):
        assert not await sql(f"SELECT id FROM {table} WHERE account = {{}}", ann), table


async def test_of_two_sessions_that_change_the_password_at_once_one_does(ann: str) -> None:
    for _ in range(ROUNDS // 2):
        await sql("DELETE FROM rate_windows")
        asked = [credentials.change_password(await session(ann), PASSWORD, PASSWORD) for _ in range(2)]
        refused = [outcome for outcome in await outcomes(*asked) if isinstance(outcome, Unauthorized)]
        assert [error.code for error in refused] == ["session_over"]


async def test_a_key_is_made_before_the_password_changes_or_not_at_all(ann: str) -> None:
    for _ in range(ROUNDS // 2):
        await sql("DELETE FROM rate_windows")
        one, other = await session(ann), await session(ann)
        await outcomes(credentials.change_password(one, PASSWORD, PASSWORD), keys.create_own(other, "late"))


async def test_a_session_is_signed_out_once_in_the_log(ann: str) -> None:
    browser = await session(ann)
    for _ in range(2):
        async with tx():
            await sessions.end(browser)
    assert len(await sql("SELECT id FROM audit_log WHERE action = 'signed_out'")) == 1
