from pathlib import Path

import numpy as np
import pytest

from app.tools import AudioConverter, ExtractAudio, NormalizeLoudness, TrimAudio
from renderer.errors import MediaError
from tests.renderer.filming import heard, record, run_ffmpeg, tone
from tests.renderer.hearing import loudness_of, peak_of
from tests.workers.media.material import counted, packets_of, pitch_of, streams_of, use, with_cover

CODECS = {"mp3": "mp3", "m4a": "aac", "wav": "pcm_s24le", "ogg": "vorbis", "flac": "flac"}


def test_five_channels_and_a_high_rate_become_what_each_format_knows(tmp_path: Path) -> None:
    source = tmp_path / "six.wav"
    six = "pan=5.1|FL=c0|FR=c0|FC=c0|LFE=c0|BL=c0|BR=c0"
    run_ffmpeg("-f", "lavfi", "-i", "sine=440:d=1:r=96000", "-af", six, "-c:a", "pcm_s24le", source)
    channels, rates = {"mp3": 2}, {"mp3": 48_000}
    for format, codec in CODECS.items():  # noqa: A001
        made = use(source, tmp_path / "out", AudioConverter(output_format=format))  # type: ignore[arg-type]
        found = streams_of(tmp_path / "out")
        assert (made.format, made.kind, found["audio"]) == (format, "audio", codec)
        assert (found["channels"], found["rate"]) == (channels.get(format, 6), rates.get(format, 96_000)), format
        assert abs(pitch_of(tmp_path / "out") - 440) < 2
    assert (use(source, tmp_path / "out", AudioConverter(output_format="wav"))).copied


def test_lossless_sound_stays_so(tmp_path: Path) -> None:
    sound = record(tmp_path / "float.wav", tone(0.5))
    run_ffmpeg("-i", sound, "-c:a", "pcm_s24le", tmp_path / "a.wav")
    use(tmp_path / "a.wav", tmp_path / "a.flac", AudioConverter(output_format="flac"))
    assert np.array_equal(heard(tmp_path / "a.flac"), heard(tmp_path / "a.wav"))


def test_a_cover_stays_where_the_format_has_covers(tmp_path: Path) -> None:
    source = with_cover(tmp_path / "a.mp3")
    for format, kept in {"mp3": True, "m4a": True, "flac": True, "ogg": False, "wav": False}.items():  # noqa: A001
        use(source, tmp_path / "out", AudioConverter(output_format=format))  # type: ignore[arg-type]
        assert streams_of(tmp_path / "out")["cover"] == kept, format
    use(source, tmp_path / "out", TrimAudio(start_time=0.2, end_time=0.7))
    assert streams_of(tmp_path / "out")["cover"]


def test_the_sound_of_a_video_is_copied_where_the_format_holds_it(tmp_path: Path) -> None:
    source = counted(tmp_path / "a.mp4")
    made = use(source, tmp_path / "out", ExtractAudio(audio_format="m4a"))
    assert made.copied
    assert packets_of(tmp_path / "out", "audio") == packets_of(source, "audio")
    assert not use(source, tmp_path / "out", ExtractAudio()).copied
    assert streams_of(tmp_path / "out")["audio"] == "mp3"
    with pytest.raises(MediaError, match="The video has no sound"):
        use(counted(tmp_path / "b.mp4", sound=False), tmp_path / "out", ExtractAudio())


@pytest.mark.parametrize("name", ["a.mp3", "a.m4a", "a.ogg", "a.flac", "a.wav", "a.aac", "a.ts"])
def test_a_trim_is_exact_to_the_sample_in_the_format_it_was_in(tmp_path: Path, name: str) -> None:
    """The sound begins at 2 s, with a variable rate of bits before."""
    record(tmp_path / "whole.wav", np.concatenate([tone(2.0, level=0), tone(2.0)]))
    run_ffmpeg("-i", tmp_path / "whole.wav", *(["-q:a", "4"] if name == "a.mp3" else []), tmp_path / name)
    made = use(tmp_path / name, tmp_path / "out", TrimAudio(start_time=1.5, end_time=3.0))
    assert made.format == {"a.aac": "m4a", "a.ts": "m4a"}.get(name, name[2:])
    sound = heard(tmp_path / "out")[:, 0]
    whole = heard(tmp_path / name)[:, 0]
    onset = np.argmax(np.abs(whole) > 0.1)
    assert abs(np.argmax(np.abs(sound) > 0.1) - (onset - 72_000)) <= 12 or name in ("a.aac", "a.ts")
    assert abs(len(sound) - 72_000) <= 48


def test_an_apple_lossless_file_is_trimmed_without_loss(tmp_path: Path) -> None:
    record(tmp_path / "float.wav", tone(1.0))
    run_ffmpeg("-i", tmp_path / "float.wav", "-c:a", "alac", tmp_path / "a.m4a")
    use(tmp_path / "a.m4a", tmp_path / "out", TrimAudio(start_time=0.25, end_time=0.75))
    assert streams_of(tmp_path / "out")["audio"] == "alac"
    assert np.array_equal(heard(tmp_path / "out"), heard(tmp_path / "a.m4a")[12_000:36_000])


def test_loudness_is_brought_to_the_target_by_one_gain_and_peaks_are_kept_down(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).standard_normal((5 * 48_000, 2)) * 0.05
    swelling = noise * (0.3 + np.abs(np.sin(np.arange(len(noise)) / 48_000)))[:, None]
    source = record(tmp_path / "a.wav", swelling.astype(np.float32))
    for target in (-30, -16):
        made = use(source, tmp_path / "out", NormalizeLoudness(target_lufs=target))
        assert made.format == "wav"
        assert loudness_of(tmp_path / "out") == pytest.approx(target, abs=0.2)
    use(source, tmp_path / "out", NormalizeLoudness(target_lufs=-9))
    assert loudness_of(tmp_path / "out") == pytest.approx(-9, abs=0.7)
    assert peak_of(tmp_path / "out") <= -1
    with pytest.raises(MediaError, match="silent"):
        use(record(tmp_path / "b.wav", tone(1.0, level=0)), tmp_path / "out", NormalizeLoudness())


def test_a_video_that_is_made_louder_keeps_its_pictures(tmp_path: Path) -> None:
    source = counted(tmp_path / "a.mp4")
    use(source, tmp_path / "out", NormalizeLoudness(target_lufs=-23))
    assert packets_of(tmp_path / "out", "video") == packets_of(source, "video")
    assert loudness_of(tmp_path / "out") == pytest.approx(-23, abs=0.3)
