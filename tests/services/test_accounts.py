"""Accounts and keys on both engines."""

import asyncio

import pytest

from app.db.engine import Engine, sql, tx
from app.errors import Conflict, Forbidden, NotFound, Unauthorized
from app.services import accounts, keys
from app.settings import Settings
from tests.services.meeting import meeting

pytestmark = pytest.mark.usefixtures("database")


async def test_the_first_start_mints_one_key_and_later_starts_none() -> None:
    first = await accounts.bootstrap(Settings())
    assert first
    assert await accounts.bootstrap(Settings()) is None
    principal = await keys.authenticate(first)
    assert (principal.account, principal.admin) == (accounts.BOOTSTRAP, True)


async def test_processes_that_start_together_mint_one_key() -> None:
    minted = await asyncio.gather(*(accounts.bootstrap(Settings()) for _ in range(6)))
    assert len([key for key in minted if key]) == 1
    assert len(await keys.listing()) == 1


async def test_the_key_of_the_settings_is_the_bootstrap_accounts_from_every_start() -> None:
    settings = Settings(bootstrap_key="the-operators-own")
    assert [await accounts.bootstrap(settings) for _ in range(2)] == [None, None]
    assert (await keys.authenticate("the-operators-own")).admin
    assert len(await keys.listing()) == 1


async def test_a_key_set_after_the_first_start_works_too() -> None:
    minted = await accounts.bootstrap(Settings())
    assert minted
    await accounts.bootstrap(Settings(bootstrap_key="the-operators-own"))
    owners = [(await keys.authenticate(key)).account for key in (minted, "the-operators-own")]
    assert owners == [accounts.BOOTSTRAP] * 2


async def test_another_key_in_the_settings_revokes_the_one_before_for_good(caplog: pytest.LogCaptureFixture) -> None:
    async def refused(key: str) -> str:
        with pytest.raises(Forbidden) as refusal:
            await keys.authenticate(key)
        return refusal.value.code

    minted = await accounts.bootstrap(Settings())
    assert minted
    made = (await keys.create(accounts.BOOTSTRAP, "bootstrap")).key
    for leaked in ("the-one-that-leaks", "the-second-that-leaks"):
        await accounts.bootstrap(Settings(bootstrap_key=leaked))
    await accounts.bootstrap(Settings(bootstrap_key="the-one-to-stay-now"))
    assert not caplog.records
    for _ in range(2):
        await accounts.bootstrap(Settings(bootstrap_key="the-one-that-leaks"))
        assert "CLIPYARD_BOOTSTRAP_KEY was revoked" in caplog.text, "a process of yesterday's settings, perhaps"
        for leaked in ("the-one-that-leaks", "the-second-that-leaks"):
            assert await refused(leaked) == "key_disabled"
        for key in (minted, made, "the-one-to-stay-now"):
            assert (await keys.authenticate(key)).admin
        await sql("UPDATE api_keys SET revoked_at = revoked_at - {}", keys.REVOKED_KEPT_S * 1000 + 1)
        await keys.forget_old()
    assert len(await sql("SELECT id FROM audit_log WHERE action = 'key_revoked'")) == 2


async def test_a_key_that_was_revoked_a_season_ago_is_forgotten_with_its_name() -> None:
    ann = await accounts.create_account("ann")
    old, young, live = [await keys.create(ann, f"laptop {n}") for n in range(3)]
    async with tx():
        assert await keys.keep(ann, "the same", live.key) == live.id
    for key in (old, young):
        await keys.revoke(key.id)
    ages = "UPDATE api_keys SET created_at = 0, revoked_at = revoked_at - {} WHERE id = {}"
    await sql(ages, keys.REVOKED_KEPT_S * 1000 + 1, old.id)
    await sql(ages, keys.REVOKED_KEPT_S * 1000 - 60_000, young.id)
    await keys.forget_old()
    assert {key.id for key in await keys.listing()} == {young.id, live.id}
    with pytest.raises(Unauthorized):
        await keys.authenticate(old.key)
    told = await sql("SELECT subject, detail FROM audit_log WHERE action = 'key_created'")
    assert {row["subject"] for row in told if row["detail"] == "{}"} == {old.id}


async def test_an_unknown_key_is_nobodys() -> None:
    await accounts.bootstrap(Settings())
    with pytest.raises(Unauthorized):
        await keys.authenticate("clp_" + "x" * 43)


async def test_a_revoked_key_is_refused_from_the_next_request_on() -> None:
    minted = await keys.create(await accounts.create_account("ann"), "laptop")
    assert not (await keys.authenticate(minted.key)).admin
    await keys.revoke(minted.id)
    with pytest.raises(Forbidden) as refusal:
        await keys.authenticate(minted.key)
    assert refusal.value.code == "key_disabled"


async def test_a_key_is_revoked_by_its_prefix_unless_that_means_several() -> None:
    ann = await accounts.create_account("ann")
    for behind in ("", "…", "..."):
        minted = await keys.create(ann, "laptop")
        assert (await keys.revoke(f"{minted.key[:12]}{behind}")).id == minted.id
        with pytest.raises(Forbidden):
            await keys.authenticate(minted.key)
    with pytest.raises(Conflict, match="revoked already"):
        await keys.revoke(minted.id)
    assert len(await sql("SELECT id FROM audit_log WHERE action = 'key_revoked'")) == 3
    twins = [(await keys.create(ann, "twin")).id for _ in range(2)]
    await sql("UPDATE api_keys SET prefix = 'clp_same' WHERE name = 'twin'")
    with pytest.raises(Conflict, match=f"{min(twins)}, {max(twins)}"):
        await keys.revoke("clp_same…")
    with pytest.raises(NotFound, match="no such key"):
        await keys.revoke("no such key")
    await keys.revoke(twins[0])


async def test_only_hashes_of_keys_are_stored() -> None:
    minted = await keys.create(await accounts.create_account("ann"), "laptop")
    stored = str(await sql("SELECT * FROM api_keys"))
    assert minted.key not in stored
    assert minted.key[:12] in stored
    assert minted.key[:16] not in stored


async def test_the_time_of_last_use_is_written_once_a_minute() -> None:
    minted = await keys.create(await accounts.create_account("ann"), "laptop")
    assert (await keys.authenticate(minted.key)).use_due
    await keys.note_use(await keys.authenticate(minted.key))
    [first] = await keys.listing()
    assert first.last_used
    assert not (await keys.authenticate(minted.key)).use_due
    await sql("UPDATE api_keys SET last_used_at = last_used_at - 61000")
    assert (await keys.authenticate(minted.key)).use_due


async def test_an_operator_means_an_account_by_id_email_or_name_and_never_one_of_several() -> None:
    ann = await accounts.create_account("ann", email="ann@example.com")
    twins = [await accounts.create_account("twin") for _ in range(2)]
    disguised = await accounts.create_account(twins[0])

    async def meant(given: str) -> list[str]:
        return [account.id for account in await accounts.meant(given)]

    assert [await meant(given) for given in (ann, "ann", "Ann@Example.COM ", "nobody", "")] == [[ann]] * 3 + [[]] * 2
    assert sorted(await meant("twin")) == sorted(twins)
    assert await meant(twins[0]) == [twins[0]], "no name takes the place of an id"
    await accounts.create_account("ann@example.com")
    assert len(await meant("ann@example.com")) == 2
    await accounts.forget(disguised)
    assert [await meant(given) for given in (disguised, "erased")] == [[], []]


async def test_there_is_no_key_without_an_account() -> None:
    with pytest.raises(NotFound):
        await keys.create("acc_nobody", "laptop")


async def test_what_a_banned_or_erased_account_has_is_shown_to_nobody() -> None:
    ann = await accounts.create_account("ann")
    shut = [await accounts.is_shut_out(ann)]
    for banned in (True, False):
        await accounts.set_banned(ann, banned)
        shut.append(await accounts.is_shut_out(ann))
    await accounts.forget(ann)
    assert [*shut, await accounts.is_shut_out(ann)] == [False, True, False, True]


async def test_an_email_is_one_accounts_however_many_want_it_at_once(database: Engine) -> None:
    ann, bob = await accounts.create_account("ann"), await accounts.create_account("bob")
    told = await meeting(
        database,
        lambda: accounts.set_email(ann, "ann@example.com"),
        lambda: accounts.set_email(bob, "ann@example.com"),
        lambda: accounts.create_account("eve", email="Ann@Example.com"),
    )
    assert [type(outcome) for outcome in told] == [type(None), Conflict, Conflict], told
    with pytest.raises(Conflict, match="Another account has the e-mail ann@example"):
        await accounts.create_account("eve", email="ann@example.com")
    kept = {account.name: account.email for account in await accounts.everyone()}
    assert kept == {"ann": "ann@example.com", "bob": None}, "who was refused left nothing"
