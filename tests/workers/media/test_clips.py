"""The rules of clips, without any media."""

from fractions import Fraction
from typing import Any

import pytest

from app.clips import Clip, Focus, Segment, Shape, faults, format_of, frame_of, quality_of, ratio_of


def clip(*segments: tuple[float, float], **options: Any) -> Clip:
    return Clip(segments=tuple(Segment(start=start, end=end) for start, end in segments or [(0, 10)]), **options)


def told(given: Clip, *, has_video: bool = True) -> dict[str, str]:
    return {fault.path: fault.message for fault in faults(given, has_video=has_video)}


def test_pictures_are_as_large_as_asked_for_and_never_larger_than_the_source() -> None:
    for width, height, quality, wanted in [
        (3840, 2160, None, (3840, 2160)),
        (3840, 2160, "1080p", (1920, 1080)),
        (3840, 2160, "high", (1920, 1080)),
        (2160, 3840, "medium", (720, 1280)),
        (1280, 720, "4k", (1280, 720)),
        (641, 359, None, (640, 358)),
        (1920, 800, "720p", (1728, 720)),
        (1, 1, None, (2, 2)),
    ]:
        frame = frame_of(clip(quality=quality), width, height)
        assert (frame.width, frame.height) == wanted
        assert frame.crop == (1, 1)


def test_another_shape_is_cut_out_of_the_source_or_put_around_it() -> None:
    for ratio, fit, quality, wanted, crop in [
        ("9:16", "crop", None, (608, 1080), (Fraction(81, 256), 1)),
        ("1:1", "crop", "720p", (720, 720), (Fraction(9, 16), 1)),
        ("16:9", "crop", None, (1920, 1080), (1, 1)),
        ("9:16", "blur", None, (1080, 1920), (1, 1)),
        ("4:5", "blur", "720p", (720, 900), (1, 1)),
        ("16:9", "blur", None, (1920, 1080), (1, 1)),
    ]:
        frame = frame_of(clip(shape=Shape(aspect_ratio=ratio, fit=fit), quality=quality), 1920, 1080)
        assert ((frame.width, frame.height), frame.crop) == (wanted, crop)


def test_a_gif_is_small_unless_a_quality_is_asked_for() -> None:
    assert frame_of(clip(format="gif"), 1920, 1080).height == 480
    assert frame_of(clip(format="gif", quality="720p"), 1920, 1080).height == 720


def test_what_a_clip_cannot_be_is_told_at_its_field() -> None:
    assert told(clip((0, 600), (1.5, 2))) == {}
    assert told(clip(format="mp3"), has_video=False) == {}
    assert set(told(clip(format="mp3", quality="720p", shape=Shape(focus=Focus(x=1))))) == {"quality", "aspect_ratio"}
    for given, field, words in [
        (clip((5, 5)), "segments[0].end", "after start"),
        (clip((0, 1), (0, 600.5)), "segments[1].end", "may last 600"),
        (clip((0, 31), format="gif"), "segments[0].end", "may last 30"),
        (clip((0, 20), (0, 11), format="gif"), "segments", "30 are the limit"),
        (clip(*[(0, 600)] * 7), "segments", "3600 are the limit"),
        (clip(*[(0, 1)] * 51), "segments", "1 to 50"),
        (Clip(segments=()), "segments", "1 to 50"),
        (clip(format="gif", quality="4k"), "quality", "cannot be 4k"),
    ]:
        assert list(told(given)) == [field]
        assert words in told(given)[field]
    assert "mp3, wav, m4a, flac" in told(clip(), has_video=False)["format"]


@pytest.mark.parametrize(
    ("width", "height", "quality", "ratio"),
    [
        (3840, 2160, "4k", "16:9"),
        (2160, 3840, "4k", "9:16"),
        (1920, 1088, "1080p", "16:9"),
        (608, 1080, "608p", "9:16"),
        (854, 480, "480p", "16:9"),
        (720, 900, "720p", "4:5"),
        (1000, 300, "300p", "10:3"),
    ],
)
def test_sizes_have_the_names_that_people_use(width: int, height: int, quality: str, ratio: str) -> None:
    assert (quality_of(width, height), ratio_of(width, height)) == (quality, ratio)


def test_aac_is_a_way_to_ask_for_m4a() -> None:
    assert [format_of(given) for given in ("aac", "m4a", "mp4")] == ["m4a", "m4a", "mp4"]
