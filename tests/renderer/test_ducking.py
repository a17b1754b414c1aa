"""Music lies on the left and is always 0.5, voices are on the right: what is left of the music is its gain."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from renderer.encoding import mixing
from renderer.media.info import RATE
from tests.renderer.filming import film, numbered, record, tone
from tests.renderer.mixes import audio, mixed, scene

LEFT, RIGHT = np.float32([1, 0]), np.float32([0, 1])


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("ducking")
    voice = tone(1) * RIGHT
    return {
        "music": record(folder / "music.wav", np.full((30 * RATE, 2), 0.5, np.float32) * LEFT),
        "voice": record(folder / "voice.wav", voice),
        "talking": film(folder / "talking.mkv", numbered(10), fps=10, sound=voice),
        "murmur": record(folder / "murmur.wav", tone(1, level=0.014) * RIGHT),  # -40.1 dB
    }


def gains(template: dict[str, Any], files: dict[str, Path], out: Path) -> NDArray[np.float32]:
    return mixed(template, files, out)[:, 0] * 2


def at(gain: NDArray[np.float32], *seconds: float) -> list[float]:
    return [round(float(gain[round(second * RATE)]), 5) for second in seconds]


def music(**properties: Any) -> dict[str, Any]:
    return audio("music", **{"duck": 0.2, "duck_attack": 0.5, "duck_release": 1, **properties})


def test_music_falls_before_a_voice_stays_down_and_rises_after_it(files: dict[str, Path], tmp_path: Path) -> None:
    gain = gains(scene(8, music(), audio("voice", start=3)), files, tmp_path)
    assert at(gain, 0, 2.5, 2.75, 3, 3.5, 4, 4.3) == [1, 1, 0.6, 0.2, 0.2, 0.2, 0.2]
    assert at(gain, 4.8, 5.3, 7.9) == [0.6, 1, 1]
    assert np.abs(np.diff(gain)).max() <= 0.8 / (0.5 * RATE) + 1e-6  # nowhere a step


def test_music_is_down_where_a_video_begins_with_a_voice(files: dict[str, Path], tmp_path: Path) -> None:
    gain = gains(scene(3, music(), {"type": "video", "src": "talking"}), files, tmp_path)
    assert at(gain, 0, 0.5, 1.3, 1.8) == [0.2, 0.2, 0.2, 0.6]


def test_the_templates_own_music_gives_way_in_every_scene(files: dict[str, Path], tmp_path: Path) -> None:
    scenes = [{"duration": 3}, {"duration": 3, "objects": [audio("voice", start=1)]}]
    gain = gains({"audio": [music()], "scenes": scenes}, files, tmp_path)
    assert at(gain, 3.5, 3.75, 4, 5.3, 5.8) == [1, 0.6, 0.2, 0.2, 0.6]


def test_pauses_between_words_keep_music_down(files: dict[str, Path], tmp_path: Path) -> None:
    words = [audio("voice", start=start) for start in (1, 2.3, 3.9)]
    gain = gains(scene(6, music(), *words), files, tmp_path)
    assert gain[RATE : 3 * RATE] == pytest.approx(0.2, abs=1e-6)
    assert max(at(gain, 3.61, 3.7)) > 0.2


def test_what_is_quieter_than_the_threshold_changes_nothing(files: dict[str, Path], tmp_path: Path) -> None:
    """A side of 0.014 is -43.1 dB over both."""
    murmur = audio("murmur", start=1)
    assert (gains(scene(3, music(), murmur), files, tmp_path) == 1).all()
    assert at(gains(scene(3, music(duck_threshold=-44), murmur), files, tmp_path), 1.5) == [0.2]
    assert (gains(scene(3, music(duck_threshold=-43), murmur), files, tmp_path) == 1).all()


def test_sounds_that_give_way_do_not_do_so_to_each_other(files: dict[str, Path], tmp_path: Path) -> None:
    gain = gains(scene(3, music(), audio("voice", start=1, duck=0.5)), files, tmp_path)
    assert (gain == 1).all()


def test_a_voice_that_is_turned_off_is_not_given_way_to(files: dict[str, Path], tmp_path: Path) -> None:
    faded = audio("voice", start=1, keyframes=[{"time": 0, "volume": 0}, {"time": 1, "volume": 0}])
    assert (gains(scene(3, music(), faded), files, tmp_path) == 1).all()


def test_how_far_it_gives_way_can_be_animated(files: dict[str, Path], tmp_path: Path) -> None:
    keyframes = [{"time": 0, "duck": 0.2}, {"time": 3, "duck": 0.8}]
    voices = [audio("voice", start=start) for start in (0, 1, 2)]
    gain = gains(scene(3, music(keyframes=keyframes), *voices), files, tmp_path)
    assert at(gain, 0, 1.5, 2.5) == [0.2, 0.5, 0.7]


def test_without_attack_and_release_it_takes_a_hundredth_of_a_second(files: dict[str, Path], tmp_path: Path) -> None:
    gain = gains(scene(3, music(duck=0, duck_attack=0, duck_release=0), audio("voice", start=1)), files, tmp_path)
    assert at(gain, 0.99, 0.995, 1, 2.3, 2.305, 2.31) == [1, 0.5, 0, 0, 0.5, 1]


def test_music_falls_in_time_where_blocks_meet(files: dict[str, Path], tmp_path: Path) -> None:
    gain = gains(scene(25, music(), audio("voice", start=10.1), audio("voice", start=20)), files, tmp_path)
    assert at(gain, 9.6, 9.85, 10.1, 19.5, 19.75, 20) == [1, 0.6, 0.2, 1, 0.6, 0.2]


@pytest.mark.parametrize("windows", [9, 250])
def test_blocks_of_any_size_give_the_same_samples(
    files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, windows: int
) -> None:
    """Also with peaks that are limited, a loop, fades, keyframes and a loudness."""
    words = [audio("voice", start=start, volume=volume) for start, volume in ((0.5, 1), (2.0123, 4), (5, 0.3))]
    song = music(volume=2, loop=True, trim_end=1.7, fade_in=0.7, keyframes=[{"time": 1}, {"time": 4, "duck": 0.5}])
    template = {"loudness": -12, **scene(7, song, music(duck_attack=2, volume=0.3), *words)}
    whole = mixed(template, files, tmp_path)
    monkeypatch.setattr(mixing, "_BLOCK", windows * RATE // 100)
    assert np.array_equal(mixed(template, files, tmp_path), whole)
