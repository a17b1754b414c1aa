"""The pictures on the page about the template format are those that its script draws, and every property has one."""

import re

import cv2
import numpy as np
import pytest

from renderer.format.modifications import apply
from templates.artwork.page_pictures import CHARTS, FOLDER, PICTURES, SUBJECTS, Examples, cells, picture
from tests.template_page import PAGE, only_oversights, spans, table

NAMES = (*PICTURES, *CHARTS)
UNSEEN = {
    "volume": "heard",
    "objects": "in every group that is shown",
    "animations": "under the heading of their own",
}


def test_the_page_shows_every_picture_once_and_no_other() -> None:
    assert sorted(re.findall(r"\]\(pictures/([^)]+)\)", PAGE)) == sorted(f"{name}.webp" for name in NAMES)


def test_every_picture_is_stored_and_no_other() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(f"{name}.webp" for name in NAMES)


def test_the_pictures_are_light_enough_to_read_over_a_slow_line() -> None:
    sizes = {path.name: path.stat().st_size for path in FOLDER.iterdir()}
    assert {name: size for name, size in sizes.items() if size > 60_000} == {}
    assert sum(sizes.values()) < 1_500_000


@pytest.mark.parametrize("name", NAMES)
def test_what_a_picture_shows_stands_on_the_page(name: str) -> None:
    shown, _ = cells(name)
    assert shown
    for cell in shown:
        assert only_oversights(apply(cell.template))


@pytest.mark.parametrize("heading", SUBJECTS)
def test_every_property_of_what_is_drawn_is_in_a_picture_under_its_table(heading: str) -> None:
    below = PAGE.partition(f"\n### {heading}\n")[2].partition("\n#")[0]
    shown = [
        one
        for name, examples in PICTURES.items()
        if isinstance(examples, Examples) and examples.heading == heading and f"(pictures/{name}.webp)" in below
        for one in examples.shown
    ]
    rows = [spans(row[0]) for row in table(heading, "property")]
    assert [row for row in rows if not any(name in one for name in row for one in shown) and row[0] not in UNSEEN] == []


def test_a_picture_is_what_its_script_draws_now() -> None:
    now = cv2.imdecode(np.frombuffer(picture(*cells("card"), {}), np.uint8), cv2.IMREAD_COLOR)
    stored = cv2.imread(str(FOLDER / "card.webp"))
    assert stored.shape == now.shape
    assert np.abs(stored.astype(int) - now).mean() < 1
