"""Renders: what is checked before a job exists, and how the job reads as a render."""

from typing import Any

import pytest

from app.db.engine import Engine, sql, tx
from app.egress import Egress
from app.errors import AddressRefused, AppError, Conflict, InvalidInput, NotFound
from app.services import accounts, jobs, quotas, renders
from app.services.links import Links
from renderer.errors import TemplateError

LINKS = Links(base_url="https://video.example", secret=b"a secret of this test")
TEMPLATE: dict[str, Any] = {
    "width": 1920,
    "height": 1080,
    "frame-rate": 30,
    "scenes": [{"name": "One", "duration": 2, "objects": [{"type": "text", "name": "title", "text": "Hello"}]}],
}
RESULT = {
    "key": "renders/a/b/1/video.mp4",
    "preview": "renders/a/b/1/preview.jpg",
    "bytes": 1000,
    "width": 1920,
    "height": 1080,
    "frames": 90,
    "duration": 3.0,
    "warnings": ["A letter has no font."],
}


class Desk:
    """An account that orders renders, and the worker's side of its jobs."""

    def __init__(self, account: str) -> None:
        self.account = account

    async def prepare(self, **order: Any) -> renders.Plan:
        asked = renders.Order(**{"template": TEMPLATE, **order})
        return await renders.prepare(asked, account=self.account, egress=Egress())

    async def ordered(self, **order: Any) -> str:
        plan = await self.prepare(**order)
        async with tx():
            return await renders.submit(plan)

    async def view(self, uid: str, account: str | None = None) -> renders.RenderView:
        return await renders.view(uid, links=LINKS, account=account)

    async def cancel(self, uid: str, account: str | None = None) -> renders.RenderView:
        return await renders.cancel(uid, account=account or self.account, links=LINKS)

    async def page(self, number: int = 1, size: int = 10, **filters: Any) -> list[str]:
        wanted = {"template": None, "completed": None, **filters}
        found = await renders.page(self.account, number=number, size=size, links=LINKS, **wanted)
        return [view.uid for view in found]

    async def claimed(self, uid: str) -> jobs.Claim:
        claim = await jobs.claim((await self.view(uid)).job.id, "w1", lease_s=30)
        assert claim
        return claim


@pytest.fixture
async def desk(database: Engine) -> Desk:
    return Desk(await accounts.create_account("ann"))


async def test_an_order_is_read_back_as_it_was_given(desk: Desk) -> None:
    changes = [{"scene": "One", "object": "title", "text": "Grüße 👋"}]
    uid = await desk.ordered(modifications=changes, metadata='{"id": 7}\r\n ', webhook_url="https://hooks.example/x")
    view = await desk.view(uid)
    assert view.modifications == changes
    assert (view.metadata, view.webhook_url) == ('{"id": 7}\r\n ', "https://hooks.example/x")
    assert (view.status, view.url, view.preview, view.template) == ("pending", None, None, None)
    assert view.self_url == LINKS.render(uid)


async def test_the_job_holds_the_template_with_everything_applied(desk: Desk) -> None:
    document = {**TEMPLATE, "variables": {"who": "you"}}
    document["scenes"] = [{**TEMPLATE["scenes"][0], "background-color": "#000"}]
    uid = await desk.ordered(
        template=document,
        modifications=[
            {"scene": "One", "object": "title", "text": "Hello"},
            {"scene": "One", "background-color": "#fff"},
        ],
    )
    scene = (await desk.claimed(uid)).spec.template["scenes"][0]
    assert (scene["objects"][0]["text"], scene["background-color"]) == ("Hello", "#fff")


async def test_a_finished_render_has_signed_addresses_and_its_true_credits(desk: Desk) -> None:
    uid = await desk.ordered()
    assert (await desk.view(uid)).credits == 2, "1920 × 1080 × 60 frames are 1.24 hundred million pixels"
    assert await jobs.finish(await desk.claimed(uid), RESULT)
    view = await desk.view(uid)
    assert (view.status, view.job.progress, view.credits) == ("completed", 100, 2)
    assert view.url
    assert view.url.startswith("https://video.example/files/renders/a/b/1/video.mp4?signature=")
    assert view.preview
    assert "preview.jpg" in view.preview
    assert view.warnings == ["A letter has no font."]


@pytest.mark.parametrize(
    ("width", "height", "frames", "price"),
    [(64, 36, 1, 1), (1000, 1000, 100, 1), (1000, 1000, 101, 2), (1920, 1080, 600, 13), (3840, 2160, 3600, 299)],
)
def test_a_credit_is_a_started_hundred_million_pixels(width: int, height: int, frames: int, price: int) -> None:
    assert quotas.credits_of(width, height, frames) == price


async def test_a_failed_render_says_why(desk: Desk) -> None:
    uid = await desk.ordered()
    await jobs.fail(await desk.claimed(uid), "media_unreadable", "The picture is damaged.")
    view = await desk.view(uid)
    assert (view.status, view.job.error_code, view.job.error_message) == (
        "failed",
        "media_unreadable",
        "The picture is damaged.",
    )


@pytest.mark.parametrize(
    ("order", "kind", "code", "path"),
    [
        ({"template": "no-such-template"}, NotFound, "unknown_template", "template"),
        ({"metadata": "x" * 10_001}, InvalidInput, "invalid_request", "metadata"),
        ({"metadata": "a\0b"}, InvalidInput, "invalid_request", "metadata"),
        ({"webhook_url": "ftp://hooks.example/"}, AddressRefused, "address_refused", "webhook_url"),
        ({"webhook_url": "http://127.0.0.1/"}, AddressRefused, "address_refused", "webhook_url"),
        ({"webhook_url": ""}, AddressRefused, "address_refused", "webhook_url"),
        (
            {"modifications": [{"object": "title", "text": "x"}, {"scene": "One", "background-image": "asset:ast_x"}]},
            InvalidInput,
            "unknown_asset",
            "scenes[0].background-image",
        ),
        (
            {"modifications": [{"scene": "One", "background-image": "http://10.1.2.3/a.png"}]},
            InvalidInput,
            "address_refused",
            "scenes[0].background-image",
        ),
        (
            {"modifications": [{"scene": "One", "background-image": "media/none.jpg"}]},
            InvalidInput,
            "media_missing",
            "scenes[0].background-image",
        ),
    ],
)
async def test_what_can_be_known_to_fail_never_becomes_a_job(
    desk: Desk, order: dict[str, Any], kind: type[AppError], code: str, path: str
) -> None:
    with pytest.raises(kind) as refusal:
        await desk.prepare(**order)
    assert (refusal.value.code, refusal.value.fields[0].path) == (code, path)
    assert await sql("SELECT id FROM jobs") == []


async def test_a_wrong_template_is_refused_with_every_problem(desk: Desk) -> None:
    wrong = [{"scene": "Two", "text": "x"}, {"scene": "One", "object": "titel", "text": "x"}]
    with pytest.raises(TemplateError) as refusal:
        await desk.prepare(modifications=wrong)
    assert [problem.path for problem in refusal.value.problems] == [
        "modifications[0].scene",
        "modifications[1].object",
    ]


async def test_without_strictness_unknown_names_become_warnings(desk: Desk) -> None:
    uid = await desk.ordered(modifications=[{"scene": "One", "object": "titel", "text": "x"}], strict=False)
    [warning] = (await desk.view(uid)).warnings
    assert "titel" in warning


async def test_a_render_is_its_accounts_alone(desk: Desk) -> None:
    uid = await desk.ordered()
    eve = await accounts.create_account("eve")
    with pytest.raises(NotFound):
        await desk.view(uid, eve)
    with pytest.raises(NotFound):
        await desk.cancel(uid, eve)
    assert (await desk.view(uid)).status == "pending"


@pytest.mark.parametrize("uid", ["", "\0", "x" * 18, "x" * 400, "../../etc/passwd"])
async def test_what_is_no_uid_finds_nothing(desk: Desk, uid: str) -> None:
    with pytest.raises(NotFound):
        await desk.view(uid)


async def test_a_pending_render_is_cancelled_at_once_and_again_without_harm(desk: Desk) -> None:
    uid = await desk.ordered()
    assert [(await desk.cancel(uid)).status for _ in range(2)] == ["cancelled", "cancelled"]


async def test_a_processing_render_is_cancelled_when_its_worker_hears_of_it(desk: Desk) -> None:
    uid = await desk.ordered()
    claim = await desk.claimed(uid)
    assert [(await desk.cancel(uid)).status for _ in range(2)] == ["processing", "processing"]
    assert await jobs.end_cancelled(claim)
    assert (await desk.view(uid)).status == "cancelled"


async def test_what_is_over_cannot_be_cancelled(desk: Desk) -> None:
    uid = await desk.ordered()
    await jobs.finish(await desk.claimed(uid), RESULT)
    with pytest.raises(Conflict, match="completed"):
        await desk.cancel(uid)


async def test_the_list_is_newest_first_in_pages_and_can_be_filtered(desk: Desk) -> None:
    uids = [await desk.ordered() for _ in range(5)]
    for age, uid in enumerate(uids):
        await sql("UPDATE renders SET created_at = {} WHERE uid = {}", age, uid)
    await jobs.finish(await desk.claimed(uids[1]), RESULT)
    newest = uids[::-1]
    assert [await desk.page(number, 2) for number in (1, 2, 3, 4)] == [newest[:2], newest[2:4], newest[4:], []]
    assert await desk.page(completed=True) == [uids[1]]
    assert await desk.page(completed=False) == [uid for uid in newest if uid != uids[1]]
    with pytest.raises(NotFound):
        await desk.page(template="no-such-template")
