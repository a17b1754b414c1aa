import hashlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from renderer.encoding.ffmpeg import Encoder, Output, arguments
from renderer.errors import EncodeError, Stopped
from renderer.matrix import matrix_for
from renderer.media.info import RATE
from renderer.pixels import to_i420
from tests.renderer.filming import heard, lateness, seen, tone

NTSC = Fraction(30000, 1001)
Picture = NDArray[np.uint8]


def never() -> bool:
    return False


def output(path: Path, **changes: object) -> Output:
    return Output(**{"path": path, "width": 64, "height": 48, "fps": Fraction(30), **changes})  # type: ignore[arg-type]


def picture(blue: int, green: int, red: int, size: tuple[int, int] = (64, 48)) -> Picture:
    return np.full((size[1], size[0], 4), (blue, green, red, 255), np.uint8)


def drawing(bgra: Picture) -> Callable[[Picture], None]:
    """What an encoder asks to fill its planes."""
    height, width = bgra.shape[:2]
    return lambda planes: to_i420(bgra, planes, matrix_for(width, height))


def ffmpegs() -> set[int]:
    """The children of this process that are ffmpeg."""
    children = {pid for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()}
    return {int(pid) for pid in children if "ffmpeg" in Path(f"/proc/{pid}/comm").read_text()}


COMMAND = """
/bin/ffmpeg -hide_banner -loglevel error -nostats -y
-f rawvideo -pixel_format yuv420p -video_size 1280x720 -framerate 30000/1001
-color_range tv -colorspace bt709 -color_primaries bt709 -color_trc bt709 -chroma_sample_location center
-protocol_whitelist pipe -i pipe:0
-f f32le -ar 48000 -ch_layout stereo -protocol_whitelist file -i file:/job/sound.f32
-c:v libx264 -preset veryfast -crf 20 -profile:v high -pix_fmt yuv420p -threads 4 -g 120
-color_range tv -colorspace bt709 -color_primaries bt709 -color_trc bt709 -chroma_sample_location center
-c:a aac -b:a 192k -aac_coder fast -flags +bitexact -fflags +bitexact -map_metadata -1
-movflags +faststart -f mp4 file:/job/a.mp4
"""


def test_the_command_line_for_a_video_with_sound() -> None:
    wanted = output(Path("/job/a.mp4"), width=1280, height=720, fps=NTSC, audio=Path("/job/sound.f32"))
    assert arguments("/bin/ffmpeg", wanted) == COMMAND.split()


def test_the_command_line_for_a_small_silent_draft() -> None:
    line = arguments("ffmpeg", output(Path("/job/a.mp4"), quality="low"))
    assert line[line.index("-crf") + 1] == "28"
    assert line[line.index("-colorspace") + 1] == "smpte170m"
    assert "-c:a" not in line


@pytest.mark.parametrize(("size", "matrix"), [((64, 48), 6), ((1280, 720), 1)], ids=["SD", "HD"])
def test_the_tags_say_what_the_pixels_are(tmp_path: Path, size: tuple[int, int], matrix: int) -> None:
    colours = [(40, 60, 200), (60, 170, 40), (200, 80, 50), (255, 255, 255), (0, 0, 0)]
    wanted = output(tmp_path / "a.mp4", width=size[0], height=size[1], quality="best")
    with Encoder(wanted, never) as encoder:
        for colour in colours:
            encoder.write(drawing(picture(*colour, size)))
        encoder.finish()
    with av.open(str(tmp_path / "a.mp4")) as container:
        context = container.streams.video[0].codec_context
        assert (context.colorspace, context.color_primaries, context.color_trc) == (matrix, 1, 1)
        assert (context.color_range, context.profile, context.pix_fmt) == (1, "High", "yuv420p")
    rgb = seen(tmp_path / "a.mp4")[:, size[1] // 2, size[0] // 2].astype(int)
    assert np.abs(rgb - np.array(colours)[:, ::-1]).max() <= 3


def test_frame_rate_length_and_sound_are_exact(tmp_path: Path) -> None:
    samples = round(45 * RATE / NTSC)
    tone(2)[:samples].tofile(tmp_path / "sound.f32")
    wanted = output(tmp_path / "a.mp4", fps=NTSC, audio=tmp_path / "sound.f32")
    with Encoder(wanted, never) as encoder:
        for n in range(45):
            encoder.write(drawing(picture(n, n, n)))
        encoder.finish()
    with av.open(str(tmp_path / "a.mp4")) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.average_rate, video.frames, video.codec_context.name) == (NTSC, 45, "h264")
        assert video.duration * video.time_base == 45 / NTSC
        assert audio.duration * audio.time_base == Fraction(samples, RATE)
    assert lateness(heard(tmp_path / "a.mp4"), tone(2)[:samples]) == 0


def test_the_index_comes_before_the_pictures(tmp_path: Path) -> None:
    with Encoder(output(tmp_path / "a.mp4"), never) as encoder:
        encoder.write(drawing(picture(1, 2, 3)))
        encoder.finish()
    data = (tmp_path / "a.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_repeated_frames_are_the_ones_written_last(tmp_path: Path) -> None:
    levels = [0, 0, 0, 255, 255, 60, 120, 120, 120, 120, 120, 120, 120, 120, 200]
    canvas, last = picture(0, 0, 0), None
    with Encoder(output(tmp_path / "a.mp4"), never) as encoder:
        for level in levels:
            if level == last:
                encoder.repeat()
            else:
                canvas[..., :3] = level
                encoder.write(drawing(canvas))
            canvas[..., :3] = 99  # the canvas is ours again at once
            last = level
        encoder.finish()
    assert np.abs(seen(tmp_path / "a.mp4").mean(axis=(1, 2, 3)) - levels).max() <= 2


def test_the_same_frames_give_the_same_bytes(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    pictures = [rng.integers(0, 255, (48, 64, 4), np.uint8) for _ in range(20)]
    sums = set()
    for name in ("a.mp4", "b.mp4"):
        with Encoder(output(tmp_path / name), never) as encoder:
            for each in pictures:
                encoder.write(drawing(each))
            encoder.finish()
        sums.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert len(sums) == 1


def encode(
    wanted: Output, stop: Callable[[], bool], ffmpeg: str | None = None, size: tuple[int, int] = (64, 48)
) -> None:
    with Encoder(msgspec.structs.replace(wanted, width=size[0], height=size[1]), stop, ffmpeg) as encoder:
        for _ in range(100):
            encoder.write(drawing(picture(1, 2, 3, size)))
        encoder.finish()


def test_stopping_kills_ffmpeg_and_removes_the_file(tmp_path: Path) -> None:
    running: list[int] = []

    def stop() -> bool:
        running.append(len(ffmpegs()))
        return len(running) > 60

    with pytest.raises(Stopped):
        encode(output(tmp_path / "a.mp4"), stop)
    assert 1 in running
    assert not ffmpegs()
    assert list(tmp_path.iterdir()) == []


def test_an_error_while_drawing_leaves_nothing_behind(tmp_path: Path) -> None:
    def stop() -> bool:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        encode(output(tmp_path / "a.mp4"), stop)
    assert not ffmpegs()
    assert list(tmp_path.iterdir()) == []


def test_a_failing_ffmpeg_is_told_in_its_own_words_without_paths(tmp_path: Path) -> None:
    with pytest.raises(EncodeError, match="No such file or directory") as failed:
        encode(output(tmp_path / "no such folder" / "a.mp4"), never)
    assert failed.value.code == "encode_failed"
    assert str(tmp_path) not in failed.value.message
    assert "0x" not in failed.value.message


def test_an_ffmpeg_that_is_not_there_is_an_encode_error(tmp_path: Path) -> None:
    with pytest.raises(EncodeError, match="could not be started"):
        encode(output(tmp_path / "a.mp4"), never, str(tmp_path / "ffmpeg"))


def test_an_ffmpeg_that_hangs_can_still_be_stopped(tmp_path: Path) -> None:
    hanging = tmp_path / "ffmpeg"
    hanging.write_text("#!/bin/sh\nexec sleep 60\n")
    hanging.chmod(0o755)
    asked = iter(range(15))
    with pytest.raises(Stopped):  # a picture fills its pipe, so the sixth one has to wait
        encode(output(tmp_path / "a.mp4"), lambda: next(asked, None) is None, str(hanging), (1280, 720))


def test_the_writer_keeps_no_descriptor_open(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        with Encoder(output(tmp_path / "a.mp4"), never) as encoder:
            encoder.write(drawing(picture(1, 2, 3)))
            encoder.finish()
    assert len(list(Path("/proc/self/fd").iterdir())) == before
