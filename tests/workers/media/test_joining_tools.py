from pathlib import Path

import numpy as np
import pytest

from app.tools import BurnSubtitles, ExtractAudio, Gif, Merge, ResizeVideo, Thumbnail, TrimVideo, VideoSpeed
from renderer.errors import MediaError
from tests.renderer.filming import film, grey, heard, record, seen, tone
from tests.workers.media.material import counted, quartered, streams_of, use
from workers.media.orders import Made, UseTools, decode, encode, function_of

SRT = (
    "1\n00:00:00,500 --> 00:00:01,500\n<i>Hello</i> {\\an8}there\nand {\\p1}here\n\n"
    "2\n00:00:02,000 --> 00:00:03,000\n%s\n"
)


def test_videos_of_every_shape_rate_and_sound_become_one(tmp_path: Path) -> None:
    first = counted(tmp_path / "a.mp4")
    turned = quartered(tmp_path / "b.mp4", turn=90)
    other = film(tmp_path / "c.mkv", [grey(200, (64, 64))] * 25, fps=25, sound=tone(1.0, 880))
    made = use(first, tmp_path / "out.mp4", Merge(), others=(turned, other))
    assert (made.format, made.width, made.height, made.duration) == ("mp4", 160, 90, pytest.approx(6, abs=0.05))
    frames, sound = seen(tmp_path / "out.mp4"), heard(tmp_path / "out.mp4")[:, 0]
    assert len(frames) == 60
    assert frames[45][45, [5, 155]].max() < 12  # beside the upright video
    assert frames[45][45, 80].max() > 40
    assert abs(frames[55][45, 80].mean() - (200 - 16) * 255 / 219) < 4
    loud = [float(np.abs(sound[int(at * 48_000) : int((at + 0.3) * 48_000)]).max()) for at in (1, 4.3, 5.4)]
    assert loud[1] < 0.01 < 0.4 < min(loud[0], loud[2])


def test_sounds_are_joined_as_sounds(tmp_path: Path) -> None:
    one, two = record(tmp_path / "a.wav", tone(1.0)), record(tmp_path / "b.wav", tone(0.5, 880))
    made = use(one, tmp_path / "out", Merge(), others=(two,))
    assert (made.format, made.kind) == ("m4a", "audio")
    assert abs(len(heard(tmp_path / "out")) - 72_000) < 100
    with pytest.raises(MediaError, match="File 2 is a video, and the first is sound alone"):
        use(one, tmp_path / "out", Merge(), others=(counted(tmp_path / "c.mp4"),))
    (tmp_path / "empty").touch()
    with pytest.raises(MediaError, match="File 3: The file is empty"):
        use(one, tmp_path / "out", Merge(), others=(two, tmp_path / "empty"))
    with pytest.raises(MediaError, match="There is one file alone"):
        use(one, tmp_path / "out", Merge())


ASS = (
    "[Script Info]\nPlayResX: 160\nPlayResY: 90\n[V4+ Styles]\nFormat: Name, Fontname, Fontsize, PrimaryColour\n"
    "Style: Default,Inter,30,&H00FFFFFF\n[Fonts]\nfontname: a.ttf\nEVIL\n[Events]\nFormat: Start, End, Style, Text\n"
    "Dialogue: 0:00:00.50,0:00:01.50,Default,{\\an5}WWWW\nDialogue: 0:00:02.00,0:00:03.00,Default,{\\an5}WWWW\n"
)


@pytest.mark.parametrize(
    "content",
    [
        (SRT % "Caf\u00e9").encode(),
        (SRT % "Caf\u00e9").replace("\n", "\r\n").encode("utf-16"),
        (SRT % "Caf\u00e9").encode("cp1252"),
        b"WEBVTT\n\nNOTE of nothing\n\n00:00.500 --> 00:01.500 line:0\n<v Ann>Hi &amp; ho</v>\n\n"
        b"x\n00:00:02.000 --> 00:00:03.000\nBye\n",
        ASS.encode(),
    ],
    ids=["srt", "utf16", "cp1252", "vtt", "ass"],
)
def test_subtitles_are_drawn_while_they_last(tmp_path: Path, content: bytes) -> None:
    source = film(tmp_path / "a.mp4", [grey(30)] * 40, fps=10, sound=tone(4.0))
    (tmp_path / "words").write_bytes(content)
    made = use(source, tmp_path / "out", BurnSubtitles(font_size=20), subtitles=tmp_path / "words")
    assert (made.format, streams_of(tmp_path / "out")["audio"]) == ("mp4", "aac")
    brightest = seen(tmp_path / "out").max(axis=(1, 2, 3))
    shown = {number for number, level in enumerate(brightest) if level > 150}
    assert shown == {*range(5, 15), *range(20, 30)}


def test_what_poses_as_subtitles_reaches_no_parser(tmp_path: Path) -> None:
    source = counted(tmp_path / "a.mp4")
    for content, sentence in [
        (b"", "No subtitles are found"),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "No subtitles are found"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\0", "No subtitles are found"),
        (b"[Script Info]\n[Fonts]\nfontname: x\n", "No subtitles are found"),
        (b"00:00:02,000 --> 00:00:01,000\nbackwards\n", "No subtitles are found"),
        (b"1\n00:00:01,000 --> 00:00:02,000\nx\n\n" * 20_001, "more than 20,000"),
        (b"x" * 5_000_001, "larger than 5 MB"),
    ]:
        (tmp_path / "words").write_bytes(content)
        with pytest.raises(MediaError, match=sentence):
            use(source, tmp_path / "out", BurnSubtitles(), subtitles=tmp_path / "words")
    with pytest.raises(MediaError, match="There is no file of subtitles"):
        use(source, tmp_path / "out", BurnSubtitles())


def test_several_tools_work_on_what_the_one_before_has_made(tmp_path: Path) -> None:
    source = counted(tmp_path / "a.mp4")
    steps = (TrimVideo(start_time=1, end_time=3), VideoSpeed(speed=2), Gif(start_time=0, duration=1, width=120, fps=10))
    order = decode(encode(UseTools(source=source, out=tmp_path / "out", steps=steps)))  # as the child reads it
    shares: list[float] = []
    made = function_of(order)(order, shares.append, lambda: False)
    assert isinstance(made, Made)
    assert (shares, shares[-1]) == (sorted(shares), 1)
    assert (made.kind, made.width, made.duration) == ("gif", 120, pytest.approx(1, abs=0.05))
    assert {path.name for path in tmp_path.iterdir()} == {"a.mp4", "counted.mkv", "out"}
    (tmp_path / "out").unlink()
    with pytest.raises(MediaError, match=r"Step 2, thumbnail: timestamp is 3, and the video is 1\.00"):
        use(source, tmp_path / "out", TrimVideo(start_time=1, end_time=2), Thumbnail(timestamp=3))
    with pytest.raises(MediaError, match="Step 2, resize-video: The file has sound alone"):
        use(source, tmp_path / "out", ExtractAudio(), ResizeVideo(width=80))
    assert {path.name for path in tmp_path.iterdir()} == {"a.mp4", "counted.mkv"}
