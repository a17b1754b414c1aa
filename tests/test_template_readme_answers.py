"""What the page on the template format says of mistakes, addresses and links is true."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from app.api import assets, fonts
from app.api.clipcat.router import router
from app.errors import InvalidInput
from app.services import media
from renderer.__main__ import main
from renderer.errors import TemplateError
from renderer.format.modifications import apply
from renderer.format.objects import Text
from renderer.format.template import parse, sources
from tests.template_page import FOLDER, PAGE, blocks, least, spans, table, template_with

MISTAKES = [
    pytest.param(row[0], *map(spans, row[1:]), id=f"{row[0]}: {row[1]}")
    for row in table("Mistakes, and what the answer says", "in")
]


def answer(where: str, members: str) -> str:
    """What is said to a template with these members in it, nothing when it is accepted."""
    content: dict[str, Any] = json.loads(f"{{{members}}}")
    try:
        if where == "modification":
            template = template_with("text", {**least()["text"], "name": "title"})
            apply(template, [{"object": "title", "text": "Hi", **content}])
        else:
            apply(template_with(where, {**least()[where], **content}))
    except TemplateError as error:
        return error.message
    return ""


@pytest.mark.parametrize(("where", "wrong", "told", "right"), MISTAKES)
def test_a_mistake_is_answered_as_the_page_says(
    where: str, wrong: list[str], told: list[str], right: list[str]
) -> None:
    assert told[0] in answer(where, wrong[0])
    if right and right[0].startswith('"'):
        assert answer(where, right[0]) == ""


def test_a_wrong_name_is_answered_as_the_page_says() -> None:
    with pytest.raises(TemplateError) as caught:
        apply(blocks()[0].content, [{"scene": "Intro", "object": "titel", "text": "Hi"}])
    assert f"`{caught.value.message.partition(': ')[2]}`" in " ".join(PAGE.split())


def test_a_number_that_is_all_of_a_text_becomes_text_as_the_page_says() -> None:
    text = {"type": "text", "text": "{{item.price}}"}
    raw = {"variables": {"list": [{"price": 4}]}, "scenes": [{"repeat": "list", "objects": [text]}]}
    (shown,) = apply(raw).template.scenes[0].objects
    assert isinstance(shown, Text)
    assert shown.text == "4"


async def test_a_file_that_is_missing_is_told_as_the_page_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = template_with("image", {"type": "image", "src": "bay.jpg"})
    (tmp_path / "my.json").write_text(json.dumps(raw))
    assert main(["frame", str(tmp_path / "my.json"), "-o", str(tmp_path / "frame.png")]) == 1
    told = capsys.readouterr().err.strip().partition(".src: ")[2].removesuffix(".")
    assert f"`{told}`" in " ".join(PAGE.split())
    image = parse(raw)
    with pytest.raises(InvalidInput) as refused:
        await media.check(sources(image), account="", egress=None, builtin_dir=tmp_path)
    assert f"`{refused.value.fields[0].message}`" in " ".join(PAGE.split())


def test_every_address_of_the_api_exists() -> None:
    paths = {route.path for handlers in (router, assets.router, fonts.router) for route in handlers.routes}
    patterns = [re.sub(r"\{\w+:str\}", r"[\\w{}-]+", path) for path in paths]
    named = set(re.findall(r"/v1/[\w/{}-]+", PAGE))
    assert len(named) >= 5
    assert [path for path in named if not any(re.fullmatch(pattern, path) for pattern in patterns)] == []


def test_every_link_leads_somewhere() -> None:
    headings = re.findall(r"^#+ (.+)$", PAGE, re.M)
    anchors = {anchor(heading) for heading in headings}
    targets = re.findall(r"\]\(([^)\s]+)\)", PAGE)
    assert len(headings) == len(anchors)
    assert [t for t in targets if not (t[1:] in anchors if t[0] == "#" else (FOLDER / t).exists())] == []
    assert set(re.findall(r"^## (.+)$", PAGE, re.M)) <= {h for h in headings if f"](#{anchor(h)})" in PAGE}


def anchor(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
