from pathlib import Path

import pytest

from renderer.errors import MediaError
from renderer.media.probe import probe
from renderer.media.sniff import demuxer_of
from tests.renderer.filming import film, numbered, record, run_ffmpeg, tone

MASTER = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{}\n#EXT-X-ENDLIST\n"


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    film(folder / "a.mp4", numbered(5), sound=tone(0.2))
    return folder


@pytest.mark.parametrize(
    ("name", "demuxer"),
    [
        ("b.mov", "mov"),
        ("b.mkv", "matroska"),
        ("b.avi", "avi"),
        ("b.ts", "mpegts"),
        ("b.m2ts", "mpegts"),
        ("b.flv", "flv"),
        ("b.mpg", "mpeg"),
        ("b.wmv", "asf"),
        ("b.gif", "gif"),
        ("b.wav", "wav"),
        ("b.mp3", "mp3"),
        ("b.aac", "aac"),
        ("b.flac", "flac"),
        ("b.ogg", "ogg"),
        ("b.aiff", "aiff"),
        ("b.au", "au"),
        ("b.caf", "caf"),
    ],
)
def test_a_container_is_known_by_its_bytes_under_any_name(media: Path, name: str, demuxer: str) -> None:
    made, renamed = media / name, media / f"{name}.txt"
    run_ffmpeg("-i", media / "a.mp4", "-ar", "44100", made)
    made.rename(renamed)
    assert demuxer_of(renamed) == demuxer
    info = probe(renamed)
    assert info.has_audio or name == "b.gif"


def test_an_mp3_is_known_behind_its_tag(media: Path) -> None:
    run_ffmpeg("-i", media / "a.mp4", "-metadata", "title=A title", media / "tagged.mp3")
    assert (media / "tagged.mp3").read_bytes()[:3] == b"ID3"
    assert demuxer_of(media / "tagged.mp3") == "mp3"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (MASTER.format("http://127.0.0.1:9/x.ts").encode(), "an HLS playlist"),
        (b"\xef\xbb\xbf" + MASTER.format("x.ts").encode(), "an HLS playlist"),
        (b"ffconcat version 1.0\nfile other.mp4\n", "an ffmpeg concat script"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG drawing"),
        (b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"/>', "a DASH playlist"),
        (b"<!DOCTYPE html><html></html>", "a web page"),
        (b"WEBVTT\n\n00:00.000 --> 00:01.000\nHi", "a subtitle file"),
        (b"1\n00:00:00,000 --> 00:00:01,000\nHi", "a subtitle file"),
        (b"v=0\no=- 0 0 IN IP4 127.0.0.1\n", "an SDP session description"),
        (b'{"a": 1}', "a JSON or text file"),
        ("Grüße an alle".encode() * 400, "a text file"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"PK\x03\x04 and more", "a ZIP archive"),
        (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "a JPEG picture"),
        (b"\0\0\0\x1cftypavif\0\0\0\0", "an AVIF picture"),
        (b"\0\0\0\x1cftypheic\0\0\0\0", "a HEIC picture"),
        (bytes(range(1, 200)), "an unknown kind of file"),
    ],
)
def test_what_is_neither_video_nor_sound_is_called_by_its_name(tmp_path: Path, content: bytes, name: str) -> None:
    path = tmp_path / "upload.mp4"
    path.write_bytes(content)
    with pytest.raises(MediaError, match=name) as refused:
        probe(path)
    assert refused.value.code == "unsupported_media"


def test_a_playlist_never_opens_the_file_it_names(media: Path) -> None:
    run_ffmpeg("-i", media / "a.mp4", media / "secret.ts")
    for name, content in {
        "hls.mp4": MASTER.format(media / "secret.ts"),
        "concat.mp4": "ffconcat version 1.0\nfile secret.ts\n",
    }.items():
        (media / name).write_text(content)
        with pytest.raises(MediaError) as refused:
            probe(media / name)
        assert refused.value.code == "unsupported_media"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "media_unreadable"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "media_unreadable"),
        (b"\x1a\x45\xdf\xa3" + bytes(100), "media_unreadable"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "media_unreadable"),
    ],
    ids=["empty", "mp4 header only", "matroska header only", "wav header only"],
)
def test_a_file_that_is_only_a_beginning_is_unreadable(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "short.mp4"
    path.write_bytes(content)
    with pytest.raises(MediaError) as refused:
        probe(path)
    assert refused.value.code == code


def test_a_recording_cut_off_before_its_index_is_unreadable(media: Path, tmp_path: Path) -> None:
    data = (media / "a.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(data[: len(data) // 2])
    with pytest.raises(MediaError, match="damaged or incomplete"):
        probe(tmp_path / "cut.mp4")


def test_a_missing_file_is_told_without_its_path(tmp_path: Path) -> None:
    with pytest.raises(MediaError) as refused:
        probe(tmp_path / "nothing.mp4")
    assert refused.value.code == "media_missing"
    assert str(tmp_path) not in refused.value.message


def test_more_streams_than_allowed_are_refused(tmp_path: Path) -> None:
    record(tmp_path / "a.wav", tone(0.1))
    run_ffmpeg("-i", tmp_path / "a.wav", *["-map", "0"] * 17, "-c:a", "aac", tmp_path / "many.mp4")
    with pytest.raises(MediaError, match="more than 16 streams"):
        probe(tmp_path / "many.mp4")


def test_a_picture_larger_than_allowed_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    source = "color=s=8208x16:d=0.1:r=10"
    run_ffmpeg("-f", "lavfi", "-i", source, "-c:v", "ffv1", tmp_path / "wide.mkv")
    with pytest.raises(MediaError, match="8208x16") as refused:
        probe(tmp_path / "wide.mkv")
    assert refused.value.code == "media_too_large"


def test_a_video_longer_than_allowed_is_refused(tmp_path: Path) -> None:
    film(tmp_path / "long.mkv", numbered(2), fps=1, times=[0, 3 * 3600 + 60])
    with pytest.raises(MediaError, match="longer than 3 hours"):
        probe(tmp_path / "long.mkv")


def test_the_cover_of_a_song_is_no_video(tmp_path: Path) -> None:
    record(tmp_path / "a.wav", tone(0.2))
    run_ffmpeg("-f", "lavfi", "-i", "color=s=64x64:d=1", "-frames:v", "1", tmp_path / "cover.png")
    both = ["-i", tmp_path / "a.wav", "-i", tmp_path / "cover.png", "-map", "0", "-map", "1"]
    run_ffmpeg(*both, "-c:v", "copy", "-disposition:v", "attached_pic", tmp_path / "song.mp3")
    assert probe(tmp_path / "song.mp3").kind == "audio"
