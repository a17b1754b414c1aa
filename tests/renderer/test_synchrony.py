"""A click begins with each white frame: where both are in the finished file, by decoders that are not ours."""

from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np
import pytest

from renderer.encoding.audio import sample_of
from renderer.format.output import VideoFormat
from renderer.format.template import parse
from renderer.media.info import RATE
from renderer.recipe import Recipe
from renderer.render import render
from tests.renderer.filming import Samples, heard, record, tone

FPS = Fraction(30000, 1001)
CLICK = tone(0.01, 1000, 0.8)


class Made(NamedTuple):
    path: Path
    frames: int
    flashes: list[int]

    @property
    def samples(self) -> int:
        return sample_of(self.frames, FPS)


def made(folder: Path, seconds: int, every: int, kind: VideoFormat) -> Made:
    """Black but for a white frame at frame 7 and `every` so many frames from there on."""
    flashes = list(range(7, round(seconds * FPS), every))
    sound = np.zeros((seconds * RATE, 2), np.float32)
    for frame in flashes:
        sound[sample_of(frame, FPS) :][: len(CLICK)] = CLICK
    white = {"type": "rectangle", "width": "100%", "height": "100%", "background-color": "#fff"}
    objects = [{**white, "start": float(frame / FPS), "duration": float(1 / FPS)} for frame in flashes]
    template: dict[str, Any] = {
        "width": 160,
        "height": 90,
        "frame-rate": "30000/1001",
        "audio": [{"src": "clicks.wav"}],
        "scenes": [{"duration": seconds, "objects": objects}],
    }
    files, out = {"clicks.wav": record(folder / "clicks.wav", sound)}, folder / f"out.{kind}"
    rendered = render(Recipe(parse(template), files, kind), out, on_progress=lambda share: None, stop=lambda: False)
    return Made(out, rendered.frames, flashes)


def late(sound: Samples, frame: int) -> int:
    """By how many samples the click of a frame is late, where it fits best within 40 ms."""
    first = max(0, sample_of(frame, FPS) - 1920)
    alike = np.correlate(sound[first : first + 2 * 1920 + len(CLICK), 0], CLICK[:, 0], "valid")
    return first + int(alike.argmax()) - sample_of(frame, FPS)


def flash_near(path: Path, seconds: float) -> Fraction:
    """When the next white frame after the last key frame before this time is shown."""
    with av.open(str(path)) as container:
        container.seek(int((seconds - 0.2) * av.time_base))
        for picture in container.decode(container.streams.video[0]):
            if picture.to_ndarray(format="gray").mean() > 128 and picture.time > seconds - 0.2:
                return Fraction(picture.pts) * picture.time_base
    raise AssertionError("no white frame")


def test_after_ten_minutes_picture_and_sound_are_together_to_the_sample(tmp_path: Path) -> None:
    film = made(tmp_path, 600, 1777, "mp4")
    sound = heard(film.path)
    assert len(sound) == film.samples
    assert [late(sound, frame) for frame in film.flashes] == [0] * 11
    shown = [flash_near(film.path, frame / FPS) for frame in film.flashes]
    assert shown == [frame / FPS for frame in film.flashes]


@pytest.mark.parametrize(("kind", "exact"), [("mp4", Fraction(0)), ("webm", Fraction(1, 1000))])
def test_what_an_encoder_puts_in_front_moves_nothing(tmp_path: Path, kind: VideoFormat, exact: Fraction) -> None:
    """WebM counts in milliseconds: its pictures, not its sound, are at the nearest."""
    film = made(tmp_path, 4, 50, kind)
    sound = heard(film.path)
    assert [late(sound, frame) for frame in film.flashes] == [0, 0, 0]
    for frame in film.flashes:
        assert abs(flash_near(film.path, frame / FPS) - frame / FPS) <= exact / 2
    with av.open(str(film.path)) as container:
        pieces = [(piece.pts * piece.time_base, piece.to_ndarray()) for piece in container.decode(audio=0)]
    together = np.concatenate([samples for _, samples in pieces], axis=1).T
    assert pieces[0][0] == 0
    assert [late(together, frame) for frame in film.flashes] == [0, 0, 0]
    assert 0 <= len(together) - film.samples < 1024
    assert len(sound) == film.samples
