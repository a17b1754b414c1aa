"""What smart cuts stand on: parameter sets, the choice of what is copied, and the proof of the new file."""

from fractions import Fraction
from pathlib import Path

import av
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.renderer.filming import run_ffmpeg
from tests.workers.media.sources import AAC, H264, source
from workers.media import cut_proof, smart_cut
from workers.media.cut_plan import Doubt, plans_of
from workers.media.cut_proof import Expected, prove
from workers.media.frame_table import table_of
from workers.media.h264 import Malformed, Promise, in_mp4, kind_of, parameter_sets, sequence_of, units_of


def never() -> bool:
    return False


def extradata(path: Path) -> bytes:
    with av.open(str(path)) as container:
        return bytes(container.streams.video[0].codec_context.extradata or b"")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return source(tmp_path_factory.mktemp("film") / "plain.mp4", *H264, *AAC)


def test_parameter_sets_are_read_and_written_as_mp4_has_them(film: Path, tmp_path: Path) -> None:
    record = extradata(film)
    sets = parameter_sets(record)
    assert sets.record() == record
    [promise] = [sequence_of(unit) for unit in sets.sequences]
    assert promise == Promise(0, 100, promise.level, 1, 8, promise.references, (12, 7), True)
    assert sets.free_number() == 1
    broadcast = tmp_path / "same.ts"
    run_ffmpeg("-i", film, "-c", "copy", broadcast)
    other = parameter_sets(extradata(broadcast))
    assert (other.sequences, other.pictures, other.size_bytes) == (sets.sequences, sets.pictures, 0)
    packet = b"\0\0\0\1\x09\x10\0\0\1" + sets.sequences[0] + b"\0\0\1\x65picture"
    assert in_mp4(units_of(packet, 0), sets) == b"\0\0\0\x08\x65picture"
    with pytest.raises(Malformed, match="change"):
        in_mp4([b"\x67other"], sets)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=80), st.sampled_from([0, 2, 4]))
def test_whatever_the_bytes_are_they_are_read_or_called_malformed(data: bytes, size_bytes: int) -> None:
    for attempt in (
        lambda: [sequence_of(unit) for unit in parameter_sets(b"\1" + data).sequences],
        lambda: sequence_of(b"\x67" + data),
        lambda: [kind_of(unit) for unit in units_of(data, size_bytes)],
    ):
        try:
            attempt()
        except Malformed:
            continue


def test_only_what_is_shown_together_is_copied(film: Path) -> None:
    """Key frames are pictures 0, 30, 60 …: one piece begins with one, one ends with one, and one has none."""
    own = parameter_sets(extradata(film))
    for start, end, before, copied in [(1, 2, 0, 30), (0.5, 1, 15, 0), (1.2, 1.8, 18, 0), (0.9, 2.5, 3, 42)]:
        [plan] = plans_of(film, [(start, end)], own)
        assert len(plan.before) == before
        assert copied <= len(plan.copied) <= copied + 3
        assert sorted([*plan.before.values(), *(t + plan.shift for t in plan.shown), *plan.after.values()]) == [
            round(n / 30 / plan.table.tick) for n in range(round((end - start) * 30))
        ]


def test_a_piece_begins_with_the_next_picture_but_for_the_rounding_of_times(film: Path) -> None:
    for start, end, first, last in [(0, 1, 0, 29), (0.033, 1, 1, 29), (0.034, 1.0004, 2, 29), (0.04, 1.001, 2, 30)]:
        table = table_of(film, start, end)
        assert [round(time * table.tick * 30) for time in (table.shown[0], table.shown[-1])] == [first, last]
        assert table.begins == Fraction(first, 30)
        assert table.held is None
    assert table_of(film, 4.5, 1000).ends == 5


def test_open_groups_of_pictures_are_not_cut_into(tmp_path: Path) -> None:
    path = source(tmp_path / "open.mp4", *H264, "-x264-params", "open-gop=1:keyint=30:bframes=3:scenecut=0", *AAC)
    [plan] = plans_of(path, [(0.5, 4)], parameter_sets(extradata(path)))
    assert len(plan.before) == 105
    assert not plan.copied


def test_a_source_that_changes_on_the_way_is_left_to_the_encoder(tmp_path: Path) -> None:
    one = source(tmp_path / "one.ts", *H264, "-bsf:v", "dump_extra", *AAC)
    other = source(tmp_path / "other.ts", *H264, "-refs", 1, "-bf", 0, "-bsf:v", "dump_extra", *AAC)
    joined, listed = tmp_path / "joined.ts", tmp_path / "both.ffconcat"
    listed.write_text(f"ffconcat version 1.0\nfile {one.name}\nfile {other.name}\n")
    run_ffmpeg("-safe", 0, "-i", listed, "-c", "copy", joined)
    with pytest.raises(Doubt, match="parameter sets change"):
        smart_cut.smart_cut(joined, [(0.5, 9)], tmp_path / "out.mp4", lambda share: None, never)


def test_every_fault_of_a_new_file_is_noticed(film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expectations: list[Expected] = []

    def noting(out: Path, expected: Expected, stop: object) -> None:
        expectations.append(expected)

    out = tmp_path / "out.mp4"
    with monkeypatch.context() as patched:
        patched.setattr(smart_cut, "prove", noting)
        smart_cut.smart_cut(film, [(0.5, 3.52)], out, lambda share: None, never)
    [right] = expectations
    prove(out, right, never)
    times = sorted(right.times)
    copied, encoded = max(right.exact), min(right.small)
    upside_down = {**right.small, encoded: right.small[encoded][::-1]}
    wrong = {
        "other times": {"times": right.times[:-1]},
        "copied pictures look different": {"exact": {**right.exact, copied: 0}},
        "encoded pictures look different": {"small": upside_down},
        "ends at another time": {"end": right.end + round(Fraction(1, 10) / right.tick)},
    }
    for words, changes in wrong.items():
        with pytest.raises(Doubt, match=words):
            prove(out, msgspec.structs.replace(right, **changes), never)
    silent, holed = tmp_path / "silent.mp4", tmp_path / "holed.mp4"
    run_ffmpeg("-i", out, "-c", "copy", "-an", silent)
    run_ffmpeg("-i", out, "-c", "copy", "-bsf:a", r"noise=drop='between(n\,20\,22)'", holed)
    for path, words in ((silent, "no sound"), (holed, "holes")):
        with pytest.raises(Doubt, match=words):
            prove(path, right, never)
    assert len(times) == 91


def test_pictures_are_alike_as_people_see_it(film: Path) -> None:
    with av.open(str(film)) as container:
        pictures = [
            smart_cut_picture for smart_cut_picture, _ in zip(container.decode(video=0), range(40), strict=False)
        ]
    first, same, later = (cut_proof.shrunk(pictures[n]) for n in (0, 0, 39))
    assert cut_proof.similarity(first, same) == pytest.approx(1)
    assert cut_proof.similarity(first, later) < 0.8
