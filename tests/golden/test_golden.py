"""Frames look as they did when somebody last looked at them, and nothing of the format is left out."""

import gc
from collections.abc import Iterator
from itertools import chain, combinations
from pathlib import Path

import cv2
import numpy as np
import pytest

from renderer.format.easing import NAMED
from tests.golden import cases
from tests.golden.keeping import fault, stored, strays, write_difference
from tests.golden.media import files
from tests.golden.sheets import OWNERS, case_of, draw, drawn, fields_of, seen, sheets

SHEETS = sheets()


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    # Whoever closes a video collects garbage, a tenth of a second each time when all of a test run is looked at.
    gc.freeze()
    yield files(tmp_path_factory.mktemp("golden"))
    gc.unfreeze()


@pytest.mark.parametrize("name", SHEETS)
def test_a_frame_looks_as_it_did_when_somebody_last_looked_at_it(
    name: str, media: dict[str, Path], tmp_path: Path
) -> None:
    sheet = SHEETS[name]
    kept, now = stored(name, sheet), drawn(sheet, media)
    told = [
        f"{frame.label}: {wrong}"
        for frame, picture, before in zip(chain(*sheet), chain(*now), chain(*kept), strict=True)
        if frame and (wrong := fault(picture, before))
    ]
    assert not told, "\n".join([*told, f"Look at {write_difference(tmp_path, name, now, kept)}"])


@pytest.mark.parametrize("name", list(cases.PROPERTIES))
def test_every_value_of_a_property_is_seen(name: str) -> None:
    """No two frames in a column are alike; also what is half way between two values is neither of them."""
    columns = zip(zip(*SHEETS[name], strict=True), zip(*stored(name, SHEETS[name]), strict=True), strict=True)
    for frames, pictures in columns:
        shown = [(frame, picture) for frame, picture in zip(frames, pictures, strict=True) if frame]
        for (one, above), (other, below) in combinations(shown, 2):
            assert not np.array_equal(above, below), f"{one.label} looks like {other.label}"


def test_every_property_of_the_format_has_a_golden_or_a_reason_for_having_none() -> None:
    assert [pair for pair in seen() if case_of(*pair) is None] == []
    assert [name for name, reason in {**cases.UNPAINTED, **cases.UNPAINTED_TYPES}.items() if not reason] == []


def test_every_type_of_object_and_other_part_is_tried() -> None:
    assert cases.SUBJECTS.keys() | cases.UNPAINTED_TYPES.keys() == OWNERS.keys()


def test_no_case_is_for_what_the_format_does_not_have() -> None:
    used = {case_of(*pair) for pair in seen()}
    assert [name for name in cases.PROPERTIES if name not in used] == []
    names = {name for owner in OWNERS for field in fields_of(owner) for name in (field, f"{owner}.{field}")}
    assert cases.UNPAINTED.keys() - names == set()


def test_every_easing_has_its_curve() -> None:
    assert set(NAMED) <= {frame.label for row in SHEETS["easings"] for frame in row}


def test_every_stored_picture_has_its_case() -> None:
    assert strays(SHEETS) == []


def test_a_tone_is_forgiven_and_a_shape_that_moved_is_not() -> None:
    frame = SHEETS["opacity"][0][1]
    kept = draw(frame, {})
    assert fault(kept, kept) is None
    moved = cv2.warpAffine(kept, np.float32([[1, 0, 0.5], [0, 1, 0]]), kept.shape[1::-1])
    assert fault(np.asarray(moved, np.uint8), kept) is not None
    nearly = kept.copy()
    nearly[::5, ::5] ^= 1
    assert fault(nearly, kept) is None
