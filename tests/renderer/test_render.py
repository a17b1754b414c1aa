import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from renderer.errors import EncodeError, MediaError, RenderError, Stopped, TemplateError
from renderer.format.template import parse
from renderer.media.info import RATE
from renderer.recipe import Recipe
from renderer.render import Rendered, _folder_beside, render
from renderer.stills import still
from tests.renderer.filming import film, grey, heard, lateness, number_of, numbered, record, seen, tone

Picture = NDArray[np.uint8]
TITLE = {"type": "text", "text": "Hello", "font-size": 30, "x": "50%", "y": "50%", "anchor": "center"}
MOVING = {
    "type": "rectangle",
    "width": 30,
    "height": 30,
    "background-color": "#e63946",
    "keyframes": [{"time": 0, "x": 0}, {"time": 1, "x": 120}],
}


def made(template: dict[str, Any], files: dict[str, Path], out: Path, **options: Any) -> Rendered:
    whole = {"width": 160, "height": 90, "background-color": "#1d3557", **template}
    recipe = Recipe(template=parse(whole), files=files, quality="best", ffmpeg=options.pop("ffmpeg", None))
    return render(recipe, out, **{"on_progress": lambda share: None, "stop": lambda: False, **options})


def snapshot(template: dict[str, Any], files: dict[str, Path], time: float, **options: Any) -> Picture:
    whole = {"width": 160, "height": 90, "background-color": "#1d3557", **template}
    image = still(parse(whole), files, time, **options)
    return np.asarray(Image.open(io.BytesIO(image)).convert("RGB"))


def test_a_render_says_what_was_made(tmp_path: Path) -> None:
    rendered = made({"frame-rate": 25, "scenes": [{"duration": 1, "objects": [TITLE]}]}, {}, tmp_path / "a.mp4")
    assert (rendered.frames, rendered.duration, rendered.width, rendered.height) == (25, 1.0, 160, 90)
    assert rendered.bytes == (tmp_path / "a.mp4").stat().st_size
    assert not rendered.has_audio
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_every_frame_of_the_video_is_the_still_at_its_time(tmp_path: Path) -> None:
    fade = {"type": "push", "duration": 0.4}
    scenes = [
        {"duration": 1, "objects": [MOVING, TITLE]},
        {"duration": 0.8, "background-color": "#a8dadc", "transition": fade, "objects": [TITLE]},
    ]
    template = {"frame-rate": 10, "scenes": scenes}
    made(template, {}, tmp_path / "a.mp4")
    video = seen(tmp_path / "a.mp4").mean(axis=3)  # brightness: colour has half the resolution
    stills = np.stack([snapshot(template, {}, n / 10, format="png").mean(axis=2) for n in range(14)])
    apart = np.abs(video[:, np.newaxis] - stills).mean(axis=(2, 3))
    assert len(video) == 14
    assert apart.diagonal().max() < 2
    assert apart.argmin(axis=1).tolist()[:10] == list(range(10))  # from then on nothing moves


def test_a_video_in_the_video_shows_its_frames_at_their_times(tmp_path: Path) -> None:
    files = {"a.mp4": film(tmp_path / "a.mp4", numbered(30))}
    video = {"type": "video", "src": "a.mp4", "start": 0.2, "trim-start": 0.5, "trim-end": 0.8}
    scene = {"duration": 1, "background-color": "#fff", "objects": [video]}
    made({"frame-rate": 30, "scenes": [scene]}, files, tmp_path / "out.mp4")
    numbers = [number_of(picture) for picture in seen(tmp_path / "out.mp4")[6:]]
    assert numbers == [*range(15, 24), *[23] * 15]


def test_a_video_in_the_background_starts_again_when_it_ends(tmp_path: Path) -> None:
    files = {"a.mp4": film(tmp_path / "a.mp4", numbered(10), fps=10)}
    scene = {"duration": 2.5, "background-video": "a.mp4"}
    made({"frame-rate": 10, "scenes": [scene]}, files, tmp_path / "out.mp4")
    assert [number_of(picture) for picture in seen(tmp_path / "out.mp4")] == [n % 10 for n in range(25)]


def test_picture_and_sound_stay_together_to_the_end(tmp_path: Path) -> None:
    """A flash and a beep at 0.5, 10.5 and 19.5 s of the source are found in the render at one time."""
    fps, marks = Fraction(30000, 1001), (0.5, 10.5, 19.5)
    flashes = [round(mark * fps) for mark in marks]
    lit = {frame + more for frame in flashes for more in (0, 1)}
    pictures = [grey(220 if n in lit else 30, (32, 32)) for n in range(round(20 * fps))]
    sound = np.zeros((20 * RATE, 2), np.float32)
    for flash in flashes:
        start = round(flash / fps * RATE)
        sound[start : start + 960] = tone(0.02, 1000)
    files = {"a.mp4": film(tmp_path / "a.mp4", pictures, fps=fps, sound=sound)}
    template = {
        "width": 32,
        "height": 32,
        "frame-rate": 25,
        "scenes": [{"objects": [{"type": "video", "src": "a.mp4"}]}],
    }
    made(template, files, tmp_path / "out.mp4")
    bright = np.flatnonzero(seen(tmp_path / "out.mp4").mean(axis=(1, 2, 3)) > 128)
    loud = np.flatnonzero(np.abs(heard(tmp_path / "out.mp4")[:, 0]) > 0.2)
    beeps = loud[np.flatnonzero(np.diff(loud, prepend=-RATE) > RATE // 2)] / RATE
    lights = bright[np.flatnonzero(np.diff(bright, prepend=-10) > 1)] / 25
    assert len(beeps) == len(lights) == 3
    assert np.abs(beeps - lights).max() < 1 / 25


def test_sound_is_as_long_as_the_pictures(tmp_path: Path) -> None:
    files = {"a.wav": record(tmp_path / "a.wav", tone(3))}
    template = {"frame-rate": 29.97, "audio": [{"type": "audio", "src": "a.wav"}], "scenes": [{"duration": 1.5}]}
    rendered = made(template, files, tmp_path / "out.mp4")
    with av.open(str(tmp_path / "out.mp4")) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert abs(video.duration * video.time_base - audio.duration * audio.time_base) <= Fraction(1, RATE)
    assert rendered.has_audio
    assert lateness(heard(tmp_path / "out.mp4")[9600:48_000], tone(3)[9600:48_000]) == 0


def test_the_same_template_gives_the_same_bytes(tmp_path: Path) -> None:
    files = {"a.mp4": film(tmp_path / "a.mp4", numbered(20), sound=tone(0.6))}
    template = {"scenes": [{"duration": 1, "objects": [{"type": "video", "src": "a.mp4"}, MOVING, TITLE]}]}
    made(template, files, tmp_path / "1.mp4")
    made(template, files, tmp_path / "2.mp4")
    assert (tmp_path / "1.mp4").read_bytes() == (tmp_path / "2.mp4").read_bytes()


def test_progress_rises_from_nothing_to_one(tmp_path: Path) -> None:
    shares: list[float] = []
    made({"scenes": [{"duration": 1}]}, {}, tmp_path / "a.mp4", on_progress=shares.append)
    assert shares == sorted(shares)
    assert shares[0] < 0.1
    assert shares[-1] == 1.0


def test_a_preview_is_made_along_with_the_video(tmp_path: Path) -> None:
    template = {"scenes": [{"duration": 1, "objects": [MOVING]}]}
    made(template, {}, tmp_path / "a.mp4", preview=tmp_path / "a.jpg")
    with Image.open(tmp_path / "a.jpg") as image:
        assert (image.format, image.size) == ("JPEG", (160, 90))
        assert np.ptp(np.asarray(image)) > 100


def test_stopping_leaves_neither_a_file_nor_a_folder(tmp_path: Path) -> None:
    shares: list[float] = []
    with pytest.raises(Stopped):
        made(
            {"scenes": [{"duration": 60, "objects": [MOVING]}]},
            {},
            tmp_path / "a.mp4",
            on_progress=shares.append,
            stop=lambda: len(shares) > 5,
        )
    assert len(shares) < 10
    assert list(tmp_path.iterdir()) == []


def test_a_failed_render_leaves_an_older_video_alone(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"older")
    with pytest.raises(EncodeError):
        made({"scenes": [{"duration": 1}]}, {}, tmp_path / "a.mp4", ffmpeg="/bin/false")
    assert (tmp_path / "a.mp4").read_bytes() == b"older"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_folder_that_is_not_there_is_told_without_its_path(tmp_path: Path) -> None:
    with pytest.raises(EncodeError, match="could not be written") as failed:
        made({"scenes": [{"duration": 1}]}, {}, tmp_path / "nowhere" / "a.mp4")
    assert str(tmp_path) not in failed.value.message


def test_a_failure_that_is_none_of_writing_is_not_told_as_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), _folder_beside(tmp_path / "a.mp4"):
        (tmp_path / "source.mp4").read_bytes()
    there = pytest.raises(EncodeError, match="could not be written: No such file")
    with there, _folder_beside(tmp_path / "a.mp4") as folder:
        (folder / "gone").rename(tmp_path / "a.mp4")


def test_a_full_disk_is_told_as_such(tmp_path: Path) -> None:
    full = "The video could not be written: No space left on device"
    with (
        pytest.raises(EncodeError, match=full),
        _folder_beside(tmp_path / "a.mp4"),
        Path("/dev/full").open("wb", 0) as disk,
    ):
        disk.write(b"x")


def test_what_is_wrong_with_a_file_names_its_place_in_the_template(tmp_path: Path) -> None:
    (tmp_path / "list.mp4").write_text("#EXTM3U\n")
    sound = record(tmp_path / "a.wav", tone(0.1))
    silent = film(tmp_path / "silent.mp4", numbered(2))
    files = {"list.mp4": tmp_path / "list.mp4", "a.wav": sound, "silent.mp4": silent}
    group = {"type": "group", "objects": [{"type": "video", "src": "?"}]}
    cases = {
        ("video", "missing.mp4"): ("media_missing", "not provided"),
        ("video", "list.mp4"): ("unsupported_media", "HLS playlist"),
        ("video", "a.wav"): ("unsupported_media", "no moving picture"),
        ("audio", "silent.mp4"): ("unsupported_media", "no sound"),
        ("image", "missing.png"): ("media_missing", "not provided"),
    }
    for (kind, src), (code, message) in cases.items():
        inner = {**group, "objects": [{"type": kind, "src": src}]}
        with pytest.raises(MediaError, match=message) as refused:
            made({"scenes": [{"duration": 1}, {"duration": 1, "objects": [inner]}]}, files, tmp_path / "out.mp4")
        assert refused.value.code == code
        assert [problem.path for problem in refused.value.problems] == ["scenes[1].objects[0].objects[0].src"]


def test_a_transition_longer_than_an_automatic_scene_is_refused(tmp_path: Path) -> None:
    files = {"a.mp4": film(tmp_path / "a.mp4", numbered(10))}
    scenes = [
        {"objects": [{"type": "video", "src": "a.mp4"}]},
        {"duration": 3, "transition": {"type": "fade", "duration": 2}},
    ]
    with pytest.raises(TemplateError, match="longer than the scene before"):
        made({"scenes": scenes}, files, tmp_path / "out.mp4")


@pytest.mark.parametrize(("kind", "name"), [("jpeg", "JPEG"), ("png", "PNG"), ("webp", "WEBP")])
def test_a_still_comes_in_the_format_and_width_asked_for(kind: str, name: str) -> None:
    template = parse({"width": 160, "height": 90, "scenes": [{"duration": 1, "objects": [MOVING]}]})
    image = Image.open(io.BytesIO(still(template, {}, 0.5, format=kind, width=80)))  # type: ignore[arg-type]
    assert (image.format, image.size) == (name, (80, 45))


def test_a_still_at_the_end_of_the_video_is_its_last_frame(tmp_path: Path) -> None:
    files = {"a.mp4": film(tmp_path / "a.mp4", numbered(10), fps=10)}
    template = {"frame-rate": 10, "scenes": [{"objects": [{"type": "video", "src": "a.mp4"}]}]}
    assert [number_of(snapshot(template, files, time)) for time in (0, 0.45, 1)] == [0, 4, 9]


@pytest.mark.parametrize("time", [99, -1, float("nan"), float("inf")])
def test_a_still_of_no_moment_of_the_video_is_refused_with_its_length(time: float) -> None:
    with pytest.raises(TemplateError, match=f"the video is 1 s long, so there is no picture at {time:g} s") as refused:
        snapshot({"scenes": [{"duration": 1}]}, {}, time)
    assert refused.value.problems[0].path == "time"


def test_a_still_of_an_unreasonable_width_is_refused() -> None:
    with pytest.raises(RenderError, match="1 to 4096 pixels"):
        snapshot({"scenes": [{"duration": 1}]}, {}, 0, width=100_000)


def test_a_still_of_an_unreasonable_height_is_refused() -> None:
    with pytest.raises(TemplateError, match="262144 pixels high; at most 4096") as refused:
        snapshot({"width": 64, "height": 4096, "scenes": [{"duration": 1}]}, {}, 0, width=4096)
    assert refused.value.code == "invalid_value"
    assert snapshot({"width": 64, "height": 2048, "scenes": [{"duration": 1}]}, {}, 0, width=128).shape[0] == 4096


@pytest.mark.parametrize("at_once", [2, 4, 32])
def test_more_videos_than_may_be_open_are_all_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr("renderer.drawing.videos._OPEN", at_once)
    files = {"a.mp4": film(tmp_path / "a.mp4", numbered(40), fps=10)}
    place = {"type": "video", "src": "a.mp4", "width": 32, "height": 90, "fit": "fill"}
    objects = [{**place, "x": 32 * n, "trim-start": n / 2} for n in range(5)]
    made({"frame-rate": 10, "scenes": [{"duration": 0.5, "objects": objects}]}, files, tmp_path / "out.mp4")
    for frame, picture in enumerate(seen(tmp_path / "out.mp4")):
        assert [number_of(picture[:, 32 * n + 8 : 32 * n + 24]) for n in range(5)] == [5 * n + frame for n in range(5)]


def test_many_scenes_of_video_keep_few_files_open(tmp_path: Path) -> None:
    files = {"a.mp4": film(tmp_path / "a.mp4", numbered(4), fps=10)}
    scenes = [{"duration": 0.2, "objects": [{"type": "video", "src": "a.mp4"}]} for _ in range(40)]
    most = 0

    def count(_share: float) -> None:
        nonlocal most
        links = [link for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
        most = max(most, sum(str(link.resolve()).endswith("a.mp4") for link in links))

    made({"frame-rate": 10, "scenes": scenes}, files, tmp_path / "out.mp4", on_progress=count)
    assert 1 <= most <= 3
