"""Text is set as Chromium sets it: see chromium_layout.py, which recorded what it is compared with."""

import json
from typing import Any

import pytest

from tests.conftest import missing
from tests.golden.chromium_layout import CASES, STORED, Case, fingerprint, name

RECORDED: dict[str, Any] = json.loads(STORED.read_text())


def fonts_note(case: Case) -> str:
    """What a failure may come from: fonts that are not those of the record."""
    if case.layout().missing:
        missing("fontconfig, asked for fonts-noto-core, fonts-noto-cjk and fonts-noto-color-emoji,")
    others = [name(face) for face in case.faces() if RECORDED["fonts"].get(name(face)) != fingerprint(face)]
    return (
        f"recorded with other fonts or versions than {', '.join(others)}" if others else "with the fonts of the record"
    )


@pytest.mark.parametrize("key", CASES)
def test_a_text_advances_as_far_as_in_chromium(key: str) -> None:
    note = fonts_note(CASES[key])
    assert CASES[key].layout().width == pytest.approx(RECORDED["cases"][key]["advance"], rel=0.01), note


@pytest.mark.parametrize("key", CASES)
def test_lines_end_where_they_end_in_chromium(key: str) -> None:
    note = fonts_note(CASES[key])
    for width, lines in RECORDED["cases"][key]["lines"].items():
        found = [line.text.strip() for line in CASES[key].layout(float(width)).lines]
        assert found == lines, f"at {width} px, {note}"
