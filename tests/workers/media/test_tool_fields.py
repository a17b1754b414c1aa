import re

import pytest

from app.errors import InvalidInput
from app.tools import TOOLS, Compress, ExtractAudio, Gif, Thumbnail, TrimVideo, check_chain, from_form, steps_from

RANGES = """
gif.duration 0.5 15 | gif.width 120 800 | gif.fps 5 30 | gif.startTime 0 10800
thumbnail.width 50 3840 | thumbnail.height 50 2160 | thumbnail.timestamp 0 10800
resize-video.width 16 7680 | resize-video.height 16 4320 | video-speed.speed 0.25 4
resize-image.width 1 7680 | resize-image.height 1 4320 | compress-image.quality 1 100
compress.targetMb 0.05 5000 | normalize-loudness.targetLufs -40 -5
"""
CHOICES = """
convert.outputFormat mp4 webm mkv mp3 m4a wav ogg flac | compress.quality low medium high
extract-audio.audioFormat mp3 m4a wav ogg flac | thumbnail.format jpg png webp | rotate-video.rotation 90 180 270
audio-converter.outputFormat mp3 m4a wav ogg flac | image-converter.outputFormat jpg png webp
"""
REQUIRED = {"gif": {"startTime": "0", "duration": "1"}}


def cases(table: str) -> list[tuple[str, str, list[str]]]:
    rows = [row.split() for row in re.split(r"[|\n]", table) if row.strip()]
    return [(*place.split("."), values) for place, *values in rows]  # type: ignore[misc]


def refusal(tool: str, fields: dict[str, str]) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        from_form(TOOLS[tool], fields)
    return caught.value


@pytest.mark.parametrize(("tool", "field", "bounds"), cases(RANGES))
def test_a_number_is_taken_at_both_its_bounds_and_refused_beyond_them(tool: str, field: str, bounds: list[str]) -> None:
    others = REQUIRED.get(tool, {})
    for bound in bounds:
        assert field in from_form(TOOLS[tool], {**others, field: bound}).__struct_encode_fields__
    for beyond in (float(bounds[0]) - 0.01, float(bounds[1]) + 1):
        told = refusal(tool, {**others, field: f"{beyond:g}"})
        assert [problem.path for problem in told.fields] == [field]
        assert all(bound in told.message for bound in bounds), told.message
        assert "for example" in told.message
    for nonsense in ("nan", "inf", "1e3", "١٢", "12px", "9" * 40):
        assert field in refusal(tool, {**others, field: nonsense}).message


@pytest.mark.parametrize(("tool", "field", "values"), cases(CHOICES))
def test_a_choice_is_one_of_those_that_the_refusal_names(tool: str, field: str, values: list[str]) -> None:
    for value in values:
        from_form(TOOLS[tool], {field: value})
    told = refusal(tool, {field: "JPEG"})
    assert all(value in told.message for value in values)


def test_what_is_left_out_or_empty_has_its_default() -> None:
    assert from_form(TOOLS["compress"], {"quality": ""}) == Compress(quality="medium", target_mb=None)
    assert from_form(TOOLS["extract-audio"], {}) == ExtractAudio(audio_format="mp3")
    assert from_form(TOOLS["gif"], {"startTime": " 1.5", "duration": "2"}) == Gif(start_time=1.5, duration=2, fps=15)
    assert from_form(TOOLS["thumbnail"], {"cropX": "4"}) == Thumbnail(crop_x=4)


@pytest.mark.parametrize(
    ("tool", "fields", "sentence"),
    [
        ("trim-video", {"start_time": "1", "endTime": "3"}, 'unknown field "start_time"; did you mean "startTime"'),
        ("trim-video", {"endTime": "3"}, "startTime: missing: expected a number from 0 to 10800; for example 10"),
        ("trim-audio", {"startTime": "3", "endTime": "3"}, "endTime: expected a time after startTime, which is 3"),
        ("resize-image", {}, "width: missing: give width, height or both"),
        ("image-converter", {"outputFormat": "jpeg"}, 'did you mean "jpg"'),
        ("remove-audio", {"loud": "1"}, "remove-audio takes no fields"),
    ],
)
def test_a_refusal_says_what_to_change(tool: str, fields: dict[str, str], sentence: str) -> None:
    assert sentence in refusal(tool, fields).message


def test_every_field_at_fault_is_told_at_once() -> None:
    told = refusal("gif", {"duration": "99", "width": "wide", "loop": "1"})
    assert {problem.path for problem in told.fields} == {"startTime", "duration", "width", "loop"}


def test_steps_are_checked_like_tools_and_what_one_makes_against_what_the_next_one_takes() -> None:
    raw = [{"tool": "trim-video", "startTime": 0, "endTime": 5}, {"tool": "gif", "startTime": 0, "duration": 2}]
    steps = steps_from(raw)
    assert steps == (TrimVideo(start_time=0, end_time=5), Gif(start_time=0, duration=2))
    assert (check_chain(steps), check_chain(steps, "gif")) == ("gif", "gif")
    for wrong, sentence in [
        ([*raw, {"tool": "extract-audio"}], r"steps\[2\]: extract-audio needs a video or a sound, and what gif makes"),
        ([{"tool": "extract-audio"}, raw[0]], r"steps\[1\]: trim-video needs a video or a GIF, .* is a sound"),
        ([raw[0], {"tool": "merge"}], r"steps\[1\]: merge takes several files, so it can only be the first"),
        ([{"tool": "burn-subtitles"}] * 2, "burn-subtitles can be one step only"),
        ([{"tool": "trim_video"}], r'steps\[0\].tool: expected one of convert, .*did you mean "trim-video"'),
        ([{"tool": "compress", "quality": "best", "crf": 1}], r"steps\[0\].crf: unknown.*steps\[0\].quality: expected"),
        ([], "a list of 1 to 10 tools; for example"),
        ("trim-video", "a list of 1 to 10 tools; for example"),
        (raw * 6, "a list of 1 to 10 tools; for example"),
    ]:
        with pytest.raises(InvalidInput, match=sentence):
            steps_from(wrong)
    with pytest.raises(InvalidInput, match="file: trim-video needs a video or a GIF, and the file is a picture"):
        check_chain(steps[:1], "image")
