"""What inspection makes of every awkward file there is."""

import socket
import time
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from renderer.errors import MediaError, Stopped
from tests.awkward import CASES
from tests.awkward.case import REFUSALS, Case
from tests.awkward.hostile import CANARY, LISTENER
from tests.awkward.untouched import untouched
from workers.media.inspection import inspect
from workers.media.orders import Inspect, Inspected

UPLOADS = {"mp4", "mov", "avi", "mkv", "webm", "m4v", "flv", "mp3", "wav", "aac", "flac", "ogg", "m4a", "wma"}
PATIENCE = 5  # seconds for a tiny file, on a busy machine


def inspected(file: Path) -> Inspected | MediaError:
    try:
        return inspect(Inspect(source=file), lambda _: None, lambda: False)
    except MediaError as error:
        return error


def surprises(case: Case, found: Inspected | MediaError) -> list[object]:
    if isinstance(found, MediaError) or case.refused:
        return [] if getattr(found, "code", None) == case.refused else [found]
    facts = {**case.facts, "media_kind": case.kind, "has_video": case.kind == "video"}
    return [(name, getattr(found, name)) for name, fact in facts.items() if not alike(getattr(found, name), fact)]


def alike(found: Any, fact: Any) -> bool:
    return bool(found == (pytest.approx(fact, abs=0.12) if isinstance(fact, float | int) else fact))


class Round(Struct):
    """Every file inspected once: what was found, in how many seconds, and whether that touched anything else."""

    found: dict[str, Inspected | MediaError]
    took: dict[str, float]
    touched: str


@pytest.fixture(scope="module")
def everything(awkward: Path) -> Round:
    seen = Round(found={}, took={}, touched="")
    try:
        with untouched(awkward):
            for name in [name for name in CASES if name != CANARY]:
                started = time.monotonic()
                seen.found[name] = inspected(awkward / name)
                seen.took[name] = time.monotonic() - started
    except AssertionError as error:
        seen.touched = str(error)
    seen.found[CANARY] = inspected(awkward / CANARY)
    return seen


def test_every_awkward_file_is_what_it_is_or_refused(everything: Round) -> None:
    odd = {name: surprises(case, everything.found[name]) for name, case in CASES.items()}
    assert {name: found for name, found in odd.items() if found} == {}


def test_no_file_takes_long(everything: Round) -> None:
    assert {name: took for name, took in everything.took.items() if took > PATIENCE} == {}


def test_no_file_has_another_read_or_an_address_asked(everything: Round) -> None:
    assert everything.touched == ""


def test_what_would_be_touched_is_noticed(awkward: Path) -> None:
    with pytest.raises(AssertionError, match="canary"), untouched(awkward):
        (awkward / CANARY).read_bytes()
    with pytest.raises(AssertionError, match="address"), untouched(awkward):
        socket.create_connection(LISTENER).close()


def test_every_refusal_is_a_sentence_without_a_path(everything: Round) -> None:
    refused = [found for found in everything.found.values() if isinstance(found, MediaError)]
    assert {error.code for error in refused} == set(REFUSALS)
    told = {error.message for error in refused}
    assert [words for words in told if not words[0].isupper() or words[-1] != "." or "/" in words] == []
    [playlist] = [words for words in told if "HLS playlist" in words]
    assert "Upload a video (MP4," in playlist


def test_every_extension_of_the_upload_list_is_ready(everything: Round) -> None:
    ready = {Path(name).suffix[1:] for name, found in everything.found.items() if isinstance(found, Inspected)}
    assert ready >= UPLOADS


def test_a_file_whose_length_is_counted_tells_how_far_it_is_and_may_be_stopped(awkward: Path) -> None:
    shares: list[float] = []
    inspect(Inspect(source=awkward / "variable.mp3"), shares.append, lambda: False)
    assert shares == sorted(shares)
    assert 0 < shares[0] < 0.1
    assert 0.9 < shares[-1] <= 1
    with pytest.raises(Stopped):
        inspect(Inspect(source=awkward / "variable.mp3"), lambda _: None, lambda: True)
