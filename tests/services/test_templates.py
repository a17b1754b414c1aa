"""Finding templates: the built-in ones by uid or name, an account's own by uid."""

import json
from pathlib import Path

import pytest

from app import ids
from app.db.engine import sql
from app.errors import NotFound
from app.services import accounts, templates

TEMPLATE = {"title": "Card", "scenes": [{"duration": 1}]}
NAMES = ["alpha", "beta", "travel-list"]

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "videos"
    folder.mkdir()
    for name in NAMES:
        (folder / f"{name}.json").write_text(json.dumps({**TEMPLATE, "title": name.title()}))
    monkeypatch.setattr(templates, "BUILTIN_DIR", folder)
    return folder


async def own(account: str, created_at: int = 0) -> str:
    uid = f"{account[-8:]}{created_at:010}"
    await sql(
        "INSERT INTO templates (uid, account, title, body, created_at, updated_at) VALUES ({}, {}, {}, {}, {}, 0)",
        uid,
        account,
        "Mine",
        json.dumps(TEMPLATE),
        created_at,
    )
    return uid


async def test_a_builtin_is_found_by_its_name_and_by_its_uid() -> None:
    by_name = await templates.find("travel-list", "acc_any")
    assert by_name == await templates.find(ids.builtin_template_uid("travel-list"), "acc_any")
    assert (by_name.title, by_name.raw["scenes"]) == ("Travel-List", [{"duration": 1}])


async def test_a_misspelt_name_is_answered_with_the_nearest_and_with_what_there_is() -> None:
    with pytest.raises(NotFound) as refusal:
        await templates.find("travel_lst", "acc_any")
    assert 'did you mean "travel-list"?' in refusal.value.message
    assert "alpha, beta, travel-list" in refusal.value.message
    assert [field.path for field in refusal.value.fields] == ["template"]


@pytest.mark.parametrize("reference", ["", "\0", "x" * 500, "../alpha", "alpha.json", "'; DROP TABLE templates; --"])
async def test_what_is_no_name_finds_nothing(reference: str) -> None:
    with pytest.raises(NotFound):
        await templates.find(reference, "acc_any")


async def test_an_own_template_is_its_accounts_alone() -> None:
    ann, eve = await accounts.create_account("ann"), await accounts.create_account("eve")
    uid = await own(ann)
    assert (await templates.find(uid, ann)).raw == TEMPLATE
    with pytest.raises(NotFound):
        await templates.find(uid, eve)
    assert [stored.name for stored in await templates.page(eve, number=1, size=10)] == NAMES


@pytest.mark.parametrize("size", [1, 2, 3, 5, 10])
async def test_pages_of_every_size_hold_all_templates_once_own_ones_first(size: int) -> None:
    ann = await accounts.create_account("ann")
    mine = [await own(ann, created_at=age) for age in range(3)]
    pages = [await templates.page(ann, number=number, size=size) for number in range(1, 8)]
    listed = [stored.uid for page in pages for stored in page]
    assert listed == [*reversed(mine), *map(ids.builtin_template_uid, NAMES)]
    assert all(len(page) == size for page in pages[: 6 // size])
