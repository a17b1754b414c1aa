"""A long video is encoded in segments: where it is cut, and that nothing of that shows."""

import json
import random
import subprocess
import sys
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from renderer.errors import EncodeError, MediaError, Stopped
from renderer.format.template import Template, parse
from renderer.format.timeline import Timeline
from renderer.media.info import RATE
from renderer.recipe import Recipe
from renderer.render import cut_of, draw_segment, draw_sound, join_segments, render
from renderer.segments import SEGMENT_SECONDS, Segment, cut
from tests.renderer.filming import film, heard, numbered, record, seen, tone

ROOT = Path(__file__).parents[2]
SIZE = {"width": 64, "height": 36}
MOVING = {
    "type": "rectangle",
    "width": 10,
    "height": 36,
    "background-color": "#e63946",
    "keyframes": [{"time": 0, "x": 0}, {"time": 4, "x": 54}],
}


def timeline(*seconds: float, fps: float | str = 30) -> Timeline:
    scenes = [{"duration": length} for length in seconds]
    return Timeline.build(parse({**SIZE, "frame-rate": fps, "scenes": scenes}), {})


def lively(fps: float | str, **more: Any) -> Template:
    """Four seconds in which something moves all the time, with a seam in a transition and one in a scene."""
    fade = {"type": "fade", "duration": 0.5}
    scenes = [
        {"duration": 2, "background-color": "#1d3557", "objects": [MOVING]},
        {"duration": 2.5, "background-color": "#a8dadc", "transition": fade, "objects": [MOVING]},
    ]
    return parse({**SIZE, "frame-rate": fps, "scenes": scenes, **more})


def whole(template: Template, files: dict[str, Path], out: Path, seconds: float, **options: Any) -> bytes:
    called = {"on_progress": lambda share: None, "stop": lambda: False}
    called |= {name: options.pop(name) for name in called.keys() & options.keys()}
    render(Recipe(template, files, segment_seconds=seconds, **options), out, **called)
    return out.read_bytes()


def test_a_video_shorter_than_two_segments_is_not_cut() -> None:
    assert cut(timeline(59.9), "mp4") == (Segment(0, 1797),)
    assert len(cut(timeline(2 * SEGMENT_SECONDS), "mp4")) == 2


def test_a_gif_is_not_cut() -> None:
    assert cut(timeline(600), "gif") == (Segment(0, 18000),)


def test_a_seam_is_a_near_scenes_start_or_else_in_its_even_place() -> None:
    assert seams_of(timeline(35, 70, 15)) == [1050, 1800, 2700]
    assert seams_of(timeline(57, 63)) == [900, 1710, 2700]


def seams_of(video: Timeline) -> list[int]:
    return [segment.first for segment in cut(video, "mp4")][1:]


@pytest.mark.parametrize("fps", [1, 23.976, 29.97, 120])
def test_segments_cover_every_frame_once_and_are_about_as_long_as_wanted(fps: float) -> None:
    lengths = random.Random(7)
    for _ in range(50):
        video = timeline(*(lengths.uniform(1, 40) for _ in range(lengths.randint(1, 40))), fps=fps)
        segments = cut(video, "mp4", 10)
        assert [segments[0].first, segments[-1].end] == [0, video.frames]
        assert all(before.end == after.first for before, after in pairwise(segments))
        if len(segments) > 1:
            assert all(4 < segment.frames / video.fps < 31 for segment in segments)


@pytest.mark.parametrize(
    ("kind", "fps"), [("mp4", "30000/1001"), ("mp4", "16"), ("webm", "30000/1001"), ("webm", "997/10")]
)
def test_a_joined_video_has_the_times_and_tags_of_one_in_a_single_piece(tmp_path: Path, kind: Any, fps: str) -> None:
    files = {"a.wav": record(tmp_path / "a.wav", tone(5))}
    template = lively(fps, audio=[{"type": "audio", "src": "a.wav"}])
    assert len(cut_of(Recipe(template, files, kind, segment_seconds=0.9)).segments) == 4
    whole(template, files, tmp_path / f"1.{kind}", 0, format=kind)
    whole(template, files, tmp_path / f"4.{kind}", 0.9, format=kind)
    assert facts(tmp_path / f"4.{kind}") == facts(tmp_path / f"1.{kind}")
    assert np.array_equal(heard(tmp_path / f"4.{kind}"), heard(tmp_path / f"1.{kind}"))


def facts(path: Path) -> dict[str, Any]:
    """Times of all packets, and what a player reads of the streams."""
    with av.open(str(path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        codec = video.codec_context
        sizes = {"width": codec.width, "height": codec.height, "profile": codec.profile, "format": codec.pix_fmt}
        colour = [codec.color_range, codec.colorspace, codec.color_primaries, codec.color_trc]
        streams = [(s.time_base, s.start_time, s.duration) for s in (video, audio)]
        packets = [p for p in container.demux() if p.size]
        times = [[(p.stream.index, p.pts, p.duration) for p in packets], [(p.stream.index, p.dts) for p in packets]]
        shape = {"streams": streams, "rate": video.average_rate, "colour": colour, "header": codec.extradata}
        return {**sizes, **shape, "metadata": container.metadata, "times": [sorted(one) for one in times]}


def test_every_segment_starts_with_a_key_frame_and_every_frame_is_as_good_as_in_a_single_piece(tmp_path: Path) -> None:
    template = lively(25)
    whole(template, {}, tmp_path / "1.mp4", 0, quality="best")
    whole(template, {}, tmp_path / "4.mp4", 1, quality="best")
    with av.open(str(tmp_path / "4.mp4")) as container:
        keys = {round(p.pts * p.time_base * 25) for p in container.demux(video=0) if p.is_keyframe and p.size}
    assert {segment.first for segment in cut_of(Recipe(template, {}, segment_seconds=1)).segments} <= keys
    one, four = (seen(tmp_path / f"{name}.mp4").astype(float) for name in "14")
    assert len(one) == len(four) == 100
    assert np.abs(one - four).mean(axis=(1, 2, 3)).max() < 1.5


def test_the_beginning_of_a_joined_file_says_where_everything_is(tmp_path: Path) -> None:
    data = whole(lively(25), {}, tmp_path / "4.mp4", 1)
    assert data.index(b"moov") < data.index(b"mdat")


def test_picture_and_sound_stay_together_over_all_seams(tmp_path: Path) -> None:
    """A beep begins with each change of the background; its times are found in the joined file."""
    fps, sound = Fraction(30000, 1001), np.zeros((8 * RATE, 2), np.float32)
    for second in range(1, 8, 2):
        sound[second * RATE : second * RATE + 960] = tone(0.02, 1000)
    files = {"a.wav": record(tmp_path / "a.wav", sound)}
    scenes = [{"duration": 1, "background-color": "#fff" if second % 2 else "#000"} for second in range(8)]
    audio = [{"type": "audio", "src": "a.wav"}]
    template = parse({**SIZE, "frame-rate": "30000/1001", "scenes": scenes, "audio": audio})
    whole(template, files, tmp_path / "out.mp4", 1.4)
    bright = np.flatnonzero(np.diff((seen(tmp_path / "out.mp4").mean(axis=(1, 2, 3)) > 128).astype(int)) == 1) + 1
    loud = np.flatnonzero(np.abs(heard(tmp_path / "out.mp4")[:, 0]) > 0.2)
    beeps = loud[np.flatnonzero(np.diff(loud, prepend=-RATE) > RATE // 2)] / RATE
    assert len(beeps) == len(bright) == 4
    assert np.abs(beeps - bright / float(fps)).max() < 1 / fps


def test_a_segment_that_starts_in_the_middle_of_a_clip_shows_the_clips_frames(tmp_path: Path) -> None:
    files = {"a.mp4": film(tmp_path / "a.mp4", numbered(40, (64, 36)), fps=10)}
    template = parse({**SIZE, "frame-rate": 10, "scenes": [{"objects": [{"type": "video", "src": "a.mp4"}]}]})
    whole(template, files, tmp_path / "1.mp4", 0, quality="best")
    whole(template, files, tmp_path / "4.mp4", 1, quality="best")
    levels = [seen(tmp_path / f"{name}.mp4").mean(axis=(1, 2, 3)) for name in "14"]
    assert np.abs(levels[0] - levels[1]).max() < 1


def test_stopping_between_segments_leaves_neither_a_file_nor_a_folder(tmp_path: Path) -> None:
    shares: list[float] = []
    with pytest.raises(Stopped):
        whole(lively(25), {}, tmp_path / "a.mp4", 1, on_progress=shares.append, stop=lambda: len(shares) > 60)
    assert list(tmp_path.iterdir()) == []


def test_progress_rises_through_all_segments(tmp_path: Path) -> None:
    shares: list[float] = []
    whole(lively(25), {}, tmp_path / "a.mp4", 1, on_progress=shares.append)
    assert shares == sorted(shares)
    assert len(shares) > 100
    assert shares[-1] == 1.0


def test_a_file_that_changed_since_the_cut_is_told_of(tmp_path: Path) -> None:
    ignored: Any = {"on_progress": lambda share: None, "stop": lambda: False}
    recipe = Recipe(lively(25), {})
    with pytest.raises(MediaError, match="not the one it was") as refused:
        draw_segment(recipe, Segment(0, 30), tmp_path / "0.mp4", **ignored)
    assert refused.value.code == "media_changed"
    with pytest.raises(MediaError, match="not the one it was"):
        join_segments(recipe, [tmp_path / "0.mp4"] * 2, None, tmp_path / "a.mp4", stop=lambda: False)
    with pytest.raises(MediaError, match="not the one it was"):
        draw_sound(recipe, tmp_path / "a.mp4", stop=lambda: False)


def test_a_piece_that_is_not_there_is_told_without_its_path(tmp_path: Path) -> None:
    with pytest.raises(EncodeError, match="No such file") as failed:
        join_segments(Recipe(lively(25), {}), [tmp_path / "0.mp4"], None, tmp_path / "a.mp4", stop=lambda: False)
    assert str(tmp_path) not in failed.value.message


def test_segments_drawn_by_other_processes_in_any_order_make_the_same_bytes(tmp_path: Path) -> None:
    files = {"a.mp4": film(tmp_path / "a.mp4", numbered(10, (64, 36)), fps=10, sound=tone(1))}
    template = {
        **SIZE,
        "frame-rate": 20,
        "scenes": [{"objects": [{"type": "video", "src": "a.mp4"}, MOVING]}, {"duration": 1}],
    }
    job = {"template": template, "files": {"a.mp4": str(files["a.mp4"])}, "segment_seconds": 1}
    [answer] = done(tmp_path, {**job, "part": {"type": "shared"}, "out": str(tmp_path / "out.mp4")})
    assert answer["result"] == {"segments": [[0, 20], [20, 40]], "audible": True}
    pieces, sound = [str(tmp_path / name) for name in ("0.mp4", "20.mp4")], str(tmp_path / "sound.mp4")
    done(tmp_path, {**job, "part": {"type": "segment", "first": 20, "end": 40}, "out": pieces[1]})
    done(tmp_path, {**job, "part": {"type": "sound"}, "out": sound})
    drawn = done(tmp_path, {**job, "part": {"type": "segment", "first": 0, "end": 20}, "out": pieces[0]})[-1]["result"]
    assert (drawn["frames"], drawn["duration"], drawn["warnings"]) == (20, 1.0, [])
    joining = {"type": "joining", "pieces": pieces, "sound": sound}
    whole_job = {**job, "part": joining, "preview": str(tmp_path / "out.jpg"), "out": str(tmp_path / "out.mp4")}
    joined = done(tmp_path, whole_job)[-1]["result"]
    assert (joined["frames"], joined["has_audio"]) == (40, True)
    assert (tmp_path / "out.jpg").exists()
    assert (tmp_path / "out.mp4").read_bytes() == whole(parse(template), files, tmp_path / "alone.mp4", 1)


def done(folder: Path, job: dict[str, Any]) -> list[dict[str, Any]]:
    """What the renderer's program says of a job."""
    (folder / "job.json").write_text(json.dumps(job))
    command = [sys.executable, "-m", "renderer", "--job", str(folder / "job.json"), "--json"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [json.loads(line) for line in said.splitlines()]
