"""Time, exact: every frame at its place in the file, the same frame however it is reached, the same bytes again."""

import json
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from renderer.composition import Composition
from renderer.format.template import parse
from renderer.media.info import RATE
from renderer.recipe import Recipe
from renderer.render import render
from tests.renderer.filming import film, number_of, numbered, record, seen, tone

ROOT = Path(__file__).parents[2]
SIZE = (160, 90)
RATES = ["24000/1001", 24, 25, "30000/1001", 30, 50, "60000/1001", 60]

STILL = {"type": "rectangle", "width": 40, "height": 30, "background-color": "#e63946"}
TITLE = {
    "type": "text",
    "text": "Time",
    "font-size": 28,
    "x": 20,
    "y": 30,
    "shadow-color": "#000a",
    "shadow-blur": 4,
    "keyframes": [{"time": 0, "opacity": 0, "x": 0}, {"time": 0.5, "opacity": 1, "x": 30.3, "easing": "ease-out"}],
}
PHOTO = {"type": "image", "src": "photo.png", "keyframes": [{"time": 0, "scale": 1}, {"time": 1.5, "scale": 1.3}]}
CLIP = {"type": "video", "src": "clip.mp4", "x": 90, "y": 10, "width": 60, "height": 40, "trim-start": 0.1}
SCENES = [
    {"duration": 1, "objects": [PHOTO, TITLE, {**CLIP, "loop": True, "rotation": 5}]},
    {
        "duration": 1,
        "background-video": "clip.mp4",
        "transition": {"type": "push", "duration": 0.4},
        "objects": [{"type": "group", "width": 160, "height": 90, "opacity": 0.8, "objects": [STILL, TITLE]}],
    },
    {"duration": 0.6, "objects": [CLIP, STILL], "transition": {"type": "fade", "duration": 0.3}},
]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("media")
    rows, columns = np.mgrid[0:120, 0:200]
    waves = np.stack([np.sin(rows / 9), np.cos(columns / 13), np.sin((rows + columns) / 17)], axis=-1)
    cv2.imwrite(str(folder / "photo.png"), waves * 90 + 128)
    uneven = [0, 1, 4, 5, 9, 11, 12, 20, 22, 23]  # thirtieths
    return {
        "photo.png": folder / "photo.png",
        "clip.mp4": film(folder / "clip.mp4", numbered(10), times=uneven, options={"qp": "0", "g": "4", "bf": "2"}),
        "tone.wav": record(folder / "tone.wav", tone(3)),
    }


def template(scenes: list[dict[str, Any]], rate: int | str, **more: Any) -> dict[str, Any]:
    return {"width": SIZE[0], "height": SIZE[1], "frame-rate": rate, "scenes": scenes, **more}


def made(raw: dict[str, Any], out: Path, files: dict[str, Path]) -> Path:
    kind = "webm" if out.suffix == ".webm" else "mp4"
    render(Recipe(parse(raw), files, format=kind), out, on_progress=lambda share: None, stop=lambda: False)
    return out


def times(path: Path) -> list[Fraction]:
    """When each frame is shown, in seconds, in the order of showing."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        packets = [packet for packet in container.demux(stream) if packet.pts is not None]
        return sorted(packet.pts * stream.time_base for packet in packets)


@pytest.mark.parametrize("rate", RATES)
def test_every_frame_of_a_long_file_begins_on_time(tmp_path: Path, files: dict[str, Path], rate: int | str) -> None:
    fps, seconds = Fraction(rate), 20
    sound = [{"type": "audio", "src": "tone.wav"}]
    raw = template([{"duration": seconds, "objects": [STILL]}], rate, width=32, height=32, audio=sound)
    path = made(raw, tmp_path / "a.mp4", files)
    count = round(seconds * fps)
    assert times(path) == [n / fps for n in range(count)]
    with av.open(str(path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.average_rate, video.start_time, audio.start_time) == (fps, 0, 0)
        assert video.duration * video.time_base == count / fps
        assert abs(audio.duration * audio.time_base - count / fps) <= Fraction(1, RATE)


def test_the_milliseconds_of_webm_are_the_nearest_ones(tmp_path: Path) -> None:
    fps = Fraction(30000, 1001)
    path = made(template([{"duration": 4, "objects": [STILL]}], "30000/1001"), tmp_path / "a.webm", {})
    assert max(abs(time - n / fps) for n, time in enumerate(times(path))) <= Fraction(1, 2000)
    assert len(times(path)) == 120


def test_frames_of_unequal_length_are_shown_at_their_own_times(tmp_path: Path, files: dict[str, Path]) -> None:
    whole = {"type": "video", "src": "clip.mp4", "width": SIZE[0], "height": SIZE[1]}
    path = made(template([{"duration": 0.8, "objects": [whole]}], 30), tmp_path / "a.mp4", files)
    wanted = [0, 1, 1, 1, 2, 3, 3, 3, 3, 4, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7, 7, 8, 9]
    assert [number_of(picture) for picture in seen(path)] == wanted


def composed(files: dict[str, Path]) -> Composition:
    return Composition(parse(template(SCENES, "30000/1001")), files)


def both(composition: Composition, frame: int) -> bytes:
    """A frame as stills are drawn, and as the encoder gets it."""
    i420 = np.empty(SIZE[0] * SIZE[1] * 3 // 2, np.uint8)
    composition.film(frame, i420)
    return composition.draw(frame).tobytes() + i420.tobytes()


def test_a_frame_alone_is_the_frame_of_the_video(files: dict[str, Path]) -> None:
    with composed(files) as composition:
        frames = [both(composition, frame) for frame in range(composition.timeline.frames)]
    assert len(set(frames)) > len(frames) / 2
    with composed(files) as composition:
        for frame in np.random.default_rng(4).permutation(len(frames))[:25]:
            assert both(composition, int(frame)) == frames[frame], frame
    for frame in (13, 27, len(frames) - 1):
        with composed(files) as composition:
            assert both(composition, frame) == frames[frame], frame


def test_two_processes_make_the_same_bytes_wherever_and_whenever_they_run(
    tmp_path: Path, files: dict[str, Path]
) -> None:
    raw = template(SCENES, 25, audio=[{"type": "audio", "src": "tone.wav"}], title="Zeit")
    (tmp_path / "template.json").write_text(json.dumps(raw))
    (tmp_path / "files.json").write_text(json.dumps({name: str(path) for name, path in files.items()}))
    made_by = []
    places = [{"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "UTC"}]
    places += [{"PYTHONHASHSEED": "77", "LC_ALL": "C.utf8", "LANG": "de_DE.UTF-8", "TZ": "Asia/Tokyo", "HOME": "/tmp"}]
    for number, place in enumerate(places):
        out = tmp_path / f"{number}.mp4"
        order = [tmp_path / "template.json", "--files", tmp_path / "files.json", "-o", out]
        command = [sys.executable, "-m", "renderer", *map(str, order)]
        subprocess.run(command, cwd=ROOT, env={**os.environ, **place}, check=True, capture_output=True)
        made_by.append(out.read_bytes())
    assert made_by[0] == made_by[1]
