from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.tools import (
    Compress,
    Convert,
    ExtractAudio,
    RemoveAudio,
    ResizeVideo,
    RotateVideo,
    TrimVideo,
    VideoSpeed,
)
from renderer.errors import MediaError, Stopped
from tests.renderer.filming import film, grey, heard, number_of, numbered, run_ffmpeg, seen
from tests.workers.media.material import (
    counted,
    packets_of,
    pitch_of,
    quartered,
    quarters_of,
    streams_of,
    times_of,
    use,
)


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    counted(folder / "a.mp4")
    return folder


def test_convert_copies_what_the_format_holds_and_codes_what_it_does_not(media: Path, tmp_path: Path) -> None:
    source = media / "a.mp4"
    kept = use(source, tmp_path / "a.mkv", Convert(output_format="mkv"))
    assert (kept.format, kept.kind, kept.copied) == ("mkv", "video", True)
    for kind in ("video", "audio"):
        assert packets_of(tmp_path / "a.mkv", kind) == packets_of(source, kind)
    coded = use(source, tmp_path / "a.webm", Convert(output_format="webm"))
    assert streams_of(tmp_path / "a.webm") | {"rate": 0} == streams_of(source) | {
        "video": "vp9", "audio": "opus", "rate": 0,
    }  # fmt: skip
    assert (coded.width, coded.height, coded.copied) == (160, 90, False)
    assert [number_of(picture) for picture in seen(tmp_path / "a.webm")] == list(range(40))


def test_in_mp4_lies_only_what_browsers_play(tmp_path: Path) -> None:
    deep = counted(tmp_path / "deep.mkv", "-c:v", "libx264", "-pix_fmt", "yuv444p")
    made = use(deep, tmp_path / "a.mp4", Convert(output_format="mp4"))
    assert not made.copied
    assert seen(tmp_path / "a.mp4").shape == (40, 90, 160, 3)


def test_where_a_phone_was_stays_with_its_owner(tmp_path: Path) -> None:
    source = counted(tmp_path / "a.mov", "-c", "copy", "-metadata", "location=+52.5+013.4/", "-metadata", "title=Us")
    assert b"+52.5" in source.read_bytes()
    for format in ("mp4", "mkv", "webm"):  # noqa: A001
        use(source, tmp_path / "out", Convert(output_format=format))  # type: ignore[arg-type]
        content = (tmp_path / "out").read_bytes()
        assert b"+52.5" not in content
        assert b"Us" in content


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts", "a.webm"])
def test_a_trim_has_exactly_the_frames_and_the_sound_between_its_times(name: str, tmp_path: Path) -> None:
    codec = {"a.webm": ["-c:v", "libvpx-vp9", "-crf", "10", "-cpu-used", "8", "-g", "25", "-c:a", "libopus"]}
    source = counted(tmp_path / name, *codec.get(name, ()))
    made = use(source, tmp_path / "out", TrimVideo(start_time=1.5, end_time=3.0))
    assert made.format == {"a.ts": "mp4"}.get(name, source.suffix[1:])
    assert [number_of(picture) for picture in seen(tmp_path / "out")] == list(range(15, 30))
    assert abs(len(heard(tmp_path / "out")) / 48_000 - 1.5) < 0.025


def test_a_trim_ends_with_the_video_when_its_time_is_only_rounded(media: Path, tmp_path: Path) -> None:
    assert use(media / "a.mp4", tmp_path / "out", TrimVideo(start_time=3, end_time=4.9)).duration == pytest.approx(1)
    for start, end, sentence in [(4, 5, "startTime is 4, and the file is 4.00"), (1, 9, "endTime is 9, and the file")]:
        with pytest.raises(MediaError, match=sentence) as caught:
            use(media / "a.mp4", tmp_path / "out", TrimVideo(start_time=start, end_time=end))
        assert caught.value.code == "outside_source"


def test_resizing_makes_the_size_that_was_asked_for(media: Path, tmp_path: Path) -> None:
    oblong = quartered(tmp_path / "oblong.mp4", "-c:v", "libx264", "-vf", "setsar=2", "-pix_fmt", "yuv420p")
    turned = quartered(tmp_path / "turned.mp4", turn=90)
    for source, tool, size in [
        (media / "a.mp4", ResizeVideo(width=320, height=320), (320, 320)),
        (media / "a.mp4", ResizeVideo(width=80), (80, 44)),
        (media / "a.mp4", ResizeVideo(height=45), (80, 44)),
        (media / "a.mp4", ResizeVideo(width=101, height=51), (100, 52)),
        (oblong, ResizeVideo(width=160), (160, 44)),
        (turned, ResizeVideo(height=80), (44, 80)),
    ]:
        made = use(source, tmp_path / "out", tool)
        assert (made.width, made.height) == size
        assert seen(tmp_path / "out").shape[1:3] == size[::-1]
        assert bool(made.warnings) == (tool.width == 101 or tool.height in (45, 51))
    assert quarters_of(seen(tmp_path / "out")[0]) == (1, 3, 0, 2)


TURNS = {90: (2, 0, 3, 1), 180: (3, 2, 1, 0), 270: (1, 3, 0, 2), 0: (0, 1, 2, 3)}


def test_rotating_is_clockwise_and_without_loss_where_the_format_says_how_to_look_at_it(tmp_path: Path) -> None:
    upright, turned = quartered(tmp_path / "a.mp4"), quartered(tmp_path / "b.mp4", turn=-90)
    assert quarters_of(seen_upright(turned, tmp_path)) == TURNS[90]
    webm = quartered(tmp_path / "a.webm", "-c:v", "libvpx-vp9", "-crf", "20", "-cpu-used", "8")
    for rotation in (90, 180, 270):
        for source, before in ((upright, 0), (turned, 90), (webm, 0)):
            made = use(source, tmp_path / "out", RotateVideo(rotation=rotation))  # type: ignore[arg-type]
            whole = (rotation + before) % 360
            assert made.copied == (source != webm)
            assert quarters_of(seen_upright(tmp_path / "out", tmp_path)) == TURNS[whole], (source, rotation)
            assert (made.width, made.height) == ((160, 90) if whole in (0, 180) else (90, 160))


def seen_upright(path: Path, folder: Path) -> np.ndarray:
    run_ffmpeg("-i", path, "-frames:v", "1", folder / "seen.png")
    return np.asarray(Image.open(folder / "seen.png").convert("RGB"))


def test_removing_the_sound_leaves_every_picture_as_it_is_coded(media: Path, tmp_path: Path) -> None:
    old = counted(tmp_path / "old.avi", "-c:v", "mpeg4", "-q:v", "2")
    for source, format in ((media / "a.mp4", "mp4"), (old, "mkv")):  # noqa: A001
        made = use(source, tmp_path / "out", RemoveAudio())
        assert (made.format, made.copied, made.warnings) == (format, True, ())
        assert "audio" not in streams_of(tmp_path / "out")
        assert packets_of(tmp_path / "out", "video") == packets_of(source, "video")
    shorter = counted(tmp_path / "shorter.mp4", "-c:v", "copy", "-af", "apad=whole_dur=8")
    assert use(shorter, tmp_path / "out", RemoveAudio()).warnings == ()
    raw = counted(tmp_path / "raw.avi", "-c:v", "rawvideo", "-pix_fmt", "bgr24")
    made = use(raw, tmp_path / "out", RemoveAudio())
    assert (made.format, made.copied, streams_of(tmp_path / "out")["video"]) == ("mp4", False, "h264")
    silent = counted(tmp_path / "silent.mp4", sound=False)
    assert use(silent, tmp_path / "out", RemoveAudio()).warnings == ("The video had no sound.",)


@pytest.mark.parametrize(("speed", "frames"), [(0.25, 40), (0.8, 40), (2, 20), (4, 10)])
def test_another_speed_keeps_the_pitch_and_the_frame_rate_or_fewer(
    media: Path, tmp_path: Path, speed: float, frames: int
) -> None:
    made = use(media / "a.mp4", tmp_path / "out.mp4", VideoSpeed(speed=speed))
    assert made.duration == pytest.approx(4 / speed, abs=0.06)
    assert abs(pitch_of(tmp_path / "out.mp4") - 440) < 2
    times = times_of(tmp_path / "out.mp4")
    assert abs(len(times) - frames) <= 1
    assert np.diff(times) == pytest.approx(max(0.1, 0.1 / speed), abs=0.002)


def test_pictures_at_their_own_times_stay_at_them(tmp_path: Path) -> None:
    """In milliseconds: no rate fits."""
    source = film(tmp_path / "a.mp4", numbered(6), fps=1000, times=[0, 33, 70, 99, 400, 1500])
    at = times_of(source)
    made = use(source, tmp_path / "same.mp4", ResizeVideo(width=80))
    assert times_of(tmp_path / "same.mp4") == at
    assert (made.duration, made.warnings) == (pytest.approx(1.5, abs=0.01), ())
    for speed in (0.5, 2):
        made = use(source, tmp_path / "other.mp4", VideoSpeed(speed=speed))
        assert times_of(tmp_path / "other.mp4") == pytest.approx([time / speed for time in at], abs=0.002)
        assert (made.duration, made.warnings) == (pytest.approx(1.5 / speed, abs=0.01), ())


def test_odd_sizes_lose_a_line_and_transparent_pictures_lie_on_white(tmp_path: Path) -> None:
    odd = quartered(tmp_path / "odd.mkv", "-c:v", "ffv1", "-vf", "crop=99:61:0:0")
    made = use(odd, tmp_path / "out.mp4", Convert(output_format="mp4"))
    assert (made.width, made.height) == (98, 60)
    clear = ["-c:v", "libvpx-vp9", "-vf", "format=yuva420p,geq=lum=120:cb=128:cr=128:a='if(lt(X,80),255,0)'"]
    source = quartered(tmp_path / "clear.webm", *clear, "-cpu-used", "8")
    use(source, tmp_path / "out.mp4", Convert(output_format="mp4"))
    left, right = seen(tmp_path / "out.mp4")[0][45, [20, 140]].mean(axis=1)
    assert (left, right) == (pytest.approx(121, abs=3), pytest.approx(255, abs=2))
    kept = use(source, tmp_path / "out.webm", ResizeVideo(width=80))
    assert kept.format == "webm"
    run_ffmpeg("-c:v", "libvpx-vp9", "-i", tmp_path / "out.webm", "-frames:v", "1", tmp_path / "out.png")
    assert np.asarray(Image.open(tmp_path / "out.png"))[20, [10, 70], 3].astype(int) == pytest.approx([255, 0], abs=2)


def test_high_dynamic_range_is_brought_to_the_light_of_usual_screens(tmp_path: Path) -> None:
    """Code 573 of PQ is paper at 203 cd/m², which is to be nearly white; 404 is 28 cd/m², a seventh of it."""
    for tags in (":color_primaries=bt2020:colorspace=bt2020nc", "", ":color_primaries=film:colorspace=bt2020c"):
        drawn = f"format=yuv420p10le,geq=lum='if(lt(X,80),573,404)':cb=512:cr=512,setparams=color_trc=smpte2084{tags}"
        source = quartered(tmp_path / "a.mp4", "-vf", drawn, "-c:v", "libx265", "-x265-params", "log-level=none")
        use(source, tmp_path / "out.mp4", ResizeVideo(width=160, height=90))
        paper, grey_patch = seen(tmp_path / "out.mp4")[0][45, [20, 140]].mean(axis=1)
        assert paper == pytest.approx(229, abs=4)  # as the renderer has it
        assert grey_patch == pytest.approx(105, abs=3)


def test_combs_of_interlaced_pictures_are_combed_out(tmp_path: Path) -> None:
    """Every other line is of a later time, and so brighter."""
    frames = []
    for number in range(4):
        lines = grey(0, (160, 96))
        lines[:96:2], lines[1:96:2] = 40 + 50 * number, 65 + 50 * number
        frames.append(lines)
    film(tmp_path / "lines.mkv", frames, fps=25)
    interlaced = ["-vf", "setfield=tff", "-c:v", "libx264", "-flags", "+ilme+ildct", "-qp", "4"]
    run_ffmpeg("-i", tmp_path / "lines.mkv", *interlaced, tmp_path / "a.mp4")
    use(tmp_path / "a.mp4", tmp_path / "out.mp4", ResizeVideo(width=160, height=96))
    before, after = (seen(tmp_path / name)[1][20:60, 80].mean(axis=1) for name in ("a.mp4", "out.mp4"))
    assert np.abs(np.diff(before)).mean() > 25
    assert np.abs(np.diff(after)).mean() < 8


def test_compressing_makes_it_smaller_or_leaves_it_as_it_is(media: Path, tmp_path: Path) -> None:
    noisy = tmp_path / "noisy.mp4"
    run_ffmpeg("-f", "lavfi", "-i", "testsrc2=s=160x90:d=2", "-c:v", "libx264", "-qp", "10", noisy)
    sizes = [use(noisy, tmp_path / q, Compress(quality=q)).bytes for q in ("low", "medium", "high")]  # type: ignore[arg-type]
    assert sizes == sorted(sizes)
    assert sizes[2] < noisy.stat().st_size / 1.5
    again = use(tmp_path / "low", tmp_path / "again", Compress(quality="high"))
    assert again.copied
    assert again.bytes <= sizes[0] * 1.01
    assert "as small already" in again.warnings[0]


def test_a_target_is_met_from_below_and_used(tmp_path: Path) -> None:
    source = tmp_path / "a.mp4"
    picture, sound = "testsrc2=s=320x180:d=4", "sine=440:d=4:r=48000"
    run_ffmpeg("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound, "-c:v", "libx264", "-qp", "8", source)
    for target in (0.08, 0.2):
        made = use(source, tmp_path / "out", Compress(target_mb=target))
        assert 0.75 * target <= made.bytes / 1e6 <= target
        assert streams_of(tmp_path / "out")["audio"] == "aac"
    large = use(source, tmp_path / "out", Compress(target_mb=50))
    assert large.copied
    long = counted(tmp_path / "long.mp4", "-vf", "setpts=20*PTS", "-c:v", "libx264", "-af", "apad=whole_dur=80")
    with pytest.raises(MediaError, match=r"0.05 MB are too few for 80 seconds. Give at least 0.4\d") as caught:
        use(long, tmp_path / "out", Compress(target_mb=0.05))
    assert caught.value.code == "target_too_small"


def test_a_file_that_ends_early_is_used_as_far_as_it_goes(tmp_path: Path) -> None:
    whole = counted(tmp_path / "whole.mp4", "-c:v", "libx264", "-qp", "4", "-g", "5", "-movflags", "+faststart")
    (tmp_path / "half.mp4").write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    made = use(tmp_path / "half.mp4", tmp_path / "out.webm", Convert(output_format="webm"))
    assert 0.5 < made.duration < 3.5  # type: ignore[operator]


def test_a_tool_that_is_stopped_leaves_nothing(media: Path, tmp_path: Path) -> None:
    with pytest.raises(Stopped):
        use(media / "a.mp4", tmp_path / "out", ExtractAudio(), stop=lambda: True)
    assert list(tmp_path.iterdir()) == []
