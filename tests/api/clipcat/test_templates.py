"""Templates over HTTP, and single frames of them from the real renderer."""

import io
from typing import Any

import jsonschema
import pytest
from PIL import Image

from app import ids
from app.services import frames, media
from tests.api.conftest import SMALL, Service, refusal
from tests.services.uploads import png

GUIDE_FIELDS = {"created_at", "frame_rate", "width", "height", "scenes", "self", "title", "type", "uid"}


async def frame(service: Service, name: str, **wanted: Any) -> Image.Image:
    answer = await service.client.post(f"/v1/templates/{name}/frame", json=wanted)
    assert answer.status_code == 200, answer.text
    picture = Image.open(io.BytesIO(answer.content))
    assert answer.headers["content-type"] == f"image/{(picture.format or '').lower()}"
    return picture


async def test_a_builtin_shows_what_can_be_modified(service: Service, builtin: str) -> None:
    told = (await service.client.get(f"/v1/templates/{builtin}")).json()
    assert set(told) >= GUIDE_FIELDS
    assert (told["uid"], told["name"]) == (ids.builtin_template_uid(builtin), builtin)
    assert (told["width"], told["height"], told["frame_rate"], told["type"]) == (64, 36, 10, "video")
    assert told["scenes"] == SMALL["scenes"]
    assert (await service.client.get(told["self"])).json() == told
    assert told.pop("document") == SMALL
    assert (await service.client.get("/v1/templates")).json() == [told]
    assert (await service.client.get("/v1/templates?page=2")).json() == []


async def test_an_unknown_template_is_answered_with_what_there_is(service: Service, builtin: str) -> None:
    told = await refusal(service, 404, "GET", "/v1/templates/smal-card")
    assert f'did you mean "{builtin}"?' in told["error"]
    await refusal(service, 404, "POST", "/v1/templates/smal-card/frame", json={})


async def test_the_schema_needs_no_key_and_knows_the_format(service: Service) -> None:
    schema = (await service.anonymous.get("/v1/templates/schema")).json()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(SMALL)) == []
    assert list(jsonschema.Draft202012Validator(schema).iter_errors({"scenes": [{"colour": 1}]}))


async def test_a_frame_shows_its_time_and_its_modifications(service: Service, builtin: str) -> None:
    opening = await frame(service, builtin, time=0.5)
    assert opening.size == (64, 36)
    assert opening.getpixel((5, 5))[0] > 200, "the red box"
    blue = [{"scene": "Opening", "object": "box", "background-color": "blue"}]
    assert (await frame(service, builtin, modifications=blue)).getpixel((5, 5))[2] > 200
    closing = await frame(service, builtin, time=2.5, format="png")
    assert (closing.format, closing.getpixel((5, 5))) == ("PNG", (0, 0, 128))


async def test_a_frame_comes_in_the_format_and_size_asked_for(service: Service, builtin: str) -> None:
    for kind in ("jpeg", "png", "webp"):
        assert (await frame(service, builtin, format=kind, width=32)).size == (32, 18)


async def test_a_frame_without_a_body_is_the_first_one(service: Service, builtin: str) -> None:
    answer = await service.client.post(f"/v1/templates/{builtin}/frame")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")


async def test_a_frame_shows_an_upload_and_embedded_data(service: Service, builtin: str) -> None:
    made = (await service.client.post("/v1/assets", content=png(8, 8, (0, 255, 0)))).json()
    green = [{"scene": "Opening", "background-image": made["url"]}]
    assert (await frame(service, builtin, modifications=green, format="png")).getpixel((50, 30)) == (0, 255, 0)
    told = await refusal(
        service, 400, "POST", f"/v1/templates/{builtin}/frame", json={"modifications": [{"object": "x", "text": "y"}]}
    )
    assert told["code"] == "unknown_object"
    theirs = await service.other.post(f"/v1/templates/{builtin}/frame", json={"modifications": green})
    assert (theirs.status_code, theirs.json()["code"]) == (404, "unknown_asset")


async def test_a_broken_picture_is_named(service: Service, builtin: str) -> None:
    made = (await service.client.post("/v1/assets", content=png(64, 64)[:60])).json()
    broken = {"modifications": [{"scene": "Opening", "background-image": made["url"]}]}
    told = await refusal(service, 422, "POST", f"/v1/templates/{builtin}/frame", json=broken)
    assert told["code"] == "media_unreadable"
    assert service.settings.data_dir not in str(told)


async def test_the_cache_of_frames_is_looked_through_once_a_minute(
    service: Service, builtin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    trimmed: list[Any] = []
    monkeypatch.setattr(media, "trim", lambda folder, *_: trimmed.append(folder))
    monkeypatch.setattr(frames, "_next_trim", {})  # it was looked through when the service began
    for _ in range(3):
        await frame(service, builtin)
    assert len(trimmed) == 1
    monkeypatch.setattr(frames, "_next_trim", dict.fromkeys(trimmed, 0.0))
    await frame(service, builtin)
    assert len(trimmed) == 2


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ({"time": -1}, "time"),
        ({"time": "soon"}, "time"),
        ({"width": 5}, "width"),
        ({"format": "gif"}, "format"),
        ({"tiem": 1}, "tiem"),
    ],
)
async def test_a_wrong_wish_is_named(service: Service, builtin: str, wanted: dict[str, Any], path: str) -> None:
    told = await refusal(service, 400, "POST", f"/v1/templates/{builtin}/frame", json=wanted)
    assert [field["path"] for field in told["fields"]] == [path]
