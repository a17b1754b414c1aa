"""Brand fonts: added once, sanitised, named by every template of their account."""

import asyncio
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont
from PIL import Image, ImageChops

from app import opentype
from app.api import receiving
from app.errors import Unsupported
from app.services import fonts, templates
from renderer.format.families import FONT_FOLDER, bundled
from tests.api.conftest import SMALL, Service, refusal
from tests.services.odd_servers import INSIDE, serving

ANTON = FONT_FOLDER / "Anton" / "Anton_400Regular.ttf"


@pytest.fixture(scope="module")
def brand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Anton under another name, as WOFF."""
    path = tmp_path_factory.mktemp("fonts") / "brand.woff"
    font = TTFont(ANTON)
    for record in font["name"].names:
        if record.nameID in (1, 4, 16):
            record.string = "Our Brand"
    font.flavor = "woff"
    font.save(path)
    return path


async def added(service: Service, path: Path, **query: Any) -> dict[str, Any]:
    answer = await service.client.post("/v1/fonts", content=path.read_bytes(), params={"filename": path.name, **query})
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def headline(service: Service, family: str, fonts: list[Any] | None = None) -> Image.Image:
    text = {"type": "text", "name": "headline", "text": "Wide", "font-size": 20, "font-family": family}
    document = {**SMALL, "fonts": fonts or [], "scenes": [{"duration": 1, "objects": [text]}]}
    kept = await service.client.post("/v1/templates", json=document)
    assert kept.status_code == 201, kept.text
    answer = await service.client.post(f"/v1/templates/{kept.json()['uid']}/frame", json={"format": "png"})
    assert answer.status_code == 200, answer.text
    return Image.open(io.BytesIO(answer.content)).convert("RGB")


def equal(one: Image.Image, other: Image.Image) -> bool:
    return ImageChops.difference(one, other).getbbox() is None


async def test_a_font_is_added_once_and_named_by_every_template(everywhere: Service, brand: Path) -> None:
    font = await added(everywhere, brand)
    assert (font["family"], font["weight"], font["style"]) == ("Our Brand", 400, "normal")
    told = (await everywhere.client.get("/v1/fonts")).json()
    assert (told["fonts"], told["bundled"]) == ([font], list(bundled()))
    shown = await headline(everywhere, "Our Brand")
    assert equal(shown, await headline(everywhere, "Anton"))
    assert not equal(shown, await headline(everywhere, "Inter"))
    assert equal(shown, await headline(everywhere, "Ours", [{"family": "Ours", "src": font["url"]}]))


async def test_a_font_goes_by_the_name_it_is_given(service: Service) -> None:
    font = await added(service, ANTON, family="Headlines", weight=900, style="italic")
    assert (font["family"], font["weight"], font["style"]) == ("Headlines", 900, "italic")
    assert equal(await headline(service, "headlines"), await headline(service, "Anton"))


async def test_its_names_may_be_fields_of_the_form(service: Service) -> None:
    form = {"family": "Café Köln", "weight": "700", "style": "", "purpose": "brand"}
    answer = await service.client.post("/v1/fonts", files={"file": ("a.ttf", ANTON.read_bytes())}, data=form)
    assert (answer.status_code, answer.json()["family"], answer.json()["weight"]) == (201, "Café Köln", 700)


@pytest.mark.parametrize(
    ("form", "path"),
    [
        ({"weight": "5000"}, "weight"),
        ({"style": "bold"}, "style"),
    ],
)
async def test_a_wrong_name_is_refused_wherever_it_stands(service: Service, form: dict[str, str], path: str) -> None:
    file = {"file": ("a.ttf", ANTON.read_bytes())}
    answer = await service.client.post("/v1/fonts", files=file, data=form)
    assert (answer.status_code, answer.json()["fields"][0]["path"]) == (400, path)
    if path:
        told = await refusal(service, 400, "POST", "/v1/fonts", content=ANTON.read_bytes(), params=form)
        assert told["fields"][0]["path"] == path
    assert (await service.client.get("/v1/fonts")).json()["fonts"] == []


async def test_a_bundled_name_stays_the_bundled_fonts(service: Service) -> None:
    told = await refusal(service, 409, "POST", "/v1/fonts?family=inter", content=ANTON.read_bytes())
    assert told["code"] == "font_bundled"


async def test_a_font_is_fetched_from_an_address(service: Service, brand: Path) -> None:
    content = brand.read_bytes()

    async def respond(_: str, writer: Any) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(content) + content)

    async with serving(respond, host=INSIDE) as server:
        url = f"{server.url}/fonts/our%20brand.woff"
        answer = await service.client.post("/v1/fonts", json={"url": url, "weight": 700})
        assert answer.status_code == 201, answer.text
        assert (answer.json()["filename"], answer.json()["weight"]) == ("our brand.woff", 700)
        for kind in ({}, {"Content-Type": "application/x-www-form-urlencoded"}):  # as curl -d says
            asked = json.dumps({"url": url, "family": f"Plain {len(kind)}"}).encode()
            answer = await service.client.post("/v1/fonts", content=asked, headers=kind)
            assert answer.status_code == 201, answer.text
        assert equal(
            await headline(service, "Fetched", [{"family": "Fetched", "src": url}]), await headline(service, "Anton")
        )


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "unsupported_media"),
        (b"no font at all", "font_unreadable"),
        (ANTON.read_bytes()[:5000], "font_unreadable"),
        (b"wOF2" + bytes(2000), "font_unreadable"),
        (b"\0\1\0\0\xff\xff" + bytes(100), "font_unreadable"),
        (b"ttcf" + bytes(100), "font_unreadable"),
    ],
    ids=["empty", "text", "cut off", "hollow WOFF2", "hollow TTF", "collection"],
)
async def test_a_broken_font_is_refused_when_it_is_added(service: Service, content: bytes, code: str) -> None:
    answer = await service.client.post("/v1/fonts", content=content)
    assert answer.status_code == 422
    assert answer.json()["code"] in (code, "font_unreadable")
    assert (await service.client.get("/v1/fonts")).json()["fonts"] == []
    assert list((Path(service.settings.data_dir) / "uploads").iterdir()) == []


async def test_a_broken_font_is_refused_as_an_upload_too(service: Service) -> None:
    answer = await service.client.post("/v1/assets", content=ANTON.read_bytes()[:5000])
    assert (answer.status_code, answer.json()["code"]) == (422, "font_unreadable")


async def test_a_font_that_nobody_has_is_refused_before_a_job_exists(service: Service) -> None:
    change = [{"object": "headline", "font-family": "Our Brnad"}]
    told = await refusal(service, 400, "POST", "/v1/renders", json={"template": SMALL, "modifications": change})
    assert (told["code"], told["fields"][0]["path"]) == ("unknown_font", "modifications[0].font-family")


async def test_the_same_face_is_not_kept_twice(service: Service, brand: Path) -> None:
    await added(service, brand)
    told = await refusal(service, 409, "POST", "/v1/fonts?family=OUR%20BRAND", content=brand.read_bytes())
    assert told["code"] == "font_exists"
    await added(service, brand, weight=700)


async def test_a_deleted_font_is_gone_with_its_file(service: Service, brand: Path) -> None:
    font = await added(service, brand)
    assert (await service.client.delete(f"/v1/fonts/{font['id']}")).json() == {"id": font["id"], "deleted": True}
    assert (await service.client.get("/v1/fonts")).json()["fonts"] == []
    await refusal(service, 404, "GET", f"/v1/assets/{font['url'].removeprefix('asset:')}")
    await refusal(service, 404, "DELETE", f"/v1/fonts/{font['id']}")
    again = await added(service, brand)
    await service.client.delete(f"/v1/assets/{again['url'].removeprefix('asset:')}")
    assert (await service.client.get("/v1/fonts")).json()["fonts"] == [], "the font goes with its upload"


async def test_a_font_is_its_accounts_alone(everywhere: Service, brand: Path) -> None:
    font = await added(everywhere, brand)
    assert (await everywhere.other.get("/v1/fonts")).json()["fonts"] == []
    assert (await everywhere.other.delete(f"/v1/fonts/{font['id']}")).status_code == 404
    texts = [{"type": "text", "text": "x", "font-family": "Our Brand"}]
    answer = await everywhere.other.post("/v1/renders", json={"template": {"scenes": [{"objects": texts}]}})
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_font")
    stolen = {"fonts": [{"family": "Ours", "src": font["url"]}], "scenes": [{"duration": 1}]}
    answer = await everywhere.other.post("/v1/renders", json={"template": stolen})
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_asset")


async def test_more_faces_than_a_template_may_have_are_refused_before_a_job_exists(
    service: Service, brand: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(templates, "MAX_FONTS", 1)
    for weight in (400, 700):
        await added(service, brand, weight=weight)
    texts = [{"type": "text", "text": "x", "font-family": "Our Brand"}]
    order = {"template": {"scenes": [{"objects": texts}]}, "dry_run": True}
    assert (await refusal(service, 400, "POST", "/v1/renders", json=order))["fields"][0]["path"] == "fonts"


async def test_an_account_keeps_so_many_fonts_and_no_more(
    service: Service, brand: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "MAX_KEPT", 1)
    await added(service, brand)
    told = await refusal(service, 409, "POST", "/v1/fonts?weight=700", content=brand.read_bytes())
    assert told["code"] == "too_many_fonts"


async def test_a_sanitizer_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hanging = tmp_path / "hanging"
    hanging.write_text("#!/bin/sh\nexec sleep 60\n")
    hanging.chmod(0o755)
    monkeypatch.setattr(opentype.ots, "OTS_SANITIZE", str(hanging))
    monkeypatch.setattr(opentype, "PATIENCE_S", 0.1)
    with pytest.raises(Unsupported):
        await opentype.sanitise(ANTON, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["hanging"]


@pytest.mark.parametrize("family", ["One, Two", "a\0b", "   "], ids=["a list", "a null character", "blank"])
async def test_a_family_that_no_text_could_name_is_refused(everywhere: Service, family: str) -> None:
    answer = await everywhere.client.post("/v1/fonts", params={"family": family}, content=ANTON.read_bytes())
    assert answer.status_code == 400
    assert (await everywhere.client.get("/v1/fonts")).json()["fonts"] == []


async def test_one_font_is_sanitised_by_many_at_once(tmp_path: Path) -> None:
    dest = tmp_path / "font"
    await asyncio.gather(*(opentype.sanitise(ANTON, dest) for _ in range(6)))
    assert [path.name for path in tmp_path.iterdir()] == ["font"]


def test_what_a_killed_process_left_is_swept_whatever_it_is(tmp_path: Path) -> None:
    (tmp_path / ".left").mkdir()
    (tmp_path / ".left" / "font").touch()
    (tmp_path / "file").touch()
    for path in (tmp_path / ".left", tmp_path / "file"):
        os.utime(path, (0, 0))
    (tmp_path / "young").touch()
    receiving.sweep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["young"]


async def test_a_font_without_a_name_needs_one(service: Service, tmp_path: Path) -> None:
    font = TTFont(ANTON)
    font["name"].names = [record for record in font["name"].names if record.nameID not in (1, 4, 16)]
    font.save(tmp_path / "nameless.ttf")
    content = (tmp_path / "nameless.ttf").read_bytes()
    told = await refusal(service, 400, "POST", "/v1/fonts", content=content)
    assert told["fields"][0]["path"] == "family"
    answer = await service.client.post("/v1/fonts?family=Named", content=content)
    assert (answer.status_code, answer.json()["family"]) == (201, "Named")
