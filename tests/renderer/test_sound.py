import struct
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from renderer.errors import MediaError
from renderer.media.info import RATE
from renderer.media.sound import Sound
from tests.renderer.filming import Samples, film, numbered, place_of, ramp, record, run_ffmpeg, tone


def read(path: Path, start: int, count: int) -> Samples:
    with Sound(path) as sound:
        return sound.read(start, count)


def shift(heard: Samples, wanted: Samples) -> int:
    """By how many samples `heard` is late, where the two are most alike."""
    a, b = heard.mean(axis=1), wanted.mean(axis=1)
    size = 2 * max(len(a), len(b))
    alike = np.fft.irfft(np.fft.rfft(a, size) * np.conj(np.fft.rfft(b, size)))
    late = int(alike.argmax())
    return late - size if late > size // 2 else late


def clicks(seconds: float) -> Samples:
    sound = tone(seconds, 330, 0.1)
    for start in range(1200, len(sound) - 400, 7777):
        sound[start : start + 60] += 0.7
    return sound


def test_samples_have_their_numbers(tmp_path: Path) -> None:
    with Sound(record(tmp_path / "a.wav", ramp(1))) as sound:
        assert [place_of(sound.read(n, 1)[0, 0]) for n in (0, 1, 700, 47_999)] == [0, 1, 700, 47_999]
        assert place_of(sound.read(300, 1)[0, 0]) == 300
        assert np.array_equal(sound.read(0, RATE), ramp(1))


def test_left_stays_left(tmp_path: Path) -> None:
    assert (read(record(tmp_path / "a.wav", ramp(0.1)), 0, 4800) == ramp(0.1)).all()


def test_pieces_of_any_size_join_without_a_seam(tmp_path: Path) -> None:
    path = record(tmp_path / "a.m4a", clicks(1))
    with Sound(path) as sound:
        edges = [0, 1, 1024, 1030, 9999, 10_000, 47_000, 48_000]
        pieces = [sound.read(a, b - a) for a, b in pairwise(edges)]
    assert np.array_equal(np.concatenate(pieces), read(path, 0, RATE))


@pytest.mark.parametrize("name", ["a.m4a", "a.mp3", "a.ogg", "a.opus", "a.flac", "a.mkv", "a.webm", "a.mov"])
def test_what_an_encoder_puts_in_front_is_not_heard(tmp_path: Path, name: str) -> None:
    sound = clicks(2)
    run_ffmpeg("-i", record(tmp_path / "a.wav", sound), "-b:a", "192k", tmp_path / name)
    assert shift(read(tmp_path / name, 0, len(sound)), sound) == 0


@pytest.mark.parametrize(
    ("name", "codec", "sides"),
    [
        ("a.m4a", "aac", "mono|c0=c0"),
        ("a.m4a", "aac", "5.1|FL=c0|FR=c0"),
        ("a.mp3", "libmp3lame", "stereo|FL=c0|FR=c0"),
        ("a.flac", "flac", "5.1|FL=c0|FR=c0"),
        ("a.mka", "libvorbis", "mono|c0=c0"),
    ],
)
def test_at_another_rate_every_click_keeps_its_place(tmp_path: Path, name: str, codec: str, sides: str) -> None:
    sound = clicks(2)
    options = ["-af", f"pan={sides}", "-ar", "44100", "-c:a", codec, "-b:a", "192k"]
    run_ffmpeg("-i", record(tmp_path / "a.wav", sound), *options, tmp_path / name)
    got = read(tmp_path / name, 0, len(sound))
    assert shift(got, sound) == 0
    assert np.abs(got - sound).mean() < 0.01


@pytest.mark.parametrize("name", ["a.m4a", "a.mp3", "a.flac", "a.webm"])
def test_reading_from_the_middle_gives_the_same_samples(tmp_path: Path, name: str) -> None:
    run_ffmpeg("-i", record(tmp_path / "a.wav", clicks(3)), "-b:a", "192k", tmp_path / name)
    whole = read(tmp_path / name, 0, 3 * RATE)
    middle = read(tmp_path / name, 2 * RATE + 77, RATE // 2)
    assert np.abs(middle - whole[2 * RATE + 77 :][: RATE // 2]).max() < 2e-3


def test_far_into_a_long_file_is_found_exactly(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    silence = np.zeros((150 * RATE, 2), np.float32)
    silence[140 * RATE + 5] = 0.5
    record(path, silence)
    assert read(path, 140 * RATE, 10)[:, 0].tolist() == [0, 0, 0, 0, 0, 0.5, 0, 0, 0, 0]


def test_before_the_start_and_after_the_end_it_is_silent(tmp_path: Path) -> None:
    got = read(record(tmp_path / "a.wav", tone(0.1) + 1), 4700, 200)
    assert (got[:100] > 0.4).all()
    assert (got[100:] == 0).all()


def test_sound_that_begins_late_in_its_video_keeps_its_place(tmp_path: Path) -> None:
    film(tmp_path / "a.mkv", numbered(30))
    record(tmp_path / "a.wav", np.ones((RATE // 2, 2), np.float32) / 2)
    late = ["-i", tmp_path / "a.mkv", "-itsoffset", "0.25", "-i", tmp_path / "a.wav"]
    run_ffmpeg(*late, "-c:v", "copy", "-c:a", "pcm_f32le", tmp_path / "late.mkv")
    got = read(tmp_path / "late.mkv", 0, RATE)
    assert np.flatnonzero(got[:, 0])[0] == RATE // 4


def test_a_hole_in_the_sound_stays_a_hole(tmp_path: Path) -> None:
    record(tmp_path / "a.wav", np.ones((RATE, 2), np.float32) / 2)
    hole = "aselect='lt(t,0.25)+gte(t,0.5)'"
    run_ffmpeg("-i", tmp_path / "a.wav", "-af", f"asetnsamples=480,{hole}", "-c:a", "pcm_f32le", tmp_path / "b.mkv")
    got = read(tmp_path / "b.mkv", 0, RATE)[:, 0]
    assert (got[: RATE // 4] == 0.5).all()
    assert (got[RATE // 4 : RATE // 2] == 0).all()
    assert (got[RATE // 2 :] == 0.5).all()


def test_mono_is_heard_on_both_sides_as_loud_as_it_is(tmp_path: Path) -> None:
    record(tmp_path / "a.wav", tone(0.2))
    run_ffmpeg("-i", tmp_path / "a.wav", "-af", "pan=mono|c0=c0", "-c:a", "pcm_f32le", tmp_path / "mono.wav")
    got = read(tmp_path / "mono.wav", 0, 9600)
    assert np.array_equal(got[:, 0], got[:, 1])
    assert np.abs(got - tone(0.2)).max() < 1e-4


@pytest.mark.parametrize(
    ("channel", "left", "right"),
    [("FL", 1, 0), ("FR", 0, 1), ("FC", 0.5**0.5, 0.5**0.5), ("BL", 0.5**0.5, 0), ("BR", 0, 0.5**0.5), ("LFE", 0, 0)],
)
def test_six_channels_are_mixed_down_as_broadcasters_do(
    tmp_path: Path, channel: str, left: float, right: float
) -> None:
    """ITU-R BS.775: the centre and the surrounds 3 dB down, the low effects left out."""
    record(tmp_path / "a.wav", tone(0.2))
    run_ffmpeg("-i", tmp_path / "a.wav", "-af", f"pan=5.1|{channel}=c0", "-c:a", "pcm_f32le", tmp_path / "six.wav")
    got = read(tmp_path / "six.wav", 0, 9600)
    assert np.abs(got - tone(0.2) * np.float32([left, right])).max() < 1e-5


@pytest.mark.parametrize("rate", [8000, 22_050, 44_100, 96_000])
def test_other_sample_rates_keep_pitch_place_and_length(tmp_path: Path, rate: int) -> None:
    record(tmp_path / "a.wav", tone(1))
    run_ffmpeg("-i", tmp_path / "a.wav", "-ar", rate, "-c:a", "pcm_f32le", tmp_path / "b.wav")
    got = read(tmp_path / "b.wav", 0, RATE)
    assert np.abs(got[2000:-2000] - tone(1)[2000:-2000]).max() < 0.01


def test_damage_in_the_middle_does_not_move_what_follows(tmp_path: Path) -> None:
    sound = clicks(3)
    run_ffmpeg("-i", record(tmp_path / "a.wav", sound), "-b:a", "192k", tmp_path / "a.m4a")
    data = bytearray((tmp_path / "a.m4a").read_bytes())
    middle = data.index(b"mdat") + len(data) // 3
    data[middle : middle + 1500] = b"\xff" * 1500
    (tmp_path / "a.m4a").write_bytes(data)
    assert shift(read(tmp_path / "a.m4a", 2 * RATE, RATE), sound[2 * RATE :]) == 0


def test_a_silent_film_has_no_sound(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="no sound"):
        Sound(film(tmp_path / "a.mp4", numbered(2)))


def test_what_is_no_number_in_a_file_is_silence_and_what_is_endless_is_loud(tmp_path: Path) -> None:
    samples = tone(0.1)
    samples[100], samples[200], samples[300] = np.nan, np.inf, 1e30
    path = tmp_path / "a.wav"
    data = samples.astype("<f4").tobytes()
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 3, 2, RATE, RATE * 8, 8, 32)
    body = b"WAVE" + form + struct.pack("<4sI", b"data", len(data)) + data
    path.write_bytes(struct.pack("<4sI", b"RIFF", len(body)) + body)
    got = read(path, 0, len(samples))
    assert np.isfinite(got).all()
    assert np.abs(got).max() <= 16
    assert np.array_equal(got[:100], samples[:100])
