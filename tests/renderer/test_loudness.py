import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from renderer.encoding.loudness import Meter
from renderer.format.template import parse
from renderer.media.info import RATE
from renderer.media.sound import Sound
from renderer.recipe import Recipe
from renderer.render import draw_sound, render
from tests.renderer.filming import Samples, record, tone
from tests.renderer.hearing import loudness, loudness_of, peak_of, true_peak
from tests.renderer.mixes import audio, mixed, scene

BUILT_IN = Path(__file__).parents[2] / "templates" / "videos"
RNG = np.random.default_rng(3)


def measured(*sounds: Samples) -> float | None:
    meter = Meter()
    for _ in meter.through(sounds):
        pass
    return meter.loudness()


def sine(seconds: float, level: float) -> Samples:
    """At 1 kHz on both sides, `level` in dBFS."""
    return tone(seconds, 1000, 10 ** (level / 20))


def noise(seconds: float) -> Samples:
    """With few treble, as all that is recorded; the encoders leave out what is above 17 kHz."""
    mono = np.convolve(RNG.laplace(0, 0.08, round(seconds * RATE)), np.hanning(9) / 4, "same")
    return np.stack([mono, mono], axis=1).astype(np.float32)


def speech(seconds: float) -> Samples:
    """Noise in syllables and pauses, with peaks far above its mean."""
    time = np.arange(round(seconds * RATE)) / RATE
    syllables = np.clip(np.sin(2 * np.pi * 3.1 * time), 0, 1) ** 2 * (np.sin(2 * np.pi * 0.23 * time) > -0.6)
    return noise(seconds) * syllables[:, np.newaxis].astype(np.float32)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("loudness")
    silence = np.zeros((2 * RATE, 2), np.float32)
    clicks = np.zeros((10 * RATE, 2), np.float32)
    clicks[:: RATE // 2] = 0.5
    return {
        "speech": record(folder / "speech.wav", speech(13)),
        "music": record(folder / "music.wav", noise(5)),
        "silence": record(folder / "silence.wav", silence),
        "short": record(folder / "short.wav", tone(0.3)),
        "clicks": record(folder / "clicks.wav", clicks),
    }


def spoken(target: float | None) -> dict[str, Any]:
    song = audio("music", loop=True, volume=0.5, duck=0.2, fade_out=1)
    return {"loudness": target, "audio": [song], **scene(13, audio("speech"))}


# The signals of EBU Tech 3341, table 1: seconds and level of each part, then what a meter has to say.
@pytest.mark.parametrize(
    ("parts", "wanted"),
    [
        ([(20, -23)], -23),
        ([(20, -33)], -33),
        ([(10, -36), (60, -23), (10, -36)], -23),
        ([(10, -72), (10, -36), (60, -23), (10, -36), (10, -72)], -23),
        ([(20, -26), (20.1, -20), (20, -26)], -23),
    ],
)
def test_the_meter_says_what_the_standard_wants_it_to(parts: list[tuple[float, float]], wanted: float) -> None:
    assert measured(*(sine(seconds, level) for seconds, level in parts)) == pytest.approx(wanted, abs=0.1)


def test_the_meter_agrees_with_another(files: dict[str, Path], tmp_path: Path) -> None:
    for sound in (speech(7.77), speech(3) * np.float32([1, 0]), noise(1)):
        assert measured(sound) == pytest.approx(loudness(sound, tmp_path), abs=0.06)


def test_the_meter_hears_the_same_in_blocks_of_any_size() -> None:
    sound = speech(4)
    pieces = [sound[n : n + 7919] for n in range(0, len(sound), 7919)]
    assert measured(*pieces) == measured(sound)


def test_what_is_silent_or_too_short_has_no_loudness() -> None:
    assert measured() is None
    assert measured(np.zeros((RATE, 2), np.float32)) is None
    assert measured(sine(5, -75)) is None
    assert measured(sine(0.39, -20)) is None
    assert measured(sine(0.4, -20)) is not None


@pytest.mark.parametrize("target", [-14, -16, -23])
def test_a_mix_is_as_loud_as_its_template_says(files: dict[str, Path], tmp_path: Path, target: float) -> None:
    """By ffmpeg's meter; the voice has peaks 20 dB above its loudness, of which -14 LUFS leave 12."""
    got = mixed(spoken(target), files, tmp_path)
    assert loudness(got, tmp_path) == pytest.approx(target, abs=0.2)
    assert true_peak(got, tmp_path) <= -1.9
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("mix")] == ["mix.f32"]


@pytest.mark.parametrize("kind", ["mp4", "webm"])
def test_the_finished_file_is_as_loud_and_does_not_clip(files: dict[str, Path], tmp_path: Path, kind: Any) -> None:
    template, out = parse({"width": 32, "height": 32, "frame-rate": 5, **spoken(-14)}), tmp_path / f"out.{kind}"
    render(Recipe(template=template, files=files, format=kind), out, on_progress=lambda share: None, stop=lambda: False)
    assert loudness_of(out) == pytest.approx(-14, abs=0.5)
    assert peak_of(out) <= -1


@pytest.mark.parametrize("kind", ["mp4", "webm"])
def test_music_that_is_far_too_loud_has_no_peak_above_one_decibel_below_full_in_the_finished_file(
    tmp_path: Path, kind: Any
) -> None:
    files = {name: BUILT_IN / "media" / name / "bed.m4a" for name in ("travel-list", "quote")}
    beds = [audio(name, volume=4) for name in files]
    raw = {"width": 32, "height": 32, "frame-rate": 5, "loudness": -5, "audio": beds, "scenes": [{"duration": 6}]}
    out = tmp_path / f"out.{kind}"
    render(
        Recipe(template=parse(raw), files=files, format=kind), out, on_progress=lambda share: None, stop=lambda: False
    )
    assert peak_of(out) <= -1


def test_without_a_loudness_a_mix_is_as_loud_as_it_is(files: dict[str, Path], tmp_path: Path) -> None:
    with Sound(files["music"]) as music:
        assert np.array_equal(mixed(scene(5, audio("music")), files, tmp_path), music.read(0, 5 * RATE))


@pytest.mark.parametrize("name", ["silence", "short"])
def test_what_cannot_be_measured_stays_as_it_is(files: dict[str, Path], tmp_path: Path, name: str) -> None:
    length = {"silence": 2, "short": 0.3}[name]
    assert np.array_equal(
        mixed({"loudness": -14, **scene(length, audio(name))}, files, tmp_path),
        mixed(scene(length, audio(name)), files, tmp_path),
    )


def test_what_is_too_full_of_peaks_is_not_pressed_flat_but_told(files: dict[str, Path], tmp_path: Path) -> None:
    template = parse({"width": 32, "height": 32, "frame-rate": 5, "loudness": -14, **scene(10, audio("clicks"))})
    out = tmp_path / "out.mp4"
    made = render(Recipe(template=template, files=files), out, on_progress=lambda share: None, stop=lambda: False)
    reached = re.findall(r"The sound is (\S+) LUFS loud, not -14: its peaks leave no room for more\.", *made.warnings)
    assert -40 < float(reached[0]) < -15
    assert draw_sound(Recipe(template=template, files=files), out, stop=lambda: False).warnings == made.warnings
