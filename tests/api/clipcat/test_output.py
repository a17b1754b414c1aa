"""The file a render becomes, and what a dry run says of it."""

from typing import Any

import pytest

from app.db.engine import sql
from app.services import jobs
from app.specs import RenderSpec
from tests.api.clipcat.test_renders import claimed, ordered
from tests.api.conftest import SMALL, Service, refusal


async def spec_of(order: dict[str, Any]) -> RenderSpec:
    claim: jobs.Claim = await claimed(order["uid"])
    assert isinstance(claim.spec, RenderSpec)
    return claim.spec


async def test_the_job_draws_in_the_size_and_rate_that_was_asked_for(everywhere: Service) -> None:
    output = {"width": 128, "frame_rate": 25, "format": "webm", "quality": "low"}
    order = await ordered(everywhere, output=output)
    assert order["output"] == output
    spec = await spec_of(order)
    assert (spec.format, spec.quality) == ("webm", "low")
    assert (spec.template["width"], spec.template["height"], spec.template["frame-rate"]) == (128, 72, 25)
    assert spec.template["scenes"][0]["objects"][0]["font-size"] == 24.0


async def test_without_an_output_the_template_stays_as_it_was_written(service: Service) -> None:
    order = await ordered(service)
    assert order["output"] is None
    spec = await spec_of(order)
    assert (spec.template, spec.format, spec.quality) == (SMALL, "mp4", "high")


@pytest.mark.parametrize(
    ("output", "path"),
    [
        ({"width": 65}, "output.width"),
        ({"width": 64, "height": 64}, "output.height"),
        ({"width": 5}, "output.width"),
        ({"frame_rate": 0}, "output.frame_rate"),
        ({"format": "avi"}, "output.format"),
        ({"quality": "ultra"}, "output.quality"),
        ({"bitrate": 1}, "output.bitrate"),
    ],
)
async def test_an_output_that_cannot_be_had_is_refused(service: Service, output: dict[str, Any], path: str) -> None:
    told = await refusal(service, 400, "POST", "/v1/renders", json={"template": SMALL, "output": output})
    assert told["fields"][0]["path"] == path
    assert await sql("SELECT id FROM jobs") == []


async def test_a_long_gif_is_refused_before_it_is_a_job(service: Service) -> None:
    long = {**SMALL, "scenes": [{"duration": 31}]}
    told = await refusal(service, 400, "POST", "/v1/renders", json={"template": long, "output": {"format": "gif"}})
    assert "at most 30 seconds" in told["error"]


async def test_a_dry_run_tells_and_makes_nothing(service: Service, builtin: str) -> None:
    wanted = {"template": builtin, "dry_run": True, "output": {"format": "gif"}, "strict": False}
    answer = await service.client.post("/v1/renders", json={**wanted, "modifications": [{"object": "x", "text": "y"}]})
    told = answer.json()
    assert (answer.status_code, told["dry_run"], told["format"]) == (200, True, "gif")
    assert (told["duration"], told["frames"], told["width"], told["height"]) == (3.0, 30, 64, 36)
    assert told["credits"] == 1
    assert len(told["warnings"]) == 1
    assert await sql("SELECT id FROM jobs") == []
    assert await sql("SELECT id FROM credit_usage") == []


async def test_a_dry_run_refuses_what_a_render_would(service: Service) -> None:
    wrong = {"template": SMALL, "dry_run": True, "modifications": [{"object": "x", "text": "y"}]}
    assert (await refusal(service, 400, "POST", "/v1/renders", json=wrong))["code"] == "unknown_object"
