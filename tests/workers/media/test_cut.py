"""What is seen and heard in a clip, by a decoder that is not ours."""

from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from app.clips import Clip, Fades, Segment
from renderer.errors import MediaError, Stopped
from renderer.media.info import RATE
from tests.renderer.filming import run_ffmpeg
from tests.workers.media.sources import AAC, COPIED, ENCODED, FPS, H264, numbers, places, prints, source
from workers.media.cut import cut
from workers.media.orders import Cut, CutMade

START, END = 0.51, 3.52


def cut_out(path: Path, *segments: tuple[float, float], stop: bool = False, **options: Any) -> tuple[CutMade, Path]:
    clip = Clip(segments=tuple(Segment(start=start, end=end) for start, end in segments), **options)
    out = path.with_name(f"{path.stem}-clip.{clip.format}")
    return cut(Cut(source=path, out=out, clip=clip), lambda share: None, lambda: stop), out


def lengths(path: Path) -> list[float]:
    """Of each track, in seconds."""
    with av.open(str(path)) as container:
        return [float((stream.duration or 0) * Fraction(stream.time_base or 1)) for stream in container.streams]


def begins(path: Path) -> list[float]:
    """When each picture does, from the start of the file."""
    with av.open(str(path)) as container:
        start = Fraction(container.start_time or 0, av.time_base)
        times = sorted(packet.pts * packet.time_base for packet in container.demux(video=0) if packet.pts is not None)
        return [float(time - start) for time in times]


def lateness(out: Path, first: int) -> list[int]:
    """By how many samples it is heard too late, to the picture with which the clip begins."""
    moments = (0.0, 0.7, 1.8)
    found = places(out, *moments)
    return [place - round((moment + first / FPS) * RATE) for moment, place in zip(moments, found, strict=True)]


def seconds(*moments: float) -> list[int]:
    return [round(moment * RATE) for moment in moments]


@pytest.mark.parametrize("name", COPIED)
def test_plain_h264_is_cut_to_the_picture_and_to_the_sample_by_copying(tmp_path: Path, name: str) -> None:
    path = source(tmp_path / name, *COPIED[name])
    made, out = cut_out(path, (START, END))
    assert (made.method, made.reason) == ("smart", "")
    shown = [number for number, time in enumerate(begins(path)) if START <= time < END]
    assert numbers(out) == shown
    # Picture 30 is a key frame. At most a few pictures are encoded in front of the second cut.
    first, last = 30 - shown[0], 30 - shown[0] + round(made.copied * len(shown))
    assert last >= len(shown) - 8
    assert prints(out)[first:last] == prints(path)[30 : 30 + last - first]
    # Matroska's times are milliseconds.
    assert all(abs(samples) <= (48 if path.suffix == ".mkv" else 2) for samples in lateness(out, shown[0]))
    assert lengths(out) == pytest.approx([len(shown) / FPS] * 2, abs=0.002)


@pytest.mark.parametrize("name", ENCODED)
def test_what_cannot_be_copied_is_encoded_as_exactly_and_says_why(tmp_path: Path, name: str) -> None:
    options, word = ENCODED[name]
    path = source(tmp_path / name, *options)
    made, out = cut_out(path, (2.01, 4.01))
    assert (made.method, made.copied) == ("encode", 0.0)
    assert word in made.reason
    assert numbers(out) == list(range(61, 121))
    assert all(abs(samples) <= 96 for samples in lateness(out, 61))
    with av.open(str(out)) as container:
        assert container.streams.video[0].codec_context.pix_fmt == "yuv420p"


def test_an_avi_that_does_not_say_when_its_pictures_are_shown_is_cut_within_a_few_of_them(tmp_path: Path) -> None:
    made, out = cut_out(source(tmp_path / "order.avi", *H264, "-c:a", "libmp3lame"), (1, 2))
    assert "do not tell" in made.reason
    shown = numbers(out)
    assert shown == list(range(shown[0], shown[0] + 30))
    assert abs(shown[0] - 30) <= 3


def test_a_source_that_was_cut_itself_keeps_its_hidden_pictures_hidden(tmp_path: Path) -> None:
    whole, path = source(tmp_path / "whole.mp4", *H264, *AAC), tmp_path / "cut.mp4"
    run_ffmpeg("-ss", 1.3, "-i", whole, "-c", "copy", path)
    made, out = cut_out(path, (0, 2))
    assert made.method == "smart"
    assert numbers(out) == list(range(39, 99))
    assert abs(places(out, 0.5)[0] - 1.8 * RATE) <= 2


def test_pictures_keep_their_own_times_copied_or_encoded(tmp_path: Path) -> None:
    uneven = ["-vf", r"select='not(mod(n\,7))+mod(n\,3)'", "-fps_mode", "vfr", "-enc_time_base", "1/90000"]
    path = source(tmp_path / "uneven.mp4", *uneven, *H264, *AAC)
    kept = [n for n in range(16, 106) if n % 7 == 0 or n % 3]
    for fades in (Fades(), Fades(video=0.1)):
        made, out = cut_out(path, (START, END), fades=fades)
        assert made.method == ("encode" if fades.video else "smart")
        with av.open(str(out)) as container:
            times = [float(frame.pts * frame.time_base) for frame in container.decode(video=0)]
        assert times == pytest.approx([(n - kept[0]) / FPS for n in kept], abs=0.001)


def test_what_is_on_the_screen_when_a_clip_starts_is_shown_from_its_start(tmp_path: Path) -> None:
    slides = ["-vf", r"select='not(mod(n\,60))'", "-fps_mode", "vfr", "-enc_time_base", "1/90000"]
    path = source(tmp_path / "slides.mp4", *slides, *H264, *AAC)
    for fades in (Fades(), Fades(video=0.1)):
        _, out = cut_out(path, (1, 3.5), fades=fades)
        assert numbers(out) == [0, 60]
        assert begins(out) == [0, 1]
        assert lengths(out)[1] == pytest.approx(2.5, abs=0.001)
        assert abs(places(out, 1.2)[0] - 2.2 * RATE) <= 2


def test_segments_are_joined_in_their_order_with_picture_and_sound_together(tmp_path: Path) -> None:
    for name, options, method in [("plain", H264, "smart"), ("fine", [*H264, "-pix_fmt", "yuv420p10le"], "encode")]:
        path = source(tmp_path / f"{name}.mp4", *options, *AAC)
        made, out = cut_out(path, (2.9, 4.1), (0.3, 1.4), (0.3, 0.5))
        assert (made.method, made.duration) == (method, pytest.approx(2.5, abs=0.01))
        assert numbers(out) == [*range(87, 123), *range(9, 42), *range(9, 15)]
        assert all(
            abs(place - meant) <= 2 for place, meant in zip(places(out, 0.5, 1.7), seconds(3.4, 0.8), strict=True)
        )


@pytest.mark.parametrize("kind", ["mp3", "wav", "m4a", "flac"])
def test_sound_alone_is_cut_to_the_sample_out_of_films_and_records(tmp_path: Path, kind: str) -> None:
    film = source(tmp_path / "film.mp4", *H264, *AAC)
    record = source(tmp_path / "record.ogg", "-map", "1:a", "-c:a", "libvorbis")
    covered = tmp_path / "covered.mp3"
    run_ffmpeg("-f", "lavfi", "-i", "color=red:s=64x64:d=0.04", "-frames:v", 1, tmp_path / "cover.jpg")
    cover = ["-i", tmp_path / "cover.jpg", "-map", "0:a", "-map", "1:v", "-disposition:v:0", "attached_pic"]
    run_ffmpeg("-i", record, *cover, "-c:v", "copy", "-c:a", "libmp3lame", covered)
    for path in (film, record, covered):
        made, out = cut_out(path, (1.25, 2.25), (3, 4), format=kind)
        assert made == CutMade(format=kind, duration=made.duration, bytes=out.stat().st_size)
        assert made.duration == pytest.approx(2, abs=0.03)
        found = zip(places(out, 0.1, 1.5), seconds(1.35, 3.5), strict=True)
        assert all(abs(place - meant) <= 2 for place, meant in found), path.name
        with av.open(str(out)) as container:
            assert [stream.type for stream in container.streams] == ["audio"]


def test_a_gif_is_small_slow_and_of_the_right_pictures(tmp_path: Path) -> None:
    made, out = cut_out(source(tmp_path / "film.mp4", *H264, *AAC), (1, 3), format="gif")
    assert (made.format, made.width, made.height, made.quality) == ("gif", 192, 108, "108p")
    shown = numbers(out)
    assert len(shown) == 30
    assert shown[0] in (30, 31)
    assert shown == sorted(shown)


def test_what_a_source_cannot_become_is_told_with_what_to_change(tmp_path: Path) -> None:
    silent = source(tmp_path / "silent.mp4", *H264, silent=True)
    record = source(tmp_path / "record.mp3", "-map", "1:a")
    assert cut_out(silent, (START, END))[0].method == "smart"
    for path, segment, options, code, words in [
        (silent, (1, 2), {"format": "mp3"}, "unsupported_media", "no sound"),
        (record, (1, 2), {}, "invalid_clip", "mp3, wav, m4a, flac"),
        (silent, (9, 12), {}, "outside_source", "5.00 seconds long"),
        (record, (9, 12), {"format": "wav"}, "outside_source", "Choose an earlier start"),
        (silent, (2, 1), {}, "invalid_clip", "after start"),
    ]:
        with pytest.raises(MediaError) as told:
            cut_out(path, segment, **options)
        assert told.value.code == code
        assert words in told.value.message
    playlist = tmp_path / "playlist.mp4"
    playlist.write_text(f"ffconcat version 1.0\nfile {silent}\n")
    with pytest.raises(MediaError, match="concat script"):
        cut_out(playlist, (1, 2))


def test_a_cut_ends_when_it_is_told_to(tmp_path: Path) -> None:
    path = source(tmp_path / "film.mp4", *H264, *AAC)
    for fades in (Fades(), Fades(video=1)):
        with pytest.raises(Stopped):
            cut_out(path, (START, END), stop=True, fades=fades)


_LIES = ["two-sizes.ts", "ten-years.mp4", "slow.mp4", "short-sound.mp4", "late-video.mp4", "plain.flv", "half-60.mp4"]


@pytest.mark.parametrize("name", _LIES)
def test_a_clip_is_never_longer_than_its_piece_whatever_the_source_says(
    awkward: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).symlink_to(awkward / name)
    for options in ({}, {"fades": Fades(video=0.1)}, {"format": "gif"}):
        with suppress(*([MediaError] if name.startswith("half") else [])):  # of which nothing may be left there
            made, out = cut_out(tmp_path / name, (0.3, 0.8), **options)
            assert 0 < made.duration <= 0.61
            assert numbers(out)
