import gc
import math
import tracemalloc
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from renderer.drawing.videos import look_at
from renderer.encoding.audio import Cue, cues, sample_of
from renderer.encoding.limiting import CEILING
from renderer.encoding.mixing import mix
from renderer.errors import Stopped, TemplateError
from renderer.format.easing import parse_easing
from renderer.format.template import parse
from renderer.format.timeline import Timeline
from renderer.media.info import RATE
from tests.renderer.filming import Samples, film, numbered, place_of, ramp, record, tone
from tests.renderer.mixes import audio, mixed, scene

ONES = np.ones((4 * RATE, 2), np.float32) / 2


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("sounds")
    return {
        "ones.wav": record(folder / "ones.wav", ONES),
        "ramp.wav": record(folder / "ramp.wav", ramp(2)),
        "tone.wav": record(folder / "tone.wav", tone(1)),
        "half.mkv": film(folder / "half.mkv", numbered(20), fps=10, sound=ONES[: 2 * RATE]),
        "mute.mkv": film(folder / "mute.mkv", numbered(20), fps=10),
    }


def spans(sound: Samples) -> list[tuple[float, float]]:
    """Seconds from where to where something is heard on the left."""
    loud = np.concatenate([[False], np.abs(sound[:, 0]) > 1e-9, [False]]).astype(int)
    edges = np.flatnonzero(np.diff(loud)) / RATE
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def test_a_sound_is_heard_from_its_start_for_its_duration(files: dict[str, Path], tmp_path: Path) -> None:
    got = mixed(scene(2, audio("ones.wav", start=0.5, duration=1)), files, tmp_path)
    assert spans(got) == [(0.5, 1.5)]
    assert len(got) == 2 * RATE


def test_a_trim_is_exact_to_the_sample(files: dict[str, Path], tmp_path: Path) -> None:
    got = mixed(scene(1, audio("ramp.wav", trim_start=0.25, trim_end=0.75)), files, tmp_path)
    assert place_of(got[0, 0]) == 12_000
    assert place_of(got[23_999, 0]) == 35_999
    assert (got[24_000:] == 0).all()


CUTS = [0, 0.3337, 0.33371, 0.50000833, 0.7000125, 1.00001, 1.2345678, 2.9, 3]  # neither frames nor samples begin there


@pytest.mark.parametrize("name", ["whole.wav", "whole.m4a"])
def test_pieces_of_a_sound_back_to_back_are_the_uncut_sound(tmp_path: Path, name: str) -> None:
    files = {name: record(tmp_path / name, tone(3, 333.3) + ramp(3))}
    pieces = [audio(name, start=a, trim_start=a, trim_end=b) for a, b in pairwise(CUTS)]
    uncut = mixed(scene(3, audio(name)), files, tmp_path)
    assert np.array_equal(mixed(scene(3, *pieces), files, tmp_path), uncut)
    lasting = [audio(name, start=a, trim_start=a, duration=b - a) for a, b in pairwise(CUTS)]
    assert np.array_equal(mixed(scene(3, *lasting), files, tmp_path), uncut)
    assert np.array_equal(mixed(scene(3, {"type": "group", "objects": pieces}), files, tmp_path), uncut)


@pytest.mark.parametrize("fps", ["24000/1001", 25, "30000/1001", 60])
def test_scenes_that_cut_a_film_into_pieces_sound_like_the_film(tmp_path: Path, fps: int | str) -> None:
    files = {"film.mkv": film(tmp_path / "film.mkv", numbered(30), fps=10, sound=tone(3, 333.3) + ramp(3))}
    whole = {"type": "video", "src": "film.mkv"}
    cuts = [float(frame / Fraction(fps)) for frame in (0, 7, 19, 22, 43, 68)]
    scenes = [{"duration": b - a, "objects": [{**whole, "trim-start": a, "trim-end": b}]} for a, b in pairwise(cuts)]
    uncut = mixed({"frame-rate": fps, **scene(cuts[-1], whole)}, files, tmp_path)
    assert np.array_equal(mixed({"frame-rate": fps, "scenes": scenes}, files, tmp_path), uncut)


def test_a_sound_begins_on_its_own_sample_whatever_the_frame_rate(files: dict[str, Path], tmp_path: Path) -> None:
    got = mixed(scene(1, audio("ones.wav", start=0.12345, duration=0.0021)), files, tmp_path)
    assert np.flatnonzero(got[:, 0]).tolist() == list(range(5926, 6026))


@pytest.mark.parametrize("rounds", [6, 40])
def test_a_loop_repeats_its_samples(files: dict[str, Path], tmp_path: Path, rounds: int) -> None:
    objects = [audio("ramp.wav", loop=True, trim_start=0.25, trim_end=0.5)]
    got = mixed({"scenes": [{"duration": rounds / 4, "objects": objects}]}, files, tmp_path)
    places = (got[:, 0].astype(float) * 10_000_000).round()
    assert np.array_equal(places.reshape(rounds, 12_000), np.tile(np.arange(12_000, 24_000), (rounds, 1)))


def test_a_loop_of_uneven_length_does_not_drift(files: dict[str, Path], tmp_path: Path) -> None:
    period = 0.001234
    loop = audio("ramp.wav", loop=True, trim_start=0.1, trim_end=0.1 + period)
    got = mixed(scene(12, loop), files, tmp_path)
    starts = np.flatnonzero(np.diff(got[:, 0]) < 0) + 1
    wanted = np.arange(1, len(starts) + 1) * period * RATE
    assert np.abs(starts - wanted).max() <= 0.51


def test_a_long_loop_is_read_again_from_its_file(tmp_path: Path) -> None:
    sound = np.zeros((32 * RATE, 2), np.float32)
    sound[[5, 31 * RATE]] = 0.5
    files = {"long.wav": record(tmp_path / "long.wav", sound)}
    got = mixed(scene(70, audio("long.wav", loop=True)), files, tmp_path)
    assert np.flatnonzero(got[:, 0]).tolist() == [5, 31 * RATE, 32 * RATE + 5, 63 * RATE, 64 * RATE + 5]


def test_blocks_meet_without_a_seam(files: dict[str, Path], tmp_path: Path) -> None:
    sound = tone(25, 100.5)
    files = {"long.wav": record(tmp_path / "long.wav", sound)}
    assert np.array_equal(mixed(scene(25, audio("long.wav")), files, tmp_path), sound)


def test_fades_rise_and_fall_evenly_and_end_with_the_sound(files: dict[str, Path], tmp_path: Path) -> None:
    got = mixed(scene(3, audio("ones.wav", duration=2, fade_in=0.5, fade_out=1)), files, tmp_path)[:, 0]
    wanted = np.interp(np.arange(3 * RATE), [0, RATE // 2, RATE, 2 * RATE], [0, 0.5, 0.5, 0])
    assert np.abs(got - wanted).max() < 1e-7


def test_a_fade_out_ends_where_a_short_file_ends(files: dict[str, Path], tmp_path: Path) -> None:
    got = mixed(scene(3, audio("tone.wav", fade_out=0.5)), files, tmp_path)
    assert np.abs(got[: RATE // 2] - tone(1)[: RATE // 2]).max() < 1e-6
    assert np.abs(got[RATE - 240 : RATE]).max() < 0.01


def test_volume_follows_its_keyframes(files: dict[str, Path], tmp_path: Path) -> None:
    keyframes = [{"time": 0.5, "volume": 0}, {"time": 1.5, "volume": 1}]
    got = mixed(scene(3, audio("ones.wav", start=0.5, keyframes=keyframes)), files, tmp_path)[:, 0]
    wanted = np.interp(np.arange(3 * RATE), [RATE, 2 * RATE], [0, 0.5])
    assert np.abs(got - wanted).max() < 1e-7


def test_volume_eases_without_steps(files: dict[str, Path], tmp_path: Path) -> None:
    keyframes = [{"time": 0, "volume": 0}, {"time": 1, "volume": 1, "easing": "ease-in-out-cubic"}]
    got = mixed(scene(1, audio("ones.wav", keyframes=keyframes)), files, tmp_path)[:, 0]
    ease = parse_easing("ease-in-out-cubic")
    wanted = [0.5 * ease(n / 100) for n in range(100)]
    assert got[:: RATE // 100] == pytest.approx(wanted, abs=1e-7)
    assert np.diff(got).max() < 0.5 * 3 / RATE * 1.01  # its steepest, in the middle


def test_loud_sums_are_turned_down_and_neither_clipped_nor_wrapped(files: dict[str, Path], tmp_path: Path) -> None:
    got = mixed(scene(1, audio("tone.wav", volume=4), audio("tone.wav", volume=2)), files, tmp_path)
    middle = slice(RATE // 4, RATE * 3 // 4)
    assert np.abs(got).max() <= CEILING + 1e-6
    assert np.abs(got[middle] - 2 * CEILING * tone(1)[middle]).max() < 0.01


def test_a_video_is_heard_and_a_muted_one_is_not(files: dict[str, Path], tmp_path: Path) -> None:
    loud = {"type": "video", "src": "half.mkv", "volume": 0.5}
    got = mixed({"scenes": [{"objects": [loud, {**loud, "volume": 0}]}]}, files, tmp_path)
    assert got[:, 0] == pytest.approx(0.25)


def test_sounds_in_groups_count_from_the_start_of_their_group(files: dict[str, Path], tmp_path: Path) -> None:
    inner = {"type": "group", "start": 0.5, "objects": [audio("ones.wav", start=0.25)]}
    outer = {"type": "group", "start": 1, "duration": 1.5, "objects": [inner]}
    scenes = [{"duration": 1}, {"duration": 4, "objects": [outer]}]
    assert spans(mixed({"scenes": scenes}, files, tmp_path)) == [(2.75, 3.5)]


def test_what_is_not_visible_is_not_heard(files: dict[str, Path], tmp_path: Path) -> None:
    hidden = {"type": "group", "visible": False, "objects": [audio("ones.wav")]}
    got = mixed({"scenes": [{"duration": 1, "objects": [hidden]}]}, files, tmp_path)
    assert (got == 0).all()


def test_the_templates_own_sound_lies_over_all_scenes(files: dict[str, Path], tmp_path: Path) -> None:
    scenes = [{"duration": 1}, {"duration": 2, "transition": {"type": "fade", "duration": 0.5}}]
    got = mixed({"audio": [audio("ones.wav", start=0.2)], "scenes": scenes}, files, tmp_path)
    assert spans(got) == [(0.2, 2.5)]
    assert got[-1, 0] == 0.5


def test_a_transition_crossfades_with_equal_power(files: dict[str, Path], tmp_path: Path) -> None:
    left, right = audio("ones.wav"), audio("ones.wav", volume=0.5)
    transition = {"type": "slide", "duration": 1}
    scenes = [{"duration": 2, "objects": [left]}, {"duration": 2, "transition": transition, "objects": [right]}]
    got = mixed({"scenes": scenes}, files, tmp_path)[:, 0]
    for way in (0.0, 0.25, 0.5, 0.75):
        out, in_ = math.cos(way * math.pi / 2), math.sin(way * math.pi / 2)
        assert got[round((1 + way) * RATE)] == pytest.approx(0.5 * out + 0.25 * in_, abs=1e-4)
    assert got[[47_999, 96_000]].tolist() == [0.5, 0.25]


def test_a_frame_begins_on_the_nearest_sample_without_drift() -> None:
    ntsc = Fraction(30000, 1001)
    assert [sample_of(n, ntsc) for n in (0, 1, 2, 3, 30000)] == [0, 1602, 3203, 4805, 48_048_000]


def test_what_needs_no_sound_has_no_cues(files: dict[str, Path]) -> None:
    template = parse({"scenes": [{"objects": [{"type": "video", "src": "mute.mkv"}]}]})
    media = look_at(template, files)
    timeline = Timeline.build(template, {url: info.duration for url, info in media.items()})
    assert cues(template, timeline, media) == []


def test_mixing_stops_when_asked_to(files: dict[str, Path], tmp_path: Path) -> None:
    cue = Cue(src="ones.wav", start=0, end=RATE, skip=0, period=0, volume=1.0)
    with pytest.raises(Stopped):
        mix([cue], files, RATE, tmp_path / "mix.f32", lambda: True, loudness=None)


def test_memory_does_not_grow_with_the_length(files: dict[str, Path], tmp_path: Path) -> None:
    cue = Cue(src="tone.wav", start=0, end=120 * RATE, skip=0, period=1_000_000, volume=1.0)
    sizes: list[int] = []

    def measure() -> bool:
        sizes.append(tracemalloc.get_traced_memory()[0])
        return False

    gc.disable()
    tracemalloc.start()
    try:
        mix([cue], files, 120 * RATE, tmp_path / "mix.f32", measure, loudness=None)
    finally:
        tracemalloc.stop()
        gc.enable()
    assert len(sizes) == 12
    assert sizes[-1] - sizes[1] < 4_000_000


def most_memory(voices: int, files: dict[str, Path], out: Path) -> int:
    loops = [Cue(src="tone.wav", start=0, end=RATE, skip=n, period=500_000, volume=0.01) for n in range(voices)]
    gc.disable()
    tracemalloc.start()
    try:
        mix(loops, files, RATE, out, lambda: False, loudness=None)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        gc.enable()


def test_memory_hardly_grows_with_the_number_of_sounds_heard_at_once(files: dict[str, Path], tmp_path: Path) -> None:
    most_memory(1, files, tmp_path / "mix.f32")  # imports
    few, many = (most_memory(voices, files, tmp_path / "mix.f32") for voices in (4, 36))
    kept = 36 * RATE // 2 * 8
    assert many - kept < 1.3 * few


def test_many_sounds_add_up(files: dict[str, Path], tmp_path: Path) -> None:
    ones = [audio("ones.wav", start=n / 10, volume=0.1) for n in range(10)]
    got = mixed(scene(1, *ones), files, tmp_path)
    assert got[:, 0] == pytest.approx(np.repeat(np.arange(1, 11) * 0.05, RATE // 10), abs=1e-6)


def test_more_sounds_at_once_than_can_be_open_are_refused(files: dict[str, Path], tmp_path: Path) -> None:
    objects = [audio("ones.wav", start=n % 2, duration=1) for n in range(128)]
    mixed({"scenes": [{"duration": 2, "objects": objects}]}, files, tmp_path)
    with pytest.raises(TemplateError, match=r"Up to 65 sounds .* at most 64") as refused:
        mixed({"scenes": [{"duration": 2, "objects": [*objects, audio("ones.wav")]}]}, files, tmp_path)
    assert refused.value.code == "template_too_large"


def rms(sound: NDArray[np.float32]) -> float:
    return float(np.sqrt((sound.astype(float) ** 2).mean()))


def test_crossfaded_noise_keeps_its_loudness(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    a, b = (rng.normal(0, 0.1, (2 * RATE, 2)).astype(np.float32) for _ in range(2))
    files = {"a.wav": record(tmp_path / "a.wav", a), "b.wav": record(tmp_path / "b.wav", b)}
    transition = {"type": "fade", "duration": 1}
    scenes = [
        {"duration": 2, "objects": [audio("a.wav")]},
        {"duration": 2, "transition": transition, "objects": [audio("b.wav")]},
    ]
    got = mixed({"scenes": scenes}, files, tmp_path)
    tenths = [rms(got[n * RATE // 10 : (n + 1) * RATE // 10]) for n in range(30)]
    assert tenths == pytest.approx([0.1] * 30, rel=0.05)
