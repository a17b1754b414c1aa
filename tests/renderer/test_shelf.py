"""What a still server keeps of decoded files, and for how long."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from renderer.composition import Composition
from renderer.format.template import parse
from renderer.media.shelf import Shelf
from tests.renderer.filming import film, numbered
from tests.renderer.stills import write_picture


@pytest.fixture
def made() -> list[str]:
    return []


def making(made: list[str], what: str) -> Callable[[], str]:
    def make() -> str:
        made.append(what)
        return what

    return make


def test_what_was_made_of_a_file_is_made_once(tmp_path: Path, made: list[str]) -> None:
    shelf, file = Shelf(100), tmp_path / "a"
    file.write_text("1")
    for _ in range(3):
        assert shelf.take(file, "large", making(made, "large"), len) == "large"
        assert shelf.take(file, "small", making(made, "small"), len) == "small"
    assert made == ["large", "small"]


def test_a_file_that_changed_is_made_anew(tmp_path: Path, made: list[str]) -> None:
    shelf, file = Shelf(100), tmp_path / "a"
    for content in ("1", "12"):
        file.write_text(content)
        shelf.take(file, None, making(made, content), len)
    assert made == ["1", "12"]


def test_what_was_used_longest_ago_makes_room(tmp_path: Path, made: list[str]) -> None:
    shelf, file = Shelf(10), tmp_path / "a"
    file.touch()
    for what in ("aaaa", "bbbb", "aaaa", "cccc", "aaaa", "bbbb"):
        shelf.take(file, what, making(made, what), len)
    assert made == ["aaaa", "bbbb", "cccc", "bbbb"]
    for _ in range(2):
        shelf.take(file, "large", making(made, "x" * 11), len)
    assert made[-2:] == ["x" * 11] * 2, "larger than the shelf"


def test_without_room_nothing_is_kept(tmp_path: Path, made: list[str]) -> None:
    shelf = Shelf()
    for _ in range(2):
        shelf.take(tmp_path / "missing", None, making(made, "a"), len)
    assert made == ["a", "a"]


def test_two_compositions_share_their_pictures_and_show_what_they_would_alone(tmp_path: Path) -> None:
    files = {
        "film": film(tmp_path / "film.mp4", numbered(10), fps=10),
        "photo": write_picture(tmp_path / "photo.png", np.arange(90 * 160 * 3, dtype=np.uint8).reshape(90, 160, 3)),
    }
    image = {"type": "image", "src": "photo", "width": "50%"}
    scene = {"duration": 1, "background-video": "film", "objects": [image]}
    template = parse({"width": 160, "height": 90, "frame-rate": 10, "scenes": [scene]})
    shelf = Shelf(1 << 20)
    for frame in (2, 7, 2, 3, 7):
        with Composition(template, files, shelf) as shared, Composition(template, files) as alone:
            assert np.array_equal(shared.draw(frame), alone.draw(frame))
